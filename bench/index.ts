/** `npm run bench` runs every benchmark, `npm run bench -- B1` one of them. Results go to stdout, one ratio per line. */
import { loadavg } from "node:os";
import { StartFailure } from "../dev/start-failure.ts";
import { type Benchmark, withBed } from "./bed.ts";
import { settle } from "./settle.ts";

const benchmarks: Readonly<Record<string, Benchmark>> = { B1: settle };

/** Fewer rounds are for trying a change out; a figure that is shown to anybody needs these. */
const ROUNDS = 7;

async function main(words: readonly string[]): Promise<number> {
  const rounds = Number(words.find((word) => word.startsWith("--rounds="))?.slice("--rounds=".length) ?? ROUNDS);
  const names = words.filter((word) => !word.startsWith("--rounds=")).map((word) => word.toUpperCase());
  const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name));
  if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
    console.error(`lojal: usage: npm run bench -- [${Object.keys(benchmarks).join(" ")}] [--rounds=${ROUNDS}]`);
    return 1;
  }
  const wanted = Object.entries(benchmarks).filter(([name]) => names.length === 0 || names.includes(name));
  const faults = await withBed(async (bed) => {
    const found: string[] = [];
    for (const [name, benchmark] of wanted) {
      bed.progress(`${name}: ${rounds} rounds; the machine's load before: ${load()}`);
      found.push(...(await benchmark(bed, { rounds })).map((fault) => `${name}: ${fault}`));
      bed.progress(`${name}: the machine's load after: ${load()}`);
    }
    return found;
  });
  for (const fault of faults) console.error(`lojal: invariant broken: ${fault}`);
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
