/** A shop uninstalled the app: its token goes at once, and its codes that are still good are counted for the merchant. */
import type { Shop } from "../shops/shops.ts";
import type { Rooms } from "./rooms.ts";

export interface UninstallNews {
  readonly topic: string;
  readonly deliveryId: string | null;
  readonly triggeredAtMs: number;
}

/** Without a token nothing can be switched off any more: what is good at Shopify stays good until it ends, and is listed as such. */
export async function uninstallShop(rooms: Rooms, shop: Shop, news: UninstallNews): Promise<void> {
  const { topic, deliveryId, triggeredAtMs } = news;
  const openCodes = (await rooms.ledger.openCodes(shop.id)).length;
  await rooms.shops.uninstall(shop, { topic, deliveryId, triggeredAtMs, openCodes });
}
