/** The checks on the books, for tests, benchmarks and `npm start` alike. */
import type pg from "pg";

export interface Books {
  /** Asks the whole database, behind row-level security. */
  look<Row extends pg.QueryResultRow>(query: string): Promise<Row[]>;
}

/**
 * What must be true of a ledger at rest (I1, I2, I3): counters equal the sums of their entries, lots equal counters, every lot is its amount plus
 * its allocations. Returns the faults, so that a test can show them.
 */
export async function auditLedger(books: Books): Promise<string[]> {
  const faults = await books.look<{ fault: string }>(`
    select format('account %s/%s: counters %s, entries %s', a.shop_id, a.member_id,
                  row(a.pending, a.available, a.held, a.owed), row(e.pending, e.available, e.held, e.owed)) as fault
    from accounts a left join lateral (
      select coalesce(sum(pending), 0) as pending, coalesce(sum(available), 0) as available,
             coalesce(sum(held), 0) as held, coalesce(sum(owed), 0) as owed
      from entries where shop_id = a.shop_id and member_id = a.member_id) e on true
    where (a.pending, a.available, a.held, a.owed) is distinct from (e.pending, e.available, e.held, e.owed)
    union all
    select format('account %s/%s: pots %s/%s, lots %s/%s', a.shop_id, a.member_id, a.pending, a.available, l.pending, l.available)
    from accounts a left join lateral (
      select coalesce(sum(remaining) filter (where not matured), 0) as pending,
             coalesce(sum(remaining) filter (where matured), 0) as available
      from lots where shop_id = a.shop_id and member_id = a.member_id and remaining > 0) l on true
    where (a.pending, a.available) is distinct from (l.pending, l.available)
    union all
    select format('lot %s: amount %s, remaining %s, allocations %s', l.id, l.amount, l.remaining, coalesce(sum(t.points), 0))
    from lots l left join allocations t on t.shop_id = l.shop_id and t.lot_id = l.id
    group by l.shop_id, l.id having l.remaining <> l.amount + coalesce(sum(t.points), 0)
    union all
    select format('order %s: posted %s, entries %s', o.order_id, o.posted, coalesce(sum(e.points), 0))
    from order_states o left join entries e on e.shop_id = o.shop_id and e.order_id = o.order_id and e.kind in ('earn', 'claw-back')
    group by o.shop_id, o.order_id having o.posted <> coalesce(sum(e.points), 0)
    union all
    select format('account %s/%s: held %s, open redemptions %s', a.shop_id, a.member_id, a.held, coalesce(sum(r.cost), 0))
    from accounts a left join redemptions r
      on r.shop_id = a.shop_id and r.member_id = a.member_id and r.state in ('held', 'issued')
    group by a.shop_id, a.member_id having a.held <> coalesce(sum(r.cost), 0)
  `);
  return faults.map((row) => row.fault);
}
