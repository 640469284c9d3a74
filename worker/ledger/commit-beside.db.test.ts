import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { newWorld, openBooks, type TestWorld } from "../../dev/test-rooms.ts";
import type { Changes, Redemption } from "../domain/account.ts";
import { settleOrder } from "../domain/decide.ts";
import { Draft } from "../domain/draft.ts";
import { sqlStateOf } from "../fault.ts";
import { noteOf } from "../program/audit.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

/** What a new order changes, not yet committed, and what it was decided on. */
async function newOrder(orderId: string) {
  const wanted = { orderIds: [orderId], customerIds: ["7001"] };
  const { own, rules, nowMs } = await openBooks(world, wanted.orderIds, wanted.customerIds);
  const draft = new Draft(own, rules);
  settleOrder(draft, { orderId, news: [{ kind: "state", body: orderBody() }] }, nowMs);
  return { shopId: world.shop.id, actor: "test", changes: draft.changes(), wanted: [wanted] };
}

const written = () =>
  world.look<{ entries: number; notes: number }>(
    "select (select count(*)::int from entries) as entries, (select count(*)::int from audit_entries) as notes",
  );
const note = () => noteOf(world.shop.id, { actor: "operator", action: "points-adjusted", detail: {} });

describe("a commit is written", () => {
  test.each([
    { given: "neither a note nor a guard", noted: false, guard: false },
    { given: "a note alone", noted: true, guard: false },
    { given: "a guard that holds alone", noted: false, guard: true },
    { given: "a note and a guard that holds", noted: true, guard: true },
  ])("with $given, and the note beside it where there is one", async ({ noted, guard }) => {
    const beside = {
      ...(noted ? { note: note() } : {}),
      ...(guard ? { guard: sql`exists (select from shops where id = ${world.shop.id})` } : {}),
    };
    const outcome = await world.rooms.ledger.commitOrLoad([await newOrder("1")], { open: true, ...beside });
    expect(outcome).toEqual({ won: [true], loaded: null });
    expect(await written()).toEqual([{ entries: 1, notes: noted ? 1 : 0 }]);
  });

  test.each([{ noted: false }, { noted: true }])(
    "not where its guard does not hold, and then nothing is noted either (with a note: $noted)",
    async ({ noted }) => {
      const beside = { guard: sql`false`, ...(noted ? { note: note() } : {}) };
      const outcome = await world.rooms.ledger.commitOrLoad([await newOrder("1")], { open: true, ...beside });
      expect(outcome).toMatchObject({ won: [false], loaded: { books: expect.anything() } });
      expect(await written()).toEqual([{ entries: 0, notes: 0 }]);
    },
  );
});

test("what the database refuses is no lost race: it is thrown, by either commit", async () => {
  const unit = await newOrder("1");
  const changes: Changes = {
    ...unit.changes,
    accounts: unit.changes.accounts.map((account) => ({ ...account, available: -1 })),
  };
  const impossible = { ...unit, changes };
  const { ledger } = world.rooms;
  expect(await ledger.commit([impossible]).catch(sqlStateOf)).toBe("23514");
  expect(await ledger.commitOrLoad([impossible], { open: true }).catch(sqlStateOf)).toBe("23514");
  expect(await written()).toEqual([{ entries: 0, notes: 0 }]);
});

test("of no units none is won, and nothing is loaded", async () => {
  expect(await world.rooms.ledger.commit([])).toEqual([]);
  expect(await world.rooms.ledger.commitOrLoad([], { open: true })).toEqual({ won: [], loaded: null });
});

test("two units of one commit that name the same row are refused before anything is written: both would be won", async () => {
  await world.rooms.ledger.commit([await newOrder("0")]);
  const [first, second] = [await newOrder("1"), await newOrder("2")];
  const commit = (...changes: Partial<Changes>[]) =>
    world.rooms.ledger.commit(
      [first, second].map((unit, index) => ({ ...unit, changes: { ...unit.changes, ...changes[index] } })),
    );
  await expect(commit()).rejects.toThrow(/^Two units of one commit name account /);
  const { orders } = first.changes;
  await expect(commit({ accounts: [] }, { orders })).rejects.toThrow(/ name order 1 of shop /);
  const redemptions = [{ id: "a" } as Redemption];
  await expect(commit({ accounts: [], redemptions }, { redemptions })).rejects.toThrow(/ name redemption a of shop /);
  expect(await written()).toEqual([{ entries: 1, notes: 0 }]);
});
