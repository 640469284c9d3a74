/**
 * Every route of the app against everybody who may come to it: the owner, another customer, another shop, nobody. The list of routes is the
 * app's own, so that a new one without a row here fails (OWASP API1, API3, API5, API9).
 */
import fc from "fast-check";
import { inspectRoutes } from "hono/dev";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { noLimits } from "../../dev/no-limits.ts";
import { propertyRuns } from "../../dev/property-runs.ts";
import { apiKey, apiSecret } from "../../dev/settings.ts";
import { sessionClaims, signSession } from "../../dev/shopify/session-token.ts";
import { newKey, type TestKey } from "../../dev/test-keys.ts";
import { expectProblem, proxyQuery, right, sign, webhookHeaders } from "../../dev/test-requests.ts";
import { type Owned, ROUTES, type Row } from "../../dev/test-routes.ts";
import { newTenants, type Outside, type Shopper, type Tenants } from "../../dev/test-tenants.ts";
import { createApp } from "../app.ts";
import { BASE_HEADERS } from "./headers.ts";

const outside = vi.hoisted(() => {
  const hosts = new Set<string>();
  const outside: Outside = { hosts, answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    hosts.add(new URL(request.url).hostname);
    return outside.answer(request);
  };
  return outside;
});

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const staffRows = Object.entries(ROUTES).filter(([, { door }]) => door === "staff");
const keyRows = Object.entries(ROUTES).filter(([, { door }]) => door === "key");
const shopperRows = Object.entries(ROUTES).filter(([, { door }]) => door === "shopper");

let tenants: Tenants;
let owner: Shopper;
let own: Owned;
/** A key of each shop. */
let keys: readonly [TestKey, TestKey];
beforeAll(async () => {
  tenants = await newTenants(outside);
  owner = { shop: tenants.shops[0].domain, customer: "7001" };
  // Points that are found again wherever they turn up.
  await tenants.earn(owner, 98_765);
  own = await tenants.redeem(owner);
  const [first, second] = tenants.shops;
  keys = [await newKey(tenants.world.rooms, first), await newKey(tenants.world.rooms, second)];
});
afterAll(() => tenants.close());

/** What tells of the owner: their points before and after the redemption, its code, its order. */
const ownMarks = () => [own.code, "98765", "98,765", "98265", "98,265"];

/** Everything the owner's shop holds of its shoppers. */
async function ledgerOf(shop: string): Promise<unknown> {
  const tables = ["members", "accounts", "entries", "lots", "allocations", "order_states", "redemptions"];
  const parts = tables.map(
    (table) => `select '${table}' as name, to_jsonb(t)::text as line from ${table} t join shops s on s.id = t.shop_id
      where s.domain = $1`,
  );
  return await tenants.world.look(`${parts.join(" union all ")} order by name, line`, [shop]);
}

function send(row: Row, shopper: Shopper): Promise<Response> {
  return tenants.ask(shopper, row.path(own), row.json?.(own));
}

/** Every field of a JSON answer, as paths. */
function fieldsOf(value: unknown, at = ""): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => fieldsOf(item, `${at}[]`)))];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = at === "" ? name : `${at}.${name}`;
    return [path, ...fieldsOf(inner, path)];
  });
}

describe("the inventory", () => {
  const app = createApp(() => tenants.world.rooms, noLimits);
  const found = inspectRoutes(app)
    .filter(({ isMiddleware }) => !isMiddleware)
    .map(({ method, path }) => `${method} ${path.replace(/(?<=.)\/$/, "")}`);

  test("has a row for each route of the app, and no row besides", () => {
    expect([...new Set(found)].sort()).toEqual(Object.keys(ROUTES).sort());
  });

  test("answers every other method on the same paths, and paths near them, with 404, to whomever", async () => {
    const paths = [...new Set(Object.keys(ROUTES).map((route) => route.replace(/^\w+ /, "")))];
    for (const path of paths)
      for (const method of METHODS.filter((one) => ROUTES[`${one} ${path}`] === undefined)) {
        const query = sign(proxyQuery(owner));
        const answer = await tenants.fetch(`${path.replace(":id", own.id).replace(":customer", "7001")}?${query}`, {
          method,
        });
        await expectProblem(answer, 404, "not-found");
      }
    for (const path of [
      "/",
      "/admin",
      "/webhooks/",
      "/proxy",
      "/proxy/members",
      "/.env",
      "/healthz/x",
      "//proxy/member",
    ]) {
      const answer = await tenants.fetch(path, { method: "POST" });
      expect([401, 404], path).toContain(answer.status);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
  });
});

describe.each(shopperRows)("%s", (name, row) => {
  const [method = ""] = name.split(" ");

  test("nobody: unsigned, signed by another or signed out, no one comes in", async () => {
    const before = await ledgerOf(owner.shop);
    const json = row.json && JSON.stringify(row.json(own));
    const init = { method, ...(json === undefined ? {} : { body: json }) };
    const guest = { ...owner, customer: "" };
    for (const [query, slug] of [
      [new URLSearchParams(), "bad-signature"],
      [proxyQuery(owner), "bad-signature"],
      [sign(proxyQuery(owner), "not-the-secret"), "bad-signature"],
      [sign(proxyQuery(guest)), "signed-out"],
    ] as const)
      await expectProblem(await tenants.fetch(`/proxy${row.path(own)}?${query}`, init), 401, slug);
    // Shopify's signature of a body opens the webhooks' door, not this one.
    const headers = webhookHeaders(owner.shop, "orders/paid", right(json ?? ""));
    await expectProblem(await tenants.fetch(`/proxy${row.path(own)}`, { ...init, headers }), 401, "bad-signature");
    expect(await ledgerOf(owner.shop)).toEqual(before);
  });

  test("another customer and another shop: nothing of the owner's is told or changed", async () => {
    const before = await ledgerOf(owner.shop);
    const stranger = { ...owner, customer: "7002" };
    const namesake = { ...owner, shop: tenants.shops[1].domain };
    for (const shopper of [stranger, namesake]) {
      const answer = await send(row, shopper);
      const text = await answer.text();
      // In another shop the owner's id is as good as any: there it names a new request, which nobody there can pay.
      const expected = shopper === namesake && row.others === 422 ? 409 : row.others;
      expect([answer.status, text]).toEqual([expected, expect.any(String)]);
      for (const mark of ownMarks()) expect(text).not.toContain(mark);
    }
    if (method === "GET" || row.others >= 400) expect(await ledgerOf(owner.shop)).toEqual(before);
  });

  test("the owner: the answer has exactly the fields that are documented, and the headers that all have", async () => {
    const answer = await send(row, owner);
    expect(answer.status).toBe(row.owner);
    for (const [header, value] of Object.entries(BASE_HEADERS)) expect(answer.headers.get(header), header).toBe(value);
    expect(fieldsOf(await answer.json()).sort()).toEqual([...row.fields].sort());
  });
});

describe.each(keyRows)("%s", (name, row) => {
  const [method = ""] = name.split(" ");
  const ask = (headers: Record<string, string>, query = "") => {
    const json = row.json && JSON.stringify(row.json(own));
    return tenants.fetch(`${row.path(own)}${query}`, {
      method,
      headers,
      ...(json === undefined ? {} : { body: json }),
    });
  };

  test("nobody: no other door's token or signature opens it, and no key that is not whole, in its place and live", async () => {
    const before = await ledgerOf(owner.shop);
    const { text } = keys[0];
    const session = signSession(sessionClaims(owner.shop, apiKey, new Date()), apiSecret);
    const elsewhere = text.replace(/^lojal_[a-z-]+_/, "lojal_second-shop_");
    const last = text.endsWith("0") ? "1" : "0";
    for (const [headers, query] of [
      [{}, ""],
      [{}, `?${sign(proxyQuery(owner))}`],
      [{}, `?key=${text}&access_token=${text}`],
      [{ "X-Api-Key": text, Cookie: `key=${text}` }, ""],
      [webhookHeaders(owner.shop, "orders/paid", right("")), ""],
      ...[session, elsewhere, `${text.slice(0, -1)}${last}`, text.slice(0, -1), `${text}0`, text.toUpperCase(), ""].map(
        (token) => [{ Authorization: `Bearer ${token}` }, ""] as const,
      ),
      [{ Authorization: `Basic ${text}` }, ""],
      [{ Authorization: text }, ""],
    ] as const) {
      const answer = await ask(headers, query);
      expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="lojal"');
      await expectProblem(answer, 401, "bad-api-key");
    }
    expect(await ledgerOf(owner.shop)).toEqual(before);
  });

  test("another shop's key: nothing of the owner's is told or changed", async () => {
    const before = await ledgerOf(owner.shop);
    const answer = await ask(keys[1].headers);
    const text = await answer.text();
    expect([answer.status, text]).toEqual([row.others, expect.any(String)]);
    for (const mark of ownMarks()) expect(text).not.toContain(mark);
    expect(await ledgerOf(owner.shop)).toEqual(before);
  });

  test("the shop's key: the answer has exactly the fields that are documented, the headers that all have, and none for other pages", async () => {
    const answer = await ask({ ...keys[0].headers, Origin: "https://evil.example" });
    expect(answer.status).toBe(row.owner);
    for (const [header, value] of Object.entries(BASE_HEADERS)) expect(answer.headers.get(header), header).toBe(value);
    for (const header of ["access-control-allow-origin", "set-cookie"]) expect(answer.headers.get(header)).toBeNull();
    expect(fieldsOf(await answer.json()).sort()).toEqual([...row.fields].sort());
  });
});

describe("the other doors", () => {
  test("/webhooks opens to Shopify's HMAC of the body alone: a signed query is nobody there", async () => {
    const query = sign(proxyQuery(owner));
    const answer = await tenants.fetch(`/webhooks?${query}`, { method: "POST", body: "{}" });
    await expectProblem(answer, 401, "bad-signature");
    const headers = webhookHeaders(owner.shop, "themes/publish", right("{}"));
    const accepted = await tenants.fetch("/webhooks", { method: "POST", headers, body: "{}" });
    expect(fieldsOf(await accepted.json()).sort()).toEqual(ROUTES["POST /webhooks"]?.fields);
  });

  test.each(staffRows)(
    "%s opens to a session token alone: no other signature, and no token that is not whole",
    async (name, row) => {
      const [method = ""] = name.split(" ");
      const before = await ledgerOf(owner.shop);
      const claims = sessionClaims(owner.shop, apiKey, new Date());
      const whole = signSession(claims, apiSecret);
      const init = method === "GET" ? { method } : { method, body: new URLSearchParams(row.form?.(own)) };
      for (const [query, headers] of [
        ["", {}],
        [`?${sign(proxyQuery(owner))}`, {}],
        ["", webhookHeaders(owner.shop, "orders/paid", right(""))],
        ["", keys[0].headers],
        [`?shop=${owner.shop}`, { Authorization: "Bearer" }],
        ["", { Authorization: `Basic ${whole}` }],
        ["", { Authorization: `Bearer ${whole.slice(0, -1)}` }],
        ["", { Authorization: `Bearer ${signSession(claims, "not-the-secret")}` }],
        ["", { Authorization: `Bearer ${signSession({ ...claims, aud: "another-app" }, apiSecret)}` }],
        ["", { Authorization: `Bearer ${signSession({ ...claims, exp: claims.exp - 3_600 }, apiSecret)}` }],
        ["", { Authorization: `Bearer ${signSession({ ...claims, dest: "https://evil.example" }, apiSecret)}` }],
      ] as const)
        await expectProblem(await tenants.fetch(`${row.path(own)}${query}`, { ...init, headers }), 401, "bad-session");
      expect(await ledgerOf(owner.shop)).toEqual(before);
    },
  );

  test("the page of the admin holds nothing of any shop, whoever it is opened for", async () => {
    const pages = await Promise.all(
      tenants.shops.map(async ({ domain }) => (await tenants.fetch(`/?shop=${domain}`)).text()),
    );
    expect(new Set(pages).size).toBe(1);
    for (const mark of [...ownMarks(), owner.shop]) expect(pages[0]).not.toContain(mark);
  });

  test("/healthz tells anybody that the worker and its database are there, and nothing else", async () => {
    const answer = await tenants.fetch("/healthz");
    expect(fieldsOf(await answer.json()).sort()).toEqual(ROUTES["GET /healthz"]?.fields);
  });
});

describe("fields that nobody asked for", () => {
  const extra = {
    points: undefined,
    cost: 1,
    price: 0,
    available: 1_000_000,
    balance: 1_000_000,
    state: "issued",
    code: "LOJAL-MINE",
    shop: "second-shop.myshopify.com",
    shop_id: 2,
    customer: "7001",
    customer_id: "7001",
    logged_in_customer_id: "7001",
    member_id: 1,
    discount_id: "gid://shopify/DiscountCodeNode/1",
    ends_at: "2099-01-01T00:00:00Z",
    __proto__: { available: 1_000_000 },
    constructor: { prototype: { available: 1_000_000 } },
  };

  test("change neither the answer nor what is written", async () => {
    const shop = owner.shop;
    const [plain, greedy] = ["7101", "7102"].map((customer) => ({ shop, customer })) as [Shopper, Shopper];
    for (const shopper of [plain, greedy]) await tenants.earn(shopper, 1_000);
    const play = async (shopper: Shopper, more: object) => {
      const id = crypto.randomUUID();
      const requests: [path: string, json: object][] = [
        ["/membership", { member: true, ...more }],
        ["/redemptions", { id, reward_id: "off-500", ...more }],
        [`/redemptions/${id}/cancel`, more],
      ];
      const told: unknown[] = [];
      for (const [path, json] of requests) {
        const answer = await tenants.ask(shopper, path, json);
        const body = (await answer.json()) as Record<string, unknown>;
        told.push([answer.status, { ...body, id: undefined, code: undefined }]);
      }
      const rows = await tenants.world.look(
        `select a.pending, a.available, a.held, a.owed, r.state, r.cost, r.reward::text from members m
         join accounts a on (a.shop_id, a.member_id) = (m.shop_id, m.id)
         left join redemptions r on (r.shop_id, r.member_id) = (m.shop_id, m.id) where m.customer_id = $1`,
        [shopper.customer],
      );
      return { told, rows };
    };
    const before = await ledgerOf(tenants.shops[1].domain);
    expect(await play(greedy, extra)).toEqual(await play(plain, {}));
    expect(await ledgerOf(tenants.shops[1].domain)).toEqual(before);
  });

  test("nor do they in the query: who is asking is what Shopify signed, once", async () => {
    for (const name of ["customer", "customer_id", "shop_id", "member", "as"]) {
      const query = proxyQuery({ ...owner, customer: "7002" });
      query.set(name, owner.customer);
      const answer = await tenants.fetch(`/proxy/member?${sign(query)}`);
      expect(await answer.json()).toMatchObject({ available: 0 });
    }
  });
});

test("of any shopper and any redemption in any shop, only who owns it is told of it or changes it", async () => {
  const shoppers = tenants.shops.flatMap(({ domain: shop }) =>
    ["7201", "7202", "7203"].map((customer) => ({ shop, customer })),
  );
  const owned: { owner: Shopper; id: string; code: string }[] = [];
  for (const shopper of shoppers) {
    await tenants.earn(shopper, 1_000);
    for (let time = 0; time < 2; time++) owned.push({ owner: shopper, ...(await tenants.redeem(shopper)) });
  }
  const verb = fc.constantFrom("read", "cancel", "repeat", "list");
  const spelled = fc.constantFrom(
    (id: string) => id,
    (id: string) => id.toUpperCase(),
  );
  const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...shoppers),
      fc.constantFrom(...owned),
      verb,
      spelled,
      async (asker, one, what, spell) => {
        const isOwner = asker === one.owner;
        fc.pre(!isOwner || what !== "cancel");
        const id = spell(one.id);
        const [path, json] = {
          read: [`/redemptions/${id}`],
          cancel: [`/redemptions/${id}/cancel`, {}],
          repeat: ["/redemptions", { id, reward_id: "off-500" }],
          list: ["/redemptions"],
        }[what] as [string, unknown?];
        const answer = await tenants.ask(asker, path, json);
        const text = await answer.text();
        expect([what, text.includes(one.code)]).toEqual([what, isOwner]);
        if (!isOwner && what !== "list") expect(answer.status).toBeGreaterThanOrEqual(400);
      },
    ),
    { numRuns: propertyRuns(300), seed },
  );
  const states = await tenants.world.look("select distinct state from redemptions where code = any ($1)", [
    owned.map(({ code }) => code),
  ]);
  expect(states).toEqual([{ state: "issued" }]);
});

test("whatever was asked, nobody was called but the database and the shops' own Shopify (API7)", () => {
  expect([...outside.hosts].sort()).toEqual(tenants.shops.map(({ domain }) => domain).sort());
});
