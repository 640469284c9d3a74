/** Rows that come back as they were exported, whatever columns their table had then. */
import { sql } from "drizzle-orm";
import { type Database, runFor } from "./client.ts";

/** A table or column name in the schema's manner: nothing else is put into a statement. */
const NAME = /^[a-z][a-z0-9_]{0,62}$/;

/**
 * Inserts rows, each the JSON text of one, as rows of this shop; those that are there already are left as they are. Columns that the rows do not
 * have take their defaults; one that the table does not have is the database's to refuse.
 */
export async function insertCopies(
  db: Database,
  shopId: number,
  table: string,
  rows: readonly string[],
  { without = [] }: { readonly without?: readonly string[] } = {},
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(JSON.parse(first) as object).filter(
    (name) => name !== "shop_id" && !without.includes(name),
  );
  if (![table, ...columns].every((name) => NAME.test(name)))
    throw new Error("A copied row has a column of no such name.");
  const list = sql.raw(columns.join(", "));
  await runFor(
    db,
    { shops: [shopId] },
    // As text: every digit and every letter of a JSON column stays as it was.
    sql`
      with restoring as materialized (select set_config('lojal.restores', 'on', true))
      insert into ${sql.raw(table)} (shop_id, ${list}) overriding system value
      select ${shopId}, ${list} from restoring
      cross join json_populate_recordset(null::${sql.raw(table)}, ${`[${rows.join(",")}]`}::json)
      on conflict do nothing
    `,
  );
}
