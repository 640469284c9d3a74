/**
 * What one order is worth now: a pure function of its newest known state, the program version in force when it was created and
 * the tier multiplier fixed at its first settlement (docs/ledger.md tells the rule). One rounding, at the very end.
 */
import {
  knownRefunds,
  type OrderBody,
  type OrderLine,
  type OrderState,
  type Refund,
  unitsRemovedByEdit,
} from "./order.ts";
import type { ProgramVersion } from "./program.ts";

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
  | "nothing-left";

export interface Settlement {
  readonly points: number;
  readonly reason: SettlementReason;
  /** What earned, in minor units, after refunds and before the paid share. */
  readonly eligibleMinor: number;
  /** The points of each line that has any; they sum to `points`. */
  readonly lines: readonly { readonly lineId: string; readonly points: number }[];
}

interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

interface RemainingLine {
  readonly lineId: string;
  readonly earns: boolean;
  /** What is left of the line as the order prices it (tax inside, if prices include tax). */
  readonly grossMinor: number;
  /** The same without tax. */
  readonly netMinor: number;
}

/** The settlement of an order. `version` is null when no program was in force when the order was created. */
export function settle(
  state: OrderState,
  version: ProgramVersion | null,
  shopCurrency: string,
  multiplier: number = SINGLE_MULTIPLIER,
): Settlement {
  const { body } = state;
  if (body === null) return nothing(state.deleted ? "deleted" : "unknown-state");
  const excluded = exclusion(state, body, shopCurrency);
  if (excluded) return nothing(excluded);
  if (version === null) return nothing("before-program");

  const refunds = knownRefunds(state);
  const lines = body.lines.map((line) => remainingOf(line, refunds, body.taxesIncluded));
  const eligibleMinor = Math.max(0, sum(lines.filter((line) => line.earns).map((line) => line.netMinor)));
  const kept = keptShare(lines, refunds, body.taxesIncluded);
  const paid = paidShare(body);
  const { points: ratePoints, perMinor } = version.program.earn;
  const points = Number(
    (BigInt(eligibleMinor) * kept.numerator * paid.numerator * BigInt(ratePoints) * BigInt(multiplier)) /
      (kept.denominator * paid.denominator * BigInt(perMinor) * BigInt(SINGLE_MULTIPLIER)),
  );
  if (!Number.isSafeInteger(points)) throw new RangeError("An order settled to more points than can be counted.");
  return {
    points,
    reason: points > 0 ? "earned" : "nothing-left",
    eligibleMinor: Number((BigInt(eligibleMinor) * kept.numerator) / kept.denominator),
    lines: spread(points, lines),
  };
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

function remainingOf(line: OrderLine, refunds: readonly Refund[], taxesIncluded: boolean): RemainingLine {
  const refunded = refunds.flatMap((refund) => refund.lines).filter((part) => part.lineId === line.id);
  const whole = line.priceMinor * line.quantity - line.discountMinor;
  const removed = unitsRemovedByEdit(line, refunds);
  const grossMinor = whole - shareOf(whole, removed, line.quantity) - sum(refunded.map((part) => part.subtotalMinor));
  const taxBack = sum(refunded.map((part) => part.taxMinor ?? shareOf(line.taxMinor, part.quantity, line.quantity)));
  const taxMinor = line.taxMinor - shareOf(line.taxMinor, removed, line.quantity) - taxBack;
  return {
    lineId: line.id,
    earns: line.kind === "product",
    grossMinor,
    netMinor: taxesIncluded ? grossMinor - taxMinor : grossMinor,
  };
}

function shareOf(amountMinor: number, part: number, whole: number): number {
  if (part === 0 || whole === 0) return 0;
  return Number((BigInt(amountMinor) * BigInt(part)) / BigInt(whole));
}

/** Money refunded beyond lines lowers what remains of every line in the same proportion. */
function keptShare(lines: readonly RemainingLine[], refunds: readonly Refund[], taxesIncluded: boolean): Fraction {
  const grossMinor = Math.max(0, sum(lines.map((line) => line.grossMinor)));
  if (grossMinor === 0) return { numerator: 1n, denominator: 1n };
  const beyond = sum(refunds.map((r) => r.beyondLinesMinor + (taxesIncluded ? r.beyondLinesTaxMinor : 0)));
  return { numerator: BigInt(grossMinor - Math.min(beyond, grossMinor)), denominator: BigInt(grossMinor) };
}

/** (total - outstanding) / total while an order is partly paid; otherwise one. */
function paidShare(body: OrderBody): Fraction {
  if (body.status !== "partially_paid" || body.totalMinor <= 0) return { numerator: 1n, denominator: 1n };
  const paidMinor = Math.min(body.totalMinor, Math.max(0, body.totalMinor - body.outstandingMinor));
  return { numerator: BigInt(paidMinor), denominator: BigInt(body.totalMinor) };
}

/** Largest remainder: whole points per line that sum to the order's points; ties go to the earlier line. */
function spread(points: number, lines: readonly RemainingLine[]): Settlement["lines"] {
  const earning = lines.filter((line) => line.earns && line.netMinor > 0);
  const total = BigInt(sum(earning.map((line) => line.netMinor)));
  if (points === 0 || total === 0n) return [];
  const shares = earning.map((line, index) => {
    const exact = BigInt(points) * BigInt(line.netMinor);
    return { index, lineId: line.lineId, points: Number(exact / total), remainder: exact % total };
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
  return shares.filter((share) => share.points > 0).map(({ lineId, points: own }) => ({ lineId, points: own }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
