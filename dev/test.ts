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
}

const suites: readonly Run[] = [
  {
    config: "vitest.pure.config.ts",
    files: "{worker,dev,bench}/**/*.test.ts",
    except: "{worker,dev,bench}/**/*.{alone,db,e2e,worker,bodies}.test.ts",
  },
  { config: "vitest.node.config.ts", files: "{worker,dev,bench}/**/*.{alone,db,e2e,bodies}.test.ts" },
  { config: "vitest.worker.config.ts", files: "worker/**/*.worker.test.ts" },
];

async function main(words: readonly string[]): Promise<number> {
  const filters = words[0] === "bodies" ? [".bodies.test.ts", ...words.slice(1)] : words;
  const runs = suites.filter((suite) => matching(suite, filters).length > 0);
  bringWhatTheyNeed(runs.flatMap((suite) => matching(suite, filters)));
  const scratch = mkdtempSync(join(tmpdir(), "lojal-counts-"));
  const countsFile = join(scratch, "counts");
  writeFileSync(countsFile, "");
  const codes: number[] = [];
  for (const { config } of runs) codes.push(await vitest(config, filters, countsFile));
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

function vitest(config: string, filters: readonly string[], countsFile: string): Promise<number> {
  const program = join(root, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", `--reporter=${join(root, "dev/test-reporter.ts")}`];
  const child = spawn(process.execPath, [program, "run", "-c", config, ...reporters, ...filters], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, LOJAL_TEST_COUNTS: countsFile },
  });
  return new Promise((resolve) => {
    child.once("error", () => resolve(-1));
    child.once("close", (code) => resolve(code ?? -1));
  });
}

process.exitCode = await main(process.argv.slice(2));
