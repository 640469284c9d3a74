/** A shop installs the app: its merchant opens it, and all else follows. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as shop from "../../dev/connected-shop.fixture.ts";
import { apiKey, apiSecret, tokenKey } from "../../dev/settings.ts";
import { sessionClaims, signSession } from "../../dev/shopify/session-token.ts";
import { expectProblem } from "../../dev/test-requests.ts";
import { admitShop, installWithToken } from "../flows/install-shop.ts";
import type { Rooms } from "../flows/rooms.ts";
import { uninstallShop } from "../flows/uninstall-shop.ts";
import { openToken } from "../shops/tokens.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

const HOUR_MS = 3_600_000;

let lines: string[];
beforeEach(async () => {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  await shop.openShopify(network);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await shop.closeShopify();
});

const home = (token: string, rooms: Rooms = shop.newRooms()) =>
  shop.request("/admin/home", { Authorization: `Bearer ${token}` }, rooms);
const open = async (rooms?: Rooms) => home(shop.session().token, rooms);
const stored = async () => (await shop.look("select * from shops"))[0] ?? {};

async function expectConnected(): Promise<void> {
  expect(await stored()).toMatchObject({ uninstalled_at: null, erase_due_at: null, token_lease_until: null });
  const token = await openToken(String((await stored())["access_token_sealed"]), shop.domain, [tokenKey]);
  expect(shop.local.tokens.admits(token)).toBe(true);
}

describe("the first request of a shop", () => {
  test("exchanges an expiring token, asks what the shop is like, and writes both down", async () => {
    const answer = await open();
    expect([answer.status, await answer.text()]).toEqual([
      200,
      expect.stringContaining(`${shop.domain} is connected.`),
    ]);
    expect(await stored()).toMatchObject({
      domain: shop.domain,
      currency: "SEK",
      time_zone: "Europe/Stockholm",
      locale: "en",
      scopes: "read_customer_merge,read_orders,write_app_proxy,write_customers,write_discounts",
    });
    await expectConnected();
    const left = await shop.look(
      "select token_expires_at - now() > interval '59 minutes' as hour, refresh_token_expires_at - now() > interval '89 days' as season from shops",
    );
    expect(left).toEqual([{ hour: true, season: true }]);
    expect(shop.local.accessTokens.size).toBe(0);
  });
  test("twice at once ends as one installation with the pair that works", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => open()));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(shop.local.tokens.counts.exchanged).toBe(1);
    await expectConnected();
  });
  test("of a shop that granted less than is needed installs it, and page and event say what is missing", async () => {
    shop.local.scopes.delete("write_discounts");
    expect(await (await open()).text()).toContain("Missing: write_discounts.");
    const event = lines.map((line) => JSON.parse(line) as object).find((one) => "work" in one);
    expect(event).toMatchObject({ event: "token", work: "install", outcome: "installed", reason: "scopes-missing" });
  });
  test("while the client secret is rotated may be signed with the one before", async () => {
    const rooms = shop.newRooms({ SHOPIFY_API_SECRET: "the-next-one", SHOPIFY_API_SECRET_PREVIOUS: apiSecret });
    expect((await open(rooms)).status).toBe(200);
    await expectConnected();
  });
  test.each(["500", "lose-reply", "timeout-after", "empty-data", "not-json"] as const)(
    "with %s on the way is asked again, and later still by the page",
    async (fault) => {
      shop.store.shopify.faults.order({ next: 1, fault, operation: "token-exchange" });
      expect((await open()).status).toBe(200);
      await expectConnected();
    },
  );
  test("that Shopify does not answer is told to come again, installs nothing, and the next one may at once", async () => {
    shop.store.shopify.faults.order({ next: 2, fault: "503", operation: "token-exchange" });
    await expectProblem(await open(), 503, "try-again");
    shop.store.shopify.faults.order({ next: 2, fault: "graphql-error", operation: "shop" });
    await expectProblem(await open(), 503, "try-again");
    expect((await stored())["uninstalled_at"]).not.toBeNull();
    expect((await open()).status).toBe(200);
    await expectConnected();
  });
  test("stopped in the middle leaves the shop to the next one after the lease", async () => {
    await shop.newRooms().tokens.claimInstallation(shop.domain, null);
    shop.local.tokens.exchange();
    await shop.pass(31_000);
    expect((await open()).status).toBe(200);
    await expectConnected();
  });
  test("with a token that Shopify does not take is 401, to be repeated with another", async () => {
    shop.local.removeApp();
    const answer = await open();
    expect(answer.headers.get("X-Shopify-Retry-Invalid-Session-Request")).toBe("1");
    await expectProblem(answer, 401, "bad-session");
  });
});

describe("a shop that comes back", () => {
  const leave = async (triggeredAtMs: number, rooms = shop.newRooms()) => {
    const found = await rooms.shops.findOne(shop.domain, rooms.nowMs());
    if (found) await uninstallShop(rooms, found, { topic: "app/uninstalled", deliveryId: null, triggeredAtMs });
  };
  test("is installed anew: nothing of its leaving is left, and its erasure is called off", async () => {
    await open();
    shop.local.removeApp();
    await leave(Date.now());
    expect(await stored()).toMatchObject({
      access_token_sealed: null,
      refresh_token_sealed: null,
      earlier_refresh_token_sealed: null,
      token_expires_at: null,
    });
    await shop.look(
      "update shops set erase_due_at = uninstalled_at + interval '48 hours', painted_program_version = 3",
    );
    shop.local.isAppInstalled = true;
    expect((await open()).status).toBe(200);
    expect(await stored()).toMatchObject({ painted_program_version: 0 });
    await expectConnected();
  });
  test("before the news that it left arrives, has its token anew, and the late news changes nothing", async () => {
    await open();
    await shop.look(
      "update shops set installed_at = now() - interval '1 day', token_exchanged_at = now() - interval '1 day'",
    );
    const leftAtMs = Date.now() - HOUR_MS;
    shop.local.removeApp();
    shop.local.isAppInstalled = true;
    expect((await open()).status).toBe(200);
    expect(shop.local.tokens.counts.exchanged).toBe(2);
    await leave(leftAtMs);
    await expectConnected();
    await leave(Date.now());
    expect((await stored())["uninstalled_at"]).not.toBeNull();
  });
  test("and leaves again while it is being installed is not installed by a token that is worth nothing", async () => {
    const rooms = shop.newRooms();
    const lease = await rooms.tokens.claimInstallation(shop.domain, null);
    if (!lease) throw new Error("no lease");
    await leave(Date.now() + HOUR_MS);
    const tokens = { access: "a", refresh: "b", earlierRefresh: null };
    const facts = { currency: "SEK", timeZone: "UTC", locale: null, scopes: "" };
    expect(await rooms.tokens.install(lease, { tokens, accessMs: 1, refreshMs: 1 }, facts)).toBeNull();
    expect((await stored())["access_token_sealed"]).toBeNull();
  });
  test("when its erasure has begun waits until it is gone", async () => {
    await open();
    shop.local.removeApp();
    await leave(Date.now());
    await shop.look(
      "update shops set uninstalled_at = now() - interval '3 days', erase_due_at = now() - interval '1 second'",
    );
    shop.local.isAppInstalled = true;
    const rooms = shop.newRooms();
    expect(await rooms.tokens.claimInstallation(shop.domain, null)).toBeNull();
  });
  test("in another currency keeps the one it earned in, once it has a program, and that is noted", async () => {
    await open();
    await shop.look(
      "update shops set newest_program_version = 1, access_token_sealed = null, refresh_token_sealed = null, earlier_refresh_token_sealed = null, token_expires_at = null, refresh_token_expires_at = null",
    );
    shop.local.currency = "EUR";
    await open();
    expect((await stored())["currency"]).toBe("SEK");
    expect(await shop.look("select topic, reason from set_aside")).toEqual([
      { topic: "install", reason: "currency-changed" },
    ]);
  });
  test("with a token that does not expire keeps it as long as Shopify takes it, and exchanges it when Shopify does not", async () => {
    const rooms = shop.newRooms();
    await open(rooms);
    shop.local.tokens.revokeAll();
    shop.local.accessTokens.add("shpat_permanent");
    const { sealToken } = await import("../shops/tokens.ts");
    await shop.look(
      "update shops set access_token_sealed = $1, refresh_token_sealed = null, earlier_refresh_token_sealed = null, token_expires_at = null, refresh_token_expires_at = null",
      [await sealToken("shpat_permanent", shop.domain, [tokenKey])],
    );
    expect((await open()).status).toBe(200);
    expect(shop.local.tokens.counts.exchanged).toBe(1);
    shop.local.refusesPermanentTokens = true;
    expect((await open()).status).toBe(200);
    expect(shop.local.tokens.counts.exchanged).toBe(2);
    await expectConnected();
  });
});

describe("a token that a merchant made, and that does not expire", () => {
  test("connects a shop that nobody opens, is looked after once a day, and can be replaced by another", async () => {
    for (const token of ["shpat_first", "shpat_second"]) {
      shop.local.accessTokens.add(token);
      expect(await installWithToken(shop.newRooms(), shop.domain, token)).toMatchObject({ currency: "SEK" });
      expect(await openToken(String((await stored())["access_token_sealed"]), shop.domain, [tokenKey])).toBe(token);
      expect(await stored()).toMatchObject({
        uninstalled_at: null,
        token_expires_at: null,
        refresh_token_sealed: null,
      });
      expect((await stored())["token_due_at"]).not.toBeNull();
      expect(await shop.call(shop.newRooms())).toBe(shop.local.gid);
    }
  });
  test("that Shopify does not take changes nothing", async () => {
    await open();
    await expect(installWithToken(shop.newRooms(), shop.domain, "shpat_wrong")).rejects.toMatchObject({
      httpStatus: 401,
    });
    await expectConnected();
  });
});

describe("the page", () => {
  test("may be framed by its shop's admin alone, runs no script of its own, and tells nothing of any shop", async () => {
    await open();
    const answer = await shop.request(`/?shop=${shop.domain}&host=abc&embedded=1`);
    const policy = answer.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toContain(`frame-ancestors https://${shop.domain} https://admin.shopify.com`);
    expect(policy).toContain("script-src 'self' https://cdn.shopify.com;");
    expect(policy).toContain("default-src 'none'");
    const page = await answer.text();
    expect(page).toContain(`<meta name="shopify-api-key" content="${apiKey}">`);
    const scripts = [...page.matchAll(/<script ?([^>]*)>([^<]*)<\/script>/g)].map(([, tag, inside]) => [tag, inside]);
    expect(scripts.map(([tag]) => tag)).toEqual([
      'src="https://cdn.shopify.com/shopifycloud/app-bridge.js"',
      'src="https://cdn.shopify.com/shopifycloud/polaris-1.js"',
      'src="/admin/lojal.js" defer',
    ]);
    expect(scripts.every(([, inside]) => inside === "")).toBe(true);
    expect(page).not.toContain(shop.domain);
    const script = await shop.request("/admin/lojal.js");
    expect(script.headers.get("Content-Type")).toBe("text/javascript; charset=utf-8");
    expect(await script.text()).toContain('"Bearer " + token');
  });
  test.each([
    "",
    "?shop=evil.example",
    "?shop=a.myshopify.com%20https://evil.example",
    "?shop=a.myshopify.com%0D%0AX:1",
  ])("for no shop (%s) may be framed by nobody, and leads to the admin", async (query) => {
    const answer = await shop.request(`/${query}`);
    expect(answer.headers.get("Content-Security-Policy")).toContain("frame-ancestors 'none'");
    expect(await answer.text()).toContain("from the admin of your Shopify shop");
  });
  test("the address that a configuration must name leads to the app, and nowhere else", async () => {
    const to = async (query: string) => (await shop.request(`/auth/callback${query}`)).headers.get("Location");
    expect(await to(`?shop=${shop.domain}`)).toBe(`https://admin.shopify.com/store/merchant/apps/${apiKey}`);
    expect(await to("?shop=evil.example")).toBe("/");
    expect(await to("")).toBe("/");
  });
});

test("without a session token, or with a forged one, nothing is told and nothing is installed", async () => {
  const [now, secret] = [new Date(), apiSecret];
  const right = sessionClaims(shop.domain, apiKey, now);
  const forged = [
    {},
    { Authorization: `Bearer ${signSession(right, "another")}` },
    { Authorization: `Bearer ${signSession({ ...right, dest: "https://other.myshopify.com" }, secret)}` },
    { Authorization: `Bearer ${signSession({ ...right, exp: right.exp - 600 }, secret)}` },
  ];
  for (const headers of forged) {
    const answer = await shop.request("/admin/home", headers);
    expect(answer.headers.get("X-Shopify-Retry-Invalid-Session-Request")).toBe("1");
    await expectProblem(answer, 401, "bad-session");
  }
  expect(await shop.look("select 1 from shops")).toEqual([]);
  expect(shop.asked).toEqual([]);
});

test("no token that Shopify ever gave out lies in the database in the clear, or in any line of the log", async () => {
  for (const level of ["info", "warn", "error", "debug"] as const)
    vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => void lines.push(parts.map(String).join(" ")));
  const sessions = [shop.session(), shop.session("unknown.myshopify.com")];
  const rooms = shop.newRooms();
  for (const fault of ["500", "not-json", "lose-reply"] as const)
    shop.store.shopify.faults.order({ next: 1, fault, operation: "token-exchange" });
  for (const session of sessions) await home(session.token, rooms);
  await home(sessions[0]?.token ?? "", rooms);
  for (const fault of ["401", "bad-json", "timeout-after"] as const) {
    shop.store.shopify.faults.order({ next: 1, fault, operation: "refresh_token" });
    await shop.pass(2 * HOUR_MS);
    rooms.shops.forget(shop.domain);
    await shop.call(rooms);
  }
  shop.local.removeApp();
  await expect(shop.call(shop.newRooms())).rejects.toThrow();
  await shop.request("/admin/home", { Authorization: `Bearer ${sessions[0]?.token}x` }, rooms);
  await admitShop(rooms, sessions[0] ?? shop.session());

  const secrets = [...shop.local.tokens.issued, ...sessions.map(({ token }) => token), apiSecret];
  expect(shop.local.tokens.issued.length).toBeGreaterThan(8);
  const columns = await shop.look<{ table: string; column: string }>(
    `select table_name as "table", column_name as "column" from information_schema.columns where table_schema = 'public'`,
  );
  for (const { table, column } of columns) {
    const rows = await shop.look<{ value: string }>(
      `select ${column}::text as value from ${table} where ${column} is not null`,
    );
    const text = rows.map(({ value }) => value).join("\n");
    expect(
      secrets.filter((secret) => text.includes(secret)),
      `${table}.${column}`,
    ).toEqual([]);
  }
  const log = lines.join("\n");
  expect(log.length).toBeGreaterThan(500);
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
  expect(log).not.toMatch(/shpat_|shprt_|eyJ/);
});
