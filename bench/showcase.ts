/**
 * Two shops to be looked at in a browser: one with a past, one that has just installed the app. The worker runs in this process, in a frame as in
 * Shopify's admin, on a Postgres of its own; what is Shopify's is the local one. Whoever uses it imports outside.ts before all else.
 */
import type { Browser } from "playwright-core";
import { launchBrowser } from "../dev/browser.ts";
import { publishProgram, simpleProgram } from "../dev/publish-program.ts";
import { apiKey, apiSecret, localSettings } from "../dev/settings.ts";
import { quietShopify } from "../dev/shopify/quiet-shopify.ts";
import { sessionClaims, signSession } from "../dev/shopify/session-token.ts";
import type { FramedAdmin } from "../dev/shopify-admin/framed-admin.fixture.ts";
import { orderBody } from "../dev/test-orders.ts";
import type { Program } from "../worker/domain/program.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import type { Bed } from "./bed.ts";
import { outside } from "./outside.ts";

const DAY_MS = 86_400_000;
export const STAFF = "42";
const ACCESS_TOKEN = "test-token";
export const SHOPS = { old: "lojal-store.myshopify.com", fresh: "new-store.myshopify.com" } as const;

export interface Showcase {
  readonly browser: Browser;
  readonly rooms: Rooms;
  open(options: { shop?: string; path: string; width?: number }): Promise<FramedAdmin>;
}

export async function withShowcase<Outcome>(bed: Bed, use: (showcase: Showcase) => Promise<Outcome>): Promise<Outcome> {
  const database = await bed.newDatabase("showcase");
  const shopify = quietShopify();
  for (const domain of Object.values(SHOPS))
    shopify.state.putShop({ domain, currency: "USD", accessToken: ACCESS_TOKEN });
  outside.answer = (request) => shopify.adminApi(request);
  const { openRooms } = await import("../worker/app.ts");
  const { openFramedAdmin } = await import("../dev/shopify-admin/framed-admin.fixture.ts");
  const queue = { send: () => Promise.resolve() };
  const rooms = openRooms({ ...localSettings(database.name), DATABASE_URL: database.databaseUrl }, queue);
  const browser = await launchBrowser();
  try {
    await givePast(rooms, database.superuserUrl);
    const { installWithToken } = await import("../worker/flows/install-shop.ts");
    await installWithToken(rooms, SHOPS.fresh, ACCESS_TOKEN);
    return await use({
      browser,
      rooms,
      open: async ({ shop = SHOPS.old, path, width = 1280 }) => {
        const tokenOf = () => signSession({ ...sessionClaims(shop, apiKey, new Date()), sub: STAFF }, apiSecret);
        const admin = await openFramedAdmin(browser, { rooms, shop, tokenOf, width });
        await admin.open(path);
        return admin;
      },
    });
  } finally {
    await browser.close();
    await database.drop();
  }
}

/** Three months of orders of some customers, codes, gifts and an import. */
async function givePast(rooms: Rooms, databaseUrl: string): Promise<void> {
  const rewards = ["500:5.00", "1000:12.00"];
  const program = simpleProgram({ currency: "USD", points: 10, perMinor: 100, pendingDays: 14, rewards });
  const level = { giftPoints: 0, membership: null };
  const tiers: Program["tiers"] = {
    ...{ basis: "spend", tierPoints: null, period: "rolling-year", graceMonths: 1, tagPrefix: null },
    levels: [
      { ...level, id: "silver", name: "Silver", threshold: 20_000, multiplier: 12_500 },
      { ...level, id: "gold", name: "Gold", threshold: 40_000, multiplier: 15_000 },
    ],
  };
  await publishProgram(databaseUrl, {
    domain: SHOPS.old,
    currency: "USD",
    program: { ...program, tiers },
    inForceFrom: "2000-01-01",
    accessToken: ACCESS_TOKEN,
  });
  const shop = await rooms.shops.findOne(SHOPS.old, rooms.nowMs());
  if (!shop) throw new Error("The shop was not found.");
  const { settleOrders } = await import("../worker/flows/settle-orders.ts");
  const { redeemReward } = await import("../worker/flows/redeem-reward.ts");
  const { adjustByStaff } = await import("../worker/flows/adjust-by-staff.ts");
  const orders = Array.from({ length: 60 }, (_, at) => {
    const atMs = rooms.nowMs() - (90 - at * 1.5) * DAY_MS;
    const customerId = String(7001 + ((at * at) % 14));
    const body = orderBody({
      customerId,
      amountMinor: 2_000 + ((at * 7_919) % 9_000),
      createdAtMs: atMs,
      processedAtMs: atMs,
      name: `#${1001 + at}`,
    });
    const job = { kind: "order", shop: shop.domain, topic: "orders/paid", deliveryId: null } as const;
    return { ...job, orderId: String(1001 + at), news: { kind: "state", body } as const };
  });
  for (const order of orders) await settleOrders(rooms, [order]);
  for (const customerId of ["7001", "7002", "7005"])
    await redeemReward(rooms, shop, customerId, {
      redemptionId: crypto.randomUUID(),
      rewardId: "off-500",
      points: null,
    });
  await adjustByStaff(rooms, shop, STAFF, "7002", { id: crypto.randomUUID(), points: 100, reason: "A late parcel" });
}
