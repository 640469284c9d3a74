import { describe, expect, test } from "vitest";
import { Book, DAY_MS, NOW_MS, rulesWith } from "../../dev/test-book.ts";
import type { Account } from "./account.ts";
import { Draft } from "./draft.ts";
import { accountAt } from "./due.ts";
import {
  adjustPoints,
  changeMembership,
  isInPilotBy,
  isMemberAt,
  type MemberDecision,
  mergeMembers,
  openBalance,
} from "./members.ts";

function take(book: Book, decision: MemberDecision): string {
  if (decision.kind === "changes") book.take(decision.changes);
  return decision.kind === "refused" ? decision.refusal.code : decision.kind;
}

const adjust = (book: Book, id: string, points: number, reason = "for your patience") =>
  take(
    book,
    adjustPoints(
      { account: book.account, posted: book.entries.find((entry) => entry.key === `adjust:${id}`) ?? null },
      book.rules,
      { id, points, reason },
      NOW_MS,
    ),
  );

describe("an adjustment by staff", () => {
  test("gives points that can be spent at once, and pays what is owed first", () => {
    const book = new Book();
    book.settle("1", 5_000);
    book.hold("a");
    book.settle("1", 0);
    expect(book.pots()).toMatchObject({ available: 0, owed: 50 });
    expect(adjust(book, "1", 70)).toBe("changes");
    expect(book.pots()).toMatchObject({ available: 20, owed: 0 });
  });
  test("takes from what is available, soonest-expiring first, and makes no debts", () => {
    const book = new Book();
    book.settle("1", 5_000);
    expect(adjust(book, "1", -60)).toBe("insufficient-points");
    expect(adjust(book, "2", -20)).toBe("changes");
    expect(book.pots()).toMatchObject({ available: 30, owed: 0 });
    expect(book.account.lots[0]?.remaining).toBe(30);
  });
  test("posts once for its id: the same again is answered, another under the same id is refused (I9)", () => {
    const book = new Book();
    expect([adjust(book, "1", 5), adjust(book, "1", 5), adjust(book, "1", 6)]).toEqual([
      "changes",
      "replay",
      "different-request",
    ]);
    expect(adjust(book, "1", 5, "another reason")).toBe("different-request");
    expect(book.pots()).toMatchObject({ available: 5 });
  });
  test("needs a reason and a whole number of points", () => {
    const book = new Book();
    expect([adjust(book, "1", 5, " "), adjust(book, "2", 0), adjust(book, "3", 1.5)]).toEqual([
      "invalid-request",
      "invalid-request",
      "invalid-request",
    ]);
    expect(book.entries).toEqual([]);
  });
});

describe("an opening balance", () => {
  const open = (book: Book, id: string, points: number, availableAtMs: number, expiresAtMs: number | null) =>
    take(
      book,
      openBalance(
        { account: book.account, posted: book.entries.find((entry) => entry.key === `open:${id}`) ?? null },
        book.rules,
        { id, points, availableAtMs, expiresAtMs },
        NOW_MS,
      ),
    );
  test("is a lot with its own dates, posted once", () => {
    const book = new Book();
    expect(open(book, "1", 300, NOW_MS, NOW_MS + 10 * DAY_MS)).toBe("changes");
    expect(open(book, "1", 300, NOW_MS, NOW_MS + 10 * DAY_MS)).toBe("replay");
    expect(open(book, "1", 301, NOW_MS, null)).toBe("different-request");
    expect(open(book, "1", 300, NOW_MS, null)).toBe("different-request");
    expect(accountAt(book.account, book.rules, NOW_MS + 10 * DAY_MS - 1).available).toBe(300);
    expect(accountAt(book.account, book.rules, NOW_MS + 10 * DAY_MS).available).toBe(0);
  });
  test("of so long ago that the program's rule has taken it is posted and expired, and pays no debt", () => {
    const book = new Book();
    book.rules = rulesWith(0, { expiry: { kind: "after-available", months: 1 } });
    book.account = { ...book.account, owed: 50 };
    expect(open(book, "1", 300, NOW_MS - 90 * DAY_MS, null)).toBe("changes");
    expect(book.pots()).toEqual({ pending: 0, available: 0, held: 0, owed: 50 });
    expect(book.entries.map(({ kind, points }) => [kind, points])).toEqual([
      ["open", 300],
      ["expire", -300],
    ]);
  });
  test("may wait before it can be spent", () => {
    const book = new Book();
    open(book, "1", 300, NOW_MS + DAY_MS, null);
    expect(book.pots()).toMatchObject({ pending: 300, available: 0 });
    expect(accountAt(book.account, book.rules, NOW_MS + DAY_MS)).toMatchObject({ pending: 0, available: 300 });
  });
  test("that has expired before it could be used is refused", () => {
    const book = new Book();
    expect([open(book, "1", 300, NOW_MS, NOW_MS), open(book, "2", 0, NOW_MS, null)]).toEqual([
      "invalid-request",
      "invalid-request",
    ]);
  });
});

describe("a pilot", () => {
  const pilot = { membership: "pilot" } as const;
  test("takes whoever is on its list, from when they were put on it until they are taken off", () => {
    const membership = [
      { atMs: 10, isMember: true, by: "pilot" },
      { atMs: 20, isMember: false, by: "pilot" },
    ] as const;
    expect([9, 10, 19, 20].map((atMs) => isMemberAt({ membership }, pilot, atMs))).toEqual([false, true, true, false]);
  });
  test("takes nobody who left, and nobody for having joined by themselves", () => {
    const invited = { atMs: 10, isMember: true, by: "pilot" } as const;
    expect(isMemberAt({ membership: [{ atMs: 5, isMember: true }] }, pilot, 30)).toBe(false);
    expect(isMemberAt({ membership: [{ atMs: 5, isMember: false }, invited] }, pilot, 30)).toBe(false);
    expect(isMemberAt({ membership: [invited, { atMs: 15, isMember: false }] }, pilot, 30)).toBe(false);
  });
  test("that has ended leaves each member's own word as it was", () => {
    const membership = [{ atMs: 10, isMember: true, by: "pilot" }] as const;
    expect(isMemberAt({ membership }, { membership: "joined" }, 30)).toBe(false);
    expect(isMemberAt({ membership }, { membership: "everybody" }, 30)).toBe(true);
  });
});

describe("membership", () => {
  const change = (book: Book, isMember: boolean, nowMs: number) =>
    take(book, changeMembership(book.account, book.rules, isMember, nowMs));
  const placed = (createdAtMs: number) => ({ createdAtMs, processedAtMs: createdAtMs });

  test("orders placed after leaving earn nothing, the balance stays, and joining again is possible", () => {
    const book = new Book();
    book.settle("1", 1_000, NOW_MS, book.rules, placed(NOW_MS));
    expect([change(book, false, NOW_MS + 1), change(book, false, NOW_MS + 2)]).toEqual(["changes", "replay"]);
    book.settle("2", 1_000, NOW_MS + 3, book.rules, placed(NOW_MS + 3));
    expect(book.pots()).toMatchObject({ available: 10 });
    expect(book.order("2")).toMatchObject({ takesPart: false, reason: "not-a-member" });
    change(book, true, NOW_MS + 4);
    book.settle("3", 2_000, NOW_MS + 5, book.rules, placed(NOW_MS + 5));
    expect(book.pots()).toMatchObject({ available: 30 });
  });
  test("counts as it was when the order was placed, whenever its news comes", () => {
    const book = new Book();
    change(book, false, NOW_MS);
    book.settle("1", 1_000, NOW_MS + DAY_MS, book.rules, placed(NOW_MS - 1));
    expect(book.pots()).toMatchObject({ available: 10 });
    change(book, true, NOW_MS + DAY_MS);
    book.settle("2", 1_000, NOW_MS + 2 * DAY_MS, book.rules, placed(NOW_MS + 1));
    expect(book.pots()).toMatchObject({ available: 10 });
  });
  test("where only those take part who join, others earn nothing until they do", () => {
    const book = new Book();
    book.rules = rulesWith(0, { membership: "joined" });
    book.settle("1", 1_000, NOW_MS, book.rules, placed(NOW_MS));
    change(book, true, NOW_MS + 1);
    book.settle("2", 1_000, NOW_MS + 2, book.rules, placed(NOW_MS + 2));
    expect(book.pots()).toMatchObject({ available: 10 });
  });
});

describe("two customers who became one", () => {
  const other = (book: Book, changes: Partial<Account>): Account => ({ ...book.account, ...changes });
  const merged = (from: Account, into: Account, rules = rulesWith(0), nowMs = NOW_MS) => {
    const draft = new Draft({ accounts: [from, into] }, rules);
    mergeMembers(draft, from.memberId, into.memberId, nowMs);
    return draft.changes();
  };

  test("have one book: pots, lots with their dates, debts; nothing is made and nothing lost", () => {
    const [from, into] = [new Book(), new Book()];
    from.settle("1", 10_000, NOW_MS, rulesWith(14));
    from.settle("2", 20_000);
    from.hold("a");
    into.settle("3", 3_000);
    const changes = merged(from.account, other(into, { memberId: "2", customerId: "7002" }));
    const [emptied, filled] = ["1", "2"].map((id) => changes.accounts.find((account) => account.memberId === id));
    expect(emptied).toMatchObject({ pending: 0, available: 0, held: 0, owed: 0, nextDueMs: null });
    expect(filled).toMatchObject({ pending: 100, available: 180, held: 50, owed: 0, formerCustomerIds: ["7001"] });
    expect(changes.newLots.map(({ orderId, amount, matured }) => [orderId, amount, matured])).toEqual([
      ["1", 100, false],
      ["2", 150, true],
    ]);
    expect(changes.entries.map(({ memberId, points }) => [memberId, points])).toEqual([
      ["1", -250],
      ["2", 250],
    ]);
    expect(changes.mergers).toEqual([{ fromMemberId: "1", intoMemberId: "2" }]);
  });
  test("are members as the latest word of either says", () => {
    const [from, into] = [new Book(), new Book()];
    const left = { ...from.account, membership: [{ atMs: 5, isMember: false }] };
    const joined = { memberId: "2", customerId: "7002", membership: [{ atMs: 3, isMember: true }] };
    const changes = merged(left, other(into, joined));
    expect(changes.accounts.find((account) => account.memberId === "2")?.membership).toEqual([
      { atMs: 3, isMember: true },
      { atMs: 5, isMember: false },
    ]);
  });
  test("are in the pilot by each way by which either was, whenever the other was let go", () => {
    const [from, into] = [new Book(), new Book()];
    const tagged = { ...into.account, membership: [{ atMs: 1, isMember: true, by: "tag" as const }] };
    const membership = [
      { atMs: 2, isMember: true, by: "tag" as const },
      { atMs: 3, isMember: false, by: "tag" as const },
      { atMs: 4, isMember: false, by: "pilot" as const },
    ];
    const changes = merged({ ...from.account, membership }, { ...tagged, memberId: "2", customerId: "7002" });
    const kept = changes.accounts.find((account) => account.memberId === "2");
    expect(kept && [isInPilotBy(kept, "tag", NOW_MS), isInPilotBy(kept, "pilot", NOW_MS)]).toEqual([true, false]);
    expect(kept && isInPilotBy(kept, "tag", 3)).toBe(false);
  });
  test("pay the debts of the one from the points of the other", () => {
    const [from, into] = [new Book(), new Book()];
    from.settle("1", 5_000);
    from.hold("a");
    from.settle("1", 0);
    into.settle("2", 3_000);
    const changes = merged(from.account, other(into, { memberId: "2", customerId: "7002" }));
    expect(changes.accounts.find((account) => account.memberId === "2")).toMatchObject({
      available: 0,
      held: 50,
      owed: 20,
    });
  });
  test("a hold of the one gives its points back to the book of both, with their old date", () => {
    const [from, into] = [new Book(), new Book()];
    from.rules = rulesWith(0, { expiry: { kind: "after-available", months: 12 } });
    from.settle("1", 5_000);
    from.hold("a");
    const changes = merged(from.account, other(into, { memberId: "2", customerId: "7002" }), from.rules);
    const account = changes.accounts.find((one) => one.memberId === "2");
    if (!account) throw new Error("nobody");
    const both = new Book();
    both.rules = from.rules;
    both.account = account;
    const held = from.redemptions.get("a");
    if (held) both.redemptions.set("a", { ...held, memberId: "2" });
    expect(both.release("a", NOW_MS + DAY_MS)).toBe("changes");
    expect(both.account.lots.at(-1)).toMatchObject({ orderId: "1", availableAtMs: NOW_MS, remaining: 50 });
    expect(both.pots()).toMatchObject({ available: 50, held: 0 });
  });
});
