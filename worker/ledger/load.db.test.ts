import { afterEach, beforeEach, expect, test } from "vitest";
import { orderBody } from "../../dev/test-orders.ts";
import { newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { settleOrder } from "../domain/decide.ts";
import { Draft } from "../domain/draft.ts";
import { rulesOf } from "../flows/rooms.ts";
import { settleOrders } from "../flows/settle-orders.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.close());

async function booksOf(wanted: { customerIds?: string[]; orderIds?: string[] }, open: boolean) {
  const { books, nowMs } = await world.rooms.ledger.load([{ shopId: world.shop.id, ...wanted }], { open });
  const own = books.get(world.shop.id);
  if (!own) throw new Error("no books");
  return { own, nowMs };
}

test("somebody we never met has no account, unless books are to be opened", async () => {
  expect((await booksOf({ customerIds: ["7001"] }, false)).own.accounts).toEqual([]);
  expect((await booksOf({ customerIds: ["7001"] }, true)).own.accounts).toMatchObject([
    { customerId: "7001", version: 0 },
  ]);
  expect(await world.look("select from members")).toEqual([]);
});

test("a customer and an order that are asked for twice have one book each", async () => {
  const twice = { customerIds: ["7001", "7001"], orderIds: ["1", "1"] };
  const { own } = await booksOf(twice, true);
  expect([own.accounts.length, own.orders.length]).toEqual([1, 1]);
});

test("of two decisions on a guest's order that was there before, one is won and the other changes nothing", async () => {
  const guest = (updatedAtMs: number) => orderBody({ customerId: null, updatedAtMs });
  await settleOrders(world.rooms, [orderJob(world, "1", { kind: "state", body: guest(1) })]);
  const { own, nowMs } = await booksOf({ orderIds: ["1"] }, false);
  const rules = await rulesOf(world.rooms, world.shop, own);
  const [newer, newest] = [2, 3].map((updatedAtMs) => {
    const draft = new Draft(own, rules);
    settleOrder(draft, { orderId: "1", news: [{ kind: "state", body: guest(updatedAtMs) }] }, nowMs);
    return { shopId: world.shop.id, actor: "test", changes: draft.changes() };
  });
  if (!newer || !newest) throw new Error("nothing decided");
  expect(await world.rooms.ledger.commit([newest])).toEqual([true]);
  expect(await world.rooms.ledger.commit([newer])).toEqual([false]);
});
