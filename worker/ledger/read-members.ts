/** Reads for the merchant's pages: lists of members, and sums over a shop. They open no books and move no points. */
import { sql } from "drizzle-orm";
import { type Database, runFor } from "../db/client.ts";

/** All, those who have points to spend, those whose points are still on their way, and those who owe. */
export const MEMBER_FILTERS = ["all", "available", "pending", "owed"] as const;

export type MemberFilter = (typeof MEMBER_FILTERS)[number];

export interface MemberPage {
  /** Newest members first. */
  readonly memberIds: readonly string[];
  /** Pass as `before` to go on; null at the end. */
  readonly next: string | null;
}

const PAGE_SIZE = 50;
/** Above every number of a member. */
const AFTER_ALL = "9223372036854775807";

/** So many accounts one page looks at. Points to spend and points on their way change with every order, and have no index for that reason. */
const LOOKED_AT = { all: 1_000, available: 20_000, pending: 20_000, owed: 1_000 } as const;

const CONDITIONS = {
  all: sql`true`,
  available: sql`l.available > 0`,
  pending: sql`l.pending > 0`,
  owed: sql`true`,
} as const;

/**
 * A page of a shop's members; who was forgotten, or merged into somebody else, is none. A page may hold fewer than the next one, where it had looked at
 * enough.
 */
export async function readMemberPage(
  db: Database,
  { shopId, filter, before }: { shopId: number; filter: MemberFilter; before: string | null },
): Promise<MemberPage> {
  const rows = await runFor<{ member_ids: string[]; last: string | null; looked_at: number }>(
    db,
    { shops: [shopId] },
    sql`
      with looked as materialized (
        select member_id, available, pending from accounts
        where shop_id = ${shopId} and member_id < ${before ?? AFTER_ALL}::bigint ${filter === "owed" ? sql`and owed > 0` : sql``}
        order by accounts.member_id desc limit ${LOOKED_AT[filter]}
      ),
      found as (
        select l.member_id from looked l
        cross join lateral (
          select 1 from members m
          where m.shop_id = ${shopId} and m.id = l.member_id and m.customer_id is not null and m.merged_into is null offset 0
        ) m
        where ${CONDITIONS[filter]}
        order by l.member_id desc limit ${PAGE_SIZE + 1}
      )
      select coalesce(array_to_json(array(select member_id::text from found order by found.member_id desc)), '[]') as member_ids,
             (select min(member_id)::text from looked) as last, (select count(*)::integer from looked) as looked_at
    `,
  );
  const [row] = rows;
  const found = row?.member_ids ?? [];
  const memberIds = found.slice(0, PAGE_SIZE);
  if (found.length > PAGE_SIZE) return { memberIds, next: memberIds.at(-1) ?? null };
  return { memberIds, next: row?.looked_at === LOOKED_AT[filter] ? row.last : null };
}

/** What a shop's members hold now, as it is booked. */
export interface Holdings {
  readonly members: number;
  readonly pending: number;
  readonly available: number;
  readonly held: number;
  readonly owed: number;
}

export async function readHoldings(db: Database, shopId: number): Promise<Holdings> {
  const [row] = await runFor<Record<keyof Holdings, string>>(
    db,
    { shops: [shopId] },
    sql`
      select count(*)::text as members, coalesce(sum(pending), 0)::text as pending, coalesce(sum(available), 0)::text as available,
             coalesce(sum(held), 0)::text as held, coalesce(sum(owed), 0)::text as owed
      from accounts where shop_id = ${shopId}
    `,
  );
  const number = (name: keyof Holdings) => Number(row?.[name] ?? 0);
  return {
    members: number("members"),
    pending: number("pending"),
    available: number("available"),
    held: number("held"),
    owed: number("owed"),
  };
}
