/** Which orders changed, and when: one cheap call for 250 of them, without what is in them. */
import { FINANCIAL_STATUSES, type FinancialStatus } from "../domain/order.ts";
import type { AdminApi } from "./admin-api.ts";
import { numberOf } from "./order-reader.ts";

/** What is not an object costs nothing at Shopify: status and cancellation tell apart two changes within one second. */
export const LIST_CHANGED_ORDERS = `#graphql
  query LojalListChangedOrders($query: String!, $after: String) {
    orders(first: 250, after: $after, sortKey: UPDATED_AT, query: $query) {
      nodes { id updatedAt displayFinancialStatus cancelledAt }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

/** One order as the list shows it. */
export interface ListedOrder {
  readonly orderId: string;
  /** To the second, as Shopify tells it. */
  readonly updatedAtMs: number;
  /** Null when Shopify names none that we know. */
  readonly status: FinancialStatus | null;
  readonly cancelled: boolean;
}

export interface ListedPage {
  readonly orders: readonly ListedOrder[];
  /** Where the next page begins; null on the last one. */
  readonly endCursor: string | null;
}

export interface ChangedBetween {
  readonly fromMs: number;
  /** Null: until now, whatever Shopify's clock says that is. */
  readonly beforeMs: number | null;
  readonly after: string | null;
}

/**
 * One page of the orders that changed in a time, those that changed first at the front: whatever changes meanwhile moves to the end, so no
 * page leaves it out. No `status` is asked for: without it Shopify shows open, closed and cancelled orders alike. Throws AdminApiFailure.
 */
export async function listChangedOrders(
  api: AdminApi,
  { fromMs, beforeMs, after }: ChangedBetween,
): Promise<ListedPage> {
  // Shopify's search takes dates in quotes only.
  const terms = [`updated_at:>='${secondOf(fromMs)}'`, beforeMs === null ? [] : `updated_at:<'${secondOf(beforeMs)}'`];
  const { orders } = await api.request(LIST_CHANGED_ORDERS, { query: terms.flat().join(" AND "), after });
  return {
    orders: orders.nodes.map(({ id, updatedAt, displayFinancialStatus, cancelledAt }) => ({
      orderId: numberOf(id),
      updatedAtMs: Date.parse(updatedAt),
      status: FINANCIAL_STATUSES.find((known) => known === displayFinancialStatus?.toLowerCase()) ?? null,
      cancelled: cancelledAt !== null,
    })),
    endCursor: orders.pageInfo.hasNextPage ? orders.pageInfo.endCursor : null,
  };
}

/** Shopify's times have no fractions of a second. */
function secondOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
