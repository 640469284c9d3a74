/**
 * What the merchant's own software does with a key that may write: the same verbs as everybody's, each written down with the key. The monthly budget
 * is not asked: it bounds the goodwill of persons, and what software gives by a rule of the merchant's would use it up. What bounds a key is that
 * it can be read in the book of who did what, and revoked.
 */
import { type Adjustment, adjustmentKey } from "../domain/members.ts";
import { type AuditEntry, keyActor, noteOf } from "../program/audit.ts";
import { type ApiKey, readKey } from "../shops/api-keys.ts";
import type { Shop } from "../shops/shops.ts";
import type { NoteOn } from "./act-as-staff.ts";
import { cancelRedemption } from "./cancel-redemption.ts";
import { adjustMember, type MemberAnswer } from "./change-member.ts";
import { type RedeemAnswer, type RedeemRequest, redeemReward } from "./redeem-reward.ts";
import type { Rooms } from "./rooms.ts";

/** A request with a key that is good: in whose shop it acts, and what it may. */
export interface AtWork {
  readonly shop: Shop;
  readonly key: ApiKey;
}

/** Who a text lets in; null for nobody, whatever the reason. */
export async function admitKey(rooms: Rooms, text: string): Promise<AtWork | null> {
  const presented = await readKey(text);
  if (presented === null) return null;
  const shop = await rooms.shops.findOne(presented.domain, rooms.nowMs());
  if (!shop?.isInstalled) return null;
  const key = await rooms.apiKeys.use(shop.id, presented);
  return key && { shop, key };
}

/** Gives points or takes them, once for each id. */
export function adjustByKey(
  rooms: Rooms,
  atWork: AtWork,
  customerId: string,
  adjustment: Adjustment,
): Promise<MemberAnswer> {
  const { id, points } = adjustment;
  const act = { action: "points-adjusted", detail: { points, adjustment: id }, key: adjustmentKey(id) } as const;
  return adjustMember(rooms, atWork.shop, customerId, adjustment, { actor: "api", note: noteBy(atWork, act) });
}

/** Redeems a reward for a member, as they would themselves. */
export function redeemByKey(
  rooms: Rooms,
  atWork: AtWork,
  customerId: string,
  request: RedeemRequest,
): Promise<RedeemAnswer> {
  const detail = { reward: request.rewardId, redemption: request.redemptionId };
  const note = noteBy(atWork, { action: "reward-redeemed", detail });
  return redeemReward(rooms, atWork.shop, customerId, request, { actor: "api", note });
}

/** Gives a member's redemption back, as they would themselves. */
export function cancelByKey(
  rooms: Rooms,
  atWork: AtWork,
  customerId: string,
  redemptionId: string,
): Promise<RedeemAnswer> {
  const note = noteBy(atWork, { action: "code-cancelled", detail: { redemption: redemptionId } });
  return cancelRedemption(rooms, atWork.shop, customerId, redemptionId, note);
}

function noteBy({ shop, key }: AtWork, act: Omit<AuditEntry, "actor">): NoteOn {
  return (memberId) => {
    const member = memberId === undefined ? {} : { member: memberId };
    return noteOf(shop.id, { ...act, actor: keyActor(key.id), detail: { ...act.detail, ...member } });
  };
}
