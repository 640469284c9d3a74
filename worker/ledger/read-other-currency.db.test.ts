/** Orders that earned nothing because of their currency are listed, as long as that is so. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderBody } from "../../dev/test-orders.ts";
import { addShop, newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import type { OrderBody } from "../domain/order.ts";
import { forgetCustomer } from "../flows/forget-customer.ts";
import { mergeCustomers } from "../flows/merge-customers.ts";
import { readBalance } from "../flows/read-member.ts";
import { settleOrders } from "../flows/settle-orders.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.close());

const DAY_MS = 86_400_000;
const PLACED_MS = Date.parse("2026-01-01T00:00:00Z");

const settle = (orderId: string, changes: Parameters<typeof orderBody>[0] = {}, shop = world.shop) =>
  settleOrders(world.rooms, [orderJob({ ...world, shop }, orderId, { kind: "state", body: orderBody(changes) })]);
/** The same order as it was changed a day later. */
const later = (changes: Partial<OrderBody>) => ({ updatedAtMs: PLACED_MS + 2 * DAY_MS, ...changes });
const list = (before: string | null = null, shop = world.shop) =>
  world.rooms.ledger.otherCurrency({ shopId: shop.id, before });
const listed = async (shop = world.shop) => (await list(null, shop)).orders.map(({ orderId }) => orderId);
const count = () => world.rooms.ledger.countOtherCurrency(world.shop.id);

describe("orders in another currency", () => {
  test("are listed newest first, each with its own currency and amount, and whose it is; those in the shop's are not", async () => {
    const other = await addShop(world, "other-shop.myshopify.com", { currency: "EUR" });
    await settle("999", { currency: "EUR", amountMinor: 4_250, name: "#1001" });
    await settle("1000", {
      currency: "JPY",
      amountMinor: 5_900,
      name: "",
      customerId: null,
      createdAtMs: PLACED_MS + 1,
    });
    await settle("1001", { amountMinor: 10_000 });
    await settle("1002", { currency: "USD", name: "#7" }, other);
    expect(await list()).toEqual({
      orders: [
        {
          ...{ orderId: "1000", name: null, createdAtMs: PLACED_MS + 1, currency: "JPY", totalMinor: 5_900 },
          ...{ customerId: null, isForgotten: false },
        },
        {
          ...{ orderId: "999", name: "#1001", createdAtMs: PLACED_MS, currency: "EUR", totalMinor: 4_250 },
          ...{ customerId: "7001", isForgotten: false },
        },
      ],
      next: null,
    });
    expect(await count()).toEqual({ orders: 2, isMore: false });
    expect(await listed(other)).toEqual(["1002"]);
    expect((await readBalance(world.rooms, world.shop, "7001")).available).toBe(100);
  });

  test.each<[string, Partial<OrderBody>, number]>([
    ["it is cancelled", { cancelled: true }, 0],
    ["its payment is voided", { status: "voided" }, 0],
    ["it turns out to be a test", { test: true }, 0],
    ["it is told in the shop's currency, and earns then", { currency: "USD" }, 100],
  ])("are listed no more once %s", async (_, change, points) => {
    await settle("1", { currency: "EUR" });
    expect(await listed()).toEqual(["1"]);
    await settle("1", later({ currency: "EUR", ...change }));
    expect([await listed(), await count()]).toEqual([[], { orders: 0, isMore: false }]);
    expect((await readBalance(world.rooms, world.shop, "7001")).available).toBe(points);
  });

  test("are listed no more once they are deleted, and an older state does not bring them back", async () => {
    await settle("1", { currency: "EUR" });
    await settleOrders(world.rooms, [orderJob(world, "1", { kind: "deleted" })]);
    expect(await listed()).toEqual([]);
    await settle("1", { currency: "EUR" });
    expect(await listed()).toEqual([]);
  });

  test("are listed from when they are paid, and from when they turn into one", async () => {
    await settle("1", { currency: "EUR", status: "pending" });
    await settle("2", {});
    expect(await listed()).toEqual([]);
    await settle("1", later({ currency: "EUR" }));
    await settle("2", later({ currency: "EUR" }));
    expect(await listed()).toEqual(["2", "1"]);
    expect((await readBalance(world.rooms, world.shop, "7001")).available).toBe(0);
  });

  test("of somebody who was forgotten stay, and name nobody; of who was merged they name whom they became", async () => {
    for (const [index, customerId] of ["7001", "7002", "7003"].entries())
      await settle(String(index + 1), { currency: "EUR", customerId });
    await mergeCustomers(world.rooms, world.shop, { keptCustomerId: "7003", mergedCustomerId: "7002" });
    await forgetCustomer(world.rooms, world.shop, "7001", null);
    const whose = async () =>
      (await list()).orders.map(({ orderId, customerId, isForgotten }) => [orderId, customerId, isForgotten]);
    expect(await whose()).toEqual([
      ["3", "7003", false],
      ["2", "7003", false],
      ["1", null, true],
    ]);
    // News that comes late does not bring the name back.
    await settle("1", later({ currency: "EUR", customerId: "7001" }));
    await forgetCustomer(world.rooms, world.shop, "7003", null);
    expect(await whose()).toEqual([
      ["3", null, true],
      ["2", null, true],
      ["1", null, true],
    ]);
    expect(JSON.stringify(await list())).not.toMatch(/700\d/);
  });
});

describe("a long list of orders in another currency", () => {
  /** Rows as settling leaves them, of nobody. */
  const add = (first: number, last: number) =>
    world.look(
      `insert into order_states (shop_id, order_id, reason, state)
       select $1, n::text, 'other-currency', json_build_object('body', $2::json, 'refunds', '[]'::json, 'deleted', false)
       from generate_series($3::integer, $4::integer) n`,
      [world.shop.id, JSON.stringify(orderBody({ currency: "EUR", customerId: null })), first, last],
    );
  const from = (highest: number, many: number) => Array.from({ length: many }, (_, index) => String(highest - index));
  const idsOf = async (before: string | null) => {
    const { orders, next } = await list(before);
    return [orders.map(({ orderId }) => orderId), next];
  };

  test("comes page by page, each order once, also where a number gets one digit more", async () => {
    await add(20, 120);
    expect(await idsOf(null)).toEqual([from(120, 50), "71"]);
    expect(await idsOf("71")).toEqual([from(70, 50), "21"]);
    expect(await idsOf("21")).toEqual([["20"], null]);
    // What left the list since is still a place in it.
    await settle("71", later({ cancelled: true, currency: "EUR", customerId: null }));
    expect(await idsOf("71")).toEqual([from(70, 50), "21"]);
    expect(await idsOf("102")).toEqual([[...from(101, 30), ...from(70, 20)], "51"]);
  });

  test("that fills a page to its end has no further one", async () => {
    await add(1, 50);
    expect(await idsOf(null)).toEqual([from(50, 50), null]);
  });

  test("is counted up to a thousand, and said to be longer from there on", async () => {
    await add(1, 1_000);
    expect(await count()).toEqual({ orders: 1_000, isMore: false });
    await add(1_001, 1_001);
    expect(await count()).toEqual({ orders: 1_000, isMore: true });
  });
});
