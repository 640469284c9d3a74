/** Lives through many random histories in memory: node dev/run.mjs dev/histories/run-pure.ts --count 300000 --seed 1 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import { historyArbitrary } from "./generator.ts";
import type { History } from "./history.ts";
import { faultsIn } from "./play.ts";

const { values } = parseArgs({ options: { count: { type: "string" }, seed: { type: "string" } } });
const count = Number(values.count ?? 10_000);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const BATCH = 1_000;

console.log(`${count} histories from seed ${seed}`);
const startedMs = Date.now();
for (let done = 0; done < count; done += BATCH) {
  const details = fc.check(
    fc.property(historyArbitrary(), (history) => faultsIn(history).length === 0),
    { seed: seed + done / BATCH, numRuns: Math.min(BATCH, count - done) },
  );
  if (details.failed) {
    const [history] = details.counterexample as [History];
    console.log(JSON.stringify(history));
    for (const fault of faultsIn(history)) console.log(fault);
    const path = details.counterexamplePath ?? "";
    console.log(`failed at history ${done + details.numRuns}; { "seed": ${details.seed}, "path": "${path}" }`);
    process.exit(1);
  }
  const lived = Math.min(count, done + BATCH);
  const perSecond = Math.round(lived / ((Date.now() - startedMs) / 1000));
  if (lived === count || lived % 10_000 === 0) console.log(`${lived} of ${count}, ${perSecond} a second`);
}
