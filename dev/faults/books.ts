/** Whether anything was lost or came twice: a store's books against what it sold, and every invariant of the ledger. */
import type { Bed } from "./bed.ts";
import type { Store } from "./store.ts";

export interface Verdict {
  readonly lost: number;
  readonly twice: number;
  readonly broken: readonly string[];
}

/**
 * Compares orders, balances and codes with the store and its oracle, reads what the last sweep and the day's statement say, and audits the ledger. To
 * be asked when nothing is on its way. `mends`: whether the sweep was to mend something; otherwise it must have found all in order.
 */
export async function verdictOf(bed: Bed, stores: readonly Store[], { mends = false } = {}): Promise<Verdict> {
  const broken: string[] = [];
  let [lost, twice] = [0, 0];
  const compare = (what: string, expected: number, found: number) => {
    if (expected === found) return;
    if (found < expected) lost += 1;
    else twice += 1;
    broken.push(`${what}: ${found} instead of ${expected}`);
  };
  for (const store of stores) {
    await compareOrders(bed, store, compare);
    await compareCodes(bed, store, compare);
    await compareStatement(bed, store, compare, mends);
  }
  return { lost, twice, broken: [...broken, ...(await bed.audit())] };
}

/** What was lost before a sweep is mended by it: it would not be missed in the books. */
async function compareStatement(bed: Bed, store: Store, compare: Compare, mends: boolean): Promise<void> {
  const [row] = await bed.look<{ differing: number; open: number | null; accounts: number | null }>(
    `select w.orders_differing as differing, t.orders_known - t.orders_settled as open, t.accounts_differing as accounts
     from shops s join sweeps w on w.shop_id = s.id
     left join lateral (select * from statements where shop_id = s.id order by taken_at desc limit 1) t on true
     where s.domain = $1 and w.finished_at is not null`,
    [store.domain],
  );
  if (!row) return;
  if (!mends) compare(`orders of ${store.domain} that settled`, 0, -row.differing);
  compare(`difference of ${store.domain}'s statement`, 0, -(row.open ?? 1));
  compare(`accounts of ${store.domain} that their entries prove`, 0, -(row.accounts ?? 1));
}

type Compare = (what: string, expected: number, found: number) => void;

async function compareOrders(bed: Bed, store: Store, compare: Compare): Promise<void> {
  const posted = await bed.look<{ order_id: string; posted: number }>(
    `select o.order_id, o.posted::int from order_states o join shops s on s.id = o.shop_id where s.domain = $1`,
    [store.domain],
  );
  const inLedger = new Map(posted.map((row) => [row.order_id, row.posted]));
  // Who was forgotten has no number any more: all of them are counted together.
  const balances = await bed.look<{ customer_id: string | null; points: number }>(
    `select m.customer_id, sum(a.pending + a.available + a.held - a.owed)::int as points
     from accounts a join members m on m.shop_id = a.shop_id and m.id = a.member_id join shops s on s.id = a.shop_id
     where s.domain = $1 and m.merged_into is null group by m.customer_id`,
    [store.domain],
  );
  const held = new Map(balances.map((row) => [row.customer_id, row.points]));
  const wanted = new Map<string | null, number>();
  for (const [orderId, { customerId, points }] of store.expectedOrders()) {
    compare(`order ${store.domain}/${orderId}`, points, inLedger.get(orderId) ?? (points === 0 ? 0 : -1));
    wanted.set(customerId, (wanted.get(customerId) ?? 0) + points);
  }
  const spent = await bed.look<{ customer_id: string | null; points: number }>(
    `select m.customer_id, sum(r.cost - r.returned)::int as points
     from redemptions r join members m on m.shop_id = r.shop_id and m.id = r.member_id join shops s on s.id = r.shop_id
     where s.domain = $1 and r.state = 'used' group by m.customer_id`,
    [store.domain],
  );
  for (const { customer_id, points } of spent) {
    const customer = customer_id === null ? null : store.presentName(customer_id);
    wanted.set(customer, (wanted.get(customer) ?? 0) - points);
  }
  for (const customer of new Set([...wanted.keys(), ...held.keys()]))
    compare(`balance ${store.domain}/${customer ?? "nobody"}`, wanted.get(customer) ?? 0, held.get(customer) ?? 0);
}

/** I8: a redemption at rest has exactly one good code, or its points back. */
async function compareCodes(bed: Bed, store: Store, compare: Compare): Promise<void> {
  const redemptions = await bed.look<{ id: string; code: string; state: string }>(
    `select r.id, r.code, r.state from redemptions r join shops s on s.id = r.shop_id where s.domain = $1`,
    [store.domain],
  );
  const { discounts } = store.shop;
  const good = discounts.all().filter((discount) => discounts.status(discount) === "ACTIVE");
  for (const { id, code, state } of redemptions) {
    const codes = good.filter((discount) => discount.code === code && discount.uses.length === 0).length;
    const isOpen = state === "issued";
    if (state === "held") compare(`redemption ${id} is held; codes at rest`, 1, -1);
    else compare(`good codes of redemption ${id}, which is ${state}`, isOpen ? 1 : 0, codes);
  }
  const known = new Set(redemptions.map(({ code }) => code));
  const orphans = good.filter((discount) => !known.has(discount.code)).length;
  compare(`codes of ${store.domain} that belong to no redemption`, 0, orphans);
}
