/**
 * The product's own verbs with the shop's condition taken out of every statement and every function: row-level security alone still holds
 * them to their shop. The same without row-level security does harm: it is what held.
 */
import { neonConfig } from "@neondatabase/serverless";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deliver } from "../../dev/test-deliveries.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { orderText } from "../../dev/test-requests.ts";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import { fillShop } from "../../dev/test-rows.ts";
import { bookDueMembers } from "../flows/book-due.ts";
import { cancelRedemption, readOwnRedemption } from "../flows/cancel-redemption.ts";
import { adjustMember, joinOrLeave } from "../flows/change-member.ts";
import { forgetCustomer } from "../flows/forget-customer.ts";
import { mergeCustomers } from "../flows/merge-customers.ts";
import {
  readBalance,
  readExplainedHistory,
  readMembership,
  readRedemptionList,
  readRewards,
} from "../flows/read-member.ts";
import { redeemReward } from "../flows/redeem-reward.ts";
import { reportOn } from "../flows/report-customer.ts";
import { settleOrders } from "../flows/settle-orders.ts";
import type { Shop } from "../shops/shops.ts";

const OTHER = "other-shop.myshopify.com";

interface Two {
  readonly world: TestWorld;
  /** Whose verbs run, and who must not notice. */
  readonly acting: Shop;
  readonly bystander: Shop;
}

type Send = (url: string, init: RequestInit) => Promise<Response>;
let send: Send;
/** Databases whose statements lose their conditions on the way, and how many have. */
const careless = new Map<string, number>();

const worlds: TestWorld[] = [];
beforeAll(() => {
  send = neonConfig.fetchFunction as Send;
  neonConfig.fetchFunction = (url: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    const database = new URL(headers.get("neon-connection-string") ?? "postgres://none/").pathname.slice(1);
    const count = careless.get(database);
    if (count === undefined) return send(url, init);
    const body = strippedStatement(String(init.body));
    careless.set(database, count + body.conditions);
    return send(url, { ...init, body: body.text });
  };
});
afterAll(async () => {
  neonConfig.fetchFunction = send;
  for (const world of worlds) await world.close();
});

/** A statement on the wire: `shop_id = $1` holds for every row, and its parameter is still there. */
function strippedStatement(body: string): { text: string; conditions: number } {
  let conditions = 0;
  const column = /\b((?:\w+\.)?(?:shop_id|shop_domain)) = \$(\d+)/g;
  const text = body.replace(column, (_, name: string, parameter: string) => {
    conditions += 1;
    return `(${name} = ${name} or $${parameter}::text is null)`;
  });
  return { text, conditions };
}

/** A function's text: what compares a shop is true. Joins on the shop go with it: row-level security leaves one shop to join. */
function strippedFunction(definition: string): { text: string; conditions: number } {
  let conditions = 0;
  const text = definition.replace(/\b(?:\w+\.)?shop_id = (?:any \(shop_ids\)|\w+(?:\.\w+)?)/g, () => {
    conditions += 1;
    return "true";
  });
  return { text, conditions };
}

async function newTwo(): Promise<Two> {
  const world = await newWorld();
  worlds.push(world);
  await addShop(world, OTHER);
  await world.look("update shops set access_token_sealed = null");
  for (const domain of [world.shop.domain, OTHER]) world.rooms.shops.forget(domain);
  const found = await world.rooms.shops.find([world.shop.domain, OTHER], world.rooms.nowMs());
  const [acting, bystander] = [found.get(world.shop.domain), found.get(OTHER)];
  if (!acting || !bystander) throw new Error("The test's shops were not found.");
  for (const shop of [bystander, acting]) {
    await fillShop(world, shop);
    const inEuro = { ...JSON.parse(orderText({ customer: "7001", orderId: 8 + shop.id }, 10)), currency: "EUR" };
    await deliver(world, { topic: "orders/paid", shop: shop.domain, body: inEuro });
  }
  return { world, acting, bystander };
}

/** Takes the shop's condition out of every statement and function of a world, and tells of each function how many it had. */
async function forgetConditions({ world }: Two): Promise<Record<string, number>> {
  const functions = await world.look<{ name: string; text: string }>(
    `select proname as name, pg_get_functiondef(oid) as text from pg_proc
     where pronamespace = 'public'::regnamespace and not prosecdef and prolang <> (select oid from pg_language where lanname = 'c')`,
  );
  const counts: Record<string, number> = {};
  for (const { name, text } of functions) {
    const stripped = strippedFunction(text);
    if (stripped.conditions === 0) continue;
    counts[name] = stripped.conditions;
    await world.look(stripped.text);
  }
  careless.set(world.database.name, 0);
  return counts;
}

/** All that a shop has, in every table. */
async function snapshot({ world, bystander }: Two): Promise<unknown> {
  const named = await world.look<{ name: string; column: string }>(
    `select table_name as name, column_name as column from information_schema.columns
     where table_schema = 'public' and column_name in ('shop_id', 'shop_domain') order by 1`,
  );
  const all: Record<string, unknown> = {};
  for (const { name, column } of named) {
    const value = column === "shop_id" ? bystander.id : bystander.domain;
    all[name] = await world.look(`select to_jsonb(t)::text as row from ${name} t where ${column} = $1 order by 1`, [
      value,
    ]);
  }
  return { ...all, shops: await world.look("select * from shops where id = $1", [bystander.id]) };
}

/** Every verb of the ledger, the shops and their sweeps, and what each answered. */
async function actAll({ world: { rooms }, acting: shop }: Two): Promise<unknown[]> {
  const told: unknown[] = [];
  const tell = async (answer: Promise<unknown>) => void told.push(await answer);
  const job = { kind: "order", shop: shop.domain, topic: "orders/paid", deliveryId: null } as const;
  const back = {
    id: "9",
    createdAtMs: Date.parse("2026-01-03T00:00:00Z"),
    lines: [{ lineId: "1", quantity: 1, subtotalMinor: 200_000, taxMinor: 0 }],
    adjustmentsMinor: 0,
  };
  const refunded = {
    ...orderBody({ customerId: "7002", amountMinor: 200_000 }),
    updatedAtMs: Date.parse("2026-01-03T00:00:00Z"),
    lines: [productLine("1", 200_000)],
    refunds: [back],
  };
  const bodies = [
    ["2", refunded],
    ["5", orderBody({ customerId: "7001", amountMinor: 30_000 })],
    ["6", orderBody({ customerId: "7005", amountMinor: 40_000 })],
  ] as const;
  for (const [orderId, body] of bodies)
    await tell(settleOrders(rooms, [{ ...job, orderId, news: { kind: "state", body: body as never } }]));
  const redemptionId = "11111111-0000-4000-8000-000000000001";
  await tell(redeemReward(rooms, shop, "7001", { redemptionId, rewardId: "off-500", points: null }));
  await tell(readOwnRedemption(rooms, shop, "7001", redemptionId));
  await tell(cancelRedemption(rooms, shop, "7001", redemptionId));
  await tell(joinOrLeave(rooms, shop, "7005", false));
  await tell(adjustMember(rooms, shop, "7005", { id: "1", points: 25, reason: "A gift" } as never));
  await tell(mergeCustomers(rooms, shop, { keptCustomerId: "7001", mergedCustomerId: "7005" }));
  const { memberIds, redemptionIds } = await rooms.ledger.due(shop.id);
  await tell(Promise.resolve([memberIds.length, redemptionIds]));
  await tell(bookDueMembers(rooms, shop, ["1", "2", "3", "4", "5", "6", "7", "8"]));
  await tell(rooms.ledger.callToSweep(shop.id, "0"));
  for (const customerId of ["7001", "7002", "7005", "7009"]) {
    await tell(readBalance(rooms, shop, customerId));
    await tell(readExplainedHistory(rooms, shop, customerId, null));
    await tell(readRedemptionList(rooms, shop, customerId));
    await tell(readRewards(rooms, shop, customerId));
    await tell(readMembership(rooms, shop, customerId));
    await tell(reportOn(rooms, shop, customerId));
  }
  await tell(rooms.ledger.openCodes(shop.id));
  await tell(rooms.ledger.postpone(shop.id, redemptionId));
  await tell(rooms.ledger.compareOrders(shop.id, [{ orderId: "5", updatedAtMs: 0, status: "paid", cancelled: false }]));
  await tell(rooms.ledger.proveBooks(shop.id, null));
  await tell(rooms.ledger.otherCurrency({ shopId: shop.id, before: null }));
  await tell(rooms.ledger.countOtherCurrency(shop.id));
  await actAsSweep(rooms, shop, tell);
  await tell(forgetCustomer(rooms, shop, "7002", "1"));
  await tell(rooms.shops.noteScopes(shop, "read_orders", 1));
  await tell(rooms.shops.noteDetails(shop, { timeZone: "Europe/Oslo", locale: "nb", updatedAtMs: 1 }));
  await tell(rooms.shops.markProgramPainted(shop, 1, 0));
  await tell(
    rooms.shops.uninstall(shop, {
      topic: "app/uninstalled",
      deliveryId: null,
      triggeredAtMs: Date.now(),
      openCodes: 0,
    }),
  );
  await tell(rooms.shops.scheduleErasure(shop));
  return told;
}

async function actAsSweep(rooms: TestWorld["rooms"], shop: Shop, tell: (answer: Promise<unknown>) => Promise<void>) {
  const { id: shopId, domain } = shop;
  await tell(rooms.statements.openDifferences(shopId));
  await tell(rooms.statements.justAsked(shopId, []));
  await tell(rooms.statements.markLookedAt(shopId, ["3"], [], Date.now()));
  await tell(rooms.statements.daysDue(shopId));
  await tell(rooms.statements.open(shopId, "2026-11-01"));
  await tell(rooms.statements.write(shopId, "2026-11-01", { ordersKnown: 3, ordersSettled: 2 }, null));
  await tell(rooms.sweeps.statementQueued(shopId));
  const rows = await rooms.shops.listSetAside(domain, 10);
  await tell(Promise.resolve(rows.map(({ topic, reason }) => [topic, reason])));
  await tell(rooms.shops.askReplay(domain, "all"));
  await tell(rooms.shops.replayDue(domain).then(({ areAll }) => areAll));
  await tell(rooms.shops.markReplayed(domain, { replayed: ["1", "2"], postponed: [] }));
}

/** What a clock or a sequence put into an answer, taken out. */
function steady(told: unknown[]): string[] {
  return told.map((answer) =>
    (JSON.stringify(answer) ?? "")
      .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+(Z|\+00:00|\+00)?/g, "T")
      .replace(/\d{12,}/g, "N")
      .replace(/"id":"\d+"/g, '"id":"N"')
      .replace(/LOJAL-\w+/g, "CODE"),
  );
}

test("with every shop's condition gone, each verb still answers for its own shop, and another's rows stay as they were (I12)", async () => {
  const [plain, stripped] = [await newTwo(), await newTwo()];
  const functions = await forgetConditions(stripped);
  expect(Object.keys(functions)).toEqual(
    expect.arrayContaining(["lojal_load_6", "lojal_commit_4", "lojal_forget_customer_1"]),
  );
  const before = await snapshot(stripped);
  const expected = steady(await actAll(plain));
  expect(steady(await actAll(stripped))).toEqual(expected);
  expect(await snapshot(stripped)).toEqual(before);
  expect(careless.get(stripped.world.database.name)).toBeGreaterThan(40);
});

test("it is row-level security that held: without it, the same statements reach the other shop", async () => {
  const two = await newTwo();
  await forgetConditions(two);
  const tables = await two.world.look<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity",
  );
  for (const { name } of tables) await two.world.look(`alter table ${name} disable row level security`);
  const before = await snapshot(two);
  const told: unknown[] = [];
  await actAsSweep(two.world.rooms, two.acting, async (answer) => void told.push(await answer)).catch(() => undefined);
  const history = await readExplainedHistory(two.world.rooms, two.acting, "7001", null).catch(() => null);
  expect(await snapshot(two)).not.toEqual(before);
  expect(history === null || history.entries.length > 2).toBe(true);
});
