import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import type { Account, Changes, Entry, OrderRecord, Redemption } from "./account.ts";
import { accountAt, bookAllDue, holdForReward, issueCode, releaseHold, type ShopRules, settleOrder } from "./decide.ts";
import { Draft } from "./draft.ts";
import type { Lot } from "./lots.ts";
import { type OrderBody, type OrderNews, UNKNOWN_ORDER } from "./order.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse("2026-06-01T00:00:00Z");

const rulesWith = (pendingDays: number): ShopRules => ({
  currency: "USD",
  versions: [
    {
      version: 1,
      inForceFromMs: 0,
      program: {
        earn: { points: 1, perMinor: 100 },
        pendingDays,
        rewards: [
          {
            id: "off",
            name: "5.00 off",
            kind: "amount_off",
            cost: 50,
            valueMinor: 500,
            minimumMinor: null,
            codeDays: 30,
          },
        ],
      },
    },
  ],
});

/** A whole book in memory: what the database would hold after each commit. */
class Book {
  account: Account = {
    memberId: "1",
    customerId: "7001",
    version: 0,
    pending: 0,
    available: 0,
    held: 0,
    owed: 0,
    lots: [],
  };
  readonly orders = new Map<string, OrderRecord>();
  readonly redemptions = new Map<string, Redemption>();
  readonly entries: Entry[] = [];

  take(changes: Changes): void {
    this.account = changes.accounts[0] ?? this.account;
    for (const order of changes.orders) this.orders.set(order.orderId, order);
    for (const redemption of changes.redemptions) this.redemptions.set(redemption.id, redemption);
    for (const entry of changes.entries) {
      expect(this.entries.map((known) => known.key)).not.toContain(entry.key);
      this.entries.push(entry);
    }
  }

  news(orderId: string, news: OrderNews, nowMs = NOW_MS, rules = rulesWith(0)): void {
    const draft = new Draft({
      accounts: [this.account],
      orders: [this.order(orderId)],
      redemptions: this.redemptions.values(),
    });
    settleOrder(draft, rules, { orderId, news: [news] }, nowMs);
    this.take(draft.changes());
  }

  order(orderId: string): OrderRecord {
    const fresh = {
      orderId,
      revision: 0,
      memberId: null,
      state: UNKNOWN_ORDER,
      posted: 0,
      postings: 0,
      programVersion: null,
      multiplier: 10_000,
    };
    return this.orders.get(orderId) ?? fresh;
  }

  /** One more state of an order of one line. */
  settle(
    orderId: string,
    amountMinor: number,
    nowMs = NOW_MS,
    rules = rulesWith(0),
    changes: Partial<OrderBody> = {},
  ): void {
    const before = this.order(orderId).state.body;
    const updatedAtMs = (before?.updatedAtMs ?? 0) + 1;
    const line = {
      ...productLine("1", amountMinor),
      codeDiscounts: Object.fromEntries((changes.codes ?? []).map((code) => [code, 500])),
    };
    const body = orderBody({ updatedAtMs, processedAtMs: before?.processedAtMs ?? nowMs, lines: [line], ...changes });
    this.news(orderId, { kind: "state", body }, nowMs, rules);
  }

  hold(id: string, nowMs = NOW_MS): string {
    const request = { redemptionId: id, code: `CODE-${id}`, rewardId: "off", points: null };
    const decision = holdForReward(
      { account: this.account, redemption: this.redemptions.get(id) ?? null },
      rulesWith(0),
      request,
      nowMs,
    );
    if (decision.kind === "changes") this.take(decision.changes);
    return decision.kind === "refused" ? decision.refusal.code : decision.kind;
  }

  onRedemption(id: string, decide: (redemption: Redemption) => ReturnType<typeof releaseHold>): string {
    const redemption = this.redemptions.get(id);
    if (!redemption) return "unknown";
    const decision = decide(redemption);
    if (decision.kind === "changes") this.take(decision.changes);
    return decision.kind === "refused" ? decision.refusal.code : decision.kind;
  }

  release(id: string, nowMs = NOW_MS): string {
    return this.onRedemption(id, (redemption) => releaseHold(this.account, redemption, "cancelled", nowMs));
  }

  sweep(nowMs: number): void {
    const changes = bookAllDue(this.account, nowMs);
    if (changes) this.take(changes);
  }

  pots() {
    const { pending, available, held, owed } = this.account;
    return { pending, available, held, owed };
  }
}

describe("maturity and expiry", () => {
  test("points wait for the return window and are then there by themselves (I11)", () => {
    const book = new Book();
    book.settle("1", 10_000, NOW_MS, rulesWith(14));
    expect(book.pots()).toMatchObject({ pending: 100, available: 0 });
    expect(book.hold("a", NOW_MS + 14 * DAY_MS - 1)).toBe("insufficient-points");
    expect(accountAt(book.account, NOW_MS + 14 * DAY_MS)).toMatchObject({ pending: 0, available: 100 });
    expect(book.hold("a", NOW_MS + 14 * DAY_MS)).toBe("changes");
    expect(book.entries.map((entry) => entry.kind)).toEqual(["earn", "mature", "hold"]);
  });
  test("a lot expires once, on its day, whatever is left of it (I10)", () => {
    const book = new Book();
    book.settle("1", 10_000);
    const expiresAtMs = NOW_MS + DAY_MS;
    book.account = { ...book.account, lots: book.account.lots.map((lot) => ({ ...lot, expiresAtMs })) };
    book.hold("a");
    expect(accountAt(book.account, expiresAtMs - 1)).toMatchObject({ available: 50 });
    book.sweep(expiresAtMs);
    book.sweep(expiresAtMs + DAY_MS);
    expect(book.pots()).toMatchObject({ available: 0, held: 50 });
    expect(book.entries.filter((entry) => entry.kind === "expire")).toHaveLength(1);
  });
  test("returned points get thirty days where their lot has expired meanwhile", () => {
    const book = new Book();
    book.settle("1", 5_000);
    const expiresAtMs = NOW_MS + DAY_MS;
    book.account = { ...book.account, lots: book.account.lots.map((lot) => ({ ...lot, expiresAtMs })) };
    book.hold("a");
    const later = NOW_MS + 5 * DAY_MS;
    book.release("a", later);
    expect(book.pots()).toMatchObject({ available: 50, held: 0 });
    expect(accountAt(book.account, later + 30 * DAY_MS - 1)).toMatchObject({ available: 50 });
    expect(accountAt(book.account, later + 30 * DAY_MS)).toMatchObject({ available: 0 });
  });
});

describe("claw-back", () => {
  const lot = (id: string, changes: Partial<Lot>): Lot => ({
    id,
    orderId: null,
    amount: 10,
    remaining: 10,
    availableAtMs: 0,
    expiresAtMs: null,
    matured: true,
    ...changes,
  });
  test("takes the order's pending points, its own lot, then the soonest-expiring; the rest is owed", () => {
    const lots = [
      lot("late", { expiresAtMs: 9e15 }),
      lot("soon", { expiresAtMs: 8e15 }),
      lot("own", { orderId: "1", expiresAtMs: 9.1e15 }),
      lot("own-pending", { orderId: "1", matured: false, availableAtMs: 9e15 }),
      lot("other-pending", { orderId: "2", matured: false, availableAtMs: 9e15 }),
    ];
    const book = new Book();
    book.account = { ...book.account, pending: 20, available: 30, lots };
    const order: OrderRecord = {
      orderId: "1",
      revision: 1,
      memberId: "1",
      state: UNKNOWN_ORDER,
      posted: 45,
      postings: 1,
      programVersion: 1,
      multiplier: 10_000,
    };
    const draft = new Draft({ accounts: [book.account], orders: [order] });
    settleOrder(
      draft,
      rulesWith(0),
      { orderId: "1", news: [{ kind: "state", body: orderBody({ cancelled: true }) }] },
      NOW_MS,
    );
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

describe("any history", () => {
  const ids = fc.constantFrom("a", "b", "c", "d");
  const step = fc.oneof(
    fc.record({
      do: fc.constant("settle" as const),
      order: fc.nat(3),
      amount: fc.nat(20_000),
      days: fc.constantFrom(0, 14),
    }),
    fc.record({ do: fc.constant("use" as const), order: fc.nat(3), id: ids }),
    fc.record({ do: fc.constant("cancel" as const), order: fc.nat(3), undo: fc.boolean() }),
    fc.record({ do: fc.constant("refund" as const), order: fc.nat(3), amount: fc.nat(9_000) }),
    fc.record({ do: fc.constantFrom("hold" as const, "release" as const, "issue" as const), id: ids }),
    fc.record({ do: fc.constant("wait" as const), days: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ do: fc.constant("sweep" as const) }),
  );
  type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

  function play(book: Book, one: Step, nowMs: number, count: number): void {
    const orderId = "order" in one ? `o${one.order}` : "";
    const codes = book.order(orderId).state.body?.codes ?? [];
    if (one.do === "settle") book.settle(orderId, one.amount, nowMs, rulesWith(one.days), { codes });
    else if (one.do === "use")
      book.settle(orderId, 100, nowMs, rulesWith(0), {
        codes: book.redemptions.has(one.id) ? [`CODE-${one.id}`] : codes,
      });
    else if (one.do === "cancel") book.settle(orderId, 100, nowMs, rulesWith(0), { codes, cancelled: !one.undo });
    else if (one.do === "refund") {
      const refund = {
        id: `r${count}`,
        lines: [{ lineId: "1", quantity: 1, subtotalMinor: one.amount, taxMinor: 0 }],
        beyondLinesMinor: 0,
        beyondLinesTaxMinor: 0,
      };
      book.news(orderId, { kind: "refund", refund }, nowMs);
    } else if (one.do === "hold") book.hold(one.id, nowMs);
    else if (one.do === "release") book.release(one.id, nowMs);
    else if (one.do === "issue") book.onRedemption(one.id, (redemption) => issueCode(book.account, redemption, "gid"));
    else if (one.do === "sweep") book.sweep(nowMs);
  }

  test("keeps counters, entries, lots and redemptions in step (I1, I2, I3, I8)", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const book = new Book();
        let nowMs = NOW_MS;
        for (const [count, one] of steps.entries()) {
          if (one.do === "wait") nowMs += one.days * DAY_MS;
          else play(book, one, nowMs, count);
          checkBook(book, nowMs);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

function checkBook(book: Book, nowMs: number): void {
  const { account, entries } = book;
  const sum = (pick: (entry: Entry) => number) => entries.reduce((total, entry) => total + pick(entry), 0);
  const pots = {
    pending: sum((e) => e.pending),
    available: sum((e) => e.available),
    held: sum((e) => e.held),
    owed: sum((e) => e.owed),
  };
  expect(book.pots()).toEqual(pots);
  for (const pot of Object.values(pots)) expect(pot).toBeGreaterThanOrEqual(0);
  const lots = (matured: boolean) =>
    account.lots.filter((lot) => lot.matured === matured).reduce((total, lot) => total + lot.remaining, 0);
  expect([lots(false), lots(true)]).toEqual([account.pending, account.available]);
  for (const lot of account.lots) expect(lot.remaining >= 0 && lot.remaining <= lot.amount).toBe(true);
  const open = [...book.redemptions.values()].filter(
    (redemption) => redemption.state === "held" || redemption.state === "issued",
  );
  expect(account.held).toBe(open.reduce((total, redemption) => total + redemption.cost, 0));
  for (const order of book.orders.values()) {
    const posted = entries.filter((e) => e.orderId === order.orderId && (e.kind === "earn" || e.kind === "claw-back"));
    expect(posted.reduce((total, entry) => total + entry.points, 0)).toBe(order.posted);
  }
  // Issued = what is in the pots, what was spent, what expired; what was taken back beyond that is owed.
  const used = [...book.redemptions.values()].filter((one) => one.state === "used");
  const spent = used.reduce((total, one) => total + one.cost - one.returned, 0);
  for (const one of used) expect(one.returned >= 0 && one.returned <= one.cost).toBe(true);
  const earned = [...book.orders.values()].reduce((total, order) => total + order.posted, 0);
  const expired = -entries.filter((e) => e.kind === "expire").reduce((total, entry) => total + entry.points, 0);
  expect(earned).toBe(account.pending + account.available + account.held + spent + expired - account.owed);
  const now = accountAt(account, nowMs);
  expect(now.pending + now.available - now.owed).toBe(account.pending + account.available - account.owed);
}
