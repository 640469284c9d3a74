import { expect, test } from "vitest";
import { apiSecret, newWorld } from "./local-shopify.fixture.ts";
import { signWebhook } from "./webhooks.ts";

/** HMAC by another road than the code under test: Web Crypto. */
async function hmac(secret: string, text: string): Promise<Buffer> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, ["sign"]);
  return Buffer.from(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text)));
}

test("deliveries carry Shopify's headers, and a signature over their very bytes", async () => {
  const { shopify, shop, received } = newWorld();
  const text = '{ "id": 820982911946154508, "note": "smörgås" }';
  await shopify.webhooks.emit(shop, "orders/create", text).tried;
  const [sent] = received;
  expect(sent?.text).toBe(text);
  const expected = (await hmac(apiSecret, text)).toString("base64");
  expect(signWebhook(text, apiSecret)).toBe(expected);
  expect(Object.fromEntries(sent?.headers ?? [])).toMatchObject({
    "content-type": "application/json",
    "x-shopify-topic": "orders/create",
    "x-shopify-hmac-sha256": expected,
    "x-shopify-shop-domain": "lojal-dev.myshopify.com",
    "x-shopify-api-version": "2026-10",
    "x-shopify-triggered-at": "2026-11-22T10:00:00.250Z",
  });
  expect(sent?.headers.get("x-shopify-webhook-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(sent?.headers.get("x-shopify-event-id")).toMatch(/^[0-9a-f-]{36}$/);
});

test("what is not accepted is tried again, with the same ids and bytes, until it is", async () => {
  const world = newWorld();
  world.answerWith(503);
  const sent = world.shopify.webhooks.emit(world.shop, "orders/create", { id: 1 });
  await sent.tried;
  world.answerWith(200);
  await world.shopify.idle();
  expect(sent.deliveries[0]).toMatchObject({ state: "delivered", lastStatus: 200 });
  expect(new Set(world.received.map(({ headers }) => headers.get("x-shopify-webhook-id"))).size).toBe(1);
  expect(new Set(world.received.map(({ text }) => text))).toEqual(new Set(['{"id":1}']));
});

test("after one try and eight retries Shopify gives up", async () => {
  const world = newWorld();
  world.answerWith(null);
  const sent = world.shopify.webhooks.emit(world.shop, "orders/create", { id: 1 });
  await world.shopify.idle();
  expect(sent.deliveries[0]).toMatchObject({ state: "given-up", attempts: 9, lastStatus: null });
  expect(world.received).toHaveLength(9);
});

test("duplicates have the webhook id of the first", async () => {
  const world = newWorld();
  await world.press("webhooks", { duplicate: 2 });
  world.shopify.webhooks.emit(world.shop, "orders/create", { id: 1 });
  await world.shopify.idle();
  const ids = world.received.map(({ headers }) => headers.get("x-shopify-webhook-id"));
  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(1);
});

test("held deliveries wait for their release; a seed gives the same random order again", async () => {
  async function arrivals(seed: number) {
    const world = newWorld();
    await world.press("webhooks", { hold: true });
    for (let id = 0; id < 8; id += 1) await world.shopify.webhooks.emit(world.shop, "orders/create", { id }).tried;
    await world.shopify.idle();
    expect(world.received).toEqual([]);
    const { body } = await world.press("webhooks", { hold: false, shuffle: true, seed });
    expect(body).toMatchObject({ hold: false, held: 0, seed });
    await world.shopify.idle();
    return world.received.map(({ text }) => (JSON.parse(text) as { id: number }).id);
  }
  const first = await arrivals(7);
  expect([...first].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(first).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(await arrivals(7)).toEqual(first);
  expect(await arrivals(8)).not.toEqual(first);
});

test("the log shows each delivery", async () => {
  const world = newWorld();
  await world.press("buy", { customer_id: "7001", total: "10.00" });
  const { body } = await world.press("webhooks");
  expect(body["deliveries"]).toMatchObject([
    { topic: "orders/create", state: "delivered", attempts: 1, last_status: 200 },
    { topic: "orders/paid", state: "delivered", attempts: 1, last_status: 200 },
  ]);
});
