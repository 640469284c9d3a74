/** What a shop's staff may do: who may act on members, and the points that all of them together may give in a month. */
import { type SQL, sql } from "drizzle-orm";
import { type Database, type NoteWhere, runFor } from "../db/client.ts";
import { insertCopies } from "../db/copied-rows.ts";

export interface StaffRules {
  /** Grows with every change; 0 before the first. */
  readonly version: number;
  /** Points that staff may give in a month; null where there is no bound. */
  readonly budgetPoints: number | null;
  /** Shopify's numbers of those who may act on members; null where all may. */
  readonly staff: readonly string[] | null;
  /** Whether staff see customers' names, which Shopify is asked for while they look. */
  readonly showsNames: boolean;
  /** Given this month, less what was undone. */
  readonly givenPoints: number;
}

export type Grant =
  | { readonly kind: "taken" }
  | { readonly kind: "spent"; readonly budget: number; readonly given: number };

/** What of it an export carries, rows after those that they name: a budget that is spent is spent where the shop comes back, too. */
export const STAFF_TABLES = ["shop_settings", "budget_months", "budget_grants"] as const;
export type StaffTable = (typeof STAFF_TABLES)[number];

/** A row as JSON text on one line. */
export interface StaffLine {
  readonly table: StaffTable;
  readonly row: string;
}

export class StaffBook {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async rules(shopId: number): Promise<StaffRules> {
    const [row] = await runFor<RulesRow>(
      this.#db,
      { shops: [shopId] },
      sql`
        select coalesce(s.version, 0) as version, s.budget_points::text as budget_points, array_to_json(s.staff) as staff,
               coalesce(s.shows_names, false) as shows_names, coalesce(m.points_given, 0)::text as given
        from (select 1) one
        left join shop_settings s on s.shop_id = ${shopId}
        left join budget_months m on m.shop_id = ${shopId} and m.month = date_trunc('month', now() at time zone 'utc')::date
      `,
    );
    return {
      version: row?.version ?? 0,
      budgetPoints: row?.budget_points == null ? null : Number(row.budget_points),
      staff: row?.staff ?? null,
      showsNames: row?.shows_names ?? false,
      givenPoints: Number(row?.given ?? 0),
    };
  }

  /** Writes rules over those of this version, and the note with them; false where somebody else has changed them since. */
  async change(
    shopId: number,
    seenVersion: number,
    { budgetPoints, staff, showsNames }: Pick<StaffRules, "budgetPoints" | "staff" | "showsNames">,
    note: NoteWhere,
  ): Promise<boolean> {
    const names =
      staff === null ? sql`null` : sql`array(select json_array_elements_text(${JSON.stringify(staff)}::json))`;
    const rows = await runFor(
      this.#db,
      { shops: [shopId] },
      sql`
        with changed as (
          insert into shop_settings as s (shop_id, version, budget_points, staff, shows_names)
          select ${shopId}, 1, ${budgetPoints}::bigint, ${names}, ${showsNames}::boolean
          where ${seenVersion}::integer = 0 or exists (select from shop_settings where shop_id = ${shopId})
          on conflict on constraint shop_settings_pkey do update set
            version = s.version + 1, budget_points = excluded.budget_points, staff = excluded.staff,
            shows_names = excluded.shows_names
            where s.version = ${seenVersion}::integer
          returning version
        ),
        noted as (${note(sql`exists (select from changed)`)})
        select version from changed
      `,
    );
    return rows.length > 0;
  }

  /**
   * Takes points out of this month's budget for the adjustment of this id. The same id takes once: other points take the place of those from before,
   * and what the ledger has takes nothing more.
   */
  async take(shopId: number, id: string, staffId: string, points: number): Promise<Grant> {
    const [row] = await runFor<{ is_taken: boolean; budget: string | null; given: string }>(
      this.#db,
      { shops: [shopId] },
      sql`
        select is_taken, budget::text as budget, given::text as given
        from lojal_take_budget_2(${shopId}::integer, ${id}, ${staffId}, ${points}::bigint)
      `,
    );
    if (!row) throw new Error("The budget returned no row.");
    return row.is_taken ? { kind: "taken" } : { kind: "spent", budget: Number(row.budget), given: Number(row.given) };
  }

  /** For a commit: that just these points are taken for the adjustment, and stay so until it is over. */
  whileTaken(shopId: number, id: string, points: number): SQL {
    return sql`exists (
      select from budget_grants
      where shop_id = ${shopId} and id = ${id} and points = ${points}::bigint and returned_at is null for share
    )`;
  }

  /** What was taken for this adjustment goes back into the month it came from, once, and only where nothing of it is given. */
  async giveBack(shopId: number, id: string): Promise<void> {
    await runFor(this.#db, { shops: [shopId] }, sql`select lojal_return_budget_1(${shopId}::integer, ${id})`);
  }

  /** The settings and months, and the gifts after this id; where the next page begins, null at the end. */
  async exportLines(shopId: number, after: string, most: number): Promise<{ lines: StaffLine[]; next: string | null }> {
    const lines: StaffLine[] = [];
    const ids = await this.#lines(shopId, "budget_grants", sql`and t.id > ${after} order by t.id limit ${most}`);
    if (after === "")
      for (const table of ["shop_settings", "budget_months"] as const)
        for (const { row } of await this.#lines(shopId, table, sql``)) lines.push({ table, row });
    for (const { row } of ids) lines.push({ table: "budget_grants", row });
    return { lines, next: ids.length === most ? (ids.at(-1)?.id ?? null) : null };
  }

  #lines(shopId: number, table: StaffTable, which: SQL): Promise<{ row: string; id: string | null }[]> {
    return runFor(
      this.#db,
      { shops: [shopId] },
      sql`
        select replace(row_to_json(t)::text, E'\\n', ' ') as row, row_to_json(t) ->> 'id' as id
        from ${sql.raw(table)} t where t.shop_id = ${shopId} ${which}
      `,
    );
  }

  /** Writes exported rows; those that are there already stay as they are. */
  async restoreLines(shopId: number, lines: readonly StaffLine[]): Promise<void> {
    for (const table of STAFF_TABLES)
      await insertCopies(
        this.#db,
        shopId,
        table,
        lines.flatMap((line) => (line.table === table ? [line.row] : [])),
      );
  }
}

interface RulesRow {
  readonly version: number;
  readonly budget_points: string | null;
  readonly staff: string[] | null;
  readonly shows_names: boolean;
  readonly given: string;
}
