import { describe, expect, test } from "vitest";
import { changeInWords, programWith } from "../../dev/test-program-words.ts";
import type { Program } from "./program.ts";
import { differenceInWords } from "./program-words.ts";

type Changes = Readonly<Record<string, unknown>>;

const silver = { id: "silver", name: "Silver", threshold: 100_000 };
const gold = { id: "gold", name: "Gold", threshold: 500_000, multiplier: 15_000, giftPoints: 200 };
const tiers = { basis: "spend", period: "rolling-year", levels: [silver, gold] };
const byPoints = { ...tiers, basis: "points" };
const membership = { productIds: ["7"], months: 12 };

/** What is said of tiers that become so. */
const said = (after: Changes, before: Changes = {}) =>
  changeInWords({ tiers: { ...tiers, ...after } }, { tiers: { ...tiers, ...before } });
const withGold = (changes: Changes) => ({ levels: [silver, { ...gold, ...changes }] });

describe("a change of a tier is told as a merchant would say it", () => {
  test.each([
    [{}, { threshold: 600_050 }, "takes 6000.50 EUR spent instead of 5000.00 EUR spent"],
    [{ membership }, { membership, threshold: null }, "can only be bought now, and took 5000.00 EUR spent"],
    [{ membership, threshold: null }, { membership }, "takes 5000.00 EUR spent, and could only be bought before"],
    [{}, { multiplier: 12_500 }, "earns 1.25 times the points instead of 1.5 times"],
    [{}, { multiplier: 100_000 }, "earns 10 times the points instead of 1.5 times"],
    [{}, { multiplier: 10_001 }, "earns 1.0001 times the points instead of 1.5 times"],
    [{}, { giftPoints: 1 }, "comes with a gift of 1 point instead of 200"],
    [{}, { giftPoints: 0 }, "comes without a gift"],
    [{}, { name: "Guld" }, "was called “Gold”"],
    [{}, { membership }, "can be bought for 12 months with product 7"],
    [{}, { membership: { productIds: ["7", "8"], months: 1 } }, "can be bought for 1 month with products 7, 8"],
    [{ membership }, {}, "cannot be bought any more"],
    [{ membership }, { membership: { ...membership, months: 6 } }, "is bought for 6 months instead of 12"],
    [{ membership }, { membership: { ...membership, productIds: ["7", "8"] } }, "can be bought with product 8"],
    [
      { membership: { ...membership, productIds: ["7", "8"] } },
      { membership },
      "cannot be bought with product 8 any more",
    ],
    [
      { membership: { ...membership, productIds: ["7", "8"] } },
      { membership: { ...membership, productIds: ["8", "7"] } },
      "has membership, product ids in another order",
    ],
  ])("from %j to %j", (before, after, words) => {
    expect(said(withGold(after), withGold(before))).toEqual([
      `The tier “${"name" in after ? after.name : "Gold"}” ${words}.`,
    ]);
  });

  test("by what tiers go by: points and orders are counted, money has its currency", () => {
    const takes = (basis: string, before: number, after: number) =>
      said({ basis, ...withGold({ threshold: after }) }, { basis, ...withGold({ threshold: before }) });
    expect(takes("points", 200_001, 200_000)).toEqual([
      "The tier “Gold” takes 200,000 points instead of 200,001 points.",
    ]);
    expect(takes("orders", 200_001, 200_000)).toEqual([
      "The tier “Gold” takes 200,000 orders instead of 200,001 orders.",
    ]);
    expect(said({ basis: "orders", ...withGold({ threshold: 200_000 }) })).toContain(
      "The tier “Gold” takes 200,000 orders instead of 5000.00 EUR spent.",
    );
  });

  test("that is new, gone, or listed elsewhere", () => {
    expect(said({ levels: [silver] })).toEqual(["The tier “Gold” is gone."]);
    expect(said({}, { levels: [silver] })).toEqual([
      "The tier “Gold” is new: 5000.00 EUR spent, 1.5 times the points, a gift of 200 points.",
    ]);
    const plus = { id: "p", name: "Plus", threshold: null, multiplier: 20_000, membership };
    expect(said({ levels: [silver, gold, plus] })).toEqual([
      "The tier “Plus” is new: bought for 12 months with product 7, 2 times the points.",
    ]);
    const low = { ...plus, multiplier: 10_000 };
    expect(said({ levels: [silver, low] }, { levels: [low, silver] })).toEqual(["The tiers are in another order."]);
  });
});

describe("a change of what tiers go by is told as a merchant would say it", () => {
  const rate = { points: 1, perMinor: 100 };
  test.each([
    [{ basis: "points" }, {}, "Tiers go by money that is spent."],
    [{}, { basis: "points" }, "Tiers go by points."],
    [{}, { basis: "orders" }, "Tiers go by orders."],
    [{}, { period: "lifetime" }, "What counts for tiers is what was done ever: tiers are for life."],
    [{}, { period: "calendar-year" }, "What counts for tiers is what was done in a calendar year."],
    [{ period: "lifetime" }, {}, "What counts for tiers is what was done in the last twelve months."],
    [{}, { graceMonths: 1 }, "A tier is kept 1 month after time alone has taken it instead of 0."],
    [{}, { tagPrefix: "vip-" }, "Customers are tagged with “vip-” and their tier."],
    [{ tagPrefix: "vip-" }, {}, "Customers are not tagged with their tier any more."],
    [byPoints, { ...byPoints, tierPoints: rate }, "Orders earn 1 tier point per 1.00 EUR."],
    [{ ...byPoints, tierPoints: rate }, byPoints, "Tier points are the points that orders earn."],
    [
      { ...byPoints, tierPoints: rate },
      { ...byPoints, tierPoints: { points: 2, perMinor: 300 } },
      "Orders earn 2 tier points per 3.00 EUR.",
    ],
  ])("from %j to %j", (before, after, sentence) => {
    expect(said(after, before)).toEqual([sentence]);
  });
});

test("settings of tiers that have no words of their own yet are told by their names", () => {
  const program = programWith({ tiers: { ...byPoints, tierPoints: { points: 1, perMinor: 100 } } });
  const later = (rules: Changes, tier: Changes = {}, rate: Changes = {}) =>
    ({
      ...program,
      tiers: {
        ...{ ...program.tiers, ...rules, tierPoints: { ...program.tiers?.tierPoints, ...rate } },
        levels: program.tiers?.levels.map((one) => ({ ...one, ...tier })),
      },
    }) as unknown as Program;
  const told = (before: Program, after: Program) => differenceInWords(before, after, "EUR").slice(0, 1);
  expect(told(program, later({ season: "spring" }))).toEqual(["The tiers have season: “spring”."]);
  expect(told(program, later({}, {}, { upTo: 5 }))).toEqual(["The tiers have tier points, up to: 5."]);
  expect(told(program, later({}, { colour: "red" }))).toEqual(["The tier “Silver” has colour: “red”."]);
  expect(told(later({}, { perks: ["tea"] }), later({}, { perks: ["tea", "cake"] }))).toEqual([
    "The tier “Silver” has perks: “cake” is added.",
  ]);
});

describe("tiers that begin", () => {
  test.each([
    [
      tiers,
      "by money that is spent in the last twelve months: “Silver” (1000.00 EUR spent, the usual points), “Gold” (5000.00 EUR spent, 1.5 times the points, a gift of 200 points)",
    ],
    [
      { basis: "orders", period: "calendar-year", graceMonths: 3, levels: [{ ...silver, threshold: 1 }] },
      "by orders in a calendar year and kept 3 months longer: “Silver” (1 order, the usual points)",
    ],
    [
      {
        ...{ basis: "points", period: "lifetime", tagPrefix: "vip-", tierPoints: { points: 1, perMinor: 100 } },
        levels: [{ ...silver, threshold: 1 }],
      },
      "by points for life: “Silver” (1 point, the usual points), with tier points at a rate of their own, and customers are tagged with “vip-” and the tier",
    ],
  ])("are told whole: %j", (begun, words) => {
    expect(changeInWords({ tiers: begun })).toEqual([`The program has tiers ${words}.`]);
  });

  test("and end are told in one sentence", () => {
    expect(changeInWords({}, { tiers })).toEqual(["The program has no tiers any more."]);
  });
});
