/** The statements that every order, redemption, page and sweep stands on, each as the worker really asks it. */
import type { OrderBody } from "../worker/domain/order.ts";
import { bookDueMembers } from "../worker/flows/book-due.ts";
import { cancelRedemption } from "../worker/flows/cancel-redemption.ts";
import { openExperiences } from "../worker/flows/experiences.ts";
import type { OrderJob } from "../worker/flows/jobs.ts";
import { readBalance, readRedemptionList, readRewards } from "../worker/flows/read-member.ts";
import { redeemReward } from "../worker/flows/redeem-reward.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import { settleOrders } from "../worker/flows/settle-orders.ts";
import type { ShownOrder } from "../worker/ledger/compare.ts";
import type { PaintedNow } from "../worker/shops/paintings.ts";
import type { Shop } from "../worker/shops/shops.ts";
import { type Request, recorded } from "./plan-recorder.ts";

/** A shop where these customers and members are known, and have points enough for the reward. */
export interface Scene {
  readonly rooms: Rooms;
  readonly shop: Shop;
  readonly rewardId: string;
  readonly customerIds: readonly string[];
  readonly memberIds: readonly string[];
  order(orderId: string, customerId: string, codes: readonly string[]): OrderBody;
}

export interface HotStatement {
  readonly name: string;
  readonly request: Request;
}

/** Plays each verb once, in the scene, and keeps what it asked. What a verb asks twice is kept twice. */
export async function hotStatements(scene: Scene): Promise<HotStatement[]> {
  const { rooms, shop, customerIds, memberIds, rewardId } = scene;
  const [customerId = ""] = customerIds;
  const redemptionId = crypto.randomUUID();
  const { ledger } = rooms;
  const settle = (prefix: string, codes: readonly string[]) => settleOrders(rooms, ordersOf(scene, prefix, codes));
  const request = { redemptionId, rewardId, points: null };
  let code = "";
  const verbs: [string, () => Promise<unknown>][] = [
    ["settle", () => settle("a", [])],
    [
      "redeem",
      async () => {
        const answer = await redeemReward(rooms, shop, customerId, request);
        if (answer.kind === "redemption") code = answer.redemption.code;
      },
    ],
    ["use", () => settle("b", [code])],
    ["cancel", () => cancelRedemption(rooms, shop, customerId, redemptionId)],
    ["balance", () => readBalance(rooms, shop, customerId)],
    ["history", () => ledger.history({ shopId: shop.id, customerId, after: null })],
    ["history-page", () => ledger.history({ shopId: shop.id, customerId, after: "1000000000" })],
    ["rewards", () => readRewards(rooms, shop, customerId)],
    ["redemptions", () => readRedemptionList(rooms, shop, customerId)],
    ["paint-codes", () => ledger.liveCodes(shop.id, memberIds)],
    ["past-orders", () => ledger.pastOrders(shop.id, { memberId: memberIds[0] ?? "0", orderId: null })],
    ["compare-orders", () => ledger.compareOrders(shop.id, shownOrders("a", customerIds))],
    ["paintings-due", () => rooms.paintings.due(1)],
    ["paint-late", () => rooms.paintings.takeLate(shop.id, 100)],
    ["paint-remembered", () => rooms.paintings.remembered(shop.id, memberIds)],
    ["paint-note", () => rooms.paintings.note(shop.id, Date.now(), memberIds.map(paintedNow))],
    ["paint-excuse", () => rooms.paintings.excuse(shop.id, memberIds)],
    ["repaint", () => ledger.membersAfter(shop.id, "0", 100)],
    ["pilot-list", () => ledger.pilotMembers(shop.id, "0")],
    ["members-all", () => ledger.memberPage({ shopId: shop.id, filter: "all", before: null })],
    ["members-owing", () => ledger.memberPage({ shopId: shop.id, filter: "owed", before: null })],
    ["members-in-tier", () => rooms.paintings.membersInTier(shop.id, "gold", null, 51)],
    ...otherCurrencyReads(scene),
    ["acts", () => rooms.audit.page(shop.id, "1000000000")],
    ["acts-of-kind", () => rooms.audit.page(shop.id, null, { action: "points-adjusted" })],
    ["acts-of-staff", () => rooms.audit.page(shop.id, null, { actor: "staff:42" })],
    ["acts-on-member", () => rooms.audit.page(shop.id, null, { memberId: memberIds[0] ?? "" })],
    ["experiences", () => openExperiences(rooms, shop, null)],
    ["import-brought", () => rooms.imports.broughtTo(shop.id, memberIds)],
    ["import-waiting", () => rooms.importRuns.waiting(shop.id, "none", 0, 250)],
    // Of somebody nobody knows.
    ["import-forget", () => rooms.importRuns.forget(shop.id, ["1"])],
    ["imports-due", () => rooms.importRuns.due()],
    // Of a key nobody has: it asks the same, and notes no use.
    ["api-key", () => rooms.apiKeys.use(shop.id, nobodysKey(shop))],
    ["shops-due", () => rooms.shops.due()],
    ["groups-known", () => rooms.groups.known(shop.id)],
    ["groups-of-products", () => rooms.groups.membershipsOf(shop.id, ["501", "502"])],
    ["due", () => ledger.due(shop.id)],
    ["book-due", () => bookDueMembers(rooms, shop, memberIds)],
    ["postpone", () => ledger.postpone(shop.id, redemptionId)],
    // Of somebody nobody knows: it asks the same, and changes nothing of the scene.
    ["forget", () => ledger.forget(shop.id, "1")],
    ["hasten", () => ledger.beginClosing(shop.id, redemptionId, { soon: true })],
  ];
  const statements: HotStatement[] = [];
  for (const [name, verb] of verbs) {
    const requests = await recorded(verb);
    requests.forEach((asked, index) => {
      statements.push({ name: requests.length > 1 ? `${name} ${index + 1}` : name, request: asked });
    });
  }
  return statements;
}

function otherCurrencyReads({ rooms: { ledger }, shop }: Scene): [string, () => Promise<unknown>][] {
  const page = (before: string | null) => () => ledger.otherCurrency({ shopId: shop.id, before });
  return [
    ["other-currency", page(null)],
    ["other-currency-page", page("1000000000")],
    ["other-currency-count", () => ledger.countOtherCurrency(shop.id)],
  ];
}

function nobodysKey({ domain }: Shop) {
  return { domain, id: "0".repeat(12), secretSha256: "0".repeat(64) };
}

function paintedNow(memberId: string): PaintedNow {
  return { memberId, version: 1, content: "content", digest: "digest", points: 1, nextExpiry: null, tier: null };
}

/** The same orders as Shopify would list them. */
function shownOrders(prefix: string, customerIds: readonly string[]): ShownOrder[] {
  return customerIds.map((_, index) => {
    return { orderId: `${prefix}${index}`, updatedAtMs: Date.now(), status: "paid", cancelled: false };
  });
}

/** One order for each customer; the first one names the codes. */
function ordersOf(scene: Scene, prefix: string, codes: readonly string[]): OrderJob[] {
  return scene.customerIds.map((customerId, index) => {
    const orderId = `${prefix}${index}`;
    const body = scene.order(orderId, customerId, index === 0 ? codes : []);
    const news = { kind: "state", body } as const;
    return { kind: "order", shop: scene.shop.domain, topic: "orders/paid", deliveryId: null, orderId, news };
  });
}
