import { expect, test } from "vitest";
import { newWorld } from "../shopify/local-shopify.fixture.ts";
import { createLocalShopify } from "../shopify/local-shopify.ts";
import { localStorefront } from "./local-shop.ts";
import { createStorefront } from "./storefront.ts";

const domain = "lojal-dev.myshopify.com";

test("a shop of the local Shopify can be walked through, from the goods to the thank-you page", async () => {
  const asked: Request[] = [];
  const local = createLocalShopify({
    apiKey: "key",
    apiSecret: "secret",
    workerUrl: () => "http://127.0.0.1:1",
    clock: () => new Date(),
    log: () => undefined,
    wait: () => Promise.resolve(),
    webhooks: { send: () => Promise.resolve(new Response(null)) },
    sendProxied: (request) => {
      asked.push(request);
      return Promise.resolve(Response.json({ available: 5 }));
    },
  });
  const shop = local.state.putShop({ domain, currency: "EUR", name: "Northlight", taxesIncluded: false });
  shop.adoptCustomer("7");
  const program = { v: 1, currency: "EUR", earn: { points: 10, per_minor: 1000 }, rewards: [] };
  shop.metafields.set({
    owner: shop.installationGid,
    namespace: "lojal",
    key: "program",
    type: "json",
    value: JSON.stringify(program),
  });
  const member = JSON.stringify({ v: 1, available: 321, codes: [] });
  shop.metafields.set({
    owner: "gid://shopify/Customer/7",
    namespace: "$app",
    key: "loyalty",
    type: "json",
    value: member,
  });
  shop.discounts.create({
    title: "x",
    code: "LOJAL-X",
    startsAt: new Date(0),
    endsAt: null,
    customers: ["7"],
    items: null,
    value: { kind: "amount", minor: 5000, eachItem: false },
    minimumSubtotal: null,
    minimumQuantity: null,
    usageLimit: 1,
    appliesOncePerCustomer: true,
    combinesWith: { order: false, product: false, shipping: true },
    tags: [],
  });
  const app = createStorefront(localStorefront(local, domain));
  let cookie = "customer=7";
  const ask = async (path: string, form?: Record<string, string>): Promise<string> => {
    const init = form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) };
    const response = await app.request(path, { ...init, headers: { cookie } });
    for (const set of response.headers.getSetCookie()) cookie += `; ${set.replace(/;.*/, "")}`;
    return response.text();
  };
  expect(await ask("/products/linen-shirt")).toContain("Earn 89 points");
  await ask("/cart/add", { id: shop.products[0]?.variants[0]?.id ?? "" });
  const answer = JSON.parse(await ask("/cart/update.js", { discount: "LOJAL-X,NO" }));
  expect(answer.discount_codes.map(({ applicable }: { applicable: boolean }) => applicable)).toEqual([true, false]);
  expect(await ask("/cart")).toMatch(/data-lojal="available">321</);
  expect(await ask("/apps/lojal/member")).toContain('"available":5');
  expect(new URL(asked[0]?.url ?? "").searchParams.get("logged_in_customer_id")).toBe("7");
  const thanks = await ask("/checkout", {});
  expect(thanks).toContain("LOJAL-X");
  expect(thanks).toContain("€39,00");
});

test.each([
  ["a percentage, rounded up", { kind: "percentage", fraction: 0.1234 }],
  ["an amount off each item, more than some cost", { kind: "amount", minor: 5000, eachItem: true }],
  ["an amount off the whole, more than it costs", { kind: "amount", minor: 9_000_000, eachItem: false }],
] as const)("the cart says of a code what the checkout takes off: %s", async (_name, value) => {
  const world = newWorld();
  const { shop } = world;
  const restrictions = { minimumSubtotal: null, minimumQuantity: null, usageLimit: 1, appliesOncePerCustomer: true };
  const combinesWith = { order: false, product: false, shipping: true };
  const whose = { title: "x", code: "LOJAL-X", startsAt: new Date(0), endsAt: null, customers: ["7"], tags: [] };
  shop.discounts.create({ ...whose, ...restrictions, combinesWith, items: null, value });
  const lines = shop.products.map(({ variants }) => ({ variantId: variants[0]?.id ?? "", quantity: 3 }));
  const store = localStorefront(world.shopify, shop.domain);
  const cart = { lines, subtotalMinor: 0, quantity: 0 };
  const [said] = await store.evaluateCodes(cart, "7", ["LOJAL-X"]);
  const bought = await store.checkout({ customerId: "7", lines, codes: ["LOJAL-X"] });
  expect(said?.discountMinor).toBeGreaterThan(0);
  expect(bought).toMatchObject({ ok: true, order: { discounts: [{ amountMinor: said?.discountMinor }] } });
});
