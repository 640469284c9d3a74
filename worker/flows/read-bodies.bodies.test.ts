/**
 * `BODIES=DIR npm run test:bodies`: every order body of a folder is worth the same when it comes back through the Admin API as when a webhook
 * brings it, so that reading an order again never moves points.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isObject, parseExact } from "../../dev/shopify/exact-json.ts";
import { newWorld } from "../../dev/shopify/local-shopify.fixture.ts";
import { rulesWith } from "../../dev/test-book.ts";
import type { OrderNews } from "../domain/order.ts";
import { UNKNOWN_ORDER } from "../domain/order.ts";
import { settle } from "../domain/settlement.ts";
import type { AdminApi } from "../shopify/admin-api.ts";
import { readOrderState } from "../shopify/order-reader.ts";
import { type OrderSnapshot, readSnapshot } from "../shopify/snapshot.ts";

const folder = process.env["BODIES"] ?? join(import.meta.dirname, "../../dev/fixtures/webhooks");
const orders = readdirSync(folder).flatMap((file) => {
  if (!file.endsWith(".json")) return [];
  const text = readFileSync(join(folder, file), "utf8");
  const body = parseExact(text);
  return isObject(body) && Array.isArray(body["line_items"]) && typeof body["financial_status"] === "string"
    ? [{ file, text, body, currency: String(body["currency"]) }]
    : [];
});

const rules = rulesWith(0, { earn: { points: 7, perMinor: 3 } });

test.each(orders)("$file is worth the same when it is read again", async ({ text, body, currency }) => {
  const world = newWorld({ currency, scopes: ["read_orders", "read_all_orders", "read_customers"] });
  world.shop.takeOrder(text, body);
  const verdict = readSnapshot("orders/updated", text, 5);
  if (verdict.kind !== "order") throw new Error(`unreadable: ${JSON.stringify(verdict)}`);
  const api: AdminApi = {
    request: async <Data>(operation: string, variables: Record<string, unknown>): Promise<Data> => {
      const answer = await world.call(operation, variables);
      if (answer.at("errors") !== undefined) throw new Error(JSON.stringify(answer.body));
      return answer.at("data") as Data;
    },
  };
  const read = await readOrderState(api, verdict.snapshot.orderId, { readAtMs: 5, withProducts: false });
  if (read?.kind !== "order") throw new Error(`the order cannot be read: ${JSON.stringify(read)}`);
  expect(worthOf(read.snapshot, currency)).toEqual(worthOf(verdict.snapshot, currency));
  expect(customerAndCodes(read.snapshot.news)).toEqual(customerAndCodes(verdict.snapshot.news));
});

function worthOf({ news }: OrderSnapshot, currency: string) {
  if (news.kind !== "state") throw new Error("no order body");
  return settle({ ...UNKNOWN_ORDER, body: news.body }, rules.versions[0] ?? null, currency);
}

function customerAndCodes(news: OrderNews) {
  return news.kind === "state" ? { customer: news.body.customerId, codes: news.body.codes } : null;
}
