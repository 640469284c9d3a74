import { describe, expect, test } from "vitest";
import { Book, NOW_MS, rulesWith } from "../../dev/test-book.ts";
import { type Account, isEmpty } from "./account.ts";
import { Draft } from "./draft.ts";
import { accountAt, bookAllDue } from "./due.ts";
import type { Lot } from "./lots.ts";

const rules = rulesWith(0);
const lot = (id: string, changes: Partial<Lot> = {}): Lot => ({
  id,
  orderId: null,
  amount: 10,
  remaining: 10,
  availableAtMs: 0,
  fixedExpiryMs: null,
  matured: true,
  expired: false,
  ...changes,
});
const accountWith = (changes: Partial<Account>): Account => ({ ...new Book().account, ...changes });
const movement = { key: "k", memberId: "1", kind: "adjust", occurredAtMs: NOW_MS } as const;

describe("a draft refuses what was not read", () => {
  test("a member, an order, or a lot that it has not been given", () => {
    const draft = new Draft({ accounts: [accountWith({ lots: [lot("a")] })] }, rules);
    expect(() => draft.account("2")).toThrow("account was not read");
    expect(() => draft.order("1")).toThrow("order that was not read");
    expect(() => draft.post({ ...movement, available: -5, takes: [{ lotId: "gone", points: -5 }] })).toThrow(
      "lot that was not read",
    );
    expect(draft.redemption("r")).toBe(null);
    expect(draft.redemptionByCode("CODE")).toBe(null);
    expect(draft.redemptionsUsedBy("1")).toEqual([]);
  });
});

describe("a draft changes what it is told, and nothing else", () => {
  test("nothing was done: nothing is to be committed", () => {
    const changes = new Draft({ accounts: [accountWith({ lots: [lot("a")] })] }, rules).changes();
    expect(isEmpty(changes)).toBe(true);
    expect(changes).toEqual({
      accounts: [],
      orders: [],
      redemptions: [],
      entries: [],
      newLots: [],
      touchedLots: [],
      allocations: [],
      mergers: [],
    });
  });
  test("an account, an order or a redemption alone is something to commit", () => {
    const nothing = new Draft({ accounts: [] }, rules).changes();
    const book = new Book();
    book.settle("1", 5_000);
    book.hold("a");
    expect(isEmpty({ ...nothing, accounts: [{ ...book.account, nextDueMs: null }] })).toBe(false);
    expect(isEmpty({ ...nothing, orders: [book.order("1")] })).toBe(false);
    expect(isEmpty({ ...nothing, redemptions: [...book.redemptions.values()] })).toBe(false);
  });
  test("pots, lots, allocations and the entry move together; lots that were not named stay as they are", () => {
    const draft = new Draft({ accounts: [accountWith({ available: 20, lots: [lot("a"), lot("b")] })] }, rules);
    draft.post({
      ...movement,
      available: 3,
      owed: -1,
      takes: [
        { lotId: "a", points: -4 },
        { lotId: "new", points: -1 },
      ],
      newLots: [lot("new", { amount: 8, remaining: 8 })],
    });
    const { accounts, entries, newLots, touchedLots, allocations } = draft.changes();
    expect(accounts[0]).toMatchObject({ pending: 0, available: 23, held: 0, owed: -1, nextDueMs: null });
    expect(accounts[0]?.lots.map(({ id, remaining }) => [id, remaining])).toEqual([
      ["a", 6],
      ["b", 10],
      ["new", 7],
    ]);
    expect(newLots.map(({ id, memberId }) => [id, memberId])).toEqual([["new", "1"]]);
    expect(touchedLots.map(({ id }) => id)).toEqual(["a"]);
    expect(allocations).toEqual([
      { entryKey: "k", lotId: "a", points: -4 },
      { entryKey: "k", lotId: "new", points: -1 },
    ]);
    expect(entries).toEqual([
      {
        ...movement,
        points: 4,
        pending: 0,
        available: 3,
        held: 0,
        owed: -1,
        orderId: null,
        redemptionId: null,
        programVersion: null,
        detail: {},
      },
    ]);
  });
  test("an order's new state guards its member's account too; a guest's has none", () => {
    const book = new Book();
    const draft = new Draft({ accounts: [book.account] }, rules);
    draft.putOrder(book.order("1"));
    expect(draft.changes().accounts).toEqual([]);
    draft.putOrder({ ...book.order("2"), memberId: "1" });
    expect(draft.changes().accounts.map(({ memberId }) => memberId)).toEqual(["1"]);
    expect(draft.changes().orders.map(({ orderId }) => orderId)).toEqual(["1", "2"]);
  });
  test("activity only ever moves forward", () => {
    const draft = new Draft({ accounts: [accountWith({ lastActivityMs: 5 })] }, rules);
    draft.noteActivity("1", 5);
    draft.noteActivity("1", 4);
    expect(draft.changes().accounts).toEqual([]);
    draft.noteActivity("1", 6);
    expect(draft.account("1").lastActivityMs).toBe(6);
    const first = new Draft({ accounts: [accountWith({})] }, rules);
    first.noteActivity("1", -1);
    expect(first.account("1").lastActivityMs).toBe(-1);
  });
});

test("a customer is found by their own number, or by that of one who was merged into them", () => {
  const accounts = [
    accountWith({ memberId: "1", customerId: "7001" }),
    accountWith({ memberId: "2", customerId: "7002", formerCustomerIds: ["7003"] }),
  ];
  const draft = new Draft({ accounts }, rules);
  expect(["7001", "7002", "7003", "7004"].map((id) => draft.memberOf(id))).toEqual(["1", "2", "2", null]);
});

describe("what falls due", () => {
  const lots = [
    lot("b", { matured: false, availableAtMs: NOW_MS + 2 }),
    lot("a", { matured: false, availableAtMs: NOW_MS + 2 }),
    lot("first", { matured: false, availableAtMs: NOW_MS + 1, orderId: "7" }),
    lot("gone", { fixedExpiryMs: NOW_MS + 2 }),
    lot("later", { matured: false, availableAtMs: NOW_MS + 3 }),
  ];
  const account = accountWith({ pending: 40, available: 10, owed: 15, lots });

  test("is booked oldest first, of one moment by name, as of the moment when it fell due", () => {
    const { entries, accounts, allocations } = bookAllDue(account, rules, NOW_MS + 2);
    expect(entries.map(({ key, occurredAtMs, orderId }) => [key, occurredAtMs - NOW_MS, orderId])).toEqual([
      ["mature:first", 1, "7"],
      ["mature:a", 2, null],
      ["mature:b", 2, null],
      ["expire:gone", 2, null],
    ]);
    expect(entries.map(({ available, owed }) => [available, owed + 0])).toEqual([
      [0, -10],
      [5, -5],
      [10, 0],
      [-10, 0],
    ]);
    expect(allocations.map(({ lotId, points }) => [lotId, points])).toEqual([
      ["first", -10],
      ["a", -5],
      ["gone", -10],
    ]);
    expect(accounts[0]).toMatchObject({ pending: 10, available: 15, owed: 0, nextDueMs: NOW_MS + 3 });
    expect(bookAllDue({ ...account, lots: lots.toReversed() }, rules, NOW_MS + 2).entries).toEqual(entries);
  });
  test("next is the earliest date of any lot that holds something", () => {
    const next = (changes: Partial<Account>) => bookAllDue(accountWith(changes), rules, NOW_MS).accounts[0]?.nextDueMs;
    expect(next({ lots })).toBe(NOW_MS + 1);
    expect(next({ lots: lots.toReversed() })).toBe(NOW_MS + 1);
    expect(next({ lots: [] })).toBe(null);
  });
  test("of nothing leaves an account that is written with its next date, for the sweep that looked", () => {
    const { accounts, entries } = bookAllDue(accountWith({ lots: [lot("a")] }), rules, NOW_MS);
    expect(accounts).toMatchObject([{ memberId: "1", nextDueMs: null }]);
    expect(entries).toEqual([]);
  });
  test("is seen by a read with the dates of all lots, and nothing is written for it", () => {
    const seen = accountAt(account, rules, NOW_MS + 2);
    expect(seen).toMatchObject({ pending: 10, available: 15, owed: 0 });
    expect(seen.lots.map(({ id, expiresAtMs }) => [id, expiresAtMs])).toContainEqual(["gone", NOW_MS + 2]);
    expect(account).toMatchObject({ pending: 40, available: 10, owed: 15 });
  });
});
