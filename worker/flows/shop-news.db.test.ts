import pg from "pg";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { fillShop } from "../../dev/full-shop.fixture.ts";
import { noLimits } from "../../dev/no-limits.ts";
import { installAgain } from "../../dev/publish-program.ts";
import { newWorld as newShopify } from "../../dev/shopify/local-shopify.fixture.ts";
import { type Delivery, deliver } from "../../dev/test-deliveries.ts";
import { orderText, proxyQuery, sign } from "../../dev/test-requests.ts";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import { createApp } from "../app.ts";
import { eraseShop } from "./erase-shop.ts";
import { fanOut } from "./fan-out.ts";
import { redeemReward } from "./redeem-reward.ts";
import { runJobs } from "./run-jobs.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds what a test puts there. */
const network = vi.hoisted(() => {
  const away = (_request: Request): Promise<Response> => Promise.reject(new Error("no network here"));
  const network = { away, answer: away };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
  network.answer = network.away;
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

const uninstall = (more: Partial<Delivery> = {}) =>
  deliver(world, { topic: "app/uninstalled", body: { id: 1 }, ...more });
const order = (points: number, orderId = 1) =>
  deliver(world, { topic: "orders/paid", body: orderText({ customer: "7001", orderId }, points) });
const shopRow = async () =>
  (
    await world.look<{
      token: string | null;
      gone: boolean;
      scopes: string | null;
      zone: string | null;
      locale: string | null;
    }>(
      `select access_token_sealed as token, uninstalled_at is not null as gone, scopes, time_zone as zone, locale
       from shops where id = $1`,
      [world.shop.id],
    )
  )[0];
const asides = async () =>
  (await world.look<{ reason: string }>("select reason from set_aside order by id")).map(({ reason }) => reason);
const reinstall = () =>
  installAgain(world.database.superuserUrl, { domain: world.shop.domain, accessToken: "another-token" });
/** As if the shop had uninstalled the app so long ago. */
const goneFor = (hours: number) =>
  world.look(
    "update shops set uninstalled_at = now() - make_interval(hours => $2), erase_due_at = null where id = $1",
    [world.shop.id, hours],
  );

describe("app/uninstalled", () => {
  test("the token goes at once; codes that stay good are listed and counted; again changes nothing", async () => {
    await order(1_200);
    // Without a token nobody asks Shopify: the hold is there, and is given its code by hand.
    const shop = { ...world.shop, accessTokenSealed: null };
    for (const _ of [1, 2])
      await redeemReward(world.rooms, shop, "7001", {
        redemptionId: crypto.randomUUID(),
        rewardId: "off-500",
        points: null,
      });
    await world.look("update redemptions set state = 'issued', discount_id = 'gid://shopify/DiscountCodeNode/1'");
    await uninstall();
    expect(await shopRow()).toMatchObject({ token: null, gone: true });
    expect(await asides()).toEqual(["uninstalled: 2 codes stay open"]);
    const [before] = await world.look("select * from shops");
    await uninstall();
    expect(await world.look("select * from shops")).toEqual([before]);
    expect(await asides()).toHaveLength(1);
    const open = await world.rooms.ledger.openCodes(world.shop.id);
    expect(open).toHaveLength(2);
    expect(open[0]).toMatchObject({
      code: expect.stringMatching(/^LOJAL-/),
      state: "issued",
      reward: "50.00 USD off",
      cost: 500,
    });
  });

  test("one of an earlier installation does not touch a shop that was installed again; the next one does", async () => {
    const early = new Date(Date.now() - 3_600_000).toISOString();
    await world.look("update shops set installed_at = now() - interval '2 hours'");
    await uninstall({ triggeredAt: early });
    await reinstall();
    await uninstall({ triggeredAt: early });
    expect(await shopRow()).toMatchObject({ token: expect.stringMatching(/^v2/), gone: false });
    await uninstall();
    expect(await shopRow()).toMatchObject({ token: null, gone: true });
  });

  test("nothing that comes late brings an uninstalled shop back or moves its points; installed again, it goes on at once", async () => {
    await order(100);
    await uninstall();
    const before = await world.look("select version, available from accounts");
    await order(50, 2);
    await deliver(world, { topic: "orders/edited", body: { order_edit: { order_id: 1 } } });
    await deliver(world, {
      topic: "customers/merge",
      body: {
        status: "completed",
        admin_graphql_api_customer_kept_id: "gid://shopify/Customer/7002",
        admin_graphql_api_customer_deleted_id: "gid://shopify/Customer/7001",
      },
    });
    await deliver(world, {
      topic: "app/scopes_update",
      body: { current: ["read_orders"], updated_at: "2026-11-01T00:00:00Z" },
    });
    await deliver(world, { topic: "shop/update", body: { iana_timezone: "Europe/Paris", currency: "USD" } });
    expect(await shopRow()).toEqual({ token: null, gone: true, scopes: null, zone: null, locale: null });
    expect(await world.look("select version, available from accounts")).toEqual(before);
    expect(await asides()).toEqual([
      "uninstalled: 0 codes stay open",
      ...Array.from({ length: 5 }, () => "uninstalled"),
    ]);
    const kept = await world.look("select topic from set_aside where job is not null order by id");
    expect(kept.map(({ topic }) => topic)).toEqual(["orders/paid", "orders/edited", "customers/merge"]);
    await reinstall();
    await order(50, 2);
    expect(await world.look("select available::int from accounts")).toEqual([{ available: 150 }]);
  });

  test("its storefront is no shop of ours, and holds nobody's points", async () => {
    await order(1_000);
    await uninstall();
    const query = sign(proxyQuery({ shop: world.shop.domain, customer: "7001" }));
    const body = JSON.stringify({ id: crypto.randomUUID(), reward_id: "off-500" });
    const request = { method: "POST", headers: { "Content-Type": "application/json" }, body };
    const answer = await createApp(() => world.rooms, noLimits).request(`/proxy/redemptions?${query}`, request);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ type: "urn:lojal:problem:unknown-shop" });
    expect(await world.look("select held::int from accounts")).toEqual([{ held: 0 }]);
  });
});

test("scopes are kept sorted, and the newest news of them wins, whichever comes first", async () => {
  const tell = (current: string[], day: number) =>
    deliver(world, {
      topic: "app/scopes_update",
      body: { id: 1, previous: [], current, updated_at: `2026-11-0${day}T00:00:00Z` },
    });
  await tell(["write_discounts", "read_orders"], 2);
  await tell(["read_orders"], 1);
  expect(await shopRow()).toMatchObject({ scopes: "read_orders,write_discounts" });
  await tell(["read_orders"], 3);
  expect(await shopRow()).toMatchObject({ scopes: "read_orders" });
});

test("a shop's time zone and language are kept, and nothing else; another currency changes nothing and is set aside", async () => {
  const tell = (body: object) => deliver(world, { topic: "shop/update", body });
  const whole = {
    name: "Super Toys",
    email: "super@supertoys.com",
    currency: "USD",
    updated_at: "2026-11-02T00:00:00Z",
  };
  await tell({ ...whole, iana_timezone: "America/New_York", primary_locale: "en" });
  await tell({ ...whole, iana_timezone: "Europe/Paris", primary_locale: "fr", updated_at: "2026-11-01T00:00:00Z" });
  expect(await shopRow()).toMatchObject({ zone: "America/New_York", locale: "en" });
  expect(await asides()).toEqual([]);
  await tell({ ...whole, currency: "EUR", primary_locale: "sv", updated_at: "2026-11-03T00:00:00Z" });
  expect(await shopRow()).toMatchObject({ zone: "America/New_York", locale: "sv" });
  expect(await asides()).toEqual(["currency-changed"]);
  expect(await world.look("select currency from shops")).toEqual([{ currency: "USD" }]);
});

describe("shop/redact", () => {
  const redact = () => deliver(world, { topic: "shop/redact", body: { shop_id: 1, shop_domain: world.shop.domain } });

  /** Shopify, where this token is the shop's. */
  const openShopify = (accessToken: string) => {
    const store = newShopify({ currency: "USD" });
    store.shopify.state.putShop({ domain: world.shop.domain, currency: "USD", accessToken });
    network.answer = (request) => store.shopify.adminApi(request);
  };
  const isDue = async () =>
    (await world.look("select erase_due_at = uninstalled_at + interval '48 hours' as due from shops"))[0]?.["due"];

  test("a shop that is installed is not erased: Shopify takes its token; the job is kept to be run again", async () => {
    openShopify("test-token");
    await redact();
    expect(await asides()).toEqual(["still-installed"]);
    expect(await shopRow()).toMatchObject({ token: expect.stringMatching(/^v2/), gone: false });
    expect(await isDue()).toBe(null);
    expect(await world.rooms.shops.askReplay(world.shop.domain, "all")).toBe(1);
  });

  test("a shop whose uninstallation was never heard of is uninstalled and erased: Shopify refuses its token", async () => {
    openShopify("of-another-app");
    await redact();
    expect(await shopRow()).toMatchObject({ token: null, gone: true });
    expect(await asides()).toEqual(["uninstalled: 0 codes stay open"]);
    expect(await isDue()).toBe(true);
  });

  test("a shop without a token is uninstalled and erased without asking", async () => {
    await world.look("update shops set access_token_sealed = null");
    await redact();
    expect(await shopRow()).toMatchObject({ gone: true });
    expect(await isDue()).toBe(true);
  });

  test("the token of this installation is asked about, not that of an earlier one", async () => {
    await world.rooms.shops.findOne(world.shop.domain, world.rooms.nowMs());
    await world.look("update shops set access_token_sealed = null, uninstalled_at = now()");
    await installAgain(world.database.superuserUrl, { domain: world.shop.domain, accessToken: "the-newest-token" });
    openShopify("the-newest-token");
    await redact();
    expect(await shopRow()).toMatchObject({ token: expect.stringMatching(/^v2/), gone: false });
  });

  test.each([
    ["is away", network.away],
    ["is broken", () => Promise.resolve(new Response("{}", { status: 503 }))],
  ])("while Shopify %s nothing is decided, and the job comes again", async (_, answer) => {
    network.answer = answer;
    await expect(redact()).rejects.toThrow("not done");
    expect(await shopRow()).toMatchObject({ token: expect.stringMatching(/^v2/), gone: false });
    expect(await asides()).toEqual([]);
  });

  test("no shop is erased before it has been gone for 48 hours, nor one that came back meanwhile", async () => {
    await uninstall();
    await redact();
    expect(await world.look("select erase_due_at = uninstalled_at + interval '48 hours' as right from shops")).toEqual([
      { right: true },
    ]);
    await fanOut(world.rooms);
    expect(world.queue.jobs.filter(({ kind }) => kind === "erase-shop")).toEqual([]);
    await expect(eraseShop(world.rooms, world.shop)).rejects.toThrow();
    await reinstall();
    await expect(eraseShop(world.rooms, world.shop)).rejects.toThrow();
    expect(await world.look("select 1 from shops")).toHaveLength(1);
  });

  /** A shop of one order that is due to be erased. */
  const beDue = async () => {
    await order(600);
    await goneFor(49);
    await redact();
  };

  test("a second eraser waits for nobody and leaves the shop to the first; of a shop that is gone it is done", async () => {
    await beDue();
    const first = new pg.Client({ connectionString: world.database.superuserUrl });
    await first.connect();
    await first.query("begin");
    await first.query("select from shops where id = $1 for update", [world.shop.id]);
    await eraseShop(world.rooms, world.shop);
    expect(await world.look("select 1 from entries")).toHaveLength(1);
    await first.query("rollback");
    await first.end();
    await eraseShop(world.rooms, world.shop);
    expect(await world.look("select 1 from shops")).toEqual([]);
    await eraseShop(world.rooms, world.shop);
  });

  test("one job erases twenty slices, the next ones go on", async () => {
    await beDue();
    await world.look(
      `insert into statements (shop_id, day, taken_at, proven_at, is_final, orders_known, orders_settled, orders_mended, accounts_checked,
         accounts_differing, members, pending, available, held, owed)
       select $1, '2026-11-01'::date + n, now(), now(), true, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0 from generate_series(1, 30) n`,
      [world.shop.id],
    );
    await eraseShop(world.rooms, world.shop, 1);
    expect((await world.look("select 1 from statements")).length).toBeGreaterThan(10);
    for (let job = 0; job < 3; job++) await eraseShop(world.rooms, world.shop, 1);
    expect(await world.look("select 1 from shops")).toEqual([]);
  });

  test("after 48 hours no row of the tenant is left anywhere, slice by slice, and its neighbour keeps all of theirs", async () => {
    const other = await addShop(world, "other-shop.myshopify.com");
    const both = [world.shop, other];
    for (const shop of both) await fillShop(world, shop);
    const before = await rowsOf(other);
    for (const [table, count] of await rowsOf(world.shop)) expect(count, table).toBeGreaterThan(0);
    await goneFor(49);
    await redact();
    world.queue.jobs.splice(0);
    await fanOut(world.rooms);
    const jobs = world.queue.jobs.filter(({ shop }) => shop === world.shop.domain);
    expect(jobs.map(({ kind }) => kind)).toEqual(["erase-shop"]);
    await expect(reinstall()).rejects.toThrow("about to be erased");
    // Two rows at a time first, so that a slice ends in the middle of a table; then whatever is left.
    for (let slice = 0; slice < 5; slice++) expect(await world.rooms.shops.eraseSlice(world.shop, 2)).toBe(true);
    expect(await runJobs(world.rooms, jobs)).toEqual([null]);
    for (const [table, count] of await rowsOf(world.shop)) expect(count, table).toBe(0);
    expect(await rowsOf(other)).toEqual(before);
    await order(10);
    expect(await asides()).toContain("unknown-shop");
    // A late one of its privacy topics has nothing to act on, and keeps no number.
    await deliver(world, { topic: "customers/redact", body: { customer: { id: 7001 } } });
    expect(await world.look("select 1 from set_aside where topic = 'customers/redact' and job is not null")).toEqual(
      [],
    );
  });

  /** How many rows each table of tenants has of this shop; which tables those are is the database's to say. */
  async function rowsOf({ id, domain }: { readonly id: number; readonly domain: string }) {
    const tables = await world.look<{ table_name: string; column_name: string }>(
      `select table_name, column_name from information_schema.columns
       where table_schema = 'public' and column_name in ('shop_id', 'shop_domain') order by table_name`,
    );
    expect(tables.length).toBeGreaterThan(10);
    const counts: [string, number][] = [];
    const all = [...tables, { table_name: "shops", column_name: "domain" }];
    for (const { table_name: table, column_name: column } of all) {
      const named = column === "shop_id" ? id : domain;
      const [row] = await world.look<{ count: number }>(`select count(*)::int from ${table} where ${column} = $1`, [
        named,
      ]);
      counts.push([table, row?.count ?? -1]);
    }
    return counts;
  }
});

test("what was set aside is kept for 90 days, what can be run again until it was, an answer for 30 days; cleared once a day", async () => {
  await world.look(
    `insert into set_aside (shop_domain, topic, reason, job, recorded_at, replayed_at)
     select 'a.myshopify.com', 'orders/paid', reason, job, now() - age, replayed from (values
       ('old', null::json, interval '91 days', null::timestamptz), ('young', null, interval '89 days', null),
       ('old, run again', '{}', interval '91 days', now()), ('old, to be run', '{}', interval '91 days', null),
       ('unknown-shop', '{}', interval '91 days', null)
     ) as t (reason, job, age, replayed)`,
  );
  await world.look(
    `insert into privacy_requests (shop_id, id, kind, customer_id, answer, expires_at) values
       ($1, 'past', 'data-request', '7001', '{}', now() - interval '1 day'), ($1, 'present', 'data-request', '7001', '{}', now() + interval '1 day')`,
    [world.shop.id],
  );
  const at = (time: string) => fanOut({ ...world.rooms, nowMs: () => Date.parse(`2026-11-26T${time}Z`) });
  await at("03:16:59.999");
  await at("03:18:00");
  expect(await asides()).toHaveLength(5);
  await at("03:17:30");
  expect((await asides()).sort()).toEqual(["old, to be run", "young"]);
  expect(await world.look("select id, customer_id, answer from privacy_requests order by id")).toEqual([
    { id: "past", customer_id: null, answer: null },
    { id: "present", customer_id: "7001", answer: {} },
  ]);
});
