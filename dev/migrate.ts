import { join } from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { workerRole } from "./settings.ts";

export interface MigrateOptions {
  readonly workerPassword: string;
  /** Another folder than the project's. */
  readonly folder?: string;
}

export const migrationsFolder = join(import.meta.dirname, "../migrations");

/**
 * Brings a database up to date over TCP, in one transaction (Neon's HTTP endpoint would apply statement by statement),
 * and makes the login role under which the worker connects, with no more rights than the group role of the migrations.
 */
export async function migrate(superuserUrl: string, options: MigrateOptions): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await applyMigrations(drizzle(client), { migrationsFolder: options.folder ?? migrationsFolder });
    const { rowCount } = await client.query("select from pg_roles where rolname = $1", [workerRole]);
    if (rowCount === 0) await client.query(createLogin(workerRole, options.workerPassword));
  } finally {
    await client.end();
  }
}

/** How long one statement of the worker's may take: the sum of a very large shop's books takes nearly that, everything else milliseconds. */
export const STATEMENT_TIMEOUT = "60s";

/**
 * The statements that make a login for the worker: it may do what the migrations allow, is never above row-level security, and keeps the
 * database at one statement no longer than so.
 */
export function createLogin(role: string, password: string): string {
  const rights = "login nosuperuser nocreatedb nocreaterole nobypassrls";
  const name = pg.escapeIdentifier(role);
  return `create role ${name} ${rights} password ${pg.escapeLiteral(password)} in role lojal_worker;
    alter role ${name} set statement_timeout = ${pg.escapeLiteral(STATEMENT_TIMEOUT)}`;
}
