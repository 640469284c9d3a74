/** The fields that shopify.app.toml asks for are all that settlement reads of a body. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readSnapshot, TOPICS_READ, TOPICS_READ_IF_SENT } from "../../worker/shopify/snapshot.ts";
import { appScopes, appTopics, includeFields } from "./app-config.ts";
import { newWorld } from "./local-shopify.fixture.ts";

const ORDER_TOPICS = ["orders/create", "orders/paid", "orders/updated", "orders/cancelled", "refunds/create"];
const folder = join(import.meta.dirname, "../fixtures/webhooks");
/** TypeScript's library does not know this part of the language yet. */
const { rawJSON } = JSON as unknown as { rawJSON(source: string): unknown };
const keepDigits = (_name: string, value: unknown, context?: { source?: string }) =>
  typeof value === "number" ? rawJSON(context?.source ?? String(value)) : value;

/** What Shopify would send of a body: the fields and no others, each as it was; `line_items.id` is that field of every line. */
function reduced(text: string, fields: readonly string[]): string {
  return JSON.stringify(keep(JSON.parse(text, keepDigits), fields));
}

function keep(whole: unknown, fields: readonly string[]): unknown {
  if (Array.isArray(whole)) return whole.map((item) => keep(item, fields));
  if (typeof whole !== "object" || whole === null) return whole;
  const kept = Object.entries(whole).flatMap(([name, value]) => {
    if (fields.includes(name)) return [[name, value]];
    const deeper = fields.filter((field) => field.startsWith(`${name}.`)).map((field) => field.slice(name.length + 1));
    return deeper.length === 0 ? [] : [[name, keep(value, deeper)]];
  });
  return Object.fromEntries(kept);
}

function expectSame(topic: string, text: string): void {
  const fields = includeFields.get(topic) ?? [];
  const snapshot = readSnapshot(topic, text, 0);
  expect(snapshot.kind).toBe("order");
  expect(readSnapshot(topic, reduced(text, fields), 0)).toEqual(snapshot);
}

test("every topic that is asked for has a reader, and every reader is asked for or said to read what an operator sends", () => {
  expect(new Set(appTopics).size).toBe(appTopics.length);
  expect([...appTopics, ...TOPICS_READ_IF_SENT].sort()).toEqual([...TOPICS_READ].sort());
});

test("the file says which topics are reduced, and what is asked of a merchant", () => {
  const ofShops = ["app/scopes_update", "shop/update"];
  expect([...includeFields.keys()]).toEqual([...ORDER_TOPICS, ...ofShops]);
  for (const topic of ORDER_TOPICS) expect(includeFields.get(topic)?.length).toBeGreaterThan(5);
  expect(appScopes).toContain("write_discounts");
});

/** Where a person, or what a person wrote, could stand in an order or a shop. */
const PERSONAL =
  /email|phone|address|first_name|last_name|browser|client_details|note|contact|latitude|longitude|properties|receipt|payment_details|transactions|user_id|shop_owner|^customer$|^line_items$|^refunds$|token/;

test("no field that is asked for is a person's, but for the number of a customer; and every body that has one brings its updated_at", () => {
  const ofCustomers = ["customer.id", "customer.admin_graphql_api_id"];
  for (const [topic, fields] of includeFields) {
    expect(
      fields.filter((field) => PERSONAL.test(field) && !ofCustomers.includes(field)),
      topic,
    ).toEqual([]);
    // A refund is made once and has none.
    expect([topic, fields.includes("updated_at")]).toEqual([topic, topic !== "refunds/create"]);
    expect(new Set(fields).size, topic).toBe(fields.length);
  }
});

test("what a shopper had written on a product, and who paid, is not in a reduced body", () => {
  const order = {
    id: 1,
    note: "for Ada",
    customer: { id: 7, first_name: "Ada" },
    line_items: [{ id: 2, price: "1.00", properties: [{ name: "engraving", value: "Ada" }] }],
    refunds: [{ id: 3, note: "Ada", transactions: [{ payment_details: { credit_card_name: "Ada" } }] }],
  };
  for (const topic of ORDER_TOPICS)
    expect(reduced(JSON.stringify(order), includeFields.get(topic) ?? [])).not.toContain("Ada");
});

describe("what is read of a reduced body is what is read of the whole one", () => {
  test.each([
    ["app/scopes_update", "app_scopes_update__shopify_doc_sample_2026_07.json"],
    // The shop's own body is the same in both topics.
    ["shop/update", "app_uninstalled__shopify_test_delivery_2017.json"],
  ])("%s", (topic, file) => {
    const text = readFileSync(join(folder, file), "utf8");
    const verdict = readSnapshot(topic, text, 1);
    expect(verdict.kind).toBe("shop-news");
    expect(readSnapshot(topic, reduced(text, includeFields.get(topic) ?? []), 1)).toEqual(verdict);
  });

  const fixtures = readdirSync(folder).flatMap((file) => {
    const topic = file.replace(/__.*/, "").replace("_", "/");
    return ORDER_TOPICS.includes(topic) ? [[file, topic] as const] : [];
  });

  test.each(fixtures)("%s", (file, topic) => expectSame(topic, readFileSync(join(folder, file), "utf8")));

  test.each(["EUR", "JPY", "KWD"])(
    "orders, refunds and a cancellation that the local shop writes in %s",
    async (currency) => {
      const world = newWorld({ currency });
      await world.press("shops", { domain: world.shop.domain, currency, tax_basis_points: 2_500 });
      const lines = world.shop.products
        .slice(0, 2)
        .map(({ variants }) => ({ variant_id: variants[0]?.id, quantity: 2 }));
      const { body } = await world.press("buy", { customer_id: "7001", lines });
      world.pass(60_000);
      await world.press("refund", { order_id: body["order_id"], lines: [{ index: 0, quantity: 1 }] });
      world.pass(60_000);
      await world.press("cancel", { order_id: body["order_id"] });
      const sent = world.received.filter(({ topic }) => ORDER_TOPICS.includes(topic));
      expect(new Set(sent.map(({ topic }) => topic))).toEqual(new Set(ORDER_TOPICS));
      for (const { topic, text } of sent) expectSame(topic, text);
    },
  );
});
