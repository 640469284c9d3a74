/** Experiences: what shoppers chose and the merchant does by hand. Each waits, issued, until staff say that it is done, or give the points back. */
import type { Account, Redemption } from "../domain/account.ts";
import type { ShopRules } from "../domain/program.ts";
import { type Decision, fulfilReward, releaseHold } from "../domain/spending.ts";
import type { Shop } from "../shops/shops.ts";
import { actAsStaff } from "./act-as-staff.ts";
import { paintMemberSoon } from "./paint-storefront.ts";
import { decideOnRedemption, type RedeemAnswer } from "./redeem-reward.ts";
import type { Rooms } from "./rooms.ts";

/** What is to be done, the longest waiting first, a page at a time. */
export function openExperiences(rooms: Rooms, shop: Shop, after: string | null) {
  return rooms.ledger.openExperiences(shop.id, after);
}

/** Staff have done it: the points are spent. Said again: the same answer; given back before: the redemption tells so. */
export function experienceDone(rooms: Rooms, shop: Shop, staffId: string, redemptionId: string): Promise<RedeemAnswer> {
  return endExperience(rooms, shop, staffId, { redemptionId, end: "done" });
}

/** It does not come about: the points go back. */
export function experienceCancelled(
  rooms: Rooms,
  shop: Shop,
  staffId: string,
  redemptionId: string,
): Promise<RedeemAnswer> {
  return endExperience(rooms, shop, staffId, { redemptionId, end: "cancelled" });
}

async function endExperience(
  rooms: Rooms,
  shop: Shop,
  staffId: string,
  { redemptionId, end }: { readonly redemptionId: string; readonly end: "done" | "cancelled" },
): Promise<RedeemAnswer> {
  const decide = (account: Account, redemption: Redemption, rules: ShopRules, nowMs: number): Decision => {
    if (redemption.reward.kind !== "experience")
      return { kind: "refused", refusal: { code: "unknown-redemption", redemptionId } };
    return end === "done"
      ? fulfilReward(account, rules, redemption, null, nowMs)
      : releaseHold(account, rules, redemption, "cancelled", nowMs);
  };
  const act = { staffId, action: "experience-ended", detail: { redemption: redemptionId, end } } as const;
  const answer = await actAsStaff(rooms, shop, act, (note) =>
    decideOnRedemption(rooms, shop, "staff", redemptionId, decide, note),
  );
  if (answer.kind === "redemption") await paintMemberSoon(rooms, shop, answer.redemption.memberId);
  return answer;
}
