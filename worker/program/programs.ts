/** Published program versions: immutable, so that what was read once stays true; only "is there a newer one" must be asked. */
import { sql } from "drizzle-orm";
import { type Database, epochMs, runFor } from "../db/client.ts";
import { insertCopies } from "../db/copied-rows.ts";
import { type Programs, type ProgramVersion, programsOf } from "../domain/program.ts";
import { programSchema } from "./program-schema.ts";

const CACHE_MS = 60_000;

interface Known {
  readonly programs: Programs;
  readonly newest: number;
  readonly untilMs: number;
}

/**
 * A shop's versions, remembered for a minute. `atLeast` is the newest version the caller has heard of (the ledger's load tells it in the
 * same trip): an older memory is read anew, so that a cached program can never settle an order that a newer one speaks for.
 */
export class ProgramLibrary {
  readonly #db: Database;
  readonly #known = new Map<number, Known>();

  constructor(db: Database) {
    this.#db = db;
  }

  async programsOf(shopId: number, atLeast: number, nowMs: number): Promise<Programs> {
    const known = this.#known.get(shopId);
    if (known && known.newest >= atLeast && known.untilMs > nowMs) return known.programs;
    const versions = await readVersions(this.#db, shopId);
    const programs = programsOf(versions);
    this.#known.set(shopId, { programs, newest: versions.at(-1)?.version ?? 0, untilMs: nowMs + CACHE_MS });
    return programs;
  }

  /** All versions as the database has them, a line of JSON each, oldest first. */
  async exportVersions(shopId: number): Promise<string[]> {
    const rows = await runFor<{ row: string }>(
      this.#db,
      { shops: [shopId] },
      sql`
        select replace(row_to_json(v)::text, E'\\n', ' ') as row from program_versions v
        where v.shop_id = ${shopId} order by v.version
      `,
    );
    return rows.map(({ row }) => row);
  }

  /** Whether exported versions are programs as this worker knows them: those of a newer deployment may have settings that it does not know. */
  understands(rows: readonly string[]): boolean {
    return rows.every((row) => programSchema.safeParse(JSON.parse(row).program).success);
  }

  /** Writes exported versions; those that are there already stay as they are. */
  async restoreVersions(shopId: number, rows: readonly string[]): Promise<void> {
    await insertCopies(this.#db, shopId, "program_versions", rows);
    await runFor(
      this.#db,
      { shops: [shopId] },
      sql`
        update shops set newest_program_version = coalesce(
          (select max(version) from program_versions where shop_id = ${shopId}), newest_program_version
        ) where id = ${shopId}
      `,
    );
    this.#known.delete(shopId);
  }
}

async function readVersions(db: Database, shopId: number): Promise<ProgramVersion[]> {
  const rows = await runFor<VersionRow>(
    db,
    { shops: [shopId] },
    sql`
      select version, published_by, ${epochMs(sql`in_force_from`)}::text as in_force_from_ms, ${epochMs(sql`published_at`)}::text as published_at_ms, program
      from program_versions where shop_id = ${shopId} order by version
    `,
  );
  return rows.map((row) => ({
    version: row.version,
    inForceFromMs: Number(row.in_force_from_ms),
    publishedAtMs: Number(row.published_at_ms),
    program: programSchema.parse(row.program),
    publishedBy: row.published_by,
  }));
}

interface VersionRow {
  readonly version: number;
  readonly in_force_from_ms: string;
  readonly published_at_ms: string;
  readonly program: unknown;
  readonly published_by: string | null;
}
