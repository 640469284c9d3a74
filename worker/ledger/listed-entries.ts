/** Entries as a list for people: whose, when, how much and why. */
import { sql } from "drizzle-orm";
import { type Database, epochMs, runFor } from "../db/client.ts";

export interface ListedEntry {
  /** Null for somebody who was forgotten. */
  readonly customerId: string | null;
  readonly key: string;
  readonly kind: string;
  readonly points: number;
  readonly pending: number;
  readonly available: number;
  readonly held: number;
  readonly owed: number;
  readonly orderId: string | null;
  readonly redemptionId: string | null;
  readonly programVersion: number | null;
  readonly actor: string;
  readonly reason: string | null;
  readonly occurredAtMs: number;
}

/** All entries of these members, member by member, oldest first. */
export async function readEntriesOf(
  db: Database,
  shopId: number,
  memberIds: readonly string[],
): Promise<readonly ListedEntry[]> {
  const rows = await runFor<{ entry: ListedEntry }>(
    db,
    { shops: [shopId] },
    sql`
      select json_build_object(
        'customerId', m.customer_id, 'key', e.key, 'kind', e.kind, 'points', e.points, 'pending', e.pending, 'available', e.available,
        'held', e.held, 'owed', e.owed, 'orderId', e.order_id, 'redemptionId', e.redemption_id, 'programVersion', e.program_version,
        'actor', e.actor, 'reason', e.detail ->> 'reason', 'occurredAtMs', ${epochMs(sql`e.occurred_at`)}
      ) as entry
      from json_array_elements_text(${JSON.stringify(memberIds)}::json) asked (id)
      join members m on m.shop_id = ${shopId} and m.id = asked.id::bigint
      cross join lateral (select * from entries where shop_id = ${shopId} and member_id = m.id offset 0) e
      order by m.id, e.id
    `,
  );
  return rows.map(({ entry }) => entry);
}
