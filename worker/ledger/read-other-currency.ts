/** Orders that earned nothing because they are in another currency than the shop's: those whose newest known state says so, and no others. */
import { sql } from "drizzle-orm";
import { type Database, runFor } from "../db/client.ts";

export interface OrderInOtherCurrency {
  readonly orderId: string;
  /** As the shop calls it (#1001); null where Shopify did not say. */
  readonly name: string | null;
  readonly createdAtMs: number;
  readonly currency: string;
  /** In minor units of its own currency. */
  readonly totalMinor: number;
  /** Whose it is today: null for a guest's order, and for somebody who was forgotten. */
  readonly customerId: string | null;
  readonly isForgotten: boolean;
}

export interface OtherCurrencyPage {
  /** Newest first: Shopify's numbers of orders grow. */
  readonly orders: readonly OrderInOtherCurrency[];
  /** Pass as `before` to go on; null at the end. */
  readonly next: string | null;
}

const PAGE_SIZE = 50;

/** A page of them. `before` is the number of an earlier page's last order, which need not be in the list any more. */
export async function readOtherCurrency(
  db: Database,
  { shopId, before }: { readonly shopId: number; readonly before: string | null },
): Promise<OtherCurrencyPage> {
  // Row-level security lets no index over `length` be searched, only walked in its order: what is newer than the page is passed over, a thousand orders in
  // a millisecond or three.
  const beyond =
    before === null ? sql`` : sql`and (length(o.order_id), o.order_id) < (length(${before}::text), ${before}::text)`;
  const rows = await runFor<OtherCurrencyRow>(
    db,
    { shops: [shopId] },
    sql`
      with listed as materialized (
        select o.shop_id, o.order_id, o.member_id, o.state from order_states o
        where o.shop_id = ${shopId} and o.reason = 'other-currency' ${beyond}
        order by length(o.order_id) desc, o.order_id desc limit ${PAGE_SIZE + 1}
      )
      select l.order_id, nullif(l.state -> 'body' ->> 'name', '') as name, l.state -> 'body' ->> 'createdAtMs' as created_at_ms,
             l.state -> 'body' ->> 'currency' as currency, l.state -> 'body' ->> 'totalMinor' as total_minor,
             case when k.id is null then m.customer_id else k.customer_id end as customer_id,
             case when k.id is null then m.forgotten_at else k.forgotten_at end is not null as is_forgotten
      from listed l
      left join members m on m.shop_id = l.shop_id and m.id = l.member_id
      left join members k on k.shop_id = m.shop_id and k.id = m.merged_into
      order by length(l.order_id) desc, l.order_id desc
    `,
  );
  const page = rows.slice(0, PAGE_SIZE);
  return {
    orders: page.map((row) => ({
      orderId: row.order_id,
      name: row.name,
      createdAtMs: Number(row.created_at_ms),
      currency: row.currency,
      totalMinor: Number(row.total_minor),
      customerId: row.customer_id,
      isForgotten: row.is_forgotten,
    })),
    next: rows.length > PAGE_SIZE ? (page.at(-1)?.order_id ?? null) : null,
  };
}

interface OtherCurrencyRow {
  readonly order_id: string;
  readonly name: string | null;
  readonly created_at_ms: string;
  readonly currency: string;
  readonly total_minor: string;
  readonly customer_id: string | null;
  readonly is_forgotten: boolean;
}

/** So many are counted, and no more: a shop that changed its currency has them without end. */
const MOST_COUNTED = 1_000;

export interface OtherCurrencyCount {
  readonly orders: number;
  /** There are more than were counted. */
  readonly isMore: boolean;
}

/** How many there are. */
export async function countOtherCurrency(db: Database, shopId: number): Promise<OtherCurrencyCount> {
  const [row] = await runFor<{ orders: number }>(
    db,
    { shops: [shopId] },
    sql`
      select count(*)::integer as orders from (
        select from order_states where shop_id = ${shopId} and reason = 'other-currency'
        order by length(order_id) desc, order_id desc limit ${MOST_COUNTED + 1}
      ) o
    `,
  );
  const orders = row?.orders ?? 0;
  return { orders: Math.min(orders, MOST_COUNTED), isMore: orders > MOST_COUNTED };
}
