/** A day's proof: the orders that Shopify shows as changed that day against the ledger, and the entries against the balances. */
import { listChangedOrders } from "../shopify/changed-orders.ts";
import type { Shop } from "../shops/shops.ts";
import { compareWithLedger, lookAgain, nextPage, ReadPace } from "./compare-orders.ts";
import type { TakeStatementJob } from "./jobs.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";

/**
 * Does one page of the day's orders; the counts travel with the job for the next page, and the last one writes the statement. A job that
 * comes twice counts the same again. Without access there is nothing to compare with. Throws when Shopify cannot be asked, so that the queue
 * brings the job again.
 */
export async function takeStatement(rooms: Rooms, shop: Shop, job: TakeStatementJob): Promise<void> {
  const api = await adminApiOf(rooms, shop);
  if (api === null) return;
  const day = await rooms.statements.open(shop.id, job.day);
  const { fromMs, after, known, differing } = job.page ?? { fromMs: day.startsMs, after: null, known: 0, differing: 0 };
  const page = await listChangedOrders(api, { fromMs, beforeMs: day.endsMs, after });
  const next = nextPage(fromMs, page, known);
  const orders = next?.counted ?? page.orders;
  const pace = new ReadPace(rooms.paces.of(shop.domain).allowance);
  const differingNow = await compareWithLedger(rooms, shop, orders, { isPast: false, pace });
  const counts = { known: known + orders.length, differing: differing + differingNow };
  if (next !== null) {
    const further = { ...job, page: { fromMs: next.fromMs, after: next.after, ...counts } };
    return rooms.queue.send([further], { delaySeconds: pace.seconds, lane: "bulk" });
  }
  if (day.isToday) await lookAgain(rooms, shop, pace);
  const { known: ordersKnown } = counts;
  const orderFigures = { ordersKnown, ordersSettled: ordersKnown - counts.differing };
  const proof = day.areBooksDue ? await rooms.ledger.proveBooks(shop.id, day.provenFromMs) : null;
  await rooms.statements.write(shop.id, job.day, orderFigures, proof);
}
