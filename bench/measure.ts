/** Clocks: how many a second, the middle and the tail of how long. What the acts need is made before the clock starts. */
import { median } from "./rounds.ts";

export type Act = () => Promise<unknown>;

export function times(count: number, make: (index: number) => Act): Act[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** Per second over all acts, one after the other; each act is worth so many. */
export async function rate(worth: number, acts: readonly Act[]): Promise<number> {
  const startedMs = performance.now();
  for (const act of acts) await act();
  return (worth * acts.length * 1000) / (performance.now() - startedMs);
}

/** The middle of how long one act takes, in ms, one after the other. */
export async function p50(acts: readonly Act[]): Promise<number> {
  const tookMs: number[] = [];
  for (const act of acts) tookMs.push(await lasting(act));
  return median(tookMs);
}

/** How long one act takes, in ms. */
export async function lasting(act: Act): Promise<number> {
  const startedMs = performance.now();
  await act();
  return performance.now() - startedMs;
}

export interface CrowdFigures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** So many clients at once, each asking again as soon as it was answered, for so long; who has begun may finish, and that time counts. */
export async function crowd(clients: number, forMs: number, act: (client: number) => Promise<unknown>) {
  const tookMs: number[] = [];
  const startedMs = performance.now();
  const client = async (number: number): Promise<void> => {
    while (performance.now() - startedMs < forMs) tookMs.push(await lasting(() => act(number)));
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  const seconds = (performance.now() - startedMs) / 1000;
  const figures: CrowdFigures = {
    perSecond: tookMs.length / seconds,
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
  };
  return figures;
}

/** The smallest value that so large a share of all values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new Error("There is no percentile of nothing.");
  return value;
}
