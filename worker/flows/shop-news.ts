/** News of a shop or of a person, handed to what acts on it. */
import { hasAccess } from "../shopify/access.ts";
import type { Shop } from "../shops/shops.ts";
import { forgetCustomer } from "./forget-customer.ts";
import type { ShopNewsJob } from "./jobs.ts";
import { sendOrLeave } from "./paint-storefront.ts";
import { reportCustomer } from "./report-customer.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";
import { uninstallShop } from "./uninstall-shop.ts";

const STILL_INSTALLED = "still-installed";

/**
 * The privacy topics and the uninstallation are for every shop that is here; scopes and details are for one that is installed. What has no
 * effect is set aside without its job: there is nothing to run again, and it may name a person. An erasure names nobody and is kept whole.
 */
export async function takeShopNews(rooms: Rooms, shop: Shop | null, job: ShopNewsJob): Promise<void> {
  const obstacle = shop ? await takeNews(rooms, shop, job) : "unknown-shop";
  if (obstacle === null) return;
  const { topic, deliveryId } = job;
  const kept = obstacle === STILL_INSTALLED ? { job } : {};
  await rooms.shops.setAside([{ shop: job.shop, topic, deliveryId, reason: obstacle, ...kept }]);
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
      // Which kinds of rewards the blocks offer depends on it.
      await sendOrLeave(rooms, [{ kind: "paint-program", shop: shop.domain }]);
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
      return (await scheduleErasure(rooms, job)) ? null : STILL_INSTALLED;
  }
}

/**
 * False for a shop that is installed. One that only seems so, because the news that it left was lost, is found out: Shopify refuses its
 * token, and it is uninstalled now. Throws when Shopify cannot be asked, so that the queue brings the job again.
 */
async function scheduleErasure(rooms: Rooms, job: ShopNewsJob): Promise<boolean> {
  // Read anew: the token of an earlier installation would be refused as well. Who installs the app after this moment is not uninstalled.
  rooms.shops.forget(job.shop);
  const triggeredAtMs = rooms.nowMs();
  const shop = await rooms.shops.findOne(job.shop, triggeredAtMs);
  if (shop === null) return true;
  if (shop.isInstalled) {
    const api = await adminApiOf(rooms, shop);
    if (api !== null && (await hasAccess(api))) return false;
    await uninstallShop(rooms, shop, { ...job, triggeredAtMs });
  }
  return rooms.shops.scheduleErasure(shop);
}
