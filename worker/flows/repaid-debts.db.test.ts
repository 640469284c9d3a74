/** Debts of earlier times, in a program that stops at zero since: what an order's points paid of them is owed again when the order is refunded. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { mergeCustomers } from "./merge-customers.ts";
import { readBalance, readExplainedHistory } from "./read-member.ts";
import { redeemReward } from "./redeem-reward.ts";
import { settleOrders } from "./settle-orders.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld({ rewards: ["60:6.00"] });
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

const DAY_MS = 86_400_000;
const startedMs = Date.now();
const hear = (orderId: string, points: number, changes: Parameters<typeof orderBody>[0] = {}) => {
  const dates = { createdAtMs: Date.now(), processedAtMs: startedMs, updatedAtMs: startedMs };
  const body = orderBody({ lines: [productLine("1", points * 100)], ...dates, ...changes });
  return settleOrders(world.rooms, [orderJob(world, orderId, { kind: "state", body })]);
};
const cancel = (orderId: string, changes: Parameters<typeof orderBody>[0] = {}) =>
  hear(orderId, 100, { cancelled: true, updatedAtMs: startedMs + DAY_MS, ...changes });
const balance = (customerId = "7001") => readBalance(world.rooms, world.shop, customerId);

/** 60 points are owed, and from now on nobody owes anything anew. */
async function oweOfEarlierTimes(): Promise<void> {
  await hear("old", 60);
  const request = { redemptionId: "5d8c6f4e-0000-4000-8000-000000000001", rewardId: "off-60", points: null };
  await redeemReward(world.rooms, world.shop, "7001", request);
  await cancel("old");
  expect(await balance()).toMatchObject({ available: 0, held: 60, owed: 60 });
  await world.look(
    `with next as (update shops set newest_program_version = 2 returning id)
     insert into program_versions (shop_id, version, in_force_from, published_at, program)
     select id, 2, now(), now(), p.program || '{"owing": "stop-at-zero"}'
     from next join program_versions p on p.shop_id = next.id`,
  );
}

test("an order that is bought and refunded leaves a debt as it was, whatever was heard of first (I5)", async () => {
  await oweOfEarlierTimes();
  await hear("1", 100);
  expect(await balance()).toMatchObject({ available: 40, owed: 0 });
  await cancel("1");
  expect(await balance()).toMatchObject({ available: 0, owed: 60 });
  await cancel("2");
  await hear("2", 100);
  expect(await balance()).toMatchObject({ available: 0, owed: 60 });
  const { entries } = await readExplainedHistory(world.rooms, world.shop, "7001", null);
  expect(entries[0]?.explanation).toBe(
    "100 points were taken back: order #1001 was cancelled. 60 points are owed: new points cover them first.",
  );
});

test("so it does where the points waited for a while, and paid it as they came", async () => {
  await oweOfEarlierTimes();
  await hear("1", 100, { processedAtMs: startedMs + DAY_MS });
  expect(await balance()).toMatchObject({ pending: 100, owed: 60 });
  await world.look("update lots set available_at = now() - interval '1 hour' where order_id = '1'");
  expect(await balance()).toMatchObject({ available: 40, owed: 0 });
  await cancel("1");
  expect(await balance()).toMatchObject({ available: 0, owed: 60 });
});

test("so it does where the debtor has become somebody else since, who owes it no more often than once", async () => {
  await oweOfEarlierTimes();
  await hear("1", 100);
  await mergeCustomers(world.rooms, world.shop, { keptCustomerId: "7002", mergedCustomerId: "7001" });
  await cancel("1", { customerId: "7002" });
  expect(await balance("7002")).toMatchObject({ available: 0, owed: 60 });
  await hear("1", 100, { updatedAtMs: startedMs + 2 * DAY_MS, customerId: "7002" });
  expect(await balance("7002")).toMatchObject({ available: 40, owed: 0 });
  await cancel("1", { updatedAtMs: startedMs + 3 * DAY_MS, customerId: "7002" });
  expect(await balance("7002")).toMatchObject({ available: 0, owed: 60 });
});
