/** A shop's books as lines of JSON, some members at a time, and back: each row as the database has it, whatever columns it has. */
import { type SQL, sql } from "drizzle-orm";
import { type Database, runFor } from "../db/client.ts";
import { insertCopies } from "../db/copied-rows.ts";

/** The tables of the books; rows name only rows of tables before theirs. */
export const BOOK_TABLES = [
  "members",
  "accounts",
  "lots",
  "entries",
  "allocations",
  "order_states",
  "redemptions",
] as const;
export type BookTable = (typeof BOOK_TABLES)[number];

export interface BookLine {
  readonly table: BookTable | "mergers";
  /** The row as JSON text on one line. */
  readonly row: string;
}

export interface BookPage {
  readonly lines: readonly BookLine[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

interface LineRow {
  readonly table: BookLine["table"];
  readonly row: string;
  readonly place: string;
}

/** A line break can only stand between the parts of JSON, never in one. */
const asLine = (table: string): SQL => sql.raw(`replace(row_to_json(${table})::text, E'\\n', ' ') as row`);

/**
 * The whole books of the members after this one, in the order of their numbers, as of one moment. A member's lots are found by the entries that
 * made them and are named after.
 */
export async function exportMembers(db: Database, shopId: number, after: string, most: number): Promise<BookPage> {
  const rows = await runFor<LineRow>(
    db,
    { shops: [shopId] },
    sql`
      with recursive page as materialized (
        select id from members where shop_id = ${shopId} and id > ${after}::bigint order by members.id limit ${most}
      ),
      entry as materialized (
        select e.* from page p
        cross join lateral (select * from entries where shop_id = ${shopId} and member_id = p.id offset 0) e
      ),
      -- What comes back, or is merged, makes one lot after the other: <key>/1, <key>/2 …
      numbered as (
        select e.key, l.id, 1 as n from entry e
        cross join lateral (select id from lots where shop_id = ${shopId} and id = e.key || '/1' offset 0) l
        union all
        select b.key, l.id, b.n + 1 from numbered b
        cross join lateral (select id from lots where shop_id = ${shopId} and id = b.key || '/' || (b.n + 1) offset 0) l
      ),
      lot as materialized (
        select l.* from (select key as id from entry union select id from numbered) named
        cross join lateral (select * from lots where shop_id = ${shopId} and id = named.id offset 0) l
      ),
      line as (
        select 1 as rank, 'members' as table, p.id::text as place, ${asLine("m")} from page p
        join members m on m.shop_id = ${shopId} and m.id = p.id
        union all
        select 2, 'accounts', lpad(p.id::text, 20, '0'), ${asLine("a")} from page p
        join accounts a on a.shop_id = ${shopId} and a.member_id = p.id
        union all
        select 3, 'lots', l.id, ${asLine("l")} from lot l
        union all
        select 4, 'entries', lpad(e.id::text, 20, '0'), ${asLine("e")} from entry e
        union all
        select 5, 'allocations', a.entry_key || ' ' || a.lot_id, ${asLine("a")} from entry e
        cross join lateral (select * from allocations where shop_id = ${shopId} and entry_key = e.key offset 0) a
        union all
        select 6, 'order_states', o.order_id, ${asLine("o")} from page p
        cross join lateral (select * from order_states where shop_id = ${shopId} and member_id = p.id offset 0) o
        union all
        select 7, 'redemptions', r.id, ${asLine("r")} from page p
        cross join lateral (select * from redemptions where shop_id = ${shopId} and member_id = p.id offset 0) r
      )
      select "table", row, place from line order by rank, (case when rank = 1 then place::bigint end), place
    `,
  );
  const members = rows.filter(({ table }) => table === "members");
  return pageOf(rows, members.length === most ? (members.at(-1)?.place ?? null) : null);
}

/** The orders of guests after this one. */
export async function exportGuestOrders(db: Database, shopId: number, after: string, most: number): Promise<BookPage> {
  const rows = await runFor<LineRow>(
    db,
    { shops: [shopId] },
    sql`
      select 'order_states' as table, o.order_id as place, ${asLine("o")} from order_states o
      where o.shop_id = ${shopId} and o.order_id > ${after} and o.member_id is null
      order by o.order_id limit ${most}
    `,
  );
  return pageOf(rows, rows.length === most ? (rows.at(-1)?.place ?? null) : null);
}

/** Who became part of whom, after this member. Apart from the members: each of the two is there by then. */
export async function exportMergers(db: Database, shopId: number, after: string, most: number): Promise<BookPage> {
  const rows = await runFor<LineRow>(
    db,
    { shops: [shopId] },
    sql`
      select 'mergers' as table, g.id::text as place, ${asLine("g")} from (
        select id, merged_into from members
        where shop_id = ${shopId} and id > ${after}::bigint and merged_into is not null
        order by members.id limit ${most}
      ) g
    `,
  );
  return pageOf(rows, rows.length === most ? (rows.at(-1)?.place ?? null) : null);
}

function pageOf(rows: readonly LineRow[], next: string | null): BookPage {
  return { lines: rows.map(({ table, row }) => ({ table, row })), next };
}

/** How many entries were recorded since a moment. */
export async function countEntriesSince(db: Database, shopId: number, sinceMs: number): Promise<number> {
  const [row] = await runFor<{ count: number }>(
    db,
    { shops: [shopId] },
    sql`
      select count(*)::int as count from entries
      where shop_id = ${shopId} and recorded_at >= to_timestamp(${sinceMs / 1_000}::double precision)
    `,
  );
  return row?.count ?? 0;
}

/** Writes exported rows; those that are there already stay as they are. */
export async function restoreLines(db: Database, shopId: number, lines: readonly BookLine[]): Promise<void> {
  const of = (wanted: BookLine["table"]) => lines.flatMap(({ table, row }) => (table === wanted ? [row] : []));
  for (const table of BOOK_TABLES)
    await insertCopies(db, shopId, table, of(table), { without: table === "members" ? ["merged_into"] : [] });
  const mergers = of("mergers");
  if (mergers.length === 0) return;
  await runFor(
    db,
    { shops: [shopId] },
    sql`
      update members m set merged_into = g.merged_into
      from json_to_recordset(${`[${mergers.join(",")}]`}::json) as g (id bigint, merged_into bigint)
      where m.shop_id = ${shopId} and m.id = g.id
    `,
  );
}

/** Moves the numbering of members and entries past these numbers: whoever is new gets another one. */
export async function passNumbers(
  db: Database,
  shopId: number,
  { members, entries }: { readonly members: number; readonly entries: number },
): Promise<void> {
  for (const [sequence, to] of [
    ["members_id_seq", members],
    ["entries_id_seq", entries],
  ] as const)
    await runFor(
      db,
      { shops: [shopId] },
      sql`
        select count(nextval(${sequence})) from generate_series(
          1, (select greatest(0, ${to}::bigint - at) from (select nextval(${sequence}) as at) one)
        )
      `,
    );
}

/** How many rows of each table the shop has. */
export async function countRows(db: Database, shopId: number): Promise<Readonly<Record<BookTable, number>>> {
  const counts = sql.join(
    BOOK_TABLES.map(
      (table) => sql`(select count(*)::int from ${sql.raw(table)} where shop_id = ${shopId}) as ${sql.raw(table)}`,
    ),
    sql`, `,
  );
  const [row] = await runFor<Record<BookTable, number>>(db, { shops: [shopId] }, sql`select ${counts}`);
  if (!row) throw new Error("The count returned no row.");
  return row;
}
