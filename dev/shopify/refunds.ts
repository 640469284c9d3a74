/** Refunds and cancellations of orders, whether this shop's checkout made them or the switchboard brought them. */
import { formatMoney } from "../../worker/domain/money.ts";
import { idNumber, idText, isObject, type Json, type JsonObject, objectsOf, textOf } from "./exact-json.ts";
import { parseMinor } from "./money.ts";
import { amount, currentTotals, moneySet, timeInZone } from "./order-body.ts";
import { type LocalOrder, type LocalShop, updatedAt } from "./shop-state.ts";
import type { Delivery, Webhooks } from "./webhooks.ts";

export interface RefundLine {
  readonly line_item_id?: string | undefined;
  /** The line's place in the order, from 0, instead of its id. */
  readonly index?: number | undefined;
  readonly quantity: number;
}

export interface RefundRequest {
  readonly order_id: string;
  /** Money back beyond lines, as decimal text in the shop's currency. */
  readonly amount?: string | undefined;
  readonly lines?: readonly RefundLine[] | undefined;
}

export type RefundResult =
  | {
      readonly ok: true;
      readonly order: LocalOrder;
      readonly refund: JsonObject | null;
      readonly deliveries: readonly Delivery[];
    }
  | { readonly ok: false; readonly code: "unknown-order" | "refused"; readonly reason: string };

const refuse = (reason: string, code: "unknown-order" | "refused" = "refused"): RefundResult => ({
  ok: false,
  code,
  reason,
});

/** What was refunded so far and what a further refund takes, in minor units. */
interface Reading {
  readonly shop: LocalShop;
  readonly currency: string;
  readonly body: JsonObject;
}

interface RefundedLine {
  readonly line: JsonObject;
  readonly quantity: number;
  readonly subtotal: number;
  readonly tax: number;
}

/** Refunds lines or an amount; resolves when `refunds/create` and `orders/updated` were each tried once. */
export async function refund(shop: LocalShop, webhooks: Webhooks, request: RefundRequest): Promise<RefundResult> {
  const order = shop.order(request.order_id);
  if (order === undefined) return refuse(`The shop has no order ${request.order_id}`, "unknown-order");
  if (order.body["cancelled_at"]) return refuse("The order is cancelled");
  const reading = read(shop, order);
  const lines = readLines(reading, request.lines ?? []);
  if (typeof lines === "string") return refuse(lines);
  const extra = request.amount === undefined ? 0 : parseMinor(request.amount, reading.currency);
  if (extra === undefined || extra < 0) return refuse(`The amount is no amount of ${reading.currency}`);
  const paidBack = amountOf(reading, lines) + extra;
  if (paidBack === 0 && lines.length === 0) return refuse("A refund names an amount or lines");
  const left = leftToRefund(reading);
  if (paidBack > left) return refuse(`Only ${formatMoney(left, reading.currency)} of the order are left to refund`);
  const at = nextTime(shop, order.body);
  const made = refundBody(reading, order, { lines, extra, paidBack, at });
  change(shop, order, refunded(reading, made, lines, extra, at));
  const eventId = crypto.randomUUID();
  const sent = [
    webhooks.emit(shop, "refunds/create", made, eventId),
    webhooks.emit(shop, "orders/updated", order.source, eventId),
  ];
  await Promise.all(sent.map(({ tried }) => tried));
  return { ok: true, order, refund: made, deliveries: sent.flatMap(({ deliveries }) => deliveries) };
}

export interface CancelRequest {
  readonly order_id: string;
  /** Gives all that is left of the money back, as the admin's preset does; true unless told. */
  readonly refund?: boolean | undefined;
}

/** Cancels; resolves when `orders/cancelled` and `orders/updated`, and `refunds/create` if any, were each tried once. */
export async function cancel(shop: LocalShop, webhooks: Webhooks, request: CancelRequest): Promise<RefundResult> {
  const order = shop.order(request.order_id);
  if (order === undefined) return refuse(`The shop has no order ${request.order_id}`, "unknown-order");
  if (order.body["cancelled_at"]) return refuse("The order is cancelled already");
  const reading = read(shop, order);
  const at = nextTime(shop, order.body);
  const left = leftToRefund(reading);
  const made = request.refund !== false && left > 0 ? fullRefund(reading, order, left, at) : null;
  const isUnpaid = ["pending", "authorized"].includes(textOf(order.body["financial_status"]) ?? "");
  const cancelled: JsonObject = {
    ...order.body,
    ...(made === null ? {} : made.changes),
    cancelled_at: at,
    cancel_reason: "customer",
    closed_at: at,
    updated_at: at,
    ...(isUnpaid ? { financial_status: "voided" } : {}),
  };
  change(shop, order, cancelled);
  const eventId = crypto.randomUUID();
  const sent = made === null ? [] : [webhooks.emit(shop, "refunds/create", made.refund, eventId)];
  for (const topic of ["orders/cancelled", "orders/updated"])
    sent.push(webhooks.emit(shop, topic, order.source, eventId));
  await Promise.all(sent.map(({ tried }) => tried));
  return { ok: true, order, refund: made?.refund ?? null, deliveries: sent.flatMap(({ deliveries }) => deliveries) };
}

function fullRefund(reading: Reading, order: LocalOrder, left: number, at: string) {
  const open = objectsOf(reading.body["line_items"]).map((line) => ({
    line_item_id: idText(line["id"]),
    quantity: Number(line["quantity"]) - refundedQuantity(reading.body, line),
  }));
  const lines = readLines(
    reading,
    open.filter(({ quantity }) => quantity > 0),
  );
  const taken = typeof lines === "string" ? [] : lines;
  // Shipping goes back with the rest; amounts that went back before come off, as Shopify books them.
  const extra = left - amountOf(reading, taken);
  const refund = refundBody(reading, order, { lines: taken, extra, paidBack: left, at });
  return { refund, changes: refunded(reading, refund, taken, extra, at) };
}

function read(shop: LocalShop, order: LocalOrder): Reading {
  return { shop, body: order.body, currency: textOf(order.body["currency"]) ?? shop.currency };
}

/** A later time than the order's last change, to the second, as webhooks carry it. */
function nextTime(shop: LocalShop, body: JsonObject): string {
  const now = Math.floor(shop.clock().getTime() / 1000) * 1000;
  return timeInZone(new Date(Math.max(now, updatedAt(body) + 1000)), shop.timezone);
}

function change(shop: LocalShop, order: LocalOrder, body: JsonObject): void {
  shop.takeOrder(JSON.stringify(body), body);
  if (order.body !== body) throw new Error("A changed order must be newer than the one it changes");
}

/** The shop money of `name_set`, else of `name`, in minor units; 0 when there is none. */
function minorOf(reading: Reading, holder: JsonObject, name: string): number {
  const set = holder[`${name}_set`];
  const shopMoney = isObject(set) && isObject(set["shop_money"]) ? set["shop_money"]["amount"] : undefined;
  const plain = holder[name];
  const text = textOf(shopMoney) ?? (typeof plain === "number" ? String(plain) : textOf(plain));
  return parseMinor(text ?? "0", reading.currency) ?? 0;
}

function sumOf(reading: Reading, holders: readonly JsonObject[], name: string): number {
  return holders.reduce((total, holder) => total + minorOf(reading, holder, name), 0);
}

function refundRows(body: JsonObject, line: JsonObject): JsonObject[] {
  const rows = objectsOf(body["refunds"]).flatMap((made) => objectsOf(made["refund_line_items"]));
  return rows.filter((row) => idText(row["line_item_id"]) === idText(line["id"]));
}

function refundedQuantity(body: JsonObject, line: JsonObject): number {
  return refundRows(body, line).reduce((total, row) => total + Number(row["quantity"]), 0);
}

function readLines(reading: Reading, wanted: readonly RefundLine[]): RefundedLine[] | string {
  const lines = objectsOf(reading.body["line_items"]);
  const taken: RefundedLine[] = [];
  for (const { line_item_id, index, quantity } of wanted) {
    const line = line_item_id === undefined ? lines[index ?? -1] : lines.find(({ id }) => idText(id) === line_item_id);
    if (line === undefined) return `The order has no line ${line_item_id ?? index ?? ""}`;
    if (taken.some((other) => other.line === line)) return "A refund names each line once";
    const before = refundedQuantity(reading.body, line);
    if (!Number.isSafeInteger(quantity) || quantity < 1 || before + quantity > Number(line["quantity"]))
      return `Of the line ${idText(line["id"])} only ${Number(line["quantity"]) - before} are left to refund`;
    taken.push(refundedLine(reading, line, before, quantity));
  }
  return taken;
}

/** The line's share after discounts: cumulative and rounded down, so that parts add up to the whole. */
function refundedLine(reading: Reading, line: JsonObject, before: number, quantity: number): RefundedLine {
  const bought = Number(line["quantity"]);
  const discount = sumOf(reading, objectsOf(line["discount_allocations"]), "amount");
  const subtotal = minorOf(reading, line, "price") * bought - discount;
  const tax = sumOf(reading, objectsOf(line["tax_lines"]), "price");
  const share = (whole: number) =>
    Math.floor((whole * (before + quantity)) / bought) - Math.floor((whole * before) / bought);
  return { line, quantity, subtotal: share(subtotal), tax: share(tax) };
}

function amountOf(reading: Reading, lines: readonly RefundedLine[]): number {
  const isIncluded = reading.body["taxes_included"] === true;
  return lines.reduce((total, { subtotal, tax }) => total + subtotal + (isIncluded ? 0 : tax), 0);
}

function leftToRefund(reading: Reading): number {
  const transactions = objectsOf(reading.body["refunds"]).flatMap((made) => objectsOf(made["transactions"]));
  const given = sumOf(reading, transactions, "amount");
  const paid = minorOf(reading, reading.body, "total_price") - minorOf(reading, reading.body, "total_outstanding");
  return Math.max(0, paid - given);
}

interface RefundParts {
  readonly lines: readonly RefundedLine[];
  readonly extra: number;
  readonly paidBack: number;
  readonly at: string;
}

function refundBody(reading: Reading, order: LocalOrder, parts: RefundParts): JsonObject {
  const { shop, currency } = reading;
  const id = shop.newId();
  const orderId = idNumber(order.gid.split("/").at(-1) ?? "0");
  return {
    id: idNumber(id),
    admin_graphql_api_id: `gid://shopify/Refund/${id}`,
    order_id: orderId,
    created_at: parts.at,
    processed_at: parts.at,
    note: null,
    user_id: null,
    duties: [],
    total_duties_set: moneySet(0, currency),
    return: null,
    restock: false,
    additional_fees: [],
    total_additional_fees_set: moneySet(0, currency),
    refund_shipping_lines: [],
    order_adjustments: parts.extra === 0 ? [] : [adjustment(reading, orderId, id, -parts.extra)],
    refund_line_items: parts.lines.map((line) => refundLineBody(reading, line)),
    transactions: parts.paidBack === 0 ? [] : [transaction(reading, orderId, parts)],
  };
}

/** An amount beyond lines: negative, and since API version 2024-10 without a `kind`. */
function adjustment(reading: Reading, orderId: Json, refundId: string, minor: number): JsonObject {
  const { shop, currency } = reading;
  return {
    id: idNumber(shop.newId()),
    order_id: orderId,
    refund_id: idNumber(refundId),
    reason: "Refund discrepancy",
    ...amount("amount", minor, currency),
    ...amount("tax_amount", 0, currency),
  };
}

function refundLineBody(reading: Reading, { line, quantity, subtotal, tax }: RefundedLine): JsonObject {
  const { shop, currency } = reading;
  return {
    id: idNumber(shop.newId()),
    line_item_id: line["id"] ?? null,
    location_id: null,
    quantity,
    restock_type: "no_restock",
    // Shopify writes these two as JSON numbers, and only their sets as text.
    subtotal: Number(formatMoney(subtotal, currency)),
    subtotal_set: moneySet(subtotal, currency),
    total_tax: Number(formatMoney(tax, currency)),
    total_tax_set: moneySet(tax, currency),
    line_item: line,
  };
}

function transaction(reading: Reading, orderId: Json, parts: RefundParts): JsonObject {
  const id = reading.shop.newId();
  return {
    id: idNumber(id),
    admin_graphql_api_id: `gid://shopify/OrderTransaction/${id}`,
    order_id: orderId,
    kind: "refund",
    gateway: "bogus",
    status: "success",
    created_at: parts.at,
    processed_at: parts.at,
    test: false,
    amount: formatMoney(parts.paidBack, reading.currency),
    currency: reading.currency,
  };
}

/** The order with the refund inside: lower `current_*` members and quantities, and its new payment status. */
function refunded(
  reading: Reading,
  made: JsonObject,
  lines: readonly RefundedLine[],
  extra: number,
  at: string,
): JsonObject {
  const { body, currency } = reading;
  const subtotal = lines.reduce((total, line) => total + line.subtotal, 0);
  const tax = lines.reduce((total, line) => total + line.tax, 0);
  const paidBack = amountOf(reading, lines) + extra;
  const current = (name: string) =>
    minorOf(reading, body, body[`current_${name}`] === undefined ? name : `current_${name}`);
  const totals = {
    subtotal: current("subtotal_price") - subtotal,
    discounts: current("total_discounts") - lines.reduce((total, line) => total + discountOf(reading, line), 0),
    total: current("total_price") - paidBack,
    tax: current("total_tax") - tax,
    shipping: minorOf(reading, body, "current_shipping_price"),
  };
  return {
    ...body,
    ...currentTotals(totals, currency),
    financial_status: leftToRefund(reading) > paidBack ? "partially_refunded" : "refunded",
    line_items: objectsOf(body["line_items"]).map((line) => lowered(body, line, lines)),
    refunds: [...objectsOf(body["refunds"]), made],
    updated_at: at,
  };
}

function discountOf(reading: Reading, { line, quantity }: RefundedLine): number {
  const whole = sumOf(reading, objectsOf(line["discount_allocations"]), "amount");
  const before = refundedQuantity(reading.body, line);
  const bought = Number(line["quantity"]);
  return Math.floor((whole * (before + quantity)) / bought) - Math.floor((whole * before) / bought);
}

function lowered(body: JsonObject, line: JsonObject, lines: readonly RefundedLine[]): JsonObject {
  const now = lines.find((refundedLine) => refundedLine.line === line)?.quantity ?? 0;
  const left = Number(line["quantity"]) - refundedQuantity(body, line) - now;
  return now === 0 ? line : { ...line, current_quantity: left, fulfillable_quantity: left };
}
