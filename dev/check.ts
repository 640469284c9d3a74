/** `npm run check`: everything that can be said of the project without running it. Each check is one line; the exit code is 0 if all hold. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { themeCheckRun } from "@shopify/theme-check-node";
import { describeFindings, findViolations, readSources } from "./boundaries.ts";
import { auditDependencies } from "./dependency-audit.ts";
import { describeLeaks, scanRepository } from "./secret-scan.ts";

const root = join(import.meta.dirname, "..");
const bin = (name: string): string => join(root, "node_modules/.bin", name);

const quiet = {
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  SHOPIFY_CLI_NO_ANALYTICS: "1",
  CI: "1",
};

/** Why a ${unmade.length === 1 ? "check" : "checks"} could not be made here: nothing is known then. */
interface Unmade {
  readonly unmade: string;
}

/** Empty when the check holds, otherwise what does not. */
type Check = () => string | Unmade | Promise<string | Unmade>;

const checks: Record<string, Check> = {
  "runtime types": () => run(bin("wrangler"), ["types", "--strict-vars", "false", "worker-configuration.d.ts"]),
  types: () => run(bin("tsc"), ["-p", "tsconfig.json"]),
  "types of the extension's script": () => run(bin("tsc"), ["-p", "tsconfig.extension.json"]),
  "lint and format": () => run(bin("biome"), ["check", "--error-on-warnings", "."]),
  boundaries: () => describeFindings(findViolations(readSources(root))),
  theme: themeCheck,
  "Shopify's build of the app": appBuild,
  lockfile: lockfileCheck,
  secrets: secretCheck,
  "dependency audit": dependencyCheck,
  "deployment builds": () => dryRun(""),
  "staging builds": () => dryRun("staging"),
};

process.exitCode = await main();

async function main(): Promise<number> {
  let failed = 0;
  const unmade: string[] = [];
  for (const [name, check] of Object.entries(checks)) {
    const startedMs = performance.now();
    const fault = await check();
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    if (typeof fault !== "string") {
      unmade.push(`${name} (${fault.unmade})`);
      console.log(`UNMADE ${name} (${seconds} s)`);
      continue;
    }
    console.log(`${fault === "" ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    if (fault !== "") console.error(fault);
    failed += fault === "" ? 0 : 1;
  }
  if (unmade.length > 0)
    console.log(
      `${unmade.length} ${unmade.length === 1 ? "check" : "checks"} could not be made: ${unmade.join(", ")}.`,
    );
  console.log(
    failed === 0
      ? `All ${unmade.length > 0 ? "other " : ""}checks hold.`
      : `${failed} of ${Object.keys(checks).length} checks do not hold.`,
  );
  return failed === 0 ? 0 : 1;
}

function secretCheck(): string | Unmade {
  try {
    return describeLeaks(scanRepository(root));
  } catch {
    return { unmade: "this is no git checkout" };
  }
}

function dependencyCheck(): string | Unmade {
  const verdict = auditDependencies(root);
  if (verdict.kind === "unanswered") return { unmade: verdict.reason };
  return verdict.kind === "faulty" ? verdict.fault : "";
}

function dryRun(environment: string): string {
  return run(bin("wrangler"), ["deploy", "--dry-run", "--outdir", "dist", `--env=${environment}`]);
}

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...quiet },
  });
  if (status === 0) return "";
  return `${error?.message ?? ""}${stdout}${stderr}`.trim();
}

async function themeCheck(): Promise<string> {
  const folder = join(root, "shopify-extension");
  const { offenses } = await themeCheckRun(folder, join(folder, ".theme-check.yml"));
  return offenses
    .map(({ uri, check, message }) => `${uri.split("/").slice(-2).join("/")}: ${check}: ${message}`)
    .join("\n");
}

/** As `shopify app build` does it, offline, on a copy: it would leave its files in the checkout. */
function appBuild(): string {
  const folder = mkdtempSync(join(tmpdir(), "lojal-app-build-"));
  try {
    cpSync(join(root, "shopify.app.toml"), join(folder, "shopify.app.toml"));
    cpSync(join(root, "shopify-extension"), join(folder, "shopify-extension"), { recursive: true });
    const program = join(root, "node_modules/@shopify/cli/bin/run.js");
    return run(process.execPath, [program, "app", "build", "--path", folder]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A lockfile with download addresses would tie every machine to one registry. */
function lockfileCheck(): string {
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  if (lock.includes('"resolved"'))
    return "package-lock.json carries download addresses; .npmrc says how to keep them out.";
  try {
    execFileSync("npm", ["ci", "--dry-run", "--ignore-scripts"], { cwd: root, stdio: "pipe" });
    return "";
  } catch {
    return "package-lock.json does not fit package.json: run `npm install` and look at what it adds.";
  }
}
