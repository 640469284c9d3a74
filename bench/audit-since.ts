/**
 * The audit of the books for those alone that history has touched since a moment: the same checks, on a connection whose tables hold only the rows
 * of those members. Entries are only ever added, so a block range index on when they were recorded (a few pages, next to nothing on each insert)
 * finds the new ones without reading the old.
 */
import type pg from "pg";
import { auditLedger } from "../dev/audit.ts";

/** `owner` sees all shops. What it makes is gone afterwards. */
export async function auditSince(owner: pg.ClientBase, since: Date): Promise<string[]> {
  await owner.query("begin");
  try {
    // The planner cannot know how few the new entries are: here it may only walk indexes.
    await owner.query(
      "set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off",
    );
    for (const [name, rows] of Object.entries(narrowed(since))) {
      await owner.query(`create temporary table ${name} on commit drop as ${rows}`);
      // As the real ones have them: the audit finds rows by their keys.
      for (const columns of INDEXES[name] ?? []) await owner.query(`create index on ${name} (${columns})`);
      await owner.query(`analyze ${name}`);
    }
    await owner.query("set local enable_seqscan = on; set local enable_hashjoin = on; set local enable_mergejoin = on");
    const look = async <Row extends pg.QueryResultRow>(query: string) => (await owner.query<Row>(query)).rows;
    return await auditLedger({ look });
  } finally {
    await owner.query("rollback");
  }
}

const INDEXES: Readonly<Record<string, readonly string[]>> = {
  members: ["shop_id, id"],
  accounts: ["shop_id, member_id"],
  entries: ["shop_id, key", "shop_id, member_id", "shop_id, order_id", "shop_id, redemption_id"],
  redemptions: ["shop_id, id"],
  allocations: ["shop_id, entry_key", "shop_id, lot_id"],
  lots: ["shop_id, id", "shop_id, member_id"],
  order_states: ["shop_id, order_id"],
};

/** A temporary table hides the real one of its name. Whom two checks would count together must be here together. */
function narrowed(since: Date): Readonly<Record<string, string>> {
  return {
    concerned: `
      with recursive concerned (shop_id, member_id) as (
        select distinct shop_id, member_id from public.entries where recorded_at >= '${since.toISOString()}'
        union
        select n.shop_id, n.member_id from concerned c cross join lateral (
          -- An order that moved has entries of both its customers. Their keys are order:<id>:<n>; ';' is what follows ':'.
          select o.shop_id, o.member_id
          from public.entries e cross join lateral (
            select o.shop_id, o.member_id from public.entries o
            where o.shop_id = e.shop_id and o.key > 'order:' || e.order_id || ':' and o.key < 'order:' || e.order_id || ';'
            -- Keeps the planner from reading all of the shop's entries once for each order, to compare them with it.
            offset 0) o
          where e.shop_id = c.shop_id and e.member_id = c.member_id and e.kind in ('earn', 'claw-back')
          union all
          select m.shop_id, m.merged_into from public.members m
          where m.shop_id = c.shop_id and m.id = c.member_id and m.merged_into is not null
          union all
          select m.shop_id, m.id from public.members m where m.shop_id = c.shop_id and m.merged_into = c.member_id) n
      )
      select * from concerned`,
    members: "select m.* from concerned c join public.members m on m.shop_id = c.shop_id and m.id = c.member_id",
    accounts: ownRows("accounts"),
    entries: ownRows("entries"),
    redemptions: ownRows("redemptions"),
    allocations: "select t.* from entries e join public.allocations t on t.shop_id = e.shop_id and t.entry_key = e.key",
    lots: `
      select l.* from (
        select shop_id, lot_id as id from allocations
        union
        select shop_id, key from entries
        union
        select l.shop_id, l.id from concerned c join public.lots l on l.shop_id = c.shop_id and l.member_id = c.member_id
        where l.remaining > 0
        union
        -- Lots that are named after an entry with a number behind: key/1, key/2; '0' is what follows '/'.
        select l.shop_id, l.id
        from entries e cross join lateral (
          select l.shop_id, l.id from public.lots l
          where l.shop_id = e.shop_id and l.id > e.key || '/' and l.id < e.key || '0' offset 0) l
        where e.kind not in ('earn', 'claw-back', 'mature', 'expire', 'hold', 'use')
      ) n join public.lots l on l.shop_id = n.shop_id and l.id = n.id`,
    order_states: `
      select o.* from (select distinct shop_id, order_id from entries where order_id is not null) n
      join public.order_states o on o.shop_id = n.shop_id and o.order_id = n.order_id`,
    // A whole shop's sums are for the whole audit.
    shops: "select * from public.shops limit 0",
  };
}

function ownRows(table: string): string {
  return `select t.* from concerned c join public.${table} t on t.shop_id = c.shop_id and t.member_id = c.member_id`;
}
