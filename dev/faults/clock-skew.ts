/**
 * F9: the database's time is the only authority. The same life is lived by workers whose clocks are up to a day off, in another time zone, on a
 * database in yet another one, and by workers whose clocks are right: the books must be the same. Only signatures of the proxy follow the
 * worker's clock.
 */
import { mergeCustomers } from "../../worker/flows/merge-customers.ts";
import { randomOf } from "../histories/postgres-random.ts";
import { apiSecret } from "../settings.ts";
import { signWebhook } from "../shopify/webhooks.ts";
import type { Bed } from "./bed.ts";
import type { FaultOptions, Report } from "./fault.ts";
import { Actor } from "./shopify-network.ts";
import { ShopifyWorld, type StoryShop } from "./shopify-world.ts";

const HOUR_MS = 3_600_000;
const skews = [-24 * HOUR_MS, -HOUR_MS, -95_000, 95_000, HOUR_MS, 24 * HOUR_MS];
const zones = ["UTC", "America/New_York", "Europe/Stockholm", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"];
/** The hours that daylight saving leaves out or has twice, leap days, ends of months and of the year; each with its offset, as Shopify writes. */
const moments = [
  ...[
    "2025-03-09T02:30:00-05:00",
    "2025-11-02T01:30:00-04:00",
    "2025-11-02T01:30:00-05:00",
    "2025-03-30T02:30:00+01:00",
  ],
  ...["2024-02-29T23:59:59+05:30", "2024-02-29T00:00:00Z", "2025-12-31T23:59:59-11:00", "2026-01-01T00:00:00+14:00"],
  ...["2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00", "2025-08-31T12:00:00Z", "2025-01-30T23:30:00-03:30"],
];
const unharmed = () =>
  new Actor(
    () => null,
    () => Promise.resolve(),
  );

/** Lives as many lives as were asked for. */
export async function skewClocks(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  const broken: string[] = [];
  const zoneBefore = process.env["TZ"];
  try {
    for (let index = 0; index < count; index++) {
      const random = randomOf(seed, index);
      const life = {
        skewMs: skews[index % skews.length] ?? 0,
        moment: random.oneOf(moments),
        later: random.oneOf(moments),
      };
      const [workerZone, databaseZone] = [random.oneOf(zones), random.oneOf(zones)];
      const right = await livedBooks(bed, { ...life, skewMs: 0 }, "UTC", "UTC");
      const skewed = await livedBooks(bed, life, workerZone, databaseZone);
      const where = `life ${index}, ${life.skewMs} ms off, ${life.moment}, worker in ${workerZone}, database in ${databaseZone}`;
      for (const fault of [...right.faults, ...skewed.faults]) broken.push(`${where}: ${fault}`);
      if (right.books !== skewed.books) broken.push(`${where}: the books differ:\n${right.books}\n${skewed.books}`);
      if (index % 10 === 9) progress(`${index + 1} lives`);
    }
  } finally {
    if (zoneBefore === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zoneBefore;
    await bed.onServer(`alter database ${bed.database} reset timezone`);
  }
  return { made: count, lost: 0, twice: 0, broken };
}

interface Life {
  readonly skewMs: number;
  readonly moment: string;
  readonly later: string;
}

async function livedBooks(bed: Bed, life: Life, workerZone: string, databaseZone: string) {
  process.env["TZ"] = workerZone;
  await bed.onServer(`alter database ${bed.database} set timezone = '${databaseZone}'`);
  const database = { port: Number(new URL(bed.superuserUrl()).port), name: bed.database };
  const world = new ShopifyWorld(database, { skewMs: life.skewMs });
  try {
    const [place] = await world.addShops(1, { pendingDays: 14, expiry: { kind: "after-available", months: 24 } });
    if (!place) throw new Error("There is no shop to live in.");
    const faults = await live(world, place, life);
    return { faults, books: JSON.stringify(await booksOf(world, place), null, 1) };
  } finally {
    await world.clear();
    await world.close();
  }
}

/** Orders of the past, one whose window is open by an hour yet and one whose window has just passed, a sweep, a code, a merger. */
async function live(world: ShopifyWorld, place: StoryShop, { skewMs, moment, later }: Life): Promise<string[]> {
  const faults: string[] = [];
  const shop = place.shop.domain;
  const shopper = { shop, customer: "7001" };
  const fortnightMs = 14 * 24 * HOUR_MS;
  const [open, passed] = [HOUR_MS, -HOUR_MS].map((ms) => new Date(Date.now() - fortnightMs + ms).toISOString());
  const orders = [moment, later, open ?? "", passed ?? ""];
  for (const [index, at] of orders.entries()) await deliver(world, shop, orderAt(index + 1, at));
  while (await world.consume(unharmed(), shop));
  const redemption = { id: "3f1f3b0e-0000-4000-a000-000000000001", reward_id: "off-500" };
  const byWorker = await world.ask(unharmed(), shopper, "/redemptions", redemption, Date.now() + skewMs);
  if (byWorker?.status !== 201) faults.push(`signed by the worker's clock: ${byWorker?.status}`);
  const byDatabase = await world.ask(unharmed(), shopper, "/member", undefined, Date.now());
  const expected = Math.abs(skewMs) > 90_000 ? 401 : 200;
  if (byDatabase?.status !== expected)
    faults.push(`signed by the database's clock: ${byDatabase?.status}, not ${expected}`);
  const member = await world.ask(unharmed(), shopper, "/member", undefined, Date.now() + skewMs);
  const { available, pending } = (member?.body ?? {}) as Record<string, unknown>;
  // 300 points each: three are out of their window by the database's clock, whatever the worker's says.
  if (available !== 400 || pending !== 300) faults.push(`available ${available}, pending ${pending}; not 400 and 300`);
  await mergeCustomers(world.rooms, place.shop, { keptCustomerId: "7002", mergedCustomerId: "7001" });
  return faults;
}

async function deliver(world: ShopifyWorld, shop: string, body: string): Promise<void> {
  const headers = {
    "Content-Type": "application/json",
    "X-Shopify-Topic": "orders/paid",
    "X-Shopify-Shop-Domain": shop,
    "X-Shopify-Hmac-Sha256": signWebhook(body, apiSecret),
  };
  await world.fetch(new Request("http://worker.internal/webhooks", { method: "POST", headers, body }));
}

function orderAt(id: number, at: string): string {
  return JSON.stringify({
    ...{
      id,
      name: `#${id}`,
      created_at: at,
      processed_at: at,
      updated_at: at,
      currency: "USD",
      financial_status: "paid",
    },
    ...{ total_price: "300.00", total_outstanding: "0.00", customer: { id: 7001 }, taxes_included: false },
    line_items: [{ id, price: "300.00", quantity: 1 }],
  });
}

/** All that the ledger holds; moments of the present as whole hours from now, so that two lives can be compared. */
async function booksOf(world: ShopifyWorld, { shop }: StoryShop) {
  const fromNow = (column: string) =>
    `case when ${column} > now() - interval '30 days' then 'now ' || round(extract(epoch from ${column} - now()) / 3600)
       else to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') end`;
  const [entries, lots, accounts, redemptions] = await Promise.all([
    world.look(
      `select kind, regexp_replace(key, '[0-9]+:(in|out)$', '\\1') as key, pending, available, held, owed, ${fromNow("occurred_at")} as at
       from entries where shop_id = $1 order by kind, order_id, pending, available, at`,
      [shop.id],
    ),
    world.look(
      `select order_id, amount, remaining, matured, expired, ${fromNow("available_at")} as available_at, ${fromNow("expires_at")} as expires_at
       from lots where shop_id = $1 order by order_id, amount, remaining`,
      [shop.id],
    ),
    world.look("select pending, available, held, owed from accounts where shop_id = $1 order by 1, 2, 3", [shop.id]),
    world.look(
      `select state, cost, ${fromNow("created_at")} as made, ${fromNow("ends_at")} as ends from redemptions where shop_id = $1`,
      [shop.id],
    ),
  ]);
  return { entries, lots, accounts, redemptions };
}
