/**
 * The one write of the ledger: one statement posts what a batch of decisions changed. Each unit (what must happen together) is guarded
 * by the versions that were read; a unit that lost a race changes nothing and is named in the answer.
 */
import { type SQL, sql } from "drizzle-orm";
import { type Database, runFor } from "../db/client.ts";
import type { ChangedAccount, Changes, Redemption } from "../domain/account.ts";
import { sqlStateOf } from "../fault.ts";

/** One decision's changes for one shop. `actor` is who caused them: "shopify", "shopper", "sweep". */
export interface Unit {
  readonly shopId: number;
  readonly actor: string;
  readonly changes: Changes;
}

/** Unique violation, serialization failure, deadlock: somebody else was faster, and nothing was written. */
const LOST_RACES = ["23505", "40001", "40P01"];

/**
 * Commits all units in one round trip. Returns, for each unit in order, whether it was won. A key or id that exists already means
 * that somebody else did the same thing between read and write: then no unit is won, and the caller reads again.
 */
export async function commit(db: Database, units: readonly Unit[]): Promise<boolean[]> {
  const shops = [...new Set(units.map((unit) => unit.shopId))];
  try {
    const rows = await runFor<{ unit: number }>(db, { shops }, commitStatement(units));
    const won = new Set(rows.map((row) => Number(row.unit)));
    return units.map((_, index) => won.has(index));
  } catch (fault) {
    if (LOST_RACES.includes(sqlStateOf(fault) ?? "")) return units.map(() => false);
    throw fault;
  }
}

function commitStatement(units: readonly Unit[]): SQL {
  const input = inputOf(units);
  return sql`
    with
      ${whatWasDecided(input)},
      ${UNITS_WON},
      ${STATES_CHANGED},
      ${historyAdded(input)}
    select unit from won
  `;
}

type Input = ReturnType<typeof inputOf>;

function whatWasDecided(input: Input): SQL {
  return sql`
    unit_in as (
      select * from json_to_recordset(${input.units}::json) as i (unit integer, guards integer)
    ),
    account_in as (
      select * from json_to_recordset(${input.accounts}::json) as i (
        unit integer, shop_id integer, member_id bigint, version bigint,
        pending bigint, available bigint, held bigint, owed bigint, next_due_at timestamptz, last_activity_at timestamptz,
        membership json
      )
    ),
    order_in as (
      select * from json_to_recordset(${input.orders}::json) as i (
        unit integer, shop_id integer, order_id text, revision bigint, member_id bigint, state json,
        posted bigint, postings integer, program_version integer, multiplier integer, forgiven bigint, takes_part boolean, reason text
      )
    ),
    redemption_in as (
      select * from json_to_recordset(${input.redemptions}::json) as i (
        unit integer, shop_id integer, id text, version bigint, member_id bigint, reward json, cost bigint, code text, state text,
        fingerprint text, discount_id text, program_version integer, created_at timestamptz, ends_at timestamptz,
        used_by_order text, returned bigint, returnings integer, reason text, due_at timestamptz,
        forgiven bigint, taken json
      )
    )
  `;
}

/** An array, not a join: the planner cannot know how many units win, and would compare each row with each unit. */
const IS_WON = sql`i.unit = any ((select array_agg(unit) from won)::integer[])`;

const UNITS_WON = sql`
  -- Rows are held in one global order, tables too: two batches never wait for each other in a circle.
  account_held as (
    select i.unit from account_in i join accounts a on a.shop_id = i.shop_id and a.member_id = i.member_id
    where a.version = i.version
    order by a.shop_id, a.member_id
    for update of a
  ),
  order_held as (
    select i.unit from order_in i join order_states o on o.shop_id = i.shop_id and o.order_id = i.order_id
    where o.revision = i.revision
    order by o.shop_id, o.order_id
    for update of o
  ),
  redemption_held as (
    select i.unit from redemption_in i join redemptions r on r.shop_id = i.shop_id and r.id = i.id
    where r.version = i.version
    order by r.shop_id, r.id
    for update of r
  ),
  -- A unit is won when every row it read is still as it was read.
  won as (
    select u.unit
    from unit_in u join (
      select unit, count(*) as guards
      from (select unit from account_held union all select unit from order_held union all select unit from redemption_held) held
      group by unit
    ) h on h.unit = u.unit and h.guards = u.guards
  )
`;

const STATES_CHANGED = sql`
  account_done as (
    update accounts a
    set version = a.version + 1, pending = i.pending, available = i.available, held = i.held, owed = i.owed,
        next_due_at = i.next_due_at, last_activity_at = i.last_activity_at, membership = i.membership
    from account_in i
    where ${IS_WON} and a.shop_id = i.shop_id and a.member_id = i.member_id
  ),
  order_done as (
    update order_states o
    set revision = o.revision + 1, member_id = i.member_id, state = i.state, posted = i.posted, postings = i.postings,
        program_version = i.program_version, multiplier = i.multiplier, forgiven = i.forgiven, takes_part = i.takes_part,
        reason = i.reason
    from order_in i
    where ${IS_WON} and o.shop_id = i.shop_id and o.order_id = i.order_id
  ),
  redemption_made as (
    insert into redemptions (
      shop_id, id, version, member_id, reward, cost, code, state, fingerprint, discount_id, program_version,
      created_at, ends_at, used_by_order, returned, returnings, reason, due_at, forgiven, taken
    )
    select i.shop_id, i.id, 1, i.member_id, i.reward, i.cost, i.code, i.state, i.fingerprint, i.discount_id, i.program_version,
           i.created_at, i.ends_at, i.used_by_order, i.returned, i.returnings, i.reason, i.due_at,
           i.forgiven, i.taken
    from redemption_in i
    where ${IS_WON} and i.version = 0
  ),
  redemption_done as (
    update redemptions r
    set version = r.version + 1, state = i.state, discount_id = i.discount_id, used_by_order = i.used_by_order,
        returned = i.returned, returnings = i.returnings, reason = i.reason, due_at = i.due_at, forgiven = i.forgiven, taken = i.taken
    from redemption_in i
    where ${IS_WON} and i.version > 0 and r.shop_id = i.shop_id and r.id = i.id
  )
`;

function historyAdded(input: Input): SQL {
  return sql`
    entry_done as (
      insert into entries (
        shop_id, member_id, key, kind, points, pending, available, held, owed, order_id, redemption_id, program_version,
        actor, occurred_at, detail
      )
      select i.shop_id, i.member_id, i.key, i.kind, i.points, i.pending, i.available, i.held, i.owed, i.order_id, i.redemption_id,
             i.program_version, i.actor, i.occurred_at, i.detail
      from json_to_recordset(${input.entries}::json) as i (
        unit integer, position integer, shop_id integer, member_id bigint, key text, kind text, points bigint, pending bigint,
        available bigint, held bigint, owed bigint, order_id text, redemption_id text, program_version integer, actor text,
        occurred_at timestamptz, detail json
      )
      where ${IS_WON}
      order by i.position
    ),
    lot_made as (
      insert into lots (shop_id, id, member_id, order_id, amount, remaining, available_at, expires_at, matured)
      select i.shop_id, i.id, i.member_id, i.order_id, i.amount, i.remaining, i.available_at, i.expires_at, i.matured
      from json_to_recordset(${input.newLots}::json) as i (
        unit integer, shop_id integer, id text, member_id bigint, order_id text, amount bigint, remaining bigint,
        available_at timestamptz, expires_at timestamptz, matured boolean
      )
      where ${IS_WON}
    ),
    lot_done as (
      update lots l
      set remaining = i.remaining, matured = i.matured, expired = i.expired
      from json_to_recordset(${input.touchedLots}::json) as i (
        unit integer, shop_id integer, id text, remaining bigint, matured boolean, expired boolean
      )
      where ${IS_WON} and l.shop_id = i.shop_id and l.id = i.id
    ),
    allocation_done as (
      insert into allocations (shop_id, entry_key, lot_id, points)
      select i.shop_id, i.entry_key, i.lot_id, i.points
      from json_to_recordset(${input.allocations}::json) as i (
        unit integer, shop_id integer, entry_key text, lot_id text, points bigint
      )
      where ${IS_WON}
    ),
    merger_done as (
      -- Whoever was merged into the one that goes now goes along: a merger is never more than one step.
      update members m
      set merged_into = i.into_id
      from json_to_recordset(${input.mergers}::json) as i (unit integer, shop_id integer, from_id bigint, into_id bigint)
      where ${IS_WON} and m.shop_id = i.shop_id and (m.id = i.from_id or m.merged_into = i.from_id)
    )
  `;
}

function inputOf(units: readonly Unit[]) {
  const rows = <Row>(of: (changes: Changes, unit: Unit) => readonly Row[]): string =>
    JSON.stringify(
      units.flatMap((unit, index) =>
        of(unit.changes, unit).map((row) => ({ unit: index, shop_id: unit.shopId, ...row })),
      ),
    );
  let position = 0;
  return {
    units: JSON.stringify(units.map(({ changes }, index) => ({ unit: index, guards: guardsOf(changes) }))),
    accounts: rows((changes) => changes.accounts.map(accountRow)),
    orders: rows((changes) =>
      changes.orders.map((order) => ({
        order_id: order.orderId,
        revision: order.revision,
        member_id: order.memberId,
        state: order.state,
        posted: order.posted,
        postings: order.postings,
        program_version: order.programVersion,
        multiplier: order.multiplier,
        forgiven: order.forgiven,
        takes_part: order.takesPart,
        reason: order.reason,
      })),
    ),
    redemptions: rows((changes) => changes.redemptions.map(redemptionRow)),
    entries: rows((changes, { actor }) =>
      changes.entries.map((entry) => ({
        position: ++position,
        member_id: entry.memberId,
        key: entry.key,
        kind: entry.kind,
        points: entry.points,
        pending: entry.pending,
        available: entry.available,
        held: entry.held,
        owed: entry.owed,
        order_id: entry.orderId,
        redemption_id: entry.redemptionId,
        program_version: entry.programVersion,
        actor,
        occurred_at: isoOf(entry.occurredAtMs),
        detail: entry.detail,
      })),
    ),
    newLots: rows((changes) =>
      changes.newLots.map((lot) => ({
        id: lot.id,
        member_id: lot.memberId,
        order_id: lot.orderId,
        amount: lot.amount,
        remaining: lot.remaining,
        available_at: isoOf(lot.availableAtMs),
        expires_at: isoOf(lot.fixedExpiryMs),
        matured: lot.matured,
      })),
    ),
    touchedLots: rows((changes) =>
      changes.touchedLots.map(({ id, remaining, matured, expired }) => ({ id, remaining, matured, expired })),
    ),
    allocations: rows((changes) =>
      changes.allocations.map((taken) => ({ entry_key: taken.entryKey, lot_id: taken.lotId, points: taken.points })),
    ),
    mergers: rows((changes) =>
      changes.mergers.map(({ fromMemberId, intoMemberId }) => ({ from_id: fromMemberId, into_id: intoMemberId })),
    ),
  };
}

/** How many rows of a unit must still be as they were read; a redemption that is new has nothing to compare. */
function guardsOf(changes: Changes): number {
  return changes.accounts.length + changes.orders.length + changes.redemptions.filter((one) => one.version > 0).length;
}

function accountRow(account: ChangedAccount) {
  return {
    member_id: account.memberId,
    version: account.version,
    pending: account.pending,
    available: account.available,
    held: account.held,
    owed: account.owed,
    next_due_at: isoOf(account.nextDueMs),
    last_activity_at: isoOf(account.lastActivityMs),
    membership: account.membership,
  };
}

function redemptionRow(redemption: Redemption) {
  return {
    id: redemption.id,
    version: redemption.version,
    member_id: redemption.memberId,
    reward: redemption.reward,
    cost: redemption.cost,
    code: redemption.code,
    state: redemption.state,
    fingerprint: redemption.fingerprint,
    discount_id: redemption.discountId,
    program_version: redemption.programVersion,
    created_at: isoOf(redemption.createdAtMs),
    ends_at: isoOf(redemption.endsAtMs),
    used_by_order: redemption.usedByOrder,
    returned: redemption.returned,
    returnings: redemption.returnings,
    reason: redemption.reason,
    due_at: isoOf(sweepDueMs(redemption)),
    forgiven: redemption.forgiven,
    taken: redemption.taken,
  };
}

const HELD_PATIENCE_MS = 20 * 1000;
const LATE_USE_PATIENCE_MS = 60 * 60 * 1000;

/** When the sweep looks at a redemption: a held one soon after it was made, an issued one an hour after its code ended. */
export function sweepDueMs(redemption: Redemption): number | null {
  if (redemption.state === "held") return redemption.createdAtMs + HELD_PATIENCE_MS;
  return redemption.state === "issued" ? redemption.endsAtMs + LATE_USE_PATIENCE_MS : null;
}

function isoOf(moment: number | null): string | null {
  return moment === null ? null : new Date(moment).toISOString();
}
