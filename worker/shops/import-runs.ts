/**
 * Imports that go on by themselves: the rows that wait, by customer number and without e-mails, and the lease on each import. Whoever moves an
 * import's due date holds it, for its pages and for those of its undoing.
 */
import { type SQL, sql } from "drizzle-orm";
import { type Database, epochMs, type NoteWhere, runFor } from "../db/client.ts";
import type { ImportColumn, ImportReason } from "../domain/import-format.ts";
import { forgetRows, readForgottenRows, unlessForgotten } from "./forgotten-rows.ts";
import { holds, leaseUntil } from "./lease.ts";

const DUE_AT = sql`i.due_at`;

/** So long rows wait at the most: what is not imported by then is dropped, and the file is to be chosen again. */
const KEPT_FOR = "1 day";

const IS_UNDOING = sql`(i.undo_begun_at is not null and i.undone_at is null)`;
const IS_OPEN = sql`(i.undo_begun_at is null and i.finished_at is null)`;
/** All rows are here, and wait. */
const IS_KEPT = sql`(i.kept_until is not null and i.kept_through_row >= i.last_row)`;
const HAS_WORK = sql`(i.stopped_why is null and (${IS_UNDOING} or (${IS_OPEN} and ${IS_KEPT})))`;
/** Due now, unless somebody is at it: they find what is to be done as they end their page. */
export const DUE_NOW = sql`coalesce(i.due_at, date_trunc('milliseconds', now()))`;
/** Its day was over before its turn came. Whoever was forgotten stays refused. */
const IS_JUDGED_ANEW = sql`
  (import_rows.outcome = 'dropped' or (import_rows.outcome = 'refused' and import_rows.reason <> 'forgotten'))
`;

/** A row that waited and whose turn never comes: nothing of it is kept. */
const DROPPED = sql`outcome = 'dropped', customer_id = null, points = null, available_at = null, expires_at = null`;

/** A row on its way into the ledger: whose it is, or why it is refused. */
export interface RowToKeep {
  readonly row: number;
  readonly customerId: string | null;
  readonly points: number | null;
  readonly availableAtMs: number | null;
  readonly expiresAtMs: number | null;
  readonly column: ImportColumn | null;
  readonly reason: ImportReason | null;
}

export interface WaitingRow {
  readonly row: number;
  readonly customerId: string;
  readonly points: number;
  /** 0 = at once. */
  readonly availableAtMs: number;
  /** Null = as the program has it. */
  readonly expiresAtMs: number | null;
}

/** How an undo went on with some rows. */
export interface UndonePage {
  readonly taken: readonly { readonly row: number; readonly points: number }[];
  readonly throughRow: number;
  /** Of the import, as it was before its posted rows were looked for. */
  readonly rowsPosted: number;
  readonly isLast: boolean;
}

export class ImportRunBook {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Keeps the rows after `afterRow`, through `throughRow`; with the last one the import is due. False where the import is elsewhere, goes on no
   * more, or was stopped by staff. A row that was dealt with stays as it is; one that was refused, of which the file is handed over again, is judged anew.
   */
  async keep(
    shopId: number,
    id: string,
    page: { readonly afterRow: number; readonly throughRow: number; readonly rows: readonly RowToKeep[] },
  ): Promise<boolean> {
    const { afterRow, throughRow, rows } = page;
    const kept = await this.#run(
      shopId,
      sql`
        with import as (
          select i.id, i.last_row from imports i
          where i.shop_id = ${shopId} and i.id = ${id} and ${IS_OPEN} and greatest(i.kept_through_row, i.last_row_done) = ${afterRow}
            and i.stopped_why is distinct from 'staff'
          for update
        ),
        brought as materialized (
          select n.* from import cross join json_to_recordset(${JSON.stringify(rows)}::json) as n (
            "row" integer, "customerId" text, points bigint, "availableAtMs" bigint, "expiresAtMs" bigint, "column" text, reason text
          )
          order by n."row"
        ),
        judged_anew as (
          select r.outcome from brought n cross join lateral (
            select outcome from import_rows
            where shop_id = ${shopId} and import_id = ${id} and row_number = n."row" and ${IS_JUDGED_ANEW} offset 0
          ) r
        ),
        kept as (
          insert into import_rows (
            shop_id, import_id, row_number, outcome, points, customer_id, available_at, expires_at, column_name, reason
          )
          select ${shopId}, import.id, n."row", case when n.reason is null then 'waiting' else 'refused' end, n.points, n."customerId",
                 to_timestamp(n."availableAtMs" / 1000.0), to_timestamp(n."expiresAtMs" / 1000.0), n."column", n.reason
          from import cross join brought n
          on conflict on constraint import_rows_pkey do update set
            outcome = excluded.outcome, points = excluded.points, customer_id = excluded.customer_id, available_at = excluded.available_at,
            expires_at = excluded.expires_at, column_name = excluded.column_name, reason = excluded.reason
            where ${IS_JUDGED_ANEW}
          returning outcome
        )
        update imports i set
          kept_through_row = ${throughRow}, kept_until = now() + ${KEPT_FOR}::interval, stopped_why = null, failures = 0,
          rows_refused = i.rows_refused + (select count(*) from kept where outcome = 'refused')
            - (select count(*) from judged_anew where outcome = 'refused'),
          due_at = case when ${throughRow} >= import.last_row then ${DUE_NOW} else i.due_at end
        from import where i.shop_id = ${shopId} and i.id = import.id
        returning i.id
      `,
    );
    return kept.length > 0;
  }

  /** The rows that wait, after this one. */
  async waiting(shopId: number, id: string, afterRow: number, most: number): Promise<WaitingRow[]> {
    const rows = await this.#run<WaitingRowRow>(
      shopId,
      sql`
        select row_number, customer_id, points::text as points, ${epochMs(sql`available_at`)}::text as available_ms,
               ${epochMs(sql`expires_at`)}::text as expires_ms
        from import_rows
        where shop_id = ${shopId} and import_id = ${id} and row_number > ${afterRow} and outcome = 'waiting'
        order by row_number limit ${most}
      `,
    );
    return rows.map((row) => ({
      row: row.row_number,
      customerId: row.customer_id,
      points: Number(row.points),
      availableAtMs: Number(row.available_ms ?? 0),
      expiresAtMs: row.expires_ms === null ? null : Number(row.expires_ms),
    }));
  }

  /** The rows after this one that were dropped: of those whose page died, the ledger may know what nobody has noted. */
  async dropped(shopId: number, id: string, afterRow: number, most: number): Promise<number[]> {
    const rows = await this.#run<{ row_number: number }>(
      shopId,
      sql`
        select row_number from import_rows
        where shop_id = ${shopId} and import_id = ${id} and row_number > ${afterRow} and outcome = 'dropped'
        order by row_number limit ${most}
      `,
    );
    return rows.map((row) => row.row_number);
  }

  /**
   * Takes an import: one that is due, one that nobody is at (`idle`), or the one under that lease. Returns the lease; null where somebody else has
   * it, or nothing is due.
   */
  claim(shopId: number, id: string, of: "due" | "idle" | number): Promise<number | null> {
    const isOurs =
      typeof of === "number"
        ? holds(DUE_AT, of)
        : of === "due"
          ? sql`i.due_at <= now()`
          : sql`(i.due_at is null or i.due_at <= now())`;
    return this.#move(shopId, id, isOurs, sql`due_at = ${leaseUntil(0)}`);
  }

  /** A page is done. Returns the lease for the next one; null where nothing is left to do, or the import is no longer ours. */
  goOn(shopId: number, id: string, leaseMs: number): Promise<number | null> {
    const next = sql`failures = 0, due_at = case when ${HAS_WORK} then ${leaseUntil(0)} end`;
    return this.#move(shopId, id, holds(DUE_AT, leaseMs), next);
  }

  /** Leaves it to whoever comes next: what is left to do is due. */
  async release(shopId: number, id: string, leaseMs: number): Promise<void> {
    const due = sql`due_at = case when ${HAS_WORK} then date_trunc('milliseconds', now()) end`;
    await this.#move(shopId, id, holds(DUE_AT, leaseMs), due);
  }

  /** A page failed. It is due again in so many seconds, until so many tries in a row have failed: false then. */
  async fail(
    shopId: number,
    id: string,
    leaseMs: number,
    { tries, pauseSeconds }: { readonly tries: number; readonly pauseSeconds: number },
  ): Promise<boolean> {
    const isLast = sql`i.failures + 1 >= ${tries}`;
    const again = sql`date_trunc('milliseconds', now() + ${pauseSeconds} * interval '1 second')`;
    const failed = sql`
      failures = i.failures + 1, stopped_why = case when ${isLast} then coalesce(i.stopped_why, 'failed') else i.stopped_why end,
      due_at = case when ${HAS_WORK} and not ${isLast} then ${again} end
    `;
    return (await this.#move(shopId, id, holds(DUE_AT, leaseMs), failed)) !== null;
  }

  /** What has stopped by itself goes on all the same, in the hands of whoever holds it; what staff have stopped does not. */
  async noLongerStopped(shopId: number, id: string, leaseMs: number): Promise<void> {
    const isOurs = sql`${holds(DUE_AT, leaseMs)} and i.stopped_why <> 'staff'`;
    await this.#move(shopId, id, isOurs, sql`stopped_why = null, failures = 0`);
  }

  /** No further page begins; the one under way ends. Also where no row waits here: whoever has the file finds out. False where nothing was to stop. */
  stop(shopId: number, id: string, note: NoteWhere): Promise<boolean> {
    const isGoing = sql`${IS_OPEN} and (i.kept_until is null or ${IS_KEPT}) and i.stopped_why is null`;
    return this.#change(shopId, id, { where: isGoing, set: sql`stopped_why = 'staff'`, note });
  }

  /** What was stopped, or has failed, is due again: an import whose rows are still here, or an undoing. One whose rows are in its file alone may go on. */
  resume(shopId: number, id: string, note: NoteWhere): Promise<boolean> {
    const isHere = sql`(${IS_UNDOING} or (${IS_OPEN} and ${IS_KEPT}))`;
    const canGoOn = sql`i.stopped_why is not null and (${isHere} or (${IS_OPEN} and i.stopped_why = 'staff'))`;
    const set = sql`stopped_why = null, failures = 0, due_at = case when ${isHere} then ${DUE_NOW} else i.due_at end`;
    return this.#change(shopId, id, { where: canGoOn, set, note });
  }

  /**
   * From now on no row is imported any more, what waits is dropped, and the undoing is due: whoever dies next, the cron finds it. `note` is written
   * where nobody has begun it before.
   */
  async beginUndo(shopId: number, id: string, by: string, note: NoteWhere): Promise<void> {
    await this.#run(
      shopId,
      sql`
        with begun as (
          update imports i set
            undo_begun_at = now(), undo_begun_by = ${by}, kept_until = null, stopped_why = null, failures = 0, due_at = ${DUE_NOW}
          where i.shop_id = ${shopId} and i.id = ${id} and i.format <> 'shop' and i.undo_begun_at is null
          returning i.id
        ),
        dropped as (
          update import_rows set ${DROPPED}
          where shop_id = ${shopId} and import_id = (select id from begun) and outcome = 'waiting'
        ),
        noted as (${note(sql`exists (select from begun)`)})
        select id from begun
      `,
    );
  }

  /** An undoing that was stopped, because it failed too often, is due again. */
  async undoing(shopId: number, id: string): Promise<void> {
    const set = sql`stopped_why = null, failures = 0, due_at = ${DUE_NOW}`;
    await this.#move(shopId, id, sql`${IS_UNDOING} and i.stopped_why is not null`, set);
  }

  /**
   * Notes what an undo took back, once for each row, and how far it is. It ends where nothing was posted since it looked (`rowsPosted`), and then
   * drops what a hand-over of that moment left waiting.
   */
  async noteUndone(shopId: number, id: string, page: UndonePage): Promise<void> {
    const { taken, throughRow, rowsPosted, isLast } = page;
    const hasEnded = sql`(${isLast} and i.rows_posted = ${rowsPosted})`;
    await this.#run(
      shopId,
      sql`
        -- The import before its rows, as everybody locks them.
        with held as materialized (
          select id from imports where shop_id = ${shopId} and id = ${id} for no key update
        ),
        noted as (
          update import_rows r set points_taken = t.points
          from held cross join json_to_recordset(${JSON.stringify(taken)}::json) as t ("row" integer, points bigint)
          where r.shop_id = ${shopId} and r.import_id = ${id} and r.row_number = t."row" and r.points_taken is null
          returning r.points, r.points_taken
        ),
        -- Nothing below asks for it, so it is done last, when the import is locked by its own update.
        dropped as (
          update import_rows set ${DROPPED}
          where ${isLast} and shop_id = ${shopId} and import_id = ${id} and outcome = 'waiting'
        ),
        counted as (
          select coalesce(sum(points_taken), 0) as taken, coalesce(sum(points - points_taken), 0) as left_over from noted
        )
        update imports i
        set points_taken = i.points_taken + c.taken, points_left = i.points_left + c.left_over,
            undo_last_row = greatest(i.undo_last_row, ${throughRow}),
            undone_at = case when ${hasEnded} then coalesce(i.undone_at, now()) else i.undone_at end
        from counted c
        where i.shop_id = ${shopId} and i.id = ${id}
      `,
    );
  }

  /** Drops what has waited for too long. The import is to go on with its file, from the row that it has reached; where staff stopped it, once they say so. */
  async dropOutlived(shopId: number): Promise<void> {
    await this.#run(
      shopId,
      sql`
        with outlived as (
          update imports set
            kept_until = null, kept_through_row = last_row_done, due_at = null,
            stopped_why = case when stopped_why = 'staff' then 'staff' else 'expired' end
          where shop_id = ${shopId} and kept_until <= now() and (due_at is null or due_at <= now())
          returning id
        )
        update import_rows r set ${DROPPED}
        from outlived where r.shop_id = ${shopId} and r.import_id = outlived.id and r.outcome = 'waiting'
      `,
    );
  }

  /** Somebody is forgotten: their rows that wait are refused, and name nobody. */
  forget(shopId: number, customerIds: readonly string[]): Promise<void> {
    return forgetRows(this.#db, shopId, customerIds);
  }

  /** Of these rows, those whose customer was forgotten. */
  forgottenOf(shopId: number, id: string, rowNumbers: readonly number[]): Promise<number[]> {
    return readForgottenRows(this.#db, shopId, id, rowNumbers);
  }

  /** For a commit: that none of these rows' customers was forgotten, nor is before it is over. */
  unlessForgotten(shopId: number, id: string, rowNumbers: readonly number[]): SQL {
    return unlessForgotten(shopId, id, rowNumbers);
  }

  /** The points that wait for these customers. */
  async mentionsOf(shopId: number, customerIds: readonly string[]): Promise<{ readonly points: number }[]> {
    const rows = await this.#run<{ points: string }>(
      shopId,
      sql`
        select points::text as points from import_rows
        where shop_id = ${shopId} and customer_id = any (array(select json_array_elements_text(${JSON.stringify(customerIds)}::json)))
        order by import_id, row_number
      `,
    );
    return rows.map(({ points }) => ({ points: Number(points) }));
  }

  /** Imports that are to go on, or have kept rows for too long, over all tenants. */
  async due(): Promise<{ readonly domain: string; readonly importId: string }[]> {
    const rows = await runFor<{ domain: string; import_id: string }>(
      this.#db,
      {},
      sql`select domain, import_id from lojal_imports_due_1()`,
    );
    return rows.map((row) => ({ domain: row.domain, importId: row.import_id }));
  }

  /** Changes an import where that holds; its due date afterwards, null where it has none or nothing was changed. */
  async #move(shopId: number, id: string, where: SQL, set: SQL): Promise<number | null> {
    const [row] = await this.#run<{ due_ms: string | null }>(
      shopId,
      sql`
        update imports i set ${set} where i.shop_id = ${shopId} and i.id = ${id} and ${where}
        returning ${epochMs(DUE_AT)}::text as due_ms
      `,
    );
    return row?.due_ms == null ? null : Number(row.due_ms);
  }

  /** The same, with a note of it. False where nothing was changed. */
  async #change(
    shopId: number,
    id: string,
    { where, set, note }: { readonly where: SQL; readonly set: SQL; readonly note: NoteWhere },
  ): Promise<boolean> {
    const changed = await this.#run(
      shopId,
      sql`
        with changed as (
          update imports i set ${set} where i.shop_id = ${shopId} and i.id = ${id} and ${where} returning i.id
        ),
        noted as (${note(sql`exists (select from changed)`)})
        select id from changed
      `,
    );
    return changed.length > 0;
  }

  #run<Row>(shopId: number, statement: SQL): Promise<Row[]> {
    return runFor<Row>(this.#db, { shops: [shopId] }, statement);
  }
}

interface WaitingRowRow {
  readonly row_number: number;
  readonly customer_id: string;
  readonly points: string;
  readonly available_ms: string | null;
  readonly expires_ms: string | null;
}
