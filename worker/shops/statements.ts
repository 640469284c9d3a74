/** What differed, what was mended, and each day's proof. */
import { type SQL, sql } from "drizzle-orm";
import { type Database, epochMs, runFor } from "../db/client.ts";

/** An order that Shopify showed otherwise than the ledger knew it. */
export interface FoundDifference {
  readonly orderId: string;
  readonly updatedAtMs: number;
  readonly reason: string;
  readonly comparedAtMs: number;
}

export interface OpenDifference {
  readonly orderId: string;
  readonly updatedAtMs: number;
  readonly reason: string;
  /** When it was asked for last. */
  readonly askedAtMs: number;
  /** That is a while ago. */
  readonly isAskable: boolean;
}

/** A day's orders, as they are counted. */
export interface OrderFigures {
  readonly ordersKnown: number;
  readonly ordersSettled: number;
}

/** The books, as they are summed. */
export interface BookFigures {
  readonly accountsChecked: number;
  readonly accountsDiffering: number;
  readonly members: number;
  readonly pending: number;
  readonly available: number;
  readonly held: number;
  readonly owed: number;
}

/** A day's statement, as it was taken last. */
export interface Statement extends OrderFigures, BookFigures {
  readonly day: string;
  readonly takenAtMs: number;
  readonly isFinal: boolean;
  readonly ordersMended: number;
}

/** What a statement about a day works with, by the database's clock. */
export interface StatementDay {
  readonly startsMs: number;
  readonly endsMs: number;
  readonly isToday: boolean;
  /** False for a day whose final statement found the books right: they are not summed once more. */
  readonly areBooksDue: boolean;
  /** Entries from then on are proven; null: all there ever were. */
  readonly provenFromMs: number | null;
}

/** So many open differences are looked at in one go; the rest comes next time. */
const OPEN_AT_ONCE = 500;
/** A day is over for good a quarter of an hour after its end: by then its last orders have settled. */
const FINAL_AFTER = "1 day 15 minutes";
/** For so long a day that was over with a difference is stated again, ever more rarely. */
const DAYS_BACK = 7;

/** An order is asked for again after ten minutes, and then ever more rarely. */
const IS_ASKABLE = sql`d.asked_at < now() - greatest(interval '10 minutes', (now() - d.found_at) / 2)`;

export class StatementBook {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Which of these orders need not be asked for at Shopify: that was done a moment ago, for the state they are in now. */
  async justAsked(shopId: number, found: readonly FoundDifference[]): Promise<ReadonlySet<string>> {
    const rows = await this.#run<{ order_id: string }>(
      shopId,
      sql`
        select d.order_id from ${foundRows(found)}
        join order_differences d on d.shop_id = ${shopId} and d.order_id = f.order_id
        where d.mended_at is null and d.changed_at >= to_timestamp(f.changed_ms / 1000.0) and not ${IS_ASKABLE}
      `,
    );
    return new Set(rows.map((row) => row.order_id));
  }

  /** Records orders as differing today; those in `asked` were asked for since they were compared. */
  async recordDifferences(
    shopId: number,
    found: readonly FoundDifference[],
    asked: ReadonlySet<string>,
  ): Promise<void> {
    await this.#run(
      shopId,
      sql`
        insert into order_differences as d (shop_id, day, order_id, reason, changed_at, found_at, asked_at)
        select ${shopId}, ${TODAY}, order_id, reason, to_timestamp(changed_ms / 1000.0), compared_at, compared_at from ${foundRows(found)}
        on conflict on constraint order_differences_pkey do update set
          reason = excluded.reason, changed_at = excluded.changed_at, mended_at = null,
          -- Whoever differs again after it was mended is new.
          found_at = case when d.mended_at is null then d.found_at else excluded.found_at end,
          asked_at = case when d.order_id = any (array(
            select json_array_elements_text(${JSON.stringify([...asked])}::json))) then excluded.asked_at else d.asked_at end
      `,
    );
  }

  /** Orders that differed when last looked at, those that may be asked for at the front: the others were asked for lately. Bounded. */
  async openDifferences(shopId: number): Promise<OpenDifference[]> {
    const rows = await this.#run<OpenRow>(
      shopId,
      sql`
        select order_id, ${epochMs(sql`max(changed_at)`)}::text as changed_ms, max(reason) as reason, bool_and(${IS_ASKABLE}) as is_askable,
               ${epochMs(sql`greatest(max(asked_at), max(found_at))`)}::text as asked_ms
        from order_differences d where shop_id = ${shopId} and mended_at is null
        group by order_id order by is_askable desc, min(asked_at), order_id limit ${OPEN_AT_ONCE}
      `,
    );
    return rows.map((row) => ({
      orderId: row.order_id,
      updatedAtMs: Number(row.changed_ms),
      reason: row.reason,
      askedAtMs: Number(row.asked_ms),
      isAskable: row.is_askable,
    }));
  }

  /** The ledger agrees about these orders now, and these others were asked for again since they were compared. */
  async markLookedAt(
    shopId: number,
    mended: readonly string[],
    asked: readonly string[],
    comparedAtMs: number,
  ): Promise<void> {
    if (mended.length + asked.length === 0) return;
    await this.#run(
      shopId,
      sql`
        update order_differences set
          mended_at = case when l.is_mended then now() end,
          asked_at = case when l.is_mended then asked_at else to_timestamp(${comparedAtMs / 1_000}::double precision) end
        from (
          select value as order_id, true as is_mended from json_array_elements_text(${JSON.stringify(mended)}::json)
          union all
          select value, false from json_array_elements_text(${JSON.stringify(asked)}::json)
        ) l
        where shop_id = ${shopId} and order_differences.order_id = l.order_id and order_differences.mended_at is null
      `,
    );
  }

  /**
   * The days whose statement is to be taken at the end of a sweep, newest first: today, and those that are over and have no final one yet, or a
   * final one with a difference.
   */
  async daysDue(shopId: number): Promise<string[]> {
    const rows = await this.#run<{ day: string }>(
      shopId,
      sql`
        select d.day::date::text as day
        from shops s
        cross join lateral generate_series(
          greatest((s.installed_at at time zone 'utc')::date, ${TODAY} - ${DAYS_BACK}::integer)::timestamp, ${TODAY}::timestamp, interval '1 day'
        ) as d (day)
        left join statements t on t.shop_id = s.id and t.day = d.day::date
        where s.id = ${shopId} and (
          d.day::date = ${TODAY} or t.day is null or not t.is_final
          or ((t.orders_settled < t.orders_known or t.accounts_differing > 0)
            and t.taken_at < now() - ((now() at time zone 'utc') - d.day - interval '1 day') / 2)
        )
        order by d.day desc
      `,
    );
    return rows.map((row) => row.day);
  }

  /** What a statement about this day covers. A final one proves all entries of the day; others those since the last proof that held. */
  async open(shopId: number, day: string): Promise<StatementDay> {
    const starts = sql`(${day}::date::timestamp at time zone 'utc')`;
    const [row] = await this.#run<DayRow>(
      shopId,
      sql`
        select ${epochMs(starts)}::text as starts_ms, ${epochMs(sql`${starts} + interval '1 day'`)}::text as ends_ms,
               ${day}::date = ${TODAY} as is_today, not coalesce(bool_or(day = ${day}::date and is_final), false) as are_books_due,
               ${epochMs(sql`(least(max(proven_at), case when ${isFinal(day)} then ${starts} end) - interval '1 hour')`)}::text as proven_from_ms
        from statements where shop_id = ${shopId} and accounts_differing = 0
      `,
    );
    if (!row) throw new Error("A day has no bounds.");
    return {
      startsMs: Number(row.starts_ms),
      endsMs: Number(row.ends_ms),
      isToday: row.is_today,
      areBooksDue: row.are_books_due,
      provenFromMs: row.proven_from_ms === null ? null : Number(row.proven_from_ms),
    };
  }

  /**
   * Writes a day's statement over the one before, whose books stay where none are told. One with a difference is taken again soon: in minutes
   * first, then ever more rarely.
   */
  async write(shopId: number, day: string, orders: OrderFigures, books: BookFigures | null): Promise<void> {
    const soon = sql`(now() + greatest(interval '3 minutes', (
      select (now() - min(found_at)) / 2 from order_differences where shop_id = ${shopId} and mended_at is null)))`;
    const differs = orders.ordersSettled < orders.ordersKnown || (books !== null && books.accountsDiffering > 0);
    await this.#run(
      shopId,
      sql`
        with written as (${books === null ? ordersWritten(shopId, day, orders) : allWritten(shopId, day, orders, books)})
        -- What is due already is this one.
        update sweeps set statement_due_at = case when statement_due_at <= now() then ${soon} else least(statement_due_at, ${soon}) end
        where shop_id = ${shopId} and ${differs}
      `,
    );
  }

  /** The statements of the last days, newest first. */
  async newest(shopId: number, most: number): Promise<Statement[]> {
    const rows = await this.#run<StatementRow>(
      shopId,
      sql`
        select day::text as day, ${epochMs(sql`taken_at`)}::text as taken_ms, is_final, orders_known, orders_settled, orders_mended, accounts_checked,
               accounts_differing, members, pending::text as pending, available::text as available, held::text as held, owed::text as owed
        from statements where shop_id = ${shopId} order by statements.day desc limit ${most}
      `,
    );
    return rows.map((row) => ({
      day: row.day,
      takenAtMs: Number(row.taken_ms),
      isFinal: row.is_final,
      ordersKnown: row.orders_known,
      ordersSettled: row.orders_settled,
      ordersMended: row.orders_mended,
      accountsChecked: row.accounts_checked,
      accountsDiffering: row.accounts_differing,
      members: row.members,
      pending: Number(row.pending),
      available: Number(row.available),
      held: Number(row.held),
      owed: Number(row.owed),
    }));
  }

  #run<Row>(shopId: number, statement: SQL): Promise<Row[]> {
    return runFor<Row>(this.#db, { shops: [shopId] }, statement);
  }
}

interface DayRow {
  readonly starts_ms: string;
  readonly ends_ms: string;
  readonly is_today: boolean;
  readonly are_books_due: boolean;
  readonly proven_from_ms: string | null;
}

interface StatementRow {
  readonly day: string;
  readonly taken_ms: string;
  readonly is_final: boolean;
  readonly orders_known: number;
  readonly orders_settled: number;
  readonly orders_mended: number;
  readonly accounts_checked: number;
  readonly accounts_differing: number;
  readonly members: number;
  readonly pending: string;
  readonly available: string;
  readonly held: string;
  readonly owed: string;
}

interface OpenRow {
  readonly order_id: string;
  readonly changed_ms: string;
  readonly reason: string;
  readonly asked_ms: string;
  readonly is_askable: boolean;
}

/** Days are counted in UTC. */
const TODAY = sql`(now() at time zone 'utc')::date`;

/** What the ledger agreed about again, of all that was found on this day. */
function mendedOn(shopId: number, day: string): SQL {
  return sql`(select count(*)::integer from order_differences where shop_id = ${shopId} and day = ${day}::date and mended_at is not null)`;
}

function ordersWritten(shopId: number, day: string, { ordersKnown, ordersSettled }: OrderFigures): SQL {
  return sql`
    update statements set
      taken_at = now(), orders_known = ${ordersKnown}::integer, orders_settled = ${ordersSettled}::integer, orders_mended = ${mendedOn(shopId, day)}
    where shop_id = ${shopId} and day = ${day}::date
  `;
}

function allWritten(shopId: number, day: string, orders: OrderFigures, books: BookFigures): SQL {
  return sql`
    insert into statements (
      shop_id, day, taken_at, proven_at, is_final, orders_known, orders_settled, orders_mended, accounts_checked, accounts_differing,
      members, pending, available, held, owed)
    values (
      ${shopId}, ${day}::date, now(), now(), ${isFinal(day)}, ${orders.ordersKnown}, ${orders.ordersSettled}, ${mendedOn(shopId, day)},
      ${books.accountsChecked}, ${books.accountsDiffering}, ${books.members}, ${books.pending}, ${books.available}, ${books.held}, ${books.owed})
    on conflict on constraint statements_pkey do update set
      taken_at = excluded.taken_at, proven_at = excluded.proven_at, is_final = excluded.is_final, orders_known = excluded.orders_known,
      orders_settled = excluded.orders_settled, orders_mended = excluded.orders_mended, accounts_checked = excluded.accounts_checked,
      accounts_differing = excluded.accounts_differing, members = excluded.members, pending = excluded.pending,
      available = excluded.available, held = excluded.held, owed = excluded.owed
  `;
}

function isFinal(day: string): SQL {
  return sql`(now() at time zone 'utc' >= ${day}::date + ${FINAL_AFTER}::interval)`;
}

function foundRows(found: readonly FoundDifference[]): SQL {
  const rows = found.map(({ orderId, updatedAtMs, reason, comparedAtMs }) => ({
    order_id: orderId,
    changed_ms: updatedAtMs,
    reason,
    // The first may be read before all of them are recorded.
    compared_at: new Date(comparedAtMs).toISOString(),
  }));
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as f (
    order_id text, changed_ms bigint, reason text, compared_at timestamptz
  )`;
}
