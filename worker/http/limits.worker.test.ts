/** Cloudflare's own counters, as the platform has them on this machine: who is over a limit, who is not, and what a shopper never reaches. */
import { env, exports } from "cloudflare:workers";
import { type NeonQueryFunction, neon } from "@neondatabase/serverless";
import { beforeAll, expect, test } from "vitest";
import { superuserPassword } from "../../dev/settings.ts";
import { expectProblem, orderText, proxyQuery, right, sign, webhookHeaders } from "../../dev/test-requests.ts";
import type { Env } from "../env.ts";

const bindings = env as unknown as Env;
const run = crypto.randomUUID().slice(0, 8);

let sql: NeonQueryFunction<false, false>;
beforeAll(() => {
  const url = new URL(bindings.DATABASE_URL);
  [url.username, url.password] = ["postgres", superuserPassword];
  sql = neon(url.href, { disableWarningInBrowsers: true });
});

let shops = 0;
async function newShop(): Promise<string> {
  const shop = `limits-${run}-${++shops}.myshopify.com`;
  await sql`
    with shop as (
      insert into shops (domain, currency, newest_program_version, painted_program_version) values (${shop}, 'USD', 1, 1) returning id)
    insert into program_versions (shop_id, version, in_force_from, program)
    select id, 1, '2000-01-01', ${JSON.stringify({ earn: { points: 1, perMinor: 100 }, pendingDays: 0, rewards: [] })}::jsonb from shop`;
  return shop;
}

const ask = (shop: string, customer: string, path: string, json?: unknown): Promise<Response> =>
  exports.default.fetch(
    `https://lojal.test/proxy${path}?${sign(proxyQuery({ shop, customer }))}`,
    json === undefined ? {} : { method: "POST", body: JSON.stringify(json) },
  );
const redeem = (shop: string, customer: string) =>
  ask(shop, customer, "/redemptions", { id: crypto.randomUUID(), reward_id: "off-500" });

async function fill(limiter: RateLimit, key: string): Promise<void> {
  for (let isFull = false; !isFull; ) {
    const answers = await Promise.all(Array.from({ length: 200 }, () => limiter.limit({ key })));
    isFull = answers.some(({ success }) => !success);
  }
}

/** A period may end between the filling and the asking: then both again. */
async function refusal(limiter: RateLimit, key: string, act: () => Promise<Response>): Promise<Response> {
  for (let tries = 0; ; tries++) {
    await fill(limiter, key);
    const answer = await act();
    if (answer.status === 429 || tries > 2) return answer;
  }
}

test("a shopper's writes and reads are limited apart, and nobody else's with them", async () => {
  const [shop, other] = [await newShop(), await newShop()];
  const key = `${shop} 7001`;
  const refused = await refusal(bindings.SHOPPER_WRITES, key, () => redeem(shop, "7001"));
  expect(refused.headers.get("retry-after")).toBe("60");
  await expectProblem(refused, 429, "rate-limited");
  expect(await sql`select 1 from redemptions r join shops s on s.id = r.shop_id where s.domain = ${shop}`).toEqual([]);
  expect((await ask(shop, "7001", "/member")).status).toBe(200);
  for (const [where, who] of [
    [shop, "7002"],
    [other, "7001"],
  ] as const)
    await expectProblem(await redeem(where, who), 404, "unknown-reward");
  await expectProblem(
    await refusal(bindings.SHOPPER_READS, key, () => ask(shop, "7001", "/member")),
    429,
    "rate-limited",
  );
  expect((await ask(shop, "7002", "/member")).status).toBe(200);
});

test("a shop's shoppers together are limited, other shops and the shop's own deliveries are not", async () => {
  const [shop, other] = [await newShop(), await newShop()];
  const refused = await refusal(bindings.SHOP_REQUESTS, shop, () => ask(shop, "7003", "/member"));
  expect(refused.headers.get("retry-after")).toBe("10");
  await expectProblem(refused, 429, "rate-limited");
  expect((await ask(other, "7003", "/member")).status).toBe(200);
  const body = orderText({ customer: "7003" }, 100);
  const headers = webhookHeaders(shop, "orders/paid", right(body));
  expect((await exports.default.fetch("https://lojal.test/webhooks", { method: "POST", headers, body })).status).toBe(
    200,
  );
});

test("/healthz is limited by address: each asks the database, and anybody may ask", async () => {
  const from = (address: string) =>
    exports.default.fetch("https://lojal.test/healthz", { headers: { "CF-Connecting-IP": address } });
  await expectProblem(await refusal(bindings.HEALTH_CHECKS, "192.0.2.1", () => from("192.0.2.1")), 429, "rate-limited");
  expect((await from("192.0.2.2")).status).toBe(200);
});

test("sixteen redemptions of one shopper at once, and three hundred reads of one shop, are within the limits", async () => {
  const shop = await newShop();
  const redeemed = await Promise.all(Array.from({ length: 16 }, () => redeem(shop, "7004")));
  expect(new Set(redeemed.map(({ status }) => status))).toEqual(new Set([404]));
  const read = await Promise.all(Array.from({ length: 300 }, (_, n) => ask(shop, String(8_000 + (n % 3)), "/member")));
  expect(new Set(read.map(({ status }) => status))).toEqual(new Set([200]));
});
