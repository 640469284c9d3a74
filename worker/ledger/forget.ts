/** All that the ledger holds about a person, and how it forgets them. */
import { sql } from "drizzle-orm";
import { call, type Database, runFor } from "../db/client.ts";

/** Every number of the person who is this customer today: their own and those merged into it. The asked one is always among them. */
export async function readCustomerIds(db: Database, shopId: number, customerId: string): Promise<string[]> {
  const rows = await runFor<{ customer_id: string }>(
    db,
    { shops: [shopId] },
    sql`
      select m.customer_id
      from (select coalesce(merged_into, id) as id from members where shop_id = ${shopId} and customer_id = ${customerId}) present
      join members m on m.shop_id = ${shopId} and (m.id = present.id or m.merged_into = present.id)
      where m.customer_id is not null
    `,
  );
  return [...new Set([customerId, ...rows.map((row) => row.customer_id)])];
}

/** Takes the person's numbers out of members and order states; points and entries stay as they are. Again: nothing is left to do. */
export async function forgetCustomer(db: Database, shopId: number, customerId: string): Promise<void> {
  await call(db, "select * from lojal_forget_customer_1($1, $2)", [shopId, customerId]);
}

/**
 * What is held about a customer, as the text of one JSON object: balances, membership, progress towards tiers, entries with what they explain, lots, redemptions,
 * orders. Null for somebody who is no member.
 */
export async function readReport(db: Database, shopId: number, customerId: string): Promise<string | null> {
  const [row] = await runFor<{ report: string | null }>(
    db,
    { shops: [shopId] },
    sql`
      with present as (
        select coalesce(merged_into, id) as id from members where shop_id = ${shopId} and customer_id = ${customerId}
      ), person as (
        select m.id, m.customer_id, m.joined_at
        from present p join members m on m.shop_id = ${shopId} and (m.id = p.id or m.merged_into = p.id)
      )
      select json_build_object(
        'held', true,
        'customer_ids', (select json_agg(customer_id order by id) from person),
        'known_since', (select min(joined_at) from person),
        'balance', (
          select json_build_object('available', a.available, 'pending', a.pending, 'held', a.held, 'owed', a.owed)
          from present p join accounts a on a.shop_id = ${shopId} and a.member_id = p.id
        ),
        'last_activity', (
          select a.last_activity_at from present p join accounts a on a.shop_id = ${shopId} and a.member_id = p.id
        ),
        'membership', (select a.membership from present p join accounts a on a.shop_id = ${shopId} and a.member_id = p.id),
        'tier_progress', (
          select a.progress from present p join accounts a on a.shop_id = ${shopId} and a.member_id = p.id
        ),
        'entries', (
          select coalesce(json_agg(json_build_object(
            'key', e.key, 'kind', e.kind, 'points', e.points, 'available', e.available, 'pending', e.pending, 'held', e.held,
            'owed', e.owed, 'order_id', e.order_id, 'redemption_id', e.redemption_id, 'occurred_at', e.occurred_at,
            'recorded_at', e.recorded_at, 'explained_by', e.detail
          ) order by e.id), '[]')
          from person p join entries e on e.shop_id = ${shopId} and e.member_id = p.id
        ),
        'lots', (
          select coalesce(json_agg(json_build_object(
            'id', l.id, 'order_id', l.order_id, 'points', l.amount, 'left', l.remaining, 'available_at', l.available_at,
            'expires_at', l.expires_at, 'expired', l.expired
          ) order by l.id), '[]')
          from person p join lots l on l.shop_id = ${shopId} and l.member_id = p.id
        ),
        'redemptions', (
          select coalesce(json_agg(json_build_object(
            'id', r.id, 'reward', r.reward, 'cost', r.cost, 'code', r.code, 'state', r.state, 'created_at', r.created_at,
            'ends_at', r.ends_at, 'used_by_order', r.used_by_order, 'returned', r.returned
          ) order by r.created_at, r.id), '[]')
          from person p join redemptions r on r.shop_id = ${shopId} and r.member_id = p.id
        ),
        'orders', (
          select coalesce(json_agg(json_build_object(
            'id', o.order_id, 'name', o.state -> 'body' ->> 'name', 'points', o.posted - o.forgiven, 'why', o.reason, 'known', o.state,
            'counts_for_tier', o.contribution
          ) order by o.order_id), '[]')
          from person p join order_states o on o.shop_id = ${shopId} and o.member_id = p.id
        )
      )::text as report
      from present
    `,
  );
  return row?.report ?? null;
}

/** A code that lives at Shopify, or may come to live there. */
export interface OpenCode {
  readonly code: string;
  readonly state: string;
  readonly reward: string;
  readonly cost: number;
  readonly endsAt: string;
}

/** Codes that can still be used, and redemptions of which nobody knows yet whether they became one; soonest to end first. */
export async function readOpenCodes(db: Database, shopId: number): Promise<OpenCode[]> {
  const rows = await runFor<{ code: string; state: string; reward: string; cost: string; ends_at: string }>(
    db,
    { shops: [shopId] },
    sql`
      select code, state, reward ->> 'name' as reward, cost::text as cost, to_json(ends_at) #>> '{}' as ends_at
      from redemptions
      where shop_id = ${shopId} and due_at is not null and state in ('held', 'issued') and ends_at > now()
        and reward ->> 'kind' not in ('store_credit', 'gift_card', 'experience')
      order by redemptions.ends_at, id
    `,
  );
  return rows.map(({ code, state, reward, cost, ends_at: endsAt }) => ({
    code,
    state,
    reward,
    cost: Number(cost),
    endsAt,
  }));
}
