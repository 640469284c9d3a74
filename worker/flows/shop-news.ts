/** News of a shop or of a person, handed to what acts on it. */
import type { Shop } from "../shops/shops.ts";
import { forgetCustomer } from "./forget-customer.ts";
import type { ShopNewsJob } from "./jobs.ts";
import { reportCustomer } from "./report-customer.ts";
import type { Rooms } from "./rooms.ts";
import { uninstallShop } from "./uninstall-shop.ts";

/**
 * The privacy topics and the uninstallation are for every shop that is here; scopes and details are for one that is installed. What has no
 * effect is set aside without its job: there is nothing to run again, and it may name a person.
 */
export async function takeShopNews(rooms: Rooms, shop: Shop | null, job: ShopNewsJob): Promise<void> {
  const obstacle = shop ? await takeNews(rooms, shop, job) : "unknown-shop";
  if (obstacle === null) return;
  const { topic, deliveryId } = job;
  await rooms.shops.setAside([{ shop: job.shop, topic, deliveryId, reason: obstacle }]);
}

/** Returns why it had no effect; null where it had one, or needed none. */
async function takeNews(rooms: Rooms, shop: Shop, job: ShopNewsJob): Promise<string | null> {
  const { news } = job;
  switch (news.kind) {
    case "uninstalled":
      await uninstallShop(rooms, shop, job);
      return null;
    case "scopes":
      if (!shop.isInstalled) return "uninstalled";
      await rooms.shops.noteScopes(shop, news.scopes, news.updatedAtMs);
      return null;
    case "details":
      if (!shop.isInstalled) return "uninstalled";
      await rooms.shops.noteDetails(shop, news);
      // What was earned stays in the currency it was earned in.
      return news.currency === null || news.currency === shop.currency ? null : "currency-changed";
    case "data-request":
      await reportCustomer(rooms, shop, news);
      return null;
    case "forget":
      await forgetCustomer(rooms, shop, news.customerId, job.deliveryId);
      return null;
    case "erase":
      return (await rooms.shops.scheduleErasure(shop)) ? null : "still-installed";
  }
}
