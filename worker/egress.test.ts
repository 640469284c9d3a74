/**
 * Where the worker sends requests, as its sources say: to the database of its settings, and to Shopify's address of a shop whose name is a
 * shop's. No address comes from a request's body, query or headers (OWASP API7). Whoever adds a call adds it here.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apiSecret } from "../dev/settings.ts";
import { proxyQuery, sign } from "../dev/test-requests.ts";
import { verifyProxy } from "./shopify/verify-proxy.ts";

const root = join(import.meta.dirname, "..");
const sources = globSync("worker/**/*.ts", { cwd: root })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => !/\.test\.ts$/.test(path))
  .map((path) => ({
    path,
    text: readFileSync(join(root, path), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ""),
  }));

/** Each line of the sources that a pattern finds, by file. */
function found(pattern: RegExp): Record<string, string[]> {
  const lines = sources.map(({ path, text }) => [path, text.split("\n").filter((line) => pattern.test(line))] as const);
  return Object.fromEntries(
    lines.filter(([, some]) => some.length > 0).map(([path, some]) => [path, some.map((l) => l.trim())]),
  );
}

test("only Shopify's own client, in its room, and the database's driver send anything", () => {
  // `app.fetch` and a door named fetch are how the worker is asked, not how it asks.
  const calls = found(
    /(?<![.\w])fetch\s*\(|globalThis\.fetch|\bnew (WebSocket|EventSource)\b|cloudflare:sockets|node:(http|https|net|tls|dns)\b|XMLHttpRequest/,
  );
  // What runs in the admin page asks the worker, in a browser.
  expect(Object.keys(calls).filter((path) => path !== "worker/admin/browser-script.ts")).toEqual([]);
  expect(Object.keys(found(/\bneon\(|\bdrizzle\(/))).toEqual(["worker/db/client.ts"]);
  const clients = Object.keys(found(/createAdminApiClient|createGraphQLClient|shopifyApi\(|clients\.Graphql/));
  expect(clients).not.toEqual([]);
  for (const path of clients) expect(path).toMatch(/^worker\/shopify\//);
});

test("no address is put together: those that are written out are Shopify's, and stand in a page for a browser", () => {
  const written = Object.entries(found(/https?:\/\//)).flatMap(([path, lines]) =>
    lines.flatMap((line) =>
      [...line.matchAll(/https?:\/\/([^\s/"'`;,)]*)/g)].map(([, host = ""]) => [path, host] as const),
    ),
  );
  for (const [path, host] of written) {
    expect(path).toMatch(/^worker\/admin\//);
    // The last is a shop whose name was looked at, where a page says who may frame it.
    expect(host).toMatch(/^(cdn\.shopify\.com|admin\.shopify\.com|\$\{shop\})$/);
  }
});

test("the name of a shop is a shop's: whoever would be asked elsewhere is nobody", async () => {
  const names = [
    "evil.example.com",
    "a.myshopify.com.evil.example",
    "a.myshopify.com@evil",
    "a.myshopify.com/x",
    "127.0.0.1",
    "-a.myshopify.com",
    "A.myshopify.com",
    "a.b.myshopify.com",
    "a.myshopify.com\n",
  ];
  for (const shop of names) {
    const query = sign(proxyQuery({ shop, customer: "7001" }));
    expect(await verifyProxy(query, [apiSecret], Date.now()), shop).toMatchObject({ verified: false });
  }
});
