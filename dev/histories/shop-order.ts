/** One order's life at Shopify, as far as a history needs it: each change makes a new state that Shopify could really send. */
import type { OrderBody, OrderLine, Refund } from "../../worker/domain/order.ts";

/** How an order begins. Numbers choose; whatever they are, the order is possible. */
export interface OrderPlan {
  readonly lines: readonly {
    readonly kind: OrderLine["kind"];
    readonly priceMinor: number;
    readonly quantity: number;
    /** Hundredths of the line that discounts without a code take off. */
    readonly discount: number;
  }[];
  readonly status: "paid" | "pending" | "authorized" | "partially_paid";
  readonly taxesIncluded: boolean;
  /** Hundredths of a line that are tax. */
  readonly taxRate: number;
  /** Hundredths that each code takes off each line. */
  readonly codeRate: number;
  readonly isTest: boolean;
  readonly isForeign: boolean;
  /** Whether bodies tell what is left of a line. */
  readonly tellsCurrent: boolean;
}

/** What can happen to an order once it is placed. */
export type OrderChange =
  | { readonly change: "pay" }
  | { readonly change: "pay-part"; readonly share: number }
  | {
      readonly change: "refund";
      readonly line: number;
      readonly units: number;
      readonly beyond: number;
      readonly tellsTax: boolean;
    }
  /** Everything; or all the money, and no line is named. */
  | { readonly change: "refund-all"; readonly asMoney: boolean }
  | { readonly change: "remove"; readonly line: number; readonly units: number }
  | { readonly change: "put-back"; readonly line: number; readonly units: number }
  | { readonly change: "add-line"; readonly priceMinor: number; readonly quantity: number }
  /** An edit takes the codes away again. */
  | { readonly change: "drop-codes" }
  | { readonly change: "cancel" }
  | { readonly change: "void" }
  | { readonly change: "expire" }
  | { readonly change: "touch" };

export interface PlacedOrder {
  readonly id: string;
  /** Every state it has had, oldest first. */
  readonly bodies: readonly OrderBody[];
  readonly refunds: readonly Refund[];
}

interface Placing {
  readonly id: string;
  readonly plan: OrderPlan;
  readonly customerId: string | null;
  readonly codes: readonly string[];
  readonly currency: string;
  readonly createdAtMs: number;
  readonly processedAtMs: number;
  readonly nowMs: number;
}

export function placeOrder(placing: Placing): PlacedOrder {
  const { plan, codes } = placing;
  const lines = plan.lines.map((line, index) => newLine(String(index + 1), line, plan, codes));
  const totalMinor = sum(lines.map((line) => line.priceMinor * line.quantity - line.discountMinor));
  const body: OrderBody = {
    name: `#${placing.id}`,
    updatedAtMs: placing.nowMs,
    triggeredAtMs: 0,
    createdAtMs: placing.createdAtMs,
    processedAtMs: placing.processedAtMs,
    customerId: placing.customerId,
    currency: plan.isForeign ? "DKK" : placing.currency,
    test: plan.isTest,
    cancelled: false,
    status: plan.status,
    taxesIncluded: plan.taxesIncluded,
    totalMinor,
    outstandingMinor:
      plan.status === "paid" ? 0 : plan.status === "partially_paid" ? Math.ceil(totalMinor / 3) : totalMinor,
    codes,
    lines,
    refunds: [],
  };
  return { id: placing.id, bodies: [body], refunds: [] };
}

function newLine(id: string, line: OrderPlan["lines"][number], plan: OrderPlan, codes: readonly string[]): OrderLine {
  const { kind, priceMinor, quantity } = line;
  const whole = priceMinor * quantity;
  const ofCode = Math.floor((whole * plan.codeRate) / 100);
  const discountMinor = Math.min(whole, Math.floor((whole * line.discount) / 100) + ofCode * codes.length);
  return {
    id,
    kind,
    ...productOf(id),
    priceMinor,
    quantity,
    currentQuantity: plan.tellsCurrent ? quantity : null,
    discountMinor,
    taxMinor: Math.floor(((whole - discountMinor) * plan.taxRate) / 100),
    codeDiscounts: Object.fromEntries(ofCode > 0 ? codes.map((code) => [code, ofCode]) : []),
  };
}

/** What the first lines of every order sell; of a further one nobody has told. */
export const PRODUCTS = ["7", "9"] as const;

function productOf(lineId: string): Pick<OrderLine, "productId"> {
  const productId = PRODUCTS[Number(lineId) - 1];
  return productId === undefined ? {} : { productId };
}

/** The order after a change; the same order where the change is impossible. */
export function changedOrder(order: PlacedOrder, change: OrderChange, nowMs: number): PlacedOrder {
  const body = newest(order);
  const isOver = body.cancelled || body.status === "voided" || body.status === "refunded";
  switch (change.change) {
    case "touch":
      return withBody(order, {}, nowMs);
    case "pay":
      return isOver ? order : withBody(order, { status: paidStatus(body), outstandingMinor: 0 }, nowMs);
    case "pay-part": {
      if (isOver || body.status === "paid" || body.status === "partially_refunded") return order;
      const outstandingMinor = Math.floor((body.outstandingMinor * change.share) / 100);
      return withBody(order, { status: "partially_paid", outstandingMinor }, nowMs);
    }
    case "refund":
      return isOver ? order : refunded(order, change, nowMs);
    case "refund-all":
      return isOver ? order : change.asMoney ? refundedMoney(order, nowMs) : refundedWhole(order, nowMs);
    case "remove":
      return isOver ? order : edited(order, change.line, -change.units, nowMs);
    case "put-back":
      return isOver ? order : edited(order, change.line, change.units, nowMs);
    case "add-line":
      return isOver ? order : withLine(order, change, nowMs);
    case "drop-codes":
      return isOver || body.codes.length === 0 ? order : withBody(order, withoutCodes(body), nowMs);
    case "cancel":
      return body.cancelled ? order : withBody(order, { cancelled: true }, nowMs);
    case "void":
      return body.status === "authorized" || body.status === "pending"
        ? withBody(order, { status: "voided" }, nowMs)
        : order;
    case "expire":
      return body.status === "authorized" ? withBody(order, { status: "expired" }, nowMs) : order;
  }
}

/** The order in somebody else's name; null = nobody's. */
export function ofCustomer(order: PlacedOrder, customerId: string | null, nowMs: number): PlacedOrder {
  return newest(order).customerId === customerId ? order : withBody(order, { customerId }, nowMs);
}

export function newest(order: PlacedOrder): OrderBody {
  const body = order.bodies.at(-1);
  if (body === undefined) throw new Error("An order has no state.");
  return body;
}

/** Shopify's clock has whole seconds: two changes within one have the same `updated_at`, and may have the same trigger. */
function withBody(order: PlacedOrder, changes: Partial<OrderBody>, nowMs: number): PlacedOrder {
  const before = newest(order);
  const updatedAtMs = Math.max(before.updatedAtMs, nowMs);
  const isTie = updatedAtMs === before.updatedAtMs;
  const triggeredAtMs = isTie && order.bodies.length % 2 === 0 ? before.triggeredAtMs + 1 : before.triggeredAtMs;
  const body = { ...before, ...changes, updatedAtMs, triggeredAtMs };
  return { ...order, bodies: [...order.bodies, body] };
}

function refunded(order: PlacedOrder, change: Extract<OrderChange, { change: "refund" }>, nowMs: number): PlacedOrder {
  const body = newest(order);
  const line = body.lines[change.line % body.lines.length];
  const units = line === undefined ? 0 : Math.min(change.units, unitsLeft(body, line));
  if (line === undefined || (units === 0 && change.beyond === 0)) return order;
  const isPriced = line.quantity > 0;
  const worth = line.priceMinor * line.quantity - line.discountMinor;
  const refund: Refund = {
    id: String(10 + order.refunds.length),
    lines:
      units === 0
        ? []
        : [
            {
              lineId: line.id,
              quantity: units,
              subtotalMinor: isPriced ? Math.floor((worth * units) / line.quantity) : 0,
              taxMinor: change.tellsTax ? Math.floor((line.taxMinor * units) / line.quantity) : null,
            },
          ],
    beyondLinesMinor: change.beyond,
    beyondLinesTaxMinor: change.tellsTax ? Math.trunc(change.beyond / 10) : 0,
  };
  return withRefund(order, refund, nowMs);
}

function refundedWhole(order: PlacedOrder, nowMs: number): PlacedOrder {
  const body = newest(order);
  const parts = body.lines.flatMap((line) => {
    const units = unitsLeft(body, line);
    if (units === 0) return [];
    const worth = line.priceMinor * line.quantity - line.discountMinor;
    return [
      {
        lineId: line.id,
        quantity: units,
        subtotalMinor: Math.ceil((worth * units) / line.quantity),
        taxMinor: Math.ceil((line.taxMinor * units) / line.quantity),
      },
    ];
  });
  const id = String(10 + order.refunds.length);
  return withRefund(order, { id, lines: parts, beyondLinesMinor: 0, beyondLinesTaxMinor: 0 }, nowMs);
}

function refundedMoney(order: PlacedOrder, nowMs: number): PlacedOrder {
  const body = newest(order);
  const left = sum(
    body.lines.map((line) => {
      const worth = line.priceMinor * line.quantity - line.discountMinor;
      return line.quantity === 0 ? 0 : Math.ceil((worth * unitsLeft(body, line)) / line.quantity);
    }),
  );
  const id = String(10 + order.refunds.length);
  const refund = { id, lines: [], beyondLinesMinor: left, beyondLinesTaxMinor: 0 };
  const after = withRefund(order, refund, nowMs);
  const isPaid = body.status === "paid" || body.status === "partially_refunded";
  return isPaid ? withBody(after, { status: "refunded" }, nowMs) : after;
}

function withRefund(order: PlacedOrder, refund: Refund, nowMs: number): PlacedOrder {
  const before = newest(order);
  const lines = before.lines.map((line) => {
    const units = sum(refund.lines.filter((part) => part.lineId === line.id).map((part) => part.quantity));
    return line.currentQuantity === null ? line : { ...line, currentQuantity: line.currentQuantity - units };
  });
  const refunds = [...before.refunds, refund];
  const isPaid = before.status === "paid" || before.status === "partially_refunded";
  const isAll = lines.every((line) => unitsLeft({ ...before, refunds, lines }, line) === 0);
  const status = isPaid ? (isAll ? "refunded" : "partially_refunded") : before.status;
  return { ...withBody(order, { lines, refunds, status }, nowMs), refunds: [...order.refunds, refund] };
}

/** An edit takes units away, or puts back what an edit took. */
function edited(order: PlacedOrder, at: number, units: number, nowMs: number): PlacedOrder {
  const body = newest(order);
  const line = body.lines[at % body.lines.length];
  if (line === undefined || line.currentQuantity === null) return order;
  const most = line.quantity - refundedUnits(body, line);
  const currentQuantity = Math.max(0, Math.min(most, line.currentQuantity + units));
  if (currentQuantity === line.currentQuantity) return order;
  const lines = body.lines.map((one) => (one === line ? { ...line, currentQuantity } : one));
  return withBody(order, { lines }, nowMs);
}

function withLine(
  order: PlacedOrder,
  { priceMinor, quantity }: Extract<OrderChange, { change: "add-line" }>,
  nowMs: number,
): PlacedOrder {
  const body = newest(order);
  const line: OrderLine = {
    id: String(body.lines.length + 1),
    kind: "product",
    priceMinor,
    quantity,
    currentQuantity: body.lines[0]?.currentQuantity == null ? null : quantity,
    discountMinor: 0,
    taxMinor: 0,
    codeDiscounts: {},
  };
  const more = priceMinor * quantity;
  const changes = { lines: [...body.lines, line], totalMinor: body.totalMinor + more };
  const status = body.status === "paid" ? "partially_paid" : body.status;
  return withBody(order, { ...changes, status, outstandingMinor: body.outstandingMinor + more }, nowMs);
}

function withoutCodes(body: OrderBody): Partial<OrderBody> {
  const lines = body.lines.map((line) => {
    const ofCodes = sum(Object.values(line.codeDiscounts));
    return { ...line, discountMinor: Math.max(0, line.discountMinor - ofCodes), codeDiscounts: {} };
  });
  return { codes: [], lines };
}

function paidStatus(body: OrderBody): OrderBody["status"] {
  return body.refunds.length > 0 ? "partially_refunded" : "paid";
}

function unitsLeft(body: OrderBody, line: OrderLine): number {
  return line.currentQuantity ?? line.quantity - refundedUnits(body, line);
}

function refundedUnits(body: OrderBody, line: OrderLine): number {
  const parts = body.refunds.flatMap((refund) => refund.lines).filter((part) => part.lineId === line.id);
  return sum(parts.map((part) => part.quantity));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
