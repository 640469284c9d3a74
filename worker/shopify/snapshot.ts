/**
 * From a webhook's text to what settlement needs, and nothing more: no name, e-mail or address passes this file. Bodies are read leniently
 * (they differ by API version); only what is used is required.
 */
import * as z from "zod";
import type { CustomerMerger } from "../domain/members.ts";
import { parseMoney } from "../domain/money.ts";
import {
  FINANCIAL_STATUSES,
  type FinancialStatus,
  type OrderBody,
  type OrderLine,
  type OrderNews,
  type Refund,
} from "../domain/order.ts";
import { parseExactly } from "./exact-json.ts";
import { SHOP_READERS, type ShopNews } from "./shop-news.ts";
import { id, moment } from "./webhook-fields.ts";

/** One order's news out of one delivery. */
export interface OrderSnapshot {
  readonly orderId: string;
  readonly news: OrderNews;
}

export type SnapshotVerdict =
  | OrderVerdict
  /** The delivery tells that an order changed, and not what it is now: read it. */
  | { readonly kind: "read-order"; readonly orderId: string }
  | { readonly kind: "merge-customers"; readonly merger: CustomerMerger }
  | { readonly kind: "shop-news"; readonly news: ShopNews }
  | { readonly kind: "set-aside"; readonly reason: "merge-not-completed"; readonly detail: null }
  | { readonly kind: "set-aside"; readonly reason: "unknown-topic"; readonly detail: string };

/** An order in a webhook's shape; unreadable where a field that is needed is odd. */
export type OrderVerdict = { readonly kind: "order"; readonly snapshot: OrderSnapshot } | UnreadableVerdict;

interface UnreadableVerdict {
  readonly kind: "set-aside";
  readonly reason: "unreadable";
  /** Says what is wrong and, where it can, with which fields; never their values. */
  readonly detail: string;
}

/** Bodies that are an order's state. */
const ORDER_TOPICS = ["orders/create", "orders/paid", "orders/updated", "orders/cancelled"];

/** Not asked for in shopify.app.toml; read where an operator's own subscription sends them. */
export const TOPICS_READ_IF_SENT: readonly string[] = ["orders/fulfilled", "orders/partially_fulfilled"];

/** Reads one verified delivery. */
export function readSnapshot(topic: string, text: string, triggeredAtMs: number): SnapshotVerdict {
  const reader = READERS.get(topic);
  if (!reader) return { kind: "set-aside", reason: "unknown-topic", detail: topic };
  try {
    return reader(parseExactly(text), triggeredAtMs);
  } catch (fault) {
    return unreadable(fault);
  }
}

function unreadable(fault: unknown): UnreadableVerdict {
  return { kind: "set-aside", reason: "unreadable", detail: faultOf(fault) };
}

/** What is kept of why something was set aside: `unreadable: created_at: …`. */
export function reasonOf({ reason, detail }: Extract<SnapshotVerdict, { kind: "set-aside" }>): string {
  return detail === null ? reason : `${reason}: ${detail}`.slice(0, 500);
}

function faultOf(fault: unknown): string {
  if (fault instanceof z.ZodError)
    return fault.issues
      .map((issue) => `${issue.path.join(".")}: ${issue.message}`)
      .slice(0, 5)
      .join("; ");
  return fault instanceof Unreadable ? fault.message : "not JSON";
}

class Unreadable extends Error {}

const count = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);
const text = z.string();
const moneySet = z
  .object({ shop_money: z.object({ amount: text, currency_code: text.nullish() }).nullish() })
  .nullish();
const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

const discountAllocation = z.object({
  amount: text.nullish(),
  amount_set: moneySet,
  discount_application_index: count.nullish(),
});

const orderLine = z.object({
  id,
  price: text.nullish(),
  price_set: moneySet,
  quantity: count,
  current_quantity: count.nullish(),
  gift_card: z.boolean().nullish(),
  total_discount: text.nullish(),
  total_discount_set: moneySet,
  discount_allocations: z.array(discountAllocation).nullish(),
  tax_lines: list(z.object({ price: text.nullish(), price_set: moneySet })),
  product_id: text.nullish(),
  vendor: text.nullish(),
  tip: z.unknown().optional(),
  tip_payment_gateway: z.unknown().optional(),
  tip_payment_method: z.unknown().optional(),
});

const adjustment = z.object({
  kind: text.nullish(),
  reason: text.nullish(),
  amount: text.nullish(),
  amount_set: moneySet,
  tax_amount: text.nullish(),
  tax_amount_set: moneySet,
});

const refund = z.object({
  id,
  admin_graphql_api_id: text.nullish(),
  order_id: id.nullish(),
  refund_line_items: list(
    z.object({
      line_item_id: id,
      quantity: count,
      subtotal: text.nullish(),
      subtotal_set: moneySet,
      total_tax: text.nullish(),
      total_tax_set: moneySet,
    }),
  ),
  order_adjustments: list(adjustment),
  transactions: list(z.object({ currency: text.nullish() })),
});

const order = z.object({
  id,
  admin_graphql_api_id: text.nullish(),
  name: text.nullish(),
  created_at: moment,
  processed_at: moment.nullish(),
  updated_at: moment.nullish(),
  cancelled_at: text.nullish(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  financial_status: text.nullish(),
  taxes_included: z.boolean().nullish(),
  test: z.boolean().nullish(),
  total_price: text,
  current_total_price: text.nullish(),
  current_total_price_set: moneySet,
  total_outstanding: text.nullish(),
  total_tip_received: text.nullish(),
  source_name: text.nullish(),
  customer: z.object({ id: id.nullish(), admin_graphql_api_id: text.nullish() }).nullish(),
  discount_codes: list(z.object({ code: text.nullish() })),
  discount_applications: list(z.object({ type: text.nullish(), code: text.nullish() })),
  line_items: z.array(orderLine),
  refunds: list(refund),
});

const orderEdit = z.object({ order_edit: z.object({ order_id: id }) });

const customerGid = z
  .string()
  .regex(/^gid:\/\/shopify\/Customer\/\d+$/)
  .transform((gid) => gid.slice("gid://shopify/Customer/".length));
const customerMerge = z.object({
  status: text,
  admin_graphql_api_customer_kept_id: customerGid,
  admin_graphql_api_customer_deleted_id: customerGid,
});

type RawOrder = z.infer<typeof order>;
type RawRefund = z.infer<typeof refund>;
type RawMoneySet = z.infer<typeof moneySet>;

/** Reads an order in the shape of a webhook's body, every number as its text. Throws what is no fault of a field. */
export function orderVerdict(body: unknown, triggeredAtMs: number): OrderVerdict {
  try {
    return readOrder(body, triggeredAtMs);
  } catch (fault) {
    if (fault instanceof z.ZodError || fault instanceof Unreadable) return unreadable(fault);
    throw fault;
  }
}

function refundSnapshot(body: unknown): OrderSnapshot {
  const raw = refund.parse(body);
  if (!raw.order_id) throw new Unreadable("order_id: missing");
  return { orderId: raw.order_id, news: { kind: "refund", refund: refundOf(raw, currencyOfRefund(raw)) } };
}

function deletedSnapshot(body: unknown): OrderSnapshot {
  return { orderId: z.object({ id }).parse(body).id, news: { kind: "deleted" } };
}

/** Shopify also tells of merges that are requested, under way or failed (`CustomerMergeRequestStatus`): only a completed one joins two people. */
function mergeVerdict(body: unknown): SnapshotVerdict {
  const raw = customerMerge.parse(body);
  if (raw.status.toLowerCase() !== "completed")
    return { kind: "set-aside", reason: "merge-not-completed", detail: null };
  const keptCustomerId = raw.admin_graphql_api_customer_kept_id;
  return {
    kind: "merge-customers",
    merger: { keptCustomerId, mergedCustomerId: raw.admin_graphql_api_customer_deleted_id },
  };
}

/** The global id is the exact one: numeric ids have been rounded on their way through other programs. */
function idOf(raw: { readonly id: string; readonly admin_graphql_api_id?: string | null | undefined }): string {
  return /^gid:\/\/shopify\/\w+\/(\d+)$/.exec(raw.admin_graphql_api_id ?? "")?.[1] ?? raw.id;
}

function bodyOf(raw: RawOrder, triggeredAtMs: number): OrderBody {
  const money = moneyReader(raw.currency);
  const totalMinor = money(raw.current_total_price_set, raw.current_total_price ?? raw.total_price);
  const codes = [
    ...raw.discount_codes.flatMap((used) => used.code ?? []),
    ...raw.discount_applications.flatMap((applied) =>
      applied.type === "discount_code" && applied.code ? [applied.code] : [],
    ),
  ];
  return {
    name: raw.name ?? "",
    updatedAtMs: raw.updated_at ?? raw.processed_at ?? raw.created_at,
    triggeredAtMs,
    createdAtMs: raw.created_at,
    processedAtMs: raw.processed_at ?? raw.created_at,
    customerId: raw.customer?.id ? idOf({ ...raw.customer, id: raw.customer.id }) : null,
    currency: raw.currency,
    test: raw.test ?? false,
    cancelled: Boolean(raw.cancelled_at),
    status: statusOf(raw.financial_status),
    taxesIncluded: raw.taxes_included ?? false,
    totalMinor,
    // A body that does not say what is outstanding counts as unpaid: never more points than were paid for.
    outstandingMinor: raw.total_outstanding ? money(null, raw.total_outstanding) : totalMinor,
    codes: [...new Set(codes.map((code) => code.trim().toUpperCase()))].sort(),
    lines: raw.line_items.map((line) => lineOf(line, raw, money)),
    refunds: raw.refunds.map((one) => refundOf(one, raw.currency)).sort((a, b) => (a.id < b.id ? -1 : 1)),
    ...(raw.source_name ? { sourceName: raw.source_name } : {}),
  };
}

/** A status we do not know counts as not paid yet. */
function statusOf(status: string | null | undefined): FinancialStatus {
  return FINANCIAL_STATUSES.find((known) => known === status) ?? "pending";
}

type MoneyReader = (set: RawMoneySet, plain: string | null | undefined) => number;

/** Shop money where the body tells it; older bodies have one plain amount, which is the shop's. */
function moneyReader(currency: string): MoneyReader {
  return (set, plain) => {
    const amount = set?.shop_money?.amount ?? plain ?? "0";
    const minor = parseMoney(amount, set?.shop_money?.currency_code ?? currency);
    if (minor === null) throw new Unreadable("an amount is not a decimal");
    return minor;
  };
}

/** For amounts that Shopify never writes below zero: a price is none then, and a discount or a refund would earn points out of nothing. */
function unsigned(money: MoneyReader): MoneyReader {
  return (set, plain) => {
    const minor = money(set, plain);
    if (minor < 0) throw new Unreadable("an amount is below zero");
    return minor;
  };
}

function lineOf(raw: RawOrder["line_items"][number], whole: RawOrder, signed: MoneyReader): OrderLine {
  const money = unsigned(signed);
  const allocations = raw.discount_allocations ?? [];
  const codeDiscounts: Record<string, number> = {};
  for (const allocation of allocations) {
    const applied = whole.discount_applications[allocation.discount_application_index ?? -1];
    if (applied?.type !== "discount_code" || !applied.code) continue;
    const code = applied.code.trim().toUpperCase();
    codeDiscounts[code] = (codeDiscounts[code] ?? 0) + money(allocation.amount_set, allocation.amount);
  }
  return {
    id: raw.id,
    kind: kindOf(raw, whole, signed),
    ...(raw.product_id ? { productId: raw.product_id } : {}),
    priceMinor: money(raw.price_set, raw.price),
    quantity: raw.quantity,
    currentQuantity: raw.current_quantity ?? null,
    discountMinor: raw.discount_allocations
      ? total(allocations.map((allocation) => money(allocation.amount_set, allocation.amount)))
      : money(raw.total_discount_set, raw.total_discount),
    // A tax below zero gives nothing: taken out of a price that includes it, it would raise what is left.
    taxMinor: Math.max(0, total(raw.tax_lines.map((tax) => signed(tax.price_set, tax.price)))),
    codeDiscounts,
    ...(raw.vendor ? { vendor: raw.vendor } : {}),
  };
}

function kindOf(raw: RawOrder["line_items"][number], whole: RawOrder, money: MoneyReader): OrderLine["kind"] {
  if (raw.gift_card) return "gift_card";
  const marks = [raw.tip_payment_gateway, raw.tip_payment_method];
  if (raw.tip || marks.some(Boolean)) return "tip";
  // Only tips have these two fields; on a tip that no gateway took they are there and null.
  const isMarked = marks.some((mark) => mark !== undefined);
  return isMarked && !raw.product_id && money(null, whole.total_tip_received) > 0 ? "tip" : "product";
}

/**
 * Shipping refunds are adjustments of kind `shipping_refund` (before 2024-10) or not adjustments at all; everything else is, in sum, money
 * given back beyond the lines when negative, and less than the lines are worth when positive.
 */
function refundOf(raw: RawRefund, currency: string): Refund {
  const money = moneyReader(currency);
  const beyond = raw.order_adjustments.filter(
    (one) => one.kind !== "shipping_refund" && !/shipping/i.test(one.reason ?? ""),
  );
  const beyondLinesMinor = 0 - total(beyond.map((one) => money(one.amount_set, one.amount)));
  const tax = 0 - total(beyond.map((one) => money(one.tax_amount_set, one.tax_amount)));
  return {
    id: idOf(raw),
    lines: raw.refund_line_items.map((line) => ({
      lineId: line.line_item_id,
      quantity: line.quantity,
      subtotalMinor: unsigned(money)(line.subtotal_set, line.subtotal),
      taxMinor: line.total_tax_set || line.total_tax ? money(line.total_tax_set, line.total_tax) : null,
    })),
    beyondLinesMinor,
    beyondLinesTaxMinor: Math.sign(tax) === Math.sign(beyondLinesMinor) ? tax : 0,
  };
}

/**
 * A refund by itself names the shop's currency in its money sets, or else where the money went; without either its plain amounts could
 * only be guessed at, and are not: the order's next state brings them.
 */
function currencyOfRefund(raw: RawRefund): string {
  const lines = raw.refund_line_items.flatMap((line) => [line.subtotal_set, line.total_tax_set]);
  const sets = [...lines, ...raw.order_adjustments.map((one) => one.amount_set)];
  const named = [
    ...sets.map((set) => set?.shop_money?.currency_code),
    ...raw.transactions.map((one) => one.currency),
  ].find(Boolean);
  const isNeeded = raw.refund_line_items.length + raw.order_adjustments.length > 0;
  if (!named && isNeeded) throw new Unreadable("the refund names no currency");
  return named ?? "USD";
}

function total(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

type Reader = (body: unknown, triggeredAtMs: number) => SnapshotVerdict;

function readOrder(body: unknown, triggeredAtMs: number): OrderVerdict {
  const raw = order.parse(body);
  const news: OrderNews = { kind: "state", body: bodyOf(raw, triggeredAtMs) };
  return { kind: "order", snapshot: { orderId: idOf(raw), news } };
}

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...[...ORDER_TOPICS, ...TOPICS_READ_IF_SENT].map((topic): [string, Reader] => [topic, readOrder]),
  ["orders/delete", (body) => ({ kind: "order", snapshot: deletedSnapshot(body) })],
  ["refunds/create", (body) => ({ kind: "order", snapshot: refundSnapshot(body) })],
  ["orders/edited", (body) => ({ kind: "read-order", orderId: orderEdit.parse(body).order_edit.order_id })],
  ["customers/merge", mergeVerdict],
  ...[...SHOP_READERS].map(([topic, read]): [string, Reader] => [
    topic,
    (body, triggeredAtMs) => ({ kind: "shop-news", news: read(body, triggeredAtMs) }),
  ]),
]);

/** Every topic that has a reader. */
export const TOPICS_READ: readonly string[] = [...READERS.keys()];
