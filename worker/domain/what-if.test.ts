import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { historyArbitrary } from "../../dev/histories/generator.ts";
import type { History, Operation } from "../../dev/histories/history.ts";
import { lived } from "../../dev/histories/play.ts";
import { propertyRuns } from "../../dev/property-runs.ts";
import { tiersOf } from "../../dev/test-book.ts";
import { orderBody } from "../../dev/test-orders.ts";
import type { OrderBody } from "./order.ts";
import { PROGRAM_DEFAULTS, type Program, shopRules } from "./program.ts";
import { type TierRules, tierAt } from "./tiers.ts";
import {
  assumptionsOf,
  figuresOf,
  frozenPoints,
  NO_REPLAY,
  type PastMember,
  type PastOrder,
  type ReplayTerms,
  replayMembers,
} from "./what-if.ts";

const program = (changes: Partial<Program> = {}): Program => ({
  earn: { points: 1, perMinor: 100 },
  pendingDays: 0,
  rewards: [
    { id: "off", name: "5 off", kind: "amount_off", cost: 500, valueMinor: 500, minimumMinor: null, codeDays: 30 },
  ],
  ...PROGRAM_DEFAULTS,
  ...changes,
});
const AT = Date.parse("2026-01-01T00:00:00Z");
const version = { version: 1, inForceFromMs: 0, publishedAtMs: 0, program: program() };
const order = (orderId: string, posted: number, amountMinor = posted * 100): PastOrder => ({
  orderId,
  state: { body: orderBody({ amountMinor }), refunds: [], deleted: false },
  posted,
  forgiven: 0,
  programVersion: 1,
  takesPart: true,
  multiplier: 10_000,
  contribution: null,
});
const member = (memberId: string, orders: PastOrder[], changes: Partial<PastMember> = {}): PastMember => ({
  memberId,
  customerId: "7001",
  membership: [],
  orders,
  isContinued: false,
  ...changes,
});
const terms = (changes: Partial<ReplayTerms> = {}): ReplayTerms => ({
  rules: shopRules("USD", [version]),
  today: program(),
  draft: program(),
  sinceMs: 0,
  nowMs: Date.parse("2026-11-27T00:00:00Z"),
  ...changes,
});

/** The same history under the first program it has, with tiers that multiply, in force since before everything. */
function underOneProgram(history: History): History {
  const publish = history.steps.find(({ operation }) => operation.kind === "publish")?.operation;
  if (publish?.kind !== "publish") return history;
  // Time passes where the others were published, too: without it orders would come before they are created.
  let waitedMs = 0;
  const others = history.steps.flatMap((step) => {
    waitedMs += step.waitMs;
    if (step.operation.kind === "publish") return [];
    const waitMs = waitedMs;
    waitedMs = 0;
    return [{ ...step, waitMs }];
  });
  const levels = [
    { threshold: 1_000, multiplier: 15_000 },
    { threshold: 4_000, multiplier: 30_000 },
  ];
  const only: Program = { ...publish.program, tiers: { ...tiersOf(...levels), basis: "spend", graceMonths: 1 } };
  const first: Operation = { ...publish, inForceFromMs: 0, program: only };
  return { ...history, steps: [{ waitMs: 0, deliveries: 1, operation: first }, ...others] };
}

describe("replaying the program as it was", () => {
  test("gives each order of any history the points that the ledger holds for it", { timeout: 120_000 }, () => {
    let orders = 0;
    fc.assert(
      fc.property(historyArbitrary(), (history: History) => {
        const { ledger } = lived(history);
        for (const record of ledger.orders.values()) {
          orders += 1;
          expect([record.orderId, frozenPoints(record, ledger.rules)]).toEqual([
            record.orderId,
            record.posted - record.forgiven,
          ]);
        }
      }),
      { numRuns: propertyRuns(1_000) },
    );
    expect(orders).toBeGreaterThan(0);
  });
  test("comes to what the ledger holds, with tiers that multiply and refunds that take them, and to its members' tiers", {
    timeout: 120_000,
  }, () => {
    const seen = { multiplied: 0, tiers: 0 };
    fc.assert(
      fc.property(historyArbitrary(), (history: History) => {
        const { ledger, nowMs } = lived(underOneProgram(history));
        const [only] = ledger.rules.versions;
        if (!only) return;
        const members = [
          ...Map.groupBy(ledger.orders.values(), ({ memberId }) => memberId && ledger.presentMember(memberId)),
        ].flatMap(([memberId, orders]) =>
          memberId === null ? [] : [{ ...ledger.account(memberId), orders, isContinued: false }],
        );
        const { today, draft, ledgerPoints, differing } = replayMembers(NO_REPLAY, members, {
          rules: ledger.rules,
          today: only.program,
          draft: { ...only.program, rewards: [] },
          sinceMs: Number.NEGATIVE_INFINITY,
          nowMs,
        });
        expect([differing, today.points, draft]).toEqual([0, ledgerPoints, today]);
        const byTier = Map.groupBy(members, ({ progress }) => tierAt(progress, ledger.rules, nowMs).tier?.id ?? "none");
        byTier.delete("none");
        expect(today.membersByTier).toEqual(Object.fromEntries([...byTier].map(([id, own]) => [id, own.length])));
        seen.tiers += byTier.size;
        seen.multiplied += [...ledger.orders.values()].filter(
          (one) => one.multiplier > 10_000 && one.posted > 0,
        ).length;
      }),
      { numRuns: propertyRuns(500) },
    );
    // A few runs of mutation testing may meet none.
    if (propertyRuns(500) === 500) expect(Math.min(seen.multiplied, seen.tiers)).toBeGreaterThan(20);
  });
  test("counts the orders that the ledger holds other points for", () => {
    const forgiven = { ...order("3", 120, 10_000), forgiven: 20 };
    const members = [member("1", [order("1", 100), { ...order("2", 100), posted: 99 }, forgiven])];
    expect(replayMembers(NO_REPLAY, members, terms())).toMatchObject({ orders: 3, ledgerPoints: 299, differing: 1 });
  });
  test("gives no points to an order of nobody, of somebody who took no part, or from before the first program", () => {
    const { rules } = terms();
    const worth = (changes: Partial<PastOrder & { memberId: string | null }>) =>
      frozenPoints({ ...order("1", 100), memberId: "1", ...changes }, rules);
    expect([worth({}), worth({ takesPart: null })]).toEqual([100, 100]);
    expect([worth({ memberId: null }), worth({ takesPart: false }), worth({ programVersion: 0 })]).toEqual([0, 0, 0]);
  });
});

describe("replaying a draft", () => {
  test("settles each order as if it had been in force, beside the program of today", () => {
    const draft = program({ earn: { points: 3, perMinor: 100 } });
    const replay = replayMembers(
      NO_REPLAY,
      [member("1", [order("1", 100)]), member("2", [order("2", 50)])],
      terms({ draft }),
    );
    expect(replay.today).toMatchObject({ earningOrders: 2, members: 2, points: 150, eligibleMinor: 15_000 });
    expect(replay.draft).toMatchObject({ earningOrders: 2, members: 2, points: 450, eligibleMinor: 15_000 });
  });
  test("asks who would take part, and leaves out what was sold before the time asked about", () => {
    const joined = { membership: [{ atMs: AT - 1, isMember: true }] };
    const members = [member("1", [order("1", 100)]), member("2", [order("2", 50)], joined)];
    const draft = program({ membership: "joined" });
    expect(replayMembers(NO_REPLAY, members, terms({ draft })).draft).toMatchObject({ members: 1, points: 50 });
    expect(replayMembers(NO_REPLAY, members, terms({ draft, sinceMs: AT + 1 }))).toMatchObject({ orders: 0 });
  });
  test("tells which points would have expired by now", () => {
    const members = [member("1", [order("1", 100)])];
    const expiring = (months: number) =>
      replayMembers(NO_REPLAY, members, terms({ draft: program({ expiry: { kind: "after-available", months } }) }))
        .draft.expiredPoints;
    expect([expiring(10), expiring(11)]).toEqual([100, 0]);
  });
  test("counts the time of expiry from the end of the return window", () => {
    const expiring = (pendingDays: number, changes: Partial<ReplayTerms> = {}) =>
      replayMembers(
        NO_REPLAY,
        [member("1", [order("1", 100)])],
        terms({ draft: program({ pendingDays, expiry: { kind: "after-available", months: 10 } }), ...changes }),
      ).draft.expiredPoints;
    // Through the 25th of November, or the 26th: that day is not over everywhere yet.
    expect([expiring(24), expiring(25)]).toEqual([100, 0]);
    const noon = Date.parse("2026-11-27T12:00:00Z");
    expect([expiring(25, { nowMs: noon - 1 }), expiring(25, { nowMs: noon })]).toEqual([0, 100]);
  });
  test("lets no points expire of whoever bought something since, where they expire by inactivity", () => {
    const later = Date.parse("2026-03-01T00:00:00Z");
    const body = orderBody({ amountMinor: 700, createdAtMs: later, processedAtMs: later });
    const again = { ...order("2", 7), state: { body, refunds: [], deleted: false } };
    const expiring = (orders: PastOrder[], kind: "after-available" | "after-inactivity") =>
      replayMembers(NO_REPLAY, [member("1", orders)], terms({ draft: program({ expiry: { kind, months: 10 } }) })).draft
        .expiredPoints;
    expect(expiring([order("1", 100), again], "after-inactivity")).toBe(0);
    expect(expiring([order("1", 100), again], "after-available")).toBe(100);
    expect(expiring([order("1", 100)], "after-inactivity")).toBe(100);
  });
  test("counts as earning what earned: orders worth nothing, and who has no others, are none", () => {
    const members = [member("1", [order("1", 100), order("2", 0)]), member("2", [order("3", 0)])];
    expect(replayMembers(NO_REPLAY, members, terms()).draft).toEqual({
      ...{ earningOrders: 1, members: 1, points: 100, expiredPoints: 0, eligibleMinor: 10_000 },
      membersByTier: {},
    });
  });
  test("tells nothing of today where no program is in force", () => {
    const replay = replayMembers(NO_REPLAY, [member("1", [order("1", 100)])], terms({ today: null }));
    expect(replay.today).toEqual(NO_REPLAY.today);
    expect(replay.draft.points).toBe(100);
  });
  test("keeps what was fixed of taking part under the same terms, and asks anew under others", () => {
    const outside = { ...order("1", 0, 10_000), takesPart: false };
    const points = (one: PastOrder, draft: Program) =>
      replayMembers(NO_REPLAY, [member("1", [one])], terms({ draft })).draft.points;
    expect(points(outside, program({ rewards: [] }))).toBe(0);
    expect(points(outside, program({ earn: { points: 2, perMinor: 100 } }))).toBe(200);
    expect(points({ ...outside, takesPart: null }, program())).toBe(100);
  });
  test("has nothing to say of orders of which no body has come", () => {
    const unknown = { ...order("1", 0), state: { body: null, refunds: [], deleted: false } };
    expect(replayMembers(NO_REPLAY, [member("1", [unknown])], terms())).toMatchObject({
      ...{ orders: 1, differing: 0 },
      draft: { earningOrders: 0, points: 0 },
    });
    const other = terms({ draft: program({ earn: { points: 2, perMinor: 100 } }) });
    expect(replayMembers(NO_REPLAY, [member("1", [unknown])], other).draft.points).toBe(0);
    expect(replayMembers(NO_REPLAY, [member("1", [unknown])], terms({ sinceMs: AT })).orders).toBe(0);
  });
  test("in parts comes to the same as in one piece, and a member in two parts is one", () => {
    const all = [member("1", [order("1", 100), order("2", 7)]), member("2", [order("3", 50)])];
    const parts = [
      [member("1", [order("1", 100)])],
      [member("1", [order("2", 7)], { isContinued: true })],
      [member("2", [order("3", 50)])],
    ];
    const inParts = parts.reduce((replay, part) => replayMembers(replay, part, terms()), NO_REPLAY);
    expect(inParts).toEqual(replayMembers(NO_REPLAY, all, terms()));
  });
});

describe("replaying tiers", () => {
  const tiers = (changes: Partial<TierRules> = {}): TierRules => ({
    ...tiersOf({ threshold: 10_000, multiplier: 20_000 }, { threshold: 30_000, multiplier: 30_000 }),
    basis: "spend",
    ...changes,
  });
  /** An order of 100.00 on the first day of a month of 2026, and what has become of it. */
  const onFirst = (month: number, changes: Partial<OrderBody> = {}, record: Partial<PastOrder> = {}): PastOrder => {
    const createdAtMs = Date.UTC(2026, month - 1, 1);
    const body = orderBody({ createdAtMs, updatedAtMs: createdAtMs, processedAtMs: createdAtMs, ...changes });
    return { ...order(String(month), 100), state: { body, refunds: [], deleted: false }, ...record };
  };
  const replayed = (orders: PastOrder[], draft: Program, rules = terms().rules) =>
    replayMembers(NO_REPLAY, [member("1", orders)], terms({ draft, rules })).draft;

  test("multiplies each order by the tier that those before it brought, and counts members by the tier they are in now", () => {
    const draft = program({ tiers: tiers() });
    const orders = [onFirst(4), onFirst(1), onFirst(3), onFirst(2)];
    expect(replayed(orders, draft)).toMatchObject({ points: 100 + 200 + 200 + 300, membersByTier: { t2: 1 } });
    expect(replayed([], draft).membersByTier).toEqual({});
    expect(replayed(orders, program()).membersByTier).toEqual({});
    expect(replayed([onFirst(1)], program({ tiers: tiers({ period: "calendar-year" }) })).membersByTier).toEqual({
      t1: 1,
    });
  });
  test("lets a refund take a tier from the orders after it, and not from those before", () => {
    const draft = program({ tiers: tiers() });
    const refunded = (month: number) =>
      onFirst(1, { status: "refunded", refunds: [wholeRefund], updatedAtMs: Date.UTC(2026, month - 1, 15) });
    expect(replayed([refunded(2), onFirst(2), onFirst(3)], draft)).toMatchObject({
      points: 200 + 200,
      membersByTier: { t1: 1 },
    });
    expect(replayed([refunded(1), onFirst(2), onFirst(3)], draft)).toMatchObject({
      points: 100 + 200,
      membersByTier: { t1: 1 },
    });
    const cancelled = onFirst(1, { cancelled: true, updatedAtMs: Date.UTC(2026, 1, 15) });
    expect(replayed([cancelled, onFirst(2)], draft)).toMatchObject({ points: 200, membersByTier: { t1: 1 } });
  });
  test("counts nobody in a tier twice, and nobody who was forgotten", () => {
    const draft = program({ tiers: tiers() });
    const inTiers = (...members: PastMember[]) => replayMembers(NO_REPLAY, members, terms({ draft })).draft;
    const orders = [onFirst(1), onFirst(2)];
    expect(inTiers(member("1", orders), member("2", [onFirst(3)])).membersByTier).toEqual({ t1: 2 });
    const again = member("1", [onFirst(3)], { isContinued: true });
    expect(inTiers(member("1", orders), again)).toMatchObject({ members: 1, membersByTier: { t1: 1 } });
    const forgotten = inTiers(member("1", orders, { customerId: null }));
    expect([forgotten.members, forgotten.membersByTier]).toEqual([1, {}]);
  });
  test("counts what was done before the time asked about, and sums only what came after it", () => {
    const draft = program({ tiers: tiers() });
    const orders = [member("1", [onFirst(1), onFirst(2)])];
    const sinceMs = Date.UTC(2026, 0, 15);
    const { orders: count, draft: sums } = replayMembers(NO_REPLAY, orders, terms({ draft, sinceMs }));
    expect([count, sums.points, sums.membersByTier]).toEqual([1, 200, { t1: 1 }]);
  });
  test("keeps the multiplier that was fixed where nothing that decides it differs, and works it out where something does", () => {
    const own = program({ tiers: tiers() });
    const rules = shopRules("USD", [{ ...version, program: own }]);
    // Its webhook came before the first one's: it was not multiplied.
    const orders = [onFirst(1), onFirst(2, {}, { multiplier: 10_000 })];
    expect(replayed(orders, own, rules).points).toBe(200);
    expect(replayed(orders, { ...own, rewards: [], pendingDays: 30 }, rules).points).toBe(200);
    expect(replayed(orders, { ...own, tiers: tiers({ graceMonths: 1 }) }, rules).points).toBe(300);
    expect(replayed(orders, program(), rules).points).toBe(200);
    expect(
      replayed(
        orders.map((one) => ({ ...one, multiplier: 30_000 })),
        program(),
        rules,
      ).points,
    ).toBe(200);
  });
});

const wholeRefund = {
  id: "1",
  lines: [{ lineId: "1", quantity: 1, subtotalMinor: 10_000, taxMinor: null }],
  beyondLinesMinor: 0,
  beyondLinesTaxMinor: 0,
};

describe("the money of it", () => {
  const sums = replayMembers(NO_REPLAY, [member("1", [order("1", 1_000)])], terms()).draft;
  test("is reckoned with the share of points that has been spent so far", () => {
    const assumed = assumptionsOf(2_000, 500);
    expect(assumed).toEqual({ redeemedPercent: 25, isRedeemedPercentKnown: true });
    expect(figuresOf(sums, program(), assumed)).toMatchObject({ costMinor: 250, liabilityMinor: 750 });
  });
  test("is all of it where nobody has spent anything yet, and nothing is said where no reward has a worth", () => {
    const assumed = assumptionsOf(2_000, 0);
    expect(assumed).toEqual({ redeemedPercent: 100, isRedeemedPercentKnown: false });
    expect(figuresOf(sums, program(), assumed)).toMatchObject({ costMinor: 1_000, liabilityMinor: 1_000 });
    expect(figuresOf(sums, program({ rewards: [] }), assumed)).toMatchObject({ costMinor: null, liabilityMinor: null });
  });
  test("takes off what would have expired from what is still owed, and rounds up to whole minor units", () => {
    const own = [{ id: "off", name: "1 off", kind: "amount_off", cost: 300, valueMinor: 100 }] as const;
    const draft = program({ rewards: own.map((one) => ({ ...one, minimumMinor: null, codeDays: 30 })) });
    const some = { ...sums, points: 1_000, expiredPoints: 400 };
    expect(figuresOf(some, draft, assumptionsOf(2_000, 500))).toMatchObject({ costMinor: 84, liabilityMinor: 150 });
    expect(figuresOf(some, draft, assumptionsOf(2_000, 0))).toMatchObject({ costMinor: 334, liabilityMinor: 200 });
  });
  test("is reckoned by the reward that costs the most for a point", () => {
    const [reward] = program().rewards;
    if (!reward) throw new Error("There is one reward.");
    const draft = program({ rewards: [reward, { ...reward, id: "dear", valueMinor: 1_000 }] });
    expect(figuresOf(sums, draft, assumptionsOf(2_000, 500))).toMatchObject({ costMinor: 500, liabilityMinor: 1_500 });
    expect(figuresOf(sums, null, assumptionsOf(2_000, 500))).toMatchObject({ costMinor: null, liabilityMinor: null });
  });
  test("assumes a share of tenths of a percent, and never more than all", () => {
    const share = (earned: number, used: number) => assumptionsOf(earned, used).redeemedPercent;
    expect([share(3, 1), share(3, 2), share(100, 150), share(1_000, 1)]).toEqual([33.3, 66.7, 100, 0.1]);
    expect(assumptionsOf(0, 5)).toEqual({ redeemedPercent: 100, isRedeemedPercentKnown: false });
  });
});
