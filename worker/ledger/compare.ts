/** The ledger against what Shopify shows: which orders it does not know as they are now, and whether accounts are what their entries say. */
import { sql } from "drizzle-orm";
import { type Database, epochMs, runFor } from "../db/client.ts";

/** An order as Shopify shows it. */
export interface ShownOrder {
  readonly orderId: string;
  readonly updatedAtMs: number;
  /** Null when it is not told. */
  readonly status: string | null;
  readonly cancelled: boolean | null;
  /** Instead of those two: the ledger must know the order as it was from then on, should it know it as of the same second. */
  readonly readSinceMs?: number;
}

export interface Difference {
  readonly orderId: string;
  readonly updatedAtMs: number;
  readonly reason: "unknown-order" | "older-state";
  /** By the database's clock. */
  readonly comparedAtMs: number;
}

/**
 * Which of these orders the ledger knows otherwise, in one query. State and points are committed together, so an order whose state is
 * Shopify's is settled, but for one from before the shop's first program: it has no version yet (`older-state`). A deleted order cannot differ, nor
 * one of a person who was forgotten: it is not read again.
 */
export async function compareOrders(
  db: Database,
  shopId: number,
  shown: readonly ShownOrder[],
): Promise<readonly Difference[]> {
  if (shown.length === 0) return [];
  const asked = shown.map(({ orderId, updatedAtMs, status, cancelled, readSinceMs }) => ({
    order_id: orderId,
    // Times at Shopify are told to the second.
    second: Math.floor(updatedAtMs / 1_000),
    status,
    cancelled,
    read_since: readSinceMs ?? null,
  }));
  const rows = await runFor<{ order_id: string; is_known: boolean; compared_ms: string }>(
    db,
    { shops: [shopId] },
    sql`
      select a.order_id, o.body is not null as is_known, ${epochMs(sql`now()`)}::text as compared_ms
      from json_to_recordset(${JSON.stringify(asked)}::json) as a (
        order_id text, second bigint, status text, cancelled boolean, read_since numeric
      )
      left join lateral (
        select s.state -> 'body' as body, s.state ->> 'deleted' = 'true' as is_deleted, m.forgotten_at is not null as is_forgotten,
               floor((s.state -> 'body' ->> 'updatedAtMs')::numeric / 1000) as second, s.program_version is null as is_unfixed
        from order_states s left join members m on m.shop_id = s.shop_id and m.id = s.member_id
        where s.shop_id = ${shopId} and s.order_id = a.order_id
      ) o on true
      cross join (select newest_program_version > 0 as has_program from shops where id = ${shopId}) p
      where not coalesce(o.is_deleted or o.is_forgotten, false) and (
        o.second is null or o.second < a.second or (o.is_unfixed and p.has_program)
        -- Two changes within one second: what is read now holds both, and agrees from then on.
        or (o.second = a.second and (o.body ->> 'status' <> a.status or (o.body ->> 'cancelled')::boolean <> a.cancelled
          or (o.body ->> 'triggeredAtMs')::numeric < a.read_since))
      )
    `,
  );
  const differing = new Map(rows.map((row) => [row.order_id, row]));
  return shown.flatMap(({ orderId, updatedAtMs }) => {
    const row = differing.get(orderId);
    if (row === undefined) return [];
    const reason = row.is_known ? "older-state" : "unknown-order";
    return [{ orderId, updatedAtMs, reason, comparedAtMs: Number(row.compared_ms) }];
  });
}

/** A shop's books in sums. */
export interface BooksProof {
  /** Members with entries since the moment asked about. */
  readonly accountsChecked: number;
  /** Those of them whose account is not the sum of all their entries. */
  readonly accountsDiffering: number;
  /** Of all accounts. */
  readonly members: number;
  readonly pending: number;
  readonly available: number;
  readonly held: number;
  readonly owed: number;
}

/** Sums all entries of the members who have any since a moment (null: ever), and compares each with its account; and sums all accounts. */
export async function proveBooks(db: Database, shopId: number, sinceMs: number | null): Promise<BooksProof> {
  const since = sinceMs === null ? sql`true` : sql`recorded_at >= to_timestamp(${sinceMs / 1_000}::double precision)`;
  const [row] = await runFor<{ readonly [Name in keyof BooksProof as Lowercase<Name>]: string }>(
    db,
    { shops: [shopId] },
    sql`
      with concerned as (
        select distinct member_id from entries where shop_id = ${shopId} and ${since}
      ),
      checked as (
        select (a.pending, a.available, a.held, a.owed) = (e.pending, e.available, e.held, e.owed) as agrees
        from concerned c
        join accounts a on a.shop_id = ${shopId} and a.member_id = c.member_id
        cross join lateral (
          select sum(pending) as pending, sum(available) as available, sum(held) as held, sum(owed) as owed
          from entries e where e.shop_id = ${shopId} and e.member_id = c.member_id
        ) e
      )
      select c.*, a.*
      from (select count(*)::text as accountschecked, count(*) filter (where not agrees)::text as accountsdiffering from checked) c
      cross join (
        select count(*)::text as members, coalesce(sum(pending), 0)::text as pending, coalesce(sum(available), 0)::text as available,
               coalesce(sum(held), 0)::text as held, coalesce(sum(owed), 0)::text as owed
        from accounts where shop_id = ${shopId}
      ) a
    `,
  );
  if (!row) throw new Error("The proof of the books returned no row.");
  return {
    accountsChecked: Number(row.accountschecked),
    accountsDiffering: Number(row.accountsdiffering),
    members: Number(row.members),
    pending: Number(row.pending),
    available: Number(row.available),
    held: Number(row.held),
    owed: Number(row.owed),
  };
}
