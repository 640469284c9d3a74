/** The worker's doors inside workerd: who is let in, what is recorded, and the three ways Cloudflare calls: fetch, queue, scheduled. */
import { createExecutionContext, createMessageBatch, createScheduledController, getQueueResult } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { type NeonQueryFunction, neon } from "@neondatabase/serverless";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { superuserPassword } from "../../dev/settings.ts";
import { signWebhook } from "../../dev/shopify/webhooks.ts";
import {
  expectProblem,
  orderText,
  proxyQuery,
  right,
  secondsAgo,
  sign,
  webhookHeaders,
} from "../../dev/test-requests.ts";
import type { OrderNews } from "../domain/order.ts";
import type { Env } from "../env.ts";
import type { Job } from "../flows/jobs.ts";

const LIMIT = 5 * 1024 * 1024;
const bindings = env as unknown as Env;
const run = crypto.randomUUID().slice(0, 8);

/** The database's owner: above row-level security, for arranging and for looking behind the worker's back. */
let sql: NeonQueryFunction<false, false>;
beforeAll(() => {
  const url = new URL(bindings.DATABASE_URL);
  [url.username, url.password] = ["postgres", superuserPassword];
  sql = neon(url.href, { disableWarningInBrowsers: true });
});

interface World {
  readonly shop: string;
  readonly customer: string;
}

let worlds = 0;

/** A shop of a test's own without a token: 1 point per 1.00 USD, 500 points for 50.00. */
async function newShop(): Promise<World> {
  const shop = `worker-${run}-${++worlds}.myshopify.com`;
  const reward = { id: "off-500", name: "50.00 off", kind: "amount_off", cost: 500, valueMinor: 5_000 };
  const program = {
    earn: { points: 1, perMinor: 100 },
    pendingDays: 0,
    rewards: [{ ...reward, minimumMinor: null, codeDays: 30 }],
  };
  await sql`
    with shop as (
      insert into shops (domain, currency, newest_program_version, painted_program_version) values (${shop}, 'USD', 1, 1) returning id)
    insert into program_versions (shop_id, version, in_force_from, program)
    select id, 1, '2000-01-01', ${JSON.stringify(program)}::jsonb from shop`;
  return { shop, customer: String(5_000_000 + worlds) };
}

type Headings = Record<string, string | null>;

function delivery(
  { shop }: Pick<World, "shop">,
  topic: string,
  body: BodyInit,
  signature: string,
  extra: Headings = {},
) {
  const all: Headings = {
    ...webhookHeaders(shop, topic, signature),
    ...extra,
  };
  const headers = Object.entries(all).flatMap(([name, value]): [string, string][] =>
    value === null ? [] : [[name, value]],
  );
  return new Request("https://lojal.test/webhooks", { method: "POST", headers, body });
}

const deliver = (world: Pick<World, "shop">, topic: string, body: string, extra: Headings = {}) =>
  exports.default.fetch(delivery(world, topic, body, right(body), extra));

/** How much a shop's ledger holds: 0 when there is no trace of anything. */
async function traces({ shop }: Pick<World, "shop">): Promise<number> {
  const [row] = await sql`
    select (select count(*) from members t where t.shop_id = s.id) + (select count(*) from accounts t where t.shop_id = s.id)
      + (select count(*) from entries t where t.shop_id = s.id) + (select count(*) from lots t where t.shop_id = s.id)
      + (select count(*) from order_states t where t.shop_id = s.id)
      + (select count(*) from redemptions t where t.shop_id = s.id) as traces
    from shops s where s.domain = ${shop}`;
  return Number(row?.["traces"] ?? 0);
}

type WorkerModule = typeof import("../index.ts")["default"];

/** The worker from its start, over another queue: it opens its rooms once, so it is loaded anew before and after. */
async function withQueue<Answer>(
  send: (job: Job) => Promise<unknown>,
  act: (worker: WorkerModule, own: Env) => Promise<Answer> | Answer,
): Promise<Answer> {
  vi.resetModules();
  try {
    const { default: worker } = await import("../index.ts");
    const sendBatch = async (messages: Iterable<{ body: Job }>) => {
      for (const { body } of messages) await send(body);
    };
    const queue = { send, sendBatch } as unknown as Queue;
    return await act(worker, { ...bindings, JOBS: queue, BULK: queue });
  } finally {
    vi.resetModules();
  }
}

const setAsideOf = (shop: string) =>
  sql`select topic, reason from set_aside where shop_domain = ${shop} order by id` as unknown as Promise<unknown[]>;
const patient = { timeout: 15_000, interval: 100 };

describe("POST /webhooks", () => {
  test.each<[string, (body: string) => string | null]>([
    ["wrong", () => right("another body")],
    ["another secret's", (body) => signWebhook(body, "not-the-secret")],
    ["missing", () => null],
    ["empty", () => ""],
    ["truncated", (body) => right(body).slice(0, -1)],
    ["of a hash cut short", (body) => btoa(atob(right(body)).slice(0, 31))],
    ["written in hex", (body) => Buffer.from(right(body), "base64").toString("hex")],
  ])("401 for a delivery whose signature is %s, readable or not, and no trace of it", async (_name, signature) => {
    const world = await newShop();
    for (const body of [orderText(world, 100), "this is not JSON", ""]) {
      const answer = await deliver(world, "orders/paid", body, { "X-Shopify-Hmac-Sha256": signature(body) });
      await expectProblem(answer, 401, "bad-signature");
    }
    expect([await traces(world), await setAsideOf(world.shop)]).toEqual([0, []]);
  });

  test.each(["X-Shopify-Shop-Domain", "X-Shopify-Topic"])(
    "400 when a rightly signed delivery has no %s; an unsigned one does not learn that",
    async (header) => {
      const world = await newShop();
      const body = orderText(world, 100);
      for (const value of [null, ""]) {
        const { detail } = await expectProblem(
          await deliver(world, "orders/paid", body, { [header]: value }),
          400,
          "missing-header",
        );
        expect(detail).toContain(header);
      }
      const unsigned = { [header]: null, "X-Shopify-Hmac-Sha256": null };
      await expectProblem(await deliver(world, "orders/paid", body, unsigned), 401, "bad-signature");
      expect(await traces(world)).toBe(0);
    },
  );

  test("413 over 5 MiB, whether the length is declared or only turns out; exactly 5 MiB is read", async () => {
    const world = await newShop();
    const [whole, longer] = [" ".repeat(LIMIT), " ".repeat(LIMIT + 1)];
    const declared = { "Content-Length": String(LIMIT + 1) };
    await expectProblem(await deliver(world, "orders/paid", longer, declared), 413, "too-large");
    const stream = new Blob([longer]).stream();
    const streamed = delivery(world, "orders/paid", stream, right(longer));
    expect(streamed.headers.has("Content-Length")).toBe(false);
    await expectProblem(await exports.default.fetch(streamed), 413, "too-large");
    expect((await deliver(world, "orders/paid", whole)).status).toBe(200);
    await expect.poll(() => setAsideOf(world.shop), patient).toHaveLength(1);
  });

  test("200 for what is rightly signed and has no meaning here: recorded with the reason, no effect", async () => {
    const world = await newShop();
    const paid = orderText(world, 100);
    const cases: [topic: string, body: string, reason: string][] = [
      ["orders/paid", "{not json", "unreadable: not JSON"],
      ["orders/create", "", "unreadable: not JSON"],
      ["orders/updated", '{"id":1}', "unreadable: created_at"],
      ["orders/cancelled", "[]", "unreadable"],
      ["orders/fulfilled", paid.replaceAll('"100.00"', '"100,00"'), "unreadable"],
      ["refunds/create", '{"id":1}', "unreadable: order_id"],
      ["themes/publish", paid, "unknown-topic: themes/publish"],
    ];
    for (const [topic, body] of cases) {
      const answer = await deliver(world, topic, body);
      expect([answer.status, await answer.json()], topic).toEqual([200, { accepted: true, outcome: "recorded" }]);
    }
    const recorded = cases.map(([topic, , reason]) => ({ topic, reason: expect.stringMatching(`^${reason}`) }));
    await expect.poll(() => setAsideOf(world.shop), patient).toHaveLength(cases.length);
    expect(await setAsideOf(world.shop)).toEqual(expect.arrayContaining(recorded));
    expect(await traces(world)).toBe(0);
  });

  test("200 for a shop that is none of ours: recorded, no effect", async () => {
    const customer = "5999999";
    for (const shop of [`nobody-${run}.myshopify.com`, `no domain at all ${run}`]) {
      expect((await deliver({ shop }, "orders/paid", orderText({ customer }, 100))).status).toBe(200);
      await expect
        .poll(() => setAsideOf(shop), patient)
        .toEqual([{ topic: "orders/paid", reason: expect.stringMatching(/^unknown-shop/) }]);
    }
    expect(await sql`select 1 from members where customer_id = ${customer}`).toEqual([]);
  });

  test("503 when the queue takes nothing, so that Shopify delivers again", async () => {
    const world = await newShop();
    const body = orderText(world, 100);
    const request = delivery(world, "orders/paid", body, right(body));
    const refuse = () => Promise.reject(new Error("the queue's own words"));
    const answer = await withQueue(refuse, (worker, own) => worker.fetch(request, own, createExecutionContext()));
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await expectProblem(answer, 503, "unavailable")).not.toHaveProperty("cause");
    expect(await traces(world)).toBe(0);
  });
});

function ask(path: string, query: URLSearchParams, json?: unknown): Promise<Response> {
  const init = json === undefined ? {} : { method: "POST", body: JSON.stringify(json) };
  return exports.default.fetch(`https://lojal.test/proxy${path}?${query}`, init);
}

const balance = async (world: World): Promise<unknown> => (await ask("/member", sign(proxyQuery(world)))).json();

describe("who may ask under /proxy", () => {
  type Spoil = (query: URLSearchParams) => URLSearchParams;
  type Case = [name: string, slug: string, spoil: Spoil];
  /** A change that Shopify's signature covers, or one that was made after signing. */
  const signedWith =
    (change: (query: URLSearchParams) => void): Spoil =>
    (query) => {
      change(query);
      return sign(query);
    };
  const spoiledBy =
    (change: (query: URLSearchParams) => void): Spoil =>
    (query) => {
      sign(query);
      change(query);
      return query;
    };
  const set = (name: string, value: () => string) => (query: URLSearchParams) => query.set(name, value());
  const names = ["shop", "path_prefix", "timestamp", "logged_in_customer_id"];
  const cases: Case[] = [
    ["nothing in it", "bad-signature", () => new URLSearchParams()],
    ["no signature", "bad-signature", (query) => query],
    ["an empty signature", "bad-signature", spoiledBy(set("signature", () => ""))],
    [
      "a truncated signature",
      "bad-signature",
      spoiledBy((query) => query.set("signature", query.get("signature")?.slice(1) ?? "")),
    ],
    ["another secret's signature", "bad-signature", (query) => sign(query, "not-the-secret")],
    ["two signatures", "bad-signature", spoiledBy((query) => query.append("signature", query.get("signature") ?? ""))],
    ["a parameter added after signing", "bad-signature", spoiledBy((query) => query.append("after", "1"))],
    ...names.map((name): Case => [`a changed ${name}`, "bad-signature", spoiledBy(set(name, () => secondsAgo(1)))]),
    ...names.map(
      (name): Case => [`no ${name} since signing`, "bad-signature", spoiledBy((query) => query.delete(name))],
    ),
    ...names.map(
      (name): Case => [
        `a repeated ${name}, signed as Shopify would`,
        "bad-signature",
        signedWith((query) => query.append(name, "7999")),
      ],
    ),
    ["a shop that is no myshopify.com domain", "bad-signature", signedWith(set("shop", () => "evil.example.com"))],
    ["no shop", "bad-signature", signedWith((query) => query.delete("shop"))],
    ["no path prefix", "bad-signature", signedWith((query) => query.delete("path_prefix"))],
    ["a timestamp that is no number", "bad-signature", signedWith(set("timestamp", () => "now"))],
    ["a timestamp of 100 seconds ago", "stale-request", signedWith(set("timestamp", () => secondsAgo(100)))],
    ["a timestamp 100 seconds ahead", "stale-request", signedWith(set("timestamp", () => secondsAgo(-100)))],
    ["nobody signed in", "signed-out", signedWith(set("logged_in_customer_id", () => ""))],
    ["no customer parameter", "signed-out", signedWith((query) => query.delete("logged_in_customer_id"))],
    ["a customer id that is no number", "signed-out", signedWith(set("logged_in_customer_id", () => "7001 or 1=1"))],
  ];

  test.each(cases)("401 for a query with %s, on every route, and no trace", async (_name, slug, spoil) => {
    const world = await newShop();
    const id = crypto.randomUUID();
    const routes: [path: string, json?: unknown][] = [
      ["/member"],
      ["/history"],
      ["/rewards"],
      ["/redemptions"],
      [`/redemptions/${id}`],
      ["/redemptions", { id, reward_id: "off-500" }],
      [`/redemptions/${id}/cancel`, {}],
    ];
    for (const [path, json] of routes) await expectProblem(await ask(path, spoil(proxyQuery(world)), json), 401, slug);
    expect(await traces(world)).toBe(0);
  });

  test("a query of 85 seconds ago is fresh enough, and parameters of the shop's own may come several times", async () => {
    const query = proxyQuery(await newShop());
    query.set("timestamp", secondsAgo(85));
    for (const tag of ["a", "b"]) query.append("tag", tag);
    expect((await ask("/member", sign(query))).status).toBe(200);
  });

  test("404 for a shop that has no program here, even when signed", async () => {
    const stranger = { shop: `never-installed-${run}.myshopify.com`, customer: "7001" };
    await expectProblem(await ask("/member", sign(proxyQuery(stranger))), 404, "unknown-shop");
  });
});

test("a form in signs that nobody here reads is refused, and is no fault of ours", async () => {
  const url = `https://lojal.test/proxy/membership?${sign(proxyQuery(await newShop()))}`;
  const headers = { "Content-Type": "application/x-www-form-urlencoded; charset=utf-16" };
  const answer = await exports.default.fetch(url, { method: "POST", headers, body: "member=true" });
  await expectProblem(answer, 400, "invalid-request");
});

describe("many redemptions of one shopper at once, each a request of its own", () => {
  const redeemed = async (world: World, signal?: AbortSignal): Promise<number> => {
    const body = JSON.stringify({ id: crypto.randomUUID(), reward_id: "off-500" });
    const url = `https://lojal.test/proxy/redemptions?${sign(proxyQuery(world))}`;
    const answer = await exports.default.fetch(url, { method: "POST", body, ...(signal ? { signal } : {}) });
    await answer.text();
    return answer.status;
  };
  const rich = async (points: number): Promise<World> => {
    const world = await newShop();
    await deliver(world, "orders/paid", orderText(world, points));
    await expect.poll(() => balance(world), patient).toMatchObject({ available: points });
    return world;
  };
  const held = (count: number) => ({ available: 8_000 - 500 * count, held: 500 * count });

  test("are all answered, though they are decided together", async () => {
    const world = await rich(8_000);
    const statuses = await Promise.all(Array.from({ length: 12 }, () => redeemed(world)));
    expect(new Set(statuses)).toEqual(new Set([202]));
    expect(await balance(world)).toMatchObject(held(12));
  });

  test("are answered when the shopper of the first one goes away in the middle of it", async () => {
    const world = await rich(8_000);
    for (let turns = 0; turns < 4; turns++) {
      const leaving = new AbortController();
      const gone = redeemed(world, leaving.signal).catch(() => null);
      const others = Array.from({ length: 3 }, () => redeemed(world));
      for (let turn = 0; turn < 5 * turns; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
      leaving.abort();
      expect(await Promise.all(others)).toEqual([202, 202, 202]);
      await gone;
    }
  });
});

describe("queue and cron", () => {
  test("a delivery goes through the queue and becomes points", async () => {
    const world = await newShop();
    const answer = await deliver(world, "orders/paid", orderText(world, 1_200));
    expect([answer.status, await answer.json()]).toEqual([200, { accepted: true, outcome: "queued" }]);
    await expect.poll(() => balance(world), patient).toMatchObject({ available: 1_200, pending: 0, owed: 0 });
  });

  const asBatch = (queue: string, jobs: readonly Job[]) =>
    createMessageBatch<Job>(
      queue,
      jobs.map((body, index) => ({ id: String(index), timestamp: new Date(), attempts: 1, body })),
    );

  test("what cannot be done comes back alone, and what failed for good is recorded", async () => {
    const { default: worker } = await import("../index.ts");
    const world = await newShop();
    const good: Job = {
      kind: "set-aside",
      shop: world.shop,
      topic: "themes/publish",
      deliveryId: null,
      reason: "good",
    };
    const news = null as unknown as OrderNews;
    const bad: Job = { kind: "order", shop: world.shop, topic: "orders/paid", deliveryId: null, orderId: "1", news };
    const batch = asBatch("lojal-jobs", [good, bad]);
    await worker.queue(batch, bindings);
    const result = await getQueueResult(batch, createExecutionContext());
    expect(result.explicitAcks).toEqual(["0"]);
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(["1"]);
    await worker.queue(asBatch("lojal-jobs-failed", [good]), bindings);
    expect(await setAsideOf(world.shop)).toEqual([
      { topic: "themes/publish", reason: "good" },
      { topic: "themes/publish", reason: "failed" },
    ]);
  });

  test("the cron finds what is due in any shop and queues it", async () => {
    const { shop } = await newShop();
    await sql`update shops set painted_program_version = 0, access_token_sealed = 'sealed' where domain = ${shop}`;
    const sent: Job[] = [];
    const keep = async (job: Job) => void sent.push(job);
    await withQueue(keep, (worker, own) => worker.scheduled(createScheduledController(), own));
    expect(sent).toContainEqual({ kind: "paint-program", shop });
  });

  test("a character that Postgres cannot hold does not keep an order in the queue: it is settled or recorded at once", async () => {
    const world = await newShop();
    const strange = { name: "#1\u0000", discount_codes: [{ code: "A\u0000B" }] };
    const body = JSON.stringify({ ...JSON.parse(orderText(world, 100)), ...strange });
    expect((await deliver(world, "orders/paid", body)).status).toBe(200);
    const isDone = async () =>
      (await setAsideOf(world.shop)).length > 0 || ((await balance(world)) as { available: number }).available === 100;
    await expect.poll(isDone, { timeout: 5_000, interval: 100 }).toBe(true);
  });
});
