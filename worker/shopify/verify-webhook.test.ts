import { createHmac } from "node:crypto";
import "@shopify/shopify-api/adapters/web-api";
import { ApiVersion, shopifyApi } from "@shopify/shopify-api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { verifyWebhook } from "./verify-webhook.ts";

const SECRET = "a-secret";
const bytes = (text: string): ArrayBuffer => new TextEncoder().encode(text).slice().buffer;
const sign = (body: string, secret = SECRET): string => createHmac("sha256", secret).update(body).digest("base64");
const headers = (body: string, changes: Record<string, string> = {}): Headers =>
  new Headers({
    "X-Shopify-Topic": "orders/paid",
    "X-Shopify-Shop-Domain": "a-shop.myshopify.com",
    "X-Shopify-Hmac-Sha256": sign(body),
    "X-Shopify-Webhook-Id": "delivery-1",
    "X-Shopify-API-Version": "2026-10",
    "X-Shopify-Triggered-At": "2026-11-01T10:00:00.123456789Z",
    ...changes,
  });

/** The same bytes for a decoder that does not mind the last letter's unused bits. */
function otherSpelling(signature: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const last = alphabet[alphabet.indexOf(signature[42] ?? "") + 1] ?? "";
  return `${signature.slice(0, 42)}${last}=`;
}

const BODY = '{"id":1,"name":"Åse"}';

test("Shopify's own bytes are verified, and the headers we rely on are read", async () => {
  expect(await verifyWebhook(headers(BODY), bytes(BODY), [SECRET])).toEqual({
    verified: true,
    webhook: {
      shop: "a-shop.myshopify.com",
      topic: "orders/paid",
      deliveryId: "delivery-1",
      triggeredAtMs: Date.parse("2026-11-01T10:00:00.123Z"),
      text: BODY,
    },
  });
});

test.each([
  ["missing", ""],
  ["truncated", sign(BODY).slice(0, -4)],
  ["of another secret", sign(BODY, "other")],
  ["spelled otherwise", otherSpelling(sign(BODY))],
  ["of another body", sign(`${BODY} `)],
  ["in hex", createHmac("sha256", SECRET).update(BODY).digest("hex")],
  ["not base64", "%%%"],
])("a signature that is %s is refused", async (_, signature) => {
  const verdict = await verifyWebhook(headers(BODY, { "X-Shopify-Hmac-Sha256": signature }), bytes(BODY), [SECRET]);
  expect(verdict).toMatchObject({ verified: false, reason: "bad-signature" });
});

test.each(["X-Shopify-Topic", "X-Shopify-Shop-Domain"])(
  "without %s a genuine body is told what is missing",
  async (name) => {
    const without = headers(BODY);
    without.delete(name);
    const verdict = await verifyWebhook(without, bytes(BODY), [SECRET]);
    expect(verdict).toMatchObject({ verified: false, reason: "missing-header", detail: expect.stringContaining(name) });
  },
);

test("an unsigned caller is not told about headers", async () => {
  expect(await verifyWebhook(new Headers(), bytes(BODY), [SECRET])).toMatchObject({ reason: "bad-signature" });
});

test("the official library agrees on every body and every flipped bit", async () => {
  const shopify = shopifyApi({
    apiKey: "key",
    apiSecretKey: SECRET,
    apiVersion: ApiVersion.October26,
    isEmbeddedApp: true,
    hostName: "app.invalid",
    logger: { log: () => undefined },
  });
  await fc.assert(
    fc.asyncProperty(fc.json(), fc.option(fc.nat(255)), async (body, flip) => {
      const signature = Buffer.from(sign(body), "base64");
      if (flip !== null) signature.writeUInt8(signature.readUInt8(flip % 32) ^ 1, flip % 32);
      const given = headers(body, { "X-Shopify-Hmac-Sha256": signature.toString("base64") });
      const ours = await verifyWebhook(given, bytes(body), [SECRET]);
      const theirs = await shopify.webhooks.validate({
        rawBody: body,
        rawRequest: new Request("https://app.invalid/", { headers: given }) as never,
      });
      expect(ours.verified).toBe(flip === null);
      expect(ours.verified).toBe(theirs.valid);
    }),
    { numRuns: 100 },
  );
});
