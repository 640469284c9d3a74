/**
 * Whatever goes wrong behind a route, its answer and its event tell nothing of what it was (OWASP API8). Every route there is meets every
 * fault of the database's and of Shopify's; each carries the same marks, which must turn up nowhere.
 */
import { neonConfig } from "@neondatabase/serverless";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { apiSecret, codeKey, tokenKey, workerPassword } from "../../dev/settings.ts";
import { newKey, type TestKey } from "../../dev/test-keys.ts";
import { proxyQuery, right, sign, webhookHeaders } from "../../dev/test-requests.ts";
import { type Owned, ROUTES } from "../../dev/test-routes.ts";
import { newTenants, type Outside, type Shopper, type Tenants } from "../../dev/test-tenants.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

/** In every fault's own words. */
const MARK = "zq7mark";
/** What no answer and no event may hold, whoever wrote it. */
const SECRETS = [MARK, apiSecret, tokenKey, codeKey, workerPassword, "test-token", "shpat_"];
const INTERNALS =
  /postgres|neon|drizzle|\bsql\b|relation |constraint|select |insert |\bat \w+ \(|node_modules|\/worker\//i;

let tenants: Tenants;
let owner: Shopper;
let own: Owned;
let key: TestKey;
const logged: string[] = [];
type Send = (url: string, init: RequestInit) => Promise<Response>;
let database: Send;
let shopify: Outside["answer"];
beforeAll(async () => {
  for (const level of ["log", "info", "warn", "error", "debug"] as const)
    vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => void logged.push(parts.map(String).join(" ")));
  tenants = await newTenants(outside);
  owner = { shop: tenants.shops[0].domain, customer: "7001" };
  await tenants.earn(owner, 10_000);
  own = await tenants.redeem(owner);
  key = await newKey(tenants.world.rooms, tenants.shops[0]);
  database = neonConfig.fetchFunction as Send;
  shopify = outside.answer;
});
afterEach(() => {
  neonConfig.fetchFunction = database;
  outside.answer = shopify;
  logged.length = 0;
});
afterAll(async () => {
  vi.restoreAllMocks();
  await tenants.close();
});

/** As Neon tells what Postgres said. */
const sqlError = (code: string | undefined) => ({
  message: `relation "accounts_${MARK}" does not exist near select * from ${MARK}`,
  code,
  detail: `Key (customer_id)=(${MARK}) already exists.`,
  hint: MARK,
  where: `PL/pgSQL function ${MARK} line 3`,
  table: MARK,
  constraint: `${MARK}_pkey`,
  file: `/build/${MARK}.c`,
  line: "1",
  routine: MARK,
});
const json = (status: number, body: unknown) => Promise.resolve(Response.json(body, { status }));

const databaseFaults: [name: string, answer: () => Promise<Response>][] = [
  ...["42P01", "42501", "57014", "57P01", "53300", "08006", "22P02", "XX000"].map(
    (code): [string, () => Promise<Response>] => [`SQLSTATE ${code}`, () => json(400, sqlError(code))],
  ),
  ["an error without a code", () => json(400, sqlError(undefined))],
  [
    "a 500 in HTML",
    () => Promise.resolve(new Response(`<pre>${MARK} at handler (/srv/${MARK}.js)</pre>`, { status: 500 })),
  ],
  ["an answer that is no JSON", () => Promise.resolve(new Response(MARK))],
  ["a broken connection", () => Promise.reject(new TypeError(`connect ECONNREFUSED ${MARK}`))],
];

const throttled = { message: MARK, extensions: { code: "THROTTLED", cost: { requestedQueryCost: 10 } } };
const shopifyFaults: [name: string, answer: () => Promise<Response>][] = [
  ["401", () => json(401, { errors: `[API] Invalid API key or access token ${MARK} test-token` })],
  ["403", () => json(403, { errors: MARK })],
  ["a frozen shop", () => json(402, { errors: MARK })],
  ["500 in HTML", () => Promise.resolve(new Response(`<h1>${MARK}</h1>`, { status: 500 }))],
  ["GraphQL errors in a 200", () => json(200, { errors: [{ message: MARK, path: [MARK] }] })],
  ["THROTTLED in a 200", () => json(200, { errors: [throttled] })],
  ["an answer that is no JSON", () => Promise.resolve(new Response(MARK))],
  ["an answer of another shape", () => json(200, { data: { [MARK]: [MARK] } })],
  ["a broken connection", () => Promise.reject(new TypeError(`socket hang up ${MARK} test-token`))],
];

/** Asks every route in the owner's name, and again with what it has never seen. */
async function askAll(): Promise<void> {
  for (const [route, row] of Object.entries(ROUTES)) {
    for (const owned of [own, { id: crypto.randomUUID(), code: "" }]) {
      const body = row.json === undefined ? undefined : JSON.stringify(row.json(owned));
      const method = route.split(" ")[0] ?? "";
      const [path, headers] =
        row.door === "shopper"
          ? [`/proxy${row.path(owned)}?${sign(proxyQuery(owner))}`, {}]
          : row.door === "key"
            ? [row.path(owned), key.headers]
            : [row.path(owned), webhookHeaders(owner.shop, "orders/paid", right(body ?? ""))];
      const answer = await tenants.fetch(path, { method, headers, ...(body === undefined ? {} : { body }) });
      const told = [...answer.headers].join("\n") + (await answer.text()).replaceAll(owned.id, "");
      for (const secret of [...SECRETS, key.text]) expect(told, route).not.toContain(secret);
      expect(told, route).not.toMatch(INTERNALS);
      const isProblem = answer.headers.get("content-type") === "application/problem+json";
      if (answer.status >= 400 && (row.door === "shopper" || row.door === "key"))
        expect(isProblem, `${route} ${answer.status}`).toBe(true);
    }
  }
  for (const line of logged) {
    for (const secret of [...SECRETS, key.text, own.id, own.code, owner.customer]) expect(line).not.toContain(secret);
    expect(line).not.toMatch(/customer_id|signature=/);
  }
  expect(logged.length).toBeGreaterThanOrEqual(2 * Object.keys(ROUTES).length);
}

describe("every route, where the database answers with", () => {
  test.each(databaseFaults)("%s", async (_name, answer) => {
    neonConfig.fetchFunction = answer;
    await askAll();
  });

  test("a statement that took too long: it is 503, for the same may succeed later", async () => {
    neonConfig.fetchFunction = () => json(400, sqlError("57014"));
    const answer = await tenants.ask(owner, "/member");
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
  });
});

describe("every route, where Shopify answers with", () => {
  test.each(shopifyFaults)("%s", async (_name, answer) => {
    outside.answer = answer;
    await askAll();
  });
});

describe("the log of hostile requests", () => {
  const TOKENS = ["shpat_0123456789abcdef", "shpss_fedcba9876543210", "eyJhbGciOiJIUzI1NiJ9.e30.zq7"];

  test("names the route, and nothing that a caller wrote into the path, the query, the headers or the body", async () => {
    const [token = "", secret = "", session = ""] = TOKENS;
    const headers = {
      Authorization: `Bearer ${session}`,
      "X-Shopify-Access-Token": token,
      Cookie: `session=${secret}`,
      "User-Agent": MARK,
      "X-Shopify-Webhook-Id": MARK,
      "X-Forwarded-For": "203.0.113.77",
      "Content-Type": "application/json",
    };
    const query = `access_token=${token}&code=${secret}&email=${MARK}@example.com&logged_in_customer_id=70011007`;
    const paths = [
      `/${token}`,
      `/oauth/${secret}/callback`,
      `/proxy/redemptions/${token}`,
      "/proxy/member",
      "/webhooks",
      "/healthz",
      `/proxy/${MARK}`,
    ];
    for (const path of paths)
      for (const method of ["GET", "POST", "DELETE"]) {
        const body = method === "POST" ? { body: JSON.stringify({ token, email: `${MARK}@example.com` }) } : {};
        await (await tenants.fetch(`${path}?${query}`, { method, headers, ...body })).text();
      }
    expect(logged).toHaveLength(3 * paths.length);
    const all = logged.join("\n");
    for (const word of [...TOKENS, MARK, "70011007", "203.0.113.77", "access_token", "example.com"])
      expect(all).not.toContain(word);
    const routes = new Set(logged.map((line) => (JSON.parse(line) as { route: string }).route));
    expect([...routes].sort()).toEqual(["/healthz", "/proxy/*", "/webhooks", "none"]);
  });
});
