/** For pages and sweeps: reads, and notes of when to look again. Nothing here opens books or moves points. */
import { type SQL, sql } from "drizzle-orm";
import { type Database, epochMs, type NoteWhere, runFor } from "../db/client.ts";
import { CLOSING, type Entry, type EntryDetail, type EntryKind } from "../domain/account.ts";

export interface HistoryEntry
  extends Pick<
    Entry,
    "key" | "kind" | "points" | "pending" | "available" | "held" | "owed" | "programVersion" | "detail"
  > {
  readonly id: string;
  readonly atMs: number;
}

export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** Pass as `after` to go on; null at the end. */
  readonly next: string | null;
}

export interface RedemptionSummary {
  readonly id: string;
  readonly state: string;
  readonly code: string;
  readonly kind: string;
  readonly cost: number;
  readonly name: string;
  readonly endsAtMs: number;
}

const PAGE_SIZE = 50;
const LIST_LENGTH = 200;

/** A member's entries, newest first; an unknown customer has none. `after` is a cursor of an earlier page. */
export async function readHistory(
  db: Database,
  { shopId, customerId, after }: { shopId: number; customerId: string; after: string | null },
): Promise<HistoryPage> {
  const before = after === null ? sql`` : sql`and e.id < ${after}::bigint`;
  const rows = await runFor<HistoryRow>(
    db,
    { shops: [shopId] },
    sql`
      with ${membersAnd(shopId, memberOf(shopId, customerId))}
      select e.id::text as id, e.key, e.kind, e.points::text as points, e.pending::text as pending, e.available::text as available,
             e.held::text as held, e.owed::text as owed, e.program_version, e.detail, o.state -> 'body' ->> 'name' as order_name,
             ${epochMs(sql`e.occurred_at`)}::text as at_ms
      from concerned c
      cross join lateral (
        select * from entries e where e.shop_id = ${shopId} and e.member_id = c.id ${before} order by e.id desc limit ${PAGE_SIZE + 1}
      ) e
      left join order_states o on o.shop_id = e.shop_id and o.order_id = e.order_id
      order by e.id desc
      limit ${PAGE_SIZE + 1}
    `,
  );
  const page = rows.slice(0, PAGE_SIZE);
  return {
    entries: page.map((row) => ({
      id: row.id,
      key: row.key,
      kind: row.kind,
      points: Number(row.points),
      pending: Number(row.pending),
      available: Number(row.available),
      held: Number(row.held),
      owed: Number(row.owed),
      programVersion: row.program_version,
      detail:
        row.order_name === null ? row.detail : { ...row.detail, orderName: row.detail.orderName || row.order_name },
      atMs: Number(row.at_ms),
    })),
    next: rows.length > PAGE_SIZE ? (page.at(-1)?.id ?? null) : null,
  };
}

interface HistoryRow {
  readonly id: string;
  readonly key: string;
  readonly kind: EntryKind;
  readonly points: string;
  readonly pending: string;
  readonly available: string;
  readonly held: string;
  readonly owed: string;
  readonly program_version: number | null;
  readonly detail: EntryDetail;
  /** As the order is called now, where the entry does not say. */
  readonly order_name: string | null;
  readonly at_ms: string;
}

/** A customer's redemptions, newest first. */
export function readRedemptions(db: Database, shopId: number, customerId: string): Promise<RedemptionSummary[]> {
  return redemptionsWhere(db, shopId, memberOf(shopId, customerId), sql`true`, LIST_LENGTH);
}

/** A customer's redemption of this id; null where it is none of theirs. */
export async function readRedemption(
  db: Database,
  shopId: number,
  customerId: string,
  redemptionId: string,
): Promise<RedemptionSummary | null> {
  const [one] = await redemptionsWhere(db, shopId, memberOf(shopId, customerId), sql`r.id = ${redemptionId}`, 1);
  return one ?? null;
}

/** The codes of these members that can still be used. */
export function readLiveCodes(db: Database, shopId: number, memberIds: readonly string[]) {
  const these = sql`
    select distinct coalesce(merged_into, id) from members
    where shop_id = ${shopId} and id = any (array(
      select value::bigint from json_array_elements_text(${JSON.stringify(memberIds)}::json)))`;
  return redemptionsWhere(
    db,
    shopId,
    these,
    sql`r.state = 'issued' and r.reward ->> 'kind' <> 'experience' and r.ends_at > now()`,
    null,
  );
}

/** A query for the member that a customer is today. */
function memberOf(shopId: number, customerId: string): SQL {
  return sql`select coalesce(merged_into, id) from members where shop_id = ${shopId} and customer_id = ${customerId}`;
}

/** Members, and those who were merged into them since. `asked` is a query for the ids of members who were not merged away themselves. */
function membersAnd(shopId: number, asked: SQL): SQL {
  return sql`
    asked (id) as (${asked}),
    concerned as (
      select id, id as present_id from asked
      union all
      select m.id, m.merged_into from asked a join members m on m.shop_id = ${shopId} and m.merged_into = a.id
    )
  `;
}

/** Redemptions of members and of those who were merged into them. `members` is a query for member ids. */
async function redemptionsWhere(db: Database, shopId: number, members: SQL, condition: SQL, atMost: number | null) {
  const rows = await runFor<RedemptionSummaryRow>(
    db,
    { shops: [shopId] },
    sql`
      with ${membersAnd(shopId, members)}
      select r.id, c.present_id::text as member_id, r.state, r.code, r.cost::text as cost, r.reward ->> 'kind' as kind,
             r.reward ->> 'name' as name, ${epochMs(sql`r.ends_at`)}::text as ends_at_ms,
             r.reward ->> 'minimumMinor' as minimum_minor
      from concerned c join redemptions r on r.shop_id = ${shopId} and r.member_id = c.id
      where ${condition}
      order by r.created_at desc, r.id
      limit ${atMost}
    `,
  );
  return rows.map((row) => ({
    id: row.id,
    memberId: row.member_id,
    state: row.state,
    code: row.code,
    kind: row.kind,
    cost: Number(row.cost),
    name: row.name,
    endsAtMs: Number(row.ends_at_ms),
    minimumMinor: row.minimum_minor === null ? null : Number(row.minimum_minor),
  }));
}

interface RedemptionSummaryRow {
  readonly id: string;
  readonly member_id: string;
  readonly state: string;
  readonly code: string;
  readonly kind: string;
  readonly cost: string;
  readonly name: string;
  readonly ends_at_ms: string;
  readonly minimum_minor: string | null;
}

/**
 * Puts a redemption's next look off before it is looked at, by half the time it has been open (a minute to six hours): one that cannot
 * be finished keeps no other waiting, and one whose look dies is looked at again. A good code that nobody is closing waits for its end.
 */
export async function postponeRedemption(db: Database, shopId: number, redemptionId: string): Promise<void> {
  const statement = sql`
    update redemptions
    set due_at = case
      when state = 'issued' and ends_at > now() and reason is distinct from ${CLOSING} then ends_at + interval '1 hour'
      else now() + least(interval '6 hours', greatest(interval '1 minute',
        (now() - case when ends_at > now() then created_at else ends_at end) / 2))
    end
    where shop_id = ${shopId} and id = ${redemptionId} and due_at is not null
  `;
  await runFor(db, { shops: [shopId] }, statement);
}

/**
 * Somebody begins to close a redemption's code now. Whoever lives on afterwards may have switched it off and not have said so: until it is
 * closed, the sweep keeps looking, whatever else is decided about it meanwhile. `soon` brings its next look near.
 */
export async function beginClosing(
  db: Database,
  shopId: number,
  redemptionId: string,
  { soon, note }: { readonly soon: boolean; readonly note?: NoteWhere },
): Promise<void> {
  const near = soon ? sql`least(due_at, now() + interval '1 minute')` : sql`due_at`;
  const begun = sql`
    update redemptions set version = version + 1, reason = ${CLOSING}, due_at = ${near}
    where shop_id = ${shopId} and id = ${redemptionId} and state in ('held', 'issued')
  `;
  const statement =
    note === undefined
      ? begun
      : sql`with begun as (${begun} returning id), noted as (${note(sql`exists (select from begun)`)}) select id from begun`;
  await runFor(db, { shops: [shopId] }, statement);
}

const CALLED_AT_ONCE = 5_000;

/** Makes the members after this one who have points or progress due now, so that the sweep dates them anew. Returns the last one called; null at the end. */
export async function callToSweep(db: Database, shopId: number, afterMemberId: string): Promise<string | null> {
  const statement = sql`
    with called as (
      select member_id from accounts
      where shop_id = ${shopId} and member_id > ${afterMemberId}::bigint and (pending + available > 0 or progress is not null)
      order by member_id
      limit ${CALLED_AT_ONCE}
      for update
    ),
    due as (
      update accounts a set next_due_at = least(a.next_due_at, now())
      from called c where a.shop_id = ${shopId} and a.member_id = c.member_id
    )
    select max(member_id)::text as last, count(*)::int as count from called
  `;
  const [row] = await runFor<{ last: string | null; count: number }>(db, { shops: [shopId] }, statement);
  return row && row.count === CALLED_AT_ONCE ? row.last : null;
}

/** The members with an account after this one, in the order of their numbers. */
export async function readMembersAfter(
  db: Database,
  shopId: number,
  afterMemberId: string,
  most: number,
): Promise<string[]> {
  const statement = sql`
    select member_id::text as member_id from accounts
    where shop_id = ${shopId} and member_id > ${afterMemberId}::bigint
    order by accounts.member_id limit ${most}
  `;
  const rows = await runFor<{ member_id: string }>(db, { shops: [shopId] }, statement);
  return rows.map((row) => row.member_id);
}

/**
 * Orders after this one, in the order of their ids, that take part in the program and are not counted towards a tier yet: they were settled by
 * a worker that did not know tiers.
 */
export async function readUncounted(
  db: Database,
  shopId: number,
  afterOrderId: string,
  most: number,
): Promise<string[]> {
  const statement = sql`
    select order_id from order_states
    where shop_id = ${shopId} and order_id > ${afterOrderId} and contribution is null and program_version > 0 and takes_part
      and member_id is not null
    order by order_id limit ${most}
  `;
  const rows = await runFor<{ order_id: string }>(db, { shops: [shopId] }, statement);
  return rows.map((row) => row.order_id);
}

const MEMBERS_AT_ONCE = 2_500;

/** What this shop has to sweep: redemptions that are due, members whose lots mature or expire, or whose tier or gift is due. Bounded; the rest comes next time. */
export async function readDue(db: Database, shopId: number): Promise<{ redemptionIds: string[]; memberIds: string[] }> {
  const rows = await runFor<{ redemption_ids: string[]; member_ids: string[] }>(
    db,
    { shops: [shopId] },
    sql`
      select
        (select coalesce(json_agg(id), '[]') from (
          select id from redemptions where shop_id = ${shopId} and due_at <= now() order by due_at limit 50) r) as redemption_ids,
        (select coalesce(json_agg(member_id::text), '[]') from (
          select member_id from accounts where shop_id = ${shopId} and next_due_at <= now() order by next_due_at limit ${MEMBERS_AT_ONCE}) a) as member_ids
    `,
  );
  return { redemptionIds: rows[0]?.redemption_ids ?? [], memberIds: rows[0]?.member_ids ?? [] };
}
