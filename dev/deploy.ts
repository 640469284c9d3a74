/**
 * `npm run deploy`: checks the settings in deploy.env, migrates the database, deploys the worker, and tries it. Each step is one line.
 *   --env staging     the second stage of wrangler.toml, with the settings in deploy.staging.env
 *   --settings FILE   another file of settings
 *   --url URL         where the worker answers, if not where wrangler says
 *   --rehearse        all of it on this machine, without any account
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Refused, runCommand } from "./command.ts";
import { cloudflare } from "./deployment/cloudflare.ts";
import { deploy } from "./deployment/deploy.ts";
import { rehearse, startOwnPostgres } from "./deployment/rehearsal.ts";
import { readSettingsFile } from "./deployment/settings-file.ts";

const USAGE = "npm run deploy -- [--env staging] [--settings FILE] [--url URL] [--rehearse]";
/** Cloudflare brings a version to all its places within seconds; secrets take a little longer. */
const PATIENCE_MS = 60_000;
const REHEARSAL_PATIENCE_MS = 10_000;

await runCommand(main);

async function main(): Promise<void> {
  const { environment, file, url, isRehearsal } = readArguments();
  const say = (line: string) => console.log(line);
  const tag = commit();
  say(
    `lojal: ${isRehearsal ? "rehearsing a deployment of" : "deploying"} ${tag}${environment && ` to ${environment}`}`,
  );
  const settings = isRehearsal ? null : readSettingsFile(file);
  if (settings) say(`ok      ${file}: every setting is there and well-formed`);
  const postgres = await startOwnPostgres();
  try {
    const common = { tag, emptyDatabase: () => postgres.emptyDatabase(), url, say };
    if (settings) {
      const workerUrl = settings.worker.DATABASE_URL;
      await deploy({ ...common, settings, workerUrl, cloud: cloudflare(environment), patienceMs: PATIENCE_MS });
      say(
        "Deployed. What changed in shopify.app.toml or shopify-extension/ goes to Shopify with `npx shopify app deploy`.",
      );
      return;
    }
    const rehearsal = await rehearse(postgres, environment);
    try {
      await deploy({ ...common, ...rehearsal, patienceMs: REHEARSAL_PATIENCE_MS });
    } finally {
      await rehearsal.stop();
    }
    say("The rehearsal went well. Nothing left this machine.");
  } finally {
    await postgres.stop();
  }
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        env: { type: "string", default: "" },
        settings: { type: "string" },
        url: { type: "string" },
        rehearse: { type: "boolean", default: false },
      },
    });
    const name = values.env === "" ? "deploy.env" : `deploy.${values.env}.env`;
    return {
      environment: values.env,
      file: values.settings ?? name,
      url: values.url ?? null,
      isRehearsal: values.rehearse,
    };
  } catch (fault) {
    throw new Refused(`${fault instanceof Error ? fault.message : "unknown option"}. Usage: ${USAGE}`);
  }
}

/** What is deployed, by its commit; "+" where the checkout has changes that are in no commit. */
function commit(): string {
  const git = (...given: string[]) => {
    const { status, stdout } = spawnSync("git", given, { cwd: join(import.meta.dirname, ".."), encoding: "utf8" });
    return status === 0 ? stdout.trim() : null;
  };
  const head = git("rev-parse", "--short", "HEAD");
  if (head === null) return "an unknown commit";
  return git("status", "--porcelain") === "" ? head : `${head}+`;
}
