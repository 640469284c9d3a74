/** A shop's past orders, page by page, member by member, for whoever replays them. Reads only. */
import { type SQL, sql } from "drizzle-orm";
import { type Database, runFor } from "../db/client.ts";
import type { OrderRecord } from "../domain/account.ts";
import type { PastMember, PastOrder } from "../domain/what-if.ts";

/** After which order to go on: all of a member's, or a certain one of theirs. */
export interface PastCursor {
  readonly memberId: string;
  /** Null where all orders of the member have been read. */
  readonly orderId: string | null;
}

export interface PastPage {
  readonly members: readonly PastMember[];
  /** Null at the end. */
  readonly next: PastCursor | null;
}

export interface PastTotals {
  /** Orders that are somebody's. */
  readonly orders: number;
  /** Points that were spent and did not come back. */
  readonly usedPoints: number;
  /** All that members have or may get back, less what is owed. */
  readonly outstandingPoints: number;
}

/** So many orders at once: some two megabytes, and a tenth of a second to settle them. */
const PAGE_SIZE = 2_000;

/**
 * The orders after this place. A page ends with a member's last order, so that each member is judged as a whole; only one with more orders than a page
 * holds is read in parts.
 */
export async function readPastOrders(
  db: Database,
  shopId: number,
  after: PastCursor | null,
  pageSize: number = PAGE_SIZE,
): Promise<PastPage> {
  // Whoever was merged is the member they became part of, though their orders still name them: these few are found apart, so that the many are read by
  // their index.
  const rows = await runFor<PastRow>(
    db,
    { shops: [shopId] },
    sql`
      select o.present_id::text as member_id, p.customer_id, a.membership, o.order_id, o.state, o.posted::text as posted,
             o.forgiven::text as forgiven, o.program_version, o.takes_part, o.multiplier, o.contribution
      from (
        (select o.member_id as present_id, o.*
         from order_states o
         where o.shop_id = ${shopId} and o.member_id is not null and ${placeAfter(after, sql`o.member_id`)}
           and not exists (
             select from members m where m.shop_id = o.shop_id and m.id = o.member_id and m.merged_into is not null)
         order by o.member_id, o.order_id
         limit ${pageSize + 1})
        union all
        (select m.merged_into, o.*
         from members m join order_states o on o.shop_id = m.shop_id and o.member_id = m.id
         where m.shop_id = ${shopId} and m.merged_into is not null and ${placeAfter(after, sql`m.merged_into`)}
         order by m.merged_into, o.order_id
         limit ${pageSize + 1})
      ) o
      join members p on p.shop_id = o.shop_id and p.id = o.present_id
      join accounts a on a.shop_id = o.shop_id and a.member_id = o.present_id
      order by o.present_id, o.order_id
      limit ${pageSize + 1}
    `,
  );
  const byMember = [...Map.groupBy(rows, (row) => row.member_id).values()];
  const isLast = rows.length <= pageSize;
  // The last member's orders may go on: they are read with the next page, or the part that is here is taken.
  const whole = isLast ? byMember : byMember.slice(0, -1);
  if (whole.length > 0) {
    const next = isLast ? null : { memberId: whole.at(-1)?.[0]?.member_id ?? "0", orderId: null };
    return { members: whole.map((own) => memberOf(own, after)), next };
  }
  const part = rows.slice(0, pageSize);
  const last = part.at(-1);
  if (!last) return { members: [], next: null };
  return { members: [memberOf(part, after)], next: { memberId: last.member_id, orderId: last.order_id } };
}

function placeAfter(after: PastCursor | null, memberId: SQL): SQL {
  if (after === null) return sql`true`;
  if (after.orderId === null) return sql`${memberId} > ${after.memberId}::bigint`;
  return sql`(${memberId}, o.order_id) > (${after.memberId}::bigint, ${after.orderId})`;
}

function memberOf(rows: readonly PastRow[], after: PastCursor | null): PastMember {
  const [first] = rows;
  if (!first) throw new Error("A member without orders was among the orders.");
  const isContinued = after?.orderId != null && after.memberId === first.member_id;
  const { member_id: memberId, customer_id: customerId, membership } = first;
  return { memberId, customerId, membership, isContinued, orders: rows.map(orderOf) };
}

function orderOf(row: PastRow): PastOrder {
  return {
    orderId: row.order_id,
    state: row.state,
    posted: Number(row.posted),
    forgiven: Number(row.forgiven),
    programVersion: row.program_version,
    takesPart: row.takes_part,
    multiplier: row.multiplier,
    contribution: row.contribution,
  };
}

interface PastRow {
  readonly member_id: string;
  readonly customer_id: string | null;
  readonly membership: PastMember["membership"];
  readonly order_id: string;
  readonly state: OrderRecord["state"];
  readonly posted: string;
  readonly forgiven: string;
  readonly program_version: number | null;
  readonly takes_part: boolean | null;
  readonly multiplier: number;
  readonly contribution: OrderRecord["contribution"];
}

/** How much there is to replay, and what has become of the points so far. */
export async function readPastTotals(db: Database, shopId: number): Promise<PastTotals> {
  const [row] = await runFor<{ orders: string; used: string; outstanding: string }>(
    db,
    { shops: [shopId] },
    sql`
      select
        (select count(*) from order_states where shop_id = ${shopId} and member_id is not null)::text as orders,
        (select coalesce(sum(cost - returned), 0) from redemptions where shop_id = ${shopId} and state = 'used')::text as used,
        (select coalesce(sum(pending + available + held - owed), 0) from accounts where shop_id = ${shopId})::text as outstanding
    `,
  );
  return {
    orders: Number(row?.orders ?? 0),
    usedPoints: Number(row?.used ?? 0),
    outstandingPoints: Number(row?.outstanding ?? 0),
  };
}
