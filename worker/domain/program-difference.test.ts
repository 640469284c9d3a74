import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { propertyRuns } from "../../dev/property-runs.ts";
import { programSchema } from "../program/program-schema.ts";
import { PROGRAM_DEFAULTS, type Program } from "./program.ts";
import { differenceInWords } from "./program-words.ts";

const reward = {
  id: "off-500",
  name: "5 off",
  kind: "amount_off",
  cost: 500,
  valueMinor: 500,
  minimumMinor: null,
  codeDays: 30,
} as const;

const program = (changes: Record<string, unknown> = {}): Program =>
  programSchema.parse({
    earn: { points: 10, perMinor: 10_000 },
    pendingDays: 14,
    rewards: [reward],
    ...PROGRAM_DEFAULTS,
    ...changes,
  });

const words = (changes: Record<string, unknown>, from: Record<string, unknown> = {}) =>
  differenceInWords(program(from), program(changes), "EUR");

describe("the difference in words", () => {
  test.each([
    [
      { earn: { points: 12, perMinor: 10_000 } },
      "Orders earn 12 points per 100.00 EUR instead of 10 points per 100.00 EUR.",
    ],
    [{ pendingDays: 30 }, "Points wait 30 days before they can be used instead of 14 days."],
    [{ pendingDays: 0 }, "Points can be used at once instead of after 14 days."],
    [{ rewards: [{ ...reward, cost: 1600 }] }, "The reward “5 off” costs 1,600 points instead of 500."],
    [{ rewards: [{ ...reward, name: "Five off" }] }, "The reward “Five off” was called “5 off”."],
    [{ rewards: [{ ...reward, valueMinor: 600 }] }, "The reward “5 off” takes 6.00 EUR off instead of 5.00 EUR."],
    [{ rewards: [{ ...reward, minimumMinor: 5000 }] }, "The reward “5 off” can be used on orders from 50.00 EUR on."],
    [{ rewards: [] }, "The reward “5 off” is offered no more."],
    [
      { rewards: [reward, { ...reward, id: "b", name: "Tree", kind: "donation" }] },
      "The reward “Tree” is new: it gives 5.00 EUR to a cause and costs 500 points.",
    ],
    [{ expiry: { kind: "after-available", months: 12 } }, "Points expire 12 months after they became available."],
    [{ owing: "stop-at-zero" }, "What a refund cannot take back is forgiven; balances stop at zero."],
    [{ returnSpent: false }, "Points that were spent on an order do not come back when it is refunded."],
    [{ membership: "joined" }, "Only customers who joined take part."],
  ])("%j is told as a merchant would say it", (changes, sentence) => {
    expect(words(changes)).toEqual([sentence]);
  });
  describe("of a reward", () => {
    const all = {
      ...reward,
      slider: { minPoints: 100, maxPoints: 1_000, stepPoints: 100 },
      items: { products: ["1", "2"], collections: [] },
      combinesWith: { order: false, product: false, shipping: true },
      tiers: ["gold"],
      stock: 50,
      limit: { times: 2, days: 30 },
    };
    const level = { threshold: 100, multiplier: 10_000, giftPoints: 0, membership: null };
    const tiers = {
      ...{ basis: "points", period: "lifetime", graceMonths: 0, tagPrefix: null, tierPoints: null },
      levels: [
        { ...level, id: "silver", name: "Silver" },
        { ...level, id: "gold", name: "Gold", threshold: 200 },
      ],
    } as const;
    test.each([
      [{ codeDays: 1 }, "is good for 1 day instead of 30"],
      [{ slider: null }, "has one price"],
      [{ slider: { ...all.slider, minPoints: 200 } }, "can be had from 200 points instead of 100 on"],
      [{ items: null }, "is for the whole order"],
      [{ items: { products: ["1", "3"], collections: [] } }, "is not for product 2 any more", "is for product 3, too"],
      [{ combinesWith: { ...all.combinesWith, order: true } }, "goes together with discounts on the order"],
      [{ combinesWith: { ...all.combinesWith, shipping: false } }, "does not go together with free shipping"],
      [{ combinesWith: null }, "goes together with free shipping only"],
      [{ tiers: null }, "is for everybody"],
      [{ tiers: ["gold", "silver"] }, "is for “Silver”, too"],
      [{ stock: null }, "has no end of it"],
      [{ stock: 60 }, "can be had 60 times in all instead of 50"],
      [{ limit: null }, "can be had as often as a member likes"],
      [{ limit: { times: 1, days: 30 } }, "can be had 1 time by each member instead of 2"],
      [{ limit: { times: 2, days: null } }, "has its limit for ever"],
    ])("%j is told as a merchant would say it", (changes, ...sentences) => {
      const after = { rewards: [{ ...all, ...changes }], tiers } as Partial<Program>;
      expect(words(after, { rewards: [all], tiers })).toEqual(
        sentences.map((sentence) => `The reward “5 off” ${sentence}.`),
      );
      // And what has such settings from the beginning is told in one breath, with names in place of ids.
      expect(words({ rewards: [all], tiers }, { rewards: [], tiers })).toEqual([
        "The reward “5 off” is new: it takes 5.00 EUR off, costs 500 points for that, and lets the customer choose from 100 to 1,000 points in steps of 100, is only for products 1, 2, is only for “Gold”, can be had 50 times in all, can be had 2 times by each member within 30 days and is good for 30 days.",
      ]);
    });
  });

  test("tells of an expiry that ends, and of rewards in another order", () => {
    expect(words({}, { expiry: { kind: "after-inactivity", months: 1 } })).toEqual([
      "Points do not expire any more (they did 1 month after the member’s last activity).",
    ]);
    const two = [reward, { ...reward, id: "b" }];
    expect(words({ rewards: two.toReversed() }, { rewards: two })).toEqual([
      "The rewards are listed in another order.",
    ]);
  });
  describe("of tiers", () => {
    const silver = { id: "silver", name: "Silver", threshold: 100_000 };
    const gold = { id: "gold", name: "Gold", threshold: 500_000, multiplier: 15_000, giftPoints: 200 };
    const tiers = { basis: "spend", period: "rolling-year", levels: [silver, gold] };
    const membership = { productIds: ["7"], months: 12 };
    const GOLD = "The tier “Gold”";

    test.each([
      [
        { levels: [silver, { ...gold, threshold: 600_050 }] },
        `${GOLD} takes 6000.50 EUR spent instead of 5000.00 EUR spent.`,
      ],
      [
        { levels: [silver, { ...gold, multiplier: 12_500 }] },
        `${GOLD} earns 1.25 times the points instead of 1.5 times.`,
      ],
      [{ levels: [silver, { ...gold, giftPoints: 0 }] }, `${GOLD} comes without a gift.`],
      [{ levels: [silver, { ...gold, name: "Guld" }] }, "The tier “Guld” was called “Gold”."],
      [{ levels: [silver, { ...gold, membership }] }, `${GOLD} can be bought for 12 months with product 7.`],
      [{ levels: [silver] }, `${GOLD} is gone.`],
      [
        { levels: [silver, gold, { id: "p", name: "Plus", threshold: null, multiplier: 20_000, membership }] },
        "The tier “Plus” is new: bought for 12 months with product 7, 2 times the points.",
      ],
      [{ period: "lifetime" }, "What counts for tiers is what was done ever: tiers are for life."],
      [{ graceMonths: 3 }, "A tier is kept 3 months after time alone has taken it instead of 0."],
      [{ tagPrefix: "vip-" }, "Customers are tagged with “vip-” and their tier."],
    ])("%j is told as a merchant would say it", (changes, sentence) => {
      expect(words({ tiers: { ...tiers, ...changes } }, { tiers })).toEqual([sentence]);
    });

    test("that begin and end are told whole", () => {
      expect(words({ tiers })).toEqual([
        "The program has tiers by money that is spent in the last twelve months: “Silver” (1000.00 EUR spent, the usual points), “Gold” (5000.00 EUR spent, 1.5 times the points, a gift of 200 points).",
      ]);
      expect(words({}, { tiers })).toEqual(["The program has no tiers any more."]);
    });
  });

  test("of a first program tells all that it says", () => {
    const all = differenceInWords(null, program(), "EUR");
    expect(all).toContain("Orders earn 10 points per 100.00 EUR.");
    expect(all).toHaveLength(Object.keys(program()).length);
  });
});

/** Any value that a JSON schema describes, or nearly: what the program's own schema does not take is thrown away. */
function anyOf(schema: z.core.JSONSchema.JSONSchema): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((one) => anyOf(one as z.core.JSONSchema.JSONSchema)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "object": {
      const parts = Object.entries(schema.properties ?? {}).map(([key, part]) => [
        key,
        anyOf(part as z.core.JSONSchema.JSONSchema),
      ]);
      return fc.record(Object.fromEntries(parts) as Record<string, fc.Arbitrary<unknown>>);
    }
    case "array":
      return fc.array(anyOf((schema.items ?? {}) as z.core.JSONSchema.JSONSchema), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(3, schema.maxItems ?? 3),
      });
    case "integer":
    case "number": {
      const [min, max] = [schema.minimum ?? 0, schema.maximum ?? 1_000];
      return fc.oneof(fc.integer({ min, max: Math.min(max, min + 3) }), fc.integer({ min, max }));
    }
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return schema.pattern
        ? fc.stringMatching(new RegExp(schema.pattern)).map((text) => text.slice(0, 8))
        : fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(8, schema.maxLength ?? 8) });
  }
}

const anyProgram = anyOf(z.toJSONSchema(programSchema, { io: "input" }))
  .map((value) => programSchema.safeParse(value))
  .filter((parsed) => parsed.success)
  .map((parsed) => parsed.data as Program);

/** The same program with one setting of it, at whatever depth, as another one has it. */
function mixed(a: unknown, b: unknown, pick: readonly number[]): unknown {
  const [at = 0, ...rest] = pick;
  if (Array.isArray(a) && Array.isArray(b) && a.length > 0 && b.length > 0 && rest.length > 0) {
    const index = at % a.length;
    return a.map((item, position) => (position === index ? mixed(item, b[at % b.length], rest) : item));
  }
  const isRecord = (of: unknown): of is Record<string, unknown> =>
    typeof of === "object" && of !== null && !Array.isArray(of);
  if (!isRecord(a) || !isRecord(b)) return b;
  const key = Object.keys(a)[at % Math.max(1, Object.keys(a).length)];
  return key === undefined ? b : { ...a, [key]: mixed(a[key], b[key], rest) };
}

test("any two different programs have at least one sentence, and equal ones none", () => {
  const near = fc
    .tuple(anyProgram, anyProgram, fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }))
    .map(([a, b, pick]) => [a, programSchema.safeParse(mixed(a, b, pick))] as const)
    .filter(([, parsed]) => parsed.success)
    .map(([a, parsed]) => [a, parsed.data as Program] as const);
  fc.assert(
    fc.property(near, ([a, b]) => {
      const isEqual = JSON.stringify(a) === JSON.stringify(b);
      const sentences = differenceInWords(a, b, "EUR");
      expect(sentences.length === 0).toBe(isEqual);
      for (const sentence of sentences) expect(sentence).toMatch(/^\S.*\.$/s);
      expect(differenceInWords(structuredClone(a), a, "EUR")).toEqual([]);
    }),
    { numRuns: propertyRuns(2_000) },
  );
});
