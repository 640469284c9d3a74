import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as shop from "../../dev/connected-shop.fixture.ts";
import { codeKey, tokenKey } from "../../dev/settings.ts";
import { openToken } from "../shops/tokens.ts";
import { fanOut } from "./fan-out.ts";
import { lookAfterToken } from "./look-after-token.ts";
import type { Rooms } from "./rooms.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let lines: string[];
beforeEach(async () => {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  await shop.openShopify(network);
  await shop.openApp();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await shop.closeShopify();
});

const stored = async () => (await shop.look("select * from shops"))[0] ?? {};
const events = () =>
  lines.flatMap((line) => {
    const event = JSON.parse(line) as Record<string, unknown>;
    return event["event"] === "token" ? [`${String(event["work"])} ${String(event["outcome"])}`] : [];
  });
const opened = async (column: string) => openToken(String((await stored())[column]), shop.domain, [tokenKey]);

/** The pair that is stored is the one that works at Shopify, and nobody holds the lease. */
async function expectGoodPair(): Promise<void> {
  expect(shop.local.tokens.admits(await opened("access_token_sealed"))).toBe(true);
  expect(shop.local.tokens.isAlive(await opened("refresh_token_sealed"))).toBe(true);
  expect((await stored())["token_lease_until"]).toBeNull();
}

describe("a token that is used", () => {
  test("is asked for once, however many calls are made with it", async () => {
    const rooms = shop.newRooms();
    for (let index = 0; index < 5; index++) expect(await shop.call(rooms)).toBe(shop.local.gid);
    expect(shop.timesAsked("refresh_token")).toBe(0);
    await expectGoodPair();
  });
  test("is refreshed some minutes before it ends, and no sooner", async () => {
    const rooms = shop.newRooms();
    await shop.call(rooms);
    await shop.pass(54 * MINUTE_MS);
    rooms.shops.forget(shop.domain);
    await shop.call(rooms);
    expect(shop.timesAsked("refresh_token")).toBe(0);
    await shop.pass(2 * MINUTE_MS);
    rooms.shops.forget(shop.domain);
    expect(await shop.call(rooms)).toBe(shop.local.gid);
    expect(shop.timesAsked("refresh_token")).toBe(1);
    expect(events()).toEqual(["install installed", "refresh refreshed"]);
    await expectGoodPair();
  });
  test("that Shopify refuses is refreshed at once, and the call goes on", async () => {
    const rooms = shop.newRooms();
    await shop.call(rooms);
    shop.store.pass(61 * MINUTE_MS);
    expect(await shop.call(rooms)).toBe(shop.local.gid);
    expect(shop.timesAsked("refresh_token")).toBe(1);
    await expectGoodPair();
  });
  test("that another worker renewed is read, not refreshed again", async () => {
    const [one, other] = [shop.newRooms(), shop.newRooms()];
    await Promise.all([shop.call(one), shop.call(other)]);
    shop.store.pass(61 * MINUTE_MS);
    await shop.call(one);
    expect(await shop.call(other)).toBe(shop.local.gid);
    expect(shop.timesAsked("refresh_token")).toBe(1);
    await expectGoodPair();
  });
  test("is refreshed by worker clocks that are a day off no more often than by right ones", async () => {
    for (const skewMs of [-DAY_MS, DAY_MS]) {
      const rooms: Rooms = { ...shop.newRooms(), nowMs: () => Date.now() + skewMs };
      for (let index = 0; index < 3; index++) expect(await shop.call(rooms)).toBe(shop.local.gid);
    }
    expect(shop.timesAsked("refresh_token")).toBe(0);
  });
});

describe("of several workers at once", () => {
  test.each([
    { how: "with a token that has ended", passed: 61 * MINUTE_MS },
    { how: "with one that ends soon", passed: 56 * MINUTE_MS },
  ])("one refreshes, and all calls succeed: $how", async ({ passed }) => {
    await shop.pass(passed);
    const answers = await Promise.all(Array.from({ length: 8 }, () => shop.call(shop.newRooms())));
    expect(answers).toEqual(Array(8).fill(shop.local.gid));
    expect(shop.timesAsked("refresh_token")).toBe(1);
    await expectGoodPair();
  });
  test("whoever is stopped under the lease holds nobody up for long, and the stored refresh token is good for the next", async () => {
    await shop.pass(61 * MINUTE_MS);
    const sealed = (await stored())["access_token_sealed"] as string;
    const dead = shop.newRooms();
    expect(await dead.tokens.claim(shop.domain, sealed)).not.toBeNull();
    // It asked Shopify, and died before it wrote the answer down.
    shop.local.tokens.refresh(await opened("refresh_token_sealed"));
    expect(await dead.tokens.claim(shop.domain, sealed)).toBeNull();
    await shop.pass(31_000);
    expect(await shop.call(shop.newRooms())).toBe(shop.local.gid);
    await expectGoodPair();
  });
  test("whoever took longer than the lease writes nothing over the next one's pair", async () => {
    await shop.pass(61 * MINUTE_MS);
    const slow = shop.newRooms();
    const held = await slow.tokens.claim(shop.domain, (await stored())["access_token_sealed"] as string);
    await shop.pass(31_000);
    await shop.call(shop.newRooms());
    if (!held) throw new Error("no lease");
    const [tokens, accessMs, refreshMs] = [held.stored.tokens, 1, 1];
    expect(await slow.tokens.keep(held.lease, { tokens, accessMs, refreshMs })).toBe(false);
    await slow.tokens.lose(held.lease);
    await expectGoodPair();
  });
});

describe("when Shopify fails at it", () => {
  test.each([
    "lose-reply",
    "timeout-after",
    "timeout-before",
    "500",
    "bad-json",
    "empty-data",
    "not-json",
    "429",
    "401",
  ] as const)("once with %s, the same refresh token is offered again, and the call succeeds", async (fault) => {
    await shop.pass(61 * MINUTE_MS);
    shop.store.shopify.faults.order({ next: 1, fault, operation: "refresh_token" });
    expect(await shop.call(shop.newRooms())).toBe(shop.local.gid);
    expect(shop.timesAsked("refresh_token")).toBe(2);
    await expectGoodPair();
  });
  test("for long, a token that is good yet is used; one that is not fails the call, to be tried again; nothing is lost", async () => {
    await shop.pass(56 * MINUTE_MS);
    shop.store.shopify.faults.order({ next: 1000, fault: "500", operation: "refresh_token" });
    const rooms = shop.newRooms();
    expect(await shop.call(rooms)).toBe(shop.local.gid);
    await shop.pass(10 * MINUTE_MS);
    await expect(shop.call(shop.newRooms())).rejects.toMatchObject({ name: "AdminApiFailure", effect: "none" });
    expect(events()).toContain("refresh unanswered");
    shop.store.shopify.faults.clear();
    expect(await shop.call(rooms)).toBe(shop.local.gid);
    await expectGoodPair();
  });
  test("because the client secret is wrong, no shop loses its token", async () => {
    await shop.pass(61 * MINUTE_MS);
    await expect(shop.call(shop.newRooms({ SHOPIFY_API_SECRET: "another" }))).rejects.toThrow();
    expect(await shop.call(shop.newRooms())).toBe(shop.local.gid);
    await expectGoodPair();
  });
  test("so that an answer nobody heard replaced the stored pair, the refresh token before it brings the next", async () => {
    await shop.pass(56 * MINUTE_MS);
    const first = await opened("refresh_token_sealed");
    await shop.call(shop.newRooms());
    // A request of before, which was given up, arrives now.
    shop.local.tokens.refresh(first);
    expect(shop.local.tokens.isAlive(await opened("refresh_token_sealed"))).toBe(false);
    expect(await shop.call(shop.newRooms())).toBe(shop.local.gid);
    await expectGoodPair();
  });
});

describe("a refresh token that is good no more", () => {
  test("is dropped, an event says so, and the shop has no token until its merchant opens the app", async () => {
    shop.local.tokens.revokeAll();
    await expect(shop.call(shop.newRooms())).rejects.toMatchObject({ httpStatus: 401 });
    expect(await stored()).toMatchObject({
      access_token_sealed: null,
      refresh_token_sealed: null,
      uninstalled_at: null,
    });
    expect((await stored())["token_lost_at"]).not.toBeNull();
    expect(events()).toEqual(["install installed", "refresh lost"]);
    expect(await shop.call(shop.newRooms())).toBeNull();
    await shop.openApp();
    expect(await shop.call(shop.newRooms())).toBe(shop.local.gid);
    expect((await stored())["token_lost_at"]).toBeNull();
  });
  test("because 90 days are over is not offered at all", async () => {
    await shop.pass(91 * DAY_MS);
    await expect(shop.call(shop.newRooms())).rejects.toMatchObject({ httpStatus: 401 });
    expect(shop.timesAsked("refresh_token")).toBe(0);
    expect(events()).toContain("refresh lost");
  });
});

describe("once a day", () => {
  const lookAfter = async (rooms: Rooms) => {
    const found = await rooms.shops.findOne(shop.domain, rooms.nowMs());
    if (found) await lookAfterToken(rooms, found);
  };
  test("an idle shop's token is refreshed, by one of the jobs that the cron made for it", async () => {
    expect((await fanOut(shop.newRooms())).byKind).not.toHaveProperty("look-after-token");
    await shop.pass(DAY_MS);
    expect((await fanOut(shop.newRooms())).byKind).toMatchObject({ "look-after-token": 1 });
    await Promise.all([1, 2, 3].map(() => lookAfter(shop.newRooms())));
    expect(shop.timesAsked("refresh_token")).toBe(1);
    await expectGoodPair();
    expect((await fanOut(shop.newRooms())).byKind).not.toHaveProperty("look-after-token");
  });
  test("for a year, a shop that nobody needs keeps its token", async () => {
    for (let day = 0; day < 365; day += 73) {
      await shop.pass(73 * DAY_MS);
      await lookAfter(shop.newRooms());
      await expectGoodPair();
    }
  });
  test("a shop that Shopify does not answer for is tried again ten minutes later", async () => {
    await shop.pass(DAY_MS);
    shop.store.shopify.faults.order({ next: 2, fault: "503", operation: "refresh_token" });
    await lookAfter(shop.newRooms());
    expect((await fanOut(shop.newRooms())).byKind).not.toHaveProperty("look-after-token");
    await shop.pass(10 * MINUTE_MS);
    expect((await fanOut(shop.newRooms())).byKind).toMatchObject({ "look-after-token": 1 });
    await lookAfter(shop.newRooms());
    await expectGoodPair();
  });
  test("whatever is sealed under the key before is sealed under the present one, and opens without the other", async () => {
    const rotating = shop.newRooms({ TOKEN_KEY: codeKey, TOKEN_KEY_PREVIOUS: tokenKey });
    expect(await shop.call(rotating)).toBe(shop.local.gid);
    await shop.pass(DAY_MS);
    await lookAfter(rotating);
    const alone = shop.newRooms({ TOKEN_KEY: codeKey });
    expect(await shop.call(alone)).toBe(shop.local.gid);
    await shop.pass(61 * MINUTE_MS);
    expect(await shop.call(shop.newRooms({ TOKEN_KEY: codeKey }))).toBe(shop.local.gid);
    for (const column of ["access_token_sealed", "refresh_token_sealed", "earlier_refresh_token_sealed"])
      await openToken(String((await stored())[column]), shop.domain, [codeKey]);
  });
  test("a token that does not expire is sealed anew as well, and is otherwise left alone", async () => {
    const token = shop.local.tokens.permanent();
    shop.local.accessTokens.add(token);
    const { sealToken } = await import("../shops/tokens.ts");
    await shop.look(
      `update shops set access_token_sealed = $1, refresh_token_sealed = null, earlier_refresh_token_sealed = null,
         token_expires_at = null, refresh_token_expires_at = null, token_due_at = now()`,
      [await sealToken(token, shop.domain, [tokenKey])],
    );
    const rotating = shop.newRooms({ TOKEN_KEY: codeKey, TOKEN_KEY_PREVIOUS: tokenKey });
    await lookAfter(rotating);
    expect(await openToken(String((await stored())["access_token_sealed"]), shop.domain, [codeKey])).toBe(token);
    await shop.pass(365 * DAY_MS);
    expect(await shop.call(shop.newRooms({ TOKEN_KEY: codeKey }))).toBe(shop.local.gid);
    expect(shop.timesAsked("refresh_token")).toBe(0);
  });
  test("a token whose key is gone fails its job aloud and costs nothing: with the key it opens again", async () => {
    await shop.pass(DAY_MS);
    await expect(lookAfter(shop.newRooms({ TOKEN_KEY: codeKey }))).rejects.toThrow("a key that is not here");
    expect(await shop.call(shop.newRooms())).toBe(shop.local.gid);
    await expectGoodPair();
  });
});
