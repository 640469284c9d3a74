/** What is counted against whom, and that a counter which is away closes nothing; limits.worker.test.ts has Cloudflare's own counters. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { noLimits } from "../../dev/no-limits.ts";
import { localSettings } from "../../dev/settings.ts";
import { expectProblem, proxyQuery, right, sign, webhookHeaders } from "../../dev/test-requests.ts";
import { createApp, openRooms } from "../app.ts";
import { type Limits, limitsOf, PERIOD_SECONDS } from "./limits.ts";

const shopper = { shop: "counted.myshopify.com", customer: "7001" };
const OWN = "counted.myshopify.com 7001";

let events: Record<string, unknown>[];
let asked: [limit: string, key: string][];
beforeEach(() => {
  events = [];
  asked = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void events.push(JSON.parse(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** An app whose counters say what they were asked; `full` are those that let nobody on. There is no database behind it. */
function appWith(full: readonly (keyof Limits)[], refuse = () => ({ success: false })) {
  const names = Object.keys(noLimits()) as (keyof Limits)[];
  const counters = names.map((name) => [
    name,
    {
      limit: async ({ key }: { key: string }) => {
        asked.push([name, key]);
        return full.includes(name) ? refuse() : { success: true };
      },
    },
  ]);
  const rooms = openRooms(localSettings("no_such_database"), { send: () => Promise.resolve() });
  const app = createApp(
    () => rooms,
    () => Object.fromEntries(counters) as Limits,
  );
  return async (method: string, path: string, query = sign(proxyQuery(shopper))) =>
    await app.request(`/proxy${path}?${query}`, method === "POST" ? { method, body: "{}" } : { method });
}

test("a read and a write are counted apart, by shop and customer, then for the shop as a whole", async () => {
  const ask = appWith(["shop"]);
  await expectProblem(await ask("GET", "/member"), 429, "rate-limited");
  await expectProblem(await ask("POST", "/redemptions"), 429, "rate-limited");
  expect((await ask("HEAD", "/member")).status).toBe(429);
  expect(asked).toEqual([
    ["shopperReads", OWN],
    ["shop", shopper.shop],
    ["shopperWrites", OWN],
    ["shop", shopper.shop],
    ["shopperReads", OWN],
    ["shop", shopper.shop],
  ]);
});

test("a shopper over their own share takes nothing of their shop's", async () => {
  const answer = await appWith(["shopperWrites"])("POST", "/redemptions");
  expect(answer.headers.get("retry-after")).toBe("60");
  await expectProblem(answer, 429, "rate-limited");
  expect(asked).toEqual([["shopperWrites", OWN]]);
  expect(events).toMatchObject([{ event: "request", status: 429, reason: "shopperWrites" }]);
});

test("what is not signed is counted against nobody", async () => {
  const ask = appWith(["shopperReads", "shopperWrites", "shop"]);
  for (const query of [proxyQuery(shopper), sign(proxyQuery(shopper), "another secret"), new URLSearchParams()])
    await expectProblem(await ask("GET", "/member", query), 401, "bad-signature");
  expect(asked).toEqual([]);
});

test("a counter that cannot be asked lets everybody on, and the event says so", async () => {
  const broken = () => {
    throw new TypeError("the counter's own words");
  };
  const ask = appWith(["shopperReads", "shopperWrites", "shop"], broken);
  // There is no database behind the app: to be answered by that is to have been let on.
  for (const [method, path] of [
    ["GET", "/member"],
    ["POST", "/redemptions"],
  ] as const)
    expect((await ask(method, path)).status).toBeGreaterThanOrEqual(500);
  expect(events).toHaveLength(2);
  expect(JSON.stringify(events)).not.toContain("own words");
  expect(asked).toHaveLength(4);
});

test("a delivery of Shopify's is never counted: nothing is lost", async () => {
  const all = Object.keys(noLimits()) as (keyof Limits)[];
  const rooms = openRooms(localSettings("no_such_database"), { send: () => Promise.resolve() });
  const counted = vi.fn(async () => ({ success: false }));
  const limits = Object.fromEntries(all.map((name) => [name, { limit: counted }])) as unknown as Limits;
  const headers = webhookHeaders(shopper.shop, "orders/paid", right("{}"));
  const app = createApp(
    () => rooms,
    () => limits,
  );
  expect((await app.request("/webhooks", { method: "POST", headers, body: "{}" })).status).toBe(200);
  expect(counted).not.toHaveBeenCalled();
});

test("each limit is a binding of wrangler.toml, and callers are told to wait for as long as it counts", () => {
  const text = readFileSync(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
  const tables = text.matchAll(
    /^\[\[ratelimits\]\]\nname = "(\w+)"\n.*\nsimple = \{ limit = \d+, period = (\d+) \}$/gm,
  );
  const named = Object.fromEntries([...tables].map(([, name, period]) => [name, Number(period)]));
  const bound = limitsOf(new Proxy({}, { get: (_, name) => named[String(name)] }) as never);
  expect(bound).toEqual(PERIOD_SECONDS);
  expect(Object.keys(named)).toHaveLength(Object.keys(PERIOD_SECONDS).length);
});
