/** The fence at its sharpest: each of these once gave points back for a code that could still be used, or held them for one that could not. */
import { afterEach, beforeEach, expect, inject, test, vi } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { endingsOf } from "../../dev/faults/shopify-checks.ts";
import { Actor, type Suffering } from "../../dev/faults/shopify-network.ts";
import { ShopifyWorld, type StoryShop } from "../../dev/faults/shopify-world.ts";
import { newDatabase, type TestDatabase } from "../../dev/test-bed.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { settleOrders } from "./settle-orders.ts";

const id = "7b1f3b0e-0000-4000-a000-000000000001";
let database: TestDatabase;
let world: ShopifyWorld;
let place: StoryShop;
let letLateCallsLand: () => void;
let late: Promise<void>;

beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  database = await newDatabase();
  world = new ShopifyWorld({ port: inject("postgresPort"), name: database.name });
  const [made] = await world.addShops(1);
  if (!made) throw new Error("The shop was not made.");
  place = made;
  ({ promise: late, resolve: letLateCallsLand } = Promise.withResolvers<void>());
  const news = { kind: "state", body: orderBody({ amountMinor: 60_000 }) } as const;
  const order = { kind: "order", topic: "orders/paid", deliveryId: null, orderId: "1", news } as const;
  await settleOrders(world.rooms, [{ ...order, shop: place.shop.domain }]);
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
  await database.drop();
});

/** Somebody whose calls to Shopify suffer these, one after the other; null is no fault. */
const suffering = (...faults: (Suffering | null)[]) =>
  new Actor(
    (door, step) => (door === "shopify" ? (faults[step] ?? null) : null),
    () => late,
  );
const shopper = () => ({ shop: place.shop.domain, customer: "7001" });
const redeem = (actor: Actor) => world.ask(actor, shopper(), "/redemptions", { id, reward_id: "off-500" });
const cancel = (actor: Actor) => world.ask(actor, shopper(), `/redemptions/${id}/cancel`, {});

/** A quarter of an hour later, with Shopify well: what the sweep makes of it; then the late calls land. */
async function ending(): Promise<string | undefined> {
  for (let look = 0; look < 3; look++) {
    await world.look("update redemptions set due_at = due_at - interval '15 minutes' where due_at is not null");
    await world.sweep(place);
    while (await world.consume(suffering(), place.shop.domain));
  }
  letLateCallsLand();
  await new Promise((resolve) => setImmediate(resolve));
  await world.consume(suffering(), place.shop.domain);
  const [end] = await endingsOf(world, [place]);
  expect(end?.faults).toEqual([]);
  return end?.state;
}

test("points are not given back while neither our code nor its place is Shopify's certain answer", async () => {
  await redeem(suffering("late"));
  // Looked for: not there. Its place was asked for: no answer. Looked for again: not there.
  expect(await cancel(suffering(null, "timeout-before", null))).toMatchObject({ status: 503 });
  expect(await ending()).toBe("issued");
});

test.each(["refuse", "user-errors"] as const)(
  "a later request that Shopify answers with %s gives nothing back for an earlier one that may still land",
  async (fault) => {
    await redeem(suffering("late"));
    await redeem(suffering(fault));
    expect(await ending()).toBe(fault === "refuse" ? "released" : "issued");
  },
);

test("what Shopify refuses is released at once, and its code can come to be no more", async () => {
  expect(await redeem(suffering("refuse"))).toMatchObject({ status: 409 });
  expect(await ending()).toBe("released");
});

test("a cancellation that died after the code was off is carried on, also when the first look at it dies", async () => {
  expect(await redeem(suffering())).toMatchObject({ status: 201 });
  expect(await cancel(suffering(null, "die-after"))).toBe(null);
  await world.look("update redemptions set due_at = now()");
  await world.sweep(place);
  await world.consume(suffering("die-before"), place.shop.domain);
  // Should the queue lose that job, the sweep comes by again within minutes, not when the code ends.
  const soon = "select due_at < now() + interval '2 minutes' as is_soon from redemptions";
  expect(await world.look(soon)).toEqual([{ is_soon: true }]);
  expect(await ending()).toBe("released");
});

test("an answer without the mutation's payload is no answer: the shopper waits, and gets the code", async () => {
  expect(await redeem(suffering("empty-data"))).toMatchObject({ status: 202, body: { state: "held" } });
  expect(await ending()).toBe("issued");
});
