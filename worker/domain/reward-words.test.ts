import { describe, expect, test } from "vitest";
import { changeInWords, FIVE_OFF } from "../../dev/test-program-words.ts";

const level = { threshold: 100, multiplier: 10_000, giftPoints: 0, membership: null };
const tiers = {
  ...{ basis: "points", period: "lifetime", graceMonths: 0, tagPrefix: null, tierPoints: null },
  levels: [
    { ...level, id: "silver", name: "Silver" },
    { ...level, id: "gold", name: "Gold", threshold: 200 },
    { ...level, id: "black", name: "Black", threshold: 300 },
  ],
};
type Changes = Readonly<Record<string, unknown>>;

/** What is said of the reward that becomes so, after its name. */
function said(after: Changes, before: Changes = {}): readonly string[] {
  const [was, is] = [before, after].map((changes) => ({ rewards: [{ ...FIVE_OFF, ...changes }], tiers }));
  return changeInWords(is ?? {}, was).map((sentence) => sentence.replace(/^The reward “.*?” (.*)\.$/, "$1"));
}
/** What is said of such a reward when it is new. */
function saidOfNew(changes: Changes): string {
  const [sentence = ""] = changeInWords({ rewards: [{ ...FIVE_OFF, ...changes }], tiers }, { rewards: [], tiers });
  return sentence.replace(/^The reward “5 off” is new: it (.*)\.$/, "$1");
}

const slider = { minPoints: 100, maxPoints: 1_000, stepPoints: 100 };
const shippingOnly = { order: false, product: false, shipping: true };
const percentage = { kind: "percentage_off", valueMinor: 0, percent: 10 };

describe("a change of a reward is told as a merchant would say it", () => {
  test.each([
    [{}, { cost: 1_600 }, "costs 1,600 points instead of 500"],
    [{}, { cost: 1 }, "costs 1 point instead of 500"],
    [{}, { name: "Five off" }, "was called “5 off”"],
    [{}, { valueMinor: 600 }, "takes 6.00 EUR off instead of 5.00 EUR"],
    [{}, { minimumMinor: 5_000 }, "can be used on orders from 50.00 EUR on"],
    [{ minimumMinor: 5_000 }, { minimumMinor: 6_000 }, "can be used on orders from 60.00 EUR on instead of 50.00 EUR"],
    [{ minimumMinor: 5_000 }, {}, "can be used on orders of any amount"],
    [{}, { codeDays: 1 }, "is good for 1 day instead of 30"],
    [percentage, { ...percentage, percent: 15 }, "takes 15 % off instead of 10 %"],
    [
      { kind: "free_shipping", valueMinor: 0 },
      { kind: "free_shipping", valueMinor: 0, maximumShippingMinor: 900 },
      "is good for shipping up to 9.00 EUR",
    ],
    [
      { kind: "free_shipping", valueMinor: 0, maximumShippingMinor: 700 },
      { kind: "free_shipping", valueMinor: 0, maximumShippingMinor: 900 },
      "is good for shipping up to 9.00 EUR instead of 7.00 EUR",
    ],
    [
      { kind: "free_shipping", valueMinor: 0, maximumShippingMinor: 900 },
      { kind: "free_shipping", valueMinor: 0, maximumShippingMinor: null },
      "is good for shipping at any price",
    ],
    [{}, { slider }, "lets the customer choose from 100 to 1,000 points in steps of 100"],
    [{ slider }, { slider: null }, "has one price"],
    [{ slider }, { slider: { ...slider, minPoints: 200 } }, "can be had from 200 points instead of 100 on"],
    [{ slider }, { slider: { ...slider, maxPoints: 900 } }, "can be had for up to 900 points instead of 1,000"],
    [{ slider }, { slider: { ...slider, stepPoints: 50 } }, "goes in steps of 50 points instead of 100"],
    [{}, { items: { products: ["1"], collections: [] } }, "is only for product 1"],
    [{}, { items: { products: [], collections: ["8", "9"] } }, "is only for collections 8, 9"],
    [{ items: { products: ["1"], collections: [] } }, { items: null }, "is for the whole order"],
    [
      {},
      { combinesWith: { order: true, product: true, shipping: false } },
      "goes together with discounts on the order and discounts on products",
    ],
    [
      {},
      { combinesWith: { order: true, product: true, shipping: true } },
      "goes together with discounts on the order, discounts on products and free shipping",
    ],
    [{}, { combinesWith: { order: false, product: false, shipping: false } }, "goes together with no other discount"],
    [
      { combinesWith: shippingOnly },
      { combinesWith: { ...shippingOnly, order: true } },
      "goes together with discounts on the order",
    ],
    [
      { combinesWith: shippingOnly },
      { combinesWith: { ...shippingOnly, product: true } },
      "goes together with discounts on products",
    ],
    [
      { combinesWith: shippingOnly },
      { combinesWith: { ...shippingOnly, shipping: false } },
      "does not go together with free shipping",
    ],
    [{ combinesWith: shippingOnly }, { combinesWith: null }, "goes together with free shipping only"],
    [{}, { tiers: ["gold"] }, "is only for “Gold”"],
    [{}, { tiers: ["silver", "gold", "black"] }, "is only for “Silver”, “Gold” and “Black”"],
    [{ tiers: ["gold"] }, { tiers: null }, "is for everybody"],
    [{ tiers: ["gold"] }, { tiers: ["gold", "silver"] }, "is for “Silver”, too"],
    [{ tiers: ["gold", "silver"] }, { tiers: ["gold"] }, "is not for “Silver” any more"],
    [{ tiers: ["gold", "silver"] }, { tiers: ["silver", "gold"] }, "lists its tiers in another order"],
    [{}, { tiers: ["platinum"] }, "is only for “platinum”"],
    [{}, { stock: 1 }, "can be had 1 time in all"],
    [{ stock: 50 }, { stock: 60 }, "can be had 60 times in all instead of 50"],
    [{ stock: 50 }, { stock: null }, "has no end of it"],
    [{}, { limit: { times: 2, days: 30 } }, "can be had 2 times by each member within 30 days"],
    [{}, { limit: { times: 1, days: null } }, "can be had 1 time by each member"],
    [{ limit: { times: 2, days: 30 } }, { limit: null }, "can be had as often as a member likes"],
    [
      { limit: { times: 2, days: 30 } },
      { limit: { times: 1, days: 30 } },
      "can be had 1 time by each member instead of 2",
    ],
    [{ limit: { times: 2, days: 30 } }, { limit: { times: 2, days: null } }, "has its limit for ever"],
    [
      { limit: { times: 2, days: null } },
      { limit: { times: 2, days: 1 } },
      "has its limit within 1 day instead of for ever",
    ],
    [{ limit: { times: 2, days: 30 } }, { limit: { times: 2, days: 7 } }, "has its limit within 7 days instead of 30"],
  ])("from %j to %j", (before, after, words) => {
    expect(said(after, before)).toEqual([words]);
  });

  test("product by product, and collection by collection", () => {
    const of = (products: string[], collections: string[]) => ({ items: { products, collections } });
    expect(said(of(["1", "3"], []), of(["1", "2"], []))).toEqual([
      "is not for product 2 any more",
      "is for product 3, too",
    ]);
    expect(said(of([], ["8", "9"]), of([], ["8"]))).toEqual(["is for collection 9, too"]);
  });

  test("setting by setting where it becomes one of another kind", () => {
    expect(said(percentage)).toEqual([
      "is a percentage off now, and was an amount off",
      "has no amount any more",
      "takes 10 % off",
    ]);
    expect(said({}, { ...percentage, percent: 10 })).toEqual([
      "is an amount off now, and was a percentage off",
      "takes 5.00 EUR off",
      "takes no percentage off",
    ]);
  });

  test.each([
    ["free_shipping", "free shipping"],
    ["experience", "something that you do by hand"],
  ])("where it becomes %s", (kind, name) => {
    expect(said({ kind, valueMinor: 0 })[0]).toBe(`is ${name} now, and was an amount off`);
  });

  test.each([
    ["store_credit", "store credit", "credits 6.00 EUR instead of 5.00 EUR"],
    ["gift_card", "a gift card", "is a gift card of 6.00 EUR instead of 5.00 EUR"],
    ["donation", "a donation", "gives 6.00 EUR to a cause instead of 5.00 EUR"],
  ])("where it becomes %s, with what it is worth then", (kind, name, worth) => {
    expect(said({ kind, valueMinor: 600 })).toEqual([`is ${name} now, and was an amount off`, worth]);
  });
});

test("a reward that becomes a free product says which, and up to what price", () => {
  expect(said({ kind: "free_product", valueMinor: 600, items: { products: ["1"], collections: [] } })).toEqual([
    "is a free product now, and was an amount off",
    "takes up to 6.00 EUR off a product instead of 5.00 EUR",
    "is only for product 1",
  ]);
});

describe("a new reward is told in one breath", () => {
  test.each([
    [{}, "takes 5.00 EUR off, costs 500 points and is good for 30 days"],
    [{ cost: 1, codeDays: 1 }, "takes 5.00 EUR off, costs 1 point and is good for 1 day"],
    [percentage, "takes 10 % off, costs 500 points and is good for 30 days"],
    [
      { combinesWith: shippingOnly },
      "takes 5.00 EUR off, costs 500 points, goes together with free shipping and is good for 30 days",
    ],
    [
      { combinesWith: { order: false, product: false, shipping: false } },
      "takes 5.00 EUR off, costs 500 points, goes together with no other discount and is good for 30 days",
    ],
    [
      { kind: "free_shipping", valueMinor: 0, maximumShippingMinor: 900, minimumMinor: 5_000 },
      "is free shipping, costs 500 points, is for orders from 50.00 EUR on, is good for shipping up to 9.00 EUR and is good for 30 days",
    ],
    [
      { kind: "free_product", items: { products: ["1", "2"], collections: [] } },
      "takes up to 5.00 EUR off a product, costs 500 points, is only for products 1, 2 and is good for 30 days",
    ],
    [{ kind: "store_credit" }, "credits 5.00 EUR, costs 500 points and is good for 30 days"],
    [{ kind: "gift_card" }, "is a gift card of 5.00 EUR, costs 500 points and is good for 30 days"],
    [{ kind: "donation" }, "gives 5.00 EUR to a cause and costs 500 points"],
    [{ kind: "experience", valueMinor: 0 }, "is something that you do by hand and costs 500 points"],
    [
      { cost: 1, valueMinor: 1, slider: { minPoints: 5, maxPoints: 10, stepPoints: 5 } },
      "takes 0.01 EUR off, costs 1 point for that, and lets the customer choose from 5 to 10 points in steps of 5 and is good for 30 days",
    ],
    [
      {
        slider,
        items: { products: ["1", "2"], collections: [] },
        tiers: ["gold"],
        stock: 50,
        limit: { times: 2, days: 30 },
      },
      "takes 5.00 EUR off, costs 500 points for that, and lets the customer choose from 100 to 1,000 points in steps of 100, is only for products 1, 2, is only for “Gold”, can be had 50 times in all, can be had 2 times by each member within 30 days and is good for 30 days",
    ],
  ])("%j", (changes, words) => {
    expect(saidOfNew(changes)).toBe(words);
  });
});

test("a reward that is gone, and rewards in another order, are told by name", () => {
  expect(changeInWords({ rewards: [] })).toEqual(["The reward “5 off” is offered no more."]);
  const two = [FIVE_OFF, { ...FIVE_OFF, id: "b" }];
  expect(changeInWords({ rewards: two.toReversed() }, { rewards: two })).toEqual([
    "The rewards are listed in another order.",
  ]);
  expect(changeInWords({ rewards: [{ ...FIVE_OFF, name: "Five off" }] })).toEqual([
    "The reward “Five off” was called “5 off”.",
  ]);
  const second = { ...FIVE_OFF, id: "b", name: "Ten off" };
  expect(changeInWords({ rewards: [FIVE_OFF, { ...second, cost: 900 }] }, { rewards: [FIVE_OFF, second] })).toEqual([
    "The reward “Ten off” costs 900 points instead of 500.",
  ]);
});

test("a tier is called as the new program calls it, and one that is gone as the old one did", () => {
  const only = { ...tiers, levels: tiers.levels.slice(0, 1).map((one) => ({ ...one, name: "Argent" })) };
  const before = { rewards: [{ ...FIVE_OFF, tiers: ["gold", "silver"] }], tiers };
  const after = { rewards: [{ ...FIVE_OFF, tiers: ["silver"] }], tiers: only };
  expect(changeInWords(after, before)[0]).toBe("The reward “5 off” is not for “Gold” any more.");
  expect(changeInWords(before, after)).toContain("The reward “5 off” is for “Gold”, too.");
  const [renamed] = changeInWords({ rewards: [{ ...FIVE_OFF, tiers: ["silver"] }], tiers: only }, { tiers });
  expect(renamed).toBe("The reward “5 off” is only for “Argent”.");
});
