import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { historyArbitrary } from "../../dev/histories/generator.ts";
import type { History } from "../../dev/histories/history.ts";
import { lived } from "../../dev/histories/play.ts";
import { propertyRuns } from "../../dev/property-runs.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { PROGRAM_DEFAULTS, type Program, shopRules } from "./program.ts";
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
});
const member = (memberId: string, orders: PastOrder[], changes: Partial<PastMember> = {}): PastMember => ({
  memberId,
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
  test("counts the orders that the ledger holds other points for", () => {
    const members = [member("1", [order("1", 100), { ...order("2", 100), posted: 99 }])];
    expect(replayMembers(NO_REPLAY, members, terms())).toMatchObject({ orders: 2, ledgerPoints: 199, differing: 1 });
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
  test("counts members by the tier that their orders bring them to, where there are tiers", () => {
    const tierOf: ReplayTerms["tierOf"] = (earned) => (earned.some(({ points }) => points >= 100) ? "gold" : null);
    const members = [member("1", [order("1", 100)]), member("2", [order("2", 50)])];
    expect(replayMembers(NO_REPLAY, members, terms({ tierOf })).draft.membersByTier).toEqual({ gold: 1 });
  });
});

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
});
