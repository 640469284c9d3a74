/** Where the painting of each shop stands: its metafield definitions, what each member's metafields say, and what is late. */
import { type SQL, sql } from "drizzle-orm";
import { type Database, epochMs, runFor } from "../db/client.ts";
import { holds, leaseUntil } from "./lease.ts";

const DUE_AT = sql`due_at`;

/** A shop whose definitions cannot be made is tried again after so long. */
const DEFINE_AGAIN = "10 minutes";
/** A late member whose painting was asked for is asked for again after so long. */
const LATE_AGAIN = "10 minutes";

/** Work that the cron finds. */
export interface PaintingDue {
  readonly shopId: number;
  readonly domain: string;
  readonly work: string;
  /** How many members' newest change is a minute old and not written, and how old the oldest of these is. */
  readonly membersLate: number | null;
  readonly lateMs: number | null;
}

/** What a member's metafields say, as far as we know. */
export interface Painted {
  /** A hash of the value. */
  readonly content: string | null;
  /** Shopify's name for the value; null where there is none. */
  readonly digest: string | null;
  readonly points: number | null;
  readonly nextExpiry: string | null;
  readonly tier: string | null;
}

/** The same, and the tag that was given for the tier. */
export interface Remembered extends Painted {
  readonly tag: string | null;
}

/** What was written, or found to be nothing to write, of an account of this version. */
export interface PaintedNow extends Painted {
  readonly memberId: string;
  readonly version: number;
}

/** A page of a repainting that we hold. */
export interface RepaintPage {
  readonly leaseMs: number;
  readonly afterMemberId: string;
}

export class PaintingBook {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Notes which members are late, then tells which shops have painting due, over all tenants. */
  async due(newestDefinitions: number): Promise<PaintingDue[]> {
    const rows = await runFor<DueRow>(
      this.#db,
      {},
      sql`
        select shop_id, domain, work, members_late::text as members_late, late_ms::text as late_ms
        from lojal_paintings_due_1(${newestDefinitions})
      `,
    );
    const number = (text: string | null) => (text === null ? null : Number(text));
    return rows.map((row) => ({
      shopId: row.shop_id,
      domain: row.domain,
      work: row.work,
      membersLate: number(row.members_late),
      lateMs: number(row.late_ms),
    }));
  }

  /** The late members whose turn it is, the longest due first; each has its next turn later, ever more rarely, if it is late then. */
  async takeLate(shopId: number, most: number): Promise<string[]> {
    const rows = await this.#run<{ member_id: string }>(
      shopId,
      sql`
        update painted_members p set due_at = now() + greatest(${LATE_AGAIN}::interval, now() - p.late_since)
        from (
          select member_id from painted_members
          where shop_id = ${shopId} and due_at <= now()
          order by due_at, member_id limit ${most} for update skip locked
        ) d
        where p.shop_id = ${shopId} and p.member_id = d.member_id
        returning p.member_id::text as member_id
      `,
    );
    return rows.map((row) => row.member_id);
  }

  /** Members whose metafields say this tier, newest first, before the one of an earlier page. What changed a moment ago is not written yet. */
  async membersInTier(shopId: number, tier: string, before: string | null, most: number): Promise<string[]> {
    const older = before === null ? sql`` : sql`and p.member_id < ${before}::bigint`;
    const rows = await this.#run<{ member_id: string }>(
      shopId,
      sql`
        select p.member_id::text as member_id from painted_members p
        where p.shop_id = ${shopId} and p.tier = ${tier} ${older}
        order by p.member_id desc limit ${most}
      `,
    );
    return rows.map((row) => row.member_id);
  }

  /** What is known of these members' metafields; of whom nothing is known is left out. */
  async remembered(shopId: number, memberIds: readonly string[]): Promise<Map<string, Remembered>> {
    const rows = await this.#run<RememberedRow>(
      shopId,
      sql`
        select p.member_id::text as member_id, p.content, p.digest, p.points::text as points, p.next_expiry::text as next_expiry,
               p.tier, p.tag
        from painted_members p
        where p.shop_id = ${shopId} and p.member_id = any (array(
          select value::bigint from json_array_elements_text(${JSON.stringify(memberIds)}::json)))
      `,
    );
    return new Map(
      rows.map((row) => [
        row.member_id,
        {
          content: row.content,
          digest: row.digest,
          points: row.points === null ? null : Number(row.points),
          nextExpiry: row.next_expiry,
          tier: row.tier,
          tag: row.tag,
        },
      ]),
    );
  }

  /** Notes what was written of accounts that were read at this moment: of two writers, what the later reader wrote stays. */
  async note(shopId: number, readAtMs: number, painted: readonly PaintedNow[]): Promise<void> {
    if (painted.length === 0) return;
    const rows = painted.map(({ memberId, version, content, digest, points, nextExpiry, tier }) => {
      return { member_id: memberId, version, content, digest, points, next_expiry: nextExpiry, tier };
    });
    await this.#run(
      shopId,
      sql`
        insert into painted_members as p (shop_id, member_id, version, read_at, content, digest, points, next_expiry, tier)
        select ${shopId}, i.member_id, i.version, to_timestamp(${readAtMs / 1_000}::double precision), i.content, i.digest, i.points,
               i.next_expiry, i.tier
        from json_to_recordset(${JSON.stringify(rows)}::json) as i (
          member_id bigint, version bigint, content text, digest text, points bigint, next_expiry date, tier text
        )
        order by i.member_id
        on conflict (shop_id, member_id) do update set
          version = excluded.version, read_at = excluded.read_at, content = excluded.content, digest = excluded.digest,
          points = excluded.points, next_expiry = excluded.next_expiry, tier = excluded.tier, late_since = null, due_at = null
        where p.read_at <= excluded.read_at
      `,
    );
  }

  /** A member's tag is another one now. False where what is remembered is not what it was: somebody else has noted something meanwhile. */
  async noteTag(shopId: number, memberId: string, before: string | null, tag: string | null): Promise<boolean> {
    const rows = await this.#run(
      shopId,
      sql`
        insert into painted_members as p (shop_id, member_id, version, read_at, tag)
        values (${shopId}, ${memberId}::bigint, 0, '-infinity', ${tag})
        on conflict (shop_id, member_id) do update set tag = excluded.tag where p.tag is not distinct from ${before}::text
        returning member_id
      `,
    );
    return rows.length > 0;
  }

  /** These members have nothing to be written: they are not late any more. */
  async excuse(shopId: number, memberIds: readonly string[]): Promise<void> {
    if (memberIds.length === 0) return;
    await this.#run(
      shopId,
      sql`
        update painted_members p set late_since = null, due_at = null
        from json_array_elements_text(${JSON.stringify(memberIds)}::json) as i (id)
        where p.shop_id = ${shopId} and p.member_id = i.id::bigint and p.due_at is not null
      `,
    );
  }

  /** Takes the making of a shop's definitions, for some minutes. False when somebody else has it, or has had it a moment ago. */
  async claimDefining(shopId: number): Promise<boolean> {
    const rows = await this.#run(
      shopId,
      sql`
        insert into paintings as p (shop_id, define_due_at) values (${shopId}, now() + ${DEFINE_AGAIN}::interval)
        on conflict (shop_id) do update set define_due_at = excluded.define_due_at where p.define_due_at <= now()
        returning shop_id
      `,
    );
    return rows.length > 0;
  }

  /** The shop has this set of definitions. */
  async noteDefined(shopId: number, version: number): Promise<void> {
    await this.#run(
      shopId,
      sql`update paintings set definitions_version = ${version}, defined_at = now() where shop_id = ${shopId}`,
    );
  }

  /** Has all members of a shop painted anew, from the first one on. */
  async askRepaint(shopId: number): Promise<void> {
    await this.#run(
      shopId,
      sql`
        insert into paintings as p (shop_id, due_at, begun_at) values (${shopId}, date_trunc('milliseconds', now()), now())
        on conflict (shop_id) do update set
          due_at = excluded.due_at, begun_at = excluded.begun_at, finished_at = null, after_member_id = 0, members_done = 0
      `,
    );
  }

  /** Members whose newest change is a minute old and not written to Shopify, and how long the oldest of these waits. */
  async lag(shopId: number): Promise<{ readonly members: number; readonly oldestMs: number }> {
    const [row] = await this.#run<{ members: string; oldest_ms: string | null }>(
      shopId,
      sql`
        select count(*)::text as members, (${epochMs(sql`now()`)} - ${epochMs(sql`min(late_since)`)})::text as oldest_ms
        from painted_members where shop_id = ${shopId} and due_at > '-infinity'
      `,
    );
    return { members: Number(row?.members ?? 0), oldestMs: Number(row?.oldest_ms ?? 0) };
  }

  /** Takes the next page of a repainting: one that is due (null), or the one under that lease. Null when somebody else has it. */
  async claimPage(shopId: number, leaseMs: number | null): Promise<RepaintPage | null> {
    const isOurs = leaseMs === null ? sql`due_at <= now()` : holds(DUE_AT, leaseMs);
    const rows = await this.#run<{ lease_ms: string; after_member_id: string }>(
      shopId,
      sql`
        update paintings set due_at = ${leaseUntil(0)} where shop_id = ${shopId} and ${isOurs}
        returning ${epochMs(sql`due_at`)}::text as lease_ms, after_member_id::text as after_member_id
      `,
    );
    const row = rows[0];
    return row ? { leaseMs: Number(row.lease_ms), afterMemberId: row.after_member_id } : null;
  }

  /** A page is painted; the next one begins behind this member, in so many seconds. Returns its lease; null when it is no longer ours. */
  async goOn(
    shopId: number,
    leaseMs: number,
    done: { readonly members: number; readonly lastMemberId: string; readonly delaySeconds: number },
  ): Promise<number | null> {
    const rows = await this.#run<{ lease_ms: string }>(
      shopId,
      sql`
        update paintings set
          after_member_id = ${done.lastMemberId}::bigint, members_done = members_done + ${done.members}::integer,
          due_at = ${leaseUntil(done.delaySeconds)}
        where shop_id = ${shopId} and ${holds(DUE_AT, leaseMs)}
        returning ${epochMs(sql`due_at`)}::text as lease_ms
      `,
    );
    return rows[0] ? Number(rows[0].lease_ms) : null;
  }

  /** The last page is painted. */
  async finish(shopId: number, leaseMs: number, members: number): Promise<void> {
    await this.#run(
      shopId,
      sql`
        update paintings set due_at = null, members_done = members_done + ${members}::integer, finished_at = now()
        where shop_id = ${shopId} and ${holds(DUE_AT, leaseMs)}
      `,
    );
  }

  #run<Row>(shopId: number, statement: SQL): Promise<Row[]> {
    return runFor<Row>(this.#db, { shops: [shopId] }, statement);
  }
}

interface DueRow {
  readonly shop_id: number;
  readonly domain: string;
  readonly work: string;
  readonly members_late: string | null;
  readonly late_ms: string | null;
}

interface RememberedRow {
  readonly member_id: string;
  readonly content: string | null;
  readonly digest: string | null;
  readonly points: string | null;
  readonly next_expiry: string | null;
  readonly tier: string | null;
  readonly tag: string | null;
}
