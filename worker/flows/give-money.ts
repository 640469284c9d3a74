/**
 * Store credit and gift cards: money that Shopify keeps for the shopper, had once and without an order. A gift card's code derives from the
 * redemption, so it may be asked for again. A store credit has no key: it is asked for once, by whoever made the hold, and after that only looked for.
 */
import type { Redemption } from "../domain/account.ts";
import { fulfilReward, releaseHold } from "../domain/spending.ts";
import type { AdminApi } from "../shopify/admin-api.ts";
import { createGiftCard, findGiftCard } from "../shopify/gift-cards.ts";
import { creditStore, findCredits, type GiveOutcome } from "../shopify/store-credit.ts";
import type { Shop } from "../shops/shops.ts";
import { decideOnRedemption, type Held, type RedeemAnswer } from "./redeem-reward.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";

/** After so long no request of ours is on its way any more: what is not there by then never comes. A call to Shopify lasts half a minute at most. */
const IN_FLIGHT_MS = 10 * 60_000;
/** A hold that waited longer than this before it was sent is not sent any more. */
const SEND_WITHIN_MS = 60_000;
/** Shopify's clock and the database's may differ by this much. */
const CLOCKS_MS = 2 * 60_000;

/** What is known of the money: given, surely not given, or neither yet; "absent" is a no once nothing can be on its way any more. */
type Known = GiveOutcome | { readonly kind: "absent" };

export interface MoneyRequest {
  readonly customerId: string;
  readonly held: Held;
  /** When this request made the hold, by the worker's clock; null where somebody else did, perhaps long ago. */
  readonly heldSinceMs: number | null;
}

/** Brings a held redemption to its end: used when Shopify has given the money, released when it surely has not, still held when nobody knows. */
export async function giveMoney(rooms: Rooms, shop: Shop, request: MoneyRequest): Promise<RedeemAnswer> {
  const { held } = request;
  const api = await adminApiOf(rooms, shop);
  if (!api) return held;
  const known = await knownOf(rooms, shop, api, request);
  if (known.kind === "unknown") return held;
  return await decideOnRedemption(rooms, shop, "shopify", held.redemption.id, (account, newest, rules, nowMs) => {
    if (known.kind === "given") return fulfilReward(account, rules, newest, known.effectId, nowMs);
    const isTooEarly = known.kind === "absent" && nowMs - newest.createdAtMs < IN_FLIGHT_MS;
    return isTooEarly ? { kind: "replay", redemption: newest } : releaseHold(account, rules, newest, "refused", nowMs);
  });
}

async function knownOf(rooms: Rooms, shop: Shop, api: AdminApi, request: MoneyRequest): Promise<Known> {
  const { customerId, held, heldSinceMs } = request;
  const { redemption } = held;
  const { valueMinor, kind } = redemption.reward;
  const wanted = { customerId, valueMinor, currency: shop.currency };
  const isFirst = heldSinceMs !== null && rooms.nowMs() - heldSinceMs < SEND_WITHIN_MS;
  if (kind === "store_credit")
    return isFirst ? await creditStore(api, wanted) : await findCredit(rooms, shop, api, redemption, wanted);
  const card = { ...wanted, redemptionId: redemption.id, code: redemption.code };
  const made = await createGiftCard(api, card);
  if (made.kind === "taken") {
    const found = await findGiftCard(api, card);
    if (found === null) return { kind: "unknown", detail: "Shopify could not be asked about the gift card." };
    return found === "absent"
      ? { kind: "refused", detail: "The code is another card's." }
      : { ...found, kind: "given" };
  }
  // A no of now is not a no to an earlier request that is still on its way.
  if (made.kind !== "refused" || isFirst) return made;
  const found = await findGiftCard(api, card);
  if (found === null) return { kind: "unknown", detail: "Shopify could not be asked about the gift card." };
  return found === "absent" ? { kind: "absent" } : { ...found, kind: "given" };
}

/** The credit of this amount that came after the hold and is no other redemption's. One is under way at a time, so it is this one's. */
async function findCredit(
  rooms: Rooms,
  shop: Shop,
  api: AdminApi,
  redemption: Redemption,
  wanted: Parameters<typeof findCredits>[1],
): Promise<Known> {
  const found = await findCredits(api, wanted, redemption.createdAtMs - CLOCKS_MS);
  if (found === null) return { kind: "unknown", detail: "Shopify could not be asked about the store credit." };
  const claimed = await rooms.ledger.credits(shop.id, redemption.memberId);
  const effectId = found.find((id) => !claimed.has(id));
  return effectId === undefined ? { kind: "absent" } : { kind: "given", effectId };
}
