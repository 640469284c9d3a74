/** A merchant wants to see now that nothing is missing: the shop's orders are compared with Shopify at once. */
import { noteOf, staffActor } from "../program/audit.ts";
import type { Shop } from "../shops/shops.ts";
import type { SweepProgress } from "../shops/sweeps.ts";
import type { Rooms } from "./rooms.ts";

/** Begins the next sweep now; one that is under way goes on. The cron would find it, too: whoever dies here delays it by a minute. */
export async function reconcileNow(rooms: Rooms, shop: Shop, staffId: string): Promise<SweepProgress | null> {
  const act = { actor: staffActor(staffId), action: "comparison-asked", detail: {} } as const;
  await rooms.sweeps.beginNow(shop.id, noteOf(shop.id, act));
  await rooms.queue.send([{ kind: "sweep-orders", shop: shop.domain, lease: null }], { lane: "bulk" });
  return await rooms.sweeps.progress(shop.id);
}
