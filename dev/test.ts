import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bringBrowser } from "./browser.ts";
import type { Counts } from "./test-reporter.ts";

// The whole suite: `npm test`, or the files whose path contains a word: `npm test -- WORD`.
// `bodies` alone settles a folder of order bodies (BODIES=DIR) and compares with the plain oracle.

const root = join(import.meta.dirname, "..");

interface Run {
  readonly config: string;
  readonly files: string;
  readonly except?: string;
  /** Ended and begun again, once, when it takes longer than that. */
  readonly patienceMs?: number;
}

const suites: readonly Run[] = [
  {
    config: "vitest.pure.config.ts",
    files: "{worker,dev,bench}/**/*.test.ts",
    except: "{worker,dev,bench}/**/*.{alone,db,e2e,worker,bodies}.test.ts",
  },
  { config: "vitest.node.config.ts", files: "{worker,dev,bench}/**/*.{alone,db,e2e,bodies}.test.ts" },
  // Now and then their runner never ends although all files have passed (cloudflare/workers-sdk 15498); usually it takes a minute.
  { config: "vitest.worker.config.ts", files: "worker/**/*.worker.test.ts", patienceMs: 180_000 },
];

async function main(words: readonly string[]): Promise<number> {
  const filters = words[0] === "bodies" ? [".bodies.test.ts", ...words.slice(1)] : words;
  const runs = suites.filter((suite) => matching(suite, filters).length > 0);
  bringWhatTheyNeed(runs.flatMap((suite) => matching(suite, filters)));
  const scratch = mkdtempSync(join(tmpdir(), "lojal-counts-"));
  const countsFile = join(scratch, "counts");
  writeFileSync(countsFile, "");
  const codes: number[] = [];
  for (const run of runs) codes.push(await finished(run, filters, countsFile));
  const lines = readFileSync(countsFile, "utf8").split("\n").filter(Boolean);
  rmSync(scratch, { recursive: true, force: true });
  const all = lines.map((line) => JSON.parse(line) as Counts);
  const sum = (key: keyof Counts) => all.reduce((total, counts) => total + counts[key], 0);
  // A run that fell over before its end left no counts, and says so only by its exit code.
  const crashed = codes.filter((code) => code !== 0).length > 0 && sum("failed") === 0;
  if (crashed) console.error(`lojal: a test run ended early (exit code ${codes.join(", ")}).`);
  if (sum("passed") + sum("failed") === 0) console.error("lojal: no test ran.");
  const failed = sum("failed") + (crashed ? 1 : 0);
  console.log(`${sum("passed")} passed, ${failed} failed, ${sum("skipped")} skipped`);
  return failed > 0 || sum("passed") === 0 || all.length < runs.length ? 1 : 0;
}

function matching({ files, except }: Run, filters: readonly string[]): string[] {
  const found = globSync(files, { cwd: root, exclude: except ? [except] : [] });
  return filters.length === 0 ? found : found.filter((file) => filters.some((word) => file.includes(word)));
}

function bringWhatTheyNeed(files: readonly string[]): void {
  if (!files.some((file) => file.endsWith(".e2e.test.ts"))) return;
  const failure = bringBrowser();
  if (failure) console.error(`lojal: ${failure} The browser tests are skipped.`);
}

/** Runs a suite to its end. One that hangs says nothing about its tests: whatever it counted is forgotten, and it is run once more. */
async function finished(run: Run, filters: readonly string[], countsFile: string): Promise<number> {
  const before = readFileSync(countsFile, "utf8");
  const code = await vitest(run, filters, countsFile);
  if (code !== HUNG) return code;
  const seconds = (run.patienceMs ?? 0) / 1_000;
  console.error(`lojal: ${run.config} did not end within ${seconds} s. Its tests are run once more.`);
  writeFileSync(countsFile, before);
  return vitest(run, filters, countsFile);
}

const HUNG = -2;

function vitest({ config, patienceMs }: Run, filters: readonly string[], countsFile: string): Promise<number> {
  const program = join(root, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", `--reporter=${join(root, "dev/test-reporter.ts")}`];
  const child = spawn(process.execPath, [program, "run", "-c", config, ...reporters, ...filters], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, LOJAL_TEST_COUNTS: countsFile },
    // A group of its own, so that what it has begun can be ended with it.
    detached: patienceMs !== undefined,
  });
  let isHung = false;
  const endGroup = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL");
  const patience =
    patienceMs === undefined
      ? undefined
      : setTimeout(() => {
          isHung = true;
          endGroup();
        }, patienceMs);
  const stop = () => {
    endGroup();
    process.exit(130);
  };
  if (patienceMs !== undefined) process.once("SIGINT", stop).once("SIGTERM", stop);
  return new Promise<number>((resolve) => {
    child.once("error", () => resolve(-1));
    child.once("close", (code) => resolve(isHung ? HUNG : (code ?? -1)));
  }).finally(() => {
    clearTimeout(patience);
    process.off("SIGINT", stop).off("SIGTERM", stop);
  });
}

process.exitCode = await main(process.argv.slice(2));
