import { describe, expect, test } from "vitest";
import { programSchema } from "./program-schema.ts";
import { tiersSchema } from "./tier-schema.ts";

const tier = (id: string, more: object = {}) => ({ id, name: id.toUpperCase(), threshold: 100, ...more });
const tiers = (levels: object[], more: object = {}) => ({ basis: "spend", period: "rolling-year", levels, ...more });

describe("a program's tiers", () => {
  test("are none where a program was stored before there were any", () => {
    const stored = { earn: { points: 1, perMinor: 100 }, pendingDays: 0, rewards: [] };
    expect(programSchema.parse(stored).tiers).toBe(null);
  });

  test("do nothing more than they say", () => {
    expect(tiersSchema.parse(tiers([tier("silver")]))).toEqual({
      basis: "spend",
      tierPoints: null,
      period: "rolling-year",
      graceMonths: 0,
      tagPrefix: null,
      levels: [{ id: "silver", name: "SILVER", threshold: 100, multiplier: 10_000, giftPoints: 0, membership: null }],
    });
  });

  const membership = { productIds: ["9"], months: 12 };
  test.each([
    [[], {}, "A program with tiers has at least one tier."],
    [[tier("a"), tier("a", { name: "Other", threshold: 200 })], {}, "Two tiers have the same id."],
    [[tier("a"), tier("b", { name: "A", threshold: 200 })], {}, "Two tiers have the same name."],
    [[tier("a"), tier("b")], {}, "B must take more than the tiers below it."],
    [
      [tier("a"), tier("b", { threshold: null, membership }), tier("c", { threshold: 50 })],
      {},
      "C must take more than the tiers below it.",
    ],
    [
      [tier("a", { multiplier: 20_000 }), tier("b", { threshold: 200 })],
      {},
      "B must not earn less than a tier below it.",
    ],
    [[tier("a", { threshold: null })], {}, "Nobody could reach A: it needs a threshold, or a product that gives it."],
    [
      [tier("a", { threshold: 0, giftPoints: 5 })],
      {},
      "Everybody has A from the start, so it cannot come with a gift.",
    ],
    [
      [tier("a", { membership }), tier("b", { threshold: 200, membership })],
      {},
      "A product gives one tier, and is named once.",
    ],
    [
      [tier("a")],
      { tierPoints: { points: 1, perMinor: 100 } },
      "Tier points have a rate of their own only where tiers go by points.",
    ],
    [
      [tier("a")],
      { period: "lifetime", graceMonths: 3 },
      "A tier for life is never lost by time, so there is nothing to give grace for.",
    ],
    [[tier("a")], { tagPrefix: "one, two" }, "A tag has no comma and does not begin with a space."],
  ])("are refused with the reason (%#)", (levels, more, reason) => {
    const outcome = tiersSchema.safeParse(tiers(levels, more));
    expect(outcome.error?.issues.map(({ message }) => message)).toEqual([reason]);
  });

  test("are at most ten", () => {
    const many = Array.from({ length: 11 }, (_, index) => tier(`t${index}`, { threshold: index + 1 }));
    expect(tiersSchema.safeParse(tiers(many)).success).toBe(false);
    expect(tiersSchema.safeParse(tiers(many.slice(1))).success).toBe(true);
  });
});
