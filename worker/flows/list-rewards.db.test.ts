/** The rewards as nobody in particular sees them: what each takes, whom it is for, and what stands in everybody's way. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { publishProgram, simpleProgram } from "../../dev/publish-program.ts";
import { rewardOf } from "../../dev/reward-shop.fixture.ts";
import { tiersOf } from "../../dev/test-book.ts";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import { adjustMember } from "./change-member.ts";
import { listRewards, readRewards } from "./read-member.ts";
import { redeemReward } from "./redeem-reward.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await newWorld();
  const { domain, currency } = world.shop;
  const simple = simpleProgram({ currency, points: 1, perMinor: 100, pendingDays: 0, rewards: [] });
  const slider = { minPoints: 100, maxPoints: 300, stepPoints: 100 };
  const program = {
    ...simple,
    tiers: tiersOf({ id: "gold", name: "Gold" }, { id: "platinum", name: "Platinum" }),
    rewards: [
      rewardOf({ kind: "amount_off", slider, minimumMinor: 2_000 }),
      rewardOf({ kind: "donation", stock: 1, limit: { times: 1, days: null } }),
      rewardOf({ kind: "experience", tiers: ["gold", "platinum"] }),
      rewardOf({ kind: "gift_card", tiers: ["gold"] }),
    ],
  };
  await publishProgram(world.database.superuserUrl, {
    ...{ domain, currency, program, inForceFrom: "2000-01-02", accessToken: "test-token" },
  });
});
afterAll(() => world.close());

const [amountOff, donation, experience, giftCard] = [
  {
    ...{ id: "amount-off", name: "A amount_off", kind: "amount_off", cost: 100, minimum: "20.00" },
    slider: { min: 100, max: 300, step: 100, min_value: "5.00", step_value: "5.00" },
  },
  { id: "donation", name: "A donation", kind: "donation", cost: 100 },
  { id: "experience", name: "A experience", kind: "experience", cost: 100, tiers: ["Gold", "Platinum"] },
  { id: "gift-card", name: "A gift_card", kind: "gift_card", cost: 100, tiers: ["Gold"] },
];

test("each tells what it takes and whom it is for: that it is for a tier, or once for each member, stands in nobody's way here", async () => {
  expect(await listRewards(world.rooms, world.shop)).toEqual([
    amountOff,
    { ...donation, left: 1 },
    experience,
    giftCard,
  ]);
  // A member of no tier is told of it, by the same reward.
  const own = await readRewards(world.rooms, world.shop, "7001");
  expect(own.map(({ obstacle }) => obstacle ?? null)).toEqual([null, null, "tier-required", "tier-required"]);
});

test("what is sold out, and what the shop has not allowed, says so", async () => {
  await adjustMember(world.rooms, world.shop, "7001", { id: crypto.randomUUID(), points: 100, reason: "A gift" });
  const request = { redemptionId: crypto.randomUUID(), rewardId: "donation", points: null };
  expect(await redeemReward(world.rooms, world.shop, "7001", request)).toMatchObject({ kind: "redemption" });
  expect(await listRewards(world.rooms, { ...world.shop, scopes: "read_orders" })).toEqual([
    amountOff,
    { ...donation, left: 0, obstacle: "reward-sold-out" },
    experience,
    { ...giftCard, obstacle: "reward-unavailable" },
  ]);
});

test("another shop's are its own", async () => {
  const other = await addShop(world, "other-rewards.myshopify.com");
  expect((await listRewards(world.rooms, other)).map(({ id }) => id)).toEqual(["off-500"]);
});
