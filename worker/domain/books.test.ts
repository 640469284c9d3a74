/** What a member's commands write into the books: their entries' keys and details, debts that are paid, and what falls due first. */
import { describe, expect, test } from "vitest";
import { Book, DAY_MS, NOW_MS, rulesWith } from "../../dev/test-book.ts";
import type { Account, Changes } from "./account.ts";
import { Draft } from "./draft.ts";
import type { Lot } from "./lots.ts";
import {
  adjustPoints,
  changeMembership,
  isMemberAt,
  type MemberDecision,
  mergeMembers,
  openBalance,
} from "./members.ts";

const rules = rulesWith(0);
const changesOf = (decision: MemberDecision): Changes => {
  if (decision.kind !== "changes") throw new Error(`no changes: ${JSON.stringify(decision)}`);
  return decision.changes;
};
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
const withPending = accountWith({ pending: 10, lots: [lot("wait", { matured: false, availableAtMs: NOW_MS })] });

describe("an adjustment", () => {
  const adjust = (account: Account, points: number, reason = "Sorry", id = "7") =>
    adjustPoints({ account, posted: null }, rules, { id, points, reason }, NOW_MS);
  test("is one entry that names its id and its reason, and one lot where points are given", () => {
    const { entries, newLots, allocations } = changesOf(adjust(accountWith({}), 5));
    expect(entries).toMatchObject([{ key: "adjust:7", kind: "adjust", points: 5, available: 5, occurredAtMs: NOW_MS }]);
    expect(entries[0]?.detail).toEqual({ reason: "Sorry" });
    expect(newLots).toEqual([
      { ...lot("adjust:7", { amount: 5, remaining: 5, availableAtMs: NOW_MS }), memberId: "1" },
    ]);
    expect(allocations).toEqual([]);
  });
  test("pays a debt out of the lot it makes", () => {
    const { accounts, newLots, allocations } = changesOf(adjust(accountWith({ owed: 3 }), 5));
    expect(accounts).toMatchObject([{ available: 2, owed: 0 }]);
    expect(newLots).toMatchObject([{ amount: 5, remaining: 2 }]);
    expect(allocations).toEqual([{ entryKey: "adjust:7", lotId: "adjust:7", points: -3 }]);
  });
  test("takes all there is, and not one more; points that matured by now are there", () => {
    expect(changesOf(adjust(withPending, -10)).entries.map(({ key, available }) => [key, available])).toEqual([
      ["mature:wait", 10],
      ["adjust:7", -10],
    ]);
    expect(adjust(withPending, -11)).toEqual({
      kind: "refused",
      refusal: { code: "insufficient-points", needed: 11, available: 10 },
    });
  });
  test("that is refused says why", () => {
    expect(adjust(accountWith({}), 0)).toMatchObject({ refusal: { detail: expect.stringContaining("not 0") } });
    expect(adjust(accountWith({}), 5, " ")).toMatchObject({ refusal: { detail: expect.stringContaining("reason") } });
  });
  test("of the same id for another member is another request", () => {
    const posted = { key: "adjust:7", memberId: "2", points: 5, detail: { reason: "Sorry" } };
    const decision = adjustPoints(
      { account: accountWith({}), posted },
      rules,
      { id: "7", points: 5, reason: "Sorry" },
      NOW_MS,
    );
    expect(decision).toEqual({ kind: "refused", refusal: { code: "different-request", id: "7" } });
  });
});

describe("an opening balance", () => {
  const open = (account: Account, availableAtMs: number, expiresAtMs: number | null = null, points = 5) =>
    openBalance({ account, posted: null }, rules, { id: "7", points, availableAtMs, expiresAtMs }, NOW_MS);
  test("that can be spent at once pays what is owed first, out of its own lot", () => {
    const { accounts, entries, newLots, allocations } = changesOf(open(accountWith({ owed: 3 }), NOW_MS));
    expect(accounts).toMatchObject([{ pending: 0, available: 2, owed: 0 }]);
    expect(entries).toMatchObject([{ key: "open:7", kind: "open", points: 5 }]);
    expect(entries[0]?.detail).not.toHaveProperty("availableAtMs");
    expect(newLots).toMatchObject([{ id: "open:7", amount: 5, remaining: 2, matured: true }]);
    expect(allocations).toEqual([{ entryKey: "open:7", lotId: "open:7", points: -3 }]);
  });
  test("that waits pays nothing yet, and says until when it waits", () => {
    const { accounts, entries, newLots, allocations } = changesOf(open(accountWith({ owed: 3 }), NOW_MS + 1));
    expect(accounts).toMatchObject([{ pending: 5, available: 0, owed: 3, nextDueMs: NOW_MS + 1 }]);
    expect(entries[0]?.detail).toMatchObject({ availableAtMs: NOW_MS + 1 });
    expect(newLots).toMatchObject([{ remaining: 5, matured: false }]);
    expect(allocations).toEqual([]);
  });
  test("owing nothing takes nothing of its lot", () => {
    expect(changesOf(open(accountWith({}), NOW_MS)).allocations).toEqual([]);
  });
  test("of one point is one; what would expire before it could be used is refused, and says so", () => {
    expect(changesOf(open(accountWith({}), NOW_MS, null, 1)).accounts).toMatchObject([{ available: 1 }]);
    expect(open(accountWith({}), NOW_MS, null, 0)).toMatchObject({
      refusal: { code: "invalid-request", detail: expect.stringContaining("1 or more") },
    });
    expect(open(accountWith({}), NOW_MS + 2, NOW_MS + 2)).toMatchObject({
      refusal: { code: "invalid-request", detail: expect.stringContaining("expired") },
    });
    expect(open(accountWith({}), NOW_MS - 2, NOW_MS)).toMatchObject({ kind: "refused" });
    expect(open(accountWith({}), NOW_MS + 2, NOW_MS + 3)).toMatchObject({ kind: "changes" });
  });
  test("comes after what fell due", () => {
    expect(changesOf(open(withPending, NOW_MS)).entries.map(({ kind }) => kind)).toEqual(["mature", "open"]);
  });
});

describe("membership", () => {
  test("counts from its very moment on", () => {
    const left = { membership: [{ atMs: 5, isMember: false }] };
    const everybody = { membership: "everybody" } as const;
    expect([4, 5, 6].map((atMs) => isMemberAt(left, everybody, atMs))).toEqual([true, false, false]);
    expect(isMemberAt({ membership: [] }, { membership: "joined" }, 5)).toBe(false);
  });
  test("joining is an activity, leaving is none; both book what fell due and keep what was before", () => {
    const before = { ...withPending, membership: [{ atMs: 1, isMember: true }] };
    const left = changesOf(changeMembership(before, rules, false, NOW_MS));
    expect(left.entries.map(({ kind }) => kind)).toEqual(["mature"]);
    expect(left.accounts).toMatchObject([
      { lastActivityMs: null, membership: [...before.membership, { atMs: NOW_MS, isMember: false }] },
    ]);
    expect(changesOf(changeMembership(accountWith({}), rules, true, NOW_MS)).accounts).toMatchObject([
      { lastActivityMs: NOW_MS },
    ]);
  });
});

describe("a merger", () => {
  const into = (changes: Partial<Account> = {}) => accountWith({ memberId: "2", customerId: "7002", ...changes });
  const merged = (from: Account, other = into(), nowMs = NOW_MS) => {
    const draft = new Draft({ accounts: [from, other] }, rules);
    mergeMembers(draft, from.memberId, other.memberId, nowMs);
    return draft.changes();
  };
  test("is two entries that say which is which; what fell due in either book is booked before", () => {
    const due = (id: string) => lot(id, { matured: false, availableAtMs: NOW_MS });
    const changes = merged(accountWith({ pending: 10, lots: [due("a")] }), into({ pending: 10, lots: [due("b")] }));
    expect(changes.entries.map(({ key, memberId, points, detail }) => [key, memberId, points, detail])).toEqual([
      ["mature:a", "1", 0, {}],
      ["mature:b", "2", 0, {}],
      ["merge:1:out", "1", -10, { reason: "moved-out" }],
      ["merge:1:in", "2", 10, { reason: "moved-in" }],
    ]);
    expect(changes.newLots.map(({ id, memberId, amount }) => [id, memberId, amount])).toEqual([
      ["merge:1:in/1", "2", 10],
    ]);
  });
  test("of a book with nothing in it moves nothing, and is noted in both accounts", () => {
    const changes = merged(accountWith({ formerCustomerIds: ["6999"] }), into({ formerCustomerIds: ["7000"] }));
    expect(changes).toMatchObject({ entries: [], newLots: [], mergers: [{ fromMemberId: "1", intoMemberId: "2" }] });
    expect(changes.accounts.map(({ memberId, formerCustomerIds }) => [memberId, formerCustomerIds])).toEqual([
      ["2", ["7000", "7001", "6999"]],
      ["1", ["6999"]],
    ]);
  });
  test("leaves empty lots behind, and takes along what the other did last", () => {
    const lots = [lot("empty", { remaining: 0 }), lot("full", { remaining: 4 })];
    const changes = merged(
      accountWith({ available: 4, lots, lastActivityMs: NOW_MS - 1 }),
      into({ lastActivityMs: 5 }),
    );
    expect(changes.newLots).toMatchObject([{ id: "merge:1:in/1", amount: 4, remaining: 4 }]);
    expect(changes.accounts.find(({ memberId }) => memberId === "2")).toMatchObject({ lastActivityMs: NOW_MS - 1 });
    expect(merged(accountWith({}), into({ lastActivityMs: 5 })).accounts[0]).toMatchObject({ lastActivityMs: 5 });
  });
  test("of a debt alone carries the debt over; of a forgotten customer, no number of theirs", () => {
    const changes = merged(accountWith({ owed: 7, customerId: null }), into({ owed: 1 }));
    expect(changes.entries.map(({ memberId, owed, points }) => [memberId, owed, points])).toEqual([
      ["1", -7, 7],
      ["2", 7, -7],
    ]);
    expect(changes.accounts.find(({ memberId }) => memberId === "2")).toMatchObject({ owed: 8, formerCustomerIds: [] });
  });
  test("of somebody with themselves is nothing", () => {
    const draft = new Draft({ accounts: [withPending] }, rules);
    mergeMembers(draft, "1", "1", NOW_MS + DAY_MS);
    expect(draft.changes()).toMatchObject({ accounts: [], entries: [], mergers: [] });
  });
});
