/** Imports of balances: how far each of them is, and what became of each row of the file. */
import { sql } from "drizzle-orm";
import { type Database, epochMs, type NoteWhere, runFor } from "../db/client.ts";
import type { ImportColumn, ImportFormat, ImportLayout, ImportReason, RefusedRow } from "../domain/import-format.ts";
import { DUE_NOW } from "./import-runs.ts";

export interface ImportState {
  readonly id: string;
  readonly format: ImportFormat;
  readonly layout: ImportLayout;
  readonly adds: boolean;
  readonly begunBy: string;
  readonly begunAtMs: number;
  readonly rowsTotal: number;
  readonly lastRow: number;
  readonly lastRowDone: number;
  readonly rowsPosted: number;
  readonly rowsEmpty: number;
  readonly rowsRefused: number;
  readonly pointsPosted: number;
  readonly isFinished: boolean;
  readonly isUndoBegun: boolean;
  readonly undoLastRow: number;
  readonly pointsTaken: number;
  readonly pointsLeft: number;
  readonly isUndone: boolean;
  /** Through which row all rows were handed over, to be imported without whoever brought them; and whether they are still here. */
  readonly keptThroughRow: number;
  readonly isKept: boolean;
  readonly stoppedWhy: "staff" | "failed" | "expired" | null;
  /** How many tries in a row failed. */
  readonly failures: number;
}

/** A file that is to be imported. */
export interface NewImport {
  readonly id: string;
  /** Of the whole file and what was chosen with it. */
  readonly digest: string;
  readonly layout: ImportLayout;
  readonly adds: boolean;
  readonly begunBy: string;
  readonly rowsTotal: number;
  readonly lastRow: number;
}

export interface NotedRow {
  readonly row: number;
  readonly outcome: "posted" | "empty" | "refused";
  readonly memberId: string | null;
  readonly points: number | null;
  readonly column: ImportColumn | null;
  readonly reason: ImportReason | null;
}

export interface PostedRow {
  readonly row: number;
  readonly memberId: string;
  readonly points: number;
}

export class ImportBook {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Begins an import, or finds the one of the same file that is not undone. `note` is written where it was begun. */
  async begin(
    shopId: number,
    { id, digest, layout, adds, begunBy, rowsTotal, lastRow }: NewImport,
    note: NoteWhere,
  ): Promise<ImportState> {
    await this.#run(
      shopId,
      sql`
        with begun as (
          insert into imports (shop_id, id, digest, format, layout, adds, begun_by, rows_total, last_row)
          values (${shopId}, ${id}, ${digest}, ${layout.format}, ${JSON.stringify(layout)}, ${adds}, ${begunBy}, ${rowsTotal}, ${lastRow})
          on conflict do nothing
          returning id
        ),
        noted as (${note(sql`exists (select from begun)`)})
        select id from begun
      `,
    );
    const found = await this.#find(shopId, sql`digest = ${digest} and undo_begun_at is null`);
    if (!found) throw new Error("An import that was begun was not found.");
    return found;
  }

  find(shopId: number, id: string): Promise<ImportState | null> {
    return this.#find(shopId, sql`id = ${id}`);
  }

  /** The newest imports of balances; `before` is the last one of an earlier page. */
  list(shopId: number, most: number, before: string | null = null): Promise<ImportState[]> {
    const older =
      before === null
        ? sql`true`
        : sql`(begun_at, id) < (select begun_at, id from imports where shop_id = ${shopId} and id = ${before})`;
    return this.#select(shopId, sql`${older} order by begun_at desc, id desc limit ${most}`);
  }

  /**
   * The rows of imports that are not undone which have brought points to these members, or to those who were merged into them. The ledger is asked:
   * what a page has posted is there at once, and whoever writes to these members meanwhile changes the versions that a commit goes by.
   */
  async broughtTo(
    shopId: number,
    memberIds: readonly string[],
  ): Promise<(PostedRow & { readonly importId: string })[]> {
    if (memberIds.length === 0) return [];
    const rows = await this.#run<{ import_id: string; row_number: number; member_id: string; points: string }>(
      shopId,
      sql`
        with asked as (
          select value::bigint as id from json_array_elements_text(${JSON.stringify(memberIds)}::json)
        ),
        -- A row whose customer was merged since stands in the other book.
        same as (
          select id, id as present_id from asked
          union all
          select m.id, a.id from asked a
          cross join lateral (select id from members where shop_id = ${shopId} and merged_into = a.id offset 0) m
        )
        select i.id as import_id, split_part(e.key, ':', 3)::integer as row_number, s.present_id::text as member_id, e.points::text as points
        from same s
        -- Each by its key, whatever the planner expects there to be: offset 0 keeps it from turning the join around.
        cross join lateral (
          select key, points from entries where shop_id = ${shopId} and member_id = s.id and kind = 'open' offset 0
        ) e
        -- An import's is known by its key, open:<import>:<row>. What else is brought along is of no import.
        cross join lateral (
          select id from imports where shop_id = ${shopId} and id = split_part(e.key, ':', 2) and undo_begun_at is null offset 0
        ) i
      `,
    );
    return rows.map((row) => ({
      importId: row.import_id,
      row: row.row_number,
      memberId: row.member_id,
      points: Number(row.points),
    }));
  }

  /**
   * Notes what became of rows, once each, and how far the import is. A row that was refused may be posted when it comes again. What is posted after
   * the undoing has passed its row, or has ended, has the undoing go back there: whoever was slow with the page had lost its lease.
   */
  async note(shopId: number, id: string, rows: readonly NotedRow[], throughRow: number): Promise<void> {
    await this.#run(
      shopId,
      sql`
        -- The import before its rows, as everybody locks them but a commit, which locks rows alone; and the rows by their numbers, as it does.
        with held as materialized (
          select id from imports where shop_id = ${shopId} and id = ${id} for no key update
        ),
        brought as materialized (
          select n.* from held cross join json_to_recordset(${JSON.stringify(rows)}::json) as n (
            "row" integer, outcome text, "memberId" bigint, points bigint, "column" text, reason text
          )
          order by n."row"
        ),
        -- Locked, they are as they are now. Each by its key, whatever the planner expects there to be.
        known as materialized (
          select count(*) filter (where r.outcome = 'refused') as refused
          from brought n cross join lateral (
            select outcome from import_rows
            where shop_id = ${shopId} and import_id = ${id} and row_number = n."row" offset 0 for update
          ) r
        ),
        noted as (
          insert into import_rows (shop_id, import_id, row_number, outcome, member_id, points, column_name, reason)
          select ${shopId}, ${id}, n."row", n.outcome, n."memberId", n.points, n."column", n.reason
          from known cross join brought n
          on conflict on constraint import_rows_pkey do update set
            outcome = excluded.outcome, member_id = excluded.member_id, points = excluded.points, column_name = excluded.column_name,
            reason = excluded.reason, customer_id = null, available_at = null, expires_at = null
            where import_rows.outcome in ('waiting', 'dropped', 'refused')
          returning row_number, outcome, points
        ),
        counted as (
          select count(*) filter (where outcome = 'posted') as posted, min(row_number) filter (where outcome = 'posted') as first_posted, count(*) filter (where outcome = 'empty') as empty,
                 count(*) filter (where outcome = 'refused') - (select refused from known) as refused,
                 coalesce(sum(points) filter (where outcome = 'posted'), 0) as points
          from noted
        )
        update imports i
        set rows_posted = i.rows_posted + c.posted, rows_empty = i.rows_empty + c.empty, rows_refused = i.rows_refused + c.refused,
            points_posted = i.points_posted + c.points, last_row_done = greatest(i.last_row_done, ${throughRow}),
            finished_at = case when ${throughRow} >= i.last_row then coalesce(i.finished_at, now()) else i.finished_at end,
            kept_until = case when ${throughRow} >= i.last_row then null else i.kept_until end,
            undo_last_row = least(i.undo_last_row, c.first_posted - 1),
            due_at = case when c.posted > 0 and i.undone_at is not null then ${DUE_NOW} else i.due_at end,
            undone_at = case when c.posted > 0 then null else i.undone_at end
        from counted c
        where i.shop_id = ${shopId} and i.id = ${id}
      `,
    );
  }

  /** The rows that were refused after this one. */
  async refusedAfter(shopId: number, id: string, afterRow: number, most: number): Promise<RefusedRow[]> {
    const rows = await this.#run<{ row_number: number; column_name: ImportColumn | null; reason: ImportReason }>(
      shopId,
      sql`
        select row_number, column_name, reason from import_rows
        where shop_id = ${shopId} and import_id = ${id} and row_number > ${afterRow} and outcome = 'refused'
        order by row_number limit ${most}
      `,
    );
    return rows.map((row) => ({ row: row.row_number, column: row.column_name, reason: row.reason }));
  }

  /** The rows that were posted after this one, with the members in whose books they stand today. */
  async postedAfter(shopId: number, id: string, afterRow: number, most: number) {
    const rows = await this.#run<{ row_number: number; member_id: string; present_id: string; points: string }>(
      shopId,
      sql`
        select r.row_number, r.member_id::text as member_id, coalesce(m.merged_into, m.id)::text as present_id, r.points::text as points
        from import_rows r join members m on m.shop_id = r.shop_id and m.id = r.member_id
        where r.shop_id = ${shopId} and r.import_id = ${id} and r.row_number > ${afterRow} and r.outcome = 'posted'
        order by r.row_number limit ${most}
      `,
    );
    return rows.map((row) => ({
      row: row.row_number,
      memberId: row.member_id,
      presentId: row.present_id,
      points: Number(row.points),
    }));
  }

  /**
   * Begins to restore a whole shop, or finds the restore of the same file; answers how many pages are done. Null where the shop has members or a
   * program that are of no such restore.
   */
  async beginRestore(
    shopId: number,
    { id, digest, begunBy }: Pick<NewImport, "id" | "digest" | "begunBy">,
  ): Promise<number | null> {
    const [row] = await this.#run<{ pages_done: number | null }>(
      shopId,
      sql`
        with known as (
          select last_row_done from imports where shop_id = ${shopId} and digest = ${digest} and format = 'shop'
        ),
        begun as (
          insert into imports (shop_id, id, digest, format, begun_by, rows_total, last_row)
          select ${shopId}, ${id}, ${digest}, 'shop', ${begunBy}, 0, 0
          where not exists (select from known)
            and not exists (select from members where shop_id = ${shopId})
            and not exists (select from order_states where shop_id = ${shopId})
            and not exists (select from program_versions where shop_id = ${shopId})
          on conflict do nothing
          returning last_row_done
        )
        select coalesce((select last_row_done from known), (select last_row_done from begun)) as pages_done
      `,
    );
    return row?.pages_done ?? null;
  }

  async noteRestored(
    shopId: number,
    { digest, page }: { readonly digest: string; readonly page: number },
  ): Promise<void> {
    await this.#run(
      shopId,
      sql`
        update imports set last_row_done = greatest(last_row_done, ${page}), last_row = greatest(last_row, ${page})
        where shop_id = ${shopId} and digest = ${digest} and format = 'shop'
      `,
    );
  }

  async finishRestore(shopId: number, digest: string): Promise<void> {
    await this.#run(
      shopId,
      sql`
        update imports set finished_at = coalesce(finished_at, now())
        where shop_id = ${shopId} and digest = ${digest} and format = 'shop'
      `,
    );
  }

  /**
   * Has Postgres look at tables that were empty a moment ago: until it has, it plans without knowing them, and each page takes many times as long
   * (`migrations/0024_young_tables.sql`). Nothing where it has looked before.
   */
  async lookAtYoungTables(): Promise<void> {
    await runFor(this.#db, {}, sql`select lojal_look_at_young_tables_1()`);
  }

  async #find(shopId: number, condition: ReturnType<typeof sql>): Promise<ImportState | null> {
    return (await this.#select(shopId, sql`${condition} limit 1`))[0] ?? null;
  }

  async #select(shopId: number, condition: ReturnType<typeof sql>): Promise<ImportState[]> {
    const rows = await this.#run<ImportStateRow>(
      shopId,
      sql`
        select id, format, layout, adds, begun_by, ${epochMs(sql`begun_at`)}::text as begun_at_ms, rows_total, last_row, last_row_done,
               rows_posted, rows_empty, rows_refused, points_posted::text as points_posted, finished_at is not null as is_finished,
               undo_begun_at is not null as is_undo_begun, undo_last_row, points_taken::text as points_taken,
               points_left::text as points_left, undone_at is not null as is_undone, kept_through_row, kept_until is not null as is_kept,
               stopped_why, failures
        from imports where shop_id = ${shopId} and format <> 'shop' and ${condition}
      `,
    );
    return rows.map(stateOf);
  }

  #run<Row>(shopId: number, statement: ReturnType<typeof sql>): Promise<Row[]> {
    return runFor<Row>(this.#db, { shops: [shopId] }, statement);
  }
}

interface ImportStateRow {
  readonly id: string;
  readonly format: ImportFormat;
  readonly layout: ImportLayout;
  readonly adds: boolean;
  readonly begun_by: string;
  readonly begun_at_ms: string;
  readonly rows_total: number;
  readonly last_row: number;
  readonly last_row_done: number;
  readonly rows_posted: number;
  readonly rows_empty: number;
  readonly rows_refused: number;
  readonly points_posted: string;
  readonly is_finished: boolean;
  readonly is_undo_begun: boolean;
  readonly undo_last_row: number;
  readonly points_taken: string;
  readonly points_left: string;
  readonly is_undone: boolean;
  readonly kept_through_row: number;
  readonly is_kept: boolean;
  readonly stopped_why: ImportState["stoppedWhy"];
  readonly failures: number;
}

function stateOf(row: ImportStateRow): ImportState {
  return {
    id: row.id,
    format: row.format,
    layout: row.layout,
    adds: row.adds,
    begunBy: row.begun_by,
    begunAtMs: Number(row.begun_at_ms),
    rowsTotal: row.rows_total,
    lastRow: row.last_row,
    lastRowDone: row.last_row_done,
    rowsPosted: row.rows_posted,
    rowsEmpty: row.rows_empty,
    rowsRefused: row.rows_refused,
    pointsPosted: Number(row.points_posted),
    isFinished: row.is_finished,
    isUndoBegun: row.is_undo_begun,
    undoLastRow: row.undo_last_row,
    pointsTaken: Number(row.points_taken),
    pointsLeft: Number(row.points_left),
    isUndone: row.is_undone,
    keptThroughRow: row.kept_through_row,
    isKept: row.is_kept,
    stoppedWhy: row.stopped_why,
    failures: row.failures,
  };
}
