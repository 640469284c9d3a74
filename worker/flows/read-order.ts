/** An order is read at Shopify and settled like one that a webhook brought. */
import { readOrderState } from "../shopify/order-reader.ts";
import type { Shop } from "../shops/shops.ts";
import type { ReadOrderJob } from "./jobs.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";
import { settleOrders } from "./settle-orders.ts";

/**
 * Reads the order as it is now and settles it. Without access nothing can be read, and an order that Shopify does not show may be deleted
 * (which `orders/delete` tells) or merely older than the app may see: both change nothing and are set aside. Throws when Shopify cannot be
 * asked, so that the queue brings the job again.
 */
export async function readOrder(rooms: Rooms, shop: Shop, job: ReadOrderJob): Promise<void> {
  const api = await adminApiOf(rooms, shop);
  if (api === null) return rooms.shops.setAside([{ ...job, reason: "no-access", job }]);
  // What was triggered before this moment is in the answer; what is triggered later is newer than it.
  const snapshot = await readOrderState(api, job.orderId, rooms.nowMs());
  if (snapshot === null) return rooms.shops.setAside([{ ...job, reason: "order-not-shown", job }]);
  const { shop: domain, topic, deliveryId } = job;
  await settleOrders(rooms, [{ kind: "order", shop: domain, topic, deliveryId, ...snapshot }]);
}
