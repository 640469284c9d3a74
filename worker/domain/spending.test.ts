/** What a redemption's entries and its record say, from its choice to the last refund of the order that used it. */
import { describe, expect, test } from "vitest";
import { Book, DAY_MS, NOW_MS, rulesWith } from "../../dev/test-book.ts";
import type { Redemption } from "./account.ts";
import { dayIsOver, lastDayBefore } from "./expiry.ts";
import { type ProgramVersion, shopRules } from "./program.ts";
import { holdForReward, issueCode, releaseHold } from "./spending.ts";

const HOUR_MS = DAY_MS / 24;
const [version] = rulesWith(0).versions;
if (!version) throw new Error("no version");
const [reward] = version.program.rewards;
if (!reward) throw new Error("no reward");
const donating = rulesWith(0, { rewards: [{ ...reward, kind: "donation" }] });
const request = { redemptionId: "a", code: "CODE-a", rewardId: "off", points: null };
const of = (book: Book, id = "a"): Redemption => {
  const redemption = book.redemptions.get(id);
  if (!redemption) throw new Error("no redemption");
  return redemption;
};
const held = (points = 5_000): Book => {
  const book = new Book();
  book.settle("1", points);
  book.hold("a");
  return book;
};
const use = (book: Book, changes: Parameters<Book["settle"]>[4] = {}, nowMs = NOW_MS) =>
  book.settle("2", 0, nowMs, book.rules, { codes: ["CODE-a"], ...changes });
/** A discount of 500 on two units, and how many of them are refunded. */
const unitsBack = (quantity: number) => ({
  lines: [
    {
      id: "1",
      kind: "product" as const,
      priceMinor: 500,
      quantity: 2,
      currentQuantity: null,
      discountMinor: 1_000,
      taxMinor: 0,
      codeDiscounts: { "CODE-a": 500 },
    },
  ],
  refunds: [
    {
      id: "r",
      lines: [{ lineId: "1", quantity, subtotalMinor: 0, taxMinor: 0 }],
      beyondLinesMinor: 0,
      beyondLinesTaxMinor: 0,
    },
  ],
});

describe("a choice of a reward", () => {
  test("is recorded with all that its code needs, and says what it was for", () => {
    const book = held();
    expect(of(book)).toEqual({
      id: "a",
      version: 0,
      memberId: "1",
      reward,
      cost: 50,
      code: "CODE-a",
      state: "held",
      fingerprint: '["off",null]',
      discountId: null,
      programVersion: 1,
      createdAtMs: NOW_MS,
      endsAtMs: NOW_MS + 30 * DAY_MS,
      usedByOrder: null,
      returned: 0,
      forgiven: 0,
      returnings: 0,
      reason: null,
      taken: [{ lotId: "order:1:1", points: 50, orderId: "1", availableAtMs: NOW_MS, fixedExpiryMs: null }],
    });
    expect(book.entries.at(-1)).toMatchObject({
      key: "hold:a",
      kind: "hold",
      redemptionId: "a",
      orderId: null,
      programVersion: 1,
      occurredAtMs: NOW_MS,
    });
    expect(book.entries.at(-1)?.detail).toEqual({ rewardName: "5.00 off", costPoints: 50 });
  });
  test("that is a donation is given at once, and both its entries say so", () => {
    const book = new Book();
    book.rules = donating;
    book.settle("1", 5_000);
    book.hold("a");
    expect(book.entries.slice(1).map(({ key, detail }) => [key, detail])).toEqual([
      ["hold:a", { rewardName: "5.00 off", costPoints: 50, reason: "donation" }],
      ["use:a", { rewardName: "5.00 off", costPoints: 50, reason: "donation" }],
    ]);
  });
  test("is refused before there is a program, or a book, or enough in it; one point too few is too few", () => {
    const later: ProgramVersion = { ...version, inForceFromMs: NOW_MS + 1 };
    const books = { account: new Book().account, redemption: null };
    expect(holdForReward(books, shopRules("USD", [later]), request, NOW_MS)).toEqual({
      kind: "refused",
      refusal: { code: "unknown-reward", rewardId: "off" },
    });
    expect(holdForReward({ ...books, account: null }, rulesWith(0), request, NOW_MS)).toEqual({
      kind: "refused",
      refusal: { code: "insufficient-points", needed: 50, available: 0 },
    });
    const book = new Book();
    book.settle("1", 4_900);
    expect(holdForReward({ ...books, account: book.account }, rulesWith(0), request, NOW_MS)).toEqual({
      kind: "refused",
      refusal: { code: "insufficient-points", needed: 50, available: 49 },
    });
  });
});

describe("a code that Shopify has", () => {
  test("is issued without any movement of points; told again, or after its end, it changes nothing", () => {
    const book = held();
    const decision = issueCode(book.account, book.rules, of(book), "gid-1");
    expect(decision).toMatchObject({ kind: "changes", redemption: { state: "issued", discountId: "gid-1" } });
    if (decision.kind !== "changes") return;
    expect(decision.changes).toMatchObject({ accounts: [], entries: [], redemptions: [{ id: "a", state: "issued" }] });
    expect(issueCode(book.account, book.rules, decision.redemption, "gid-2")).toEqual({
      kind: "replay",
      redemption: decision.redemption,
    });
  });
  test("and is used spends the hold, without touching what is available", () => {
    const book = held();
    book.redemptions.set("a", { ...of(book), state: "issued", discountId: "gid-1" });
    use(book);
    expect(of(book)).toMatchObject({ state: "used", usedByOrder: "2" });
    expect(book.entries.at(-1)).toMatchObject({ key: "use:a", kind: "use", held: -50, points: 0, orderId: "2" });
    expect(book.pots()).toEqual({ pending: 0, available: 0, held: 0, owed: 0 });
  });
});

describe("a hold that is given back", () => {
  test("says why; one that failed is not given back again", () => {
    const book = held();
    const decision = releaseHold(book.account, book.rules, of(book), "refused", NOW_MS);
    expect(decision).toMatchObject({
      kind: "changes",
      redemption: { state: "released", reason: "refused", taken: [] },
    });
    if (decision.kind !== "changes") return;
    expect(decision.changes.entries.map(({ key, detail }) => [key, detail])).toEqual([
      ["release:a", { rewardName: "5.00 off", costPoints: 50, reason: "refused" }],
    ]);
    const failed = { ...of(book), state: "failed" } as const;
    expect(releaseHold(book.account, book.rules, failed, "cancelled", NOW_MS)).toEqual({
      kind: "replay",
      redemption: failed,
    });
  });
  test("goes to its lots; one that has thirty days left needs no grace, one that has less does", () => {
    const given = (daysLeft: number) => {
      const book = held(6_000);
      const dated = { fixedExpiryMs: NOW_MS + daysLeft * DAY_MS };
      book.account = { ...book.account, lots: book.account.lots.map((lot) => ({ ...lot, ...dated })) };
      book.redemptions.set("a", { ...of(book), taken: of(book).taken.map((part) => ({ ...part, ...dated })) });
      book.release("a");
      return book.account.lots.map(({ id, remaining, fixedExpiryMs }) => [id, remaining, fixedExpiryMs]);
    };
    expect(given(30)).toEqual([["order:1:1", 60, NOW_MS + 30 * DAY_MS]]);
    expect(given(29)).toEqual([
      ["order:1:1", 10, NOW_MS + 29 * DAY_MS],
      ["release:a/1", 50, dayIsOver(NOW_MS + 30 * DAY_MS)],
    ]);
  });
  test("to a lot of grace is good through the day that people are told, in every time zone, and a day's returns expire together", () => {
    const book = new Book();
    const dated = { fixedExpiryMs: NOW_MS + 2 * DAY_MS };
    book.settle("1", 10_000);
    book.account = { ...book.account, lots: book.account.lots.map((lot) => ({ ...lot, ...dated })) };
    book.hold("a");
    book.hold("b");
    book.release("a", NOW_MS + 2 * HOUR_MS);
    book.release("b", NOW_MS + 23 * HOUR_MS);
    const ends = book.account.lots.flatMap(({ id, fixedExpiryMs }) =>
      id.startsWith("release:") ? [fixedExpiryMs ?? 0] : [],
    );
    expect(ends).toHaveLength(2);
    for (const end of ends) {
      const midnightMs = Date.parse(`${lastDayBefore(end)}T24:00:00Z`);
      expect(end - midnightMs).toBeGreaterThanOrEqual(12 * HOUR_MS);
      expect(end).toBeGreaterThanOrEqual(NOW_MS + 23 * HOUR_MS + 30 * DAY_MS);
    }
    expect(new Set(ends).size).toBe(1);
  });
  test("whose lot is in another book now gets a lot like it, beside whatever else is there", () => {
    const book = held();
    book.settle("3", 1_000);
    const [own, other] = book.account.lots;
    if (!own || !other) throw new Error("no lots");
    book.account = { ...book.account, lots: [other] };
    book.release("a");
    expect(book.account.lots.map(({ id, orderId, remaining }) => [id, orderId, remaining])).toEqual([
      ["order:3:1", "3", 10],
      ["release:a/1", "1", 50],
    ]);
  });
  test("and pays a debt of the same size moves no lot", () => {
    const book = held();
    book.settle("1", 0);
    expect(book.pots()).toMatchObject({ held: 50, owed: 50 });
    const decision = releaseHold(book.account, book.rules, of(book), "cancelled", NOW_MS);
    if (decision.kind !== "changes") throw new Error("not released");
    expect(decision.changes.allocations).toEqual([]);
    expect(decision.changes.accounts[0]).toMatchObject({ available: 0, held: 0, owed: 0 });
  });
});

describe("a refund of the order that used a code", () => {
  test("says by what share, how many belong back now, and how many did before", () => {
    const book = held();
    use(book, unitsBack(1));
    expect(book.entries.at(-1)).toMatchObject({ key: "return:a:1", kind: "return", points: 25, orderId: "2" });
    expect(book.entries.at(-1)?.detail).toEqual({
      rewardName: "5.00 off",
      costPoints: 50,
      orderName: "#1001",
      targetPoints: 25,
      postedPoints: 0,
      refunded: { partMinor: 250, ofMinor: 500 },
      currency: "USD",
      reason: "refunded",
      returnedPoints: 25,
    });
    use(book, unitsBack(2));
    expect(book.entries.at(-1)).toMatchObject({
      key: "return:a:2",
      points: 25,
      detail: { targetPoints: 50, postedPoints: 25, returnedPoints: 50 },
    });
    expect(of(book)).toMatchObject({ returned: 50, returnings: 2, forgiven: 0, taken: [] });
  });
  test("that is undone takes the points again, and another refund gives them back again", () => {
    const book = held();
    use(book, unitsBack(2));
    use(book, unitsBack(1));
    expect(book.entries.at(-1)).toMatchObject({
      key: "return:a:2",
      kind: "reclaim",
      points: -25,
      detail: { reason: "refund-undone", targetPoints: 25, postedPoints: 50, rewardName: "5.00 off" },
    });
    expect(of(book)).toMatchObject({ returned: 25, returnings: 2 });
    use(book, unitsBack(2));
    expect(book.entries.at(-1)).toMatchObject({ key: "return:a:3", kind: "return", points: 25 });
    expect(of(book)).toMatchObject({ returned: 50, returnings: 3 });
    expect(book.pots()).toMatchObject({ available: 50, held: 0, owed: 0 });
  });
  test("in part leaves the rest in the redemption, to come back to the same lot later", () => {
    const book = held();
    use(book, unitsBack(1));
    expect(of(book).taken.map(({ lotId, points }) => [lotId, points])).toEqual([["order:1:1", 25]]);
    expect(book.account.lots.map(({ id, remaining }) => [id, remaining])).toEqual([["order:1:1", 25]]);
  });
});

describe("points that no lot was ever found for", () => {
  test("get a lot of their own as they come back: they were owed when the code was used, and that was paid since", () => {
    const book = held();
    book.release("a");
    book.hold("b");
    use(book);
    book.settle("3", 5_000);
    expect(book.pots()).toEqual({ pending: 0, available: 0, held: 50, owed: 0 });
    use(book, { cancelled: true }, NOW_MS + 1);
    expect(book.pots()).toMatchObject({ available: 50, held: 50, owed: 0 });
    expect(book.account.lots.find(({ remaining }) => remaining > 0)).toEqual({
      id: "return:a:1/1",
      orderId: null,
      amount: 50,
      remaining: 50,
      availableAtMs: NOW_MS + 1,
      fixedExpiryMs: null,
      matured: true,
      expired: false,
    });
  });
});

describe("a refund that is undone where the program stops at zero", () => {
  test("forgives what is gone, says so in the next entry, and takes it no second time", () => {
    const book = new Book();
    book.rules = rulesWith(0, { owing: "stop-at-zero" });
    book.settle("1", 5_000);
    book.hold("a");
    use(book, unitsBack(2));
    book.hold("b");
    use(book, unitsBack(1));
    expect(of(book)).toMatchObject({ returned: 50, forgiven: 25 });
    book.settle("3", 5_000);
    use(book, unitsBack(0));
    expect(book.entries.at(-1)).toMatchObject({
      kind: "reclaim",
      points: -25,
      detail: { reason: "refund-undone", targetPoints: 0, postedPoints: 50, forgivenBeforePoints: 25 },
    });
    expect(book.pots()).toMatchObject({ available: 25, owed: 0 });
  });
});

describe("a code used after its points went back", () => {
  test("takes them again and says so; a second order with the code changes nothing", () => {
    const book = held();
    book.release("a");
    use(book);
    expect(book.entries.at(-1)).toMatchObject({ key: "reclaim:a", kind: "reclaim", points: -50, orderId: "2" });
    expect(book.entries.at(-1)?.detail).toEqual({
      rewardName: "5.00 off",
      costPoints: 50,
      reason: "used-after-release",
    });
    book.settle("3", 0, NOW_MS, book.rules, { codes: ["CODE-a"] });
    expect(of(book)).toMatchObject({ state: "used", usedByOrder: "2" });
    expect(book.entries.filter(({ kind }) => kind === "reclaim")).toHaveLength(1);
  });
  test("and cannot all be taken is forgiven in part where the program stops at zero; refunds make good what was forgiven", () => {
    const book = new Book();
    book.rules = rulesWith(0, { owing: "stop-at-zero" });
    book.settle("1", 8_000);
    book.hold("a");
    book.release("a");
    book.hold("b");
    use(book, unitsBack(0));
    expect(book.entries.at(-1)).toMatchObject({
      key: "reclaim:a",
      points: -30,
      owed: 0,
      detail: { reason: "used-after-release", forgivenPoints: 20 },
    });
    expect(of(book)).toMatchObject({ returned: 20, forgiven: 20, returnings: 0 });
    const entries = book.entries.length;
    use(book, unitsBack(1));
    expect(of(book)).toMatchObject({ returned: 25, forgiven: 0 });
    expect(book.entries.at(-1)).toMatchObject({ key: "return:a:1", points: 5, detail: { returnedPoints: 25 } });
    expect(book.entries.at(-1)?.detail).not.toHaveProperty("forgivenBeforePoints");
    expect(book.entries).toHaveLength(entries + 1);
  });
  test("and was forgiven whole posts nothing; what a refund makes good of it posts nothing either", () => {
    const book = new Book();
    book.rules = rulesWith(0, { owing: "stop-at-zero" });
    book.settle("1", 5_000);
    book.hold("a");
    book.release("a");
    book.hold("b");
    const entries = book.entries.length;
    use(book, unitsBack(0));
    expect(of(book)).toMatchObject({ state: "used", returned: 50, forgiven: 50 });
    use(book, unitsBack(1));
    expect(of(book)).toMatchObject({ returned: 50, forgiven: 25, returnings: 0 });
    expect(book.entries).toHaveLength(entries);
    use(book, unitsBack(2));
    expect(of(book)).toMatchObject({ returned: 50, forgiven: 0 });
  });
});

describe("what fell due is booked first", () => {
  test("by a hold that is given back, a code that is used, and a refund of its order", () => {
    const booked = (act: (book: Book, nowMs: number) => void) => {
      const book = held();
      book.settle("3", 1_000, NOW_MS, rulesWith(1));
      act(book, NOW_MS + DAY_MS);
      return book.entries.slice(3).map(({ kind }) => kind);
    };
    expect(booked((book, nowMs) => book.release("a", nowMs))).toEqual(["mature", "release"]);
    expect(booked((book, nowMs) => use(book, unitsBack(0), nowMs))).toEqual(["mature", "use"]);
    const used = held();
    use(used);
    used.settle("3", 1_000, NOW_MS, rulesWith(1));
    use(used, { cancelled: true }, NOW_MS + DAY_MS);
    expect(used.entries.slice(4).map(({ kind }) => kind)).toEqual(["mature", "return"]);
    const again = held();
    again.release("a");
    again.settle("3", 1_000, NOW_MS, rulesWith(1));
    use(again, unitsBack(0), NOW_MS + DAY_MS);
    expect(again.entries.slice(4).map(({ kind }) => kind)).toEqual(["mature", "reclaim"]);
    const undone = held();
    use(undone, unitsBack(2));
    undone.settle("3", 1_000, NOW_MS, rulesWith(1));
    use(undone, unitsBack(1), NOW_MS + DAY_MS);
    expect(undone.entries.slice(5).map(({ kind }) => kind)).toEqual(["mature", "reclaim"]);
  });
});
