/** One HTTP request to Postgres per call; each names the shops it works for, and row-level security holds it to them. */
import { type NeonQueryFunction, neon } from "@neondatabase/serverless";
import { type SQL, sql } from "drizzle-orm";
import { drizzle, type NeonHttpDatabase } from "drizzle-orm/neon-http";

export type Database = NeonHttpDatabase & { readonly $client: NeonQueryFunction<false, false> };

/** Whom a request works for: shop numbers once they are known, domains before that. */
export interface Tenancy {
  readonly shops?: readonly number[];
  readonly domains?: readonly string[];
}

/** What is written down in the statement of an act, where `done` holds: whoever acts hands it in, whoever writes the act puts it beside. */
export type NoteWhere = (done: SQL) => SQL;

export function connect(databaseUrl: string): Database {
  return drizzle(neon(databaseUrl));
}

/**
 * Runs one statement for these shops, in one round trip: the setting and the statement are one transaction.
 * Rows come back as the driver parsed them; the caller names their shape.
 */
export async function runFor<Row>(db: Database, tenancy: Tenancy, statement: SQL): Promise<Row[]> {
  const [, result] = await db.batch([db.execute(tenancySetting(tenancy)), db.execute(statement)]);
  return result.rows as Row[];
}

/** Calls a function of ours, in one round trip. It is told by its first argument for whom it works, and sets the rest itself. */
export async function call<Row>(db: Database, text: string, values: readonly unknown[]): Promise<Row[]> {
  return (await db.$client.query(text, [...values], { fullResults: true })).rows as Row[];
}

/**
 * Each of these statements asks for few rows by their keys, but the planner must guess how many: left to itself it
 * reads whole tables. For this transaction it may only walk indexes.
 */
function tenancySetting({ shops = [], domains = [] }: Tenancy): SQL {
  return sql`
    select
      set_config('lojal.shops', ${shops.join(",")}, true), set_config('lojal.domains', ${domains.join(",")}, true),
      set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
  `;
}

/** A moment as whole milliseconds since 1970, in SQL: the driver's own text for a timestamp is not needed anywhere. */
export function epochMs(moment: SQL): SQL {
  return sql`round(extract(epoch from ${moment}) * 1000)::bigint`;
}
