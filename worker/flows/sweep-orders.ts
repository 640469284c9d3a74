/** The sweep: reads back from Shopify which orders changed, page by page, so that an order whose webhook never came is settled all the same. */
import { faultFields, logEvent } from "../log.ts";
import { AdminApiFailure } from "../shopify/admin-failure.ts";
import { type ListedPage, listChangedOrders } from "../shopify/changed-orders.ts";
import type { Shop } from "../shops/shops.ts";
import type { Sweep } from "../shops/sweeps.ts";
import { compareWithLedger, lookAgain, nextPage, ReadPace } from "./compare-orders.ts";
import { readGroupsLater } from "./read-groups.ts";
import { readPilotTagDaily } from "./read-pilot-tag.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";

/** Time for what was asked for last to settle, before the day is stated. */
const SETTLE_SECONDS = 5;

/**
 * Does one page of a shop's sweep and queues the next one. `lease` is null when the cron calls and names, for a further page, the holder; who
 * comes twice, or too late, finds that it is not theirs. What dies between two pages is taken up again by the cron, from the page it had reached.
 */
export async function sweepOrders(rooms: Rooms, shop: Shop, lease: number | null): Promise<void> {
  const sweep = await rooms.sweeps.claim(shop.id, lease);
  if (sweep === null) return;
  const page = await list(rooms, shop, sweep);
  if (page === null) return rooms.sweeps.postpone(shop.id, sweep.leaseMs);
  const next = nextPage(sweep.readsFromMs, page, sweep.ordersListed);
  const orders = next?.counted ?? page.orders;
  const pace = new ReadPace(rooms.paces.of(shop.domain).allowance);
  const differing = await compareWithLedger(rooms, shop, orders, { isPast: sweep.isFirst, pace });
  const seen = { ordersListed: orders.length, ordersDiffering: differing };
  if (next === null) return finish(rooms, shop, sweep, seen, pace);
  // The next page waits until what this one asked for is read: a long list stays under Shopify's rate limit.
  const delaySeconds = pace.seconds;
  const place = { readsFromMs: next.fromMs, afterCursor: next.after, delaySeconds };
  const nextLease = await rooms.sweeps.goOn(shop.id, sweep.leaseMs, seen, place);
  if (nextLease === null) return;
  const job = { kind: "sweep-orders", shop: shop.domain, lease: nextLease } as const;
  await rooms.queue.send([job], { delaySeconds, lane: "bulk" });
}

/** Null when Shopify cannot be asked: without access, or for the time being. */
async function list(rooms: Rooms, shop: Shop, sweep: Sweep): Promise<ListedPage | null> {
  const api = await adminApiOf(rooms, shop);
  if (api === null) return null;
  const { readsFromMs: fromMs, afterCursor: after } = sweep;
  try {
    // Until now: whatever changed up to this moment is found, in the order in which it changed.
    return await listChangedOrders(api, { fromMs, beforeMs: null, after });
  } catch (fault) {
    if (!(fault instanceof AdminApiFailure)) throw fault;
    logEvent({ event: "fault", work: "sweep-orders", shop: shop.domain, ...faultFields(fault) });
    return null;
  }
}

async function finish(
  rooms: Rooms,
  shop: Shop,
  sweep: Sweep,
  seen: { readonly ordersListed: number; readonly ordersDiffering: number },
  pace: ReadPace,
): Promise<void> {
  const end = await rooms.sweeps.finish(shop.id, sweep.leaseMs, seen);
  if (end === null) return;
  const readingSeconds = pace.seconds;
  await lookAgain(rooms, shop, pace);
  if (!end.takesStatement) return;
  await readGroupsLater(rooms, shop);
  await readPilotTagDaily(rooms, shop);
  const days = await rooms.statements.daysDue(shop.id);
  const delaySeconds = seen.ordersDiffering > 0 ? readingSeconds + SETTLE_SECONDS : 0;
  const jobs = days.map((day) => ({ kind: "take-statement", shop: shop.domain, day, page: null }) as const);
  await rooms.queue.send(jobs, { delaySeconds, lane: "bulk" });
  // After it is sent: whoever dies before this takes it with the next sweep.
  await rooms.sweeps.statementQueued(shop.id);
}
