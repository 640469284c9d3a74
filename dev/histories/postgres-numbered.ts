/** Histories by number: the same seed and number give the same history, so that one that failed can be had again. */
import fc from "fast-check";
import { historyArbitrary } from "./generator.ts";
import type { History } from "./history.ts";
import { mixed } from "./postgres-random.ts";

/** As many live in one batch, on one database. */
export const HISTORIES_PER_BLOCK = 1000;

export function historiesOfBlock(seed: number, block: number): readonly History[] {
  return fc.sample(historyArbitrary(), { seed: mixed([seed, block]), numRuns: HISTORIES_PER_BLOCK });
}

export function historyOfNumber(seed: number, number: number): History {
  const history = historiesOfBlock(seed, Math.floor(number / HISTORIES_PER_BLOCK))[number % HISTORIES_PER_BLOCK];
  if (!history) throw new Error(`There is no history ${number}.`);
  return history;
}
