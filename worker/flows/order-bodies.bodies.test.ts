import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { oraclePoints } from "../../dev/oracle/order-points.ts";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import { formatMoney } from "../domain/money.ts";
import { readSnapshot } from "../shopify/snapshot.ts";
import { readBalance } from "./read-member.ts";
import { settleOrders } from "./settle-orders.ts";

// `BODIES=DIR npm run test:bodies` settles every order body in a folder; without it, the project's own fixtures.
const folder = process.env["BODIES"] ?? join(import.meta.dirname, "../../dev/fixtures/webhooks");
const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
const orders = files.flatMap((file) => {
  const text = readFileSync(join(folder, file), "utf8");
  const body = JSON.parse(text) as Record<string, unknown>;
  return Array.isArray(body["line_items"]) && typeof body["financial_status"] === "string"
    ? [{ file, text, body }]
    : [];
});

let shared: TestWorld;
let shops = 0;
beforeAll(async () => {
  shared = await newWorld();
});
afterAll(async () => {
  expect(await auditLedger(shared)).toEqual([]);
  await shared.close();
});

const RATES = [
  { points: 10, perMinor: 10_000, taxEarns: false },
  { points: 7, perMinor: 300, taxEarns: false },
  { points: 1, perMinor: 1, taxEarns: true },
];

test("there are order bodies to settle", () => {
  expect(orders.length, `no order body in ${folder}`).toBeGreaterThan(0);
});

test.each(orders)("$file settles to the oracle's points, and a guest earns nothing", async ({ text, body }) => {
  const currency = String(body["currency"]);
  for (const rate of RATES) {
    const domain = `bodies-${++shops}.myshopify.com`;
    const world = { ...shared, shop: await addShop(shared, domain, { currency, ...rate, rewards: [] }) };
    const verdict = readSnapshot("orders/updated", text, 0);
    if (verdict.kind !== "order" || verdict.snapshot.news.kind !== "state")
      throw new Error(`unreadable: ${JSON.stringify(verdict)}`);
    const { orderId, news } = verdict.snapshot;
    const job = { kind: "order", shop: world.shop.domain, topic: "orders/updated", deliveryId: null, orderId } as const;
    const expected = oraclePoints(
      body,
      { points: rate.points, perUnits: formatMoney(rate.perMinor, currency), tax: rate.taxEarns },
      currency,
    );

    await settleOrders(world.rooms, [{ ...job, news }]);
    const { customerId } = news.body;
    if (customerId !== null)
      expect(await readBalance(world.rooms, world.shop, customerId)).toMatchObject({ available: expected, owed: 0 });
    else expect(await world.look("select 1 from entries where shop_id = $1", [world.shop.id])).toEqual([]);

    // With a customer the same body is worth what it says, guest or not.
    const later = { ...news.body, customerId: customerId ?? "7001", updatedAtMs: news.body.updatedAtMs + 1000 };
    await settleOrders(world.rooms, [{ ...job, news: { kind: "state", body: later } }]);
    expect(await readBalance(world.rooms, world.shop, later.customerId)).toMatchObject({ available: expected });
  }
});
