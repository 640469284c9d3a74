/** The shopper's side of the contract over real HTTP: exact statuses, problem types and shapes; a refusal leaves no trace in the ledger. */

import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { type NeonEndpoint, neonEndpoint } from "../../dev/neon-endpoint.ts";
import { type Network, startNetwork } from "../../dev/network.ts";
import { publishProgram, simpleProgram } from "../../dev/publish-program.ts";
import { apiKey, apiSecret, localSettings, neonHost } from "../../dev/settings.ts";
import { DropConnection } from "../../dev/shopify/drop-connection.ts";
import { createLocalShopify, type RunningLocalShopify } from "../../dev/shopify/local-shopify.ts";
import { newDatabase, type TestDatabase } from "../../dev/test-bed.ts";
import { expectProblem, orderText, proxyQuery, right, sign, webhookHeaders } from "../../dev/test-requests.ts";
import { type RunningWorker, startWorker } from "../../dev/worker.ts";

const MIB = 1024 * 1024;
const TOKEN = "contract-token";

let database: TestDatabase;
let endpoint: NeonEndpoint;
let network: Network;
let worker: RunningWorker;
let shopify: RunningLocalShopify;
let pool: pg.Pool;
let isDatabaseAway = false;

beforeAll(async () => {
  database = await newDatabase();
  pool = new pg.Pool({ connectionString: database.superuserUrl, max: 5 });
  pool.on("error", () => undefined);
  endpoint = neonEndpoint({ postgresPort: inject("postgresPort") });
  const workerUrl = () => worker.url;
  const log = () => undefined;
  shopify = createLocalShopify({ apiKey, apiSecret, workerUrl, clock: () => new Date(), log });
  const sql = (request: Request) => {
    if (isDatabaseAway) throw new DropConnection("the database is away");
    return endpoint.handle(request);
  };
  const routes = (host: string) => {
    if (host === neonHost) return async (request: Request) => sql(request);
    return host.endsWith(".myshopify.com") ? shopify.adminApi : undefined;
  };
  network = await startNetwork({ routes, log });
  worker = await startWorker({ networkPort: network.port, settings: localSettings(database.name), log });
});
afterAll(async () => {
  await worker?.stop();
  await network?.stop();
  await endpoint?.stop();
  await pool?.end();
  await database?.drop();
});

/** Asks until the balance is as it should be; unlike `expect.poll` this serves several tests at once. */
const soonHas = (world: World, pots: Record<string, number>) =>
  vi.waitFor(async () => expect(await balance(world)).toMatchObject(pots), { timeout: 20_000, interval: 50 });

let worlds = 0;
type World = Awaited<ReturnType<typeof newShop>>;

/** A shop of a test's own: 1 point per 1.00 USD, no return window, 500 points for 50.00. */
async function newShop() {
  const domain = `contract-${++worlds}.myshopify.com`;
  const currency = "USD";
  const program = simpleProgram({ currency, points: 1, perMinor: 100, pendingDays: 0, rewards: ["500:50.00"] });
  await publishProgram(database.superuserUrl, {
    domain,
    currency,
    program,
    inForceFrom: "2000-01-01",
    accessToken: TOKEN,
  });
  shopify.state.putShop({ domain, currency, accessToken: TOKEN });
  return { shop: domain, customer: String(7_000_000 + worlds), orderId: 9_000_000 + worlds };
}

/** A world whose shopper has so many points. */
async function newMember(points: number): Promise<World> {
  const world = await newShop();
  const answer = await deliver(world, orderText(world, points));
  expect(answer.status).toBe(200);
  await soonHas(world, { available: points });
  return world;
}

function deliver({ shop }: World, body: string): Promise<Response> {
  const headers = webhookHeaders(shop, "orders/paid", right(body));
  return fetch(`${worker.url}/webhooks`, { method: "POST", headers, body });
}

function ask(path: string, query: URLSearchParams, json?: unknown): Promise<Response> {
  const url = `${worker.url}/proxy${path}?${query}`;
  if (json === undefined) return fetch(url);
  const body = typeof json === "string" ? json : JSON.stringify(json);
  return fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body });
}

const get = (world: World, path: string, extra: Record<string, string> = {}) => {
  const query = proxyQuery(world);
  for (const [name, value] of Object.entries(extra)) query.set(name, value);
  return ask(path, sign(query));
};
const post = (world: World, path: string, json: unknown = {}) => ask(path, sign(proxyQuery(world)), json);
const redeem = (world: World, request: unknown) => post(world, "/redemptions", request);
const balance = async (world: World): Promise<unknown> => (await get(world, "/member")).json();

const TABLES = ["members", "accounts", "entries", "lots", "allocations", "order_states", "redemptions"];

/** All that a shop's ledger holds, so that "no trace" can be seen. */
async function ledgerOf({ shop }: Pick<World, "shop">): Promise<unknown> {
  const parts = TABLES.map(
    (table) => `select '${table}' as name, to_jsonb(t)::text as line from ${table} t join shops s on s.id = t.shop_id
      where s.domain = $1`,
  );
  return (await pool.query(`${parts.join(" union all ")} order by name, line`, [shop])).rows;
}

const NO_POINTS = { available: 0, pending: 0, held: 0, owed: 0, tier: null, expiring: [] };
const anyId = expect.stringMatching(/^\d+$/);
const anyMoment = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
const anyName = expect.stringContaining("50.00");
const anySteps = expect.arrayContaining([{ part: expect.stringMatching(/\w/), text: expect.stringMatching(/\w/) }]);
const anyCode = expect.stringMatching(/^LOJAL-[A-Z0-9]+$/);

async function redeemed(world: World): Promise<{ id: string; code: string }> {
  const id = crypto.randomUUID();
  const answer = await redeem(world, { id, reward_id: "off-500" });
  expect(answer.status).toBe(201);
  const { code } = (await answer.json()) as { code: string };
  return { id, code };
}

async function expectAnswer(answer: Response, status: number, body: unknown): Promise<void> {
  expect([answer.status, await answer.json()]).toEqual([status, body]);
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  expect(answer.headers.get("cache-control")).toBe("no-store");
}

describe.concurrent("what a shopper reads under /proxy", () => {
  test("somebody we never met: zeros, no history, rewards out of reach, no redemptions; and asking opens no account", async () => {
    const world = await newShop();
    await expectAnswer(await get(world, "/member"), 200, NO_POINTS);
    await expectAnswer(await get(world, "/history"), 200, { entries: [], next: null });
    const reward = { id: "off-500", name: anyName, kind: "amount_off", cost: 500, affordable: false };
    await expectAnswer(await get(world, "/rewards"), 200, { rewards: [reward] });
    await expectAnswer(await get(world, "/redemptions"), 200, { available: 0, redemptions: [] });
    expect(await ledgerOf(world)).toEqual([]);
  });

  test("a member with a redemption: each answer has exactly the promised shape, newest first", async () => {
    const world = await newMember(1_200);
    const first = await redeemed(world);
    const second = await redeemed(world);
    await expectAnswer(await get(world, "/member"), 200, { ...NO_POINTS, available: 200, held: 1_000 });
    const entry = { id: anyId, at: anyMoment, explanation: expect.stringMatching(/\w/), steps: anySteps };
    const entries = [
      { ...entry, kind: "hold", points: -500 },
      { ...entry, kind: "hold", points: -500 },
      { ...entry, kind: "earn", points: 1_200 },
    ];
    await expectAnswer(await get(world, "/history"), 200, { entries, next: null });
    const reward = { id: "off-500", name: anyName, kind: "amount_off", cost: 500, affordable: false };
    await expectAnswer(await get(world, "/rewards"), 200, { rewards: [reward] });
    const row = { kind: "amount_off", state: "issued", cost: 500, name: anyName, ends_at: anyMoment };
    await expectAnswer(await get(world, "/redemptions"), 200, {
      available: 200,
      redemptions: [
        { ...row, ...second },
        { ...row, ...first },
      ],
    });
    const one = { ...first, state: "issued", cost: 500, available: 200 };
    await expectAnswer(await get(world, `/redemptions/${first.id}`), 200, one);
  });

  test("history goes on after a cursor to the very first entry, each entry once", async () => {
    const world = await newShop();
    const orders = Array.from({ length: 53 }, (_, index) => orderText({ ...world, orderId: index + 1 }, 1));
    await Promise.all(orders.map((order) => deliver(world, order)));
    await soonHas(world, { available: 53 });
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const answer = await get(world, "/history", after === null ? {} : { after });
      const page = (await answer.json()) as { entries: { id: string }[]; next: string | null };
      seen.push(...page.entries.map(({ id }) => id));
      after = page.next;
    } while (after !== null);
    expect(seen).toHaveLength(53);
    expect(seen.map(Number)).toEqual([...new Set(seen)].map(Number).sort((a, b) => b - a));
  });

  test("history is told in the language of the locale that asks, and in English in any other", async () => {
    const world = await newMember(1_200);
    const told = async (extra: Record<string, string>): Promise<string | undefined> => {
      const page = (await (await get(world, "/history", extra)).json()) as { entries: { explanation: string }[] };
      return page.entries[0]?.explanation;
    };
    const english = await told({});
    expect(english).toContain("earned 1,200 points");
    for (const locale of ["en", "en-GB", "pt-BR", "x", ""]) expect(await told({ locale })).toBe(english);
    for (const locale of ["sv", "sv-SE"]) expect(await told({ locale })).toContain("gav 1\u00a0200 poäng");
    for (const locale of ["nb", "nb-NO", "no"]) expect(await told({ locale })).toContain("ga 1\u00a0200 poeng");
  });

  test("400 for a history cursor that is none", async () => {
    const world = await newShop();
    for (const after of ["x", "-1", "1.5", "1e3", "9".repeat(30)])
      await expectProblem(await get(world, "/history", { after }), 400, "invalid-request");
  });

  test("another shopper's redemption is as unknown as one that never was", async () => {
    const world = await newMember(500);
    const { id } = await redeemed(world);
    const before = await ledgerOf(world);
    const stranger = { ...world, customer: "4242" };
    for (const path of [
      `/redemptions/${id}`,
      `/redemptions/${crypto.randomUUID()}`,
      "/redemptions/x",
      "/redemptions/%00",
    ]) {
      await expectProblem(await get(stranger, path), 404, "unknown-redemption");
      await expectProblem(await post(stranger, `${path}/cancel`), 404, "unknown-redemption");
    }
    expect(await ledgerOf(world)).toEqual(before);
  });
});

describe.concurrent("POST /proxy/redemptions", () => {
  test("201 with the code; the same id again, even sixteen times at once, is the same answer and one code", async () => {
    const world = await newMember(1_000);
    const request = { id: crypto.randomUUID(), reward_id: "off-500" };
    const expected = { id: request.id, state: "issued", code: anyCode, cost: 500, available: 500 };
    await expectAnswer(await redeem(world, request), 201, expected);
    const again = await Promise.all(Array.from({ length: 16 }, () => redeem(world, request)));
    for (const answer of again) await expectAnswer(answer, 201, expected);
    await expectAnswer(await redeem(world, { ...request, id: request.id.toUpperCase() }), 201, expected);
    expect(shopify.state.shop(world.shop)?.discounts.all()).toHaveLength(1);
  });

  test("404 for an unknown reward, 409 with too few points, 400 for a price that is not the reward's: no trace", async () => {
    const world = await newMember(499);
    const before = await ledgerOf(world);
    const id = crypto.randomUUID();
    await expectProblem(await redeem(world, { id, reward_id: "off-501" }), 404, "unknown-reward");
    const { needed, available } = await expectProblem(
      await redeem(world, { id, reward_id: "off-500" }),
      409,
      "insufficient-points",
    );
    expect({ needed, available }).toEqual({ needed: 500, available: 499 });
    await expectProblem(await redeem(world, { id, reward_id: "off-500", points: 100 }), 400, "invalid-request");
    const nobody = { ...world, customer: "4242" };
    await expectProblem(await redeem(nobody, { id, reward_id: "off-500" }), 409, "insufficient-points");
    expect(await ledgerOf(world)).toEqual(before);
  });

  test("422 for an id that was used for another request or by another shopper: the first stays as it was", async () => {
    const world = await newMember(1_000);
    const { id } = await redeemed(world);
    const before = await ledgerOf(world);
    for (const other of [{ reward_id: "off-501" }, { reward_id: "off-500", points: 500 }])
      await expectProblem(await redeem(world, { id, ...other }), 422, "different-request");
    const stranger = { ...world, customer: "4242" };
    await expectProblem(await redeem(stranger, { id, reward_id: "off-500" }), 422, "different-request");
    expect(await ledgerOf(world)).toEqual(before);
  });

  test("400 for a body that cannot be read as a request, and no trace", async () => {
    const world = await newMember(500);
    const before = await ledgerOf(world);
    const [id, reward_id] = [crypto.randomUUID(), "off-500"];
    const bodies = [
      "{not json",
      "",
      "null",
      [],
      { reward_id },
      { id: "1", reward_id },
      { id },
      { id, reward_id: 500 },
      { id, reward_id: "" },
      { id, reward_id, points: 1.5 },
      { id, reward_id, points: -500 },
      { id, reward_id, points: "500" },
    ];
    for (const body of bodies) await expectProblem(await redeem(world, body), 400, "invalid-request");
    expect(await ledgerOf(world)).toEqual(before);
  });

  test("cancelling gives the points back, again and again with one answer; a used code is 409", async () => {
    const world = await newMember(1_000);
    const first = await redeemed(world);
    const released = { ...first, state: "released", cost: 500, available: 1_000 };
    for (let time = 0; time < 3; time++)
      await expectAnswer(await post(world, `/redemptions/${first.id}/cancel`), 200, released);
    const second = await redeemed(world);
    const shop = shopify.state.shop(world.shop);
    if (!shop) throw new Error("The local Shopify lost the shop.");
    const bought = await shopify.checkout(shop, { customerId: world.customer, total: "80.00", codes: [second.code] });
    expect(bought.ok).toBe(true);
    await expectProblem(await post(world, `/redemptions/${second.id}/cancel`), 409, "already-used");
    await soonHas(world, { held: 0 });
    const { entries } = (await (await get(world, "/history")).json()) as { entries: Record<string, string>[] };
    const use = entries.find(({ kind }) => kind === "use");
    expect(use?.["explanation"]).toMatch(
      /^The reward “.*” was used with order #\d+: the reservation of 500 points is spent\.$/,
    );
  });
});

describe("joining and leaving", () => {
  test("200 with what is so now, again and again; 400 for anything but true or false; 303 for a form", async () => {
    const world = await newShop();
    await expectAnswer(await get(world, "/membership"), 200, { member: true });
    for (const member of [false, false, true]) {
      await expectAnswer(await post(world, "/membership", { member }), 200, { member, available: 0 });
      await expectAnswer(await get(world, "/membership"), 200, { member });
    }
    await expectProblem(await post(world, "/membership", { member: "perhaps" }), 400, "invalid-request");
    const url = `${worker.url}/proxy/membership?${sign(proxyQuery(world))}`;
    const form = await fetch(url, {
      method: "POST",
      body: new URLSearchParams({ member: "false" }),
      redirect: "manual",
    });
    expect(form.status).toBe(303);
    await expectAnswer(await get(world, "/membership"), 200, { member: false });
  });
});

describe("away, broken or nowhere", () => {
  test("GET /healthz says ok with the database's time", async () => {
    const answer = await fetch(`${worker.url}/healthz`);
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true, database_ms: expect.any(Number) }]);
  });

  test("503 while the database is away; a delivery accepted meanwhile settles when it is back", async () => {
    const world = await newMember(500);
    isDatabaseAway = true;
    try {
      expect((await fetch(`${worker.url}/healthz`)).status).toBe(503);
      await expectProblem(await get(world, "/member"), 503, "unavailable");
      await expectProblem(await redeem(world, { id: crypto.randomUUID(), reward_id: "off-500" }), 503, "unavailable");
      expect((await deliver(world, orderText({ ...world, orderId: 1 }, 300))).status).toBe(200);
    } finally {
      isDatabaseAway = false;
    }
    await soonHas(world, { available: 800, held: 0 });
  });

  test("500 for a fault of our own, without a word of what it was", async () => {
    const world = await newMember(500);
    await pool.query("alter table accounts rename to accounts_elsewhere");
    try {
      await expectProblem(await get(world, "/member"), 500, "internal-error");
    } finally {
      await pool.query("alter table accounts_elsewhere rename to accounts");
    }
    expect(await balance(world)).toMatchObject({ available: 500 });
  });

  test("404 for what is not there", async () => {
    for (const path of ["/nothing", "/webhooks/more"])
      await expectProblem(await fetch(`${worker.url}${path}`), 404, "not-found");
    await expectProblem(await fetch(`${worker.url}/webhooks`), 404, "not-found");
    await expectProblem(await get(await newShop(), "/nothing"), 404, "not-found");
  });
});

describe("a delivery over 5 MiB", () => {
  test.each<[string, (body: Uint8Array<ArrayBuffer>) => RequestInit]>([
    ["declared", (body) => ({ body })],
    ["streamed", (body) => ({ body: new Blob([body]).stream(), duplex: "half" })],
  ])(
    "413 when its length is %s, also to a caller who sends everything before reading the answer",
    async (_name, init) => {
      const world = await newShop();
      const headers = { "X-Shopify-Topic": "orders/paid", "X-Shopify-Shop-Domain": world.shop };
      for (const extra of [1, 1, 1, 1, 15 * MIB]) {
        const body = new Uint8Array(5 * MIB + extra).fill(32);
        const answer = await fetch(`${worker.url}/webhooks`, { method: "POST", headers, ...init(body) });
        await expectProblem(answer, 413, "too-large");
      }
      expect(await ledgerOf(world)).toEqual([]);
    },
  );
});
