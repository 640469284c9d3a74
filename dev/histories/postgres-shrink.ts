/** Makes a failing history smaller by living many smaller ones at once. A lost race needs luck: each is lived several times. */
import type { History, Step } from "./history.ts";
import { liveAll, noCounts } from "./postgres.ts";
import type { HistoryWorld } from "./postgres-world.ts";

const TRIES = 4;
const ROUNDS = 30;

export interface Shrunk {
  readonly history: History;
  readonly faults: readonly string[];
}

/** The smallest failing history found, or null when it did not fail again. */
export async function shrink(world: HistoryWorld, history: History): Promise<Shrunk | null> {
  let best = await firstFailing(world, [history]);
  for (let round = 0; best && round < ROUNDS; round++) {
    const smaller = await firstFailing(world, smallerThan(best.history));
    if (!smaller) return best;
    best = smaller;
  }
  return best;
}

async function firstFailing(world: HistoryWorld, histories: readonly History[]): Promise<Shrunk | null> {
  if (histories.length === 0) return null;
  const tried = histories.flatMap((history) => Array.from({ length: TRIES }, () => history));
  const failures = await liveAll(world, tried, Math.trunc(Math.random() * 2 ** 31), noCounts());
  await world.clear();
  const first = failures[0];
  const history = first ? tried[first.index] : undefined;
  return first && history ? { history, faults: first.faults } : null;
}

/** Without a half, a quarter, one of its steps; or with one step that arrives only once. The smallest ones first. */
function smallerThan(history: History): History[] {
  const { steps } = history;
  const without = [2, 4, 8].flatMap((parts) => {
    const size = Math.ceil(steps.length / parts);
    return size < 2 ? [] : Array.from({ length: parts }, (_, part) => withoutSteps(steps, part * size, size));
  });
  const withoutOne = steps.map((_, index) => withoutSteps(steps, index, 1));
  const once = steps.flatMap((step, index) =>
    step.deliveries > 1 ? [steps.map((one, at) => (at === index ? { ...one, deliveries: 1 } : one))] : [],
  );
  return [...without, ...withoutOne, ...once]
    .filter((some) => some.length > 0 && JSON.stringify(some) !== JSON.stringify(steps))
    .map((some) => ({ ...history, steps: some }));
}

/** The time that passed before a step that goes still passes. */
function withoutSteps(steps: readonly Step[], from: number, count: number): Step[] {
  const gone = steps.slice(from, from + count).reduce((sum, step) => sum + step.waitMs, 0);
  const [next, ...rest] = steps.slice(from + count);
  return [...steps.slice(0, from), ...(next ? [{ ...next, waitMs: next.waitMs + gone }] : []), ...rest];
}
