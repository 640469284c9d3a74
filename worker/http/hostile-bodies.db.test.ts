/** Bodies that lie about their length, never end, are too long or too deep: each costs little, and none is a fault (OWASP API4). */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { apiKey, apiSecret } from "../../dev/settings.ts";
import { sessionClaims, signSession } from "../../dev/shopify/session-token.ts";
import { newKey, type TestKey } from "../../dev/test-keys.ts";
import { expectProblem, proxyQuery, right, sign, webhookHeaders } from "../../dev/test-requests.ts";
import { ROUTES } from "../../dev/test-routes.ts";
import { newTenants, type Outside, type Shopper, type Tenants } from "../../dev/test-tenants.ts";
import { BODY_TIMEOUT_MS, readBody } from "./body.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

let tenants: Tenants;
let shopper: Shopper;
let key: TestKey;
beforeAll(async () => {
  tenants = await newTenants(outside);
  shopper = { shop: tenants.shops[0].domain, customer: "7001" };
  await tenants.earn(shopper, 1_000);
  key = await newKey(tenants.world.rooms, tenants.shops[0]);
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => tenants.close());

const KIB = 1024;
const own = { id: crypto.randomUUID(), code: "" };
const posts = Object.entries(ROUTES).filter(([route]) => route.startsWith("POST "));
const MAX_BYTES = { webhook: 5 * KIB * KIB, shopper: 64 * KIB, staff: 256 * KIB, key: 64 * KIB, anybody: 0 };
const maxBytes = (route: string) => ROUTES[route]?.maxBytes ?? MAX_BYTES[ROUTES[route]?.door ?? "anybody"];
const timeoutMs = (route: string) => (ROUTES[route]?.maxBytes === undefined ? BODY_TIMEOUT_MS : 60_000);

/** A body that begins, and goes on for ever, or stops without ending. */
function endless(chunk: Uint8Array | null): ReadableStream<Uint8Array> {
  let isBegun = false;
  return new ReadableStream({
    pull(controller) {
      if (!isBegun) controller.enqueue(new TextEncoder().encode("{"));
      else if (chunk !== null) controller.enqueue(chunk);
      else return new Promise(() => undefined);
      isBegun = true;
      return undefined;
    },
  });
}

/** To the route, signed at its door; what the signature is of does not matter where the body is never read whole. */
function post(route: string, body: BodyInit, extra: Record<string, string> = {}): Promise<Response> {
  const row = ROUTES[route];
  if (!row) throw new Error(`There is no route ${route}.`);
  const path = row.door === "shopper" ? `/proxy${row.path(own)}?${sign(proxyQuery(shopper))}` : row.path(own);
  const signed = typeof body === "string" ? right(body) : "";
  const session = signSession(sessionClaims(shopper.shop, apiKey, new Date()), apiSecret);
  const doors: Partial<Record<string, Record<string, string>>> = {
    staff: { Authorization: `Bearer ${session}` },
    key: { ...key.headers },
  };
  const door = doors[row.door] ?? webhookHeaders(shopper.shop, "orders/paid", signed);
  const headers = { ...door, ...extra };
  return tenants.fetch(path, { method: "POST", headers, body, ...({ duplex: "half" } as object) });
}

const rowsOf = () => tenants.world.look("select count(*)::int as entries from entries");

describe.each(posts)("%s", (route) => {
  test("413 for a body that is too long: declared, undeclared, or declared as short", async () => {
    const before = await rowsOf();
    const long = new Uint8Array(maxBytes(route) + 1).fill(32);
    for (const extra of [{ "Content-Length": String(long.length) }, {}, { "Content-Length": "2" }])
      await expectProblem(await post(route, long, extra), 413, "too-large");
    await expectProblem(await post(route, endless(new Uint8Array(64 * KIB))), 413, "too-large");
    await expectProblem(await post(route, "{}", { "Content-Length": String(2 ** 40) }), 413, "too-large");
    expect(await rowsOf()).toEqual(before);
  });

  test("408 for a body that does not come to its end: nobody waits longer than ten seconds, or a minute for a file", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    for (const extra of [{}, { "Content-Length": "100" }]) {
      const answer = post(route, endless(null), extra);
      await vi.advanceTimersByTimeAsync(timeoutMs(route) + 1);
      await expectProblem(await answer, 408, "too-slow");
    }
  });

  test("no fault for a body that is nested as deeply as its length allows, or as 64 KiB do", async () => {
    const room = 64 * KIB - 100;
    const bodies = [
      "[".repeat(room),
      `${"[".repeat(room / 2)}${"]".repeat(room / 2)}`,
      `${'{"a":'.repeat(Math.floor(room / 8))}1${"}".repeat(Math.floor(room / 8))}`,
      `{"id":${"[".repeat(room / 4)}${"]".repeat(room / 4)},"member":${"[".repeat(room / 8)}${"]".repeat(room / 8)},"line_items":[[[]]]}`,
    ];
    for (const body of bodies) expect((await post(route, body)).status).toBeLessThan(500);
  });
});

describe("a body", () => {
  const bounds = { maxBytes: 10, maxDroppedBytes: 100, timeoutMs: 20 };
  const request = (body: BodyInit, headers: Record<string, string> = {}) =>
    new Request("https://lojal.test/", { method: "POST", body, headers, ...({ duplex: "half" } as object) });

  test("is read whole where it fits, to the last byte", async () => {
    for (const length of [0, 1, 10]) {
      const bytes = new Uint8Array(length).fill(7);
      for (const body of [bytes, new Blob([bytes]).stream()]) {
        const read = await readBody(request(body), bounds);
        expect(read).toBeInstanceOf(ArrayBuffer);
        expect(new Uint8Array(read as ArrayBuffer)).toEqual(bytes);
      }
    }
    expect(await readBody(request(new Uint8Array(11)), bounds)).toBe("too-large");
  });

  test("that stalls is left, and one that trickles is, too", async () => {
    expect(await readBody(request(endless(null)), bounds)).toBe("too-slow");
    expect(await readBody(request(endless(null), { "Content-Length": "5" }), bounds)).toBe("too-slow");
  });
});

test("lists are bounded, however much there is", async () => {
  const rich = { ...shopper, customer: "7500" };
  await tenants.earn(rich, 1_000);
  await tenants.redeem(rich);
  await tenants.world.look(
    `insert into redemptions
     select (jsonb_populate_record(null::redemptions, to_jsonb(r) || jsonb_build_object(
       'id', gen_random_uuid()::text, 'code', 'LOJAL-COPY' || n, 'state', 'released', 'due_at', null))).*
     from redemptions r join members m on (m.shop_id, m.id) = (r.shop_id, r.member_id), generate_series(1, 400) n
     where m.customer_id = '7500'`,
  );
  const { redemptions } = (await (await tenants.ask(rich, "/redemptions")).json()) as { redemptions: unknown[] };
  expect(redemptions).toHaveLength(200);
});
