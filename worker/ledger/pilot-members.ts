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
      select a.member_id::text as member_id, m.customer_id, a.membership
      from accounts a join members m on m.shop_id = a.shop_id and m.id = a.member_id
      where a.shop_id = ${shopId} and json_array_length(a.membership) > 0 and a.member_id > ${afterMemberId}::bigint
        and m.customer_id is not null and m.merged_into is null
      order by a.member_id limit ${PAGE_SIZE}
    `,
  );
  return {
    customerIds: rows
      .filter((row) => isInPilotAt(row, Number.POSITIVE_INFINITY))
      .flatMap((row) => row.customer_id ?? []),
    next: rows.length === PAGE_SIZE ? (rows.at(-1)?.member_id ?? null) : null,
  };
}

interface PilotRow extends Pick<Account, "membership"> {
  readonly member_id: string;
  readonly customer_id: string | null;
}
