/** Where the reading of each shop's orders stands. A shop's row is the lease on its sweep: whoever moves its due date holds it. */
import { type SQL, sql } from "drizzle-orm";
import { type Database, epochMs, type NoteWhere, runFor } from "../db/client.ts";
import { holds, leaseUntil } from "./lease.ts";

const DUE_AT = sql`w.due_at`;

/** How far before the last sweep the next one begins: Shopify's clock is not ours, and its search may show a change late. */
const OVERLAP = "10 minutes";
/** Shopify shows no older orders to an app without `read_all_orders`. */
/** So far back a shop's first sweep reads. */
export const PAST_DAYS = 60;
const PAST = `${PAST_DAYS} days`;

/** A sweep that we hold. */
export interface Sweep {
  readonly leaseMs: number;
  readonly readsFromMs: number;
  readonly afterCursor: string | null;
  readonly ordersListed: number;
  /** The shop's first: it reads the past, which nobody has missed. */
  readonly isFirst: boolean;
}

/** What one page adds. */
export interface PageSeen {
  readonly ordersListed: number;
  readonly ordersDiffering: number;
}

/** How far the comparison with Shopify is, for a person. */
export interface SweepProgress {
  readonly isUnderWay: boolean;
  /** It was asked for, and begins within a minute. */
  readonly isDue: boolean;
  readonly ordersListed: number;
  readonly ordersDiffering: number;
  readonly finishedAtMs: number | null;
  /** How many tries in a row failed. */
  readonly failures: number;
}

export interface SweepEnd {
  readonly takesStatement: boolean;
}

export class SweepBook {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Takes a shop's sweep: one that is due (null), or the one under that lease for its next page. Null when somebody else has it, or nothing
   * is due. One that died goes on from its last page; a new one reads from where the last one ended.
   */
  async claim(shopId: number, leaseMs: number | null): Promise<Sweep | null> {
    const isOurs = leaseMs === null ? sql`w.due_at <= now()` : holds(DUE_AT, leaseMs);
    const rows = await this.#run<SweepRow>(
      shopId,
      sql`
        insert into sweeps as w (shop_id, read_to, due_at, reads_from, reads_until)
        select id, installed_at - ${PAST}::interval, ${leaseUntil(0)}, installed_at - ${PAST}::interval, now()
        from shops where id = ${shopId} and uninstalled_at is null
        on conflict (shop_id) do update set
          due_at = excluded.due_at,
          reads_from = coalesce(w.reads_from, w.read_to - case when w.finished_at is null then '0' else ${OVERLAP} end::interval),
          reads_until = coalesce(w.reads_until, now()),
          orders_listed = case when w.reads_from is null then 0 else w.orders_listed end,
          orders_differing = case when w.reads_from is null then 0 else w.orders_differing end
        where ${isOurs}
        returning ${epochMs(sql`due_at`)}::text as lease_ms, ${epochMs(sql`reads_from`)}::text as reads_from_ms, after_cursor, orders_listed,
                  finished_at is null as is_first
      `,
    );
    const row = rows[0];
    if (!row) return null;
    return {
      leaseMs: Number(row.lease_ms),
      readsFromMs: Number(row.reads_from_ms),
      afterCursor: row.after_cursor,
      ordersListed: row.orders_listed,
      isFirst: row.is_first,
    };
  }

  /** Notes where the next page begins, which is read in so many seconds. Returns the lease for it; null when the sweep is no longer ours. */
  async goOn(
    shopId: number,
    leaseMs: number,
    seen: PageSeen,
    next: { readonly readsFromMs: number; readonly afterCursor: string | null; readonly delaySeconds: number },
  ): Promise<number | null> {
    const rows = await this.#run<{ lease_ms: string }>(
      shopId,
      sql`
        update sweeps w set
          reads_from = to_timestamp(${next.readsFromMs / 1_000}::double precision), after_cursor = ${next.afterCursor}, failures = 0,
          orders_listed = orders_listed + ${seen.ordersListed}, orders_differing = orders_differing + ${seen.ordersDiffering},
          due_at = ${leaseUntil(next.delaySeconds)}
        where shop_id = ${shopId} and ${holds(DUE_AT, leaseMs)}
        returning ${epochMs(sql`due_at`)}::text as lease_ms
      `,
    );
    return rows[0] ? Number(rows[0].lease_ms) : null;
  }

  /**
   * The last page is done. The next sweep is due in four to six minutes: chance keeps shops apart. A statement that is to be taken stays due until
   * it is queued. Null when the sweep is no longer ours.
   */
  async finish(shopId: number, leaseMs: number, seen: PageSeen): Promise<SweepEnd | null> {
    const rows = await this.#run<{ takes_statement: boolean }>(
      shopId,
      sql`
        with held as (
          select shop_id, orders_differing + ${seen.ordersDiffering} > 0 or statement_due_at <= now() as takes_statement
          from sweeps w where shop_id = ${shopId} and ${holds(DUE_AT, leaseMs)} for update
        )
        update sweeps w set
          read_to = reads_until, reads_from = null, reads_until = null, after_cursor = null, failures = 0, finished_at = now(),
          orders_listed = orders_listed + ${seen.ordersListed}, orders_differing = orders_differing + ${seen.ordersDiffering},
          due_at = date_trunc('milliseconds', now() + (240 + 120 * random()) * interval '1 second'),
          statement_due_at = case when takes_statement then least(statement_due_at, now()) else statement_due_at end
        from held where w.shop_id = held.shop_id
        returning takes_statement
      `,
    );
    return rows[0] ? { takesStatement: rows[0].takes_statement } : null;
  }

  /** Has the next sweep begin now; one that is under way goes on. */
  async beginNow(shopId: number, note: NoteWhere): Promise<void> {
    await this.#run(
      shopId,
      sql`
        with begun as (
          update sweeps set due_at = date_trunc('milliseconds', least(due_at, now())), statement_due_at = least(statement_due_at, now()), failures = 0
          where shop_id = ${shopId} and reads_from is null
          returning shop_id
        ),
        noted as (${note(sql`true`)})
        select shop_id from begun
      `,
    );
  }

  /** Null before a shop's first sweep. */
  async progress(shopId: number): Promise<SweepProgress | null> {
    const [row] = await this.#run<ProgressRow>(
      shopId,
      sql`
        select reads_from is not null as is_under_way, due_at <= now() as is_due, orders_listed, orders_differing, failures,
               ${epochMs(sql`finished_at`)}::text as finished_ms
        from sweeps where shop_id = ${shopId}
      `,
    );
    return row
      ? {
          isUnderWay: row.is_under_way,
          isDue: row.is_due,
          ordersListed: row.orders_listed,
          ordersDiffering: row.orders_differing,
          failures: row.failures,
          finishedAtMs: row.finished_ms === null ? null : Number(row.finished_ms),
        }
      : null;
  }

  /** Has the past read once more, as by the first sweep, from now on. Whoever holds the sweep loses it. */
  async readPastAgain(shopId: number): Promise<void> {
    await this.#run(
      shopId,
      sql`
        update sweeps set
          read_to = least(read_to, now() - ${PAST}::interval), reads_from = null, reads_until = null, after_cursor = null, finished_at = null,
          failures = 0, due_at = date_trunc('milliseconds', now())
        where shop_id = ${shopId}
      `,
    );
  }

  /** The statement that was due is queued; the next one is due in an hour, if what it finds does not call for one sooner. */
  async statementQueued(shopId: number): Promise<void> {
    await this.#run(
      shopId,
      sql`
        update sweeps set statement_due_at = now() + interval '1 hour' where shop_id = ${shopId} and statement_due_at <= now()
      `,
    );
  }

  /**
   * Shopify could not be asked: the sweep rests, a minute, then two, four … up to an hour, and goes on from its last page. After the second
   * failure in a row it goes on from the beginning of its window, in case it is the cursor that Shopify refuses.
   */
  async postpone(shopId: number, leaseMs: number): Promise<void> {
    await this.#run(
      shopId,
      sql`
        update sweeps w set
          failures = failures + 1, after_cursor = case when failures > 0 then null else after_cursor end,
          due_at = date_trunc('milliseconds', now() + least(interval '1 hour', interval '1 minute' * 2 ^ least(failures, 6)))
        where shop_id = ${shopId} and ${holds(DUE_AT, leaseMs)}
      `,
    );
  }

  #run<Row>(shopId: number, statement: SQL): Promise<Row[]> {
    return runFor<Row>(this.#db, { shops: [shopId] }, statement);
  }
}

interface SweepRow {
  readonly lease_ms: string;
  readonly reads_from_ms: string;
  readonly after_cursor: string | null;
  readonly orders_listed: number;
  readonly is_first: boolean;
}

interface ProgressRow {
  readonly is_under_way: boolean;
  readonly is_due: boolean;
  readonly orders_listed: number;
  readonly orders_differing: number;
  readonly failures: number;
  readonly finished_ms: string | null;
}
