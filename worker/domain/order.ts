/**
 * What we know of one Shopify order, and how news joins it. The join is commutative, associative and idempotent, so that any
 * delivery order, with any repeats, leads to the same state (invariants I4, I5, I7).
 */
import { withFacts, withoutFacts } from "./order-facts.ts";

/** Later in an order's life is further to the right: the tie rule takes the later one. */
export const FINANCIAL_STATUSES = [
  "pending",
  "authorized",
  "expired",
  "partially_paid",
  "paid",
  "partially_refunded",
  "refunded",
  "voided",
] as const;

export type FinancialStatus = (typeof FINANCIAL_STATUSES)[number];

export interface OrderLine {
  readonly id: string;
  readonly kind: "product" | "gift_card" | "tip";
  readonly priceMinor: number;
  readonly quantity: number;
  /** Null in bodies of API versions without `current_quantity`. */
  readonly currentQuantity: number | null;
  readonly discountMinor: number;
  readonly taxMinor: number;
  /** What each discount code (upper case) took off this line. */
  readonly codeDiscounts: Readonly<Record<string, number>>;
  /** What was sold, and by whom it was made; left out where no body has said so. What one has said stays known. */
  readonly productId?: string;
  readonly vendor?: string;
}

export interface RefundedLine {
  readonly lineId: string;
  readonly quantity: number;
  readonly subtotalMinor: number;
  /** Null when the refund does not say: the line's own tax share is used then. */
  readonly taxMinor: number | null;
}

export interface Refund {
  readonly id: string;
  readonly lines: readonly RefundedLine[];
  /** Money given back beyond lines and shipping (order adjustments); negative when it was less than its lines are worth. */
  readonly beyondLinesMinor: number;
  /** Tax Shopify added on top of `beyondLinesMinor`, with the same sign. */
  readonly beyondLinesTaxMinor: number;
}

/** A refund with where we know it from: the order's own body, or only by itself. */
export interface KnownRefund extends Refund {
  readonly inBody: boolean;
}

export interface OrderBody {
  readonly name: string;
  readonly updatedAtMs: number;
  /** From X-Shopify-Triggered-At; 0 when the delivery did not say. */
  readonly triggeredAtMs: number;
  readonly createdAtMs: number;
  readonly processedAtMs: number;
  readonly customerId: string | null;
  readonly currency: string;
  readonly test: boolean;
  readonly cancelled: boolean;
  readonly status: FinancialStatus;
  readonly taxesIncluded: boolean;
  readonly totalMinor: number;
  readonly outstandingMinor: number;
  /** Discount codes used, upper case. */
  readonly codes: readonly string[];
  readonly lines: readonly OrderLine[];
  readonly refunds: readonly Refund[];
  /** Where it was placed, as Shopify calls it; left out where no body has said so. */
  readonly sourceName?: string;
}

export interface OrderState {
  readonly body: OrderBody | null;
  /** Refunds learnt by themselves (refunds/create); an order body that holds one by the same id speaks for it. */
  readonly refunds: readonly Refund[];
  readonly deleted: boolean;
}

/** One piece of news about an order. */
export type OrderNews =
  | { readonly kind: "state"; readonly body: OrderBody }
  | { readonly kind: "refund"; readonly refund: Refund }
  | { readonly kind: "deleted" };

export const UNKNOWN_ORDER: OrderState = { body: null, refunds: [], deleted: false };

/** The same news without the person it names. */
export function withoutCustomer(news: OrderNews): OrderNews {
  return news.kind === "state" ? { ...news, body: { ...news.body, customerId: null } } : news;
}

/** The state after one more piece of news. An older body changes nothing. */
export function joinNews(state: OrderState, news: OrderNews): OrderState {
  switch (news.kind) {
    case "deleted":
      return state.deleted ? state : { ...state, deleted: true };
    case "refund":
      return { ...state, refunds: unionRefunds(state.refunds, [news.refund]) };
    case "state":
      return { ...state, body: state.body === null ? news.body : newerBody(state.body, news.body) };
  }
}

/** All refunds of an order: its body's own, and those learnt apart that the body does not hold yet. */
export function knownRefunds(state: OrderState): readonly KnownRefund[] {
  const own = state.body?.refunds ?? [];
  const ownIds = new Set(own.map((refund) => refund.id));
  const apart = state.refunds.filter((refund) => !ownIds.has(refund.id));
  return [
    ...own.map((refund) => ({ ...refund, inBody: true })),
    ...apart.map((refund) => ({ ...refund, inBody: false })),
  ];
}

/** Units of a line that are refunded, or that an order edit took away without a refund that says so. */
export function unitsGone(line: OrderLine, refunds: readonly KnownRefund[]): number {
  const refunded = refundedUnits(line, refunds);
  return Math.min(line.quantity, refunded + unitsRemovedByEdit(line, refunds));
}

/**
 * Units an order edit took away without a refund that says so. What the body says is left already leaves out the refunds it holds; a
 * refund that it does not hold is later than the body, and takes its units from what is left.
 */
export function unitsRemovedByEdit(line: OrderLine, refunds: readonly KnownRefund[]): number {
  if (line.currentQuantity === null) return 0;
  const held = refunds.filter((refund) => refund.inBody);
  const removed = line.quantity - line.currentQuantity - refundedUnits(line, held);
  return Math.min(line.quantity, Math.max(0, removed));
}

function refundedUnits(line: OrderLine, refunds: readonly Refund[]): number {
  const parts = refunds.flatMap((refund) => refund.lines).filter((part) => part.lineId === line.id);
  return parts.reduce((sum, part) => sum + part.quantity, 0);
}

function newerBody(a: OrderBody, b: OrderBody): OrderBody {
  const later = b.updatedAtMs - a.updatedAtMs || b.triggeredAtMs - a.triggeredAtMs;
  if (later !== 0) return later > 0 ? withFacts(b, a) : withFacts(a, b);
  return mergeTie(a, b);
}

/**
 * Same moment on both clocks: union of refunds, cancelled over open, the later payment status, more paid over less, a customer over a guest; the rest by a
 * fixed order.
 */
function mergeTie(a: OrderBody, b: OrderBody): OrderBody {
  if (JSON.stringify(a) === JSON.stringify(b)) return a;
  const status = FINANCIAL_STATUSES.indexOf(a.status) >= FINANCIAL_STATUSES.indexOf(b.status) ? a.status : b.status;
  const [customerA, customerB] = [a.customerId ?? "", b.customerId ?? ""];
  const rest = isLaterRest(b, a) ? withFacts(b, a) : withFacts(a, b);
  return {
    ...rest,
    outstandingMinor: rest.totalMinor - Math.max(paidMinorOf(a), paidMinorOf(b)),
    status,
    cancelled: a.cancelled || b.cancelled,
    customerId: (customerA > customerB ? customerA : customerB) || null,
    refunds: unionRefunds(a.refunds, b.refunds),
  };
}

/**
 * Which of two bodies' other fields to keep. Edits add lines and units, and take units away again, so more lines, then more units, then
 * fewer units left are later in an order's life; what is still equal is decided by its text, so that arrival never matters.
 */
function isLaterRest(a: OrderBody, b: OrderBody): boolean {
  const [unitsA, unitsB] = [unitsOf(a), unitsOf(b)];
  const later = a.lines.length - b.lines.length || unitsA.ordered - unitsB.ordered || unitsB.left - unitsA.left;
  return later === 0 ? restOf(a) > restOf(b) : later > 0;
}

/** What has been paid, whatever an edit made of the total. */
function paidMinorOf({ totalMinor, outstandingMinor }: OrderBody): number {
  return totalMinor - outstandingMinor;
}

function unitsOf(body: OrderBody): { readonly ordered: number; readonly left: number } {
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  return {
    ordered: sum(body.lines.map((line) => line.quantity)),
    left: sum(body.lines.map((line) => line.currentQuantity ?? line.quantity)),
  };
}

/** The part of a body the tie rule does not name, as text. */
function restOf(body: OrderBody): string {
  const named = { status: null, cancelled: null, customerId: null, refunds: null, outstandingMinor: null };
  return JSON.stringify({ ...withoutFacts(body), ...named });
}

function unionRefunds(a: readonly Refund[], b: readonly Refund[]): readonly Refund[] {
  const byId = new Map<string, Refund>();
  for (const refund of [...a, ...b]) {
    const known = byId.get(refund.id);
    if (!known || JSON.stringify(refund) > JSON.stringify(known)) byId.set(refund.id, refund);
  }
  return [...byId.values()].sort((x, y) => (x.id < y.id ? -1 : x.id > y.id ? 1 : 0));
}
