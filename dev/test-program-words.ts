/** What staff read of the difference between two programs, for the tests of its sentences. */
import { PROGRAM_DEFAULTS, type Program } from "../worker/domain/program.ts";
import { differenceInWords } from "../worker/domain/program-words.ts";
import { programSchema } from "../worker/program/program-schema.ts";

export const FIVE_OFF = {
  ...{ id: "off-500", name: "5 off", kind: "amount_off", cost: 500, valueMinor: 500 },
  minimumMinor: null,
  codeDays: 30,
} as const;

/** 10 points per 100.00, after 14 days, and 5.00 off for 500 points. */
export function programWith(changes: Record<string, unknown> = {}): Program {
  return programSchema.parse({
    earn: { points: 10, perMinor: 10_000 },
    pendingDays: 14,
    rewards: [FIVE_OFF],
    ...PROGRAM_DEFAULTS,
    ...changes,
  });
}

/** What such a program does otherwise than it did. */
export function changeInWords(
  changes: Record<string, unknown>,
  from: Record<string, unknown> = {},
  currency = "EUR",
): readonly string[] {
  return differenceInWords(programWith(from), programWith(changes), currency);
}
