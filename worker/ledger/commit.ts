/**
 * The one write of points: `lojal_commit_4` (`migrations/0029_commit_in_parts.sql`) posts what a batch of decisions changed. Each unit (what must
 * happen together) is guarded by the versions that were read, or by being the first to write a book; a unit that lost a race changes nothing. The statement
 * 1. locks each account, order and redemption that a unit names, where its version is the one that was read: who waits for a lock sees the row as the
 *    winner left it, and compares again (read committed);
 * 2. makes accounts and orders of version 0, which are not there yet; rows begin at 1;
 * 3. counts a unit as lost where one of these rows was neither locked nor made. If more rows were made than the won units have new ones, a lost unit made
 *    one: then the whole call is undone, as it is by a key that exists already;
 * 4. writes for the won units: versions go up by one, and new redemptions, entries, lots and allocations are added. Lots, and the members of a merger,
 *    are guarded by the accounts whose they are.
 */
import { type SQL, sql } from "drizzle-orm";
import { call, type Database, type NoteWhere, runFor } from "../db/client.ts";
import type { ChangedAccount, Changes, Entry, OrderRecord, Redemption } from "../domain/account.ts";
import type { Lot } from "../domain/lots.ts";
import { isBlank } from "../domain/progress.ts";
import { sweepDueMs } from "../domain/spending.ts";
import { sqlStateOf } from "../fault.ts";
import { askedFor, type Found, type Loaded, load, loadedFrom, type Wanted } from "./load.ts";

/**
 * One decision's changes for one shop. It names the accounts of all that its entries and lots are about: their versions guard these. No two units of a
 * commit name the same account, order or redemption. `actor` is who caused them (the column in docs/ledger-tables.md).
 */
export interface Unit {
  readonly shopId: number;
  readonly actor: string;
  readonly changes: Changes;
}

/** A unit with what it was decided on, so that a race that it loses can be answered with the state that won. */
export interface Retriable extends Unit {
  readonly wanted: readonly Omit<Wanted, "shopId">[];
}

/** What must hold for a commit, as an expression that its statement asks first: the rows that it looks at are locked until the commit is over. */
export type Guard = SQL;

export interface Outcome {
  /** For each unit in order, whether it was won. */
  readonly won: readonly boolean[];
  /** What the lost units were decided on, as it is now; null where none was lost. */
  readonly loaded: Loaded | null;
}

/** Unique violation, serialization failure, deadlock: somebody else was faster, and nothing was written. */
const LOST_RACES = ["23505", "40001", "40P01"];

/**
 * Commits all units in one round trip. Returns, for each unit in order, whether it was won. A key or id that exists already means
 * that somebody else did the same thing between read and write: then no unit is won, and the caller reads again.
 */
export async function commit(db: Database, units: readonly Unit[]): Promise<boolean[]> {
  if (units.length === 0) return [];
  const text = "select lojal_commit_4($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as won";
  const answer = await unlessRaced(call<{ won: boolean[] }>(db, text, inputOf(units)));
  return answer?.won ?? units.map(() => false);
}

/**
 * Commits all units; those that lost are answered, in the same round trip, with the state that won. `open` as for a load. A key or id
 * that exists already undoes the whole batch: then what all of it was decided on is loaded in a second round trip. `note` is written down with the
 * first unit, or not at all. Where `guard` does not hold, all units have lost.
 */
export async function commitOrLoad(
  db: Database,
  units: readonly Retriable[],
  { open, note, guard }: { readonly open: boolean; readonly note?: NoteWhere; readonly guard?: Guard },
): Promise<Outcome> {
  if (units.length === 0) return { won: [], loaded: null };
  const wanted = units.flatMap(({ shopId, wanted: ofUnit }, index) =>
    ofUnit.map((one) => ({ ...one, shopId, unit: index + 1 })),
  );
  const values = [...inputOf(units), ...askedFor(wanted), open];
  const text = `select * from lojal_commit_or_load_7(${values.map((_, index) => `$${index + 1}`).join(", ")})`;
  const answer = await unlessRaced<Committed>(
    note === undefined && guard === undefined
      ? call(db, text, values)
      : runFor(db, { shops: units.map(({ shopId }) => shopId) }, besides(values, { note, guard })),
  );
  if (!answer?.won) return { won: units.map(() => false), loaded: await load(db, wanted, { open }) };
  const { won } = answer;
  const lost = wanted.filter(({ unit }) => !won[unit - 1]);
  return { won, loaded: answer.loaded && loadedFrom(answer.loaded, lost, open) };
}

interface Committed {
  /** Null where the guard did not hold. */
  readonly won: boolean[] | null;
  readonly loaded: Found | null;
}

/** The same call, if the guard holds, and what is written where its first unit was won: one statement. */
function besides(
  values: readonly unknown[],
  { note, guard }: { readonly note: NoteWhere | undefined; readonly guard: Guard | undefined },
): SQL {
  const given = sql.join(
    values.map((value) => sql.param(value)),
    sql`, `,
  );
  const written =
    note === undefined ? sql`` : sql`, noted as (${note(sql`exists (select from committed where won[1])`)})`;
  return sql`
    with allowed as materialized (select ${guard ?? sql`true`} as is_so),
    -- Within a subquery of its own, so that nothing is committed before the guard is known to hold.
    committed as materialized (
      select c.won, c.loaded
      from allowed cross join lateral (
        select won, loaded from lojal_commit_or_load_7(${given}) where allowed.is_so offset 0
      ) c
    )
    ${written}
    select c.won, c.loaded from allowed left join committed c on true
  `;
}

/** The answer of a commit; null where somebody else was faster and nothing was written. */
async function unlessRaced<Answer>(answers: Promise<Answer[]>): Promise<Answer | null> {
  try {
    const [answer] = await answers;
    if (!answer) throw new Error("The commit returned no row.");
    return answer;
  } catch (fault) {
    if (LOST_RACES.includes(sqlStateOf(fault) ?? "")) return null;
    throw fault;
  }
}

/** What the units change, table by table, as `lojal_commit_4` takes it: each row names its unit and its shop. */
function inputOf(units: readonly Unit[]): unknown[] {
  refuseSharedRows(units);
  const rows = <Row>(of: (changes: Changes, unit: Unit) => readonly Row[]): string | null => {
    const all = units.flatMap((unit, index) =>
      of(unit.changes, unit).map((row) => ({ unit: index + 1, shop_id: unit.shopId, ...row })),
    );
    return all.length === 0 ? null : JSON.stringify(all);
  };
  return [
    [...new Set(units.map((unit) => unit.shopId))],
    units.length,
    rows((changes) => changes.accounts.map(accountRow)),
    rows((changes) => changes.orders.map(orderRow)),
    rows((changes) => changes.redemptions.map(redemptionRow)),
    rows((changes, { actor }) => changes.entries.map((entry) => entryRow(entry, actor))),
    rows((changes) => changes.newLots.map(newLotRow)),
    rows((changes) =>
      changes.touchedLots.map(({ id, remaining, matured, expired }) => ({ id, remaining, matured, expired })),
    ),
    rows((changes) =>
      changes.allocations.map(({ entryKey, lotId, points }) => ({ entry_key: entryKey, lot_id: lotId, points })),
    ),
    rows((changes) =>
      changes.mergers.map(({ fromMemberId, intoMemberId }) => ({ from_id: fromMemberId, into_id: intoMemberId })),
    ),
  ];
}

/** Each of two units that name the same row would lock it, where it is there, and win, and only one of them would be written. */
function refuseSharedRows(units: readonly Unit[]): void {
  const owners = new Map<string, number>();
  for (const [index, { shopId, changes }] of units.entries()) {
    const { accounts, orders, redemptions } = changes;
    const rows = [
      ...accounts.map(({ memberId }) => `account ${memberId}`),
      ...orders.map(({ orderId }) => `order ${orderId}`),
      ...redemptions.map(({ id }) => `redemption ${id}`),
    ];
    for (const row of rows.map((name) => `${name} of shop ${shopId}`)) {
      if ((owners.get(row) ?? index) !== index) throw new Error(`Two units of one commit name ${row}.`);
      owners.set(row, index);
    }
  }
}

function entryRow(entry: Entry, actor: string) {
  return {
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
  };
}

function newLotRow(lot: Lot & { readonly memberId: string }) {
  return {
    id: lot.id,
    member_id: lot.memberId,
    order_id: lot.orderId,
    amount: lot.amount,
    remaining: lot.remaining,
    available_at: isoOf(lot.availableAtMs),
    expires_at: isoOf(lot.fixedExpiryMs),
    matured: lot.matured,
    expired: lot.expired,
  };
}

function orderRow(order: OrderRecord) {
  return {
    order_id: order.orderId,
    revision: order.revision,
    member_id: order.memberId,
    state: order.state,
    posted: order.posted,
    postings: order.postings,
    program_version: order.programVersion,
    multiplier: order.multiplier,
    forgiven: order.forgiven,
    left_behind: order.leftBehind,
    left_with: Object.keys(order.leftWith).length === 0 ? null : order.leftWith,
    takes_part: order.takesPart,
    contribution: order.contribution,
    reason: order.reason,
  };
}

function accountRow(account: ChangedAccount) {
  return {
    member_id: account.memberId,
    customer_id: account.customerId,
    version: account.version,
    pending: account.pending,
    available: account.available,
    held: account.held,
    owed: account.owed,
    next_due_at: isoOf(account.nextDueMs),
    last_activity_at: isoOf(account.lastActivityMs),
    membership: account.membership,
    progress: isBlank(account.progress) ? null : account.progress,
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

function isoOf(moment: number | null): string | null {
  return moment === null ? null : new Date(moment).toISOString();
}
