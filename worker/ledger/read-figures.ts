/** Reads for the figures of a shop: what was booked in stretches of time, who was active, what is outstanding. They move no points. */
import { sql } from "drizzle-orm";
import { type Database, epochMs, runFor } from "../db/client.ts";
import type { EntryKind } from "../domain/account.ts";
import type { Donation, Movement } from "../domain/figures.ts";
import { AGE_DAYS, type ExpiryQuestions, type LotGroup } from "../domain/liability.ts";

/**
 * What was recorded from each of these moments on until the next one, and since the last one: a list of movements for each. One scan of
 * `entries_by_day` for each stretch, which together read each entry since the first moment once.
 */
export async function readMovements(db: Database, shopId: number, moments: readonly number[]): Promise<Movement[][]> {
  const rows = await runFor<MovementRow>(
    db,
    { shops: [shopId] },
    sql`
      with stretches as (
        select row_number() over (order by from_ms) - 1 as position,
               to_timestamp(from_ms / 1000.0) as begins,
               coalesce(to_timestamp(lead(from_ms) over (order by from_ms) / 1000.0), 'infinity') as ends
        from unnest(${arrayOf(moments)}::bigint[]) as from_ms
      )
      select s.position::integer as position, m.*
      from stretches s cross join lateral (
        select kind, points > 0 as is_gain, sum(points)::text as points, sum(held)::text as held, sum(owed)::text as owed,
               count(*)::integer as entries
        from entries where shop_id = ${shopId} and recorded_at >= s.begins and recorded_at < s.ends
        group by kind, points > 0
      ) m
    `,
  );
  const all: Movement[][] = moments.map(() => []);
  for (const { position, kind, is_gain: isGain, points, held, owed, entries } of rows)
    all[position]?.push({ kind, isGain, points: Number(points), held: Number(held), owed: Number(owed), entries });
  return all;
}

interface MovementRow {
  readonly position: number;
  readonly kind: EntryKind;
  readonly is_gain: boolean;
  readonly points: string;
  readonly held: string;
  readonly owed: string;
  readonly entries: number;
}

/** How many members did something, bought something, and bought something twice. */
export interface Activity {
  readonly active: number;
  readonly buyers: number;
  readonly repeatBuyers: number;
}

/**
 * Of what was recorded in this time. Members who became one are one. Orders are told apart by 64 bits of theirs: numbers need less memory than
 * texts, and two orders of one member with the same ones do not happen.
 */
export async function readActivity(
  db: Database,
  shopId: number,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): Promise<Activity> {
  const [row] = await runFor<Activity>(
    db,
    { shops: [shopId] },
    sql`
      with own as (
        select
          case
            when e.member_id in (select id from members where shop_id = ${shopId} and merged_into is not null)
            then (select merged_into from members m where m.shop_id = ${shopId} and m.id = e.member_id)
            else e.member_id
          end as member_id,
          min(hashtextextended(e.order_id, 0)) filter (where e.kind = 'earn') as lowest_order,
          max(hashtextextended(e.order_id, 0)) filter (where e.kind = 'earn') as highest_order
        from entries e
        where e.shop_id = ${shopId} and e.kind in ('earn', 'hold')
          and e.recorded_at >= ${moment(fromMs)} and e.recorded_at < ${moment(untilMs)}
        group by 1
      )
      select count(*)::integer as active, count(lowest_order)::integer as buyers,
             (count(*) filter (where lowest_order <> highest_order))::integer as "repeatBuyers"
      from own
    `,
  );
  return row ?? { active: 0, buyers: 0, repeatBuyers: 0 };
}

/** Open lots in groups, what is held and owed, and the moment of which all of it tells. */
export interface Outstanding {
  readonly groups: readonly LotGroup[];
  readonly held: number;
  readonly owed: number;
  readonly nowMs: number;
}

/** Days are told apart only as far as the shop's rules of expiry ask for them. */
export async function readOutstanding(
  db: Database,
  shopId: number,
  { asksAvailable, asksActivity }: ExpiryQuestions,
): Promise<Outstanding> {
  const availableOn = asksAvailable ? dayOf(sql`l.available_at`) : sql`null::timestamptz`;
  const activeOn = asksActivity ? dayOf(sql`greatest(l.available_at, a.last_activity_at)`) : sql`null::timestamptz`;
  const accounts = asksActivity ? sql`join accounts a on a.shop_id = l.shop_id and a.member_id = l.member_id` : sql``;
  const [row] = await runFor<{ groups: GroupRow[] | null; held: string; owed: string; now_ms: string }>(
    db,
    { shops: [shopId] },
    sql`
      with ages as (
        select array_agg(now() - make_interval(days => days) order by days desc) as bounds from unnest(${arrayOf([0, ...AGE_DAYS])}::integer[]) days
      ), groups as (
        select width_bucket(l.available_at, (select bounds from ages)) as bucket, ${availableOn} as available_on, ${activeOn} as active_on,
               ${dayOf(sql`l.expires_at`)} as expires_on, sum(l.remaining) as points
        from lots l ${accounts}
        where l.shop_id = ${shopId} and l.remaining > 0
        group by 1, 2, 3, 4
      )
      select (
        select json_agg(json_build_array(bucket, ${epochMs(sql`available_on`)}, ${epochMs(sql`active_on`)}, ${epochMs(sql`expires_on`)}, points))
        from groups
      ) as groups, coalesce(sum(held), 0)::text as held, coalesce(sum(owed), 0)::text as owed, ${epochMs(sql`now()`)}::text as now_ms
      from accounts where shop_id = ${shopId}
    `,
  );
  if (!row) throw new Error("A sum has no row.");
  const groups = (row.groups ?? []).map(([bucket, availableOnMs, activeOnMs, fixedExpiryMs, points]) => ({
    // The last bucket is of what comes, the first of what is oldest.
    age: AGE_DAYS.length - bucket,
    availableOnMs,
    activeOnMs,
    fixedExpiryMs,
    points,
  }));
  return { groups, held: Number(row.held), owed: Number(row.owed), nowMs: Number(row.now_ms) };
}

type GroupRow = readonly [
  bucket: number,
  availableOnMs: number | null,
  activeOnMs: number | null,
  expiresOnMs: number | null,
  points: number,
];

/** What was given to causes in this time, by reward, the most money first: a donation is used as it is chosen, and never comes back. */
export async function readDonations(
  db: Database,
  shopId: number,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): Promise<readonly Donation[]> {
  const rows = await runFor<Record<keyof Donation, string>>(
    db,
    { shops: [shopId] },
    sql`
      select r.reward ->> 'id' as "rewardId", (array_agg(r.reward ->> 'name' order by e.recorded_at desc, e.id desc))[1] as name,
             count(*)::text as times, (0 - sum(e.held))::text as points, sum((r.reward ->> 'valueMinor')::bigint)::text as "valueMinor"
      from entries e
      join redemptions r on r.shop_id = ${shopId} and r.id = e.redemption_id
      where e.shop_id = ${shopId} and e.kind = 'use' and r.reward ->> 'kind' = 'donation'
        and e.recorded_at >= ${moment(fromMs)} and e.recorded_at < ${moment(untilMs)}
      group by 1
      order by sum((r.reward ->> 'valueMinor')::bigint) desc, 1
    `,
  );
  return rows.map(({ rewardId, name, times, points, valueMinor }) => ({
    ...{ rewardId, name, times: Number(times) },
    ...{ points: Number(points), valueMinor: Number(valueMinor) },
  }));
}

/** How many members there are, and how many of them are new since then and until then. */
export async function countMembers(
  db: Database,
  shopId: number,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): Promise<{ readonly members: number; readonly newMembers: number }> {
  const [row] = await runFor<{ members: number; newMembers: number }>(
    db,
    { shops: [shopId] },
    sql`
      select count(*)::integer as members,
             (count(*) filter (where joined_at >= ${moment(fromMs)} and joined_at < ${moment(untilMs)}))::integer as "newMembers"
      from members where shop_id = ${shopId} and customer_id is not null and merged_into is null
    `,
  );
  return row ?? { members: 0, newMembers: 0 };
}

/** The UTC day of a moment: much quicker than a date. */
function dayOf(at: ReturnType<typeof sql>) {
  return sql`date_bin('1 day', ${at}, '2000-02-01 00:00:00+00')`;
}

function moment(atMs: number) {
  return sql`to_timestamp(${atMs}::bigint / 1000.0)`;
}

function arrayOf(numbers: readonly number[]): string {
  return `{${numbers.join(",")}}`;
}
