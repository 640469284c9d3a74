/**
 * What we know of one Shopify order, and how news joins it. The join is commutative, associative and idempotent, so that any
 * delivery order, with any repeats, leads to the same state (invariants I4, I5, I7).
 */

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
  /** Money given back beyond lines and shipping (order adjustments); zero or positive. */
  readonly beyondLinesMinor: number;
  /** Tax Shopify added on top of `beyondLinesMinor`. */
  readonly beyondLinesTaxMinor: number;
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
export function knownRefunds(state: OrderState): readonly Refund[] {
  const own = state.body?.refunds ?? [];
  const ownIds = new Set(own.map((refund) => refund.id));
  return [...own, ...state.refunds.filter((refund) => !ownIds.has(refund.id))];
}

/** Units of a line that are refunded, or that an order edit took away without a refund that says so. */
export function unitsGone(line: OrderLine, refunds: readonly Refund[]): number {
  const refunded = refundedUnits(line, refunds);
  return Math.min(line.quantity, refunded + unitsRemovedByEdit(line, refunds));
}

/** Units an order edit took away without a refund that says so. */
export function unitsRemovedByEdit(line: OrderLine, refunds: readonly Refund[]): number {
  if (line.currentQuantity === null) return 0;
  const removed = line.quantity - line.currentQuantity - refundedUnits(line, refunds);
  return Math.min(line.quantity, Math.max(0, removed));
}

function refundedUnits(line: OrderLine, refunds: readonly Refund[]): number {
  const parts = refunds.flatMap((refund) => refund.lines).filter((part) => part.lineId === line.id);
  return parts.reduce((sum, part) => sum + part.quantity, 0);
}

function newerBody(a: OrderBody, b: OrderBody): OrderBody {
  const later = b.updatedAtMs - a.updatedAtMs || b.triggeredAtMs - a.triggeredAtMs;
  if (later !== 0) return later > 0 ? b : a;
  return mergeTie(a, b);
}

/** Same moment on both clocks: union of refunds, cancelled over open, the later payment status, a customer over a guest; the rest by a fixed order. */
function mergeTie(a: OrderBody, b: OrderBody): OrderBody {
  const [textA, textB] = [JSON.stringify(a), JSON.stringify(b)];
  if (textA === textB) return a;
  const status = FINANCIAL_STATUSES.indexOf(a.status) >= FINANCIAL_STATUSES.indexOf(b.status) ? a.status : b.status;
  const rest = restOf(a) >= restOf(b) ? a : b;
  return {
    ...rest,
    status,
    cancelled: a.cancelled || b.cancelled,
    customerId: rest.customerId ?? a.customerId ?? b.customerId,
    refunds: unionRefunds(a.refunds, b.refunds),
  };
}

/** The part of a body the tie rule does not name, as text: comparing it makes the merge independent of arrival. */
function restOf(body: OrderBody): string {
  return JSON.stringify({ ...body, status: null, cancelled: null, refunds: null });
}

function unionRefunds(a: readonly Refund[], b: readonly Refund[]): readonly Refund[] {
  const byId = new Map<string, Refund>();
  for (const refund of [...a, ...b]) {
    const known = byId.get(refund.id);
    if (!known || JSON.stringify(refund) > JSON.stringify(known)) byId.set(refund.id, refund);
  }
  return [...byId.values()].sort((x, y) => (x.id < y.id ? -1 : x.id > y.id ? 1 : 0));
}
