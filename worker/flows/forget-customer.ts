/** A person is forgotten: their numbers go, their points and entries stay and are nobody's. */
import type { Shop } from "../shops/shops.ts";
import { finishRedemption } from "./finish-redemptions.ts";
import type { Rooms } from "./rooms.ts";

/**
 * Each step may be done again, and the ledger's is the last: until then the person is found by their number, and so is whoever was merged
 * into them. Somebody we never met is forgotten, too: that is written down as well.
 */
export async function forgetCustomer(
  rooms: Rooms,
  shop: Shop,
  customerId: string,
  deliveryId: string | null,
): Promise<void> {
  // A code that nobody knows the fate of is looked for while it can still be made for its customer.
  const redemptions = await rooms.ledger.redemptions(shop.id, customerId);
  for (const { id, state } of redemptions) if (state === "held") await finishRedemption(rooms, shop, id);
  const customerIds = await rooms.ledger.customerIds(shop.id, customerId);
  await rooms.shops.scrubCustomer(shop, customerIds);
  await rooms.importRuns.forget(shop.id, customerIds);
  await rooms.ledger.forget(shop.id, customerId);
  await rooms.shops.recordForgotten(shop, `forget:${deliveryId ?? crypto.randomUUID()}`);
}
