/**
 * What one order is worth now: a pure function of its newest known state, the program version in force when it was created and
 * the tier multiplier fixed at its first settlement (docs/settlement.md tells the rule). One rounding, at the very end.
 */
import { type ExactMoney, exactMoney, type MoneyShare, moneyShare } from "./exact-money.ts";
import {
  type KnownRefund,
  knownRefunds,
  type OrderBody,
  type OrderLine,
  type OrderState,
  unitsGone,
  unitsRemovedByEdit,
} from "./order.ts";
import { type LineVerdict, lineVerdicts } from "./order-facts.ts";
import { type GroupKind, type GroupMemberships, groupKindOf, NO_MEMBERSHIPS } from "./product-groups.ts";
import type { Program, ProgramVersion } from "./program.ts";
import type { BoughtTier, Contribution } from "./progress.ts";

/** Tier multipliers are counted in hundredths of a percent: 10000 is one. */
export const SINGLE_MULTIPLIER = 10_000;

export type SettlementReason =
  | "earned"
  | "unknown-state"
  | "deleted"
  | "cancelled"
  | "test-order"
  | "not-paid"
  | "other-currency"
  | "before-program"
  | "not-a-member"
  | "paused"
  | "nothing-left";

export interface Settlement {
  readonly points: number;
  readonly reason: SettlementReason;
  /** What earned, in minor units, after refunds and before the paid share. */
  readonly eligibleMinor: number;
  /** The points of each line that has any, and what is left of it that earns (without tax, unless tax earns); the points sum to `points`. */
  readonly lines: readonly { readonly lineId: string; readonly netMinor: number; readonly points: number }[];
  /** What of the order's total is paid, where that is not all of it. */
  readonly paid?: { readonly paidMinor: number; readonly ofMinor: number };
  /** Where `eligibleMinor` is not the whole truth: what the lines come to, exactly, and what money refunded beyond them has left. */
  readonly net?: ExactMoney;
  readonly kept?: MoneyShare;
  /** Groups whose products in the order earned nothing; left out where there are none. */
  readonly notCounted?: readonly NotCounted[];
}

/** A collection by its title as it was known, or a tag. */
export interface NotCounted {
  readonly kind: GroupKind;
  readonly title: string;
}

interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** What is left of a line, exactly: in minor units times a scale that all lines of the order share. */
interface RemainingLine {
  readonly lineId: string;
  readonly earns: boolean;
  /** As the order prices it (tax inside, if prices include tax), and with the tax on it where that earns. */
  readonly gross: bigint;
  /** What of it earns: without tax, unless tax earns. */
  readonly net: bigint;
  readonly units: number;
  readonly unitsLeft: number;
}

/**
 * The settlement of an order. `version` is null when no program was in force when the order was created; `productGroups` are those of its products.
 */
export function settle(
  state: OrderState,
  version: ProgramVersion | null,
  shopCurrency: string,
  multiplier: number = SINGLE_MULTIPLIER,
  productGroups: GroupMemberships = NO_MEMBERSHIPS,
): Settlement {
  const { body } = state;
  if (body === null) return nothing(state.deleted ? "deleted" : "unknown-state");
  const excluded = exclusion(state, body, shopCurrency);
  if (excluded) return nothing(excluded);
  if (version === null) return nothing("before-program");
  if (version.program.state === "paused") return nothing("paused");

  const { lines, eligible, kept, paid, scale, verdicts } = basisOf(state, body, version.program, productGroups);
  const { points: ratePoints, perMinor } = version.program.earn;
  const points = Number(
    (eligible * kept.numerator * paid.numerator * BigInt(ratePoints) * BigInt(multiplier)) /
      (scale * kept.denominator * paid.denominator * BigInt(perMinor) * BigInt(SINGLE_MULTIPLIER)),
  );
  if (!Number.isSafeInteger(points)) throw new RangeError("An order settled to more points than can be counted.");
  return {
    points,
    reason: points > 0 ? "earned" : "nothing-left",
    eligibleMinor: Number((eligible * kept.numerator) / (scale * kept.denominator)),
    lines: spread(points, lines, scale),
    ...(paid.numerator === paid.denominator
      ? {}
      : { paid: { paidMinor: Number(paid.numerator), ofMinor: Number(paid.denominator) } }),
    ...exactBasis(eligible, kept, scale),
    ...notCountedOf(verdicts),
  };
}

function notCountedOf(verdicts: readonly LineVerdict[]): Pick<Settlement, "notCounted"> {
  const groups = new Map(verdicts.flatMap(({ group }) => (group === null ? [] : [[group.group, group] as const])));
  if (groups.size === 0) return {};
  return { notCounted: [...groups.values()].map(({ group, title }) => ({ kind: groupKindOf(group), title })) };
}

/** What earns of an order, exactly, before any rate. */
function basisOf(state: OrderState, body: OrderBody, program: Program, productGroups: GroupMemberships) {
  const refunds = knownRefunds(state);
  const scale = scaleOf(body);
  const taxIn = taxInOf(body, program);
  const verdicts = body.lines.map(lineVerdicts(body, program.exclusions, productGroups));
  const lines = body.lines.map((line, index) =>
    remainingOf(line, verdicts[index]?.earns ?? false, refunds, { taxIn, scale }),
  );
  const gross = total(lines.map((line) => line.gross));
  const kept = keptShare(gross, refunds, taxIn !== "apart", scale);
  return {
    lines,
    eligible: eligibleOf(lines, gross, roundingsOf(taxIn) * scale),
    kept,
    paid: paidShare(body),
    scale,
    verdicts,
  };
}

/**
 * How a line's tax stands to what earns of it: it is on top of the price, and earns nothing ("apart") or earns, too ("added"); or it is inside the
 * price, and earns nothing ("taken-out") or earns with it ("inside").
 */
type TaxIn = "apart" | "added" | "taken-out" | "inside";

function taxInOf({ taxesIncluded }: OrderBody, { taxEarns }: Program): TaxIn {
  if (taxesIncluded) return taxEarns ? "inside" : "taken-out";
  return taxEarns ? "added" : "apart";
}

/** How many amounts of a unit were rounded: its price; and its tax, where that is taken out of it or added to it. */
function roundingsOf(taxIn: TaxIn): bigint {
  return taxIn === "taken-out" || taxIn === "added" ? 2n : 1n;
}

/**
 * What an order counts for towards tiers, under the version it is settled by: tier points, without any multiplier; what was spent on what
 * earns, after refunds and as far as it is paid; and the tiers that were bought, while their units are paid for and not refunded.
 */
export function tierWorth(
  state: OrderState,
  { program }: ProgramVersion,
  shopCurrency: string,
  productGroups: GroupMemberships = NO_MEMBERSHIPS,
): Omit<Contribution, "day"> {
  const { body } = state;
  if (body === null || program.state === "paused" || exclusion(state, body, shopCurrency)) return NOT_COUNTED;
  const { eligible, kept, paid, scale } = basisOf(state, body, program, productGroups);
  const { points, perMinor } = program.tiers?.tierPoints ?? program.earn;
  const numerator = eligible * kept.numerator * paid.numerator;
  const denominator = scale * kept.denominator * paid.denominator;
  const spentMinor = Number(numerator / denominator);
  return {
    points: Number((numerator * BigInt(points)) / (denominator * BigInt(perMinor))),
    spentMinor,
    orders: spentMinor > 0 ? 1 : 0,
    memberships: body.status === "partially_paid" ? [] : boughtTiers(state, body, program),
  };
}

const NOT_COUNTED: Omit<Contribution, "day"> = { points: 0, spentMinor: 0, orders: 0, memberships: [] };

/** Each unit that is left gives its tier for so many months. */
function boughtTiers(state: OrderState, body: OrderBody, { tiers }: Program): BoughtTier[] {
  const refunds = knownRefunds(state);
  return (tiers?.levels ?? []).flatMap(({ id, membership }) => {
    if (membership === null) return [];
    const lines = body.lines.filter(({ productId }) => membership.productIds.includes(productId ?? ""));
    const units = sum(lines.map((line) => line.quantity - unitsGone(line, refunds)));
    return units > 0 ? [{ tierId: id, months: Math.min(units * membership.months, MOST_MONTHS) }] : [];
  });
}

/** More is nobody's wish, and no date. */
const MOST_MONTHS = 1_200;

/**
 * Where nothing is left of the order, nothing earns, although rounding may leave something of it: half a cent of a refund's tax; or, when the
 * last unit is gone, less than `most` for each unit (a minor unit for each amount that was rounded), because refunds are whole minor
 * units and an edit's units are reckoned by their share.
 */
function eligibleOf(lines: readonly RemainingLine[], gross: bigint, most: bigint): bigint {
  const earning = lines.filter((line) => line.earns);
  const net = total(earning.map((line) => line.net));
  if (net <= 0n || gross <= 0n) return 0n;
  const isRoundingRest = net < BigInt(sum(earning.map((line) => line.units))) * most;
  return isRoundingRest && earning.every((line) => line.unitsLeft === 0) ? 0n : net;
}

/** What an explanation needs so that the same rounding can be done again. */
function exactBasis(eligible: bigint, kept: Fraction, scale: bigint): Pick<Settlement, "net" | "kept"> {
  const isAll = kept.numerator === kept.denominator;
  if (isAll && eligible % scale === 0n) return {};
  const net = exactMoney(eligible, scale);
  if (isAll) return net ? { net } : {};
  const left = moneyShare(kept.numerator, kept.denominator, scale);
  return net && left ? { net, kept: left } : {};
}

function exclusion(state: OrderState, body: OrderBody, shopCurrency: string): SettlementReason | null {
  if (state.deleted) return "deleted";
  if (body.test) return "test-order";
  if (body.cancelled || body.status === "voided") return "cancelled";
  if (body.status === "pending" || body.status === "authorized" || body.status === "expired") return "not-paid";
  return body.currency === shopCurrency ? null : "other-currency";
}

function nothing(reason: SettlementReason): Settlement {
  return { points: 0, reason, eligibleMinor: 0, lines: [] };
}

/** A share of a line's units may be no whole number of minor units: with this scale it is one, and nothing is rounded before the end. */
function scaleOf(body: OrderBody): bigint {
  return body.lines.reduce((scale, line) => leastCommonMultiple(scale, BigInt(Math.max(1, line.quantity))), 1n);
}

function leastCommonMultiple(a: bigint, b: bigint): bigint {
  let [divisor, rest] = [a, b];
  while (rest > 0n) [divisor, rest] = [rest, divisor % rest];
  return (a / divisor) * b;
}

/**
 * The line less its refunds, each by its own subtotal, and less the units that an edit took away, each by its share of the line. A line may
 * come out a cent below zero where Shopify rounded between lines: their sum is right.
 */
function remainingOf(
  line: OrderLine,
  earns: boolean,
  refunds: readonly KnownRefund[],
  { taxIn, scale }: { readonly taxIn: TaxIn; readonly scale: bigint },
): RemainingLine {
  const refunded = refunds.flatMap((refund) => refund.lines).filter((part) => part.lineId === line.id);
  const removed = unitsRemovedByEdit(line, refunds);
  const untaxed = sum(refunded.map((part) => (part.taxMinor === null ? part.quantity : 0)));
  const [whole, wholeTax] =
    line.quantity === 0 ? [0, 0] : [line.priceMinor * line.quantity - line.discountMinor, line.taxMinor];
  const share = (minor: number, units: number): bigint =>
    line.quantity === 0 ? 0n : BigInt(minor) * BigInt(units) * (scale / BigInt(line.quantity));
  const priced = BigInt(whole - sum(refunded.map((part) => part.subtotalMinor))) * scale - share(whole, removed);
  const taxBack = BigInt(sum(refunded.map((part) => part.taxMinor ?? 0))) * scale + share(wholeTax, untaxed);
  const tax = BigInt(wholeTax) * scale - taxBack - share(wholeTax, removed);
  const gross = taxIn === "added" ? priced + tax : priced;
  const net = taxIn === "taken-out" ? gross - tax : gross;
  return {
    lineId: line.id,
    earns,
    gross,
    net,
    units: line.quantity,
    unitsLeft: line.quantity - unitsGone(line, refunds),
  };
}

/** Money refunded beyond lines, with its tax where `gross` has tax, lowers what remains of every line in the same proportion. */
function keptShare(gross: bigint, refunds: readonly KnownRefund[], withTax: boolean, scale: bigint): Fraction {
  if (gross <= 0n) return { numerator: 1n, denominator: 1n };
  const beyond = BigInt(refundedBeyondLines(refunds, withTax)) * scale;
  return { numerator: gross - (beyond < gross ? beyond : gross), denominator: gross };
}

/**
 * What all refunds together gave back beyond their lines: what one held back another may have given, before or after it. Where together they gave less
 * than their lines are worth, that is no money the other way.
 */
function refundedBeyondLines(refunds: readonly KnownRefund[], withTax: boolean): number {
  const given = refunds.map((one) => one.beyondLinesMinor + (withTax ? one.beyondLinesTaxMinor : 0));
  return Math.max(0, sum(given));
}

/** (total - outstanding) / total while an order is partly paid; otherwise one. */
function paidShare(body: OrderBody): Fraction {
  if (body.status !== "partially_paid" || body.totalMinor <= 0) return { numerator: 1n, denominator: 1n };
  const paidMinor = Math.min(body.totalMinor, Math.max(0, body.totalMinor - body.outstandingMinor));
  return { numerator: BigInt(paidMinor), denominator: BigInt(body.totalMinor) };
}

/** Largest remainder: whole points per line that sum to the order's points; ties go to the earlier line. */
function spread(points: number, lines: readonly RemainingLine[], scale: bigint): Settlement["lines"] {
  const earning = lines.filter((line) => line.earns && line.net > 0n);
  const whole = total(earning.map((line) => line.net));
  if (points === 0 || whole === 0n) return [];
  const shares = earning.map((line, index) => {
    const exact = BigInt(points) * line.net;
    return {
      index,
      lineId: line.lineId,
      netMinor: Number(line.net / scale),
      points: Number(exact / whole),
      remainder: exact % whole,
    };
  });
  let missing = points - sum(shares.map((share) => share.points));
  const byRemainder = [...shares].sort((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  );
  for (const share of byRemainder) {
    if (missing === 0) break;
    share.points += 1;
    missing -= 1;
  }
  return shares
    .filter((share) => share.points > 0)
    .map(({ lineId, netMinor, points: own }) => ({ lineId, netMinor, points: own }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((whole, number) => whole + number, 0);
}

function total(numbers: readonly bigint[]): bigint {
  return numbers.reduce((whole, number) => whole + number, 0n);
}
