/** How often rewards were had, for those that have a stock or a limit, and what staff have to do by hand. */
import { type SQL, sql } from "drizzle-orm";
import { type Database, epochMs, runFor } from "../db/client.ts";
import type { Reward, RewardUses } from "../domain/rewards.ts";

/** Members as they are today and whoever was merged into them. */
function memberAndMerged(shopId: number, memberId: string | null): SQL {
  return sql`
    select id from members where shop_id = ${shopId} and (id = ${memberId}::bigint or merged_into = ${memberId}::bigint)`;
}

/** How often each of these rewards was chosen and not given back, by its id; `memberId` is null for somebody without an account. */
export async function readRewardUses(
  db: Database,
  shopId: number,
  memberId: string | null,
  rewards: readonly Reward[],
): Promise<ReadonlyMap<string, RewardUses>> {
  const asked = JSON.stringify(rewards.map(({ id, limit }) => ({ id, days: limit?.days ?? null })));
  const rows = await runFor<UsesRow>(
    db,
    { shops: [shopId] },
    sql`
      with own as (
        select r.reward ->> 'id' as reward_id, r.reward ->> 'kind' as kind, r.state, r.created_at
        from redemptions r
        where r.shop_id = ${shopId} and r.member_id in (${memberAndMerged(shopId, memberId)})
          and r.state not in ('released', 'failed')
      )
      select a.id,
             coalesce((select s.taken from reward_stocks s where s.shop_id = ${shopId} and s.reward_id = a.id), 0)::text as by_all,
             (select count(*) from own o
              where o.reward_id = a.id and (a.days is null or o.created_at > now() - make_interval(days => a.days)))::text as by_member,
             exists (select from own o where o.kind = 'store_credit' and o.state = 'held') as credit_under_way
      from json_to_recordset(${asked}::json) as a (id text, days integer)
    `,
  );
  return new Map(
    rows.map((row) => [
      row.id,
      { byAll: Number(row.by_all), byMember: Number(row.by_member), creditUnderWay: row.credit_under_way },
    ]),
  );
}

interface UsesRow {
  readonly id: string;
  readonly by_all: string;
  readonly by_member: string;
  readonly credit_under_way: boolean;
}

export interface RewardCount {
  /** Chosen and not given back. */
  readonly chosen: number;
  /** Of these: used, or given for good. */
  readonly used: number;
  /** Out of its stock, since it has one. */
  readonly taken: number;
}

/** How often each reward of a shop was had, by its id; also those that are offered no more. */
export async function readRewardCounts(db: Database, shopId: number): Promise<ReadonlyMap<string, RewardCount>> {
  const rows = await runFor<{ id: string; chosen: string; used: string; taken: string }>(
    db,
    { shops: [shopId] },
    sql`
      with had as (
        select reward ->> 'id' as id, count(*) as chosen, count(*) filter (where state = 'used') as used
        from redemptions
        where shop_id = ${shopId} and state not in ('released', 'failed')
        group by 1
      ),
      stocks as (select reward_id as id, taken from reward_stocks where shop_id = ${shopId})
      select id, coalesce(had.chosen, 0)::text as chosen, coalesce(had.used, 0)::text as used,
             coalesce(stocks.taken, 0)::text as taken
      from had full join stocks using (id)
    `,
  );
  return new Map(
    rows.map(({ id, chosen, used, taken }) => [
      id,
      { chosen: Number(chosen), used: Number(used), taken: Number(taken) },
    ]),
  );
}

/** The store credits at Shopify that this member's redemptions are known to have become. */
export async function readCredits(db: Database, shopId: number, memberId: string): Promise<ReadonlySet<string>> {
  const rows = await runFor<{ discount_id: string }>(
    db,
    { shops: [shopId] },
    sql`
      select discount_id from redemptions
      where shop_id = ${shopId} and member_id in (${memberAndMerged(shopId, memberId)})
        and state = 'used' and reward ->> 'kind' = 'store_credit' and discount_id is not null
    `,
  );
  return new Set(rows.map((row) => row.discount_id));
}

export interface OpenExperience {
  readonly id: string;
  readonly memberId: string;
  /** Null once the person was forgotten. */
  readonly customerId: string | null;
  readonly name: string;
  readonly cost: number;
  readonly chosenAtMs: number;
}

const PAGE_SIZE = 50;

/** Experiences that were chosen and are still to be done, the longest waiting first. `after` is the id of an earlier page's last one. */
export async function readOpenExperiences(
  db: Database,
  shopId: number,
  after: string | null,
): Promise<{ readonly experiences: readonly OpenExperience[]; readonly next: string | null }> {
  const beyond =
    after === null
      ? sql``
      : sql`and (r.created_at, r.id) > (select b.created_at, b.id from redemptions b where b.shop_id = ${shopId} and b.id = ${after})`;
  const rows = await runFor<ExperienceRow>(
    db,
    { shops: [shopId] },
    sql`
      with waiting as materialized (
        select r.shop_id, r.id, r.member_id, r.reward, r.cost, r.created_at
        from redemptions r
        where r.shop_id = ${shopId} and r.state = 'issued' and r.reward ->> 'kind' = 'experience' ${beyond}
        order by r.created_at, r.id
        limit ${PAGE_SIZE + 1}
      )
      select r.id, coalesce(k.id, m.id)::text as member_id,
             case when k.id is null then m.customer_id else k.customer_id end as customer_id, r.reward ->> 'name' as name, r.cost::text as cost,
             ${epochMs(sql`r.created_at`)}::text as chosen_at_ms
      from waiting r
      join members m on m.shop_id = r.shop_id and m.id = r.member_id
      left join members k on k.shop_id = m.shop_id and k.id = m.merged_into
      order by r.created_at, r.id
    `,
  );
  const page = rows.slice(0, PAGE_SIZE);
  return {
    experiences: page.map((row) => ({
      id: row.id,
      memberId: row.member_id,
      customerId: row.customer_id,
      name: row.name,
      cost: Number(row.cost),
      chosenAtMs: Number(row.chosen_at_ms),
    })),
    next: rows.length > PAGE_SIZE ? (page.at(-1)?.id ?? null) : null,
  };
}

interface ExperienceRow {
  readonly id: string;
  readonly member_id: string;
  readonly customer_id: string | null;
  readonly name: string;
  readonly cost: string;
  readonly chosen_at_ms: string;
}
