/** Who is in a shop's pilot: it is kept in the members' own accounts, with when each came and went. */
import { sql } from "drizzle-orm";
import { type Database, runFor } from "../db/client.ts";
import type { Account, PilotWay } from "../domain/account.ts";
import { isInPilotBy } from "../domain/members.ts";

export interface PilotPage {
  readonly customerIds: readonly string[];
  /** The member after whom to go on; null at the end. A page may be short, or empty, before that. */
  readonly next: string | null;
}

const PAGE_SIZE = 500;

/** Those who are in the pilot now by one of its ways, by the customer they are, over the members after this one. */
export async function readPilotMembers(
  db: Database,
  shopId: number,
  afterMemberId: string,
  way: PilotWay,
): Promise<PilotPage> {
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
      .filter((row) => !row.is_merged && isInPilotBy(row, way, Number.POSITIVE_INFINITY))
      .flatMap((row) => row.customer_id ?? []),
    next: rows.length === PAGE_SIZE ? (rows.at(-1)?.member_id ?? null) : null,
  };
}

interface PilotRow extends Pick<Account, "membership"> {
  readonly member_id: string;
  readonly customer_id: string | null;
  readonly is_merged: boolean;
}
