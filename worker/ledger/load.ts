/** Reads everything a batch concerns in one query. What it returns is all that `domain/decide` needs. */
import { type SQL, sql } from "drizzle-orm";
import { type Database, epochMs, runFor } from "../db/client.ts";
import type {
  Account,
  EntryDetail,
  MembershipChange,
  OrderRecord,
  Redemption,
  TakenPoints,
} from "../domain/account.ts";
import type { Lot } from "../domain/lots.ts";
import type { PostedEntry } from "../domain/members.ts";
import type { OrderState } from "../domain/order.ts";
import type { Reward } from "../domain/rewards.ts";
import type { SettlementReason } from "../domain/settlement.ts";

/**
 * What to read, per shop. Members are found by customer, by order and by redemption; nothing needs to exist. Whoever was merged is found as
 * the member they became part of.
 */
export interface Wanted {
  readonly shopId: number;
  readonly customerIds?: readonly string[];
  readonly orderIds?: readonly string[];
  readonly redemptionIds?: readonly string[];
  /** Discount codes, upper case. */
  readonly codes?: readonly string[];
  readonly memberIds?: readonly string[];
  /** Business keys of entries that a command may have posted before. */
  readonly entryKeys?: readonly string[];
}

/** One shop's part of what was read. */
export interface Books {
  readonly shopId: number;
  readonly newestProgramVersion: number;
  readonly accounts: readonly Account[];
  readonly orders: readonly OrderRecord[];
  readonly redemptions: readonly Redemption[];
  readonly entries: readonly PostedEntry[];
}

export interface Loaded {
  /** The database's clock: the only authority on time. */
  readonly nowMs: number;
  readonly books: ReadonlyMap<number, Books>;
}

/**
 * Loads in one round trip. `open: true` also opens the books that are missing (member, account, order state: zeros), so that a commit
 * only ever updates rows it has read; a book that somebody else is opening at this moment is left out, and the caller tries again.
 */
export async function load(db: Database, wanted: readonly Wanted[], options: { open: boolean }): Promise<Loaded> {
  const shops = [...new Set(wanted.map((one) => one.shopId))];
  const [row] = await runFor<LoadedRow>(db, { shops }, loadStatement(wanted, options.open));
  if (!row) throw new Error("The load statement returned no row.");
  const books = shops.map((shopId): [number, Books] => [
    shopId,
    {
      shopId,
      newestProgramVersion: row.shops.find((shop) => shop.id === shopId)?.newest_program_version ?? 0,
      accounts: row.accounts.filter((a) => a.shop_id === shopId).map((a) => accountOf(a, row.lots)),
      orders: row.orders.filter((o) => o.shop_id === shopId).map(orderOf),
      redemptions: row.redemptions.filter((r) => r.shop_id === shopId).map(redemptionOf),
      entries: row.entries.filter((e) => e.shop_id === shopId).map(entryOf),
    },
  ]);
  return { nowMs: Number(row.now_ms), books: new Map(books) };
}

function loadStatement(wanted: readonly Wanted[], open: boolean): SQL {
  return sql`
    with
      ${whatIsAsked(wanted)},
      ${booksOpened(open)},
      ${BOOKS_FOUND}
    ${BOOKS_AS_JSON}
  `;
}

function whatIsAsked(wanted: readonly Wanted[]): SQL {
  const customers = rowsOf(wanted, "customer_id", (one) => one.customerIds);
  const orders = rowsOf(wanted, "order_id", (one) => one.orderIds);
  const redemptionIds = rowsOf(wanted, "id", (one) => one.redemptionIds);
  const codes = rowsOf(wanted, "code", (one) => one.codes);
  const memberIds = rowsOf(wanted, "member_id", (one) => one.memberIds);
  const entryKeys = rowsOf(wanted, "key", (one) => one.entryKeys);
  return sql`
    asked_customer as (
      select distinct shop_id, customer_id from json_to_recordset(${customers}::json) as a (shop_id integer, customer_id text)
    ),
    asked_order as (
      select distinct shop_id, order_id from json_to_recordset(${orders}::json) as a (shop_id integer, order_id text)
    ),
    asked_member as (
      select distinct shop_id, member_id from json_to_recordset(${memberIds}::json) as a (shop_id integer, member_id bigint)
    ),
    asked_redemption as (
      select shop_id, id from json_to_recordset(${redemptionIds}::json) as a (shop_id integer, id text)
      union
      select r.shop_id, r.id from asked_order a join redemptions r on r.shop_id = a.shop_id and r.used_by_order = a.order_id
      union
      select r.shop_id, r.id
      from json_to_recordset(${codes}::json) as a (shop_id integer, code text)
      join redemptions r on r.shop_id = a.shop_id and r.code = a.code
    ),
    asked_entry as (
      select distinct shop_id, key from json_to_recordset(${entryKeys}::json) as a (shop_id integer, key text)
    )
  `;
}

function booksOpened(open: boolean): SQL {
  return sql`
    -- Books that are missing are opened in key order, so that two loads cannot wait for each other in a circle.
    opened_member as (
      insert into members (shop_id, customer_id)
      select a.shop_id, a.customer_id from asked_customer a
      where ${open} and not exists (
        select from members m where m.shop_id = a.shop_id and m.customer_id = a.customer_id
      )
      order by a.shop_id, a.customer_id
      on conflict on constraint members_customer_key do nothing
      returning shop_id, id, customer_id
    ),
    opened_account as (
      insert into accounts (shop_id, member_id)
      select shop_id, id from opened_member order by shop_id, id
      returning shop_id, member_id, version, pending, available, held, owed, last_activity_at, multiplier, membership
    ),
    opened_order as (
      insert into order_states (shop_id, order_id)
      select a.shop_id, a.order_id from asked_order a
      where ${open} and not exists (
        select from order_states o where o.shop_id = a.shop_id and o.order_id = a.order_id
      )
      order by a.shop_id, a.order_id
      on conflict on constraint order_states_pkey do nothing
      returning shop_id, order_id, revision, member_id, state, posted, postings, program_version, multiplier, forgiven, takes_part,
                reason
    )
  `;
}

const BOOKS_FOUND = sql`
  found_order as (
    select o.shop_id, o.order_id, o.revision, coalesce(m.merged_into, m.id) as member_id, o.state, o.posted, o.postings,
           o.program_version, o.multiplier, o.forgiven, o.takes_part, o.reason
    from asked_order a
    join order_states o on o.shop_id = a.shop_id and o.order_id = a.order_id
    left join members m on m.shop_id = o.shop_id and m.id = o.member_id
    union all
    select * from opened_order
  ),
  found_redemption as (
    select r.*, coalesce(m.merged_into, m.id) as present_member_id
    from asked_redemption a
    join redemptions r on r.shop_id = a.shop_id and r.id = a.id
    join members m on m.shop_id = r.shop_id and m.id = r.member_id
  ),
  concerned as (
    select m.shop_id, coalesce(m.merged_into, m.id) as member_id
    from asked_customer a join members m on m.shop_id = a.shop_id and m.customer_id = a.customer_id
    union select shop_id, member_id from found_order where member_id is not null
    union select shop_id, present_member_id from found_redemption
    union select m.shop_id, coalesce(m.merged_into, m.id)
    from asked_member a join members m on m.shop_id = a.shop_id and m.id = a.member_id
  ),
  found_account as (
    select a.shop_id, a.member_id, m.customer_id, a.version, a.pending, a.available, a.held, a.owed, a.last_activity_at, a.multiplier,
           a.membership,
           (select json_agg(f.customer_id) from members f where f.shop_id = m.shop_id and f.merged_into = m.id) as former_customer_ids
    from concerned c
    join accounts a on a.shop_id = c.shop_id and a.member_id = c.member_id
    join members m on m.shop_id = c.shop_id and m.id = c.member_id
    union all
    select a.shop_id, a.member_id, m.customer_id, a.version, a.pending, a.available, a.held, a.owed, a.last_activity_at, a.multiplier,
           a.membership, null
    from opened_account a join opened_member m on m.shop_id = a.shop_id and m.id = a.member_id
  ),
  found_lot as (
    select l.* from concerned c join lots l on l.shop_id = c.shop_id and l.member_id = c.member_id where l.remaining > 0
    union
    -- Where a redemption's points go back to.
    select l.*
    from found_redemption r
    cross join lateral json_to_recordset(r.taken) as t ("lotId" text)
    join lots l on l.shop_id = r.shop_id and l.id = t."lotId" and l.member_id = r.present_member_id
  )
`;

const BOOKS_AS_JSON = sql`
select
  ${epochMs(sql`now()`)} as now_ms,
  (select coalesce(json_agg(json_build_object('id', s.id, 'newest_program_version', s.newest_program_version)), '[]') from shops s) as shops,
  (select coalesce(json_agg(json_build_object(
    'shop_id', a.shop_id, 'member_id', a.member_id::text, 'customer_id', a.customer_id, 'version', a.version,
    'pending', a.pending, 'available', a.available, 'held', a.held, 'owed', a.owed,
    'last_activity_ms', ${epochMs(sql`a.last_activity_at`)}, 'multiplier', a.multiplier, 'membership', a.membership,
    'former_customer_ids', a.former_customer_ids)), '[]') from found_account a) as accounts,
  (select coalesce(json_agg(json_build_object(
    'shop_id', l.shop_id, 'member_id', l.member_id::text, 'id', l.id, 'order_id', l.order_id, 'amount', l.amount,
    'remaining', l.remaining, 'available_at_ms', ${epochMs(sql`l.available_at`)},
    'expires_at_ms', ${epochMs(sql`l.expires_at`)}, 'matured', l.matured, 'expired', l.expired) order by l.id), '[]') from found_lot l) as lots,
  (select coalesce(json_agg(json_build_object(
    'shop_id', o.shop_id, 'order_id', o.order_id, 'revision', o.revision, 'member_id', o.member_id::text, 'state', o.state,
    'posted', o.posted, 'postings', o.postings, 'program_version', o.program_version,
    'multiplier', o.multiplier, 'forgiven', o.forgiven, 'takes_part', o.takes_part, 'reason', o.reason)), '[]')
    from found_order o) as orders,
  (select coalesce(json_agg(json_build_object(
    'shop_id', r.shop_id, 'id', r.id, 'version', r.version, 'member_id', r.present_member_id::text, 'reward', r.reward, 'cost', r.cost,
    'code', r.code, 'state', r.state, 'fingerprint', r.fingerprint, 'discount_id', r.discount_id,
    'program_version', r.program_version, 'created_at_ms', ${epochMs(sql`r.created_at`)},
    'ends_at_ms', ${epochMs(sql`r.ends_at`)}, 'used_by_order', r.used_by_order, 'returned', r.returned, 'returnings', r.returnings,
    'reason', r.reason, 'forgiven', r.forgiven, 'taken', r.taken)), '[]')
    from found_redemption r) as redemptions,
  (select coalesce(json_agg(json_build_object(
    'shop_id', e.shop_id, 'key', e.key, 'member_id', coalesce(m.merged_into, m.id)::text, 'points', e.points, 'detail', e.detail)), '[]')
    from asked_entry a
    join entries e on e.shop_id = a.shop_id and e.key = a.key
    join members m on m.shop_id = e.shop_id and m.id = e.member_id) as entries
`;

function rowsOf(
  wanted: readonly Wanted[],
  column: string,
  values: (one: Wanted) => readonly string[] | undefined,
): string {
  return JSON.stringify(
    wanted.flatMap((one) => (values(one) ?? []).map((value) => ({ shop_id: one.shopId, [column]: value }))),
  );
}

interface AccountRow {
  readonly shop_id: number;
  readonly member_id: string;
  readonly customer_id: string | null;
  readonly version: number;
  readonly pending: number;
  readonly available: number;
  readonly held: number;
  readonly owed: number;
  readonly last_activity_ms: number | null;
  readonly multiplier: number;
  readonly membership: readonly MembershipChange[];
  readonly former_customer_ids: readonly (string | null)[] | null;
}

interface LotRow {
  readonly shop_id: number;
  readonly member_id: string;
  readonly id: string;
  readonly order_id: string | null;
  readonly amount: number;
  readonly remaining: number;
  readonly available_at_ms: number;
  readonly expires_at_ms: number | null;
  readonly matured: boolean;
  readonly expired: boolean;
}

interface OrderRow {
  readonly shop_id: number;
  readonly order_id: string;
  readonly revision: number;
  readonly member_id: string | null;
  readonly state: OrderState;
  readonly posted: number;
  readonly postings: number;
  readonly program_version: number | null;
  readonly multiplier: number;
  readonly forgiven: number;
  readonly takes_part: boolean | null;
  readonly reason: SettlementReason;
}

interface RedemptionRow {
  readonly shop_id: number;
  readonly id: string;
  readonly version: number;
  readonly member_id: string;
  readonly reward: Reward;
  readonly cost: number;
  readonly code: string;
  readonly state: Redemption["state"];
  readonly fingerprint: string;
  readonly discount_id: string | null;
  readonly program_version: number;
  readonly created_at_ms: number;
  readonly ends_at_ms: number;
  readonly used_by_order: string | null;
  readonly returned: number;
  readonly returnings: number;
  readonly reason: string | null;
  readonly forgiven: number;
  readonly taken: readonly TakenPoints[];
}

interface EntryRow {
  readonly shop_id: number;
  readonly key: string;
  readonly member_id: string;
  readonly points: number;
  readonly detail: EntryDetail;
}

interface LoadedRow {
  readonly now_ms: string;
  readonly shops: readonly { readonly id: number; readonly newest_program_version: number }[];
  readonly accounts: readonly AccountRow[];
  readonly lots: readonly LotRow[];
  readonly orders: readonly OrderRow[];
  readonly redemptions: readonly RedemptionRow[];
  readonly entries: readonly EntryRow[];
}

function accountOf(row: AccountRow, lots: readonly LotRow[]): Account {
  const own = lots.filter((lot) => lot.shop_id === row.shop_id && lot.member_id === row.member_id);
  return {
    memberId: row.member_id,
    customerId: row.customer_id,
    formerCustomerIds: (row.former_customer_ids ?? []).filter((id) => id !== null),
    version: row.version,
    pending: row.pending,
    available: row.available,
    held: row.held,
    owed: row.owed,
    lastActivityMs: row.last_activity_ms,
    multiplier: row.multiplier,
    membership: row.membership,
    lots: own.map(lotOf),
  };
}

function lotOf(row: LotRow): Lot {
  return {
    id: row.id,
    orderId: row.order_id,
    amount: row.amount,
    remaining: row.remaining,
    availableAtMs: row.available_at_ms,
    fixedExpiryMs: row.expires_at_ms,
    matured: row.matured,
    expired: row.expired,
  };
}

function orderOf(row: OrderRow): OrderRecord {
  return {
    orderId: row.order_id,
    revision: row.revision,
    memberId: row.member_id,
    state: row.state,
    posted: row.posted,
    postings: row.postings,
    programVersion: row.program_version,
    multiplier: row.multiplier,
    forgiven: row.forgiven,
    takesPart: row.takes_part,
    reason: row.reason,
  };
}

function redemptionOf(row: RedemptionRow): Redemption {
  return {
    id: row.id,
    version: row.version,
    memberId: row.member_id,
    reward: row.reward,
    cost: row.cost,
    code: row.code,
    state: row.state,
    fingerprint: row.fingerprint,
    discountId: row.discount_id,
    programVersion: row.program_version,
    createdAtMs: row.created_at_ms,
    endsAtMs: row.ends_at_ms,
    usedByOrder: row.used_by_order,
    returned: row.returned,
    returnings: row.returnings,
    reason: row.reason,
    forgiven: row.forgiven,
    taken: row.taken,
  };
}

function entryOf(row: EntryRow): PostedEntry {
  return { key: row.key, memberId: row.member_id, points: row.points, detail: row.detail };
}
