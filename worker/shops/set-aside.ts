/** Deliveries that had no effect, and work that failed for good: recorded, so that a merchant can see them, run them again, and nothing is silently lost. */
import { sql } from "drizzle-orm";
import { type Database, epochMs, type NoteWhere, runFor } from "../db/client.ts";

export interface SetAside {
  readonly shop: string;
  readonly topic: string;
  readonly reason: string;
  readonly deliveryId: string | null;
  /** What to run again, if it can be. */
  readonly job?: unknown;
  /** The class of the last fault and its SQLSTATE. */
  readonly fault?: string | null;
  readonly attempts?: number;
}

/** Postgres takes no NUL and no half of a surrogate pair: what is recorded here must never be refused. */
function asPostgresTakesIt(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : value;
}

export async function recordSetAside(db: Database, all: readonly SetAside[]): Promise<void> {
  if (all.length === 0) return;
  const rows = all.map(({ shop, topic, reason, deliveryId, job = null, fault = null, attempts = 0 }) => ({
    shop_domain: shop,
    topic,
    reason,
    delivery_id: deliveryId,
    job,
    fault,
    attempts,
  }));
  await runFor(
    db,
    {},
    sql`
      insert into set_aside (shop_domain, topic, reason, delivery_id, job, fault, attempts)
      select shop_domain, topic, reason, delivery_id, job, fault, attempts
      from json_to_recordset(${JSON.stringify(rows, asPostgresTakesIt)}::json)
        as i (shop_domain text, topic text, reason text, delivery_id text, job json, fault text, attempts integer)
    `,
  );
}

export interface SetAsideRow {
  readonly id: string;
  readonly topic: string;
  readonly reason: string;
  readonly fault: string | null;
  readonly attempts: number;
  readonly canBeReplayed: boolean;
  readonly recordedAtMs: number;
  readonly replayDueAtMs: number | null;
  readonly replayedAtMs: number | null;
}

/** The newest rows of a shop, also of one that was never installed. */
export async function listSetAside(db: Database, domain: string, most: number): Promise<SetAsideRow[]> {
  const rows = await runFor<{ id: string; [column: string]: unknown }>(
    db,
    { domains: [domain] },
    sql`
      select id::text, topic, reason, fault, attempts, job is not null as can_be_replayed,
             ${epochMs(sql`recorded_at`)}::text as recorded_at_ms, ${epochMs(sql`replay_due_at`)}::text as replay_due_at_ms,
             ${epochMs(sql`replayed_at`)}::text as replayed_at_ms
      from set_aside where shop_domain = ${domain} order by id desc limit ${most}
    `,
  );
  const moment = (value: unknown) => (value === null ? null : Number(value));
  return rows.map((row) => ({
    id: row.id,
    topic: String(row["topic"]),
    reason: String(row["reason"]),
    fault: row["fault"] === null ? null : String(row["fault"]),
    attempts: Number(row["attempts"]),
    canBeReplayed: row["can_be_replayed"] === true,
    recordedAtMs: Number(row["recorded_at_ms"]),
    replayDueAtMs: moment(row["replay_due_at_ms"]),
    replayedAtMs: moment(row["replayed_at_ms"]),
  }));
}

/** Who asks, as it is written down with it. */
export interface AskedBy {
  readonly shopId: number;
  readonly note: NoteWhere;
}

/** Asks for these rows to be run again, or for all that have not been. Returns how many there are; rows without a job are none. */
export async function askReplay(
  db: Database,
  domain: string,
  ids: readonly string[] | "all",
  by?: AskedBy,
): Promise<number> {
  const wanted = ids === "all" ? sql`replayed_at is null` : sql`id = any (${`{${ids.join(",")}}`}::bigint[])`;
  const rows = await runFor(
    db,
    { domains: [domain], shops: by === undefined ? [] : [by.shopId] },
    sql`
      with asked as (
        update set_aside set replay_due_at = now() where shop_domain = ${domain} and job is not null and ${wanted} returning id
      )
      ${by === undefined ? sql`` : sql`, noted as (${by.note(sql`exists (select from asked)`)})`}
      select id from asked
    `,
  );
  return rows.length;
}

export interface ReplayDue {
  readonly rows: readonly { readonly id: string; readonly job: unknown }[];
  readonly areAll: boolean;
}

/** What one answer of the database may weigh is bounded, and a job may be a whole large order. */
const REPLAY_ROWS = 100;
const REPLAY_BYTES = 2_000_000;

/** The oldest rows whose replay is due, as many as one message's work may be; at least one, if there is any. */
export async function readReplayDue(db: Database, domain: string): Promise<ReplayDue> {
  const rows = await runFor<{ id: string; job: unknown; due: string }>(
    db,
    { domains: [domain] },
    sql`
      select id::text, job, due from (
        select id, job, sum(length(job::text)) over oldest - length(job::text) as bytes_before, count(*) over () as due
        from set_aside where shop_domain = ${domain} and replay_due_at <= now()
        window oldest as (order by id)
      ) waiting
      where bytes_before < ${REPLAY_BYTES} order by id limit ${REPLAY_ROWS}
    `,
  );
  const due = Number(rows[0]?.due ?? 0);
  return { rows: rows.map(({ id, job }) => ({ id, job })), areAll: rows.length === due };
}

export interface Replayed {
  /** Those whose jobs are on the queue now. */
  readonly replayed: readonly string[];
  /** Those that this version of the worker does not know: a later one may. */
  readonly postponed: readonly string[];
}

export async function markReplayed(db: Database, domain: string, { replayed, postponed }: Replayed): Promise<void> {
  const [done, later] = [replayed, postponed].map((ids) => sql`id = any (${`{${ids.join(",")}}`}::bigint[])`);
  await runFor(
    db,
    { domains: [domain] },
    sql`
      update set_aside set
        replay_due_at = case when ${later} then now() + interval '1 hour' end,
        replayed_at = case when ${done} then now() else replayed_at end
      where shop_domain = ${domain} and (${done} or ${later})
    `,
  );
}
