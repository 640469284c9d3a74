/**
 * `npm run test:faults`: what can go wrong around the worker goes wrong, many times, and afterwards nothing is lost, nothing is there twice
 * and every invariant holds. `-- --full` as often as docs/faults.md says, `-- F4 F6` some of it, `-- --seed N` the same again,
 * `-- --count N` so often. The exit code is 0 only if all holds.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Machine, startMachine } from "./faults/bed.ts";
import { type Fault, type FaultOptions, holds, lineOf } from "./faults/fault.ts";
import { faults } from "./faults/registry.ts";

const failingSeeds = join(import.meta.dirname, "faults/failing-seeds.json");
const TOLD_AT_MOST = 20;
/** The worker's events are no part of what is told here. */
const say = console.log.bind(console);

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { full: { type: "boolean", default: false }, seed: { type: "string" }, count: { type: "string" } },
  });
  const unknown = positionals.filter((id) => !faults.some((fault) => fault.id === id));
  if (unknown.length > 0) {
    console.error(
      `lojal: there is no fault ${unknown.join(", ")}; there are ${faults.map(({ id }) => id).join(", ")}.`,
    );
    return 1;
  }
  const seed = wholeNumber(values.seed) ?? Math.floor(Math.random() * 2 ** 31);
  const chosen = faults.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
  console.log = () => undefined;
  const machine = await startMachine();
  try {
    let failed = 0;
    for (const fault of chosen) {
      const count = wholeNumber(values.count) ?? (values.full ? fault.counts.full : fault.counts.usual);
      if (!(await isBorne(machine, fault, { count, seed, progress: (line) => console.error(`${fault.id} ${line}`) })))
        failed += 1;
    }
    return failed === 0 ? 0 : 1;
  } finally {
    await machine.stop();
  }
}

async function isBorne(machine: Machine, fault: Fault, options: FaultOptions): Promise<boolean> {
  const startedMs = performance.now();
  const bed = await machine.newBed();
  try {
    const report = await fault.run(bed, options);
    say(lineOf(fault, options, report, (performance.now() - startedMs) / 1000));
    for (const line of report.broken.slice(0, TOLD_AT_MOST)) console.error(`- ${line}`);
    if (!holds(options, report)) keepSeed(fault, options);
    return holds(options, report);
  } finally {
    await bed.close();
  }
}

/** What has failed once runs with `npm test` from then on. */
function keepSeed({ id }: Fault, { seed, count }: FaultOptions): void {
  const kept = JSON.parse(readFileSync(failingSeeds, "utf8")) as object[];
  writeFileSync(failingSeeds, `${JSON.stringify([...kept, { id, seed, count }], null, 2)}\n`);
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${text} is not a whole number.`);
  return number;
}
