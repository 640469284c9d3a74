import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Book, DAY_MS, NOW_MS, rulesWith } from "../../dev/test-book.ts";
import type { Entry } from "./account.ts";
import { accountAt } from "./due.ts";
import { issueCode } from "./spending.ts";

describe("any history", () => {
  const ids = fc.constantFrom("a", "b", "c");
  const order = fc.nat(2);
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("settle" as const),
        order,
        amount: fc.nat(20_000),
        days: fc.constantFrom(0, 0, 14),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("use" as const), order, id: ids }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), order, undo: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("refund" as const), order, amount: fc.nat(9_000) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("hold" as const), id: ids }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("release" as const), id: ids }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("issue" as const), id: ids }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), days: fc.integer({ min: 1, max: 20 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("sweep" as const) }) },
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
    else if (one.do === "issue")
      book.onRedemption(one.id, (redemption) => issueCode(book.account, book.rules, redemption, "gid"));
    else if (one.do === "sweep") book.sweep(nowMs);
  }

  test("keeps counters, entries, lots and redemptions in step (I1, I2, I3, I8)", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25, size: "max" }), (steps) => {
        const book = new Book();
        let nowMs = NOW_MS;
        for (const [count, one] of steps.entries()) {
          if (one.do === "wait") nowMs += one.days * DAY_MS;
          else play(book, one, nowMs, count);
          checkBook(book, nowMs);
        }
      }),
      { numRuns: 3_000 },
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
  const now = accountAt(account, book.rules, nowMs);
  expect(now.pending + now.available - now.owed).toBe(account.pending + account.available - account.owed);
}
