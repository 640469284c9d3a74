import { afterEach, beforeEach, expect, test } from "vitest";
import { orderBody } from "../../dev/test-orders.ts";
import { addShop, newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { settleOrders } from "../flows/settle-orders.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.close());

test("the books are proven of everybody, or of whoever had an entry since a moment, and it is told how many accounts are other than their entries", async () => {
  for (const [orderId, customerId, amountMinor] of [
    ["1", "7001", 1_000],
    ["2", "7002", 2_000],
  ] as const)
    await settleOrders(world.rooms, [
      orderJob(world, orderId, { kind: "state", body: orderBody({ customerId, amountMinor }) }),
    ]);
  const [last] = await world.look<{ at: Date }>("select max(recorded_at) as at from entries");
  const recentlyMs = last?.at.getTime() ?? 0;
  const prove = (sinceMs: number | null) => world.rooms.ledger.proveBooks(world.shop.id, sinceMs);
  const sums = { members: 2, pending: 0, available: 30, held: 0, owed: 0 };
  expect(await prove(null)).toEqual({ accountsChecked: 2, accountsDiffering: 0, ...sums });
  expect(await prove(recentlyMs)).toEqual({ accountsChecked: 1, accountsDiffering: 0, ...sums });

  await world.look(
    "update accounts set available = available + 5 where member_id = (select id from members where customer_id = '7001')",
  );
  expect(await prove(null)).toEqual({ accountsChecked: 2, accountsDiffering: 1, ...sums, available: 35 });
  expect(await prove(recentlyMs)).toEqual({ accountsChecked: 1, accountsDiffering: 0, ...sums, available: 35 });
});

test("the proof of a shop without members is about nobody", async () => {
  await settleOrders(world.rooms, [orderJob(world, "1", { kind: "state", body: orderBody({ customerId: "7001" }) })]);
  const other = await addShop(world, "other-shop.myshopify.com");
  expect(await world.rooms.ledger.proveBooks(other.id, null)).toEqual({
    accountsChecked: 0,
    accountsDiffering: 0,
    members: 0,
    pending: 0,
    available: 0,
    held: 0,
    owed: 0,
  });
});
