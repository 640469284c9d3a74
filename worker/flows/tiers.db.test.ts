import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { type Network, openPaintedShop, type PaintedShop } from "../../dev/painted-shop.fixture.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { orderJob } from "../../dev/test-rooms.ts";
import type { OrderBody } from "../domain/order.ts";
import { countOrders } from "./count-orders.ts";
import { fanOut } from "./fan-out.ts";
import { forgetCustomer } from "./forget-customer.ts";
import { mergeCustomers } from "./merge-customers.ts";
import { paintMembers } from "./paint-members.ts";
import { paintProgram } from "./paint-storefront.ts";
import { readBalance, readExplainedHistory } from "./read-member.ts";
import { settleOrders } from "./settle-orders.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted((): Network => {
  const network: Network = { answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

const DAY_MS = 86_400_000;
const ago = (days: number): number => Date.now() - days * DAY_MS;

let shop: PaintedShop;
beforeEach(async () => {
  shop = await openPaintedShop(network);
});
afterEach(async () => {
  expect(await auditLedger(shop.world)).toEqual([]);
  await shop.world.close();
});

const level = (id: string, threshold: number, more: object = {}) => ({
  id,
  name: id.toUpperCase(),
  threshold,
  ...more,
});
const tiersOf = (more: object = {}, ...levels: object[]) => ({
  basis: "spend",
  period: "rolling-year",
  levels: levels.length > 0 ? levels : [level("silver", 10_000), level("gold", 30_000, { multiplier: 20_000 })],
  ...more,
});

/** One more version of the program, with these tiers; in force since long ago, and published now. */
const publish = (tiers: object | null) =>
  shop.world.look(
    `with next as (update shops set newest_program_version = newest_program_version + 1 returning id, newest_program_version)
     insert into program_versions (shop_id, version, in_force_from, program)
     select id, newest_program_version, p.in_force_from + newest_program_version * interval '1 second',
            p.program || jsonb_build_object('tiers', $1::jsonb)
     from next join program_versions p on p.shop_id = next.id and p.version = 1`,
    [JSON.stringify(tiers)],
  );
const buy = (orderId: string, changes: Partial<OrderBody> & { amountMinor?: number } = {}) =>
  settleOrders(shop.world.rooms, [
    orderJob(shop.world, orderId, {
      kind: "state",
      body: orderBody({ createdAtMs: ago(10), processedAtMs: ago(10), amountMinor: 10_000, ...changes }),
    }),
  ]);
const tier = async (customerId = "7001") => (await readBalance(shop.world.rooms, shop.world.shop, customerId)).tier;
const tags = (customerId = "7001") => [...shop.own.adoptCustomer(customerId).tags].sort();
const workAll = async () => {
  while (shop.world.queue.jobs.length > 0) await shop.work();
};
/** As many runs of the cron as it takes until nothing is due. */
const settleDown = async () => {
  do {
    await workAll();
    await fanOut(shop.world.rooms);
  } while (shop.world.queue.jobs.length > 0);
};
/** As the cron does after a program begins. */
const begin = async () => {
  await paintProgram(shop.world.rooms, { ...shop.world.shop, paintedProgramVersion: 1 });
  await workAll();
  await fanOut(shop.world.rooms);
  await workAll();
};

describe("a member's tier", () => {
  test("follows their orders and refunds at every read, and is written for Liquid and for segments", async () => {
    await publish(tiersOf());
    expect(await tier()).toBe(null);
    await buy("1");
    expect(await tier()).toBe("SILVER");
    await buy("2", { amountMinor: 20_000 });
    expect(await tier()).toBe("GOLD");
    await workAll();
    const loyalty = () => JSON.parse(shop.metafield("loyalty")?.value ?? "");
    expect(loyalty()).toMatchObject({ tier: { id: "gold", name: "GOLD", until: expect.any(Number) } });
    expect(shop.metafield("tier")).toMatchObject({ type: "single_line_text_field", value: "gold" });
    await buy("2", { amountMinor: 20_000, cancelled: true, updatedAtMs: ago(1) });
    expect(await tier()).toBe("SILVER");
    await buy("1", { cancelled: true, updatedAtMs: ago(1) });
    expect(await tier()).toBe(null);
    await workAll();
    expect(loyalty().tier).toBeUndefined();
    expect(loyalty().next_tier).toEqual({ id: "silver", name: "SILVER", missing: 10_000 });
    expect(shop.metafield("tier")?.value).toBe("none");
  });

  test("multiplies later orders, and the account knows when time changes it", async () => {
    await publish(tiersOf());
    await buy("1", { amountMinor: 30_000, createdAtMs: ago(300), processedAtMs: ago(300) });
    await buy("2");
    const points = await shop.world.look("select key, points::int from entries order by id");
    expect(points).toEqual([
      { key: "order:1:1", points: 300 },
      { key: "order:2:1", points: 200 },
    ]);
    const [row] = await shop.world.look<{ days: number }>(
      "select round(extract(epoch from next_due_at - now()) / 86400)::int as days from accounts",
    );
    expect(row?.days).toBeGreaterThan(62);
    expect(row?.days).toBeLessThan(67);
  });

  test("that time has taken is gone at every read, and the sweep has it painted", async () => {
    await publish(tiersOf());
    await buy("1", { createdAtMs: ago(364), processedAtMs: ago(364) });
    await workAll();
    await settleDown();
    expect(shop.metafield("tier")?.value).toBe("silver");
    // Two days later, as the books see it.
    await shop.world.look(
      `update accounts set progress = replace(progress::text, d::text, (d - 2)::text)::json, next_due_at = now()
       from (select (progress -> 'days' -> 0 ->> 0)::int as d from accounts) a`,
    );
    expect(await tier()).toBe(null);
    await fanOut(shop.world.rooms);
    expect(shop.world.queue.jobs.map(({ kind }) => kind)).toContain("book-due");
    await workAll();
    expect(shop.metafield("tier")?.value).toBe("none");
    expect(await shop.world.look("select next_due_at from accounts")).toEqual([{ next_due_at: null }]);
  });

  test("goes along when two customers become one", async () => {
    await publish(tiersOf());
    await buy("1", { customerId: "7001" });
    await buy("2", { customerId: "7002", amountMinor: 20_000 });
    await mergeCustomers(shop.world.rooms, shop.world.shop, { keptCustomerId: "7002", mergedCustomerId: "7001" });
    expect([await tier("7001"), await tier("7002")]).toEqual(["GOLD", "GOLD"]);
    await buy("1", { customerId: "7001", cancelled: true, updatedAtMs: ago(1) });
    expect(await tier("7002")).toBe("SILVER");
  });

  test("moves with an order that moves to another customer, and is nobody's when its person is forgotten", async () => {
    await publish(tiersOf());
    await buy("1", { customerId: "7001" });
    await buy("1", { customerId: "7002", updatedAtMs: ago(1) });
    expect([await tier("7001"), await tier("7002")]).toEqual([null, "SILVER"]);
    await forgetCustomer(shop.world.rooms, shop.world.shop, "7002", "a delivery");
    expect(await tier("7002")).toBe(null);
    await buy("1", { customerId: null, cancelled: true, updatedAtMs: ago(0) });
    expect(await shop.world.look("select progress from accounts order by member_id")).toEqual([
      { progress: null },
      { progress: null },
    ]);
  });
});

test("an entry gift is posted with the order that reaches the tier, explained, and once for good", async () => {
  await publish(tiersOf({}, level("silver", 10_000, { giftPoints: 25 })));
  await buy("1");
  await buy("1", { cancelled: true, updatedAtMs: ago(1) });
  await buy("2");
  const { entries } = await readExplainedHistory(shop.world.rooms, shop.world.shop, "7001", null);
  expect(entries.map(({ kind, points }) => [kind, points])).toEqual([
    ["earn", 100],
    ["claw-back", -100],
    ["gift", 25],
    ["earn", 100],
  ]);
  expect(entries[2]?.explanation).toBe("25 points as a welcome gift: the tier “SILVER” was reached.");
});

test("orders that were settled before tiers were counted are counted when a program with tiers begins", async () => {
  for (const id of ["1", "2", "3"]) await buy(id);
  // As an earlier worker left them.
  await shop.world.look("update order_states set contribution = null; update accounts set progress = null");
  await publish(tiersOf({}, level("silver", 30_000, { giftPoints: 25 })));
  expect(await tier()).toBe(null);
  await begin();
  expect(await tier()).toBe("SILVER");
  expect(shop.metafield("tier")?.value).toBe("silver");
  expect(await shop.world.look("select kind from entries where kind = 'gift'")).toHaveLength(1);
  await countOrders(shop.world.rooms, shop.world.shop, "");
  expect(await tier()).toBe("SILVER");
});

describe("customers are tagged by their tier, where the merchant wishes", () => {
  const tagged = tiersOf({ tagPrefix: "vip:" });

  test("with one tag at a time, beside the merchant's own, until it is lost or the wish has ended", async () => {
    shop.own.adoptCustomer("7001").tags.add("wholesale");
    await publish(tagged);
    await buy("1");
    await workAll();
    expect(tags()).toEqual(["vip:silver", "wholesale"]);
    await buy("2", { amountMinor: 20_000 });
    await workAll();
    expect(tags()).toEqual(["vip:gold", "wholesale"]);
    const before = shop.asked.length;
    await buy("3");
    await workAll();
    expect(shop.asked.slice(before)).toEqual(["LojalSetMetafields"]);
    await publish(tiersOf());
    await paintProgram(shop.world.rooms, { ...shop.world.shop, paintedProgramVersion: 2 });
    await workAll();
    await fanOut(shop.world.rooms);
    await workAll();
    expect(tags()).toEqual(["wholesale"]);
  });

  test("of two workers, whoever read the ledger later has the last word", async () => {
    await publish(tagged);
    await buy("1");
    const [row] = await shop.world.look<{ id: string }>("select id::text from members");
    const paint = () => paintMembers(shop.world.rooms, shop.world.shop, [row?.id ?? ""]);
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let isHeld = false;
    shop.between = async (operation, answer) => {
      if (operation === "LojalAddTags" && !isHeld) {
        isHeld = true;
        reached.resolve();
        await released.promise;
      }
      return answer();
    };
    const slow = paint();
    await reached.promise;
    await buy("2", { amountMinor: 20_000 });
    await paint();
    expect(tags()).toEqual(["vip:gold"]);
    released.resolve();
    await slow;
    expect(tags()).toEqual(["vip:gold"]);
  });

  test("a customer who is gone at Shopify holds up nobody", async () => {
    await publish(tagged);
    await buy("1", { customerId: "7001" });
    await buy("2", { customerId: "7002" });
    shop.own.deleteCustomer("7001");
    await workAll();
    expect(tags("7002")).toEqual(["vip:silver"]);
  });
});
