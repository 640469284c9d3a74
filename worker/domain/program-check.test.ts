import { describe, expect, test } from "vitest";
import { PROGRAM_DEFAULTS, type Program } from "./program.ts";
import { checkProgram, impossibilityInWords, warningInWords } from "./program-check.ts";
import { REWARD_KINDS, type Reward } from "./rewards.ts";
import type { TierRules } from "./tiers.ts";

const reward: Reward = {
  id: "off",
  name: "5 off",
  kind: "amount_off",
  cost: 500,
  valueMinor: 500,
  minimumMinor: null,
  codeDays: 30,
};
const FREE_MUG = { kind: "free_product", items: { products: ["1"], collections: [] } } as const;
/** Tiers by orders with these multipliers, lowest first. */
const tiersOf = (...multipliers: number[]): TierRules => ({
  basis: "orders",
  tierPoints: null,
  period: "lifetime",
  graceMonths: 0,
  tagPrefix: null,
  levels: multipliers.map((multiplier, index) => ({
    id: `tier-${index}`,
    name: `TIER-${index}`,
    threshold: index,
    multiplier,
    giftPoints: 0,
    membership: null,
  })),
});
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
  test("whose slider cannot even be begun", () => {
    const slider = { minPoints: 500, maxPoints: 1_000, stepPoints: 500 };
    expect(faults({ rewards: [{ ...reward, slider }] })).toEqual([]);
    expect(faults({ rewards: [{ ...reward, cost: 50_001, slider }] })).toEqual(["reward-out-of-reach"]);
    const [dear, least] = [{ ...reward, cost: 1_000_000_000, valueMinor: 1_000_000_000 }, 1_000_000];
    const steps = { minPoints: least, maxPoints: 2 * least, stepPoints: least };
    expect(faults({ earn: { points: 1, perMinor: 101 }, rewards: [{ ...dear, slider: steps }] })).toEqual([]);
  });
  test("whose reward takes more off than the smallest order it is for", () => {
    expect(faults({ rewards: [{ ...reward, minimumMinor: 500 }] })).toEqual([]);
    expect(faults({ rewards: [{ ...reward, minimumMinor: 499 }] })).toEqual(["reward-above-its-minimum"]);
    expect(faults({ rewards: [{ ...reward, kind: "donation", minimumMinor: 499 }] })).toEqual([]);
    const slider = { minPoints: 500, maxPoints: 1_000, stepPoints: 500 };
    expect(faults({ rewards: [{ ...reward, slider, minimumMinor: 1_000 }] })).toEqual([]);
    expect(faults({ rewards: [{ ...reward, slider, minimumMinor: 999 }] })).toEqual(["reward-above-its-minimum"]);
    const shipping = { ...reward, kind: "free_shipping", valueMinor: 0, maximumShippingMinor: 900 } as const;
    expect(faults({ rewards: [{ ...shipping, minimumMinor: 900 }] })).toEqual([]);
    expect(faults({ rewards: [{ ...shipping, minimumMinor: 899 }] })).toEqual(["reward-above-its-minimum"]);
    expect(faults({ rewards: [{ ...shipping, minimumMinor: null }] })).toEqual([]);
    expect(faults({ rewards: [{ ...shipping, maximumShippingMinor: null, minimumMinor: 1 }] })).toEqual([]);
    // It is bought with the order, and so the order costs more.
    expect(faults({ rewards: [{ ...reward, ...FREE_MUG, minimumMinor: 499 }] })).toEqual([]);
  });
  test.each(["amount_off", "store_credit", "gift_card", "donation", "free_product"] as const)(
    "whose reward is more money than was spent for it: %s",
    (kind) => {
      const worth = (valueMinor: number) => [{ ...reward, ...FREE_MUG, kind, valueMinor }];
      expect(faults({ rewards: worth(50_000) })).toEqual([]);
      expect(warnings({ rewards: worth(50_000) })).toEqual(["return-is-high"]);
      expect(faults({ rewards: worth(50_001) })).toEqual(["return-above-all"]);
      expect(faults({ rewards: worth(4) })).toEqual(["reward-out-of-reach"]);
    },
  );
  test("whose percentage is more of its smallest order than was spent for it, or all of any order", () => {
    const off = (percent: number, minimumMinor: number | null) => [
      { ...reward, kind: "percentage_off", valueMinor: 0, percent, minimumMinor } as const,
    ];
    expect(faults({ rewards: off(10, 500_000) })).toEqual([]);
    expect(faults({ rewards: off(10, 510_000) })).toEqual(["return-above-all"]);
    expect(faults({ rewards: off(99, null) })).toEqual([]);
    expect(faults({ rewards: off(100, null) })).toEqual(["reward-takes-all"]);
  });
  test("whose reward gives members of a tier, who earn more, more than they spend", () => {
    const rewards = [{ ...reward, valueMinor: 30_000 }];
    expect(faults({ rewards, tiers: tiersOf(10_000, 16_000) })).toEqual([]);
    expect(faults({ rewards, tiers: tiersOf(10_000, 17_000) })).toEqual(["return-above-all"]);
    expect(
      faults({ rewards: [{ ...reward, valueMinor: 30_000, tiers: ["tier-0"] }], tiers: tiersOf(10_000, 17_000) }),
    ).toEqual([]);
  });
  test("whose reward is for tiers that are not there, be it of any kind", () => {
    for (const kind of REWARD_KINDS) {
      const rewards = [{ ...reward, kind, percent: 10, minimumMinor: null, tiers: ["tier-1", "gone"] }];
      expect(faults({ rewards, tiers: tiersOf(10_000, 10_000) })).toEqual([]);
      expect(faults({ rewards, tiers: tiersOf(10_000) })).toEqual(["reward-for-no-tier"]);
      expect(faults({ rewards })).toEqual(["reward-for-no-tier"]);
    }
  });
  test("whose reward takes orders of a billion, whatever it is", () => {
    for (const kind of ["experience", "free_shipping", "percentage_off"] as const) {
      const rewards = [{ ...reward, kind, percent: 10, cost: 1_000_000_000 }];
      expect(faults({ rewards })).toEqual([]);
      expect(faults({ earn: { points: 1, perMinor: 101 }, rewards })).toEqual(["reward-out-of-reach"]);
      expect(faults({ earn: { points: 1, perMinor: 101 }, rewards, tiers: tiersOf(10_200) })).toEqual([]);
    }
  });
  test("whose points are good for a shorter time than they wait", () => {
    const expiry = { kind: "after-available", months: 1 } as const;
    expect(faults({ expiry, pendingDays: 27 })).toEqual([]);
    expect(faults({ expiry, pendingDays: 28 })).toEqual(["expiry-within-return-window"]);
  });
  test("and is told so in a sentence", () => {
    const rewards: Reward[] = [
      { ...reward, cost: 120_000, minimumMinor: 400 },
      { ...reward, name: "Shipping", kind: "free_shipping", maximumShippingMinor: 900, minimumMinor: 500 },
      { ...reward, name: "All off", kind: "percentage_off", percent: 100 },
      { ...reward, name: "Credit", kind: "store_credit", valueMinor: 60_000 },
      { ...reward, name: "Event", kind: "experience", tiers: ["gone"] },
      { ...reward, name: "Card", kind: "gift_card", valueMinor: 100_000, tiers: ["tier-0"] },
    ];
    const tiers = tiersOf(20_000);
    const expiry = { kind: "after-available", months: 1 } as const;
    const found = check({ rewards, tiers, expiry, pendingDays: 90 }).impossible;
    expect(found.map((fault) => impossibilityInWords(fault, "EUR"))).toEqual([
      "Nobody can reach the reward “5 off”: it takes orders of 60000.00 EUR.",
      "The reward “5 off” takes 5.00 EUR off orders from 4.00 EUR on: more than such an order costs.",
      "The reward “Shipping” pays shipping of up to 9.00 EUR for orders from 5.00 EUR on: more than such an order costs.",
      "The reward “All off” takes all of the price off, however much is bought: take less than 100 % off, or make it a free product.",
      "The reward “Credit” gives back 240 % of what members of TIER-0 spend for it: more than all of it.",
      "Nobody can reach the reward “Event”: it is for tiers that the program does not have (gone).",
      "The reward “Card” gives back 400 % of what members of TIER-0 spend for it: more than all of it.",
      "Points would be good for 1 month and have to wait 90 days before that: let them live longer, or wait less.",
    ]);
  });
});

describe("a merchant is warned, and may go on,", () => {
  test("of rewards that give back a quarter of what is spent", () => {
    expect(warnings({ rewards: [{ ...reward, valueMinor: 12_499 }] })).toEqual([]);
    expect(warnings({ rewards: [{ ...reward, valueMinor: 12_500 }] })).toEqual(["return-is-high"]);
    expect(warnings({ rewards: [{ ...reward, valueMinor: 12_499 }], tiers: tiersOf(10_100) })).toEqual([
      "return-is-high",
    ]);
  });
  test("of no reward at all, and of codes of a day or two", () => {
    expect(warnings({ rewards: [] })).toEqual(["no-rewards"]);
    expect(warnings({ rewards: [{ ...reward, codeDays: 2 }] })).toEqual(["short-code"]);
    expect(warnings({ rewards: [{ ...reward, codeDays: 3 }] })).toEqual([]);
    expect(warnings({ rewards: [{ ...reward, kind: "store_credit", codeDays: 2 }] })).toEqual([]);
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
    expect(told.map((warning) => warningInWords(warning, "Asia/Tokyo"))).toEqual([
      "Version 3 begins at 1970-01-01 09:00 (Asia/Tokyo) and takes over then. To withdraw it, let this one begin at that very moment.",
    ]);
  });
});

test("each warning is a sentence that names what it is about", () => {
  const told = (warning: Parameters<typeof warningInWords>[0]) => warningInWords(warning, "UTC");
  expect(told({ code: "no-rewards" })).toBe("There is no reward: points can be earned and not be used.");
  expect(told({ code: "return-is-high", reward: "5 off", percent: 30 })).toBe(
    "The reward “5 off” gives back 30 % of what is spent for it.",
  );
  expect([1, 3].map((days) => told({ code: "short-code", reward: "5 off", days }))).toEqual([
    "The code of “5 off” is good for 1 day only.",
    "The code of “5 off” is good for 3 days only.",
  ]);
});

test("a refusal counts and lists as people do", () => {
  const told = (fault: Parameters<typeof impossibilityInWords>[0]) => impossibilityInWords(fault, "USD");
  expect([1, 2].map((months) => told({ code: "expiry-within-return-window", months, pendingDays: 90 }))).toEqual([
    expect.stringContaining("good for 1 month and"),
    expect.stringContaining("good for 2 months and"),
  ]);
  expect(told({ code: "reward-for-no-tier", reward: "5 off", tiers: ["gold", "prime"] })).toContain("(gold, prime)");
  expect(told({ code: "return-above-all", reward: "5 off", percent: 120, tier: null })).toContain(
    "of what is spent for it",
  );
  expect(told({ code: "return-above-all", reward: "5 off", percent: 120, tier: "Gold" })).toContain(
    "members of Gold spend",
  );
});
