import { createHmac } from "node:crypto";
import "@shopify/shopify-api/adapters/web-api";
import { ApiVersion, shopifyApi } from "@shopify/shopify-api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { verifyProxy } from "./verify-proxy.ts";

const SECRET = "a-secret";
const NOW_MS = 1_790_000_000_000;

/** Shopify's side, written apart: names and values as given, bytes sorted, hex. */
function sign(pairs: readonly (readonly [string, string])[], secret = SECRET): URLSearchParams {
  const names = [...new Set(pairs.map(([name]) => name))];
  const joined = names.map(
    (name) =>
      `${name}=${pairs
        .filter(([other]) => other === name)
        .map(([, value]) => value)
        .join(",")}`,
  );
  const text = joined.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).join("");
  return new URLSearchParams([
    ...pairs.map(([n, v]): [string, string] => [n, v]),
    ["signature", createHmac("sha256", secret).update(text).digest("hex")],
  ]);
}

const basis = [
  ["shop", "a-shop.myshopify.com"],
  ["path_prefix", "/apps/lojal"],
  ["timestamp", String(NOW_MS / 1000)],
  ["logged_in_customer_id", "77"],
] as const;

test("a request signed by Shopify names its shop and shopper", async () => {
  const verdict = await verifyProxy(sign(basis), [SECRET], NOW_MS);
  expect(verdict).toEqual({ verified: true, shopper: { shop: "a-shop.myshopify.com", customerId: "77" } });
});

test("parameters of our own, in any letters and repeated, are part of what is signed", async () => {
  const extra = [...basis, ["Zed", "1"], ["alpha", "ö & ="], ["ids", "1"], ["ids", "2"]] as const;
  expect(await verifyProxy(sign(extra), [SECRET], NOW_MS)).toMatchObject({ verified: true });
});

test.each(["shop", "path_prefix", "timestamp", "logged_in_customer_id", "signature"])(
  "a repeated %s is refused",
  async (name) => {
    const signed = sign(basis);
    const query = name === "signature" ? signed : sign([...basis, [name, "999"]]);
    if (name === "signature") query.append("signature", query.get("signature") ?? "");
    expect(await verifyProxy(query, [SECRET], NOW_MS)).toEqual({ verified: false, reason: "bad-signature" });
  },
);

test.each([
  [91, "stale"],
  [-91, "stale"],
])("a request of %s s ago is %s", async (seconds, reason) => {
  expect(await verifyProxy(sign(basis), [SECRET], NOW_MS + seconds * 1000)).toEqual({ verified: false, reason });
});

test.each([90, -90])("a request of %s s ago is fresh", async (seconds) => {
  expect(await verifyProxy(sign(basis), [SECRET], NOW_MS + seconds * 1000)).toMatchObject({ verified: true });
});

test.each([
  ["shop", "evil.example.com"],
  ["shop", ""],
  ["timestamp", "soon"],
  ["timestamp", ""],
  ["path_prefix", ""],
])("a signed query with %s=%j is refused", async (name, value) => {
  const pairs = basis.map(([n, v]) => [n, n === name ? value : v] as const);
  expect(await verifyProxy(sign(pairs), [SECRET], NOW_MS)).toEqual({ verified: false, reason: "bad-signature" });
});

test.each(["", "0", "abc", "77,78", "-7"])("logged_in_customer_id=%j is nobody", async (value) => {
  const pairs = basis.map(([n, v]) => [n, n === "logged_in_customer_id" ? value : v] as const);
  expect(await verifyProxy(sign(pairs), [SECRET], NOW_MS)).toEqual({ verified: false, reason: "signed-out" });
});

test("no change to a signed query passes", async () => {
  const signed = sign(basis).toString();
  await fc.assert(
    fc.asyncProperty(fc.nat(signed.length - 1), fc.constantFrom(..."0a=&Z%"), async (at, character) => {
      const changed = signed.slice(0, at) + character + signed.slice(at + 1);
      fc.pre(new URLSearchParams(changed).toString() !== signed);
      expect(await verifyProxy(new URLSearchParams(changed), [SECRET], NOW_MS)).toMatchObject({ verified: false });
    }),
    { numRuns: 400 },
  );
});

test("another secret's signature is refused", async () => {
  expect(await verifyProxy(sign(basis, "another"), [SECRET], NOW_MS)).toMatchObject({ verified: false });
});

test("where the official library's check differs, ours is Shopify's: names sorted by bytes, nobody named twice", async () => {
  const shopify = shopifyApi({
    apiKey: "key",
    apiSecretKey: SECRET,
    apiVersion: ApiVersion.October26,
    isEmbeddedApp: true,
    hostName: "app.invalid",
    logger: { log: () => undefined },
  });
  const now = String(Math.floor(Date.now() / 1000));
  const fresh = basis.map(([name, value]) => [name, name === "timestamp" ? now : value] as const);
  const theirs = async (query: URLSearchParams): Promise<boolean> => {
    const params = Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(",")]));
    return await shopify.utils.validateHmac(params, { signator: "appProxy" }).catch(() => false);
  };
  const ours = async (query: URLSearchParams): Promise<boolean> =>
    (await verifyProxy(query, [SECRET], Date.now())).verified;

  const capital = sign([...fresh, ["Zed", "1"], ["alpha", "2"]]);
  expect([await ours(capital), await theirs(capital)]).toEqual([true, false]);
  const twice = sign([["logged_in_customer_id", "999"], ...fresh]);
  expect([await ours(twice), await theirs(twice)]).toEqual([false, true]);
});
