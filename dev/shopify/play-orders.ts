/** Orders in the Admin API: the REST-shaped bodies that webhooks carry, read as GraphQL. */

import { badRequest, notPlayed } from "./admin-errors.ts";
import { type Args, compare, connection, listConnection, type Placed } from "./connection.ts";
import { customerIdOf, idText, isObject, type Json, type JsonObject, objectsOf, textOf } from "./exact-json.ts";
import { graphqlDecimal } from "./money.ts";
import { isGranted } from "./play-access.ts";
import { customerView, numberIn } from "./play-customers.ts";
import { metafieldFields } from "./play-metafields.ts";
import type { LocalOrder, LocalShop } from "./shop-state.ts";

const sixtyDaysMs = 60 * 24 * 3600 * 1000;

/** The fields of `QueryRoot` that concern orders and their refunds. */
export function orderQueries(shop: LocalShop) {
  const find = (gid: unknown) => {
    const order = shop.order(`gid://shopify/Order/${numberIn(gid, "Order") ?? ""}`);
    return order === undefined || !isVisible(shop, order) ? null : orderView(shop, order);
  };
  return {
    order: (args: Args) => find(args["id"]),
    refund: (args: Args) => findRefund(shop, String(args["id"])),
    orderByIdentifier: (args: Args) => {
      const { id } = args["identifier"] as { id?: string };
      if (id === undefined) throw notPlayed("orderByIdentifier by anything but the id");
      return find(id);
    },
    orders: (args: Args) => {
      const sortKey = String(args["sortKey"] ?? "PROCESSED_AT");
      const matches = orderFilter(args["query"]);
      const orders = [...shop.orders.values()].filter((order) => isVisible(shop, order) && matches(order));
      const placed: Placed[] = orders.map((order) => ({
        place: placeOf(order, sortKey),
        // Only those of the page are drawn.
        get node() {
          return orderView(shop, order);
        },
      }));
      placed.sort((a, b) => compare(a.place, b.place));
      return connection(placed, args);
    },
  };
}

function findRefund(shop: LocalShop, gid: string) {
  const wanted = `gid://shopify/Refund/${numberIn(gid, "Refund") ?? ""}`;
  for (const order of shop.orders.values()) {
    const refund = objectsOf(order.body["refunds"]).find((candidate) => gidOf(candidate, "Refund") === wanted);
    if (refund === undefined || !isVisible(shop, order)) continue;
    const currency = textOf(order.body["currency"]) ?? shop.currency;
    return { ...refundView(order.body, refund, currency), order: () => orderView(shop, order) };
  }
  return null;
}

/**
 * Orders older than 60 days are hidden from an app without `read_all_orders`. An old body that was brought in became an order of this shop when
 * it was taken.
 */
function isVisible(shop: LocalShop, order: LocalOrder): boolean {
  if (isGranted(shop.scopes, "read_all_orders")) return true;
  return happened(order, "created_at") >= shop.clock().getTime() - sixtyDaysMs;
}

/**
 * When this came about in this shop. At Shopify no order changes without `updated_at`, whatever time it was given elsewhere: a list of what
 * changed has it from the moment it was taken.
 */
function happened({ body, takenAt }: LocalOrder, field: string): number {
  const told = timeOf(body[field]);
  return field === "processed_at" ? told : Math.max(told, Math.floor(takenAt.getTime() / 1000) * 1000);
}

const sortFields: Record<string, string> = {
  CREATED_AT: "created_at",
  PROCESSED_AT: "processed_at",
  UPDATED_AT: "updated_at",
};

function placeOf(order: LocalOrder, sortKey: string): (string | number)[] {
  const id = (order.gid.split("/").at(-1) ?? "").padStart(20, "0");
  if (sortKey === "ID") return [id];
  const field = sortFields[sortKey];
  if (field === undefined) throw notPlayed(`orders sorted by ${sortKey}`);
  return [happened(order, field), id];
}

type Test = (order: LocalOrder) => boolean;

/** The filter for a search text such as `updated_at:>='2026-11-01T00:00:00Z' AND status:any`. */
export function orderFilter(query: unknown): Test {
  if (typeof query !== "string" || query.trim() === "") return () => true;
  const terms = query.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const tests = terms.filter((term) => term !== "AND").map(orderTest);
  return (order) => tests.every((test) => test(order));
}

function orderTest(term: string): Test {
  const match = /^(\w+):(>=|<=|>|<)?(.+)$/s.exec(term);
  if (match === null) throw notPlayed(`orders with the search text ${term}`);
  const [, name = "", operator = "", raw = ""] = match;
  const value = raw.replace(/^["']|["']$/g, "");
  if (name === "updated_at" || name === "created_at" || name === "processed_at") return timeTest(name, operator, raw);
  if (name === "customer_id") return ({ body }) => customerIdOf(body) === value;
  if (name === "financial_status") return ({ body }) => body["financial_status"] === value.toLowerCase();
  if (name === "name") return ({ body }) => body["name"] === value;
  if (name === "test") return ({ body }) => String(body["test"] ?? false) === value;
  if (name === "id") return ({ body }) => idText(body["id"]) === value;
  throw notPlayed(`orders with the filter ${name}`);
}

function timeTest(field: string, operator: string, quoted: string): Test {
  // Shopify's search syntax: "Date values must be a string surrounded by quotes".
  const wanted = Date.parse(/^(["'])(.*)\1$/.exec(quoted)?.[2] ?? "");
  if (Number.isNaN(wanted)) throw badRequest(`Invalid timestamp for query filter \`${field}\`.`);
  return (order) => {
    const time = happened(order, field);
    if (operator === ">=") return time >= wanted;
    if (operator === "<=") return time <= wanted;
    if (operator === ">") return time > wanted;
    return operator === "<" ? time < wanted : time === wanted;
  };
}

function timeOf(value: Json | undefined): number {
  return Date.parse(textOf(value) ?? "") || 0;
}

function time(value: Json | undefined): string | null {
  const text = textOf(value);
  return text === undefined ? null : new Date(text).toISOString().replace(".000Z", "Z");
}

/** One amount of a body that may have it as a set, or only as a decimal text. */
function bag(body: JsonObject, name: string, currency: string) {
  const set = isObject(body[`${name}_set`]) ? (body[`${name}_set`] as JsonObject) : undefined;
  const plain = textOf(body[name]) ?? (typeof body[name] === "number" ? String(body[name]) : undefined);
  const money = (side: string) => {
    const given = set !== undefined && isObject(set[side]) ? set[side] : undefined;
    const amount = textOf(given?.["amount"]) ?? plain ?? "0";
    const currencyCode = textOf(given?.["currency_code"]) ?? currency;
    return { __typename: "MoneyV2", amount: graphqlDecimal(amount), currencyCode };
  };
  return { shopMoney: money("shop_money"), presentmentMoney: money("presentment_money") };
}

function gidOf(body: JsonObject, type: string): string {
  return textOf(body["admin_graphql_api_id"]) ?? `gid://shopify/${type}/${idText(body["id"]) ?? "0"}`;
}

/** An order as `Order`. */
export function orderView(shop: LocalShop, order: LocalOrder) {
  const { body } = order;
  const currency = textOf(body["currency"]) ?? shop.currency;
  const lines = () => objectsOf(body["line_items"]).map((line) => lineView(body, line, currency));
  const customer = customerIdOf(body);
  return {
    __typename: "Order",
    id: order.gid,
    legacyResourceId: order.gid.split("/").at(-1),
    name: body["name"] ?? "",
    number: body["number"] ?? null,
    createdAt: time(body["created_at"]),
    // As the reader of webhooks takes it from bodies that do not say.
    updatedAt: time(body["updated_at"]) ?? time(body["processed_at"]) ?? time(body["created_at"]),
    processedAt: time(body["processed_at"]) ?? time(body["created_at"]),
    cancelledAt: time(body["cancelled_at"]),
    closedAt: time(body["closed_at"]),
    cancelReason: textOf(body["cancel_reason"])?.toUpperCase() ?? null,
    test: body["test"] === true,
    currencyCode: currency,
    presentmentCurrencyCode: textOf(body["presentment_currency"]) ?? currency,
    displayFinancialStatus: textOf(body["financial_status"])?.toUpperCase() ?? null,
    taxesIncluded: body["taxes_included"] === true,
    tags: (textOf(body["tags"]) ?? "").split(", ").filter((tag) => tag !== ""),
    sourceName: textOf(body["source_name"]) ?? null,
    customer: () => (customer === undefined ? null : customerView(shop, shop.adoptCustomer(customer))),
    discountCode: textOf(objectsOf(body["discount_codes"])[0]?.["code"]) ?? null,
    discountCodes: objectsOf(body["discount_codes"]).map((code) => textOf(code["code"]) ?? ""),
    discountApplications: (args: Args) => listConnection(applications(body, currency), args),
    lineItems: (args: Args) => listConnection(lines(), args),
    taxLines: objectsOf(body["tax_lines"]).map((tax) => taxView(tax, currency)),
    shippingLines: (args: Args) =>
      listConnection(
        objectsOf(body["shipping_lines"]).map((line) => shippingView(line, currency)),
        args,
      ),
    refunds: (args: Args) => {
      const refunds = objectsOf(body["refunds"]).map((refund) => refundView(body, refund, currency));
      return typeof args["first"] === "number" ? refunds.slice(0, args["first"]) : refunds;
    },
    ...orderTotals(body, currency),
    ...metafieldFields(shop, order.gid),
  };
}

function orderTotals(body: JsonObject, currency: string) {
  const sets = {
    totalPriceSet: "total_price",
    subtotalPriceSet: "subtotal_price",
    totalDiscountsSet: "total_discounts",
    totalTaxSet: "total_tax",
    totalShippingPriceSet: "total_shipping_price",
    totalOutstandingSet: "total_outstanding",
    totalTipReceivedSet: "total_tip_received",
    currentTotalPriceSet: "current_total_price",
    currentSubtotalPriceSet: "current_subtotal_price",
    currentTotalDiscountsSet: "current_total_discounts",
    currentTotalTaxSet: "current_total_tax",
    originalTotalPriceSet: "total_price",
  };
  // Bodies from before `current_*` tell the same total under its old name.
  const isTold = (name: string) => body[name] !== undefined || body[`${name}_set`] !== undefined;
  const nameIn = (name: string): string => {
    if (isTold(name)) return name;
    // Nobody who was not told what is outstanding would say that all is paid.
    return name === "total_outstanding" ? nameIn("current_total_price") : name.replace("current_", "");
  };
  const totals = Object.entries(sets).map(([field, name]) => [field, () => bag(body, nameIn(name), currency)] as const);
  return Object.fromEntries(totals);
}

function applications(body: JsonObject, currency: string) {
  return objectsOf(body["discount_applications"]).map((application, index) => {
    const types: Record<string, string> = {
      discount_code: "DiscountCodeApplication",
      automatic: "AutomaticDiscountApplication",
      manual: "ManualDiscountApplication",
      script: "ScriptDiscountApplication",
    };
    const amount = textOf(application["value"]) ?? "0";
    const isPercentage = application["value_type"] === "percentage";
    return {
      __typename: types[textOf(application["type"]) ?? ""] ?? "ManualDiscountApplication",
      index,
      code: textOf(application["code"]) ?? null,
      title: textOf(application["title"]) ?? null,
      allocationMethod: textOf(application["allocation_method"])?.toUpperCase(),
      targetSelection: textOf(application["target_selection"])?.toUpperCase(),
      targetType: textOf(application["target_type"])?.toUpperCase(),
      value: isPercentage
        ? { __typename: "PricingPercentageValue", percentage: Number(amount) }
        : { __typename: "MoneyV2", amount: graphqlDecimal(amount), currencyCode: currency },
    };
  });
}

function taxView(tax: JsonObject, currency: string) {
  return { title: tax["title"], rate: tax["rate"] ?? null, priceSet: bag(tax, "price", currency) };
}

function allocations(order: JsonObject, line: JsonObject, currency: string) {
  // Bodies from before allocations tell a line's discount as one sum.
  if (line["discount_allocations"] === undefined && Number(textOf(line["total_discount"]) ?? "0") > 0) {
    const application = { __typename: "ManualDiscountApplication", index: 0, allocationMethod: "ACROSS" };
    return [{ allocatedAmountSet: bag(line, "total_discount", currency), discountApplication: application }];
  }
  return objectsOf(line["discount_allocations"]).map((allocation) => ({
    allocatedAmountSet: bag(allocation, "amount", currency),
    discountApplication: applications(order, currency)[Number(allocation["discount_application_index"])] ?? null,
  }));
}

function shippingView(line: JsonObject, currency: string) {
  return {
    __typename: "ShippingLine",
    id: `gid://shopify/ShippingLine/${idText(line["id"]) ?? "0"}`,
    title: line["title"],
    originalPriceSet: bag(line, "price", currency),
    discountedPriceSet: bag(line, "discounted_price", currency),
  };
}

function lineView(order: JsonObject, line: JsonObject, currency: string) {
  const product = idText(line["product_id"]);
  const variant = idText(line["variant_id"]);
  const current = line["current_quantity"];
  return {
    __typename: "LineItem",
    id: gidOf(line, "LineItem"),
    title: line["title"] ?? "",
    name: line["name"] ?? "",
    sku: line["sku"] ?? null,
    vendor: line["vendor"] ?? null,
    variantTitle: line["variant_title"] ?? null,
    quantity: line["quantity"],
    currentQuantity: typeof current === "number" ? current : Number(line["quantity"]) - refundedOf(order, line),
    isGiftCard: line["gift_card"] === true,
    taxable: line["taxable"] === true,
    requiresShipping: line["requires_shipping"] === true,
    originalUnitPriceSet: bag(line, "price", currency),
    totalDiscountSet: bag(line, "total_discount", currency),
    discountAllocations: () => allocations(order, line, currency),
    taxLines: objectsOf(line["tax_lines"]).map((tax) => taxView(tax, currency)),
    product: product === undefined ? null : { __typename: "Product", id: `gid://shopify/Product/${product}` },
    variant:
      variant === undefined ? null : { __typename: "ProductVariant", id: `gid://shopify/ProductVariant/${variant}` },
  };
}

function refundedOf(order: JsonObject, line: JsonObject): number {
  const rows = objectsOf(order["refunds"]).flatMap((refund) => objectsOf(refund["refund_line_items"]));
  const mine = rows.filter((row) => idText(row["line_item_id"]) === idText(line["id"]));
  return mine.reduce((sum, row) => sum + Number(row["quantity"]), 0);
}

function refundView(order: JsonObject, refund: JsonObject, currency: string) {
  const lineOf = (row: JsonObject) =>
    objectsOf(order["line_items"]).find((line) => idText(line["id"]) === idText(row["line_item_id"])) ??
    (isObject(row["line_item"]) ? row["line_item"] : {});
  const rows = () =>
    objectsOf(refund["refund_line_items"]).map((row) => ({
      id: `gid://shopify/RefundLineItem/${idText(row["id"]) ?? "0"}`,
      quantity: row["quantity"],
      subtotalSet: bag(row, "subtotal", currency),
      totalTaxSet: bag(row, "total_tax", currency),
      lineItem: () => lineView(order, lineOf(row), currency),
    }));
  // Since 2024-10 refunded shipping is no adjustment; bodies of older versions still list it as one.
  const isShipping = (adjustment: JsonObject) =>
    adjustment["kind"] === "shipping_refund" || /shipping/i.test(textOf(adjustment["reason"]) ?? "");
  const others = () => objectsOf(refund["order_adjustments"]).filter((adjustment) => !isShipping(adjustment));
  const adjustments = () =>
    others().map((adjustment) => ({
      __typename: "OrderAdjustment",
      id: `gid://shopify/OrderAdjustment/${idText(adjustment["id"]) ?? "0"}`,
      amountSet: bag(adjustment, "amount", currency),
      taxAmountSet: bag(adjustment, "tax_amount", currency),
      reason: adjustment["reason"] === "Refund discrepancy" ? "REFUND_DISCREPANCY" : null,
    }));
  const shipping = () =>
    objectsOf(refund["refund_shipping_lines"]).map((row) => ({
      __typename: "RefundShippingLine",
      id: `gid://shopify/RefundShippingLine/${idText(row["id"]) ?? "0"}`,
      subtotalAmountSet: bag(row, "subtotal_amount", currency),
    }));
  return {
    __typename: "Refund",
    id: gidOf(refund, "Refund"),
    legacyResourceId: idText(refund["id"]),
    note: refund["note"] ?? null,
    createdAt: time(refund["created_at"]),
    processedAt: time(refund["processed_at"]) ?? time(refund["created_at"]),
    refundLineItems: (args: Args) => listConnection(rows(), args),
    orderAdjustments: (args: Args) => listConnection(adjustments(), args),
    refundShippingLines: (args: Args) => listConnection(shipping(), args),
  };
}
