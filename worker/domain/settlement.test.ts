import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import type { OrderBody, OrderLine, Refund } from "./order.ts";
import { PROGRAM_DEFAULTS, type ProgramVersion } from "./program.ts";
import { settle } from "./settlement.ts";

const program = (points: number, perMinor: number): ProgramVersion => ({
  version: 1,
  inForceFromMs: 0,
  publishedAtMs: 0,
  program: { earn: { points, perMinor }, pendingDays: 0, rewards: [], ...PROGRAM_DEFAULTS },
});
const TEN_PER_HUNDRED = program(10, 10_000);
const ONE_PER_CENT = program(1, 1);

/** One point per cent, also of tax. */
const WITH_TAX: ProgramVersion = { ...ONE_PER_CENT, program: { ...ONE_PER_CENT.program, taxEarns: true } };

const stateOf = (body: Partial<OrderBody>, refunds: readonly Refund[] = []) => ({
  body: orderBody(body),
  refunds,
  deleted: false,
});
const worth = (body: Partial<OrderBody>, version = ONE_PER_CENT, refunds: readonly Refund[] = []) =>
  settle(stateOf(body, refunds), version, body.currency ?? "USD").points;
const line = (changes: Partial<OrderLine>): OrderLine => ({ ...productLine("1", 10_000), ...changes });
const refund = (changes: Partial<Refund>): Refund => ({
  id: "r1",
  lines: [],
  beyondLinesMinor: 0,
  beyondLinesTaxMinor: 0,
  ...changes,
});
const refundOf = (lineId: string, quantity: number, subtotalMinor: number, taxMinor: number | null = 0) =>
  refund({ lines: [{ lineId, quantity, subtotalMinor, taxMinor }] });

describe("what earns", () => {
  test("product lines after discounts", () => {
    expect(worth({ lines: [line({ quantity: 3, discountMinor: 1_234 })] })).toBe(28_766);
  });
  test("gift cards and tips never earn, custom lines do", () => {
    const lines = [line({ kind: "gift_card" }), line({ id: "2", kind: "tip" }), line({ id: "3", priceMinor: 500 })];
    expect(worth({ lines })).toBe(500);
  });
  test("with tax-included prices the tax share is taken out of the line; otherwise tax is not in it", () => {
    const lines = [line({ priceMinor: 12_300, taxMinor: 2_300 })];
    expect(worth({ lines, taxesIncluded: true })).toBe(10_000);
    expect(worth({ lines, taxesIncluded: false })).toBe(12_300);
  });
  test("where the program says so tax earns, too: inside the price it stays there, and otherwise it is added", () => {
    const lines = [line({ priceMinor: 12_300, discountMinor: 300, taxMinor: 2_000 })];
    expect(worth({ lines, taxesIncluded: true }, WITH_TAX)).toBe(12_000);
    expect(worth({ lines, taxesIncluded: false }, WITH_TAX)).toBe(14_000);
    const [card, tip] = [line({ kind: "gift_card", taxMinor: 900 }), line({ id: "2", kind: "tip", taxMinor: 900 })];
    expect(worth({ lines: [card, tip] }, WITH_TAX)).toBe(0);
  });
  test.each([
    ["test orders", { test: true }, "test-order"],
    ["cancelled orders", { cancelled: true }, "cancelled"],
    ["voided orders", { status: "voided" }, "cancelled"],
    ["pending orders", { status: "pending" }, "not-paid"],
    ["authorized orders", { status: "authorized" }, "not-paid"],
    ["expired orders", { status: "expired" }, "not-paid"],
    ["orders in another currency than the shop's", { currency: "EUR" }, "other-currency"],
  ] as const)("%s are worth nothing", (_, changes, reason) => {
    expect(settle(stateOf(changes), ONE_PER_CENT, "USD")).toMatchObject({ points: 0, reason });
  });
  test("an order from before the first version is worth nothing, a deleted one too", () => {
    expect(settle(stateOf({}), null, "USD")).toMatchObject({ points: 0, reason: "before-program" });
    expect(settle({ ...stateOf({}), deleted: true }, ONE_PER_CENT, "USD")).toMatchObject({
      points: 0,
      reason: "deleted",
    });
  });
  test("partly paid orders count what is paid, rounded down", () => {
    const body = {
      status: "partially_paid",
      totalMinor: 19_900,
      outstandingMinor: 14_900,
      lines: [line({ priceMinor: 19_900 })],
    } as const;
    expect(worth(body, TEN_PER_HUNDRED)).toBe(5);
  });
});

describe("one rounding", () => {
  test("the order's total is rounded down once, whatever the lines", () => {
    const lines = ["1", "2", "3"].map((id) => line({ id, priceMinor: 999 }));
    expect(worth({ lines }, TEN_PER_HUNDRED)).toBe(2);
  });
  test("zero- and three-decimal currencies count in their own minor units", () => {
    expect(worth({ currency: "JPY", lines: [line({ priceMinor: 5_900 })] }, program(10, 10_000))).toBe(5);
    expect(worth({ currency: "KWD", lines: [line({ priceMinor: 12_345 })] }, program(1, 1_000))).toBe(12);
  });
  test("lines' points sum to the order's, each within one point of its exact share", () => {
    const lines = fc.array(fc.record({ priceMinor: fc.nat(50_000), quantity: fc.integer({ min: 1, max: 9 }) }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        lines,
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 10_000 }),
        (given, points, perMinor) => {
          const all = given.map((one, index) => line({ id: String(index), ...one }));
          const settlement = settle(stateOf({ lines: all }), program(points, perMinor), "USD");
          expect(settlement.lines.reduce((sum, own) => sum + own.points, 0)).toBe(settlement.points);
          const total = all.reduce((sum, one) => sum + one.priceMinor * one.quantity, 0);
          for (const own of settlement.lines) {
            const at = all.find((one) => one.id === own.lineId);
            const exact = ((at?.priceMinor ?? 0) * (at?.quantity ?? 0) * settlement.points) / total;
            expect(Math.abs(own.points - exact)).toBeLessThan(1);
          }
        },
      ),
    );
  });
});

describe("refunds", () => {
  test("refunded lines count in full by their own subtotal", () => {
    expect(worth({ lines: [line({ quantity: 2 })] }, ONE_PER_CENT, [refundOf("1", 1, 9_500)])).toBe(10_500);
  });
  test("a refunded tax-included line gives its tax share back too; without one in the refund, the line's own share", () => {
    const lines = [line({ priceMinor: 12_300, quantity: 2, taxMinor: 4_600 })];
    for (const tax of [2_300, null]) {
      expect(worth({ lines, taxesIncluded: true }, ONE_PER_CENT, [refundOf("1", 1, 12_300, tax)])).toBe(10_000);
    }
  });
  test("money refunded beyond lines lowers the remaining lines in proportion", () => {
    const lines = [line({ id: "1" }), line({ id: "2", kind: "gift_card" })];
    expect(worth({ lines }, ONE_PER_CENT, [refund({ beyondLinesMinor: 5_000 })])).toBe(7_500);
    expect(worth({ lines: [line({})] }, ONE_PER_CENT, [refund({ beyondLinesMinor: 99_999 })])).toBe(0);
  });
  test("a unit that an edit took away counts no more, by its exact share of the line, and is never counted twice", () => {
    const lines = [line({ quantity: 4, currentQuantity: 2 })];
    expect(worth({ lines })).toBe(20_000);
    expect(worth({ lines, refunds: [refundOf("1", 2, 20_000)] })).toBe(20_000);
    expect(worth({ lines, refunds: [refundOf("1", 1, 10_000)] })).toBe(20_000);
    const thirds = [line({ quantity: 3, currentQuantity: 2, discountMinor: 1_000 })];
    // 29000 x 2/3 = 19333.33: two points of 100 per 100.00 more than that would be a rounding in between.
    expect(worth({ lines: thirds }, program(300, 1))).toBe(5_800_000);
  });
  test("a refund that the body does not hold yet takes its units from those that an edit has left", () => {
    const lines = [line({ quantity: 4, currentQuantity: 2 })];
    expect(worth({ lines }, ONE_PER_CENT, [refundOf("1", 1, 10_000)])).toBe(10_000);
    expect(worth({ lines }, ONE_PER_CENT, [refundOf("1", 2, 20_000)])).toBe(0);
  });
  test("a refund's cent too much on one line and too little on another evens out", () => {
    const lines = [line({ id: "1", priceMinor: 19_566 }), line({ id: "2", priceMinor: 19_567 })];
    const refunds = [
      { ...refundOf("1", 1, 19_567), lines: [...refundOf("1", 1, 19_567).lines, ...refundOf("2", 1, 19_566).lines] },
    ];
    expect(worth({ lines: [...lines, line({ id: "3" })], refunds })).toBe(10_000);
  });
  test("an order of which no unit is left is worth nothing, whatever cents rounding leaves of it, also beside a gift card", () => {
    // 89.99 for three, refunded at 29.99 each; and with one unit taken by an edit, which is reckoned at a third of it.
    const three = line({ priceMinor: 3_333, quantity: 3, discountMinor: 1_000 });
    const lines = [three, line({ id: "2", kind: "gift_card" })];
    expect(worth({ lines, refunds: [refundOf("1", 3, 8_997)] })).toBe(0);
    expect(worth({ lines }, ONE_PER_CENT, [refundOf("1", 3, 8_997)])).toBe(0);
    expect(worth({ lines: [{ ...three, currentQuantity: 0 }], refunds: [refundOf("1", 2, 5_998)] })).toBe(0);
    expect(worth({ lines: [{ ...three, currentQuantity: 2 }] }, ONE_PER_CENT, [refundOf("1", 2, 5_998)])).toBe(0);
  });
  test("where prices include tax, both are rounded, and both leave something", () => {
    const three = line({ priceMinor: 3_333, quantity: 3, discountMinor: 1_000, taxMinor: 1_501 });
    const refunds = ["a", "b", "c"].map((id) => ({ ...refundOf("1", 1, 2_999, 501), id }));
    expect(worth({ taxesIncluded: true, lines: [three], refunds })).toBe(0);
  });
  test("what a refund really held back of its line stays, also when no unit is left; so does what another line has left", () => {
    const three = line({ priceMinor: 3_333, quantity: 3, discountMinor: 1_000 });
    expect(worth({ lines: [three], refunds: [refundOf("1", 3, 8_996)] })).toBe(3);
    expect(worth({ lines: [three], refunds: [refundOf("1", 2, 8_998)] })).toBe(1);
    expect(worth({ lines: [three, line({ id: "2", priceMinor: 1 })], refunds: [refundOf("1", 3, 8_998)] })).toBe(2);
  });
  test("where tax earns, refunds and edits take it away with what it is on, told or by the line's own share", () => {
    const lines = [line({ priceMinor: 10_000, quantity: 3, taxMinor: 7_500 })];
    for (const tax of [2_500, null]) expect(worth({ lines }, WITH_TAX, [refundOf("1", 1, 10_000, tax)])).toBe(25_000);
    const edited = [line({ priceMinor: 10_000, quantity: 3, taxMinor: 7_500, currentQuantity: 1 })];
    expect(worth({ lines: edited }, WITH_TAX)).toBe(12_500);
    const inside = [line({ priceMinor: 12_500, quantity: 3, taxMinor: 7_500 })];
    expect(worth({ lines: inside, taxesIncluded: true }, WITH_TAX, [refundOf("1", 1, 12_500, 9_999)])).toBe(25_000);
  });
  test("where tax earns, what its rounding left of the last unit is nothing, as of the price's", () => {
    const three = line({ priceMinor: 3_333, quantity: 3, discountMinor: 1_000, taxMinor: 1_499 });
    // Three refunds of one unit each, every one rounded down: 2 of the price and 2 of the tax are left.
    const refunds = ["1", "2", "3"].map((id) => ({ ...refundOf("1", 1, 2_999, 499), id }));
    expect(worth({ lines: [three], refunds }, WITH_TAX)).toBe(0);
    expect(worth({ lines: [{ ...three, taxMinor: 1_501 }], refunds }, WITH_TAX)).toBe(6);
    // Inside the price there is one rounding only: 2 are nothing, 3 are not.
    expect(worth({ taxesIncluded: true, lines: [three], refunds }, WITH_TAX)).toBe(0);
    const more = { ...three, discountMinor: 999 };
    expect(worth({ taxesIncluded: true, lines: [more], refunds }, WITH_TAX)).toBe(3);
  });
  test("where tax earns, money refunded beyond lines counts with its tax, as a share of prices with theirs", () => {
    const lines = [line({ taxMinor: 2_500 })];
    const beyond = [refund({ beyondLinesMinor: 1_000, beyondLinesTaxMinor: 250 })];
    expect(worth({ lines }, WITH_TAX, beyond)).toBe(11_250);
    expect(worth({ lines }, ONE_PER_CENT, beyond)).toBe(9_000);
    expect(worth({ lines }, WITH_TAX, [refund({ beyondLinesMinor: 12_500 })])).toBe(0);
    const card = line({ id: "2", kind: "gift_card", priceMinor: 12_500 });
    expect(worth({ lines: [...lines, card] }, WITH_TAX, [refund({ beyondLinesMinor: 2_500 })])).toBe(11_250);
  });
  test("refunds that do not tell their tax take exactly the line's tax together", () => {
    const lines = [line({ priceMinor: 12_000, quantity: 3, taxMinor: 100 }), line({ id: "2", priceMinor: 1_000 })];
    const refunds = ["a", "b", "c"].map((id) => ({ ...refundOf("1", 1, 12_000, null), id }));
    expect(worth({ lines, taxesIncluded: true, refunds })).toBe(1_000);
  });
  test("adjustments that cancel out, in one refund or over several, lower nothing", () => {
    const heldBack = refund({ id: "10", beyondLinesMinor: -5_000, lines: refundOf("1", 1, 5_000).lines });
    const lines = [line({ priceMinor: 5_000 }), line({ id: "2" })];
    expect(worth({ lines, refunds: [heldBack] })).toBe(10_000);
    expect(worth({ lines, refunds: [heldBack, refund({ id: "11", beyondLinesMinor: 5_000 })] })).toBe(10_000);
    expect(worth({ lines, refunds: [heldBack, refund({ id: "11", beyondLinesMinor: 6_000 })] })).toBe(9_000);
    // Whichever of them came first: 50.00 were given back in all, and a line of 50.00 is gone.
    expect(worth({ lines, refunds: [{ ...heldBack, id: "12" }, refund({ id: "11", beyondLinesMinor: 5_000 })] })).toBe(
      10_000,
    );
  });
  test("an order body speaks for a refund that was also learnt by itself", () => {
    const own = refundOf("1", 1, 4_000);
    expect(worth({ lines: [line({})], refunds: [own] }, ONE_PER_CENT, [own])).toBe(6_000);
  });
  test("any sequence of refunds never raises the worth, and the last one ends at nothing (I6)", () => {
    const parts = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 99 }), (amounts, points) => {
        const lines = amounts.map((priceMinor, index) => line({ id: String(index), priceMinor }));
        let before = Number.POSITIVE_INFINITY;
        for (let done = 0; done <= amounts.length; done++) {
          const refunds = amounts
            .slice(0, done)
            .map((amount, index) => ({ ...refundOf(String(index), 1, amount), id: `r${index}` }));
          const now = worth({ lines }, program(points, 100), refunds);
          expect(now).toBeLessThanOrEqual(before);
          before = now;
        }
        expect(before).toBe(0);
      }),
    );
  });
});
