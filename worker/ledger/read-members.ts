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

const CONDITIONS = {
  all: sql`true`,
  available: sql`a.available > 0`,
  pending: sql`a.pending > 0`,
  owed: sql`a.owed > 0`,
} as const;

/** A page of a shop's members; who was forgotten, or merged into somebody else, is none. */
export async function readMemberPage(
  db: Database,
  { shopId, filter, before }: { shopId: number; filter: MemberFilter; before: string | null },
): Promise<MemberPage> {
  const older = before === null ? sql`` : sql`and a.member_id < ${before}::bigint`;
  const rows = await runFor<{ member_id: string }>(
    db,
    { shops: [shopId] },
    sql`
      select a.member_id::text as member_id
      from accounts a join members m on m.shop_id = a.shop_id and m.id = a.member_id
      where a.shop_id = ${shopId} and ${CONDITIONS[filter]} ${older} and m.customer_id is not null and m.merged_into is null
      order by a.member_id desc limit ${PAGE_SIZE + 1}
    `,
  );
  const memberIds = rows.slice(0, PAGE_SIZE).map((row) => row.member_id);
  return { memberIds, next: rows.length > PAGE_SIZE ? (memberIds.at(-1) ?? null) : null };
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
