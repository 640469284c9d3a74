/** F13: the database is lost and restored from a backup; the orders of the last two days are read again. It ends as if nothing had happened. */
import { seededRandom } from "../../bench/random.ts";
import type { Bed } from "./bed.ts";
import { verdictOf } from "./books.ts";
import type { FaultOptions, Report } from "./fault.ts";
import type { Isolate } from "./isolate.ts";
import { comeToRest, postAll, redeem } from "./outside.ts";
import type { Store } from "./store.ts";

const CUSTOMERS = Array.from({ length: 15 }, (_, index) => String(7_001 + index));
const ORDERS = 30;

/** Restores as often as was asked. */
export async function restoreBackups(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  const random = seededRandom(seed);
  const store = await bed.newStore();
  let isolate = await bed.newIsolate();
  for (let made = 1; made <= count; made++) {
    await trade(bed, store, isolate, random);
    const code = await chooseReward(bed, store, isolate);
    await bed.backUp();
    await trade(bed, store, isolate, random);
    if (code !== null) await store.buy(CUSTOMERS[0] ?? null, "20.00", [code]);
    await settleAll(bed, store, isolate);
    const unbroken = await booksOf(bed, store);
    await bed.restore();
    // What comes after a restore is a deployment: no worker remembers anything.
    isolate = await bed.newIsolate();
    // What was sold since the backup is read back from Shopify: the sweep goes on from where the backup left it.
    await comeToRest(bed, isolate);
    const [verdict, restored] = [await verdictOf(bed, [store], { mends: true }), await booksOf(bed, store)];
    const differing = [...unbroken].filter(([key, text]) => restored.get(key) !== text);
    const broken = differing.map(([key, text]) => `${key}: ${restored.get(key)} instead of ${text} as before`);
    if (broken.length + verdict.broken.length > 0) return { made, ...verdict, broken: [...verdict.broken, ...broken] };
    progress(`${made} restores`);
  }
  return { made: count, lost: 0, twice: 0, broken: [] };
}

async function trade(bed: Bed, store: Store, isolate: Isolate, random: () => number): Promise<void> {
  await store.trade(ORDERS, CUSTOMERS, random);
  await settleAll(bed, store, isolate);
}

async function settleAll(bed: Bed, store: Store, isolate: Isolate): Promise<void> {
  await postAll(bed, store.take());
  await isolate.drain();
}

/** A code that the backup knows of, and that is used after it. */
async function chooseReward(bed: Bed, store: Store, isolate: Isolate): Promise<string | null> {
  const id = crypto.randomUUID();
  const status = await redeem(bed, store, CUSTOMERS[0] ?? "", id);
  await isolate.drain();
  const [row] = await bed.look<{ code: string }>("select code from redemptions where id = $1", [id]);
  return status === 201 && row ? row.code : null;
}

/** What must be equal: every member's pots, and what every order and every redemption came to. */
async function booksOf(bed: Bed, store: Store): Promise<Map<string, string>> {
  const rows = await bed.look<{ key: string; text: string }>(
    `with shop as (select id from shops where domain = $1)
     select 'member ' || m.customer_id as key, row(a.pending, a.available, a.held, a.owed)::text as text
     from shop join accounts a on a.shop_id = shop.id join members m on m.shop_id = a.shop_id and m.id = a.member_id
     union all
     select 'order ' || o.order_id, row(o.posted, o.forgiven, o.reason)::text
     from shop join order_states o on o.shop_id = shop.id
     union all
     select 'redemption ' || r.id, row(r.state, r.returned, r.used_by_order)::text
     from shop join redemptions r on r.shop_id = shop.id`,
    [store.domain],
  );
  return new Map(rows.map(({ key, text }) => [key, text]));
}
