/** Staff give a reward: its price is given, within the month's budget, and spent on it at once. */
import { adjustmentKey } from "../domain/members.ts";
import { rewardsOffered, versionInForce } from "../domain/program.ts";
import { priceReward } from "../domain/rewards.ts";
import type { Shop } from "../shops/shops.ts";
import type { NoteOn } from "./act-as-staff.ts";
import { withinBudget } from "./adjust-by-staff.ts";
import { adjustMember } from "./change-member.ts";
import { type RedeemAnswer, type RedeemRequest, redeemReward } from "./redeem-reward.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

/**
 * The note is written with the price. The same id again goes on where it stopped, and gives nothing twice. A reward that cannot be had takes its price back with it; that id is over
 * then, so that a later try does not spend the member's own points.
 */
export async function giveReward(
  rooms: Rooms,
  shop: Shop,
  staffId: string,
  {
    customerId,
    request,
    note,
  }: { readonly customerId: string; readonly request: RedeemRequest; readonly note: NoteOn },
): Promise<RedeemAnswer> {
  const id = `gift-${request.redemptionId}`;
  const undoId = `undo-${id}`;
  const wanted = {
    shopId: shop.id,
    customerIds: [customerId],
    redemptionIds: [request.redemptionId],
    entryKeys: [adjustmentKey(undoId)],
  };
  const { books, nowMs } = await rooms.ledger.load([wanted], { open: false });
  const own = booksOf(books, shop);
  if (own.entries.length > 0)
    return { kind: "refused", refusal: { code: "invalid-request", detail: "This gift was taken back. Begin anew." } };
  // Known already: whatever it answered, it answers again.
  if (own.redemptions.length > 0) return await redeemReward(rooms, shop, customerId, request);
  const rules = await rulesOf(rooms, shop, own);
  const priced = priceReward(rewardsOffered(versionInForce(rules.versions, nowMs)), request);
  if ("refusal" in priced) return { kind: "refused", refusal: priced.refusal };
  const { reward, cost } = priced;
  const gift = { id, points: cost, reason: `A gift: ${reward.name}` };
  const allowance = withinBudget(rooms, shop, staffId, gift);
  const given = await adjustMember(rooms, shop, customerId, gift, { note, allowance });
  if (given.kind === "refused") {
    await rooms.staff.giveBack(shop.id, id);
    return given;
  }
  const answer = await redeemReward(rooms, shop, customerId, request);
  if (answer.kind === "refused" && answer.refusal.code !== "try-again") {
    const taken = await adjustMember(rooms, shop, customerId, {
      id: undoId,
      points: -cost,
      reason: `Not given: ${reward.name}`,
    });
    if (taken.kind === "done") await rooms.staff.giveBack(shop.id, id);
  }
  return answer;
}
