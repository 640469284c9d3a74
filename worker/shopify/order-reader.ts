/**
 * An order as the Admin API tells it, for when a webhook only says that it changed. It is rewritten in the shape of a webhook's body and read
 * by the same reader, so that both ways to an order's state agree.
 */
import { parseMoney } from "../domain/money.ts";
import type { AdminApi } from "./admin-api.ts";
import { AdminApiFailure } from "./admin-failure.ts";
import type { LojalReadOrder } from "./operations.ts";
import { type OrderVerdict, orderVerdict } from "./snapshot.ts";

const LINES = `
  nodes {
    id product @include(if: $withProducts) { id }
    title vendor requiresShipping quantity currentQuantity isGiftCard
    originalUnitPriceSet { shopMoney { amount currencyCode } }
    discountAllocations {
      allocatedAmountSet { shopMoney { amount currencyCode } }
      discountApplication { index ... on DiscountCodeApplication { code } }
    }
    taxLines { priceSet { shopMoney { amount currencyCode } } }
  }
  pageInfo { hasNextPage endCursor }
`;

const REFUND_LINES = `
  nodes {
    quantity
    lineItem { id }
    subtotalSet { shopMoney { amount currencyCode } }
    totalTaxSet { shopMoney { amount currencyCode } }
  }
  pageInfo { hasNextPage endCursor }
`;

const ADJUSTMENTS = `
  nodes {
    amountSet { shopMoney { amount currencyCode } }
    taxAmountSet { shopMoney { amount currencyCode } }
  }
  pageInfo { hasNextPage endCursor }
`;

export const READ_ORDER = `#graphql
  query LojalReadOrder($id: ID!, $withProducts: Boolean!) {
    order(id: $id) {
      id name createdAt processedAt updatedAt cancelledAt sourceName currencyCode displayFinancialStatus taxesIncluded test discountCodes
      customer { id }
      totalPriceSet { shopMoney { amount currencyCode } }
      currentTotalPriceSet { shopMoney { amount currencyCode } }
      totalOutstandingSet { shopMoney { amount currencyCode } }
      totalTipReceivedSet { shopMoney { amount currencyCode } }
      lineItems(first: 50) { ${LINES} }
      refunds {
        id
        refundLineItems(first: 50) { ${REFUND_LINES} }
        orderAdjustments(first: 20) { ${ADJUSTMENTS} }
      }
    }
  }
` as const;

export const READ_MORE_LINES = `#graphql
  query LojalReadMoreLines($id: ID!, $after: String!, $withProducts: Boolean!) {
    order(id: $id) { updatedAt lineItems(first: 50, after: $after) { ${LINES} } }
  }
` as const;

export const READ_MORE_REFUND_LINES = `#graphql
  query LojalReadMoreRefundLines($id: ID!, $after: String!) {
    refund(id: $id) { order { updatedAt } refundLineItems(first: 50, after: $after) { ${REFUND_LINES} } }
  }
` as const;

export const READ_MORE_ADJUSTMENTS = `#graphql
  query LojalReadMoreAdjustments($id: ID!, $after: String!) {
    refund(id: $id) { order { updatedAt } orderAdjustments(first: 50, after: $after) { ${ADJUSTMENTS} } }
  }
` as const;

type Order = NonNullable<LojalReadOrder["order"]>;
type Line = Order["lineItems"]["nodes"][number];
type MoneyBag = Line["originalUnitPriceSet"];
type Refund = Order["refunds"][number];
type RefundLine = Refund["refundLineItems"]["nodes"][number];
type Adjustment = Refund["orderAdjustments"]["nodes"][number];

interface Page<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: Order["lineItems"]["pageInfo"];
}

interface WholeRefund {
  readonly id: string;
  readonly lines: readonly RefundLine[];
  readonly adjustments: readonly Adjustment[];
}

/** An order that is changed at this moment is begun again so many times; then the queue brings it later. */
const TRIES = 3;

/**
 * The order's state now, or why it cannot be read; null when Shopify shows no such order: it is deleted, or older than the app may see.
 * `withProducts` asks which product each line is, which the shop must have allowed. Throws AdminApiFailure, and an Error when the order kept changing between its pages.
 */
export async function readOrderState(
  api: AdminApi,
  orderId: string,
  { readAtMs, withProducts }: { readonly readAtMs: number; readonly withProducts: boolean },
): Promise<OrderVerdict | null> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const found = await readAllowed(api, `gid://shopify/Order/${orderId}`, withProducts);
    if (found === "absent") return null;
    if (found !== "changed") return orderVerdict(found, readAtMs);
  }
  throw new Error("The order changed whenever it was read.");
}

/** A shop that has taken the permission back meanwhile is read without products. */
async function readAllowed(api: AdminApi, id: string, withProducts: boolean): Promise<object | "absent" | "changed"> {
  try {
    return await readWhole(api, id, withProducts);
  } catch (fault) {
    const isDenied = fault instanceof AdminApiFailure && fault.kind === "access-denied";
    if (!withProducts || !isDenied) throw fault;
    return await readWhole(api, id, false);
  }
}

/** The whole order over all its pages, in a webhook's shape; pages of two different states are not mixed. */
async function readWhole(api: AdminApi, id: string, withProducts: boolean): Promise<object | "absent" | "changed"> {
  const { order } = await api.request(READ_ORDER, { id, withProducts });
  if (order === null) return "absent";
  const { updatedAt } = order;
  const lines = await allPages(order.lineItems, async (after) => {
    const more = (await api.request(READ_MORE_LINES, { id, after, withProducts })).order;
    return more?.updatedAt === updatedAt ? more.lineItems : null;
  });
  if (lines === null) return "changed";
  const refunds: WholeRefund[] = [];
  for (const refund of order.refunds) {
    const refundLines = await allPages(refund.refundLineItems, async (after) => {
      const more = (await api.request(READ_MORE_REFUND_LINES, { id: refund.id, after })).refund;
      return more?.order.updatedAt === updatedAt ? more.refundLineItems : null;
    });
    const adjustments = await allPages(refund.orderAdjustments, async (after) => {
      const more = (await api.request(READ_MORE_ADJUSTMENTS, { id: refund.id, after })).refund;
      return more?.order.updatedAt === updatedAt ? more.orderAdjustments : null;
    });
    if (refundLines === null || adjustments === null) return "changed";
    refunds.push({ id: refund.id, lines: refundLines, adjustments });
  }
  return webhookShape(order, lines, refunds);
}

/** Null when a further page belongs to another state of the order. */
async function allPages<Node>(
  first: Page<Node>,
  more: (after: string) => Promise<Page<Node> | null>,
): Promise<readonly Node[] | null> {
  const nodes = [...first.nodes];
  let { pageInfo } = first;
  while (pageInfo.hasNextPage && pageInfo.endCursor !== null) {
    const page = await more(pageInfo.endCursor);
    if (page === null) return null;
    nodes.push(...page.nodes);
    pageInfo = page.pageInfo;
  }
  return nodes;
}

function webhookShape(order: Order, lines: readonly Line[], refunds: readonly WholeRefund[]): object {
  const tip = tipAmong(lines, order.totalTipReceivedSet);
  return {
    id: numberOf(order.id),
    admin_graphql_api_id: order.id,
    name: order.name,
    created_at: order.createdAt,
    processed_at: order.processedAt,
    updated_at: order.updatedAt,
    cancelled_at: order.cancelledAt,
    currency: order.currencyCode,
    source_name: order.sourceName,
    financial_status: order.displayFinancialStatus?.toLowerCase() ?? null,
    taxes_included: order.taxesIncluded,
    test: order.test,
    total_price: order.totalPriceSet.shopMoney.amount,
    current_total_price_set: moneySet(order.currentTotalPriceSet),
    total_outstanding: order.totalOutstandingSet.shopMoney.amount,
    customer: order.customer && { id: numberOf(order.customer.id), admin_graphql_api_id: order.customer.id },
    discount_codes: order.discountCodes.map((code) => ({ code })),
    discount_applications: applicationsOf(lines),
    line_items: lines.map((line) => lineShape(line, line === tip)),
    refunds: refunds.map(refundShape),
  };
}

function lineShape(line: Line, isTip: boolean): object {
  return {
    id: numberOf(line.id),
    price_set: moneySet(line.originalUnitPriceSet),
    quantity: String(line.quantity),
    current_quantity: String(line.currentQuantity),
    gift_card: line.isGiftCard,
    // Where the shop has not allowed it (`read_products`) it is not asked: the order's webhooks tell, and what they told stays known.
    ...(line.product ? { product_id: numberOf(line.product.id) } : {}),
    vendor: line.vendor,
    discount_allocations: line.discountAllocations.map(({ allocatedAmountSet, discountApplication }) => ({
      amount_set: moneySet(allocatedAmountSet),
      discount_application_index: String(discountApplication.index),
    })),
    tax_lines: line.taxLines.map(({ priceSet }) => ({ price_set: moneySet(priceSet) })),
    ...(isTip ? { tip: {} } : {}),
  };
}

function refundShape({ id, lines, adjustments }: WholeRefund): object {
  return {
    id: numberOf(id),
    admin_graphql_api_id: id,
    refund_line_items: lines.map((line) => ({
      line_item_id: numberOf(line.lineItem.id),
      quantity: String(line.quantity),
      subtotal_set: moneySet(line.subtotalSet),
      total_tax_set: moneySet(line.totalTaxSet),
    })),
    // Since 2024-10 refunded shipping is no adjustment.
    order_adjustments: adjustments.map((one) => ({
      amount_set: moneySet(one.amountSet),
      tax_amount_set: moneySet(one.taxAmountSet),
    })),
  };
}

/** By index, as webhooks list them; lines name all that matter to them. */
function applicationsOf(lines: readonly Line[]): object[] {
  const used = lines.flatMap((line) => line.discountAllocations.map((allocation) => allocation.discountApplication));
  const count = used.reduce((most, { index }) => Math.max(most, index + 1), 0);
  return Array.from({ length: count }, (_, index) => {
    const code = used.find((application) => application.index === index)?.code;
    return code === undefined ? {} : { type: "discount_code", code };
  });
}

/**
 * The Admin API does not mark a tip's line, it only tells how much was tipped: a line that is nobody's product, is not shipped and costs as
 * much. Should several do, it is the one that is called a tip, or else the last: tips come after the goods.
 */
function tipAmong(lines: readonly Line[], received: MoneyBag): Line | undefined {
  const tipped = minorOf(received);
  if (tipped <= 0) return undefined;
  const candidates = lines.filter((line) => !line.vendor && !line.requiresShipping && !line.isGiftCard);
  const alike = candidates.filter((line) => minorOf(line.originalUnitPriceSet) * line.quantity === tipped);
  const isNamed = (line: Line) => /^tips?$/i.test(line.title.trim());
  return alike.find(isNamed) ?? alike.at(-1) ?? candidates.find(isNamed);
}

function minorOf({ shopMoney }: MoneyBag): number {
  return parseMoney(shopMoney.amount, shopMoney.currencyCode) ?? 0;
}

function moneySet({ shopMoney }: MoneyBag): object {
  return { shop_money: { amount: shopMoney.amount, currency_code: shopMoney.currencyCode } };
}

/** The number in a global id: `gid://shopify/Order/1` is 1. */
export function numberOf(gid: string): string {
  return gid.slice(gid.lastIndexOf("/") + 1);
}
