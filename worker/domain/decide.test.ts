import { describe, expect, test } from "vitest";
import { Book, DAY_MS, NOW_MS, rulesWith, tiersOf } from "../../dev/test-book.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { blankOrder, type OrderRecord } from "./account.ts";
import { settleOrder } from "./decide.ts";
import { Draft } from "./draft.ts";
import { accountAt } from "./due.ts";
import { dayIsOver } from "./expiry.ts";
import type { Lot } from "./lots.ts";
import type { OrderBody } from "./order.ts";

describe("maturity and expiry", () => {
  test("points wait for the return window and are then there by themselves (I11)", () => {
    const book = new Book();
    book.settle("1", 10_000, NOW_MS, rulesWith(14));
    expect(book.pots()).toMatchObject({ pending: 100, available: 0 });
    expect(book.hold("a", NOW_MS + 14 * DAY_MS - 1)).toBe("insufficient-points");
    expect(accountAt(book.account, book.rules, NOW_MS + 14 * DAY_MS)).toMatchObject({ pending: 0, available: 100 });
    expect(book.hold("a", NOW_MS + 14 * DAY_MS)).toBe("changes");
    expect(book.entries.map((entry) => entry.kind)).toEqual(["earn", "mature", "hold"]);
  });
  test("a lot expires once, on its day, whatever is left of it (I10)", () => {
    const book = new Book();
    book.settle("1", 10_000);
    const expiresAtMs = NOW_MS + DAY_MS;
    book.account = { ...book.account, lots: book.account.lots.map((lot) => ({ ...lot, fixedExpiryMs: expiresAtMs })) };
    book.hold("a");
    expect(accountAt(book.account, book.rules, expiresAtMs - 1)).toMatchObject({ available: 50 });
    book.sweep(expiresAtMs);
    book.sweep(expiresAtMs + DAY_MS);
    expect(book.pots()).toMatchObject({ available: 0, held: 50 });
    expect(book.entries.filter((entry) => entry.kind === "expire")).toHaveLength(1);
  });
  test("returned points get thirty days where their lot has expired meanwhile", () => {
    const book = new Book();
    book.settle("1", 5_000);
    const expiresAtMs = NOW_MS + DAY_MS;
    book.account = { ...book.account, lots: book.account.lots.map((lot) => ({ ...lot, fixedExpiryMs: expiresAtMs })) };
    book.hold("a");
    const later = NOW_MS + 5 * DAY_MS;
    book.release("a", later);
    expect(book.pots()).toMatchObject({ available: 50, held: 0 });
    const over = dayIsOver(later + 30 * DAY_MS);
    expect(accountAt(book.account, book.rules, over - 1)).toMatchObject({ available: 50 });
    expect(accountAt(book.account, book.rules, over)).toMatchObject({ available: 0 });
  });
});

describe("claw-back", () => {
  const lot = (id: string, changes: Partial<Lot>): Lot => ({
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
  test("takes the order's pending points, its own lot, then the soonest-expiring; the rest is owed", () => {
    const lots = [
      lot("late", { fixedExpiryMs: 9e15 }),
      lot("soon", { fixedExpiryMs: 8e15 }),
      lot("own", { orderId: "1", fixedExpiryMs: 9.1e15 }),
      lot("own-pending", { orderId: "1", matured: false, availableAtMs: 9e15 }),
      lot("other-pending", { orderId: "2", matured: false, availableAtMs: 9e15 }),
    ];
    const book = new Book();
    book.account = { ...book.account, pending: 20, available: 30, lots };
    const settled = {
      revision: 1,
      memberId: "1",
      posted: 45,
      postings: 1,
      programVersion: 1,
      takesPart: true,
    } as const;
    const order: OrderRecord = { ...blankOrder("1"), ...settled, reason: "earned" };
    const draft = new Draft({ accounts: [book.account], orders: [order] }, rulesWith(0));
    settleOrder(draft, { orderId: "1", news: [{ kind: "state", body: orderBody({ cancelled: true }) }] }, NOW_MS);
    const changes = draft.changes();
    expect(changes.allocations.map((taken) => [taken.lotId, taken.points])).toEqual([
      ["own-pending", -10],
      ["own", -10],
      ["soon", -10],
      ["late", -10],
    ]);
    expect(changes.accounts[0]).toMatchObject({ pending: 10, available: 0, owed: 5 });
  });
  test("what is owed is paid by the next points, before they can be spent", () => {
    const book = new Book();
    book.settle("1", 10_000);
    book.hold("a");
    book.hold("b");
    book.settle("1", 0);
    expect(book.pots()).toMatchObject({ available: 0, held: 100, owed: 100 });
    book.settle("2", 3_000);
    expect(book.pots()).toMatchObject({ available: 0, owed: 70 });
    book.release("a");
    expect(book.pots()).toMatchObject({ available: 0, held: 50, owed: 20 });
    book.release("b");
    expect(book.pots()).toMatchObject({ available: 30, held: 0, owed: 0 });
  });
});

describe("a redemption", () => {
  test("released twice gives the points back once; used, never", () => {
    const book = new Book();
    book.settle("1", 10_000);
    book.hold("a");
    expect([book.release("a"), book.release("a")]).toEqual(["changes", "replay"]);
    book.hold("b");
    book.settle("2", 0, NOW_MS, rulesWith(0), { codes: ["CODE-b"] });
    expect(book.release("b")).toBe("already-used");
    expect(book.pots()).toMatchObject({ available: 50, held: 0 });
  });
  test("a use discovered after the points went back takes them again, owed if gone (I8)", () => {
    const book = new Book();
    book.settle("1", 5_000);
    book.hold("a");
    book.release("a");
    book.hold("b");
    book.settle("2", 0, NOW_MS, rulesWith(0), { codes: ["CODE-a"] });
    expect(book.pots()).toMatchObject({ available: 0, held: 50, owed: 50 });
    expect(book.redemptions.get("a")?.state).toBe("used");
  });
});

describe("points spent on an order", () => {
  const lines = [productLine("1", 6_000, 2), productLine("2", 3_000)].map((line, index) => ({
    ...line,
    codeDiscounts: { "CODE-a": [300, 201][index] ?? 0 },
  }));
  const unitRefund = (id: string, lineId: string, quantity: number) => ({
    id,
    lines: [{ lineId, quantity, subtotalMinor: 0, taxMinor: 0 }],
    beyondLinesMinor: 0,
    beyondLinesTaxMinor: 0,
  });
  const spent = (): Book => {
    const book = new Book();
    book.settle("1", 5_000);
    book.hold("a");
    book.news("2", { kind: "state", body: orderBody({ codes: ["CODE-a"], lines }) });
    return book;
  };
  const back = (book: Book) => book.entries.filter((entry) => entry.kind === "return").map((entry) => entry.points);

  test("come back by the code's share of the refunded units, rounded down, until the whole cost is back, to their lots", () => {
    const book = spent();
    book.news("2", { kind: "refund", refund: unitRefund("r1", "1", 1) });
    book.news("2", { kind: "refund", refund: unitRefund("r2", "2", 1) });
    book.news("2", { kind: "refund", refund: unitRefund("r3", "1", 1) });
    expect(back(book)).toEqual([14, 21, 15]);
    expect(book.account.lots.find((lot) => lot.id === "order:1:1")?.remaining).toBe(50);
  });
  test("of several codes come back in one order, however the books were read", () => {
    const keys = (ids: readonly string[]): string[] => {
      const book = new Book();
      book.settle("1", 10_000);
      for (const id of ["a", "b"]) book.hold(id);
      const used = { codes: ["CODE-a", "CODE-b"] };
      book.settle("2", 0, NOW_MS, book.rules, used);
      const known = new Map(book.redemptions);
      book.redemptions.clear();
      for (const id of ids) {
        const one = known.get(id);
        if (one) book.redemptions.set(id, one);
      }
      book.settle("2", 0, NOW_MS, book.rules, { ...used, cancelled: true });
      return book.entries.map((entry) => entry.key);
    };
    expect(keys(["b", "a"])).toEqual(keys(["a", "b"]));
    expect(keys(["b", "a"]).slice(-2)).toEqual(["return:a:1", "return:b:1"]);
  });
  test("come back whole when the order is cancelled, once", () => {
    const book = spent();
    for (const updatedAtMs of [9e15, 9.1e15])
      book.news("2", { kind: "state", body: orderBody({ codes: ["CODE-a"], lines, cancelled: true, updatedAtMs }) });
    expect(back(book)).toEqual([50]);
  });
  test("pay what is owed first", () => {
    const book = spent();
    book.settle("1", 0);
    expect(book.pots()).toMatchObject({ owed: 0, available: 100 });
    book.hold("b");
    book.hold("c");
    book.news("2", {
      kind: "state",
      body: orderBody({ codes: ["CODE-a"], lines, cancelled: true, updatedAtMs: 9e15 }),
    });
    expect(book.pots()).toMatchObject({ available: 0, held: 100, owed: 100 });
  });
  test("that were owed when the code was used have no lot to go to, and get one of their own", () => {
    const book = new Book();
    book.settle("1", 5_000);
    book.hold("a");
    book.release("a");
    book.hold("b");
    book.news("2", { kind: "state", body: orderBody({ codes: ["CODE-a"], lines }) });
    expect(book.pots()).toMatchObject({ owed: 0, held: 50, available: 100 });
    book.news("2", {
      kind: "state",
      body: orderBody({ codes: ["CODE-a"], lines, cancelled: true, updatedAtMs: 9e15 }),
    });
    expect(book.pots()).toMatchObject({ held: 50, available: 0, owed: 0 });
  });
});

describe("where the program stops at zero", () => {
  const forgiving = (): Book => {
    const book = new Book();
    book.rules = rulesWith(0, { owing: "stop-at-zero" });
    return book;
  };
  test("nothing is owed: what cannot be taken back is forgiven, and the entry says how much", () => {
    const book = forgiving();
    book.settle("1", 10_000);
    book.hold("a");
    book.settle("1", 0);
    expect(book.pots()).toEqual({ pending: 0, available: 0, held: 50, owed: 0 });
    expect(book.entries.at(-1)).toMatchObject({ kind: "claw-back", points: -50, detail: { forgivenPoints: 50 } });
    expect(book.order("1")).toMatchObject({ posted: 50, forgiven: 50 });
  });
  test("a later rise of that order is made good from what was forgiven first: nothing is minted twice", () => {
    const book = forgiving();
    book.settle("1", 10_000);
    book.hold("a");
    book.settle("1", 0);
    book.settle("1", 4_000);
    expect(book.pots()).toMatchObject({ available: 0 });
    expect(book.order("1")).toMatchObject({ posted: 50, forgiven: 10 });
    book.settle("1", 6_000);
    expect(book.pots()).toMatchObject({ available: 10, owed: 0 });
    expect(book.order("1")).toMatchObject({ posted: 60, forgiven: 0 });
  });
  test("an order that moves leaves what was forgiven with its first customer: the next one has all of it, and loses no other points", () => {
    const book = forgiving();
    book.settle("1", 5_000);
    book.hold("a");
    const other = { ...new Book().account, memberId: "2", customerId: "7002" };
    const draft = new Draft(
      { accounts: [book.account, other], orders: [book.order("1"), book.order("9")] },
      book.rules,
    );
    const say = (orderId: string, changes: Partial<OrderBody>) =>
      settleOrder(
        draft,
        { orderId, news: [{ kind: "state", body: orderBody({ customerId: "7002", amountMinor: 5_000, ...changes }) }] },
        NOW_MS,
      );
    say("9", {});
    say("1", { updatedAtMs: 9e15 });
    expect([draft.account("1").available, draft.account("2").available]).toEqual([0, 100]);
    expect(draft.order("1")).toMatchObject({ posted: 100, forgiven: 50, leftBehind: 50 });
    say("1", { updatedAtMs: 9.1e15, cancelled: true });
    expect(draft.account("2")).toMatchObject({ available: 50, owed: 0 });
  });
  test("an order that comes back to a customer who was forgiven a part of it earns them the rest, and nothing twice", () => {
    const book = forgiving();
    book.settle("1", 10_000);
    book.hold("a");
    const other = { ...new Book().account, memberId: "2", customerId: "7002" };
    const draft = new Draft({ accounts: [book.account, other], orders: [book.order("1")] }, book.rules);
    let updatedAtMs = 9e15;
    const say = (customerId: string | null, amountMinor = 10_000) => {
      updatedAtMs += 1;
      const body = orderBody({ customerId, amountMinor, updatedAtMs });
      settleOrder(draft, { orderId: "1", news: [{ kind: "state", body }] }, NOW_MS);
      return [draft.account("1").available, draft.account("2").available];
    };
    expect(say("7002")).toEqual([0, 100]);
    expect(draft.order("1")).toMatchObject({ posted: 150, forgiven: 50, leftBehind: 50, leftWith: { 1: 50 } });
    expect(say("7001")).toEqual([50, 0]);
    expect(draft.order("1")).toMatchObject({ posted: 100, forgiven: 0, leftBehind: 0, leftWith: {} });
    // By way of nobody, and for less than was forgiven.
    expect(say(null)).toEqual([0, 0]);
    expect(say("7001", 3_000)).toEqual([0, 0]);
    expect(draft.order("1")).toMatchObject({ posted: 50, forgiven: 20, leftBehind: 0, leftWith: {} });
    expect(say("7001")).toEqual([50, 0]);
  });
  test("what two customers were forgiven of one order counts for each of them alone", () => {
    const book = forgiving();
    book.settle("1", 10_000);
    book.hold("a");
    const other = { ...new Book().account, memberId: "2", customerId: "7002" };
    const leftWith = { 1: 50, 2: 30 };
    const order = { ...book.order("1"), memberId: null, posted: 80, forgiven: 80, leftBehind: 80, leftWith };
    const draft = new Draft(
      { accounts: [{ ...book.account, available: 0, lots: [] }, other], orders: [order] },
      book.rules,
    );
    const body = orderBody({ customerId: "7002", amountMinor: 10_000, updatedAtMs: 9e15 });
    settleOrder(draft, { orderId: "1", news: [{ kind: "state", body }] }, NOW_MS);
    expect(draft.account("2").available).toBe(70);
    expect(draft.order("1")).toMatchObject({ posted: 150, forgiven: 50, leftBehind: 50, leftWith: { 1: 50 } });
  });
  test("what was forgiven to two who became one is theirs together when the order leaves them again", () => {
    const book = forgiving();
    book.settle("1", 10_000);
    book.hold("a");
    const other = { ...new Book().account, memberId: "2", customerId: "7002" };
    const order = { ...book.order("1"), posted: 130, forgiven: 30, leftBehind: 30, leftWith: { 1: 30 } };
    const draft = new Draft({ accounts: [book.account, other], orders: [order] }, book.rules);
    const body = orderBody({ customerId: "7002", amountMinor: 10_000, updatedAtMs: 9e15 });
    settleOrder(draft, { orderId: "1", news: [{ kind: "state", body }] }, NOW_MS);
    expect(draft.account("2").available).toBe(100);
    expect(draft.order("1")).toMatchObject({ posted: 180, forgiven: 80, leftBehind: 80, leftWith: { 1: 80 } });
  });
  test("other orders earn in full meanwhile", () => {
    const book = forgiving();
    book.settle("1", 10_000);
    book.hold("a");
    book.settle("1", 0);
    book.settle("2", 4_000);
    expect(book.pots()).toMatchObject({ available: 40, owed: 0 });
  });
  test("a code used after its points were spent elsewhere is forgiven, and a refund gives back no more than was paid", () => {
    const book = forgiving();
    book.settle("1", 5_000);
    book.hold("a");
    book.release("a");
    book.hold("b");
    const used = { codes: ["CODE-a"] };
    book.settle("2", 0, NOW_MS, book.rules, used);
    expect(book.pots()).toEqual({ pending: 0, available: 0, held: 50, owed: 0 });
    expect(book.redemptions.get("a")).toMatchObject({ state: "used", returned: 50, forgiven: 50 });
    book.settle("2", 0, NOW_MS, book.rules, { ...used, cancelled: true });
    expect(book.pots()).toEqual({ pending: 0, available: 0, held: 50, owed: 0 });
  });
});

describe("spent points that do not come back", () => {
  test("where the merchant has switched it off, a refund of the order gives back none of them", () => {
    const book = new Book();
    book.rules = rulesWith(0, { returnSpent: false });
    book.settle("1", 5_000);
    book.hold("a");
    book.settle("2", 0, NOW_MS, book.rules, { codes: ["CODE-a"] });
    book.settle("2", 0, NOW_MS, book.rules, { codes: ["CODE-a"], cancelled: true });
    expect(book.pots()).toMatchObject({ available: 0, held: 0 });
  });
});

describe("a donation", () => {
  test("is spent as it is chosen, once, and cannot be taken back", () => {
    const book = new Book();
    const [off] = rulesWith(0).versions[0]?.program.rewards ?? [];
    if (!off) throw new Error("no reward");
    book.rules = rulesWith(0, { rewards: [{ ...off, kind: "donation" }] });
    book.settle("1", 6_000);
    expect([book.hold("a"), book.hold("a"), book.release("a")]).toEqual(["changes", "replay", "already-used"]);
    expect(book.pots()).toMatchObject({ available: 10, held: 0 });
    expect(book.entries.map((entry) => entry.kind)).toEqual(["earn", "hold", "use"]);
  });
});

describe("what is fixed at an order's first settlement", () => {
  test("the tier's multiplier of that moment, also for later changes of the order", () => {
    const book = new Book();
    book.rules = rulesWith(0, { tiers: tiersOf({ threshold: 0, multiplier: 15_000 }) });
    book.settle("1", 1_000);
    book.rules = rulesWith(0);
    book.settle("1", 2_000);
    expect(book.pots()).toMatchObject({ available: 30 });
    book.settle("2", 1_000);
    expect(book.pots()).toMatchObject({ available: 40 });
  });
});
