/** A shop's books as lines, page by page, and back: nothing is left out or comes twice, wherever a page ends. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { addShop, newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { mergeCustomers } from "../flows/merge-customers.ts";
import { settleOrders } from "../flows/settle-orders.ts";
import type { BookLine, BookPage } from "./export.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
  const other = await addShop(world, "other-shop.myshopify.com");
  await settleOrders(world.rooms, [order("1", "7001", other.domain), order("2", null, other.domain)]);
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

const order = (id: string, customerId: string | null, shop = world.shop.domain) => ({
  ...orderJob(world, id, { kind: "state", body: orderBody({ customerId }) }),
  shop,
});
const buy = (orders: Readonly<Record<string, string | null>>) =>
  settleOrders(
    world.rooms,
    Object.entries(orders).map(([id, customerId]) => order(id, customerId)),
  );
const merge = (mergedCustomerId: string, keptCustomerId: string) =>
  mergeCustomers(world.rooms, world.shop, { keptCustomerId, mergedCustomerId });

async function pagesOf(first: string, read: (after: string) => Promise<BookPage>) {
  const pages: BookPage[] = [];
  let after: string | null = first;
  while (after !== null) {
    const page: BookPage = await read(after);
    pages.push(page);
    after = page.next;
  }
  return pages.map(({ lines }) => lines);
}
const members = (most: number, { id } = world.shop) =>
  pagesOf("0", (after) => world.rooms.ledger.exportMembers(id, after, most));
const guests = (most: number, { id } = world.shop) =>
  pagesOf("", (after) => world.rooms.ledger.exportGuestOrders(id, after, most));
const mergers = (most: number, { id } = world.shop) =>
  pagesOf("0", (after) => world.rooms.ledger.exportMergers(id, after, most));
const sizes = (pages: readonly (readonly BookLine[])[], table: BookLine["table"]) =>
  pages.map((lines) => lines.filter((line) => line.table === table).length);
const asSet = (pages: readonly (readonly BookLine[])[]) =>
  pages
    .flat()
    .map(({ table, row }) => `${table} ${row}`)
    .toSorted();

test("members come with their whole books, so many at a time, each once", async () => {
  await buy({ 11: "7001", 12: "7001", 13: "7002", 14: "7003", 15: "7004", 16: "7005" });
  const whole = await members(100);
  expect(whole).toHaveLength(1);
  expect(sizes(whole, "members")).toEqual([5]);
  for (const table of ["entries", "lots", "order_states"] as const) expect(sizes(whole, table)).toEqual([6]);
  const inTwos = await members(2);
  expect(sizes(inTwos, "members")).toEqual([2, 2, 1]);
  expect(asSet(inTwos)).toEqual(asSet(whole));
  // A page that is just full cannot know that it is the last one.
  expect(sizes(await members(5), "members")).toEqual([5, 0]);
});

test("orders of guests come so many at a time, each once", async () => {
  await buy({ 11: null, 12: null, 13: null, 14: "7001", 15: null, 16: null });
  expect(sizes(await guests(100), "order_states")).toEqual([5]);
  const inThrees = await guests(3);
  expect(sizes(inThrees, "order_states")).toEqual([3, 2]);
  expect(asSet(inThrees)).toEqual(asSet(await guests(100)));
});

test("mergers come so many at a time, each once", async () => {
  await buy({ 11: "7001", 12: "7002", 13: "7003", 14: "7004", 15: "7005", 16: "7006" });
  for (const merged of ["7001", "7002", "7003", "7004"]) await merge(merged, "7006");
  expect(sizes(await mergers(100), "mergers")).toEqual([4]);
  const inThrees = await mergers(3);
  expect(sizes(inThrees, "mergers")).toEqual([3, 1]);
  expect(asSet(inThrees)).toEqual(asSet(await mergers(100)));
});

test("what comes back page by page is the same, also somebody who became part of a member of a later page", async () => {
  // One after the other, so that their numbers are in this order.
  for (const [id, customerId] of [
    ["11", "7001"],
    ["12", "7002"],
    ["13", "7003"],
    ["14", null],
  ] as const)
    await buy({ [id]: customerId });
  await merge("7001", "7003");
  const pages = [...(await members(1)), ...(await guests(1)), ...(await mergers(1))];
  // A member has one number in all shops: the books come back, under another shop's, once they are gone here.
  const tables = ["allocations", "lots", "entries", "order_states", "accounts", "members"];
  const deletions = tables.map((table) => `delete from ${table} where shop_id = ${world.shop.id};`);
  await world.look(`begin; set local session_replication_role = replica; ${deletions.join(" ")} commit`);
  const empty = await addShop(world, "empty-shop.myshopify.com");
  for (const lines of pages) await world.rooms.ledger.restoreLines(empty.id, lines);
  const again = [...(await members(9, empty)), ...(await guests(9, empty)), ...(await mergers(9, empty))];
  const free = (lines: readonly string[]) => lines.map((line) => line.replace(/"shop_id":\d+/, ""));
  expect(free(asSet(again))).toEqual(free(asSet(pages)));
});

test("entries are counted since a moment, of the shop alone", async () => {
  const { ledger } = world.rooms;
  await buy({ 11: "7001", 12: "7002" });
  const [{ at } = { at: 0 }] = await world.look<{ at: number }>(
    "select extract(epoch from max(recorded_at))::float8 * 1000 as at from entries",
  );
  const justAfterMs = at + 0.01;
  expect(await ledger.entriesSince(world.shop.id, justAfterMs)).toBe(0);
  await buy({ 13: "7003" });
  expect(await ledger.entriesSince(world.shop.id, justAfterMs)).toBe(1);
  expect(await ledger.entriesSince(world.shop.id, 0)).toBe(3);
});
