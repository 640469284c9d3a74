/** The databases of a Postgres on this machine, over TCP as their owner: above row-level security. */
import pg from "pg";
import { superuserPassword } from "./settings.ts";

export function superuserUrl(port: number, database: string): string {
  return `postgres://postgres:${superuserPassword}@127.0.0.1:${port}/${database}`;
}

/** Runs one statement about whole databases, such as `create database`. */
export async function onServer(port: number, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl(port, "postgres") });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * Forgets all shops, so that tables stay small however long a run is: whatever table tells a shop is emptied. History refuses that by triggers: only
 * who owns the whole server can leave them out.
 */
export async function forgetShops(pool: pg.Pool): Promise<void> {
  await pool.query(`
    do $$ begin
      perform set_config('session_replication_role', 'replica', true);
      execute (
        select 'truncate ' || string_agg(distinct format('%I', t.table_name), ', ') || ' cascade'
        from information_schema.tables t
        join information_schema.columns c on c.table_schema = t.table_schema and c.table_name = t.table_name
        where t.table_schema = 'public' and t.table_type = 'BASE TABLE'
          and (t.table_name = 'shops' or c.column_name in ('shop_id', 'shop_domain')));
    end $$`);
}
