/** A shopper gives a code back, or its time has passed: the code dies first, then the points return. */
import { isCustomer, type Redemption } from "../domain/account.ts";
import type { Refusal } from "../domain/refusal.ts";
import { type ReleaseReason, releaseHold } from "../domain/spending.ts";
import type { AdminApi } from "../shopify/admin-api.ts";
import { createCode, deactivateCode, findCode } from "../shopify/discounts.ts";
import type { Shop } from "../shops/shops.ts";
import { paintMemberSoon } from "./paint-storefront.ts";
import { answerWith, decideOnRedemption, type RedeemAnswer } from "./redeem-reward.ts";
import { adminApiOf, booksOf, type Rooms, rulesOf } from "./rooms.ts";

/** Reads a shopper's own redemption with their balance; somebody else's is as unknown as one that never was. */
export async function readOwnRedemption(rooms: Rooms, shop: Shop, customerId: string, redemptionId: string) {
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, redemptionIds: [redemptionId] }], {
    open: false,
  });
  const own = booksOf(books, shop);
  const { accounts } = own;
  const redemption = own.redemptions[0];
  const account = accounts.find((one) => one.memberId === redemption?.memberId);
  if (!redemption || !account || !isCustomer(account, customerId)) return null;
  return answerWith(redemption, accounts, await rulesOf(rooms, shop, own), nowMs);
}

/** Cancels a redemption for its shopper: 'released' again and again, 'already-used' once an order has used the code. */
export async function cancelRedemption(
  rooms: Rooms,
  shop: Shop,
  customerId: string,
  redemptionId: string,
): Promise<RedeemAnswer> {
  const own = await readOwnRedemption(rooms, shop, customerId, redemptionId);
  if (!own) return { kind: "refused", refusal: { code: "unknown-redemption", redemptionId } };
  // Should this request die after the code is off, the sweep carries it on soon; a sweep's own release keeps its ever longer pauses.
  await rooms.ledger.hasten(shop.id, redemptionId);
  const answer = await release(rooms, shop, customerId, own.redemption, "cancelled");
  if (answer.kind === "redemption") await paintMemberSoon(rooms, shop, own.redemption.memberId);
  return answer;
}

/** How long a request to Shopify can be on its way at the very most. */
const LONGEST_REQUEST_MS = 60 * 60 * 1000;

/** Makes sure the code can never be used, then gives the points back; or tells why not. `customerId` is null for somebody who was forgotten. */
export async function release(
  rooms: Rooms,
  shop: Shop,
  customerId: string | null,
  redemption: Redemption,
  reason: ReleaseReason,
): Promise<RedeemAnswer> {
  if (redemption.state === "held" || redemption.state === "issued") {
    const obstacle = await closeCode(rooms, shop, customerId, redemption);
    if (obstacle) return { kind: "refused", refusal: obstacle };
  }
  const actor = reason === "cancelled" ? "shopper" : "sweep";
  return decideOnRedemption(rooms, shop, actor, redemption.id, (account, newest, rules, nowMs) =>
    releaseHold(account, rules, newest, reason, nowMs),
  );
}

/** The fence: after it, no code of this redemption is good, nor can a late request still make one. */
async function closeCode(
  rooms: Rooms,
  shop: Shop,
  customerId: string | null,
  redemption: Redemption,
): Promise<Refusal | null> {
  const api = await adminApiOf(rooms, shop);
  if (!api) return { code: "try-again", detail: "The shop is not connected at the moment." };
  let found = await findCode(api, redemption.code, redemption.id);
  if (found.kind === "absent" && redemption.state === "held" && customerId === null) {
    // A code is made for a customer: without one its place cannot be taken, only waited out.
    if (rooms.nowMs() - redemption.createdAtMs < LONGEST_REQUEST_MS)
      return { code: "try-again", detail: "A request to Shopify may still be on its way." };
  } else if (found.kind === "absent" && redemption.state === "held" && customerId !== null) {
    // A request that is still on its way could make the code after this look: take its place with a code that has ended already.
    const claimed = await claimEnded(api, shop, customerId, redemption);
    if (claimed.kind === "created" || claimed.kind === "refused") return null;
    found = await findCode(api, redemption.code, redemption.id);
  }
  if (found.kind === "unknown") return { code: "try-again", detail: "Shopify could not be asked about the code." };
  if (found.kind === "absent" || !found.isOurs) return null;
  if (found.uses > 0) return { code: "already-used", redemptionId: redemption.id };
  if (found.hasEnded) return null;
  const closed = await deactivateCode(api, found.discountId);
  return closed.kind === "done" ? null : { code: "try-again", detail: "Shopify could not switch the code off." };
}

function claimEnded(api: AdminApi, shop: Shop, customerId: string, redemption: Redemption) {
  return createCode(api, {
    redemptionId: redemption.id,
    code: redemption.code,
    customerId,
    reward: redemption.reward,
    currency: shop.currency,
    startsAtMs: redemption.createdAtMs - 2000,
    endsAtMs: redemption.createdAtMs - 1000,
  });
}

/** Whether Shopify still has the code and it can be used; true when nobody can tell. */
export async function isCodeGood(rooms: Rooms, shop: Shop, redemption: Redemption): Promise<boolean> {
  const api = await adminApiOf(rooms, shop);
  const found = api ? await findCode(api, redemption.code, redemption.id) : null;
  return found?.kind !== "found" || !found.hasEnded || found.uses > 0;
}
