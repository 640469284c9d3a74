/** Who is on a shop's pilot list: it is kept in the members' own accounts, with when each was put on it and taken off. */
import { sql } from "drizzle-orm";
import { type Database, runFor } from "../db/client.ts";
import type { Account } from "../domain/account.ts";
import { isInPilotAt } from "../domain/members.ts";

export interface PilotPage {
  readonly customerIds: readonly string[];
  /** The member after whom to go on; null at the end. A page may be short, or empty, before that. */
  readonly next: string | null;
}

const PAGE_SIZE = 500;

/** Those on the list now, by the customer they are, over the members after this one. */
export async function readPilotMembers(db: Database, shopId: number, afterMemberId: string): Promise<PilotPage> {
  const rows = await runFor<PilotRow>(
    db,
    { shops: [shopId] },
    sql`
      with listed as materialized (
        select shop_id, member_id, membership from accounts
        where shop_id = ${shopId} and json_array_length(membership) > 0 and member_id > ${afterMemberId}::bigint
        order by member_id limit ${PAGE_SIZE}
      )
      select a.member_id::text as member_id, m.customer_id, a.membership, m.merged_into is not null as is_merged
      from listed a join members m on m.shop_id = a.shop_id and m.id = a.member_id
      order by a.member_id
    `,
  );
  return {
    customerIds: rows
      .filter((row) => !row.is_merged && isInPilotAt(row, Number.POSITIVE_INFINITY))
      .flatMap((row) => row.customer_id ?? []),
    next: rows.length === PAGE_SIZE ? (rows.at(-1)?.member_id ?? null) : null,
  };
}

interface PilotRow extends Pick<Account, "membership"> {
  readonly member_id: string;
  readonly customer_id: string | null;
  readonly is_merged: boolean;
}
