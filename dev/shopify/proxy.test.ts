import { expect, test } from "vitest";
import { createProxy, signProxyQuery, type Visitor } from "./proxy.ts";

const secret = "lojal-dev-secret";

/** Shopify's rule once more, by other means: code-unit order of ASCII text, and Web Crypto. */
async function expectedSignature(query: string): Promise<string> {
  const values: Record<string, string[]> = {};
  for (const pair of query.split("&")) {
    const [name = "", value = ""] = pair.split("=").map((part) => decodeURIComponent(part.replaceAll("+", " ")));
    if (name !== "signature") values[name] = [...(values[name] ?? []), value];
  }
  const text = Object.entries(values)
    .map(([name, all]) => `${name}=${all.join(",")}`)
    .sort((a, b) => (a < b ? -1 : 1))
    .join("");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, ["sign"]);
  return Buffer.from(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text))).toString("hex");
}

async function forward(request: Request, customerId: string | null): Promise<{ sent: Request; answer: Response }> {
  const sent: Request[] = [];
  const proxy = createProxy({
    workerUrl: () => "http://worker.test",
    apiSecret: secret,
    clock: () => new Date("2026-11-22T10:00:00.900Z"),
    send: async (given) => {
      sent.push(given);
      return new Response("made", { status: 201, headers: { "set-cookie": "a=b", "x-kept": "yes" } });
    },
  });
  const visitor: Visitor = { shop: "lojal-dev.myshopify.com", customerId };
  const answer = await proxy(request, visitor);
  const [first] = sent;
  if (first === undefined) throw new Error("nothing was forwarded");
  return { sent: first, answer };
}

test("a request goes on to the worker signed, with method and body, without cookies", async () => {
  const request = new Request("https://shop.test/apps/lojal/redemptions?locale=sv", {
    method: "POST",
    headers: { cookie: "secret=1", "content-type": "application/json" },
    body: '{"id":"1"}',
  });
  const { sent, answer } = await forward(request, "7001");
  const url = new URL(sent.url);
  expect(url.origin + url.pathname).toBe("http://worker.test/proxy/redemptions");
  const params = Object.fromEntries(url.searchParams);
  expect(params).toEqual({
    locale: "sv",
    shop: "lojal-dev.myshopify.com",
    logged_in_customer_id: "7001",
    path_prefix: "/apps/lojal",
    timestamp: "1795341600",
    signature: await expectedSignature(url.search.slice(1)),
  });
  expect(sent.method).toBe("POST");
  expect(sent.headers.get("cookie")).toBeNull();
  expect(sent.headers.get("content-type")).toBe("application/json");
  expect(await sent.text()).toBe('{"id":"1"}');
  expect([answer.status, await answer.text(), answer.headers.get("x-kept")]).toEqual([201, "made", "yes"]);
  expect(answer.headers.get("set-cookie")).toBeNull();
});

test("a guest's customer id is empty, and is signed so", async () => {
  const { sent } = await forward(new Request("https://shop.test/apps/lojal/member"), null);
  const { searchParams, search } = new URL(sent.url);
  expect(searchParams.get("logged_in_customer_id")).toBe("");
  expect(searchParams.get("signature")).toBe(await expectedSignature(search.slice(1)));
});

test("names are sorted by bytes, repeats are joined, values are decoded", async () => {
  const query = "alpha=1&Zed=2&extra=1&extra=2&spaced=a+b%26c&consented=1&consentGiven=2";
  expect(signProxyQuery(new URLSearchParams(query), secret)).toBe(await expectedSignature(query));
  const shopifys =
    "extra=1&extra=2&shop=shop-name.myshopify.com&path_prefix=%2Fapps%2Fawesome_reviews&timestamp=1317327555";
  // The worked example of Shopify's documentation of app proxies.
  expect(signProxyQuery(new URLSearchParams(`${shopifys}&logged_in_customer_id=`), "hush")).toBe(
    await expectedSignatureWith(
      "hush",
      `extra=1,2logged_in_customer_id=path_prefix=/apps/awesome_reviewsshop=shop-name.myshopify.comtimestamp=1317327555`,
    ),
  );
});

async function expectedSignatureWith(key: string, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", new TextEncoder().encode(key), algorithm, false, ["sign"]);
  return Buffer.from(await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(text))).toString("hex");
}

test("a path outside the app's is not the proxy's", async () => {
  const proxy = createProxy({ workerUrl: () => "http://worker.test", apiSecret: secret, clock: () => new Date() });
  const visitor = { shop: "lojal-dev.myshopify.com", customerId: null };
  expect((await proxy(new Request("https://shop.test/apps/lojalty/x"), visitor)).status).toBe(404);
});
