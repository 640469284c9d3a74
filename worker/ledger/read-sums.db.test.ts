/** Reads that sum up a shop or a member: what was had, what is outstanding, what a credit was for. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { orderBody } from "../../dev/test-orders.ts";
import { addMembers, addShop, newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { settleOrders } from "../flows/settle-orders.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
  // Another shop has the same numbers of its own.
  const other = await addShop(world, "other-shop.myshopify.com");
  await addThem(other.id, 11, 13);
  await had(other.id, 11, [["visit", "used", 0, "credit-of-another-shop"]]);
});
afterEach(() => world.close());

/** Each member has as many points as their number in every pot, times a power of ten for each. */
const POTS = { pending: "id", available: "10 * id", held: "100 * id", owed: "1000 * id" };
const addThem = (shopId: number, first: number, last: number) => addMembers(world, shopId, [first, last], POTS);

type Had = readonly [rewardId: string, state: string, returned: number, creditId?: string];

/** Redemptions for 500 points each; what has a credit is store credit. */
const had = async (shopId: number, memberId: number, rewards: readonly Had[]) => {
  for (const [rewardId, state, returned, creditId = null] of rewards)
    await world.look(
      `insert into redemptions (shop_id, id, member_id, reward, cost, code, state, fingerprint, program_version, created_at, ends_at, returned, discount_id)
       values ($1, gen_random_uuid()::text, $2, $3, 500, gen_random_uuid()::text, $4, '', 1, now(), now(), $5, $6)`,
      [
        ...[shopId, memberId, { id: rewardId, kind: creditId === null ? "amount_off" : "store_credit" }],
        ...[state, returned, creditId],
      ],
    );
};

test("what members hold is the sum of their accounts, and nothing where there are none", async () => {
  const { ledger } = world.rooms;
  expect(await ledger.holdings(world.shop.id)).toEqual({ members: 0, pending: 0, available: 0, held: 0, owed: 0 });
  await addThem(world.shop.id, 1, 3);
  expect(await ledger.holdings(world.shop.id)).toEqual({
    ...{ members: 3, pending: 6, available: 60 },
    ...{ held: 600, owed: 6_000 },
  });
});

test("past orders are counted beside what was spent of their points and what is left of them", async () => {
  const { ledger } = world.rooms;
  expect(await ledger.pastTotals(world.shop.id)).toEqual({ orders: 0, usedPoints: 0, outstandingPoints: 0 });
  const order = (id: string, customerId: string | null) =>
    orderJob(world, id, { kind: "state", body: orderBody({ customerId, amountMinor: 10_000 }) });
  await settleOrders(world.rooms, [order("1", "7001"), order("2", "7001"), order("3", "7002"), order("4", null)]);
  await addThem(world.shop.id, 1_001, 1_001);
  await had(world.shop.id, 1_001, [
    ["off", "used", 0],
    ["off", "used", 120],
    ["off", "released", 0],
    ["off", "held", 0],
  ]);
  // Three orders of 100 points each, and 1,001 × (1 + 10 + 100 − 1,000).
  expect(await ledger.pastTotals(world.shop.id)).toEqual({
    ...{ orders: 3, usedPoints: 880, outstandingPoints: 300 - 889 * 1_001 },
  });
});

test("rewards are counted as chosen and as used, without what was given back, and what a stock counts beside them", async () => {
  await addThem(world.shop.id, 1, 2);
  await had(world.shop.id, 1, [
    ["off", "held", 0],
    ["off", "issued", 0, "discount"],
    ["off", "used", 0],
    ["off", "released", 0],
    ["tree", "used", 0],
  ]);
  await had(world.shop.id, 2, [["off", "used", 0]]);
  await world.look("insert into reward_stocks (shop_id, reward_id, taken) values ($1, 'tree', 1), ($1, 'gone', 7)", [
    world.shop.id,
  ]);
  const counts = await world.rooms.ledger.rewardCounts(world.shop.id);
  expect(Object.fromEntries(counts)).toEqual({
    off: { chosen: 4, used: 2, taken: 0 },
    tree: { chosen: 1, used: 1, taken: 1 },
    gone: { chosen: 0, used: 0, taken: 7 },
  });
});

test("the credits that somebody was given are those of their used ones, and of whoever was merged into them", async () => {
  await addThem(world.shop.id, 1, 3);
  await world.look("update members set merged_into = 1 where shop_id = $1 and id = 2", [world.shop.id]);
  await had(world.shop.id, 1, [
    ["credit", "used", 0, "own"],
    ["credit", "issued", 0, "not-yet-known"],
    ["off", "used", 0],
  ]);
  await had(world.shop.id, 2, [["credit", "used", 0, "of-the-merged"]]);
  await had(world.shop.id, 3, [["credit", "used", 0, "of-another"]]);
  const credits = async (memberId: string) =>
    [...(await world.rooms.ledger.credits(world.shop.id, memberId))].toSorted();
  expect(await credits("1")).toEqual(["of-the-merged", "own"]);
  expect(await credits("3")).toEqual(["of-another"]);
  expect(await credits("11")).toEqual([]);
});
