/** What an order's entries and its record say, and what its news does to whom. */
import { describe, expect, test } from "vitest";
import { Book, DAY_MS, NOW_MS, rulesWith, tiersOf } from "../../dev/test-book.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import type { Account } from "./account.ts";
import { settleOrder } from "./decide.ts";
import { Draft } from "./draft.ts";
import type { OrderNews } from "./order.ts";
import { shopRules } from "./program.ts";

const EARN = { points: 1, perMinor: 100 };
const state = (changes: Parameters<typeof orderBody>[0]): OrderNews => ({ kind: "state", body: orderBody(changes) });
const settled = (accounts: readonly Account[], book: Book, news: readonly OrderNews[], nowMs = NOW_MS) => {
  const draft = new Draft({ accounts, orders: [book.order("1")], redemptions: book.redemptions.values() }, book.rules);
  settleOrder(draft, { orderId: "1", news }, nowMs);
  return draft.changes();
};

describe("an entry of an order says", () => {
  test("its order, amounts, rate and lines, what is worth now and was held before; and until when it waits", () => {
    const book = new Book();
    book.settle("1", 10_000, NOW_MS, rulesWith(14));
    const lines = [{ lineId: "1", netMinor: 10_000, points: 100 }];
    expect(book.entries[0]).toMatchObject({ key: "order:1:1", orderId: "1", programVersion: 1, occurredAtMs: NOW_MS });
    expect(book.entries[0]?.detail).toEqual({
      orderName: "#1001",
      postedPoints: 0,
      eligibleMinor: 10_000,
      currency: "USD",
      targetPoints: 100,
      lines,
      earn: EARN,
      availableAtMs: NOW_MS + 14 * DAY_MS,
    });
    book.settle("1", 4_000, NOW_MS, rulesWith(14));
    expect(book.entries[1]?.detail).toEqual({
      orderName: "#1001",
      postedPoints: 100,
      eligibleMinor: 4_000,
      currency: "USD",
      targetPoints: 40,
      lines: [{ lineId: "1", netMinor: 4_000, points: 40 }],
      earn: EARN,
      reason: "earned",
    });
  });
  test("the tier's multiplier and the shares that count, where they are not one", () => {
    const book = new Book();
    book.rules = rulesWith(0, { tiers: tiersOf({ threshold: 0, multiplier: 15_000 }) });
    const refunds = [{ id: "1", lines: [], beyondLinesMinor: 2_000, beyondLinesTaxMinor: 0 }];
    const paid = { status: "partially_paid", totalMinor: 4, outstandingMinor: 2 } as const;
    book.settle("1", 10_000, NOW_MS, book.rules, { ...paid, refunds });
    expect(book.entries[0]).toMatchObject({
      points: 60,
      detail: {
        multiplier: 15_000,
        paid: { paidMinor: 2, ofMinor: 4 },
        net: { minor: 10_000 },
        kept: { partMinor: 8_000, ofMinor: 10_000 },
      },
    });
  });
  test("what was forgiven before it, and by it", () => {
    const book = new Book();
    book.rules = rulesWith(0, { owing: "stop-at-zero" });
    book.settle("1", 20_000);
    for (const id of ["a", "b", "c"]) book.hold(id);
    book.settle("1", 10_000);
    expect(book.entries.at(-1)).toMatchObject({
      key: "order:1:2",
      points: -50,
      owed: 0,
      detail: { forgivenPoints: 50 },
    });
    expect(book.entries.at(-1)?.detail).not.toHaveProperty("forgivenBeforePoints");
    book.release("a");
    book.settle("1", 8_000);
    expect(book.entries.at(-1)).toMatchObject({ points: -20, detail: { postedPoints: 150, forgivenBeforePoints: 50 } });
    expect(book.entries.at(-1)?.detail).not.toHaveProperty("forgivenPoints");
    expect(book.order("1")).toMatchObject({ posted: 130, forgiven: 50, postings: 3 });
    book.settle("1", 14_000);
    expect(book.entries.at(-1)).toMatchObject({ points: 10, detail: { postedPoints: 130, madeGoodPoints: 50 } });
    book.settle("1", 15_000);
    expect(book.entries.at(-1)).toMatchObject({ points: 10, detail: { postedPoints: 140 } });
    expect(book.entries.at(-1)?.detail).not.toHaveProperty("madeGoodPoints");
  });
  test("nothing, where all of a fall is forgiven", () => {
    const book = new Book();
    book.rules = rulesWith(0, { owing: "stop-at-zero" });
    book.settle("1", 5_000);
    book.hold("a");
    book.settle("1", 1_000);
    expect(book.entries.map(({ kind }) => kind)).toEqual(["earn", "hold"]);
    expect(book.order("1")).toMatchObject({ posted: 50, forgiven: 40, postings: 1 });
  });
});

describe("an order that moves to another customer", () => {
  const both = () => {
    const book = new Book();
    book.settle("1", 10_000);
    const other: Account = { ...new Book().account, memberId: "2", customerId: "7002" };
    return { book, accounts: [book.account, other] };
  };
  test("is taken back from the first, which says so, and earned by the second", () => {
    const { book, accounts } = both();
    const { entries, orders } = settled(accounts, book, [state({ customerId: "7002", updatedAtMs: 9e15 })]);
    expect(entries.map(({ key, kind, memberId, points }) => [key, kind, memberId, points])).toEqual([
      ["order:1:2", "claw-back", "1", -100],
      ["order:1:3", "earn", "2", 100],
    ]);
    expect(entries[0]?.detail).toEqual({
      orderName: "#1001",
      postedPoints: 100,
      reason: "order-moved",
      targetPoints: 0,
    });
    expect(orders).toMatchObject([{ memberId: "2", posted: 100, postings: 3 }]);
  });
  test("and was worth nothing there moves without an entry", () => {
    const book = new Book();
    book.settle("1", 0);
    const other: Account = { ...new Book().account, memberId: "2", customerId: "7002" };
    const changes = settled([book.account, other], book, [
      state({ customerId: "7002", updatedAtMs: 9e15, amountMinor: 0 }),
    ]);
    expect(changes.entries).toEqual([]);
    expect(changes.orders).toMatchObject([{ memberId: "2", posted: 0, postings: 0 }]);
  });
  test.each([
    ["the first had left", "1", [100, 100]],
    ["the second had left", "2", [0, 0]],
  ])(
    "earns for whoever holds it as they were when it was created, where %s, also where only that was heard",
    (_who, leaver, points) => {
      const left = (account: Account) =>
        account.memberId === leaver ? { ...account, membership: [{ atMs: 0, isMember: false }] } : account;
      const other: Account = { ...new Book().account, memberId: "2", customerId: "7002" };
      const moved = state({ customerId: "7002", updatedAtMs: 9e15 });
      const ends = [[state({}), moved], [moved]].map((news) => {
        const book = new Book();
        book.account = left(book.account);
        for (const one of news.slice(0, -1)) book.news("1", one);
        return settled([book.account, left(other)], book, news.slice(-1));
      });
      expect(ends.map(({ accounts }) => accounts.find((one) => one.memberId === "2")?.available ?? 0)).toEqual(points);
      expect(ends.map(({ orders }) => orders[0]?.takesPart)).toEqual([leaver === "1", leaver === "1"]);
    },
  );
  test("keeps the multiplier of the customer by whom it was settled first", () => {
    const book = new Book();
    book.rules = rulesWith(0, { tiers: tiersOf({ threshold: 0, multiplier: 20_000 }) });
    book.news("1", state({}));
    book.rules = rulesWith(0, { tiers: tiersOf({ threshold: 5, multiplier: 20_000 }) });
    const other: Account = { ...new Book().account, memberId: "2", customerId: "7002" };
    const { orders } = settled([book.account, other], book, [state({ customerId: "7002", updatedAtMs: 9e15 })]);
    expect(orders).toMatchObject([{ memberId: "2", multiplier: 20_000 }]);
  });
  test("books what fell due to the one who loses it first", () => {
    const book = new Book();
    book.settle("1", 10_000, NOW_MS, rulesWith(1));
    const other: Account = { ...new Book().account, memberId: "2", customerId: "7002" };
    const news = [state({ customerId: "7002", updatedAtMs: 9e15 })];
    const { entries } = settled([book.account, other], book, news, NOW_MS + DAY_MS);
    expect(entries.map(({ kind, memberId }) => [kind, memberId])).toEqual([
      ["mature", "1"],
      ["claw-back", "1"],
      ["earn", "2"],
    ]);
  });
});

describe("an order's news", () => {
  test("that changes nothing writes nothing, and keeps the order's revision", () => {
    const book = new Book();
    book.news("1", state({}));
    const changes = settled([book.account], book, [state({})]);
    expect(changes).toMatchObject({ orders: [], accounts: [], entries: [] });
  });
  test("that is told again writes nothing either where something fell due since: the sweep books that", () => {
    const book = new Book();
    book.rules = rulesWith(1);
    const news = state({ createdAtMs: NOW_MS, processedAtMs: NOW_MS });
    book.news("1", news);
    expect(settled([book.account], book, [news], NOW_MS + DAY_MS)).toMatchObject({
      orders: [],
      accounts: [],
      entries: [],
    });
  });
  test("of what fell due books that first, before it earns or takes back", () => {
    const book = new Book();
    book.rules = rulesWith(1);
    book.news("1", state({ createdAtMs: NOW_MS, processedAtMs: NOW_MS }));
    const later = { createdAtMs: NOW_MS, processedAtMs: NOW_MS, updatedAtMs: 9e15 };
    const kinds = (amountMinor: number) =>
      settled([book.account], book, [state({ ...later, amountMinor })], NOW_MS + DAY_MS).entries.map(
        ({ kind }) => kind,
      );
    expect(kinds(5_000)).toEqual(["mature", "claw-back"]);
    expect(kinds(20_000)).toEqual(["mature", "earn"]);
  });
  test("of a refund or a deletion before any body changes no points, and is kept", () => {
    const refund = { id: "1", lines: [], beyondLinesMinor: 1, beyondLinesTaxMinor: 0 };
    const changes = settled([new Book().account], new Book(), [{ kind: "refund", refund }, { kind: "deleted" }]);
    expect(changes).toMatchObject({ entries: [], accounts: [] });
    expect(changes.orders).toMatchObject([
      {
        memberId: null,
        programVersion: null,
        takesPart: null,
        reason: "deleted",
        state: { refunds: [refund], deleted: true },
      },
    ]);
  });
  test("that named a code uses it, also where a newer body of the same batch has lost it", () => {
    const book = new Book();
    book.settle("9", 5_000);
    book.hold("a");
    const lines = [productLine("1", 1_000)];
    const { redemptions } = settled([book.account], book, [
      state({ updatedAtMs: 1, codes: ["CODE-a"], lines }),
      state({ updatedAtMs: 2, codes: [], lines }),
      { kind: "deleted" },
    ]);
    expect(redemptions).toMatchObject([{ id: "a", state: "used", usedByOrder: "1" }]);
  });
  test("says when the member was last active: when the order was placed, never later than now, and never less than before", () => {
    const book = new Book();
    book.news("1", state({ createdAtMs: NOW_MS - 5 }));
    expect(book.account.lastActivityMs).toBe(NOW_MS - 5);
    book.news("2", state({ createdAtMs: NOW_MS + 5 }));
    expect(book.account.lastActivityMs).toBe(NOW_MS);
    book.news("3", state({ createdAtMs: NOW_MS - 9 }));
    expect(book.account.lastActivityMs).toBe(NOW_MS);
  });
});

describe("an order that is heard of when its points have expired", () => {
  const lateMs = NOW_MS + 90 * DAY_MS;
  const debtor = () => {
    const book = new Book();
    book.rules = rulesWith(0, { expiry: { kind: "after-available", months: 1 } });
    book.settle("old", 5_000);
    book.hold("a");
    book.settle("old", 0);
    return book;
  };
  const dates = { createdAtMs: NOW_MS, processedAtMs: NOW_MS };
  test("earns them and loses them at once, and pays no debt with them", () => {
    const book = debtor();
    book.settle("1", 10_000, lateMs, book.rules, dates);
    expect(book.pots()).toEqual({ pending: 0, available: 0, held: 50, owed: 50 });
    expect(book.entries.slice(-2).map(({ kind, points }) => [kind, points])).toEqual([
      ["earn", 100],
      ["expire", -100],
    ]);
  });
  test("which they have at the very moment of their expiry", () => {
    const atMs = Date.parse("2026-07-02T12:00:00Z");
    for (const [nowMs, owed] of [
      [atMs - 1, 0],
      [atMs, 50],
    ] as const) {
      const book = debtor();
      book.settle("1", 10_000, nowMs, book.rules, dates);
      expect(book.pots()).toMatchObject({ available: owed === 0 ? 50 : 0, owed });
    }
  });
  test("pays what its own fall made owed, when it is worth more again", () => {
    const book = debtor();
    book.settle("1", 10_000, NOW_MS, book.rules, dates);
    book.hold("b");
    book.settle("1", 0, lateMs, book.rules, dates);
    expect(book.pots()).toMatchObject({ available: 0, owed: 100 });
    book.settle("1", 10_000, lateMs, book.rules, dates);
    expect(book.pots()).toMatchObject({ available: 0, owed: 0 });
  });
});

describe("an order from before the first version", () => {
  test("earns nothing, for good, and its record says so", () => {
    const book = new Book();
    const [version] = book.rules.versions;
    if (!version) throw new Error("no version");
    book.rules = shopRules("USD", [{ ...version, inForceFromMs: NOW_MS }]);
    book.news("1", state({ createdAtMs: NOW_MS - 1 }));
    expect(book.order("1")).toMatchObject({ programVersion: 0, takesPart: true, posted: 0, reason: "before-program" });
    book.rules = rulesWith(0);
    book.news("1", state({ createdAtMs: NOW_MS - 1, updatedAtMs: 9e15 }));
    expect(book.order("1")).toMatchObject({ programVersion: 0, posted: 0, reason: "before-program" });
  });
});

test("an order of a shop without any program is settled when a first one reaches back to it", () => {
  const book = new Book();
  book.rules = shopRules("USD", []);
  book.news("1", state({ createdAtMs: NOW_MS - 1 }));
  expect(book.order("1")).toMatchObject({ programVersion: null, takesPart: null, posted: 0, reason: "before-program" });
  book.rules = rulesWith(0);
  book.news("1", state({ createdAtMs: NOW_MS - 1 }));
  expect(book.order("1")).toMatchObject({ programVersion: 1, takesPart: true, posted: 100, reason: "earned" });
});

describe("an order whose holder was forgotten", () => {
  const forgotten = () => {
    const book = new Book();
    book.settle("1", 10_000);
    book.account = { ...book.account, customerId: null };
    return book;
  };
  const newcomer = (book: Book): Account => ({
    ...book.account,
    memberId: "2",
    customerId: "7001",
    version: 0,
    available: 0,
    lots: [],
  });
  const later = Date.parse("2026-01-03T00:00:00Z");

  test.each(["7001", "7002", null])(
    "stays with them, and does not learn the customer %s that late news names",
    (customerId) => {
      const book = forgotten();
      const news = state({ amountMinor: 4_000, updatedAtMs: later, customerId });
      const changes = settled([book.account, newcomer(book)], book, [news]);
      expect(changes.entries).toMatchObject([{ memberId: "1", kind: "claw-back", points: -60 }]);
      expect(changes.orders).toMatchObject([{ memberId: "1", posted: 40, state: { body: { customerId: null } } }]);
      expect(changes.accounts.map(({ memberId }) => memberId)).toEqual(["1"]);
    },
  );
  test("forgets the customer with its next news, where its state still knew them", () => {
    const book = forgotten();
    const changes = settled([book.account], book, [state({ amountMinor: 10_000, updatedAtMs: later })]);
    expect(changes.orders).toMatchObject([{ memberId: "1", posted: 100, state: { body: { customerId: null } } }]);
    expect(changes.entries).toEqual([]);
  });
});
