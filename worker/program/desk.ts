/** Where staff work on a shop's program: the one draft there is, and how it becomes a version. Whoever comes second is told so. */
import { sql } from "drizzle-orm";
import { call, type Database, epochMs, runFor } from "../db/client.ts";
import type { Program } from "../domain/program.ts";
import { auditInsert } from "./audit.ts";
import { storedProgram } from "./program-schema.ts";

export interface Draft {
  /** Grows with every save, publication and withdrawal; whoever writes names the one they have seen. */
  readonly revision: number;
  /** The newest version when it was begun; 0 before the first. */
  readonly basedOn: number;
  /** As it was entered: perhaps no program yet. Null where nobody is working on one. */
  readonly content: unknown;
  readonly savedBy: string | null;
  readonly savedAtMs: number | null;
}

export const NO_DRAFT: Draft = { revision: 0, basedOn: 0, content: null, savedBy: null, savedAtMs: null };

export interface DraftToSave {
  readonly content: unknown;
  readonly basedOn: number;
  /** The revision that was seen; 0 where there was none. */
  readonly revision: number;
}

export interface Publication {
  readonly program: Program;
  readonly seenVersion: number;
  readonly seenRevision: number;
  /** Null is now. */
  readonly inForceFromMs: number | null;
  readonly actor: string;
}

export type Published =
  | { readonly outcome: "published"; readonly version: number; readonly inForceFromMs: number }
  | { readonly outcome: "newer-version" | "newer-draft" | "unknown-shop" }
  | { readonly outcome: "too-early"; readonly nowMs: number };

/** So far back a shop's first version may begin: as far as orders can be read again. */
export const FIRST_REACH_DAYS = 60;

/** Drafts and publications of all shops. */
export class ProgramDesk {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async draft(shopId: number): Promise<Draft> {
    const [row] = await runFor<DraftRow>(
      this.#db,
      { shops: [shopId] },
      sql`
        select revision, based_on, content, saved_by, ${epochMs(sql`saved_at`)}::text as saved_at_ms
        from program_drafts where shop_id = ${shopId}
      `,
    );
    if (!row) return NO_DRAFT;
    const { revision, based_on: basedOn, content, saved_by: savedBy, saved_at_ms: savedAtMs } = row;
    return { revision, basedOn, content, savedBy, savedAtMs: Number(savedAtMs) };
  }

  /** Saves what was entered. Returns the new revision; null where somebody has written since the revision that was seen. */
  save(shopId: number, actor: string, { content, basedOn, revision }: DraftToSave): Promise<number | null> {
    return this.#write(shopId, actor, "draft-saved", { content: storedProgram(content), basedOn, revision });
  }

  /** Gives the draft up. Returns the new revision; null where somebody has written since the revision that was seen. */
  discard(shopId: number, actor: string, revision: number): Promise<number | null> {
    return this.#write(shopId, actor, "draft-discarded", { content: null, basedOn: 0, revision });
  }

  async #write(
    shopId: number,
    actor: string,
    action: "draft-saved" | "draft-discarded",
    { content, basedOn, revision }: { content: string | null; basedOn: number; revision: number },
  ): Promise<number | null> {
    const act = { actor, action, detail: { basedOn, revision: revision + 1 } };
    const [row] = await runFor<{ revision: number }>(
      this.#db,
      { shops: [shopId] },
      sql`
        with saved as (
          insert into program_drafts as d (shop_id, based_on, content, saved_by)
          select ${shopId}::integer, ${basedOn}::integer, ${content}::jsonb, ${actor}
          where ${revision}::integer = 0 or exists (select from program_drafts where shop_id = ${shopId})
          on conflict on constraint program_drafts_pkey do update
            set revision = d.revision + 1, based_on = excluded.based_on, content = excluded.content, saved_by = excluded.saved_by,
                saved_at = now()
            where d.revision = ${revision}
          returning d.revision
        ),
        written as (${auditInsert(shopId, act, sql`exists (select from saved)`)})
        select revision from saved
      `,
    );
    return row?.revision ?? null;
  }

  /** Publishes the draft as the next version; nothing where its publisher has not seen the newest version, or the newest draft. */
  async publish(shopId: number, publication: Publication): Promise<Published> {
    const { program, seenVersion, seenRevision, inForceFromMs, actor } = publication;
    const begins = inForceFromMs === null ? null : new Date(inForceFromMs).toISOString();
    const [row] = await call<PublishedRow>(
      this.#db,
      `select outcome, version, in_force_from_ms::text as in_force_from_ms
       from lojal_publish_1($1, $2, $3, $4, make_interval(days => $5), $6, $7, $8)`,
      [shopId, seenVersion, seenRevision, begins, FIRST_REACH_DAYS, storedProgram(program), actor, "{}"],
    );
    if (!row) throw new Error("A publication was not answered.");
    switch (row.outcome) {
      case "published":
        return { outcome: "published", version: row.version, inForceFromMs: Number(row.in_force_from_ms) };
      case "too-early":
        return { outcome: "too-early", nowMs: Number(row.in_force_from_ms) };
      default:
        return { outcome: row.outcome };
    }
  }
}

interface DraftRow {
  readonly revision: number;
  readonly based_on: number;
  readonly content: unknown;
  readonly saved_by: string;
  readonly saved_at_ms: string;
}

interface PublishedRow {
  readonly outcome: Published["outcome"];
  readonly version: number;
  readonly in_force_from_ms: string | null;
}
