/**
 * `npm run test:bite`: proves that the checks bite. Each invariant is broken on purpose in a copy of the project, by one small edit. Random
 * histories must notice, in memory or on real Postgres, and it is told how many of them it took; what histories cannot break has a
 * test of its own that must fail. The exit code is 0 if every break was caught. `npm run test:bite -- I2` tries those of one invariant.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Break, breaks, type Guard } from "./bite-breaks.ts";

const root = join(import.meta.dirname, "..");
const copied = [
  "worker",
  "dev",
  "bench",
  "migrations",
  "vitest.pure.config.ts",
  "vitest.node.config.ts",
  "vitest.worker.config.ts",
  "tsconfig.json",
  "package.json",
  "wrangler.toml",
  "shopify.app.toml",
];

const SEED = "20260101";
const HISTORIES = { memory: "20000", postgres: "3000" } as const;
const PROGRAMS = { memory: "dev/histories/run-pure.ts", postgres: "dev/test-histories.ts" } as const;

process.exitCode = main(process.argv[2]);

/** All breaks, or those of one invariant. */
function main(only: string | undefined): number {
  const chosen = breaks.filter((one) => only === undefined || one.invariant === only);
  const missed = chosen.filter((one) => !isCaught(one));
  console.log(`${chosen.length - missed.length} of ${chosen.length} breaks were caught.`);
  return chosen.length > 0 && missed.length === 0 ? 0 : 1;
}

function isCaught(broken: Break): boolean {
  const startedMs = performance.now();
  const home = mkdtempSync(join(tmpdir(), "lojal-bite-"));
  try {
    for (const path of copied) cpSync(join(root, path), join(home, path), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
    breakOnPurpose(join(home, broken.file), broken);
    const catcher = catcherOf(broken.guard, home);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    const how = catcher === null ? "MISSED" : `caught by ${catcher}`;
    console.log(`${broken.invariant.padEnd(9)} ${broken.breaks}: ${how} (${seconds} s)`);
    return catcher !== null;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Who noticed, in words; null when nobody did. A run that could not start proves nothing: only a failure that it tells of does. */
function catcherOf(guard: Guard, home: string): string | null {
  if ("test" in guard) {
    const program = join(root, "node_modules/vitest/vitest.mjs");
    const kind = guard.test.endsWith(".worker") ? "worker" : /\.(alone|db)$/.test(guard.test) ? "node" : "pure";
    const { status, stdout } = run(home, [program, "run", "-c", `vitest.${kind}.config.ts`, "--bail=1", guard.test]);
    return status !== 0 && /Tests .*\d+ failed/.test(stdout) ? `the test ${guard.test}` : null;
  }
  if ("fault" in guard) {
    const { fault, count } = guard;
    const { stdout } = run(home, ["dev/test-faults.ts", fault, "--count", String(count), "--seed", SEED]);
    return stdout.includes("do NOT hold") ? `the fault ${fault}` : null;
  }
  const { histories } = guard;
  const { stdout, stderr } = run(home, [PROGRAMS[histories], "--count", HISTORIES[histories], "--seed", SEED]);
  const failed = /failed at history (\d+)|FAILED: seed \d+, number (\d+)/.exec(`${stdout}\n${stderr}`);
  const number = failed?.[1] ?? failed?.[2];
  // Where the database refused what the broken ledger wanted to write, its constraint has caught it.
  const constraint = /constraint: '(\w+)'/.exec(stderr)?.[1];
  if (number === undefined) return constraint === undefined ? null : `the constraint ${constraint}, on Postgres`;
  return histories === "memory" ? `${number} histories` : `history ${number} on Postgres`;
}

function run(home: string, args: readonly string[]) {
  return spawnSync(process.execPath, args, { cwd: home, encoding: "utf8", maxBuffer: 2 ** 28 });
}

function breakOnPurpose(path: string, { from, to }: Break): void {
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2)
    throw new Error(`${path}: the text to break stands there ${text.split(from).length - 1} times, not once: ${from}`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}
