/**
 * `npm run bench` runs every benchmark, `npm run bench -- B1` one of them, `npm run bench -- plans` prints how the database reads. Results go to
 * stdout, one ratio per line.
 */
import "./outside.ts";
import { loadavg } from "node:os";
import { StartFailure } from "../dev/start-failure.ts";
import { adminReads } from "./admin-reads.ts";
import { balance } from "./balance.ts";
import { type Bed, withBed } from "./bed.ts";
import { Worlds } from "./big-world.ts";
import { importBalances } from "./import.ts";
import { ingest } from "./ingest.ts";
import { optionsOf, type Run, USAGE } from "./options.ts";
import { plans } from "./plans.ts";
import { redeem } from "./redeem.ts";
import { settle } from "./settle.ts";
import { storefront } from "./storefront.ts";
import { sweep } from "./sweep.ts";
import { vitals } from "./vitals.ts";
import { whatIf } from "./what-if.ts";

/** One benchmark: says its results as lines, and returns what went against an invariant (nothing, when all is well). */
type Benchmark = (bed: Bed, run: Run) => Promise<readonly string[]>;

const benchmarks: Readonly<Record<string, Benchmark>> = {
  B1: settle,
  B2: redeem,
  B3: ingest,
  B4: balance,
  B5: sweep,
  B6: storefront,
  "WHAT-IF": whatIf,
  IMPORT: importBalances,
  ADMIN: adminReads,
  VITALS: vitals,
  PLANS: plans,
};

async function main(words: readonly string[]): Promise<number> {
  const options = optionsOf(words, Object.keys(benchmarks));
  if (!options) {
    console.error(`lojal: usage: npm run bench -- [${Object.keys(benchmarks).join(" ")}] ${USAGE}`);
    return 1;
  }
  const wanted = Object.entries(benchmarks).filter(([name]) => options.names.includes(name));
  const faults = await withBed(async (bed) => {
    const worlds = new Worlds(bed);
    const found: string[] = [];
    try {
      for (const [name, benchmark] of wanted) {
        bed.progress(`${name}: ${options.rounds} rounds; the machine's load before: ${load()}`);
        found.push(...(await benchmark(bed, { ...options, worlds })).map((fault) => `${name}: ${fault}`));
        bed.progress(`${name}: the machine's load after: ${load()}`);
      }
    } finally {
      await worlds.close();
    }
    return found;
  });
  for (const fault of faults) console.error(`lojal: broken: ${fault}`);
  // A slow figure is a finding, a wrong sum is a failure.
  return faults.length > 0 ? 1 : 0;
}

/** Of the last minute: how many programs wanted a core. */
function load(): string {
  return (loadavg()[0] ?? 0).toFixed(2);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (fault) {
  console.error(fault instanceof StartFailure ? `lojal: ${fault.message}` : fault);
  process.exitCode = 1;
}
