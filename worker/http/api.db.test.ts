/** The merchant's API: what each route answers and writes, who is refused, and that a key's secret is nowhere. routes.db.test.ts has every door. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { localSettings } from "../../dev/settings.ts";
import { newKey, type TestKey } from "../../dev/test-keys.ts";
import { expectProblem } from "../../dev/test-requests.ts";
import { newTenants, type Outside, type Tenants } from "../../dev/test-tenants.ts";
import { createApp, openRooms } from "../app.ts";
import { adjustByStaff, undoAdjustment } from "../flows/adjust-by-staff.ts";
import { changeWords } from "../flows/change-words.ts";
import { revokeApiKey } from "../flows/make-api-key.ts";
import type { Limits } from "./limits.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

const LIMITS = ["shopperReads", "shopperWrites", "shop", "health", "apiAddress", "apiKey"] as const;

let tenants: Tenants;
let key: TestKey;
const logged: string[] = [];
/** What was counted, and the counters that let nobody on. */
let counted: [limit: string, key: string][] = [];
let full: readonly string[] = [];
const limits = () =>
  Object.fromEntries(
    LIMITS.map((name) => [
      name,
      {
        limit: async ({ key }: { key: string }) => {
          counted.push([name, key]);
          return { success: !full.includes(name) };
        },
      },
    ]),
  ) as unknown as Limits;
beforeAll(async () => {
  vi.spyOn(console, "log").mockImplementation((line: string) => void logged.push(line));
  tenants = await newTenants(outside, limits);
  key = await newKey(tenants.world.rooms, tenants.shops[0]);
});
afterEach(() => {
  counted = [];
  full = [];
});
afterAll(async () => {
  vi.restoreAllMocks();
  await tenants.close();
});

const newId = () => crypto.randomUUID();
let customers = 7100;
const newCustomer = async (points: number) => {
  const customer = String(++customers);
  if (points > 0) await tenants.earn({ shop: tenants.shops[0].domain, customer }, points);
  return customer;
};
const ask = (path: string, json?: unknown, { headers } = key) =>
  tenants.fetch(`/api/v1${path}`, {
    headers: { ...headers },
    ...(json === undefined ? {} : { method: "POST", body: JSON.stringify(json) }),
  });
const told = async (path: string, json?: unknown) => {
  const answer = await ask(path, json);
  return [answer.status, await answer.json()] as [number, Record<string, unknown>];
};
const acts = () =>
  tenants.world.look<{ actor: string; action: string; detail: Record<string, unknown> }>(
    "select actor, action, detail from audit_entries order by id",
  );
const entriesOf = (customer: string) =>
  tenants.world.look<{ kind: string; points: number; actor: string }>(
    `select e.kind, e.points::int as points, e.actor from entries e join members m on (m.shop_id, m.id) = (e.shop_id, e.member_id)
     where m.customer_id = $1 order by e.id`,
    [customer],
  );
/** The same database as another isolate of the worker has it. */
function elsewhere() {
  const rooms = openRooms(localSettings(tenants.world.database.name), tenants.world.queue);
  const app = createApp(() => rooms, limits);
  return async (path: string, init: RequestInit) => await app.request(`https://lojal.test/api/v1${path}`, init);
}

describe("reading", () => {
  test("a member is their balance, whether they take part, and when they last did something; somebody unknown is zeros", async () => {
    const customer = await newCustomer(600);
    const zeros = { pending: 0, held: 0, owed: 0, tier: null, expiring: [], member: true };
    expect(await told(`/members/${customer}`)).toEqual([
      200,
      { ...zeros, customer_id: customer, available: 600, last_activity: "2026-01-01T00:00:00.000Z" },
    ]);
    expect(await told("/members/999")).toEqual([
      200,
      { ...zeros, customer_id: "999", available: 0, last_activity: null },
    ]);
    await tenants.ask({ shop: tenants.shops[0].domain, customer }, "/membership", { member: false });
    expect(await told(`/members/${customer}`)).toMatchObject([200, { member: false, available: 600 }]);
    for (const path of ["/members/7001a", "/members/07001", "/members/-1", `/members/${"9".repeat(21)}`])
      await expectProblem(await ask(path), 404, "not-found");
    expect((await told("/members/007"))[1]["detail"]).toBe(
      "Shopify’s customer numbers do not begin with a zero: leave the zeros out.",
    );
  });

  test("the entries are those that the shopper reads, with the same reasons, page by page to the end", async () => {
    const customer = await newCustomer(600);
    const { rooms, shop } = tenants.world;
    for (let number = 0; number < 60; number++)
      await adjustByStaff(rooms, shop, "42", customer, { id: newId(), points: 1, reason: `Gift ${number}` });
    const shopper = { shop: shop.domain, customer };
    const first = await told(`/members/${customer}/entries`);
    expect(first).toEqual([200, await (await tenants.ask(shopper, "/history")).json()]);
    const next = String(first[1]["next"]);
    const second = await told(`/members/${customer}/entries?after=${next}`);
    expect(second).toMatchObject([200, { next: null }]);
    const ids = [first, second].flatMap(([, { entries }]) => (entries as { id: string }[]).map(({ id }) => id));
    expect([ids.length, new Set(ids).size]).toEqual([61, 61]);
    const [, swedish] = await told(`/members/${customer}/entries?locale=sv`);
    expect(JSON.stringify(swedish)).toContain("poäng");
    await expectProblem(await ask(`/members/${customer}/entries?after=x`), 400, "invalid-request");
  });

  test("redemptions are the shopper's own list, and rewards are told with what each takes", async () => {
    const shopper = { shop: tenants.shops[0].domain, customer: await newCustomer(600) };
    const { code } = await tenants.redeem(shopper);
    const [status, list] = await told(`/members/${shopper.customer}/redemptions`);
    expect([status, list]).toEqual([200, await (await tenants.ask(shopper, "/redemptions")).json()]);
    expect(list).toMatchObject({ available: 100, redemptions: [{ code, state: "issued", cost: 500 }] });
    const [entry] = list["redemptions"] as { id: string }[];
    const id = entry?.id ?? "";
    const toldOf = (customer: string, one: string) => told(`/members/${customer}/redemptions/${one}`);
    for (const one of [id, id.toUpperCase()]) expect(await toldOf(shopper.customer, one)).toEqual([200, entry]);
    expect(await toldOf(await newCustomer(1), id)).toMatchObject([404, { redemption_id: id }]);
    expect((await toldOf(shopper.customer, "1"))[0]).toBe(404);
    expect(await told("/rewards")).toEqual([
      200,
      { rewards: [{ id: "off-500", name: expect.any(String), kind: "amount_off", cost: 500 }] },
    ]);
  });

  test("in a language that it names, an entry calls a reward as the shop does there; everything else has the program's own words", async () => {
    const { rooms, shop } = tenants.world;
    const customer = await newCustomer(600);
    await tenants.redeem({ shop: shop.domain, customer });
    const [, list] = await told(`/members/${customer}/redemptions?locale=sv`);
    const name = (list["redemptions"] as { name: string }[])[0]?.name ?? "";
    await changeWords(rooms, shop, "42", { seenVersion: 0, language: "sv", words: { [name]: "Guldkant" } });
    const entries = async (query: string) => JSON.stringify(await told(`/members/${customer}/entries${query}`));
    expect(await entries("?locale=sv")).toContain("Guldkant");
    for (const query of ["", "?locale=en", "?locale=de"]) expect(await entries(query)).toContain(name);
    expect(await told(`/members/${customer}/redemptions?locale=sv`)).toEqual([200, list]);
    await tenants.world.look("delete from shop_settings");
  });

  test("changes nothing but the day of the key's last use, and that once a day", async () => {
    const own = await newKey(tenants.world.rooms, tenants.shops[0]);
    const row = async () =>
      (
        await tenants.world.look<{ used: string | null; is_today: boolean; xmin: string }>(
          `select used_on::text as used, used_on = (now() at time zone 'utc')::date as is_today, xmin::text from api_keys where id = $1`,
          [own.id],
        )
      )[0];
    expect(await row()).toMatchObject({ used: null });
    await ask("/members/1", undefined, own);
    const first = await row();
    expect(first).toMatchObject({ is_today: true });
    await Promise.all(["/members/1", "/members/1/entries", "/rewards"].map((path) => ask(path, undefined, own)));
    expect(await row()).toEqual(first);
    await tenants.world.look("update api_keys set used_on = used_on - 1 where id = $1", [own.id]);
    await ask("/rewards", undefined, own);
    expect(await row()).toMatchObject({ is_today: true });
    expect(await tenants.world.look("select 1 from members where customer_id = '1'")).toEqual([]);
  });
});

describe("an adjustment", () => {
  test("gives and takes points with a reason that the shopper reads; the same id and request is one, with the same answer", async () => {
    const customer = await newCustomer(100);
    const gift = { id: newId(), points: 50, reason: "A review" };
    const answer = [201, { ...gift, available: 150 }];
    expect(await told(`/members/${customer}/adjustments`, gift)).toEqual(answer);
    expect(await told(`/members/${customer}/adjustments`, { ...gift, id: gift.id.toUpperCase() })).toEqual(answer);
    const taken = { id: newId(), points: -30, reason: "A mistake" };
    expect(await told(`/members/${customer}/adjustments`, taken)).toEqual([201, { ...taken, available: 120 }]);
    expect(await entriesOf(customer)).toEqual([
      { kind: "earn", points: 100, actor: "shopify" },
      { kind: "adjust", points: 50, actor: "api" },
      { kind: "adjust", points: -30, actor: "api" },
    ]);
    const history = await tenants.ask({ shop: tenants.shops[0].domain, customer }, "/history");
    expect(JSON.stringify(await history.json())).toContain("A review");
    const member = { member: expect.stringMatching(/^\d+$/) };
    expect((await acts()).slice(-2)).toEqual([
      { actor: `key:${key.id}`, action: "points-adjusted", detail: { points: 50, adjustment: gift.id, ...member } },
      { actor: `key:${key.id}`, action: "points-adjusted", detail: { points: -30, adjustment: taken.id, ...member } },
    ]);
  });

  test("is undone by staff like one of theirs, once", async () => {
    const customer = await newCustomer(100);
    const gift = { id: newId(), points: 50, reason: "A review" };
    await told(`/members/${customer}/adjustments`, gift);
    const { rooms, shop } = tenants.world;
    for (let time = 0; time < 2; time++)
      expect(await undoAdjustment(rooms, shop, "42", customer, `adjust:${gift.id}`)).toEqual({
        kind: "done",
        available: 100,
      });
    expect(await told(`/members/${customer}/adjustments`, gift)).toMatchObject([201, { available: 100 }]);
    expect(await entriesOf(customer)).toHaveLength(3);
  });

  test("of an id that was used for another request is refused, and posts nothing", async () => {
    const [customer, other] = [await newCustomer(100), await newCustomer(100)];
    const gift = { id: newId(), points: 50, reason: "A review" };
    await told(`/members/${customer}/adjustments`, gift);
    for (const [who, request] of [
      [customer, { ...gift, points: 51 }],
      [customer, { ...gift, reason: "Another" }],
      [other, gift],
    ] as const) {
      const problem = await expectProblem(await ask(`/members/${who}/adjustments`, request), 422, "different-request");
      expect(problem).toMatchObject({ adjustment_id: gift.id });
    }
    expect([await entriesOf(customer), await entriesOf(other)].map((entries) => entries.length)).toEqual([2, 1]);
  });

  test("takes no more than there is, and is read field by field", async () => {
    const customer = await newCustomer(10);
    const good = { id: newId(), points: 1, reason: "A gift" };
    const much = await ask(`/members/${customer}/adjustments`, { ...good, points: -11 });
    expect(await expectProblem(much, 409, "insufficient-points")).toMatchObject({ needed: 11, available: 10 });
    for (const bad of [
      null,
      [],
      { ...good, id: "1" },
      ...[0, 1.5, "5", null, 1e10, -1e10, 2 ** 53].map((points) => ({ ...good, points })),
      ...["", "  ", 5, "x".repeat(201), "a\u0000b", "two\nlines", "\ud800"].map((reason) => ({ ...good, reason })),
    ])
      await expectProblem(await ask(`/members/${customer}/adjustments`, bad), 400, "invalid-request");
    expect(await entriesOf(customer)).toHaveLength(1);
    // What staff may give in a month is theirs alone.
    await tenants.world.look("insert into shop_settings (shop_id, version, budget_points) values ($1, 1, 0)", [
      tenants.shops[0].id,
    ]);
    expect((await ask(`/members/${customer}/adjustments`, good)).status).toBe(201);
    await tenants.world.look("delete from shop_settings");
  });

  test("that is sent many times at the same moment, to two isolates, is one", async () => {
    const customer = await newCustomer(0);
    const other = elsewhere();
    const gift = { id: newId(), points: 5, reason: "A review" };
    const path = `/members/${customer}/adjustments`;
    const init = { method: "POST", headers: { ...key.headers }, body: JSON.stringify(gift) };
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? ask(path, gift) : other(path, init))),
    );
    for (const answer of answers)
      expect([answer.status, await answer.json()]).toEqual([201, { ...gift, available: 5 }]);
    expect(await entriesOf(customer)).toEqual([{ kind: "adjust", points: 5, actor: "api" }]);
    const noted = (await acts()).filter(({ detail }) => detail["adjustment"] === gift.id);
    expect(noted).toHaveLength(1);
  });
});

describe("a redemption", () => {
  test("is what the shopper's own is: the same id the same code, cancelled once, each written down with the key", async () => {
    const customer = await newCustomer(600);
    const id = newId();
    const path = `/members/${customer}/redemptions`;
    const [status, made] = await told(path, { id, reward_id: "off-500" });
    expect([status, made]).toEqual([
      201,
      { id, state: "issued", code: expect.stringMatching(/^LOJAL-/), cost: 500, available: 100 },
    ]);
    expect(await told(path, { id, reward_id: "off-500" })).toEqual([201, made]);
    const shopper = { shop: tenants.shops[0].domain, customer };
    expect(await (await tenants.ask(shopper, "/redemptions", { id, reward_id: "off-500" })).json()).toEqual(made);
    const released = { ...made, state: "released", available: 600 };
    expect(await told(`${path}/${id.toUpperCase()}/cancel`, {})).toEqual([200, released]);
    expect(await told(`${path}/${id}/cancel`, {})).toEqual([200, released]);
    expect((await acts()).slice(-2).map(({ actor, action }) => [actor, action])).toEqual([
      [`key:${key.id}`, "reward-redeemed"],
      [`key:${key.id}`, "code-cancelled"],
    ]);
  });

  test("meets the same refusals as the shopper's", async () => {
    const [customer, other] = [await newCustomer(600), await newCustomer(600)];
    const path = `/members/${customer}/redemptions`;
    const { id } = await tenants.redeem({ shop: tenants.shops[0].domain, customer: other });
    for (const [request, status, slug] of [
      [{ id: newId(), reward_id: "nothing" }, 404, "unknown-reward"],
      [{ id: newId(), reward_id: "off-500", points: 400 }, 400, "invalid-request"],
      [{ id: "1", reward_id: "off-500" }, 400, "invalid-request"],
      [{ id, reward_id: "off-500" }, 422, "different-request"],
    ] as const)
      await expectProblem(await ask(path, request), status, slug);
    for (const another of [id, newId(), "1"])
      await expectProblem(await ask(`${path}/${another}/cancel`, {}), 404, "unknown-redemption");
    const poor = await ask(`/members/${await newCustomer(1)}/redemptions`, { id: newId(), reward_id: "off-500" });
    await expectProblem(poor, 409, "insufficient-points");
  });
});

describe("a key", () => {
  test("that may read changes nothing", async () => {
    const reader = await newKey(tenants.world.rooms, tenants.shops[0], { mayWrite: false });
    const customer = await newCustomer(600);
    const { id } = await tenants.redeem({ shop: tenants.shops[0].domain, customer });
    const before = await entriesOf(customer);
    for (const [path, json] of [
      ["adjustments", { id: newId(), points: 1, reason: "A gift" }],
      ["redemptions", { id: newId(), reward_id: "off-500" }],
      [`redemptions/${id}/cancel`, {}],
    ] as const)
      await expectProblem(await ask(`/members/${customer}/${path}`, json, reader), 403, "not-permitted");
    expect(await entriesOf(customer)).toEqual(before);
    expect((await ask(`/members/${customer}`, undefined, reader)).status).toBe(200);
  });

  test("that is revoked is refused at once, also where it was used a moment ago, and is told no more than a wrong one", async () => {
    const { rooms, shop } = tenants.world;
    const own = await newKey(rooms, shop);
    const other = elsewhere();
    const init = { headers: { ...own.headers } };
    expect((await other("/rewards", init)).status).toBe(200);
    expect(await revokeApiKey(rooms, shop, "42", own.id)).toEqual({ kind: "done" });
    const wrong = await ask("/rewards", undefined, {
      ...own,
      headers: { Authorization: `Bearer ${own.text.replace(/.$/, (last) => (last === "0" ? "1" : "0"))}` },
    });
    const problem = await expectProblem(wrong, 401, "bad-api-key");
    expect(await expectProblem(await other("/rewards", init), 401, "bad-api-key")).toEqual(problem);
    expect(await expectProblem(await ask("/rewards", undefined, own), 401, "bad-api-key")).toEqual(problem);
  });

  test("opens nothing while its shop has the app uninstalled, whoever still remembers the shop", async () => {
    const [, second] = tenants.shops;
    const own = await newKey(tenants.world.rooms, second);
    expect((await ask("/rewards", undefined, own)).status).toBe(200);
    await tenants.world.look("update shops set uninstalled_at = now() where id = $1", [second.id]);
    await expectProblem(await ask("/rewards", undefined, own), 401, "bad-api-key");
    await tenants.world.look("update shops set uninstalled_at = null where id = $1", [second.id]);
    expect((await ask("/rewards", undefined, own)).status).toBe(200);
  });

  test("has its secret nowhere in the database and nowhere in the log, and stands in no answer of the API", async () => {
    const own = await newKey(tenants.world.rooms, tenants.shops[0]);
    const secret = own.text.slice(-64);
    const customer = await newCustomer(600);
    const answers = [
      await ask(`/members/${customer}`, undefined, own),
      await ask(`/members/${customer}/adjustments`, { id: newId(), points: 1, reason: "A gift" }, own),
      await ask(`/members/${customer}/adjustments`, { id: "x" }, own),
      await ask("/nothing", undefined, own),
    ];
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    const tables = await tenants.world.look<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public'",
    );
    for (const { name } of tables)
      texts.push(JSON.stringify(await tenants.world.look(`select to_jsonb(t)::text as row from ${name} t`)));
    expect(texts.join().includes(own.id)).toBe(true);
    expect(logged.length).toBeGreaterThan(0);
    for (const text of [...texts, ...logged]) expect(text.includes(secret)).toBe(false);
    expect(logged.join()).not.toContain(customer);
  });

  test("is counted by itself once it is known, and what only looks like one by its address", async () => {
    await ask("/rewards");
    const [{ domain }] = tenants.shops;
    expect(counted).toEqual([
      ["apiAddress", ""],
      ["apiKey", `${domain} ${key.id}`],
    ]);
    full = ["apiKey"];
    const answer = await ask("/rewards");
    expect(answer.headers.get("retry-after")).toBe("60");
    await expectProblem(answer, 429, "rate-limited");
    counted = [];
    full = ["apiAddress"];
    const guess = {
      Authorization: `Bearer ${key.text.slice(0, -64)}${"0".repeat(64)}`,
      "CF-Connecting-IP": "192.0.2.9",
    };
    await expectProblem(await tenants.fetch("/api/v1/rewards", { headers: guess }), 429, "rate-limited");
    await expectProblem(await tenants.fetch("/api/v1/rewards"), 401, "bad-api-key");
    expect(counted).toEqual([["apiAddress", "192.0.2.9"]]);
  });
});
