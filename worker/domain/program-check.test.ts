import { describe, expect, test } from "vitest";
import { PROGRAM_DEFAULTS, type Program } from "./program.ts";
import { checkProgram, impossibilityInWords, warningInWords } from "./program-check.ts";
import type { Reward } from "./rewards.ts";

const reward: Reward = {
  id: "off",
  name: "5 off",
  kind: "amount_off",
  cost: 500,
  valueMinor: 500,
  minimumMinor: null,
  codeDays: 30,
};
const program = (changes: Partial<Program> = {}): Program => ({
  earn: { points: 1, perMinor: 100 },
  pendingDays: 14,
  rewards: [reward],
  ...PROGRAM_DEFAULTS,
  ...changes,
});
const check = (changes: Partial<Program>) => checkProgram(program(changes), { versions: [], beginsAtMs: 0 });
const faults = (changes: Partial<Program>) => check(changes).impossible.map(({ code }) => code);
const warnings = (changes: Partial<Program>) => check(changes).warnings.map(({ code }) => code);

describe("a program is impossible", () => {
  test("whose reward nobody can reach", () => {
    expect(faults({ rewards: [{ ...reward, cost: 50_000 }] })).toEqual([]);
    expect(faults({ rewards: [{ ...reward, cost: 50_001 }] })).toEqual(["reward-out-of-reach"]);
    expect(faults({ rewards: [{ ...reward, cost: 1_000_000_000, valueMinor: 1_000_000_000 }] })).toEqual([]);
    const dear = { ...reward, cost: 1_000_000_000, valueMinor: 1_000_000_000 };
    expect(faults({ earn: { points: 1, perMinor: 101 }, rewards: [dear] })).toEqual(["reward-out-of-reach"]);
  });
  test("whose reward takes more off than the smallest order it is for", () => {
    expect(faults({ rewards: [{ ...reward, minimumMinor: 500 }] })).toEqual([]);
    expect(faults({ rewards: [{ ...reward, minimumMinor: 499 }] })).toEqual(["reward-above-its-minimum"]);
    expect(faults({ rewards: [{ ...reward, kind: "donation", minimumMinor: 499 }] })).toEqual([]);
  });
  test("whose points are good for a shorter time than they wait", () => {
    const expiry = { kind: "after-available", months: 1 } as const;
    expect(faults({ expiry, pendingDays: 27 })).toEqual([]);
    expect(faults({ expiry, pendingDays: 28 })).toEqual(["expiry-within-return-window"]);
  });
  test("and is told so in a sentence", () => {
    const rewards = [{ ...reward, cost: 60_000, minimumMinor: 400 }];
    const expiry = { kind: "after-available", months: 1 } as const;
    const found = check({ rewards, expiry, pendingDays: 90 }).impossible;
    expect(found.map((fault) => impossibilityInWords(fault, "EUR"))).toEqual([
      "Nobody can reach the reward “5 off”: it takes orders of 60000.00 EUR.",
      "The reward “5 off” takes 5.00 EUR off orders from 4.00 EUR on: more than such an order costs.",
      "Points would be good for 1 month and have to wait 90 days before that: let them live longer, or wait less.",
    ]);
  });
});

describe("a merchant is warned, and may go on,", () => {
  test("of rewards that give back a quarter of what is spent, or all of it", () => {
    expect(warnings({ rewards: [{ ...reward, valueMinor: 12_499 }] })).toEqual([]);
    expect(warnings({ rewards: [{ ...reward, valueMinor: 12_500 }] })).toEqual(["return-is-high"]);
    expect(warnings({ rewards: [{ ...reward, valueMinor: 50_000 }] })).toEqual(["return-above-all"]);
    expect(faults({ rewards: [{ ...reward, valueMinor: 50_000 }] })).toEqual([]);
  });
  test("of no reward at all, and of codes of a day or two", () => {
    expect(warnings({ rewards: [] })).toEqual(["no-rewards"]);
    expect(warnings({ rewards: [{ ...reward, codeDays: 2 }] })).toEqual(["short-code"]);
    expect(warnings({ rewards: [{ ...reward, codeDays: 3 }] })).toEqual([]);
  });
  test("of a version that is published and begins later", () => {
    const version = (number: number, inForceFromMs: number) => ({
      version: number,
      inForceFromMs,
      publishedAtMs: 0,
      program: program(),
    });
    const versions = [version(1, 0), version(2, 1_000), version(3, 2_000)];
    const { warnings: told } = checkProgram(program(), { versions, beginsAtMs: 1_000 });
    expect(told.map(warningInWords)).toEqual([
      "Version 3 begins at 1970-01-01T00:00:02.000Z and takes over then. To withdraw it, let this one begin at that very moment.",
    ]);
  });
});
