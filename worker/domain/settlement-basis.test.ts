/** What a settlement says besides its points: why, by which lines, and by which shares; and orders at the edges of what can be counted. */
import { describe, expect, test } from "vitest";
import { tiersOf } from "../../dev/test-book.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { type OrderBody, type OrderLine, type Refund, UNKNOWN_ORDER } from "./order.ts";
import { PROGRAM_DEFAULTS, type ProgramVersion } from "./program.ts";
import { spentPointsBack } from "./rewards.ts";
import { settle, tierWorth } from "./settlement.ts";

const program = (points: number, perMinor: number): ProgramVersion => ({
  version: 1,
  inForceFromMs: 0,
  publishedAtMs: 0,
  program: { earn: { points, perMinor }, pendingDays: 0, rewards: [], ...PROGRAM_DEFAULTS },
});
const withTax: ProgramVersion = { ...program(1, 1), program: { ...program(1, 1).program, taxEarns: true } };
const line = (id: string, changes: Partial<OrderLine> = {}): OrderLine => ({ ...productLine(id, 10_000), ...changes });
const refund = (id: string, beyondLinesMinor: number, lines: Refund["lines"] = []): Refund => ({
  id,
  lines,
  beyondLinesMinor,
  beyondLinesTaxMinor: 0,
});
const unit = (lineId: string, subtotalMinor: number, taxMinor: number | null = 0) => ({
  lineId,
  quantity: 1,
  subtotalMinor,
  taxMinor,
});
const settled = (body: Partial<OrderBody>, version = program(1, 1)) =>
  settle({ body: orderBody(body), refunds: [], deleted: false }, version, "USD");

describe("a settlement tells", () => {
  test("nothing but points and lines where amounts and rate say it all", () => {
    expect(settled({ lines: [line("1"), line("2", { priceMinor: 500 })] }, program(1, 100))).toEqual({
      points: 105,
      reason: "earned",
      eligibleMinor: 10_500,
      lines: [
        { lineId: "1", netMinor: 10_000, points: 100 },
        { lineId: "2", netMinor: 500, points: 5 },
      ],
    });
  });
  test("that nothing is left, and no lines, where refunds took it all, or more than all", () => {
    const nothing = { points: 0, reason: "nothing-left", eligibleMinor: 0, lines: [] };
    expect(settled({ lines: [line("1")], refunds: [refund("1", 0, [unit("1", 10_000)])] })).toEqual(nothing);
    expect(settled({ lines: [line("1")], refunds: [refund("1", 0, [unit("1", 10_001)])] })).toEqual(nothing);
    expect(settled({ lines: [line("1", { kind: "tip" })] })).toEqual(nothing);
  });
  test("that too little is there for a point", () => {
    expect(settled({ lines: [line("1", { priceMinor: 99 })] }, program(1, 100))).toEqual({
      points: 0,
      reason: "nothing-left",
      eligibleMinor: 99,
      lines: [],
    });
  });
  test("nothing but the reason, where the order does not count", () => {
    expect(settled({ test: true })).toEqual({ points: 0, reason: "test-order", eligibleMinor: 0, lines: [] });
  });
  test("whether an order without a body is deleted, or not known yet", () => {
    expect(settle(UNKNOWN_ORDER, program(1, 1), "USD").reason).toBe("unknown-state");
    expect(settle({ ...UNKNOWN_ORDER, deleted: true }, program(1, 1), "USD").reason).toBe("deleted");
  });
  test("what is paid of an order that is paid in part, and that all is paid where the total is nothing", () => {
    const part = { status: "partially_paid", totalMinor: 400, lines: [line("1", { priceMinor: 400 })] } as const;
    expect(settled({ ...part, outstandingMinor: 100 })).toMatchObject({
      points: 300,
      paid: { paidMinor: 300, ofMinor: 400 },
    });
    expect(settled({ ...part, outstandingMinor: 500 })).toMatchObject({ points: 0, paid: { paidMinor: 0 } });
    expect(settled({ ...part, outstandingMinor: -100 })).not.toHaveProperty("paid");
    expect(settled({ ...part, totalMinor: 0 }).points).toBe(400);
  });
  test("what the lines come to where that is no whole number of minor units", () => {
    const lines = [line("1", { quantity: 3, currentQuantity: 2, discountMinor: 1 })];
    const { net, kept, eligibleMinor } = settled({ lines });
    expect({ net, kept, eligibleMinor }).toEqual({
      net: { minor: 59_998, parts: 3 },
      kept: undefined,
      eligibleMinor: 19_999,
    });
  });
  test("what money refunded beyond the lines has left of them", () => {
    const { net, kept, points } = settled({ lines: [line("1")], refunds: [refund("1", 2_500)] });
    expect({ net, kept, points }).toEqual({
      net: { minor: 10_000 },
      kept: { partMinor: 7_500, ofMinor: 10_000 },
      points: 7_500,
    });
  });
  test("neither of the two where one of them is too large to be written down", () => {
    const lines = [line("1", { priceMinor: 9e15, quantity: 2 })];
    const settlement = settled({ lines, refunds: [refund("1", 9e15)] }, program(1, 1_000_000));
    expect(settlement).toMatchObject({ points: 9e9, eligibleMinor: 9e15 });
    expect(settlement).not.toHaveProperty("net");
    expect(settlement).not.toHaveProperty("kept");
    const beside = [line("1"), line("2", { kind: "gift_card", priceMinor: 9e15, quantity: 2 })];
    const small = settled({ lines: beside, refunds: [refund("1", 9e15)] });
    expect(small).toMatchObject({ points: 5_000 });
    expect(small).not.toHaveProperty("net");
    expect(small).not.toHaveProperty("kept");
  });
});

describe("an order's points by line", () => {
  const byLine = (prices: readonly number[], perMinor: number) =>
    settled(
      { lines: prices.map((priceMinor, index) => line(String(index), { priceMinor })) },
      program(1, perMinor),
    ).lines.map(({ lineId, points }) => [lineId, points]);
  test("go to the largest remainders, of equal ones to the earlier line; lines without any are not told", () => {
    expect(byLine([100, 100, 100], 150)).toEqual([
      ["0", 1],
      ["1", 1],
    ]);
    expect(byLine([100, 200], 300)).toEqual([["1", 1]]);
    expect(byLine([200, 100], 300)).toEqual([["0", 1]]);
    expect(byLine([100, 250, 250, 400], 250)).toEqual([
      ["1", 1],
      ["2", 1],
      ["3", 2],
    ]);
    expect(byLine([250, 100, 150], 250)).toEqual([
      ["0", 1],
      ["2", 1],
    ]);
    expect(byLine([400, 250, 250, 100], 250)).toEqual([
      ["0", 2],
      ["1", 1],
      ["2", 1],
    ]);
  });
  test("go to lines that earn and have something left", () => {
    const lines = [line("1", { priceMinor: 101 }), line("2", { priceMinor: 1 }), line("3", { kind: "gift_card" })];
    expect(settled({ lines, refunds: [refund("1", 0, [unit("2", 2)])] }).lines).toEqual([
      { lineId: "1", netMinor: 101, points: 100 },
    ]);
  });
  test("name what is left of a line after an edit", () => {
    expect(settled({ lines: [line("1", { quantity: 3, currentQuantity: 2 })] }).lines).toEqual([
      { lineId: "1", netMinor: 20_000, points: 20_000 },
    ]);
  });
});

describe("at the edges", () => {
  test("a line of no units is worth nothing, and takes nothing from the others", () => {
    const lines = [line("1", { quantity: 0, discountMinor: 50, taxMinor: 7 }), line("2", { priceMinor: 500 })];
    expect(settled({ lines }).points).toBe(500);
    expect(settled({ lines, refunds: [refund("1", 0, [unit("1", 0, null)])] }).points).toBe(500);
    for (const taxesIncluded of [true, false])
      for (const version of [program(1, 1), withTax])
        expect(settled({ lines, taxesIncluded }, version).points).toBe(500);
  });
  test("units that an edit took away take their share of the tax with them", () => {
    const lines = [line("1", { priceMinor: 12_300, quantity: 2, taxMinor: 4_600, currentQuantity: 1 })];
    expect(settled({ lines, taxesIncluded: true }).points).toBe(10_000);
  });
  test("what a refund held back is made good once: what is given after that is beyond lines again", () => {
    const refunds = [refund("10", -5_000, [unit("1", 5_000)]), refund("11", 5_000), refund("12", 5_000)];
    expect(settled({ lines: [line("1", { priceMinor: 5_000 }), line("2")], refunds }).points).toBe(5_000);
  });
  test("more points than can be counted are an error, never a wrong number (I16)", () => {
    expect(() => settled({ lines: [line("1", { priceMinor: 9e15 })] }, program(2, 1))).toThrow(
      "more points than can be counted",
    );
    expect(settled({ lines: [line("1", { priceMinor: 9e15 })] }).points).toBe(9e15);
  });
});

describe("points spent on an order belong back", () => {
  const back = (body: Partial<OrderBody> | null, deleted = false) =>
    spentPointsBack({ body: body && orderBody(body), refunds: [], deleted }, "CODE", 50);
  const lines = [
    line("1", { quantity: 3, codeDiscounts: { CODE: 100, OTHER: 900 } }),
    line("2", { codeDiscounts: { OTHER: 900 } }),
  ];
  test("all of them, with the reason, where nothing of the order is left", () => {
    expect([back(null, true), back({ lines }, true)]).toEqual([
      { points: 50, reason: "deleted" },
      { points: 50, reason: "deleted" },
    ]);
    expect(back({ lines, cancelled: true })).toEqual({ points: 50, reason: "cancelled" });
    expect(back({ lines, status: "voided" })).toEqual({ points: 50, reason: "cancelled" });
    expect(back({ lines, status: "refunded" })).toEqual({ points: 50, reason: "refunded" });
  });
  test("none of them where the order is not known, or its code took nothing off", () => {
    const none = { points: 0, reason: "refunded" };
    expect(back(null)).toEqual(none);
    expect(back({ lines: [line("1", { quantity: 0 })] })).toEqual(none);
  });
  test("by the share of this code's discount that lay on what was refunded", () => {
    expect(back({ lines, refunds: [refund("1", 0, [unit("1", 0), unit("2", 0)])] })).toEqual({
      points: 16,
      reason: "refunded",
      refunded: { partMinor: 100, ofMinor: 300, parts: 3 },
    });
    expect(back({ lines })).toEqual({ points: 0, reason: "refunded", refunded: { partMinor: 0, ofMinor: 100 } });
  });
});

describe("what is left of an order", () => {
  test("is nothing where a refund took more than there was, of the line or of all lines, although units are left", () => {
    const two = line("1", { quantity: 2 });
    expect(settled({ lines: [two], refunds: [refund("1", 0, [unit("1", 25_000)])] })).toMatchObject({
      points: 0,
      eligibleMinor: 0,
    });
    const card = line("2", { kind: "gift_card", quantity: 2 });
    const besideCard = { lines: [two, card], refunds: [refund("1", 0, [unit("1", 25_000)])] };
    expect(settled(besideCard)).toMatchObject({ points: 0, eligibleMinor: 0 });
    expect(settled({ lines: [line("1"), card], refunds: [refund("1", 0, [unit("2", 35_000)])] }).points).toBe(0);
  });
  test("is exact where edits took shares of lines of different quantities", () => {
    const lines = [
      line("1", { quantity: 2, currentQuantity: 1, discountMinor: 1 }),
      line("2", { quantity: 3, currentQuantity: 2, discountMinor: 1 }),
    ];
    // 19999 / 2 + 29999 × 2 / 3
    expect(settled({ lines }, program(6, 1)).points).toBe(59_997 + 119_996);
  });
});

describe("while the program is paused", () => {
  const paused: ProgramVersion = { ...program(1, 1), program: { ...program(1, 1).program, state: "paused" } };
  test("an order earns nothing, says so, and counts towards no tier", () => {
    expect(settled({ lines: [line("1")] }, paused)).toMatchObject({ points: 0, reason: "paused" });
    const state = { body: orderBody({ lines: [line("1")] }), refunds: [], deleted: false };
    const nothing = { points: 0, spentMinor: 0, orders: 0, memberships: [] };
    expect(tierWorth(state, paused, "USD")).toEqual(nothing);
    expect(tierWorth(UNKNOWN_ORDER, program(1, 1), "USD")).toEqual(nothing);
  });
});

describe("towards tiers", () => {
  const membership = { productIds: ["9"], months: 12 };
  const version: ProgramVersion = {
    ...program(1, 1),
    program: { ...program(1, 1).program, tiers: tiersOf({ threshold: null, membership }) },
  };
  const worth = (body: Partial<OrderBody>) =>
    tierWorth({ body: orderBody(body), refunds: [], deleted: false }, version, "USD");
  const lines = [line("1", { productId: "9", quantity: 2 }), line("2")];
  test("what is paid counts, and a tier is bought by its products alone, once they are paid for", () => {
    expect(worth({ lines })).toEqual({
      points: 30_000,
      spentMinor: 30_000,
      orders: 1,
      memberships: [{ tierId: "t1", months: 24 }],
    });
    const part = { status: "partially_paid", totalMinor: 40_000, outstandingMinor: 30_000 } as const;
    expect(worth({ lines, ...part })).toEqual({ points: 7_500, spentMinor: 7_500, orders: 1, memberships: [] });
    expect(worth({ lines: [line("2")] }).memberships).toEqual([]);
  });
  test("a tier is bought for a hundred years at the most", () => {
    const many = [line("1", { productId: "9", quantity: 1_000 })];
    expect(worth({ lines: many }).memberships).toEqual([{ tierId: "t1", months: 1_200 }]);
  });
});
