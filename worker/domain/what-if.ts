/**
 * What a shop's past orders would be worth under another program: replayed in memory, page by page, beside the program of today and the ledger as
 * it is. Pure. Money that follows from points is an estimate, by assumptions that are told with it.
 */
import type { Account, OrderRecord } from "./account.ts";
import { dayIsOver, monthsAfter } from "./expiry.ts";
import { costOf, pointCosts } from "./liability.ts";
import { DAY_MS } from "./lots.ts";
import { isMemberAt } from "./members.ts";
import { type Program, type ShopRules, versionOf } from "./program.ts";
import {
  type Always,
  always,
  isAlike,
  multiplierFor,
  type Replayed,
  type ReplayedTiers,
  replayTiers,
} from "./replayed-tiers.ts";
import { type Settlement, settle } from "./settlement.ts";

/** An order that is somebody's, with what the ledger holds for it. */
export type PastOrder = Pick<
  OrderRecord,
  "orderId" | "state" | "posted" | "forgiven" | "programVersion" | "takesPart" | "multiplier" | "contribution"
>;

/** A member's orders, all of them or a part. */
export interface PastMember extends Pick<Account, "memberId" | "customerId" | "membership"> {
  readonly orders: readonly PastOrder[];
  /** Whether orders of theirs were replayed before: they are counted as one member. */
  readonly isContinued: boolean;
}

/** Of one program, over the orders so far. All of it adds up over pages. */
export interface ReplaySums {
  readonly earningOrders: number;
  readonly members: number;
  readonly points: number;
  /** The part of `points` that would have expired by now, were none of them spent. */
  readonly expiredPoints: number;
  /** What earned, in minor units. */
  readonly eligibleMinor: number;
  /** Members by the tier they would be in; empty where the program has none. */
  readonly membersByTier: Readonly<Record<string, number>>;
}

export interface Replay {
  readonly orders: number;
  /** As the ledger has it. */
  readonly ledgerPoints: number;
  /** Orders that the ledger holds other points for than their own program version says: none, or something is wrong. */
  readonly differing: number;
  readonly today: ReplaySums;
  readonly draft: ReplaySums;
}

const NO_SUMS: ReplaySums = {
  earningOrders: 0,
  members: 0,
  points: 0,
  expiredPoints: 0,
  eligibleMinor: 0,
  membersByTier: {},
};

/** Before the first page. */
export const NO_REPLAY: Replay = { orders: 0, ledgerPoints: 0, differing: 0, today: NO_SUMS, draft: NO_SUMS };

export interface ReplayTerms {
  readonly rules: ShopRules;
  /** Null where no program is in force: nothing would be earned. */
  readonly today: Program | null;
  readonly draft: Program;
  /** Orders from before are left out. */
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** What an order is worth by the terms that were fixed at its first settlement: what the ledger is to hold for it. */
export function frozenPoints(order: PastOrder & Pick<OrderRecord, "memberId">, rules: ShopRules): number {
  if (order.memberId === null || order.takesPart === false) return 0;
  return settle(
    order.state,
    versionOf(rules, order.programVersion),
    rules.currency,
    order.multiplier,
    rules.productGroups,
  ).points;
}

/** The replay after some more members. */
export function replayMembers(replay: Replay, members: readonly PastMember[], terms: ReplayTerms): Replay {
  const { rules } = terms;
  const programs = { today: terms.today && always(terms.today, rules), draft: always(terms.draft, rules) };
  return members.reduce((sums, member) => replayMember(sums, member, programs, terms), replay);
}

function replayMember(
  replay: Replay,
  member: PastMember,
  { today, draft }: { readonly today: Always | null; readonly draft: Always },
  terms: ReplayTerms,
): Replay {
  const orders = member.orders.filter((order) => isWithin(order, terms));
  const ledger = orders.map(({ posted, forgiven }) => posted - forgiven);
  const frozen = orders.map((order) => frozenPoints({ ...order, memberId: member.memberId }, terms.rules));
  return {
    orders: replay.orders + orders.length,
    ledgerPoints: replay.ledgerPoints + sum(ledger),
    differing: replay.differing + frozen.filter((points, index) => points !== ledger[index]).length,
    today: today === null ? replay.today : withMember(replay.today, member, today, terms),
    draft: withMember(replay.draft, member, draft, terms),
  };
}

function isWithin({ state }: PastOrder, { sinceMs }: ReplayTerms): boolean {
  return (state.body?.createdAtMs ?? 0) >= sinceMs;
}

function withMember(sums: ReplaySums, member: PastMember, under: Always, terms: ReplayTerms): ReplaySums {
  const { rules, nowMs } = terms;
  const replayed = member.orders.map((order) => ({ order, takesPart: takesPartIn(order, member, under) }));
  // All of them: what was done before the time asked about has its part in a tier.
  const tiers = replayTiers(replayed, under, rules, nowMs);
  const within = replayed.filter(({ order }) => isWithin(order, terms));
  const settled = within.map((one) => ({ ...one, settlement: settleUnder(one, tiers, under, rules) }));
  const earning = settled.filter(({ settlement }) => settlement.points > 0);
  const points = sum(earning.map(({ settlement }) => settlement.points));
  const lastMs = Math.max(0, ...within.map(({ order }) => order.state.body?.createdAtMs ?? 0));
  const expired = earning.filter(({ order }) => hasExpired(order, under.version.program, lastMs, nowMs));
  // Whoever was forgotten is in no tier.
  const tier = member.isContinued || member.customerId === null ? null : tiers.tier;
  return {
    earningOrders: sums.earningOrders + earning.length,
    members: sums.members + (earning.length > 0 && !member.isContinued ? 1 : 0),
    points: sums.points + points,
    expiredPoints: sums.expiredPoints + sum(expired.map(({ settlement }) => settlement.points)),
    eligibleMinor: sums.eligibleMinor + sum(earning.map(({ settlement }) => settlement.eligibleMinor)),
    membersByTier:
      tier === null ? sums.membersByTier : { ...sums.membersByTier, [tier]: (sums.membersByTier[tier] ?? 0) + 1 },
  };
}

/** As it was fixed where the same was asked; otherwise by what the member was when the order was created. */
function takesPartIn(order: PastOrder, member: PastMember, under: Always): boolean {
  if (order.takesPart !== null && isAlike(order, under)) return order.takesPart;
  const { body } = order.state;
  return body !== null && isMemberAt(member, under.version.program, body.createdAtMs);
}

/** The order as if this program had been in force when it was created. */
function settleUnder(
  { order, takesPart }: Replayed,
  tiers: ReplayedTiers,
  { version }: Always,
  { currency, productGroups }: ShopRules,
): Settlement {
  if (!takesPart) return { points: 0, reason: "not-a-member", eligibleMinor: 0, lines: [] };
  return settle(order.state, version, currency, multiplierFor(order, tiers), productGroups);
}

function hasExpired({ state }: PastOrder, program: Program, lastOrderMs: number, nowMs: number): boolean {
  const { expiry, pendingDays } = program;
  if (expiry === null) return false;
  const availableAtMs = (state.body?.processedAtMs ?? 0) + pendingDays * DAY_MS;
  const fromMs = expiry.kind === "after-inactivity" ? Math.max(availableAtMs, lastOrderMs) : availableAtMs;
  return dayIsOver(monthsAfter(fromMs, expiry.months)) <= nowMs;
}

export interface Assumptions {
  /** Of a hundred points that were earned so many are spent; a hundred where nobody has spent any yet. */
  readonly redeemedPercent: number;
  readonly isRedeemedPercentKnown: boolean;
}

/** What a program would have come to. Money is null where no reward says what it is worth. */
export interface Figures extends ReplaySums {
  /** What rewards for these points would have cost, in minor units. */
  readonly costMinor: number | null;
  /** What the points are worth that would be left now. */
  readonly liabilityMinor: number | null;
}

/** Points spent of those earned so far, as the ledger has it. */
export function assumptionsOf(ledgerPoints: number, usedPoints: number): Assumptions {
  const isKnown = ledgerPoints > 0 && usedPoints > 0;
  const percent = isKnown ? Math.min(100, Math.round((usedPoints * 1000) / ledgerPoints) / 10) : 100;
  return { redeemedPercent: percent, isRedeemedPercentKnown: isKnown };
}

/** The sums with the money that follows from them, by the reward that costs the most for a point. */
export function figuresOf(sums: ReplaySums, program: Program | null, assumed: Assumptions): Figures {
  const most = pointCosts(program)?.most;
  if (!most) return { ...sums, costMinor: null, liabilityMinor: null };
  const share = assumed.redeemedPercent / 100;
  // Where nobody has spent anything yet, all of it is still to be spent.
  const left = assumed.isRedeemedPercentKnown ? 1 - share : 1;
  return {
    ...sums,
    costMinor: costOf(Math.round(sums.points * share), most),
    liabilityMinor: costOf(Math.round((sums.points - sums.expiredPoints) * left), most),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((whole, number) => whole + number, 0);
}
