import { describe, expect, test } from "vitest";
import { rewardSchema } from "./reward-schema.ts";

const old = {
  id: "off",
  name: "5.00 off",
  kind: "amount_off",
  cost: 50,
  valueMinor: 500,
  minimumMinor: null,
  codeDays: 30,
};
const base = { id: "one", name: "A reward", cost: 100 };
const whyNot = (reward: object) => {
  const parsed = rewardSchema.safeParse(reward);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
};

test("a reward that was published before there were other kinds parses to what it was", () => {
  expect(rewardSchema.parse(old)).toEqual(old);
  const donation = { ...old, id: "tree", kind: "donation", minimumMinor: 1_000 };
  expect(rewardSchema.parse(donation)).toEqual(donation);
});

test("each kind can be published, and what it does not say is preset", () => {
  const items = { products: ["11", "12"] };
  for (const reward of [
    { kind: "percentage_off", percent: 15, items, minimumMinor: 5_000 },
    { kind: "free_shipping", maximumShippingMinor: 900, combinesWith: { order: true, product: true } },
    { kind: "free_product", valueMinor: 2_450, items: { collections: ["7"] } },
    { kind: "store_credit", valueMinor: 500, slider: { minPoints: 100, maxPoints: 1_000, stepPoints: 100 } },
    { kind: "gift_card", valueMinor: 500, stock: 3 },
    { kind: "donation", valueMinor: 500 },
    { kind: "experience", tiers: ["gold"], limit: { times: 1 } },
  ])
    expect(whyNot({ ...base, ...reward })).toEqual([]);
  expect(rewardSchema.parse({ ...base, kind: "experience", limit: { times: 1 } })).toMatchObject({
    codeDays: 30,
    minimumMinor: null,
    limit: { times: 1, days: null },
  });
});

describe("what Shopify or sense would refuse is refused at publishing, with the reason", () => {
  const items = { products: ["11"] };
  test.each([
    [{ kind: "free_shipping", combinesWith: { shipping: true } }, "Shopify does not let free shipping combine"],
    [{ kind: "free_shipping", items }, "Shopify's free shipping is for the whole order"],
    [{ kind: "percentage_off", percent: 10, items: { products: ["1"], collections: ["2"] } }, "not both"],
    [{ kind: "percentage_off", percent: 10, items: {} }, "Choose products or collections"],
    [{ kind: "percentage_off" }, "from 1 to 100"],
    [{ kind: "percentage_off", percent: 10, valueMinor: 500 }, "worth no amount of money"],
    [{ kind: "amount_off", valueMinor: 500, percent: 10 }, "Only a percentage off has a percentage"],
    [{ kind: "amount_off" }, "Say how much money"],
    [{ kind: "free_product", valueMinor: 500 }, "Choose the products of which one is free"],
    [{ kind: "free_product", items }, "Say what one of the products costs"],
    [{ kind: "gift_card", valueMinor: 500, minimumMinor: 100 }, "A minimum spend belongs to a discount code"],
    [{ kind: "store_credit", valueMinor: 500, items }, "Products belong to a discount code"],
    [{ kind: "experience", combinesWith: { order: true } }, "Only a discount code combines"],
    [{ kind: "amount_off", valueMinor: 500, maximumShippingMinor: 5 }, "Only free shipping"],
    [
      { kind: "percentage_off", percent: 5, slider: { minPoints: 1, maxPoints: 2, stepPoints: 1 } },
      "A slider is for rewards that are worth an amount",
    ],
    [
      { kind: "amount_off", valueMinor: 500, slider: { minPoints: 200, maxPoints: 100, stepPoints: 100 } },
      "must not be fewer than the least",
    ],
    [
      { kind: "amount_off", valueMinor: 500, slider: { minPoints: 100, maxPoints: 350, stepPoints: 100 } },
      "must lead from the least points to the most",
    ],
    [
      { kind: "amount_off", valueMinor: 5, slider: { minPoints: 100, maxPoints: 150, stepPoints: 10 } },
      "Each step must be worth a whole amount",
    ],
  ])("%j", (reward, reason) => {
    expect(whyNot({ ...base, ...reward }).join(" ")).toContain(reason);
  });

  test.each([
    { kind: "amount_off", valueMinor: 500, codeDays: 0 },
    { kind: "amount_off", valueMinor: 500, codeDays: 366 },
    { kind: "percentage_off", percent: 101 },
    { kind: "percentage_off", percent: 0 },
    { kind: "amount_off", valueMinor: 500, stock: 0 },
    { kind: "amount_off", valueMinor: -1 },
    { kind: "amount_off", valueMinor: 500, items: { products: ["gid://shopify/Product/1"] } },
    { kind: "amount_off", valueMinor: 500, colour: "red" },
  ])("out of bounds: %j", (reward) => {
    expect(whyNot({ ...base, ...reward })).not.toEqual([]);
  });
});
