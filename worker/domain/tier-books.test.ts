import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { propertyRuns } from "../../dev/property-runs.ts";
import { Book, DAY_MS, NOW_MS, rulesWith, tiersOf } from "../../dev/test-book.ts";
import { productLine } from "../../dev/test-orders.ts";
import { Draft } from "./draft.ts";
import { accountAt, bookAllDue } from "./due.ts";
import { mergeMembers } from "./members.ts";
import { NO_PROGRESS } from "./progress.ts";
import { standingAt, tierAt } from "./tiers.ts";

const placed = { createdAtMs: NOW_MS, processedAtMs: NOW_MS };
const gifts = (book: Book) =>
  book.entries.filter(({ kind }) => kind === "gift").map(({ key, points }) => [key, points]);

describe("an order and its member's tier", () => {
  const tiers = tiersOf({ threshold: 1, multiplier: 20_000 }, { threshold: 3, multiplier: 30_000 });
  test("an order earns by the tier that was there before it, and does not multiply itself", () => {
    const book = new Book();
    book.rules = rulesWith(0, { tiers });
    for (const id of ["1", "2", "3", "4"]) book.settle(id, 1_000, NOW_MS, book.rules, placed);
    expect(book.entries.map(({ points }) => points)).toEqual([10, 20, 20, 30]);
    expect(tierAt(book.account.progress, book.rules, NOW_MS).rank).toBe(2);
  });

  test("a refund lowers the tier, and what later orders earn, but not what earlier ones have earned", () => {
    const book = new Book();
    book.rules = rulesWith(0, { tiers });
    for (const id of ["1", "2", "3"]) book.settle(id, 1_000, NOW_MS, book.rules, placed);
    book.settle("1", 1_000, NOW_MS, book.rules, { ...placed, cancelled: true });
    book.settle("4", 1_000, NOW_MS, book.rules, placed);
    expect(book.entries.map(({ points }) => points)).toEqual([10, 20, 20, -10, 20]);
  });

  test("tier points are apart from the points to spend where they have a rate of their own", () => {
    const book = new Book();
    const basis = { basis: "points", tierPoints: { points: 7, perMinor: 1_000 } } as const;
    book.rules = rulesWith(0, { tiers: { ...tiersOf({ threshold: 70, multiplier: 20_000 }), ...basis } });
    book.settle("1", 9_999, NOW_MS, book.rules, placed);
    book.settle("2", 1_000, NOW_MS, book.rules, placed);
    expect(book.pots().available).toBe(99 + 10);
    expect(standingAt(book.account.progress, book.rules, NOW_MS)).toMatchObject({ rank: 1, counted: 69 + 7 });
  });

  test("tax counts as spent where it earns, and for tier points", () => {
    const lines = [{ ...productLine("1", 10_000), taxMinor: 2_500 }];
    const contributionWith = (taxEarns: boolean) => {
      const book = new Book();
      book.rules = rulesWith(0, { tiers: tiersOf({ threshold: 1 }), taxEarns });
      book.settle("1", 10_000, NOW_MS, book.rules, { ...placed, lines });
      return book.order("1").contribution;
    };
    expect(contributionWith(false)).toMatchObject({ points: 100, spentMinor: 10_000 });
    expect(contributionWith(true)).toMatchObject({ points: 125, spentMinor: 12_500 });
  });

  test("a paid tier is there while what gives it is paid and not refunded", () => {
    const book = new Book();
    const membership = { productIds: ["9"], months: 12 };
    book.rules = rulesWith(0, { tiers: tiersOf({ threshold: null, membership }) });
    const lines = [{ ...productLine("1", 9_900), productId: "9" }];
    const rank = () => tierAt(book.account.progress, book.rules, NOW_MS).rank;
    book.settle("1", 9_900, NOW_MS, book.rules, { ...placed, lines, status: "pending" });
    expect(rank()).toBe(0);
    book.settle("1", 9_900, NOW_MS, book.rules, { ...placed, lines });
    expect(rank()).toBe(1);
    // Read at Shopify, where no product is told.
    book.settle("1", 9_900, NOW_MS, book.rules, placed);
    expect(rank()).toBe(1);
    const refund = { lines: [{ lineId: "1", quantity: 1, subtotalMinor: 9_900, taxMinor: 0 }] };
    book.news("1", { kind: "refund", refund: { id: "r", beyondLinesMinor: 0, beyondLinesTaxMinor: 0, ...refund } });
    expect(rank()).toBe(0);
    expect(book.account.progress).toEqual(NO_PROGRESS);
  });
});

describe("an entry gift", () => {
  const tiers = tiersOf({ threshold: 1, giftPoints: 5 }, { threshold: 2, giftPoints: 50 });
  test("comes with the settlement that reaches the tier, where nothing can be returned", () => {
    const book = new Book();
    book.rules = rulesWith(0, { tiers });
    book.settle("1", 1_000, NOW_MS, book.rules, placed);
    expect(gifts(book)).toEqual([["gift:t1:1", 5]]);
    expect(book.pots().available).toBe(15);
  });

  test("waits for the return window, and is then there at every read", () => {
    const book = new Book();
    book.rules = rulesWith(14, { tiers });
    book.settle("1", 1_000, NOW_MS, book.rules, placed);
    book.settle("2", 1_000, NOW_MS, book.rules, placed);
    const available = (nowMs: number) => accountAt(book.account, book.rules, nowMs).available;
    expect([available(NOW_MS + 15 * DAY_MS - 1), available(NOW_MS + 15 * DAY_MS)]).toEqual([20, 75]);
    book.sweep(NOW_MS + 40 * DAY_MS);
    book.sweep(NOW_MS + 50 * DAY_MS);
    expect(gifts(book)).toEqual([
      ["gift:t1:1", 5],
      ["gift:t2:1", 50],
    ]);
    expect(book.entries.find(({ kind }) => kind === "gift")?.occurredAtMs).toBe(NOW_MS + 15 * DAY_MS);
  });

  test("names its tier, is looked for on its day, and its points expire by the program's rule", () => {
    const book = new Book();
    const expiry = { kind: "after-available", months: 3 } as const;
    book.rules = rulesWith(14, { tiers: tiersOf({ threshold: 1, giftPoints: 5 }), expiry });
    book.settle("1", 0, NOW_MS, book.rules, { ...placed, lines: [{ ...productLine("1", 50) }] });
    const next = () => bookAllDue(book.account, book.rules, NOW_MS).accounts[0]?.nextDueMs ?? 0;
    expect(next()).toBe(NOW_MS + 15 * DAY_MS);
    book.account = { ...book.account, customerId: null };
    expect(next()).toBe(0);
    book.account = { ...book.account, customerId: "7001" };
    book.sweep(NOW_MS + 15 * DAY_MS);
    expect(book.entries).toMatchObject([{ kind: "gift", points: 5, detail: { tierName: "t1" } }]);
    book.sweep(NOW_MS + 200 * DAY_MS);
    expect(book.entries.map(({ kind, points }) => [kind, points])).toEqual([
      ["gift", 5],
      ["expire", -5],
    ]);
  });

  test("is looked for on its day also where what reaches the tier earns nothing, and is no news of the member's activity", () => {
    const book = new Book();
    book.rules = rulesWith(14, { tiers: tiersOf({ threshold: 2, giftPoints: 5 }) });
    const lines = [{ ...productLine("1", 50) }];
    book.settle("1", 0, NOW_MS, book.rules, { ...placed, lines });
    const before = { createdAtMs: NOW_MS - DAY_MS, processedAtMs: NOW_MS - DAY_MS };
    book.settle("2", 0, NOW_MS, book.rules, { ...before, lines });
    expect(book.account).toMatchObject({ nextDueMs: NOW_MS + 15 * DAY_MS });
  });

  test("takes its points back when a reward that they were held for does not come about", () => {
    const book = new Book();
    book.rules = rulesWith(0, { tiers: tiersOf({ threshold: 1, giftPoints: 50 }) });
    book.settle("1", 0, NOW_MS, book.rules, { ...placed, lines: [{ ...productLine("1", 50) }] });
    expect([book.hold("a"), book.release("a")]).toEqual(["changes", "changes"]);
    expect(book.account.lots).toMatchObject([{ id: "gift:t1:1", remaining: 50 }]);
  });

  test("pays what was owed on its day, also where it is booked when it would have expired", () => {
    const book = new Book();
    const expiry = { kind: "after-available", months: 3 } as const;
    book.rules = rulesWith(14, { tiers: tiersOf({ threshold: 2, giftPoints: 50 }), expiry });
    const before = NOW_MS - 40 * DAY_MS;
    book.settle("0", 10_000, before, book.rules, { createdAtMs: before, processedAtMs: before });
    for (const id of ["a", "b"]) expect(book.hold(id, NOW_MS - DAY_MS)).toBe("changes");
    book.settle("0", 10_000, NOW_MS - DAY_MS, book.rules, { cancelled: true, createdAtMs: before });
    for (const id of ["1", "2"]) book.settle(id, 1_000, NOW_MS, book.rules, placed);
    expect(book.pots()).toEqual({ pending: 20, available: 0, held: 100, owed: 100 });
    book.sweep(NOW_MS + 200 * DAY_MS);
    expect(gifts(book)).toEqual([["gift:t1:1", 50]]);
    expect(book.pots()).toEqual({ pending: 0, available: 0, held: 100, owed: 30 });
  });

  test("never comes for what was returned in time, and once for good however often the tier is lost and reached", () => {
    const book = new Book();
    book.rules = rulesWith(14, { tiers });
    book.settle("1", 1_000, NOW_MS, book.rules, placed);
    book.settle("1", 1_000, NOW_MS + 3 * DAY_MS, book.rules, { ...placed, cancelled: true });
    book.sweep(NOW_MS + 40 * DAY_MS);
    expect(gifts(book)).toEqual([]);
    for (let loop = 0; loop < 3; loop++) {
      const nowMs = NOW_MS + (50 + 50 * loop) * DAY_MS;
      const own = { createdAtMs: nowMs, processedAtMs: nowMs };
      book.settle(`l${loop}`, 1_000, nowMs, book.rules, own);
      book.sweep(nowMs + 20 * DAY_MS);
      book.settle(`l${loop}`, 1_000, nowMs + 21 * DAY_MS, book.rules, { ...own, cancelled: true });
    }
    expect(gifts(book)).toEqual([["gift:t1:1", 5]]);
  });

  test("that one of two customers had is not given again when they become one", () => {
    const book = new Book();
    book.rules = rulesWith(0, { tiers });
    book.settle("1", 1_000, NOW_MS, book.rules, placed);
    const other = { ...new Book().account, memberId: "2", customerId: "7002" };
    const draft = new Draft({ accounts: [book.account, other] }, book.rules);
    mergeMembers(draft, "1", "2", NOW_MS);
    expect(draft.account("1").progress).toEqual(NO_PROGRESS);
    expect(draft.account("2").progress).toMatchObject({ gifts: ["t1"], days: [[NOW_MS / DAY_MS, 10, 1_000, 1]] });
  });

  test("is given to nobody who was forgotten", () => {
    const book = new Book();
    book.rules = rulesWith(14, { tiers });
    book.settle("1", 1_000, NOW_MS, book.rules, placed);
    book.account = { ...book.account, customerId: null };
    book.sweep(NOW_MS + 40 * DAY_MS);
    expect(gifts(book)).toEqual([]);
  });

  test("is given once per tier, and remembered, in any life of orders, refunds and sweeps", () => {
    const step = fc.record({
      days: fc.constantFrom(0, 1, 20, 200),
      order: fc.constantFrom("1", "2", "3"),
      act: fc.constantFrom("pay", "cancel", "sweep"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.constantFrom(0, 14), (steps, pendingDays) => {
        const book = new Book();
        book.rules = rulesWith(pendingDays, { tiers });
        let nowMs = NOW_MS;
        for (const { days, order, act } of steps) {
          nowMs += days * DAY_MS;
          const created = book.order(order).state.body?.createdAtMs ?? nowMs;
          const own = { createdAtMs: created, processedAtMs: created, cancelled: act === "cancel" };
          if (act === "sweep") book.sweep(nowMs);
          else book.settle(order, 1_000, nowMs, book.rules, own);
        }
        // The book itself refuses a key that comes twice.
        const given = gifts(book).map(([key]) => String(key).split(":")[1]);
        expect(given.sort()).toEqual(book.account.progress.gifts);
      }),
      { numRuns: propertyRuns(300) },
    );
  });
});
