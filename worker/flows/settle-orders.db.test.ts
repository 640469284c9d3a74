import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import type { OrderNews, Refund } from "../domain/order.ts";
import { readBalance, readExplainedHistory } from "./read-member.ts";
import { settleOrders } from "./settle-orders.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

const settle = (orderId: string, ...news: OrderNews[]) =>
  settleOrders(
    world.rooms,
    news.map((one) => orderJob(world, orderId, one)),
  );
const balance = (customerId = "7001") => readBalance(world.rooms, world.shop, customerId);
const state = (changes: Parameters<typeof orderBody>[0] = {}): OrderNews => ({
  kind: "state",
  body: orderBody(changes),
});
const lineRefund = (id: string, subtotalMinor: number): Refund => ({
  id,
  lines: [{ lineId: "1", quantity: 1, subtotalMinor, taxMinor: 0 }],
  beyondLinesMinor: 0,
  beyondLinesTaxMinor: 0,
});

test("a paid order becomes points once, however often it is told", async () => {
  for (let time = 0; time < 5; time++) await settle("1", state());
  await settle("1", state(), state(), state());
  expect(await balance()).toMatchObject({ available: 100, pending: 0, owed: 0 });
  expect(await world.look("select key, kind, points from entries")).toEqual([
    { key: "order:1:1", kind: "earn", points: "100" },
  ]);
});

test("an exact repeat writes nothing at all", async () => {
  await settle("1", state());
  const [before] = await world.look<{ version: string; revision: string }>(
    "select a.version, o.revision from accounts a, order_states o",
  );
  await settle("1", state());
  expect(await world.look("select a.version, o.revision from accounts a, order_states o")).toEqual([before]);
});

test("a refund seen before its order ends like order, then refund (I7)", async () => {
  await settle("1", { kind: "refund", refund: lineRefund("r1", 4_000) });
  expect(await balance()).toMatchObject({ available: 0 });
  await settle("1", state());
  expect(await balance()).toMatchObject({ available: 60 });
});

test("refunds one after another take back exactly what was earned (I6)", async () => {
  await settle("1", state({ amountMinor: 9_999 }));
  expect(await balance()).toMatchObject({ available: 99 });
  for (const [index, part] of [3_333, 3_333, 3_333].entries()) {
    await settle("1", { kind: "refund", refund: lineRefund(`r${index}`, part) });
  }
  expect(await balance()).toMatchObject({ available: 0, owed: 0 });
});

test("an older state changes nothing; a later one counts", async () => {
  const later = Date.parse("2026-01-05T00:00:00Z");
  await settle("1", state({ updatedAtMs: later, cancelled: true }));
  await settle("1", state());
  expect(await balance()).toMatchObject({ available: 0 });
});

test("points of a guest order come with its customer, and move when the order moves", async () => {
  await settle("1", state({ customerId: null }));
  expect(await world.look("select 1 from accounts")).toEqual([]);
  await settle("1", state({ updatedAtMs: Date.parse("2026-01-03T00:00:00Z") }));
  expect(await balance("7001")).toMatchObject({ available: 100 });
  await settle("1", state({ updatedAtMs: Date.parse("2026-01-04T00:00:00Z"), customerId: "7002" }));
  expect(await balance("7001")).toMatchObject({ available: 0, owed: 0 });
  expect(await balance("7002")).toMatchObject({ available: 100 });
});

test("a debit says why, and every number unfolds to its arithmetic", async () => {
  await settle("1", state());
  await settle("1", state({ updatedAtMs: Date.parse("2026-01-03T00:00:00Z"), cancelled: true }));
  const { entries } = await readExplainedHistory(world.rooms, world.shop, "7001", null);
  expect(entries.map(({ points, explanation }) => [points, explanation])).toEqual([
    [-100, "100 points were taken back: order #1001 was cancelled."],
    [100, "Order #1001 earned 100 points: 100.00\u00a0USD at 1 point per 1.00\u00a0USD."],
  ]);
  expect(entries.at(-1)?.steps.map(({ text }) => text.replaceAll("\u00a0", " "))).toEqual([
    "Order #1001",
    "Line of 100.00 USD: 100 points",
    "Together 100.00 USD: products after discounts and refunds, without tax and shipping",
    "Rule: 1 point per 1.00 USD",
    "Program version 1, in force when the order was placed",
    "Worth: 100.00 USD × 1 ÷ 1.00 USD = 100 points",
    "100 (worth now) − 0 (counted before) = 100 points",
    "Available: +100 points",
  ]);
});

test("a hundred orders of sixty members settle in one batch, and sixteen batches at once lose nothing", async () => {
  const jobs = Array.from({ length: 100 }, (_, index) =>
    orderJob(world, String(index), state({ customerId: String(8000 + (index % 60)) })),
  );
  const shuffles = Array.from({ length: 16 }, (_, index) => [...jobs.slice(index * 6), ...jobs.slice(0, index * 6)]);
  await Promise.all(shuffles.map((batch) => settleOrders(world.rooms, batch)));
  const [row] = await world.look("select count(*)::int as accounts, sum(available)::int as points from accounts");
  expect(row).toEqual({ accounts: 60, points: 10_000 });
});

test("a delivery for a shop we do not know is set aside and leaves no trace in the ledger", async () => {
  await settleOrders(world.rooms, [{ ...orderJob(world, "1", state()), shop: "somebody-else.myshopify.com" }]);
  expect(await world.look("select shop_domain, reason from set_aside")).toEqual([
    { shop_domain: "somebody-else.myshopify.com", reason: "unknown-shop" },
  ]);
  expect(await world.look("select 1 from order_states")).toEqual([]);
});

describe("any permutation with repeats of an order's news", () => {
  const at = (day: number) => Date.parse(`2026-01-0${day}T00:00:00Z`);
  const [first, second] = [lineRefund("r1", 2_500), { ...lineRefund("r2", 0), lines: [], beyondLinesMinor: 1_500 }];
  const lines = [productLine("1", 10_000)];
  const news: OrderNews[] = [
    state({ updatedAtMs: at(1), status: "pending", lines }),
    state({ updatedAtMs: at(2), lines }),
    { kind: "refund", refund: first },
    state({ updatedAtMs: at(3), lines, refunds: [first], status: "partially_refunded" }),
    { kind: "refund", refund: second },
    state({ updatedAtMs: at(4), lines, refunds: [first, second], status: "partially_refunded" }),
  ];

  test("ends in the same balance (I4, I5)", async () => {
    let order = 0;
    const deliveries = fc
      .array(fc.constantFrom(...news), { maxLength: 8 })
      .chain((extra) => fc.shuffledSubarray([...news, ...extra], { minLength: news.length + extra.length }));
    await fc.assert(
      fc.asyncProperty(deliveries, async (sequence) => {
        order += 1;
        const customerId = String(9_000 + order);
        const own = sequence.map(
          (one): OrderNews => (one.kind === "state" ? { kind: "state", body: { ...one.body, customerId } } : one),
        );
        for (const one of own) await settle(`h${order}`, one);
        expect(await balance(customerId)).toMatchObject({ available: 60, pending: 0, owed: 0 });
      }),
      { numRuns: 60 },
    );
  });
});
