/** The fields that shopify.app.toml asks for are all that settlement reads of a body. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readSnapshot, TOPICS_READ, TOPICS_READ_IF_SENT } from "../../worker/shopify/snapshot.ts";
import { appScopes, appTopics, includeFields } from "./app-config.ts";
import { newWorld } from "./local-shopify.fixture.ts";

type Body = Record<string, unknown>;

const ORDER_TOPICS = ["orders/create", "orders/paid", "orders/updated", "orders/cancelled", "refunds/create"];
const folder = join(import.meta.dirname, "../fixtures/webhooks");
/** TypeScript's library does not know this part of the language yet. */
const { rawJSON } = JSON as unknown as { rawJSON(source: string): unknown };
const keepDigits = (_name: string, value: unknown, context?: { source?: string }) =>
  typeof value === "number" ? rawJSON(context?.source ?? String(value)) : value;

/** What Shopify would send of a body: the fields and no others, each as it was. */
function reduced(text: string, fields: readonly string[]): string {
  const whole = JSON.parse(text, keepDigits) as Body;
  const kept: Body = {};
  for (const field of fields) copy(whole, kept, field.split("."));
  return JSON.stringify(kept);
}

function copy(from: Body, to: Body, [name = "", ...deeper]: readonly string[]): void {
  if (!Object.hasOwn(from, name)) return;
  const value = from[name];
  if (deeper.length === 0 || value === null) {
    to[name] = value;
    return;
  }
  const inner = (to[name] ?? {}) as Body;
  to[name] = inner;
  copy(value as Body, inner, deeper);
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
