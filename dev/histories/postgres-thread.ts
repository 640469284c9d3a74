/** One thread of `npm run test:histories`: lives blocks of histories, or samples interleavings, in a database of its own. */
import { parentPort, workerData } from "node:worker_threads";
import type { History } from "./history.ts";
import { crossAllWays, pairs, sampleInterleavings } from "./interleavings.ts";
import { type Counts, liveAll, noCounts } from "./postgres.ts";
import { HISTORIES_PER_BLOCK, historiesOfBlock } from "./postgres-numbered.ts";
import { mixed } from "./postgres-random.ts";
import { shrink } from "./postgres-shrink.ts";
import { HistoryWorld } from "./postgres-world.ts";

export interface ThreadData {
  readonly port: number;
  readonly database: string;
  readonly seed: number;
}

export type Task =
  | { readonly kind: "block"; readonly block: number; readonly count: number }
  | { readonly kind: "pairs"; readonly part: number; readonly of: number }
  | { readonly kind: "interleavings"; readonly from: number; readonly count: number }
  | { readonly kind: "again"; readonly seed: number; readonly number: number; readonly histories: readonly History[] };

export interface Found {
  readonly seed: number;
  readonly number: number;
  readonly faults: readonly string[];
  readonly history: unknown;
  readonly isShrunk: boolean;
}

export interface Report {
  readonly counts: Counts;
  readonly found: readonly Found[];
}

const { port, database, seed } = workerData as ThreadData;
const world = new HistoryWorld({ port, name: database });

parentPort?.on("message", (task: Task) => {
  carryOut(task).then(
    (report) => parentPort?.postMessage(report),
    (fault: unknown) => {
      throw fault;
    },
  );
});

async function carryOut(task: Task): Promise<Report> {
  const counts = noCounts();
  if (task.kind === "interleavings" || task.kind === "pairs") {
    const failures =
      task.kind === "pairs"
        ? await crossAllWays(
            world,
            pairs().filter((_, index) => index % task.of === task.part),
            counts,
          )
        : await sampleInterleavings(world, { seed, from: task.from, count: task.count }, counts);
    await world.clear();
    return { counts, found: failures.map((one) => ({ ...one, seed, isShrunk: false })) };
  }
  const own =
    task.kind === "block"
      ? {
          seed,
          first: task.block * HISTORIES_PER_BLOCK,
          histories: historiesOfBlock(seed, task.block).slice(0, task.count),
        }
      : { seed: task.seed, first: task.number, histories: task.histories };
  const failures = await liveAll(world, own.histories, mixed([own.seed, own.first, 1]), counts);
  await world.clear();
  const [first] = failures;
  const history = first && own.histories[first.index];
  if (!first || !history) return { counts, found: [] };
  const shrunk = await shrink(world, history);
  const number = task.kind === "block" ? own.first + first.index : task.number;
  const { faults } = shrunk ?? first;
  const smallest = shrunk?.history ?? history;
  return { counts, found: [{ seed: own.seed, number, faults, history: smallest, isShrunk: shrunk !== null }] };
}
