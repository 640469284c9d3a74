import { describe, expect, test } from "vitest";
import { rewardOf } from "../../dev/reward-shop.fixture.ts";
import { PROGRAM_DEFAULTS, type Program } from "../domain/program.ts";
import { REWARD_KINDS } from "../domain/rewards.ts";
import { programSummary } from "./program-summary.ts";

const rewards = REWARD_KINDS.map((kind) => rewardOf({ kind }));
const program: Program = { ...PROGRAM_DEFAULTS, earn: { points: 10, perMinor: 1000 }, pendingDays: 14, rewards };
const nothing = { soldOut: new Set<string>(), withheld: new Set<never>() };

function summaryOf(changed: Partial<Program>, offering: Parameters<typeof programSummary>[2] = nothing) {
  const version = { version: 1, inForceFromMs: 0, publishedAtMs: 0, program: { ...program, ...changed } };
  return programSummary(version, "USD", offering);
}

describe("what Liquid reads of a program", () => {
  test("what blocks of an earlier day read is there, and means the same: version, currency, rate, days, and rewards that become a code", () => {
    const { v, currency, earn, pending_days, rewards: codes } = summaryOf({});
    expect({ v, currency, earn, pending_days }).toEqual({
      ...{ v: 1, currency: "USD", pending_days: 14 },
      earn: { points: 10, per_minor: 1000 },
    });
    expect(codes.map(({ kind }) => kind)).toEqual(["amount_off", "percentage_off", "free_shipping", "free_product"]);
    expect(codes[0]).toEqual({
      ...{ id: "amount-off", name: "A amount_off", kind: "amount_off" },
      ...{ cost: 100, value_minor: 500 },
    });
  });
  test("rewards that are no code are beside them", () => {
    const kinds = summaryOf({}).further_rewards.map(({ kind }) => kind);
    expect(kinds).toEqual(["store_credit", "gift_card", "donation", "experience"]);
  });
  test("kinds that the shop has not allowed are not offered, and what is sold out says so", () => {
    const summary = summaryOf({}, { soldOut: new Set(["free-product"]), withheld: new Set(["gift_card"]) });
    expect(summary.further_rewards.map(({ kind }) => kind)).toEqual(["store_credit", "donation", "experience"]);
    expect(summary.rewards.filter(({ sold_out }) => sold_out).map(({ id }) => id)).toEqual(["free-product"]);
  });
  test("a slider tells its least, its most, its step, and what they are worth", () => {
    const slider = { minPoints: 200, maxPoints: 1000, stepPoints: 50 };
    const [reward] = summaryOf({ rewards: [rewardOf({ kind: "amount_off", slider })] }).rewards;
    expect(reward).toMatchObject({
      cost: 200,
      value_minor: 1000,
      slider: { max: 1000, step: 50, step_value_minor: 250 },
    });
  });
  test("percent, minimum and tiers are told where they apply", () => {
    const draft = { kind: "percentage_off", percent: 15, minimumMinor: 3000, tiers: ["gold"] } as const;
    expect(summaryOf({ rewards: [rewardOf(draft)] }).rewards[0]).toMatchObject({
      ...{ percent: 15, minimum_minor: 3000, tiers: ["gold"] },
    });
  });
  test("that tax earns is told where it does", () => {
    expect(summaryOf({})).not.toHaveProperty("tax_earns");
    expect(summaryOf({ taxEarns: true })).toMatchObject({ tax_earns: true });
  });
  test("while it is paused it earns and offers nothing, and says that it is paused", () => {
    expect(summaryOf({ state: "paused" })).toMatchObject({
      ...{ state: "paused", earn: { points: 0, per_minor: 0 }, rewards: [], further_rewards: [] },
    });
  });
  test("what earns nothing is told, as far as Liquid can tell it of a product: by numbers, and by names in lower case", () => {
    const nothing = { productIds: [], vendors: [], channels: [], collectionIds: [], tags: [] };
    expect(summaryOf({})).not.toHaveProperty("excluded");
    expect(summaryOf({ exclusions: { ...nothing, channels: ["pos"] } })).not.toHaveProperty("excluded");
    const exclusions = { ...nothing, productIds: ["1"], vendors: ["Kiln & Co"], collectionIds: ["7"], tags: ["Sale"] };
    expect(summaryOf({ exclusions }).excluded).toEqual({
      ...{ products: ["1"], vendors: ["kiln & co"], collections: ["7"], tags: ["sale"] },
    });
  });
  test("membership, expiry and tiers are told", () => {
    const tier = { id: "gold", name: "Gold", threshold: 500, multiplier: 15000, giftPoints: 100, membership: null };
    const bought = {
      ...tier,
      id: "club",
      threshold: null,
      giftPoints: 0,
      membership: { productIds: ["1"], months: 12 },
    };
    const rules = { basis: "spend", tierPoints: null, period: "lifetime", graceMonths: 0, tagPrefix: null } as const;
    const summary = summaryOf({
      membership: "joined",
      expiry: { kind: "after-available", months: 12 },
      tiers: { ...rules, levels: [tier, bought] },
    });
    expect(summary).toMatchObject({ membership: "joined", expiry: { kind: "after-available", months: 12 } });
    expect(summary.tiers).toEqual({
      basis: "spend",
      period: "lifetime",
      levels: [
        { id: "gold", name: "Gold", threshold: 500, multiplier: 15000, gift_points: 100 },
        { id: "club", name: "Gold", threshold: null, multiplier: 15000, bought_months: 12 },
      ],
    });
  });
});
