/** Rows of imports whose customers are forgotten: what becomes of those that wait, and how a page that has read them before finds out. */
import { type SQL, sql } from "drizzle-orm";
import { type Database, runFor } from "../db/client.ts";

/** Somebody is forgotten: their rows that wait are refused, and name nobody. */
export async function forgetRows(db: Database, shopId: number, customerIds: readonly string[]): Promise<void> {
  await runFor(
    db,
    { shops: [shopId] },
    sql`
      with named as (
        select json_array_elements_text(${JSON.stringify(customerIds)}::json) as customer_id
      ),
      waits as materialized (
        select r.import_id, r.row_number
        from named n cross join lateral (
          select import_id, row_number from import_rows where shop_id = ${shopId} and customer_id = n.customer_id offset 0
        ) r
        order by r.import_id, r.row_number
      ),
      -- The imports before their rows, as everybody locks them but a commit, which locks rows alone; and always in the same order.
      held as materialized (
        select i.id from imports i
        where i.shop_id = ${shopId} and i.id in (select import_id from waits)
        order by i.id for no key update
      ),
      -- And so the rows: two of one person can be in one page, whose commit and whose note go by the numbers.
      locked as materialized (
        select r.import_id, r.row_number
        from waits w cross join lateral (
          select import_id, row_number from import_rows
          where shop_id = ${shopId} and import_id = w.import_id and row_number = w.row_number and outcome = 'waiting' offset 0
          for no key update
        ) r
        where w.import_id = any (array(select id from held))
      ),
      forgotten as (
        update import_rows r set
          outcome = 'refused', reason = 'forgotten', customer_id = null, points = null, available_at = null, expires_at = null
        from locked l
        where r.shop_id = ${shopId} and r.import_id = l.import_id and r.row_number = l.row_number and r.outcome = 'waiting'
        returning r.import_id
      ),
      counted as (select import_id, count(*) as rows from forgotten group by import_id)
      update imports i set rows_refused = i.rows_refused + c.rows
      from counted c where i.shop_id = ${shopId} and i.id = c.import_id
    `,
  );
}

/** Of these rows, those whose customer was forgotten. */
export async function readForgottenRows(
  db: Database,
  shopId: number,
  id: string,
  rowNumbers: readonly number[],
): Promise<number[]> {
  const rows = await runFor<{ row_number: number }>(
    db,
    { shops: [shopId] },
    sql`
      select row_number from import_rows
      where shop_id = ${shopId} and import_id = ${id} and reason = 'forgotten'
        and row_number = any (array(select json_array_elements_text(${JSON.stringify(rowNumbers)}::json)::integer))
    `,
  );
  return rows.map((row) => row.row_number);
}

/** That none of these rows' customers was forgotten, nor is before the statement is over: whoever forgets them waits for it, or it for them. */
export function unlessForgotten(shopId: number, id: string, rowNumbers: readonly number[]): SQL {
  return sql`(
    select count(*) filter (where r.reason = 'forgotten') = 0
    from json_array_elements_text(${JSON.stringify(rowNumbers)}::json) as n (row_number)
    cross join lateral (
      select reason from import_rows
      where shop_id = ${shopId} and import_id = ${id} and row_number = n.row_number::integer offset 0 for share
    ) r
  )`;
}
