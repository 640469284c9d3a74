/** Staff have what was set aside run again: the next cron queues it. */
import { noteOf, staffActor } from "../program/audit.ts";
import type { Shop } from "../shops/shops.ts";
import type { Rooms } from "./rooms.ts";

/** Returns how many that are. */
export function askReplay(rooms: Rooms, shop: Shop, staffId: string, ids: readonly string[] | "all"): Promise<number> {
  const detail = { which: ids === "all" ? "all" : ids.join(" ") };
  const note = noteOf(shop.id, { actor: staffActor(staffId), action: "replay-asked", detail });
  return rooms.shops.askReplay(shop.domain, ids, { shopId: shop.id, note });
}
