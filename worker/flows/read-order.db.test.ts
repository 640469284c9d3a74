import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { newWorld as newShopify, type World as ShopifyWorld } from "../../dev/shopify/local-shopify.fixture.ts";
import { newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import { readSnapshot } from "../shopify/snapshot.ts";
import type { Job } from "./jobs.ts";
import { readBalance } from "./read-member.ts";
import { runJobs } from "./run-jobs.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

let world: TestWorld;
let store: ShopifyWorld;
beforeEach(async () => {
  world = await newWorld();
  store = newShopify({ currency: "USD" });
  store.shopify.state.putShop({ domain: world.shop.domain, currency: "USD", accessToken: "test-token" });
  network.answer = (request) => store.shopify.adminApi(request);
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

/** The local store's day may be ahead of the database's: whether points wait is not what these tests are about. */
const points = async (): Promise<number> => {
  const { pending, available, owed } = await readBalance(world.rooms, world.shop, "7001");
  return pending + available - owed;
};
const asides = () => world.look("select topic, reason, delivery_id from set_aside");
const own = () => {
  const shop = store.shopify.state.shop(world.shop.domain);
  if (!shop) throw new Error("no shop");
  return shop;
};

/** Buys 2 x 60.00 in the local store; the worker hears of it by webhook. */
async function buy() {
  const bought = await store.shopify.checkout(own(), { customerId: "7001", total: "120.00" });
  if (!bought.ok) throw new Error(bought.reason);
  const { order } = bought;
  const [line] = order.body["line_items"] as Record<string, never>[];
  const body = {
    ...order.body,
    line_items: [{ ...line, quantity: 2, price: "60.00", price_set: null, current_quantity: 2 }],
  };
  own().takeOrder(JSON.stringify(body), body);
  await tell("orders/paid", order.source);
  return order;
}

function edit(order: Awaited<ReturnType<typeof buy>>, currentQuantity: number): void {
  const [line] = order.body["line_items"] as Record<string, never>[];
  const body = {
    ...order.body,
    updated_at: "2026-11-22T12:00:00+01:00",
    line_items: [{ ...line, current_quantity: currentQuantity }],
  };
  own().takeOrder(JSON.stringify(body), body);
}

/** Whether each job is done. */
const run = async (job: Job): Promise<boolean[]> => (await runJobs(world.rooms, [job])).map((fault) => fault === null);

async function tell(topic: string, text: string): Promise<boolean[]> {
  const verdict = readSnapshot(topic, text, 0);
  const delivery = { shop: world.shop.domain, topic, deliveryId: "d1" };
  if (verdict.kind === "order") return run({ kind: "order", ...delivery, ...verdict.snapshot });
  if (verdict.kind === "read-order") return run(editJob(verdict.orderId));
  throw new Error(JSON.stringify(verdict));
}

const editJob = (orderId: string, shop = world.shop.domain): Job => ({
  kind: "read-order",
  shop,
  topic: "orders/edited",
  deliveryId: "d1",
  orderId,
});
const edited = (orderId: unknown): string =>
  JSON.stringify({ order_edit: { id: 5, order_id: orderId, line_items: {} } });

test("an edit that Shopify only tells of changes the points: the order is read and settles", async () => {
  const order = await buy();
  expect(await points()).toBe(120);
  edit(order, 1);
  expect(await tell("orders/edited", edited(order.body["id"]))).toEqual([true]);
  expect(await points()).toBe(60);
  // The webhook of the same state, before or after, changes nothing any more.
  await tell("orders/updated", order.source);
  expect(await points()).toBe(60);
});

test("an order that was never heard of is read whole", async () => {
  const bought = await store.shopify.checkout(own(), { customerId: "7001", total: "75.00" });
  if (!bought.ok) throw new Error(bought.reason);
  await tell("orders/edited", edited(bought.order.body["id"]));
  expect(await points()).toBe(75);
});

test("while Shopify cannot be asked the job comes again, and then counts", async () => {
  const order = await buy();
  edit(order, 1);
  const shopify = network.answer;
  for (const answer of [
    () => Promise.reject(new TypeError("broken")),
    () => Promise.resolve(new Response("", { status: 500 })),
  ]) {
    network.answer = answer;
    expect(await tell("orders/edited", edited(order.body["id"]))).toEqual([false]);
  }
  expect(await points()).toBe(120);
  network.answer = shopify;
  expect(await tell("orders/edited", edited(order.body["id"]))).toEqual([true]);
  expect(await points()).toBe(60);
});

test("an order that Shopify does not show keeps its points and is set aside with the reason", async () => {
  const order = await buy();
  own().orders.delete(order.gid);
  expect(await tell("orders/edited", edited(order.body["id"]))).toEqual([true]);
  expect(await points()).toBe(120);
  expect(await asides()).toEqual([{ topic: "orders/edited", reason: "order-not-shown", delivery_id: "d1" }]);
});

test("an order with a field that cannot be read keeps its points and is set aside: the next try would read the same", async () => {
  const order = await buy();
  const body = { ...order.body, processed_at: "0000-11-22T12:00:00Z" };
  own().takeOrder(JSON.stringify(body), body);
  expect(await tell("orders/edited", edited(order.body["id"]))).toEqual([true]);
  expect(await points()).toBe(120);
  const reason = "unreadable: processed_at: not a moment in time";
  expect(await asides()).toEqual([{ topic: "orders/edited", reason, delivery_id: "d1" }]);
  // It can be run again once the order has been put right at Shopify.
  expect(await world.look("select job ->> 'kind' as kind from set_aside")).toEqual([{ kind: "read-order" }]);
});

test("without access to the shop, or without the shop, the delivery is set aside with the reason", async () => {
  await world.look("update shops set access_token_sealed = null");
  world.rooms.shops.forget(world.shop.domain);
  expect(await runJobs(world.rooms, [editJob("1"), editJob("1", "somebody-else.myshopify.com")])).toEqual([null, null]);
  expect((await asides()).map((row) => row["reason"]).sort()).toEqual(["no-access", "unknown-shop"]);
});

test("the orders of a batch are read five at once and settle as one; each fails by itself", async () => {
  const bought = await Promise.all(
    Array.from({ length: 11 }, () => store.shopify.checkout(own(), { customerId: "7001", total: "10.00" })),
  );
  const orders = bought.flatMap((one) => (one.ok ? [one.order] : []));
  const [deleted, failing] = orders;
  if (!deleted || !failing) throw new Error("nothing was bought");
  own().orders.delete(deleted.gid);
  const held: (() => void)[] = [];
  let most = 0;
  let open = 0;
  network.answer = async (request) => {
    if ((await request.clone().text()).includes(`${failing.gid}"`)) throw new TypeError("broken");
    most = Math.max(most, ++open);
    await new Promise<void>((resolve) => {
      held.push(resolve);
      // Nobody is answered before five wait.
      if (held.length === 5) for (const release of held.splice(0)) release();
    });
    const answer = await store.shopify.adminApi(request);
    open--;
    return answer;
  };
  const commits = vi.spyOn(world.rooms.ledger, "commitOrLoad");
  const ends = await runJobs(
    world.rooms,
    orders.map((order) => editJob(String(order.body["id"]))),
  );
  expect(ends.map((fault) => fault === null)).toEqual(orders.map((order) => order !== failing));
  expect(most).toBe(5);
  expect(commits).toHaveBeenCalledTimes(1);
  expect(await points()).toBe(90);
  expect(await asides()).toEqual([{ topic: "orders/edited", reason: "order-not-shown", delivery_id: "d1" }]);
});
