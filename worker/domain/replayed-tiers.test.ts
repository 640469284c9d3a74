import { describe, expect, test } from "vitest";
import { rulesWith, tiersOf } from "../../dev/test-book.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import type { OrderBody, OrderState, Refund } from "./order.ts";
import { always, multiplierFor, replayTiers } from "./replayed-tiers.ts";
import type { PastOrder } from "./what-if.ts";

const tiers = { ...tiersOf({ id: "silver", threshold: 10_000, multiplier: 20_000 }), basis: "spend" } as const;
const rules = rulesWith(0, { tiers });
const [published] = rules.versions;
if (!published) throw new Error("There is one version.");
const draft = always({ ...published.program, pendingDays: 30, tiers: { ...tiers, graceMonths: 1 } }, rules);
const NOW_MS = Date.parse("2026-11-27T00:00:00Z");
const day = (date: number) => Date.UTC(2026, 0, date);

/** An order of 100.00 of a day of January, as it is now. */
function placed(
  orderId: string,
  date: number,
  some: Partial<OrderBody> = {},
  state: Partial<OrderState> = {},
): PastOrder {
  const [createdAtMs, updatedAtMs] = [day(date), some.updatedAtMs ?? day(date)];
  const body = orderBody({ ...some, createdAtMs, updatedAtMs });
  return {
    orderId,
    state: { body, refunds: [], deleted: false, ...state },
    posted: 100,
    forgiven: 0,
    programVersion: 1,
    takesPart: true,
    multiplier: 15_000,
    contribution: null,
  };
}
function replayed(orders: readonly PastOrder[], program = draft) {
  const told = replayTiers(
    orders.map((order) => ({ order, takesPart: true })),
    program,
    rules,
    NOW_MS,
  );
  return [Object.fromEntries(told.multipliers), told.tier];
}

const half: Refund = {
  id: "r",
  beyondLinesMinor: 0,
  beyondLinesTaxMinor: 0,
  lines: [{ lineId: "1", quantity: 1, subtotalMinor: 5_000, taxMinor: 0 }],
};
const twoPieces = { lines: [productLine("1", 5_000, 2)], updatedAtMs: day(15) };

describe("the multipliers of orders under another program", () => {
  test("follow the time in which they were placed, and of one moment Shopify's numbers", () => {
    expect(replayed([placed("2", 20), placed("1", 10)])).toEqual([{ 1: 10_000, 2: 20_000 }, "silver"]);
    expect(replayed([placed("10", 10), placed("9", 10)])).toEqual([{ 9: 10_000, 10: 20_000 }, "silver"]);
    for (const orders of [
      [placed("12", 10), placed("11", 10), placed("13", 10)],
      [placed("13", 10), placed("12", 10), placed("11", 10)],
    ])
      expect(replayed(orders)).toEqual([{ 11: 10_000, 12: 20_000, 13: 20_000 }, "silver"]);
  });

  test.each<[string, Partial<OrderBody>, Partial<OrderState>]>([
    ["a refund in its body", { status: "partially_refunded", refunds: [half], ...twoPieces }, {}],
    ["a whole refund", { status: "refunded", refunds: [half, { ...half, id: "s" }], ...twoPieces }, {}],
    ["a refund that came by itself", twoPieces, { refunds: [half] }],
    ["an edit", { ...twoPieces, lines: [{ ...productLine("1", 5_000, 2), currentQuantity: 1 }] }, {}],
    [
      "an edit of one of its lines",
      { ...twoPieces, lines: [{ ...productLine("1", 5_000), currentQuantity: 0 }, productLine("2", 5_000)] },
      {},
    ],
    ["a cancellation", { cancelled: true, ...twoPieces }, {}],
    ["a deletion", twoPieces, { deleted: true }],
  ])("count an order as it was sold until %s, and as it is now from then on", (_, body, state) => {
    const changed = placed("1", 10, body, state);
    expect(replayed([changed, placed("2", 14, { lines: [productLine("1", 100)] }), placed("3", 16)])).toEqual([
      { 1: 10_000, 2: 20_000, 3: 10_000 },
      "silver",
    ]);
  });

  test("have an order of the moment in which another one changed before that change", () => {
    const changed = placed("1", 10, { cancelled: true, updatedAtMs: day(15) });
    for (const orders of [
      [changed, placed("2", 15)],
      [placed("2", 15), changed],
    ])
      expect(replayed(orders)).toEqual([{ 1: 10_000, 2: 20_000 }, "silver"]);
  });

  test("leave out what no body has told, and who does not take part", () => {
    const unknown = placed("1", 10, {}, { body: null });
    expect(replayed([unknown, placed("2", 12)])).toEqual([{ 2: 10_000 }, "silver"]);
    const out = [{ order: placed("1", 10), takesPart: false }];
    const told = replayTiers(out, draft, rules, NOW_MS);
    expect([multiplierFor(placed("1", 10), told), told.tier]).toEqual([10_000, null]);
    expect(multiplierFor(placed("9", 10), told)).toBe(10_000);
  });

  test("are those that were fixed, where all orders were under the same terms; one that was not has all worked out", () => {
    const alike = always({ ...published.program, pendingDays: 30 }, rules);
    expect(replayed([placed("1", 10), placed("2", 12)], alike)).toEqual([{ 1: 15_000, 2: 15_000 }, "silver"]);
    const other = { ...placed("2", 12), programVersion: null };
    expect(replayed([placed("1", 10), other], alike)).toEqual([{ 1: 10_000, 2: 20_000 }, "silver"]);
  });

  test("are none where the program has no tiers", () => {
    expect(replayed([placed("1", 10)], always({ ...published.program, tiers: null }, rules))).toEqual([{}, null]);
  });
});
