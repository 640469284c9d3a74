/** What a deployment asks of Cloudflare, by wrangler's own commands. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unstable_readConfig } from "wrangler";
import type { Settings } from "../../worker/env.ts";
import { Refused } from "../command.ts";

const root = join(import.meta.dirname, "../..");
const configPath = join(root, "wrangler.toml");

/** As long as Cloudflare keeps a message at most; what failed for good is tried for nine days. */
const FAILED_RETENTION_SECONDS = 1_209_600;

export interface Release {
  /** Such as a commit: told in Cloudflare's list of versions. */
  readonly tag: string;
  /** The worker's settings, uploaded with the version; null leaves those that are there. */
  readonly settings: Settings | null;
}

/** Where a worker is deployed to. */
export interface Cloud {
  readonly name: string;
  /** Refused where nobody is logged in. */
  signedIn(): Promise<void>;
  /** Makes the queues that are missing, and returns their names. */
  makeQueues(): Promise<string[]>;
  /** Returns where the worker answers. */
  deploy(release: Release): Promise<string>;
}

/** The part of wrangler's configuration that its types leave open. */
interface Queues {
  readonly producers?: readonly { readonly queue: string }[];
  readonly consumers?: readonly { readonly queue: string; readonly dead_letter_queue?: string }[];
}

/** Every queue that a stage of wrangler.toml names, with those of its dead letters. */
export function queuesOf(environment: string): { readonly name: string; readonly isForFailed: boolean }[] {
  const { queues } = unstable_readConfig({ config: configPath, env: environment }) as { queues: Queues };
  const failed = new Set((queues.consumers ?? []).flatMap((one) => one.dead_letter_queue ?? []));
  const names = new Set([
    ...(queues.producers ?? []).map(({ queue }) => queue),
    ...(queues.consumers ?? []).map(({ queue }) => queue),
    ...failed,
  ]);
  return [...names].map((name) => ({ name, isForFailed: failed.has(name) }));
}

/** Cloudflare itself, for a stage of wrangler.toml: "" is the one at its top. */
export function cloudflare(environment: string): Cloud {
  return {
    name: "Cloudflare",
    async signedIn() {
      const { code } = await wrangler(["whoami"]);
      if (code !== 0) throw new Refused("Cloudflare does not know you: run `npx wrangler login`, then this again.");
    },
    async makeQueues() {
      const made: string[] = [];
      for (const { name, isForFailed } of queuesOf(environment)) {
        const known = await wrangler(["queues", "info", name]);
        if (known.code === 0) continue;
        const keep = isForFailed ? ["--message-retention-period-secs", String(FAILED_RETENTION_SECONDS)] : [];
        const { code, said } = await wrangler(["queues", "create", name, ...keep]);
        if (code !== 0) throw new Refused(`The queue ${name} cannot be made:\n${said}`);
        made.push(name);
      }
      return made;
    },
    deploy: (release) => deploy(environment, release),
  };
}

async function deploy(environment: string, { tag, settings }: Release): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "lojal-deploy-"));
  const [secrets, output] = [join(folder, "secrets.json"), join(folder, "output.ndjson")];
  try {
    if (settings) writeFileSync(secrets, JSON.stringify(settings), { mode: 0o600 });
    const { code, said } = await wrangler(
      ["deploy", `--env=${environment}`, "--tag", tag, ...(settings ? ["--secrets-file", secrets] : [])],
      { WRANGLER_OUTPUT_FILE_PATH: output },
    );
    if (code !== 0) throw new Refused(`Cloudflare did not take the worker; the one before goes on:\n${said}`);
    return addressOf(readFileSync(output, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first address that wrangler wrote down for a deployment, in its output file of one JSON object a line. */
export function addressOf(output: string): string {
  const entries = output
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { type: string; targets?: readonly string[] });
  const target = entries.findLast(({ type }) => type === "deploy")?.targets?.find((text) => /^[^\s*]+$/.test(text));
  if (target === undefined)
    throw new Refused("The worker is deployed, but wrangler named no address: give it with --url to have it tested.");
  return target.startsWith("http") ? target : `https://${target}`;
}

function wrangler(
  given: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly said: string }> {
  const program = join(root, "node_modules/wrangler/bin/wrangler.js");
  const child = spawn(process.execPath, [program, ...given, "--config", configPath], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false", ...more },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, said: said.trim() }));
  });
}
