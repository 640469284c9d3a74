/** Orders are read at Shopify and settled like those that a webhook brought. */
import type { Fault } from "../log.ts";
import { readOrderState } from "../shopify/order-reader.ts";
import { mayReadGroups } from "../shopify/product-groups.ts";
import { reasonOf } from "../shopify/snapshot.ts";
import { allOrEach, faultOf, toldOf } from "./all-or-each.ts";
import type { OrderJob, ReadOrderJob } from "./jobs.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";
import { settleOrders } from "./settle-orders.ts";

/** A worker may have six requests open at once: one stays free. */
const READ_TOGETHER = 5;

/**
 * Reads the orders as they are now, some at once, and settles all that were read as one batch. Tells for each job what went wrong, by itself:
 * null when it is done.
 */
export async function readOrders(
  rooms: Rooms,
  jobs: readonly ReadOrderJob[],
): Promise<ReadonlyMap<ReadOrderJob, Fault | null>> {
  const ends = new Map<ReadOrderJob, Fault | null>();
  const read = new Map<OrderJob, ReadOrderJob>();
  const waiting = jobs.values();
  const reader = async () => {
    // All readers take from the same line.
    for (const job of waiting) {
      const fault = await faultOf("read-order", async () => {
        const order = await readOrder(rooms, job);
        if (order !== null) read.set(order, job);
      });
      ends.set(job, toldOf(fault));
    }
  };
  await Promise.all(Array.from({ length: READ_TOGETHER }, reader));
  const orders = [...read.keys()];
  for (const [order, fault] of await allOrEach(orders, "orders", (some) => settleOrders(rooms, some))) {
    const job = read.get(order);
    if (job) ends.set(job, fault);
  }
  return ends;
}

/**
 * The order as it is now; null when there is nothing to settle. Without access nothing can be read, an order that Shopify does not show may
 * be deleted (which `orders/delete` tells) or merely older than the app may see, and one with an odd field would be as odd at the next try:
 * these change nothing and are set aside. Throws when Shopify cannot be asked, so that the queue brings the job again.
 */
async function readOrder(rooms: Rooms, job: ReadOrderJob): Promise<OrderJob | null> {
  const setAside = async (reason: string) => {
    await rooms.shops.setAside([{ ...job, reason, job }]);
    return null;
  };
  const shop = await rooms.shops.findOne(job.shop, rooms.nowMs());
  if (shop === null) return setAside("unknown-shop");
  if (!shop.isInstalled) return setAside("uninstalled");
  const api = await adminApiOf(rooms, shop);
  if (api === null) return setAside("no-access");
  // What was triggered before this moment is in the answer; what is triggered later is newer than it.
  const withProducts = shop.scopes !== null && mayReadGroups(shop.scopes);
  const verdict = await readOrderState(api, job.orderId, { readAtMs: rooms.nowMs(), withProducts });
  if (verdict === null) return setAside("order-not-shown");
  if (verdict.kind === "set-aside") return setAside(reasonOf(verdict));
  const { shop: domain, topic, deliveryId } = job;
  return { kind: "order", shop: domain, topic, deliveryId, ...verdict.snapshot };
}
