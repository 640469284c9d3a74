/** Orders that the worker never heard of, on the real worker: one sweep settles them, and the day's statement says so. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { auditLedger } from "./audit.ts";
import { type Local, startLocal } from "./local.ts";
import type { StatementView } from "./local-sweep.ts";
import { claimPort, endProcess } from "./processes.ts";
import { publishProgram, simpleProgram } from "./publish-program.ts";

/** A sweep that finds something waits for it to settle. */
vi.setConfig({ testTimeout: 120_000 });

let local: Local;
let database: pg.Pool;
let home: string;
beforeAll(async () => {
  const [workerPort, storePort] = [await claimPort(0, "The worker"), await claimPort(0, "The local store")];
  home = mkdtempSync(join(tmpdir(), "lojal-sweep-"));
  const quiet = () => undefined;
  local = await startLocal({ workerPort, storePort, stateFile: stateFile(), durable: false, say: quiet, log: quiet });
  database = new pg.Pool({ connectionString: local.databaseUrl, max: 1 });
}, 180_000);
afterEach(async () => {
  await press("webhooks", { hold: false });
  const look = async <Row extends pg.QueryResultRow>(query: string) => (await database.query<Row>(query)).rows;
  expect(await auditLedger({ look })).toEqual([]);
});
afterAll(async () => {
  await database?.end();
  await local?.stop();
  rmSync(home, { recursive: true, force: true });
});

const stateFile = () => join(home, "local.json");
const workerPid = () => (JSON.parse(readFileSync(stateFile(), "utf8")) as { pids: { worker: number } }).pids.worker;

async function press<Answer>(path: string, body: object): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${local.storeUrl}/switchboard/${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return (await answer.json()) as Answer;
}

/** A shop whose past, empty as it is, has been read. */
async function addShop(domain: string): Promise<void> {
  const accessToken = `shpat_${domain}`;
  const program = simpleProgram({ currency: "USD", points: 1, perMinor: 100, pendingDays: 0, rewards: [] });
  const publication = { domain, currency: "USD", program, accessToken, inForceFrom: "2000-01-01" };
  await publishProgram(local.databaseUrl, publication);
  await press("shops", { domain, currency: "USD", access_token: accessToken });
  await press("sweep", { shop: domain });
}

const buy = async (shop: string, total: string, customer_id = "7001"): Promise<string> =>
  (await press<{ order_id: string }>("buy", { shop, total, customer_id })).order_id;

/** A body as another shop once wrote it, of 30.00. */
const oldOrder = (id: number, customer: number) => ({
  id,
  name: "#1",
  created_at: "2024-03-01T10:00:00Z",
  updated_at: "2024-03-02T10:00:00Z",
  processed_at: "2024-03-01T10:00:00Z",
  currency: "USD",
  financial_status: "paid",
  total_price: "30.00",
  current_total_price: "30.00",
  total_outstanding: "0.00",
  customer: { id: customer },
  line_items: [{ id: 1, price: "30.00", quantity: 1, current_quantity: 1 }],
  refunds: [],
});

test("orders whose webhooks were withheld are settled by one sweep, and the statement says what it mended", async () => {
  const shop = "withheld.myshopify.com";
  await addShop(shop);
  await buy(shop, "10.00");
  await press("webhooks", { hold: true });
  const [bought, refunded] = [await buy(shop, "20.00"), await buy(shop, "40.00")];
  await press("refund", { shop, order_id: refunded, amount: "15.00" });
  const statement = await press<StatementView>("sweep", { shop });
  expect(statement.orders).toMatchObject({ known: 3, settled: 3, differing: [] });
  expect(statement.orders.mended.map(({ order_id }) => order_id).sort()).toEqual([bought, refunded].sort());
  expect(statement.accounts).toEqual({ checked: 1, differing: 0 });
  expect(statement.balances.available + statement.balances.pending).toBe(55);
  const again = await fetch(`${local.storeUrl}/switchboard/statement?shop=${shop}&day=${statement.day}`);
  expect(await again.json()).toEqual(statement);
});

test("an old order body that was brought in is found by the sweep, whatever times it tells", async () => {
  const shop = "brought-in.myshopify.com";
  await addShop(shop);
  await press("webhooks", { hold: true });
  await press("orders", { shop, order: oldOrder(7_700_001, 7_001) });
  const { orders, balances } = await press<StatementView>("sweep", { shop });
  expect(orders).toMatchObject({ known: 1, settled: 1, differing: [] });
  expect(balances.available).toBe(30);
});

test("what the queue of a killed worker held comes back by itself", async () => {
  const shop = "killed.myshopify.com";
  await addShop(shop);
  const before = workerPid();
  const buying = Array.from({ length: 30 }, (_, index) => {
    const customer = 7_100 + (index % 5);
    return index % 2 === 0
      ? buy(shop, "30.00", String(customer))
      : press("orders", { shop, order: oldOrder(7_800_000 + index, customer) });
  });
  await Promise.all(buying.slice(0, 10));
  await endProcess(before, ["SIGKILL"]);
  await Promise.all(buying);
  await vi.waitFor(() => expect(workerPid()).not.toBe(before), { timeout: 30_000, interval: 100 });
  await vi.waitFor(
    async () => {
      const query =
        "select coalesce(sum(pending + available), 0)::int as points from accounts a join shops s on s.id = a.shop_id where s.domain = $1";
      expect((await database.query(query, [shop])).rows).toEqual([{ points: 900 }]);
    },
    { timeout: 60_000, interval: 500 },
  );
  const { orders } = await press<StatementView>("sweep", { shop });
  expect(orders).toMatchObject({ known: 30, settled: 30, differing: [] });
});
