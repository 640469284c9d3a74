/** A shopper gives a code back, or its time has passed: the code dies first, then the points return. */
import { type Account, isCustomer, type Redemption } from "../domain/account.ts";
import type { ShopRules } from "../domain/program.ts";
import { isCodeReward, isMoneyReward } from "../domain/rewards.ts";
import { type ReleaseReason, releaseHold } from "../domain/spending.ts";
import { findCode } from "../shopify/discounts.ts";
import type { Shop } from "../shops/shops.ts";
import type { NoteOn } from "./act-as-staff.ts";
import { closeCode } from "./close-code.ts";
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

/** Cancels a redemption for its shopper, or somebody else does it for them (then with a note of it): 'released' again and again, 'already-used' once an order has used the code. */
export async function cancelRedemption(
  rooms: Rooms,
  shop: Shop,
  customerId: string,
  redemptionId: string,
  note?: NoteOn,
): Promise<RedeemAnswer> {
  const own = await readOwnRedemption(rooms, shop, customerId, redemptionId);
  if (!own) return { kind: "refused", refusal: { code: "unknown-redemption", redemptionId } };
  const { reward, state, memberId } = own.redemption;
  if (isMoneyReward(reward) && state === "held")
    return {
      kind: "refused",
      refusal: { code: "try-again", detail: "Shopify has not said yet whether it was given." },
    };
  // A code's end is more than one transaction: who began it is written down as it begins.
  const noted = note === undefined ? {} : { note: note(memberId) };
  // Should this request die after the code is off, the sweep carries it on soon; a sweep's own release keeps its ever longer pauses.
  if (isCodeReward(reward)) await rooms.ledger.beginClosing(shop.id, redemptionId, { soon: true, ...noted });
  const answer = await release(rooms, shop, own.redemption, "cancelled", isCodeReward(reward) ? undefined : note);
  if (answer.kind === "redemption") await paintMemberSoon(rooms, shop, memberId);
  return answer;
}

/** Makes sure the code can never be used, then gives the points back; or tells why not. */
export async function release(
  rooms: Rooms,
  shop: Shop,
  redemption: Redemption,
  reason: ReleaseReason,
  note?: NoteOn,
): Promise<RedeemAnswer> {
  if (isCodeReward(redemption.reward) && (redemption.state === "held" || redemption.state === "issued")) {
    const obstacle = await closeCode(rooms, shop, redemption, reason);
    if (obstacle) return { kind: "refused", refusal: obstacle };
  }
  const actor = reason === "cancelled" ? "shopper" : "sweep";
  const decide = (account: Account, newest: Redemption, rules: ShopRules, nowMs: number) =>
    releaseHold(account, rules, newest, reason, nowMs);
  return decideOnRedemption(rooms, shop, actor, redemption.id, decide, note);
}

/** Whether the code can be used no more and never was; false when nobody can tell. */
export async function isCodeClosed(rooms: Rooms, shop: Shop, redemption: Redemption): Promise<boolean> {
  const api = await adminApiOf(rooms, shop);
  const found = api ? await findCode(api, redemption.code, redemption.id) : null;
  if (found === null || found.kind === "unknown") return false;
  return found.kind === "absent" || (found.hasEnded && found.uses === 0);
}
