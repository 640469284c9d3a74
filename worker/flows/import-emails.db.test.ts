/** Balances by e-mail, against a Shopify that looks customers up, and against one that does not let the app. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as store from "../../dev/connected-shop.fixture.ts";
import { checkFile, importFile, readFile } from "../../dev/import-file.ts";
import { EMAILS_PER_CALL } from "../shopify/customer-lookup.ts";
import type { Shop } from "../shops/shops.ts";
import type { Rooms } from "./rooms.ts";

/** The official client takes the network as it finds it when it is loaded. */
const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

let rooms: Rooms;
let shop: Shop;
let lines: string[];
beforeEach(async () => {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  await store.openShopify(network);
  rooms = store.newRooms();
  await store.openApp(rooms);
  const found = await rooms.shops.findOne(store.domain, rooms.nowMs());
  if (!found) throw new Error("The test's shop was not found.");
  shop = found;
  for (let at = 0; at < 50; at++) store.local.adoptCustomer(String(7000 + at)).email = `Person${at}@Example.com`;
  store.local.protectedDataLevel = 2;
  store.asked.length = 0;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await store.closeShopify();
});

const TEXT = `Full Name,Email,Points Balance,Points Spent
Ada,person1@example.com,100,5
Bo,PERSON2@example.com,50,0
,nobody@example.com,5,0
,person1@EXAMPLE.com,5,0
`;
const wish = { format: "yotpo", adds: false } as const;
const fileOf = (text: string) => readFile(new TextEncoder().encode(text), wish);
const begun = { ...wish, id: "one", begunBy: "operator" };

test("an e-mail is exchanged for the customer's number, and neither stored nor told", async () => {
  const state = await importFile(rooms, shop, await fileOf(TEXT), begun);
  expect(state).toMatchObject({ rowsPosted: 2, rowsRefused: 2, pointsPosted: 150 });
  expect(await rooms.imports.refusedAfter(shop.id, "one", 0, 9)).toEqual([
    { row: 4, column: "email", reason: "email-unknown" },
    { row: 5, column: "email", reason: "duplicate" },
  ]);
  const members = await store.look(
    "select m.customer_id, a.available::int from members m join accounts a on a.member_id = m.id order by 1",
  );
  expect(members).toEqual([
    { customer_id: "7001", available: 100 },
    { customer_id: "7002", available: 50 },
  ]);
  const tables = await store.look<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public'",
  );
  for (const { name } of tables) {
    const rows = await store.look(`select to_jsonb(t)::text as row from ${name} t`);
    expect(JSON.stringify(rows), name).not.toMatch(/person|example\.com|Ada/i);
  }
  expect(lines.join("\n")).not.toMatch(/person|example\.com|Ada/i);
});

test("many are asked for with few calls", async () => {
  const rows = Array.from({ length: 50 }, (_, at) => `person${at}@example.com,1\n`);
  const state = await importFile(rooms, shop, await fileOf(`Email,Points\n${rows.join("")}`), begun);
  expect(state.pointsPosted).toBe(50);
  expect(store.timesAsked("graphql")).toBe(Math.ceil(50 / EMAILS_PER_CALL));
});

test("two e-mails or a number and an e-mail of one customer are one customer", async () => {
  const text = "Email,Points,customer_id\nperson1@example.com,5,\n,6,7001\nperson2@example.com,7,\n";
  const report = await checkFile(rooms, shop, await fileOf(text), wish);
  expect(report).toMatchObject({ rowsToPost: 2, points: 12 });
  expect(report.refused).toEqual([{ row: 3, column: "customer_id", reason: "duplicate" }]);
});

test("where Shopify does not let the app use e-mails, that is told in one line and nothing is written; customer numbers work", async () => {
  store.local.protectedDataLevel = 1;
  for (const run of [
    async () => checkFile(rooms, shop, await fileOf(TEXT), wish),
    async () => importFile(rooms, shop, await fileOf(TEXT), begun),
  ])
    await expect(run()).rejects.toThrow(
      /^Shopify does not let this app look customers up by e-mail: .* Give customer ids instead\.$/,
    );
  expect(await store.look("select 1 from entries")).toEqual([]);
  const numbers = await importFile(rooms, shop, await fileOf("customer_id,Points\n7001,5\n"), { ...begun, id: "two" });
  expect(numbers).toMatchObject({ rowsPosted: 1, pointsPosted: 5 });
});

test("what Shopify did not answer is asked again, and no row is lost or posted twice", async () => {
  let failures = 3;
  network.answer = (request) => {
    failures -= 1;
    return failures < 0 ? store.askShopify(request) : Promise.resolve(new Response(null, { status: 503 }));
  };
  expect(await importFile(rooms, shop, await fileOf(TEXT), begun)).toMatchObject({ rowsPosted: 2, pointsPosted: 150 });
});
