/** Experiences: what shoppers chose and the merchant does by hand. Each waits, issued, until staff say that it is done, or give the points back. */
import { fulfilReward, releaseHold } from "../domain/spending.ts";
import type { Shop } from "../shops/shops.ts";
import { paintMemberSoon } from "./paint-storefront.ts";
import { decideOnRedemption, type RedeemAnswer } from "./redeem-reward.ts";
import type { Rooms } from "./rooms.ts";

/** What is to be done, the longest waiting first, a page at a time. */
export function openExperiences(rooms: Rooms, shop: Shop, after: string | null) {
  return rooms.ledger.openExperiences(shop.id, after);
}

/** Staff have done it: the points are spent. Said again: the same answer; given back before: the redemption tells so. */
export function experienceDone(rooms: Rooms, shop: Shop, redemptionId: string): Promise<RedeemAnswer> {
  return endExperience(rooms, shop, redemptionId, "done");
}

/** It does not come about: the points go back. */
export function experienceCancelled(rooms: Rooms, shop: Shop, redemptionId: string): Promise<RedeemAnswer> {
  return endExperience(rooms, shop, redemptionId, "cancelled");
}

async function endExperience(
  rooms: Rooms,
  shop: Shop,
  redemptionId: string,
  end: "done" | "cancelled",
): Promise<RedeemAnswer> {
  const answer = await decideOnRedemption(rooms, shop, "staff", redemptionId, (account, redemption, rules, nowMs) => {
    if (redemption.reward.kind !== "experience")
      return { kind: "refused", refusal: { code: "unknown-redemption", redemptionId } };
    return end === "done"
      ? fulfilReward(account, rules, redemption, null, nowMs)
      : releaseHold(account, rules, redemption, "cancelled", nowMs);
  });
  if (answer.kind === "redemption") await paintMemberSoon(rooms, shop, answer.redemption.memberId);
  return answer;
}
