/** Which migrations a database has, whether they are still these, and applying the rest: over TCP, as the owner, one deployment at a time. */
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { Refused } from "../command.ts";
import { differencesOf, readSchema, type Schema } from "./schema.ts";

/** Any number, as long as it is always the same: who holds it is the one who migrates. */
const MIGRATION_LOCK = 5_010_741;
/** A migration waits this long for a table in use; then it has changed nothing, and everybody else goes on. */
const LOCK_TIMEOUT_MS = 10_000;

interface Migration {
  readonly tag: string;
  /** What the database notes as `created_at`. */
  readonly when: number;
  readonly hash: string;
}

export interface Applied {
  readonly tag: string;
  /** Newer than what the database has. */
  readonly due: readonly string[];
  /** How many it has. */
  readonly count: number;
}

/** The migrations of a folder, oldest first. */
export function readMigrations(folder: string): Migration[] {
  const journal = JSON.parse(readFileSync(join(folder, "meta/_journal.json"), "utf8")) as {
    entries: readonly { readonly tag: string; readonly when: number }[];
  };
  return journal.entries.map(({ tag, when }) => ({
    tag,
    when,
    hash: createHash("sha256")
      .update(readFileSync(join(folder, `${tag}.sql`), "utf8"))
      .digest("hex"),
  }));
}

/** A copy of the folder that ends after so many migrations. The caller removes it. */
export function folderOfFirst(folder: string, count: number): string {
  const copy = mkdtempSync(join(tmpdir(), "lojal-migrations-"));
  cpSync(folder, copy, { recursive: true });
  const path = join(copy, "meta/_journal.json");
  const journal = JSON.parse(readFileSync(path, "utf8")) as { entries: readonly unknown[] };
  writeFileSync(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }));
  return copy;
}

/** Runs something as one session of the database's owner. Refused where nobody answers. */
export async function asOwner<Result>(ownerUrl: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: 30_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (fault) {
    const code = (fault as { code?: string }).code ?? "no answer";
    throw new Refused(`The database cannot be reached as its owner (${code}): look at MIGRATION_DATABASE_URL.`);
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What the database has of a folder's migrations. Refused where it has others, changed ones, or none although it has tables. */
export async function compareMigrations(client: pg.Client, folder: string): Promise<Applied> {
  const known = readMigrations(folder);
  const applied = await readApplied(client);
  for (const [index, row] of applied.entries()) {
    const migration = known[index];
    if (migration === undefined)
      throw new Refused(
        `The database has ${applied.length} migrations, this checkout knows ${known.length}: deploy from a newer one.`,
      );
    if (migration.when !== row.when || migration.hash !== row.hash)
      throw new Refused(
        `Migration ${migration.tag} is not what was applied to this database: a released migration is never edited. Nothing was changed.`,
      );
  }
  const due = known.slice(applied.length).map(({ tag }) => tag);
  return { tag: known[applied.length - 1]?.tag ?? "none", due, count: applied.length };
}

async function readApplied(client: pg.Client): Promise<{ when: number; hash: string }[]> {
  const { rows: there } = await client.query<{ recorded: boolean; tables: boolean }>(`
    select to_regclass('drizzle.__drizzle_migrations') is not null as recorded, to_regclass('public.shops') is not null as tables
  `);
  if (there[0]?.recorded !== true) {
    if (there[0]?.tables === true)
      throw new Refused(
        "The database has tables but no record of migrations: they were not made by this command. Use an empty database, or record what was applied in drizzle.__drizzle_migrations.",
      );
    return [];
  }
  const { rows } = await client.query<{ when: string; hash: string }>(
    `select created_at::text as when, hash from drizzle.__drizzle_migrations order by created_at`,
  );
  return rows.map(({ when, hash }) => ({ when: Number(when), hash }));
}

/** Refused where somebody changed the schema by hand: `expected` is what the same migrations make of an empty database. */
export async function refuseDrift(client: pg.Client, expected: Schema): Promise<void> {
  const differences = differencesOf(expected, await readSchema(client));
  if (differences.length === 0) return;
  const told = differences.slice(0, 10).map((line) => `\n  ${line}`);
  const more = differences.length > told.length ? `\n  and ${differences.length - told.length} more` : "";
  throw new Refused(
    `The database's schema is not what its migrations make: it was changed by hand. Nothing was changed.${told.join("")}${more}`,
  );
}

/**
 * Applies what is due, all of it or nothing. Refused while another deployment does, or while a table is in use for too long.
 */
export async function applyDue(
  client: pg.Client,
  folder: string,
  { lockTimeoutMs = LOCK_TIMEOUT_MS }: { readonly lockTimeoutMs?: number } = {},
): Promise<void> {
  const { rows } = await client.query<{ mine: boolean }>("select pg_try_advisory_lock($1) as mine", [MIGRATION_LOCK]);
  if (rows[0]?.mine !== true)
    throw new Refused("Another deployment migrates this database: wait for it, run it again.");
  try {
    await client.query(`set lock_timeout = ${lockTimeoutMs}`);
    await applyMigrations(drizzle(client), { migrationsFolder: folder });
  } catch (fault) {
    const { code } = (fault as { cause?: { code?: string } }).cause ?? {};
    if (code !== "55P03") throw fault;
    throw new Refused(
      `A table was in use for ${lockTimeoutMs / 1000} s: nothing was changed. Run it again when there is less traffic.`,
    );
  } finally {
    await client.query("reset lock_timeout");
    await client.query("select pg_advisory_unlock($1)", [MIGRATION_LOCK]);
  }
}

/** The schema that the first so many migrations make of an empty database. */
export async function schemaOfFirst(emptyDatabaseUrl: string, folder: string, count: number): Promise<Schema> {
  const shorter = folderOfFirst(folder, count);
  try {
    return await asOwner(emptyDatabaseUrl, async (client) => {
      if (count > 0) await applyDue(client, shorter);
      return await readSchema(client);
    });
  } finally {
    rmSync(shorter, { recursive: true });
  }
}
