import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { appScopes } from "./app-config.ts";
import { codeInput, createCode, newWorld } from "./local-shopify.fixture.ts";

/** Orders older than 60 days are shown to an app that was granted this. */
const scopes = [...appScopes, "read_all_orders"];
const big = "820982911946154508";
const order = (changes = "") =>
  `{ "id": ${big}, "name": "#9", "currency": "EUR", "total_price": "10.00", "updated_at": "2026-11-22T10:00:00Z"${changes},
     "customer": {"id": 115310627314723954}, "line_items": [ {"id": 866550311766439020, "quantity": 1, "price": "10.00"} ] }`;

describe("orders from outside", () => {
  test("the webhook carries the body's bytes, and big ids keep every digit", async () => {
    const world = newWorld({ scopes });
    const { status, body } = await world.press(
      "orders",
      `{"note": {"order": 1}, "order": ${order()} , "shop":"lojal-dev.myshopify.com"}`,
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ order_id: big, customer_id: "115310627314723954" });
    expect(world.received).toMatchObject([{ topic: "orders/create", text: order() }]);
    expect([...world.shop.customers.keys()]).toEqual(["115310627314723954"]);
    const read = await world.call(
      `{ order(id: "gid://shopify/Order/${big}") { id customer { id } lineItems(first: 1) { nodes { id } } } }`,
    );
    expect(read.at("data.order")).toEqual({
      id: `gid://shopify/Order/${big}`,
      customer: { id: "gid://shopify/Customer/115310627314723954" },
      lineItems: { nodes: [{ id: "gid://shopify/LineItem/866550311766439020" }] },
    });
  });

  test("a refund of such an order keeps its digits too", async () => {
    const world = newWorld();
    await world.press("orders", `{"order":${order()}}`);
    const { status } = await world.press("refund", {
      order_id: big,
      lines: [{ line_item_id: "866550311766439020", quantity: 1 }],
    });
    expect(status).toBe(200);
    expect(world.received[1]?.text).toContain(`"order_id":${big}`);
    expect(world.received[1]?.text).toContain('"line_item_id":866550311766439020');
    expect(world.received[2]?.text).toContain(`"id":${big},`);
  });

  test("the topic follows from the state, or is named", async () => {
    const world = newWorld();
    const cancelled = ', "cancelled_at": "2026-11-22T10:00:00Z"';
    for (const body of [order(), order(), order(cancelled), order(cancelled)])
      await world.press("orders", `{"order":${body}}`);
    await world.press("orders", `{"topic":"orders/paid","order":${order()}}`);
    expect(world.received.map(({ topic }) => topic)).toEqual([
      "orders/create",
      "orders/updated",
      "orders/cancelled",
      "orders/updated",
      "orders/paid",
    ]);
  });

  test("an older state is delivered, and does not become the order's state", async () => {
    const world = newWorld();
    await world.press("orders", `{"order":${order()}}`);
    const older = order().replace("10:00:00Z", "09:00:00Z").replace('"#9"', '"#8"');
    await world.press("orders", `{"order":${older}}`);
    expect(world.received[1]?.text).toBe(older);
    expect((await world.press("orders")).body["orders"]).toMatchObject([{ name: "#9" }]);
  });

  test("an edit is told by what it changed, and is the order's state all the same", async () => {
    const world = newWorld();
    const left = (units: number) => order().replace('"quantity": 1,', `"quantity": 3, "current_quantity": ${units},`);
    await world.press("orders", `{"order":${left(3)}}`);
    await world.press("orders", `{"topic":"orders/edited","order":${left(1)}}`);
    const { topic, text } = world.received[1] ?? {};
    expect(topic).toBe("orders/edited");
    expect(text).toContain(`"order_id":${big}`);
    expect(text).toContain('"line_items":{"additions":[],"removals":[{"id":866550311766439020,"delta":2}]}');
    expect([...world.shop.orders.values()][0]?.body["line_items"]).toMatchObject([{ current_quantity: 1 }]);
  });

  test("an order that names a code uses it", async () => {
    const world = newWorld();
    await world.call(createCode, { input: codeInput() });
    const using = order(', "discount_codes": [{"code": "LOJAL-ABCD", "amount": "5.00", "type": "fixed_amount"}]');
    for (const body of [using, using]) await world.press("orders", `{"order":${body}}`);
    expect((await world.press("discounts")).body["discounts"]).toMatchObject([{ uses: 1 }]);
  });

  test("every real order body is taken", async () => {
    const world = newWorld({ scopes });
    const folder = join(import.meta.dirname, "..", "fixtures", "webhooks");
    const names = readdirSync(folder).filter((name) => /^orders_(create|paid|updated|cancelled)__/.test(name));
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      const source = readFileSync(join(folder, name), "utf8").trim();
      const { status } = await world.press("orders", `{"order":${source}}`);
      expect({ name, status, text: world.received.at(-1)?.text }).toEqual({ name, status: 200, text: source });
    }
    const query = `{ orders(first: 20, query: "updated_at:>='2000-01-01T00:00:00Z'", sortKey: UPDATED_AT) { nodes { id displayFinancialStatus
      totalPriceSet { shopMoney { amount } } lineItems(first: 3) { nodes { id quantity currentQuantity } } refunds { id } } } }`;
    const { at } = await world.call(query);
    expect(at("errors")).toBeUndefined();
    expect(at("data.orders.nodes.length")).toBe(world.shop.orders.size);
  });
});

describe("wrong input is told in one line", () => {
  test.each([
    ["orders", "{", 400, "JSON"],
    ["orders", "[]", 400, "JSON object"],
    ["orders", '{"shop":"lojal-dev.myshopify.com"}', 400, "order"],
    ["orders", '{"order":{"name":"#1"}}', 422, "id"],
    ["orders", '{"shop":"nobody.myshopify.com","order":{"id":1}}', 404, "nobody"],
    ["buy", "{}", 400, "total"],
    ["buy", '{"total":"12,00"}', 422, "total"],
    ["buy", '{"total":"12.00","customer_id":"Ada"}', 400, "customer_id"],
    ["refund", '{"order_id":"1"}', 404, "order 1"],
    ["faults", '{"next":1,"fault":"fire"}', 400, "fault"],
    ["webhooks", '{"duplicate":-1}', 400, "duplicate"],
    ["shops", '{"domain":"example.com","currency":"EUR"}', 400, "domain"],
    ["nothing", "{}", 404, "switchboard"],
  ])("%s %s", async (path, body, status, word) => {
    const world = newWorld();
    const answer = await world.press(path, body);
    expect(answer.status).toBe(status);
    expect(Object.keys(answer.body)).toContain("error");
    expect(answer.body["error"]).toContain(word);
    expect(world.received).toEqual([]);
  });
});

test("shops are added, then updated; a new token joins those that are valid", async () => {
  const world = newWorld();
  const settings = { domain: "x.myshopify.com", currency: "HKD", access_token: "one" };
  expect((await world.press("shops", settings)).status).toBe(201);
  expect((await world.press("shops", { ...settings, access_token: "two" })).status).toBe(200);
  expect([...(world.shopify.state.shop("x.myshopify.com")?.accessTokens ?? [])]).toEqual(["one", "two"]);
  const { body } = await world.press("buy", { shop: "x.myshopify.com", customer_id: 7001, total: "120.00" });
  expect(body).toMatchObject({ name: "#1001", currency: "HKD" });
  expect((await world.press("shops")).body["shops"]).toMatchObject([{ currency: "EUR" }, { currency: "HKD" }]);
});

test("the page is there, and writes no data as HTML", async () => {
  const response = await newWorld().shopify.switchboard.request("/switchboard");
  const html = await response.text();
  expect(response.headers.get("content-type")).toContain("text/html");
  expect(html).toContain('name="viewport"');
  expect(html).not.toContain("innerHTML");
});
