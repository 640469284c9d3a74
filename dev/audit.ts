/** The checks on the books, for tests, benchmarks and `npm start` alike. */
import type pg from "pg";

export interface Books {
  /** Asks the whole database, behind row-level security. */
  look<Row extends pg.QueryResultRow>(query: string): Promise<Row[]>;
}

export interface AuditFault {
  readonly shopId: number;
  /** Begins with the name of the invariant that does not hold. */
  readonly text: string;
}

/** What must be true of a ledger whenever it is looked at. Returns the faults, so that a test can show them. */
export async function auditLedger(books: Books): Promise<string[]> {
  return (await auditFaults(books)).map((fault) => fault.text);
}

/** The same, with the shop each fault is in. One statement: all checks see the ledger at the same moment. */
export async function auditFaults(books: Books): Promise<AuditFault[]> {
  const rows = await books.look<{ shop_id: number; fault: string }>(
    `${WHO_IS_WHO} ${[POTS, LOTS, ORDERS, REDEMPTIONS, CONSERVATION, CAUSES, MERGED, NAMED, TIERS].flat().join("\n union all ")}`,
  );
  return rows.map((row) => ({ shopId: row.shop_id, text: row.fault }));
}

/** Whoever was merged is counted as the member they became part of. */
const WHO_IS_WHO = `
  with present as (
    select shop_id, id as member_id, coalesce(merged_into, id) as present_id from members
  ),
  entry as (
    select e.*, p.present_id from entries e join present p on p.shop_id = e.shop_id and p.member_id = e.member_id
  ),
  redemption as (
    select r.*, p.present_id from redemptions r join present p on p.shop_id = r.shop_id and p.member_id = r.member_id
  ),
  live as (
    select shop_id, member_id, coalesce(sum(remaining) filter (where not matured), 0) as pending,
           coalesce(sum(remaining) filter (where matured), 0) as available
    from lots where remaining > 0 group by shop_id, member_id
  ),
  booked as (
    select shop_id, member_id, sum(pending) as pending, sum(available) as available, sum(held) as held, sum(owed) as owed
    from entries group by shop_id, member_id
  ),
  ordered as (
    select shop_id, order_id, sum(points) as points, count(*) as count
    from entries where kind in ('earn', 'claw-back') group by shop_id, order_id
  ),
  -- What a redemption's entries have done to the shopper's points; its use moves none.
  redeemed as (
    select shop_id, redemption_id, sum(points) as points, count(*) filter (where key like 'return:%') as returnings
    from entries where redemption_id is not null group by shop_id, redemption_id
  ),
  allocated as (
    select shop_id, lot_id, sum(points) as points from allocations group by shop_id, lot_id
  ),
  -- What each entry says of lots: what it took and gave, and the lots it made (named after it, some with a number behind).
  in_lots as (
    select shop_id, key, sum(points) as points from (
      select shop_id, entry_key as key, points from allocations
      union all
      select l.shop_id, coalesce(e.key, regexp_replace(l.id, '/[0-9]+$', '')), l.amount
      from lots l left join entries e on e.shop_id = l.shop_id and e.key = l.id
    ) moved group by shop_id, key
  )`;

const POTS = [
  `select a.shop_id, format('I1 account %s/%s: counters %s, entries %s', a.shop_id, a.member_id,
     row(a.pending, a.available, a.held, a.owed), row(b.pending, b.available, b.held, b.owed)) as fault
   from accounts a left join booked b on b.shop_id = a.shop_id and b.member_id = a.member_id
   where (a.pending, a.available, a.held, a.owed)
     is distinct from (coalesce(b.pending, 0), coalesce(b.available, 0), coalesce(b.held, 0), coalesce(b.owed, 0))`,
  `select a.shop_id, format('I1 account %s/%s: pending and available %s, lots %s', a.shop_id, a.member_id,
     row(a.pending, a.available), row(l.pending, l.available))
   from accounts a left join live l on l.shop_id = a.shop_id and l.member_id = a.member_id
   where (a.pending, a.available) is distinct from (coalesce(l.pending, 0), coalesce(l.available, 0))`,
  `select a.shop_id, format('I1 account %s/%s: held %s, open redemptions %s', a.shop_id, a.member_id, a.held, coalesce(sum(r.cost), 0))
   from accounts a left join redemption r
     on r.shop_id = a.shop_id and r.present_id = a.member_id and r.state in ('held', 'issued')
   group by a.shop_id, a.member_id, a.held having a.held <> coalesce(sum(r.cost), 0)`,
  `select shop_id, format('I2 account %s/%s: below zero', shop_id, member_id)
   from accounts where least(pending, available, held, owed) < 0`,
];

const LOTS = [
  `select l.shop_id, format('I1 lot %s/%s: amount %s, remaining %s, allocations %s', l.shop_id, l.id, l.amount, l.remaining, coalesce(t.points, 0))
   from lots l left join allocated t on t.shop_id = l.shop_id and t.lot_id = l.id
   where l.remaining <> l.amount + coalesce(t.points, 0)`,
  `select shop_id, format('I2 lot %s/%s: %s left of %s', shop_id, id, remaining, amount)
   from lots where remaining not between 0 and amount`,
  `select l.shop_id, format('I10 lot %s/%s: marked as expired %s, its expiry is booked %s', l.shop_id, l.id, l.expired, e.key is not null)
   from lots l left join entries e on e.shop_id = l.shop_id and e.key = 'expire:' || l.id
   where l.expired <> (e.key is not null)`,
  `select e.shop_id, format('I11 entry %s/%s: its lot counts as not matured', e.shop_id, e.key)
   from lots l join entries e on e.shop_id = l.shop_id and e.key = 'mature:' || l.id
   where not l.matured`,
];

const ORDERS = [
  `select o.shop_id, format('I4 order %s/%s: posted %s in %s steps, entries %s in %s', o.shop_id, o.order_id, o.posted, o.postings,
     coalesce(e.points, 0), coalesce(e.count, 0))
   from order_states o left join ordered e on e.shop_id = o.shop_id and e.order_id = o.order_id
   where (o.posted, o.postings) is distinct from (coalesce(e.points, 0), coalesce(e.count, 0))`,
  `select e.shop_id, format('I4 order %s/%s: has entries and no state', e.shop_id, e.order_id)
   from ordered e left join order_states o on o.shop_id = e.shop_id and o.order_id = e.order_id
   where o.order_id is null`,
  `select shop_id, format('I6 order %s/%s: posted %s, forgiven %s', shop_id, order_id, posted, forgiven)
   from order_states where posted < 0 or forgiven not between 0 and posted`,
  `select o.shop_id, format('I6 order %s/%s: %s left behind, %s of it with members', o.shop_id, o.order_id, o.left_behind, w.points)
   from order_states o cross join lateral (select sum(points::bigint) as points from jsonb_each_text(o.left_with) as w (member_id, points)) w
   where w.points > o.left_behind`,
];

const REDEMPTIONS = [
  `select r.shop_id, format('I8 redemption %s/%s: %s, cost %s, returned %s, entries %s in %s returns', r.shop_id, r.id, r.state, r.cost,
     r.returned, coalesce(e.points, 0), coalesce(e.returnings, 0))
   from redemptions r left join redeemed e on e.shop_id = r.shop_id and e.redemption_id = r.id
   where coalesce(e.points, 0) <> case
       when r.state in ('held', 'issued') then -r.cost when r.state = 'used' then r.returned - r.cost else 0 end
     or coalesce(e.returnings, 0) > r.returnings
     or r.returned not between 0 and r.cost or r.forgiven not between 0 and r.returned
     or (r.returned > 0 and r.state <> 'used')`,
  `select s.shop_id, format('I8 reward %s/%s: %s taken from its stock, %s out', s.shop_id, s.reward_id, s.taken, o.count)
   from reward_stocks s cross join lateral (
     select count(*) as count from redemptions r
     where r.shop_id = s.shop_id and r.reward ->> 'id' = s.reward_id and r.reward ->> 'stock' is not null
       and r.state not in ('released', 'failed')) o
   where s.taken <> o.count`,
  // Points that were owed as they were taken have no lot to go back to.
  `select r.shop_id, format('I8 redemption %s/%s: %s, cost %s, returned %s, knows the lots of %s', r.shop_id, r.id, r.state, r.cost, r.returned, t.points)
   from redemptions r cross join lateral (
     select coalesce(sum(points), 0) as points from json_to_recordset(r.taken) as t (points bigint)) t
   where case
     when r.state in ('held', 'issued') then t.points <> r.cost
     when r.state = 'used' then t.points not between 0 and r.cost - r.returned
     else t.points <> 0 end`,
];

/**
 * I3. Each movement leaves one pot and enters another: a member's issued points are in the pots, spent or expired, less what is owed; and each
 * entry's movement is that of its lots. What a shop has issued is told by its orders, not by their entries.
 */
const CONSERVATION = [
  `select e.shop_id, format('I3 account %s/%s: issued %s, in pots %s, spent %s', e.shop_id, e.present_id, e.issued, a.points, coalesce(r.spent, 0))
   from (
     select shop_id, present_id, sum(points) filter (where kind in ('earn', 'claw-back', 'adjust', 'open', 'gift', 'expire')) as issued
     from entry group by shop_id, present_id) e
   join (select shop_id, member_id, pending + available + held - owed as points from accounts) a
     on a.shop_id = e.shop_id and a.member_id = e.present_id
   left join (
     select shop_id, present_id, sum(cost - returned) as spent from redemption where state = 'used' group by shop_id, present_id) r
     on r.shop_id = e.shop_id and r.present_id = e.present_id
   where coalesce(e.issued, 0) <> a.points + coalesce(r.spent, 0)`,
  `select s.id, format('I3 shop %s: orders %s, other issues and expiries %s, in pots %s, spent %s', s.id, o.points, e.points, a.points, r.points)
   from shops s
   cross join lateral (select coalesce(sum(posted), 0) as points from order_states where shop_id = s.id) o
   cross join lateral (
     select coalesce(sum(points), 0) as points from entries where shop_id = s.id and kind in ('adjust', 'open', 'gift', 'expire')) e
   cross join lateral (
     select coalesce(sum(pending + available + held - owed), 0) as points from accounts where shop_id = s.id) a
   cross join lateral (
     select coalesce(sum(cost - returned), 0) as points from redemptions where shop_id = s.id and state = 'used') r
   where o.points + e.points <> a.points + r.points`,
  `select e.shop_id, format('I3 entry %s/%s: moves %s of pending and available, its lots %s', e.shop_id, e.key, e.pending + e.available,
     coalesce(l.points, 0))
   from entries e left join in_lots l on l.shop_id = e.shop_id and l.key = e.key
   where e.pending + e.available <> coalesce(l.points, 0)`,
  `select l.shop_id, format('I3 lot points of %s/%s: made or moved by no entry', l.shop_id, l.key)
   from in_lots l left join entries e on e.shop_id = l.shop_id and e.key = l.key
   where e.key is null`,
];

const CAUSES = [
  `select e.shop_id, format('I14 entry %s/%s: of kind %s, by %s, names no cause', e.shop_id, e.key, e.kind, e.actor)
   from entries e
   where e.actor = '' or not coalesce(case
     when e.kind in ('earn', 'claw-back') then e.order_id is not null and e.program_version is not null
       and e.key like 'order:' || e.order_id || ':%'
     when e.kind in ('hold', 'release', 'use', 'reclaim', 'return') then e.program_version is not null
       and exists (select from redemptions r where r.shop_id = e.shop_id and r.id = e.redemption_id)
     when e.kind in ('mature', 'expire')
       then exists (select from lots l where l.shop_id = e.shop_id and l.id = substr(e.key, length(e.kind) + 2))
     when e.kind = 'gift' then e.key ~ '^gift:.+:[0-9]+$' and e.program_version is not null
     when e.kind in ('adjust', 'open') then e.key like e.kind || ':_%'
     when e.kind = 'merge' then e.key ~ '^merge:[0-9]+:(in|out)$'
     else false end, false)`,
];

const MERGED = [
  `select a.shop_id, format('I3 account %s/%s: was merged and has points', a.shop_id, a.member_id)
   from accounts a join members m on m.shop_id = a.shop_id and m.id = a.member_id
   where m.merged_into is not null and (a.pending, a.available, a.held, a.owed) <> (0, 0, 0, 0)`,
  `select l.shop_id, format('I3 lot %s/%s: its member was merged and it holds %s', l.shop_id, l.id, l.remaining)
   from lots l join members m on m.shop_id = l.shop_id and m.id = l.member_id
   where m.merged_into is not null and l.remaining > 0`,
  `select m.shop_id, format('I3 member %s/%s: was merged into one who was merged', m.shop_id, m.id)
   from members m join members i on i.shop_id = m.shop_id and i.id = m.merged_into
   where i.merged_into is not null`,
];

/** I19. What each member has done towards a tier is what their orders count for; a gift that was given is remembered, and the other way round. */
const TIERS = [
  `select c.shop_id, format('I19 account %s/%s: progress %s, its orders %s', c.shop_id, c.present_id, a.sums, c.sums)
   from (
     select o.shop_id, p.present_id,
            row(sum((o.contribution ->> 'points')::bigint), sum((o.contribution ->> 'spentMinor')::bigint),
                sum((o.contribution ->> 'orders')::bigint))::text as sums
     from order_states o join present p on p.shop_id = o.shop_id and p.member_id = o.member_id
     where o.contribution is not null group by o.shop_id, p.present_id) c
   join (
     select a.shop_id, a.member_id, row(sum(d.points), sum(d.spent), sum(d.orders))::text as sums
     from accounts a cross join lateral (
       select (d ->> 1)::bigint as points, (d ->> 2)::bigint as spent, (d ->> 3)::bigint as orders
       from json_array_elements(a.progress -> 'days') d
       union all
       select coalesce((a.progress -> 'earlier' ->> 1)::bigint, 0), coalesce((a.progress -> 'earlier' ->> 2)::bigint, 0),
              coalesce((a.progress -> 'earlier' ->> 3)::bigint, 0)
     ) d group by a.shop_id, a.member_id) a on a.shop_id = c.shop_id and a.member_id = c.present_id
   where a.sums <> c.sums`,
  `select e.shop_id, format('I19 entry %s/%s: its account does not know of the gift', e.shop_id, e.key)
   from entry e join accounts a on a.shop_id = e.shop_id and a.member_id = e.present_id
   where e.kind = 'gift' and not exists (
     select from json_array_elements_text(a.progress -> 'gifts') g (id) where e.key like 'gift:' || g.id || ':%')`,
];

/** What a forgotten person's orders are found by. */
const NAMED = [
  `select o.shop_id, format('I3 order %s/%s: names a customer, and lies with member %s', o.shop_id, o.order_id, o.member_id)
   from order_states o
   where o.state -> 'body' ->> 'customerId' is not null and not exists (
     select from members m
     join present p on p.shop_id = m.shop_id and p.member_id = m.id
     join present holder on holder.shop_id = p.shop_id and holder.present_id = p.present_id
     where m.shop_id = o.shop_id and m.customer_id = o.state -> 'body' ->> 'customerId' and holder.member_id = o.member_id
   )`,
];
