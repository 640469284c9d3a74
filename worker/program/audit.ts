/** Who did what, and when: written in the statement of what it records, never changed, read page by page. */
import { type SQL, sql } from "drizzle-orm";
import { type Database, epochMs, type NoteWhere, runFor } from "../db/client.ts";

/** What can be done. A new one needs no migration. */
export type AuditAction =
  | "draft-saved"
  | "draft-discarded"
  | "program-published"
  | "pilot-invited"
  | "pilot-removed"
  | "pilot-tag-chosen"
  | "pilot-tag-read"
  | "groups-read"
  | "points-adjusted"
  | "adjustment-undone"
  | "reward-redeemed"
  | "reward-given"
  | "code-cancelled"
  | "membership-changed"
  | "points-moved"
  | "customer-forgotten"
  | "experience-ended"
  | "settings-changed"
  | "words-changed"
  | "api-key-made"
  | "api-key-revoked"
  | "import-begun"
  | "import-undone"
  | "import-stopped"
  | "import-resumed"
  | "export-made"
  | "replay-asked"
  | "comparison-asked";

/** Numbers, ids and words of ours. Nothing that a person wrote or is called. */
export type AuditDetail = Readonly<Record<string, string | number | boolean | null>>;

export interface AuditEntry {
  /** From `staffActor` or `keyActor`; `operator` is whoever runs commands on the database. */
  readonly actor: string;
  readonly action: AuditAction;
  readonly detail: AuditDetail;
  /** The business key of what is recorded, where a repeat of it must not be written down again. */
  readonly key?: string;
}

export interface RecordedAct extends Omit<AuditEntry, "action" | "key"> {
  readonly id: string;
  readonly action: string;
  readonly atMs: number;
}

/** Which acts: of a kind, by somebody, about the member of this number of ours. */
export interface AuditFilter {
  readonly action?: string;
  readonly actor?: string;
  readonly memberId?: string;
}

export interface AuditPage {
  readonly acts: readonly RecordedAct[];
  /** Pass as `after` to go on; null at the end. */
  readonly next: string | null;
}

const PAGE_SIZE = 50;

/** Whoever runs commands on the database. */
const OPERATOR = "operator";
const KEY_ACTOR = "key:";

/** A member of the shop's staff, by the number that a session token calls `sub`. */
export function staffActor(staffId: string): string {
  return `staff:${staffId}`;
}

/** An API key at work, by the part of it that is no secret. */
export function keyActor(keyId: string): string {
  return `${KEY_ACTOR}${keyId}`;
}

/** The key that an actor is; null for everybody else. */
export function keyOf(actor: string): string | null {
  return actor.startsWith(KEY_ACTOR) ? actor.slice(KEY_ACTOR.length) : null;
}

/** Who it was, of those whom a table names by a number of Shopify's or as `operator`. */
export function actorOf(by: string): string {
  return by === OPERATOR ? OPERATOR : staffActor(by);
}

/**
 * The insert that writes an act down, to be a part of the statement of what it records: `where` says whether that was done, as a condition or as a
 * `from … where …` would.
 */
export function auditInsert(shopId: number, { actor, action, detail, key }: AuditEntry, where: SQL = sql`true`): SQL {
  return sql`
    insert into audit_entries (shop_id, actor, action, detail, key)
    select ${shopId}::integer, ${actor}, ${action}, ${JSON.stringify(detail)}::jsonb, ${key ?? null}::text
    where ${where}
    on conflict on constraint audit_entries_key_once do nothing
  `;
}

/** An act's entry, to be handed to whoever does it: it is written where the act is, in the same statement or not at all. */
export type Note = NoteWhere;

export function noteOf(shopId: number, entry: AuditEntry): Note {
  return (done) => auditInsert(shopId, entry, done);
}

/** What was done in a shop. */
export class AuditBook {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Writes an act down by itself, for what is done elsewhere than in this database, or has a key of its own. */
  async record(shopId: number, entry: AuditEntry): Promise<void> {
    await runFor(this.#db, { shops: [shopId] }, auditInsert(shopId, entry));
  }

  /** Newest first. `after` is a cursor of an earlier page; of filters that are left out all acts are shown. */
  async page(shopId: number, after: string | null, { action, actor, memberId }: AuditFilter = {}): Promise<AuditPage> {
    const conditions = [
      after === null ? sql`` : sql`and audit_entries.id < ${after}::bigint`,
      action === undefined ? sql`` : sql`and action = ${action}`,
      actor === undefined ? sql`` : sql`and actor = ${actor}`,
      memberId === undefined ? sql`` : sql`and member = ${memberId}`,
    ];
    const rows = await runFor<ActRow>(
      this.#db,
      { shops: [shopId] },
      sql`
        select id::text as id, actor, action, detail, ${epochMs(sql`recorded_at`)}::text as at_ms
        from audit_entries where shop_id = ${shopId} ${sql.join(conditions, sql` `)}
        order by audit_entries.id desc limit ${PAGE_SIZE + 1}
      `,
    );
    const acts = rows.slice(0, PAGE_SIZE).map(({ at_ms, ...act }) => ({ ...act, atMs: Number(at_ms) }));
    return { acts, next: rows.length > PAGE_SIZE ? (acts.at(-1)?.id ?? null) : null };
  }
}

interface ActRow extends Omit<RecordedAct, "atMs"> {
  readonly at_ms: string;
}
