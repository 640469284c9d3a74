import { describe, expect, test } from "vitest";
import { type DatedLot, nextDueMs, spendingOrder, stepTowards, takeFrom, takesOfClawBack } from "./lots.ts";

const lot = (id: string, changes: Partial<DatedLot> = {}): DatedLot => ({
  id,
  orderId: null,
  amount: 10,
  remaining: 10,
  availableAtMs: 0,
  fixedExpiryMs: null,
  expiresAtMs: null,
  matured: true,
  expired: false,
  ...changes,
});
const sumOf = (takes: readonly { readonly points: number }[]) => takes.reduce((sum, { points }) => sum - points, 0);
const ids = (lots: readonly DatedLot[]) => lots.map(({ id }) => id);
const bothWays = (lots: readonly DatedLot[], order: (lots: readonly DatedLot[]) => DatedLot[]) => {
  const there = ids(order(lots));
  expect(ids(order(lots.toReversed()))).toEqual(there);
  return there;
};

describe("what is spent first", () => {
  test("expires soonest, then never; of the same day the oldest, then by name: whatever order the lots are read in", () => {
    const lots = [
      lot("never-b", { availableAtMs: 5 }),
      lot("never-c", { availableAtMs: 5 }),
      lot("never-a", { availableAtMs: 7 }),
      lot("late", { expiresAtMs: 9, availableAtMs: 8 }),
      lot("soon-young", { expiresAtMs: 8, availableAtMs: 3 }),
      lot("soon-old", { expiresAtMs: 8, availableAtMs: 2 }),
    ];
    expect(bothWays(lots, spendingOrder)).toEqual(["soon-old", "soon-young", "late", "never-b", "never-c", "never-a"]);
  });
  test("has matured, and holds something", () => {
    const lots = [lot("pending", { matured: false }), lot("empty", { remaining: 0 }), lot("there", { remaining: 1 })];
    expect(ids(spendingOrder(lots))).toEqual(["there"]);
  });
});

test("a claw-back takes the order's pending lots, its own, then others that have matured, each soonest-expiring first", () => {
  const lots = [
    lot("other-late", { expiresAtMs: 9 }),
    lot("other-soon", { expiresAtMs: 8 }),
    lot("other-pending", { matured: false }),
    lot("other-empty", { remaining: 0 }),
    lot("own-late", { orderId: "1", expiresAtMs: 9 }),
    lot("own-soon", { orderId: "1", expiresAtMs: 8 }),
    lot("own-empty", { orderId: "1", remaining: 0 }),
    lot("pending-empty", { orderId: "1", matured: false, remaining: 0 }),
    lot("pending-late", { orderId: "1", matured: false, availableAtMs: 9 }),
    lot("pending-soon", { orderId: "1", matured: false, availableAtMs: 8 }),
  ];
  const all = ["pending-soon", "pending-late", "own-soon", "own-late", "other-soon", "other-late"];
  // Of 80 points of the order 40 are there; of the others all were spent, but for what expired.
  const back = (given: readonly DatedLot[], points: number, expired = 0) =>
    takesOfClawBack(given, { orderId: "1", points, standing: 80, expired });
  for (const given of [lots, lots.toReversed()]) {
    expect(back(given, 60)).toEqual({ takes: all.map((lotId) => ({ lotId, points: -10 })), lapsed: 0, missing: 0 });
    expect(back(given, 61)).toMatchObject({ missing: 1 });
    // What had expired of the order's own is gone already: others are taken for what was spent, and nothing for the rest.
    const others = (points: number, expired: number) => {
      const { takes, ...rest } = back(given, points, expired);
      const own = sumOf(takes.filter(({ lotId }) => !lotId.startsWith("other")));
      return { own, others: sumOf(takes) - own, ...rest };
    };
    expect(others(40, 25)).toEqual({ own: 40, others: 0, lapsed: 0, missing: 0 });
    expect(others(50, 25)).toEqual({ own: 40, others: 10, lapsed: 0, missing: 0 });
    expect(others(55, 25)).toEqual({ own: 40, others: 15, lapsed: 0, missing: 0 });
    expect(others(56, 25)).toEqual({ own: 40, others: 15, lapsed: 1, missing: 0 });
    expect(others(80, 25)).toEqual({ own: 40, others: 15, lapsed: 25, missing: 0 });
    expect(others(80, 15)).toEqual({ own: 40, others: 20, lapsed: 15, missing: 5 });
    // Points that came back may be more than the order holds.
    expect(others(80, 90)).toEqual({ own: 40, others: 0, lapsed: 40, missing: 0 });
  }
});

test("points are taken lot by lot until there are enough; a lot that is not needed is not touched", () => {
  const lots = [lot("a"), lot("b"), lot("c")];
  expect(takeFrom(lots, 15)).toEqual({
    takes: [
      { lotId: "a", points: -10 },
      { lotId: "b", points: -5 },
    ],
    missing: 0,
  });
  expect(takeFrom(lots, 10)).toEqual({ takes: [{ lotId: "a", points: -10 }], missing: 0 });
  expect(takeFrom(lots, 0)).toEqual({ takes: [], missing: 0 });
  expect(takeFrom(lots, 31)).toMatchObject({ missing: 1 });
});

test("a lot is due when it matures, then when it expires; an empty one never again", () => {
  const dates = { availableAtMs: 5, expiresAtMs: 9 };
  expect([
    nextDueMs(lot("a", { ...dates, matured: false })),
    nextDueMs(lot("a", dates)),
    nextDueMs(lot("a", { ...dates, remaining: 0 })),
    nextDueMs(lot("a", { ...dates, remaining: 0, matured: false })),
  ]).toEqual([5, 9, null, null]);
});

describe("the next step of a total", () => {
  test("rises or falls to where it should be", () => {
    expect(stepTowards(10, { posted: 4, forgiven: 0 })).toEqual({ rise: 6, fall: 0, forgiven: 0 });
    expect(stepTowards(4, { posted: 10, forgiven: 0 })).toEqual({ rise: 0, fall: 6, forgiven: 0 });
    expect(stepTowards(4, { posted: 4, forgiven: 0 })).toEqual({ rise: 0, fall: 0, forgiven: 0 });
  });
  test("makes a rise good from what was forgiven first, and takes nothing that was forgiven again", () => {
    const state = { posted: 10, forgiven: 6 };
    expect(stepTowards(3, state)).toEqual({ rise: 0, fall: 1, forgiven: 6 });
    expect(stepTowards(4, state)).toEqual({ rise: 0, fall: 0, forgiven: 6 });
    expect(stepTowards(7, state)).toEqual({ rise: 0, fall: 0, forgiven: 3 });
    expect(stepTowards(10, state)).toEqual({ rise: 0, fall: 0, forgiven: 0 });
    expect(stepTowards(12, state)).toEqual({ rise: 2, fall: 0, forgiven: 0 });
  });
});
