/** Everything near a genuine signature that is none: each is tried, and not one is accepted (OWASP API2). */
import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { signProxyQuery } from "../../dev/shopify/proxy.ts";
import { signWebhook } from "../../dev/shopify/webhooks.ts";
import { verifyProxy } from "./verify-proxy.ts";
import { verifyWebhook } from "./verify-webhook.ts";

const SECRET = "shpss-of-this-test";
const NOW_MS = 1_790_000_000_000;
/** What somebody may have instead of the secret. */
const WRONG_SECRETS = [
  "x",
  SECRET.slice(1),
  SECRET.slice(0, -1),
  `${SECRET} `,
  ` ${SECRET}`,
  `${SECRET}\n`,
  SECRET.toUpperCase(),
  Buffer.from(SECRET).toString("base64"),
  Buffer.from(SECRET).toString("hex"),
  SECRET.split("").reverse().join(""),
  "lojal-dev-secret",
  "undefined",
  "null",
];

const encoder = new TextEncoder();
const buffer = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer as ArrayBuffer;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const nextLetter = (letter: string, more: number): string => ALPHABET[ALPHABET.indexOf(letter) + more] ?? "";

/** All that differ from these bytes in one bit. */
function* bitFlips(bytes: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield flipped;
  }
}

const BODY = '{"id":450789469,"total_price":"120.00"}';
const bodyBytes = encoder.encode(BODY);
const genuine = signWebhook(BODY, SECRET);

async function isWebhookAccepted(signature: string, body: Uint8Array = bodyBytes): Promise<boolean> {
  const headers = new Headers({ "X-Shopify-Topic": "orders/paid", "X-Shopify-Shop-Domain": "a-shop.myshopify.com" });
  try {
    headers.set("X-Shopify-Hmac-Sha256", signature);
  } catch {
    return false;
  }
  return (await verifyWebhook(headers, buffer(body), [SECRET])).verified;
}

test("of a webhook, no flipped bit of the signature or the body, no cut, no other secret, no other encoding is accepted", async () => {
  expect(await isWebhookAccepted(genuine)).toBe(true);
  const raw = Buffer.from(genuine, "base64");
  const signatures = [
    ...[...bitFlips(raw)].map((bytes) => Buffer.from(bytes).toString("base64")),
    ...Array.from({ length: genuine.length }, (_, length) => genuine.slice(0, length)),
    ...Array.from({ length: raw.length }, (_, length) => raw.subarray(0, length).toString("base64")),
    ...WRONG_SECRETS.map((secret) => signWebhook(BODY, secret)),
    ...["sha1", "sha384", "sha512", "md5"].map((hash) => createHmac(hash, SECRET).update(BODY).digest("base64")),
    // The same bytes, for a decoder that does not mind the last letter's unused bits.
    ...["A", "Z", "a", "z", "0", "9", "+", "/", ...genuine].map((letter) => `${genuine.slice(0, 42)}${letter}=`),
    ...[1, 2, 3].map((more) => `${genuine.slice(0, 42)}${nextLetter(genuine[42] ?? "", more)}=`),
    `${genuine}=`,
    `${genuine},${genuine}`,
    genuine.replace("=", ""),
    raw.toString("hex"),
    raw.toString("base64url"),
    Buffer.alloc(32).toString("base64"),
    "=".repeat(44),
    BODY,
  ].filter((signature) => signature !== genuine);
  const bodies = [
    ...bitFlips(bodyBytes),
    ...Array.from({ length: bodyBytes.length }, (_, length) => bodyBytes.slice(0, length)),
    ...["", " ", "\0"].flatMap((more) => [encoder.encode(more), encoder.encode(`${more}x`)]),
    encoder.encode(` ${BODY}`),
    encoder.encode(`${BODY}\n`),
    encoder.encode(JSON.stringify(JSON.parse(BODY), null, 1)),
  ];
  let accepted = 0;
  for (const signature of signatures) accepted += Number(await isWebhookAccepted(signature));
  for (const body of bodies) accepted += Number(await isWebhookAccepted(genuine, body));
  expect([signatures.length > 350, bodies.length > 350, accepted]).toEqual([true, true, 0]);
});

const pairs = {
  shop: "a-shop.myshopify.com",
  path_prefix: "/apps/lojal",
  timestamp: String(NOW_MS / 1000),
  logged_in_customer_id: "7001",
};

function signed(changes: Readonly<Record<string, string>> = {}, secret = SECRET): URLSearchParams {
  const query = new URLSearchParams({ ...pairs, ...changes });
  query.set("signature", signProxyQuery(query, secret));
  return query;
}

const isProxyAccepted = async (query: URLSearchParams, nowMs = NOW_MS): Promise<boolean> =>
  (await verifyProxy(query, [SECRET], nowMs)).verified;

test("of a proxy request, no flipped bit of the signature or a value, no cut, no other secret, no renamed or moved parameter is accepted", async () => {
  expect(await isProxyAccepted(signed())).toBe(true);
  const signature = signed().get("signature") ?? "";
  const withSignature = (other: string) => {
    const query = signed();
    query.set("signature", other);
    return query;
  };
  const valueFlips = Object.entries(pairs).flatMap(([name, value]) =>
    [...bitFlips(encoder.encode(value))].map((bytes) => {
      const query = signed();
      query.set(name, new TextDecoder("latin1").decode(bytes));
      return query;
    }),
  );
  const forgeries = [
    ...[...bitFlips(Buffer.from(signature, "hex"))].map((bytes) => withSignature(Buffer.from(bytes).toString("hex"))),
    ...Array.from({ length: signature.length }, (_, length) => withSignature(signature.slice(0, length))),
    ...["", "0", signature].map((more) => withSignature(`${signature}${more} `)),
    withSignature(signature.toUpperCase()),
    withSignature(Buffer.from(signature, "hex").toString("base64")),
    ...WRONG_SECRETS.map((secret) => signed({}, secret)),
    ...valueFlips,
    ...Object.keys(pairs).map((name) => {
      const query = signed();
      const value = query.get(name) ?? "";
      query.delete(name);
      query.set(name.toUpperCase(), value);
      return query;
    }),
    // What a webhook's signature would be of the same text.
    withSignature(Buffer.from(signWebhook(signed().toString(), SECRET), "base64").toString("hex")),
  ];
  let accepted = 0;
  for (const query of forgeries) accepted += Number(await isProxyAccepted(query));
  expect([forgeries.length > 700, accepted]).toEqual([true, 0]);
});

test("a replayed proxy request is good for ninety seconds, the clock's difference either way, and never again", async () => {
  const query = signed();
  const later = [91, 120, 600, 3_600, 86_400, 365 * 86_400, -91, -3_600].map((seconds) => NOW_MS + seconds * 1000);
  const answers = await Promise.all(later.map((nowMs) => isProxyAccepted(query, nowMs)));
  expect(answers.filter(Boolean)).toEqual([]);
  // A fresh time put in place of the old one breaks the signature.
  const freshened = signed();
  freshened.set("timestamp", String(NOW_MS / 1000 + 3_600));
  expect(await isProxyAccepted(freshened, NOW_MS + 3_600_000)).toBe(false);
});
