/** Staff give a reward: its price is given, within the month's budget, and spent on it at once. */
import { isCustomer } from "../domain/account.ts";
import { type Adjustment, adjustmentKey, adjustPoints } from "../domain/members.ts";
import { takeBack } from "../domain/opening-balances.ts";
import { rewardsOffered, versionInForce } from "../domain/program.ts";
import type { Refusal } from "../domain/refusal.ts";
import { priceReward } from "../domain/rewards.ts";
import type { Shop } from "../shops/shops.ts";
import type { NoteOn } from "./act-as-staff.ts";
import { withinBudget } from "./adjust-by-staff.ts";
import { giftIdOf, undoKeyOf } from "./adjustment-ids.ts";
import type { Allowance } from "./change-member.ts";
import { commitDecision, type Seen } from "./commit-decision.ts";
import { paintMembersLater } from "./paint-storefront.ts";
import { type PaidBefore, type RedeemAnswer, type RedeemRequest, redeemReward } from "./redeem-reward.ts";
import type { Rooms } from "./rooms.ts";

/**
 * The price is posted with the hold and the note, in one commit: what is refused has given nothing. The same id again is answered as it was, and goes
 * on where it stopped. What Shopify refuses after the hold is taken back.
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
  const paid = priceAsGift(rooms, shop, staffId, { customerId, request });
  const answer = await redeemReward(rooms, shop, customerId, request, { note, paid });
  if (answer.kind !== "refused") return answer;
  const { refusal } = answer;
  if (refusal.code === "reward-refused") await takeGiftBack(rooms, shop, request.redemptionId);
  await rooms.staff.giveBack(shop.id, giftIdOf(request.redemptionId));
  // The price was there a moment ago: a debt would have taken it.
  return refusal.code === "insufficient-points"
    ? refuse(
        "This customer owes points, and a gift would pay those first. Give them the points that they owe before it.",
      )
    : answer;
}

/** How a gift's reason begins, which the customer reads. */
const GIFT = "A gift: ";

function priceAsGift(
  rooms: Rooms,
  shop: Shop,
  staffId: string,
  { customerId, request }: { readonly customerId: string; readonly request: RedeemRequest },
): PaidBefore {
  const id = giftIdOf(request.redemptionId);
  let allowance: Allowance | undefined;
  let gift: Adjustment | Refusal | null = null;
  const postedOf = ({ books }: Seen, key: string) => books.entries.find((entry) => entry.key === key) ?? null;
  return {
    entryKeys: [adjustmentKey(id), undoKeyOf(id)],
    async ask(seen) {
      allowance = undefined;
      gift = giftOf(seen, request);
      if ("code" in gift || postedOf(seen, adjustmentKey(id)) !== null) return;
      allowance = withinBudget(rooms, shop, staffId, gift);
      gift = (await allowance.ask()) ?? gift;
    },
    guard: () => allowance?.guard(),
    decide(seen) {
      // An earlier version of the worker posted the price first, and took it back where the reward could not be had.
      if (postedOf(seen, undoKeyOf(id)) !== null) return refuse("This gift was taken back. Begin anew.");
      if (gift === null) throw new Error("A gift is asked about before it is decided.");
      if ("code" in gift) return { kind: "refused", refusal: gift };
      const account = seen.books.accounts.find((one) => isCustomer(one, customerId));
      if (!account) throw new Error("A load that opens books left one out.");
      return adjustPoints({ account, posted: postedOf(seen, adjustmentKey(id)) }, seen.rules, gift, seen.nowMs);
    },
  };
}

function giftOf({ rules, nowMs }: Seen, request: RedeemRequest): Adjustment | Refusal {
  const priced = priceReward(rewardsOffered(versionInForce(rules.versions, nowMs)), request);
  if ("refusal" in priced) return priced.refusal;
  return { id: giftIdOf(request.redemptionId), points: priced.cost, reason: `${GIFT}${priced.reward.name}` };
}

/**
 * What a gift had given goes back where Shopify refused its reward, into the budget, too. Taken are the gift's own points, once, and only all of them: the
 * customer's others keep their dates, and what of these is gone stays given. Nothing where the redemption was no gift.
 */
export async function takeGiftBack(rooms: Rooms, shop: Shop, redemptionId: string): Promise<void> {
  const id = giftIdOf(redemptionId);
  const [lotId, key] = [adjustmentKey(id), undoKeyOf(id)];
  const taken = await commitDecision<{ readonly from: string | null }>(rooms, shop, {
    actor: "staff",
    wanted: { redemptionIds: [redemptionId], entryKeys: [lotId, key] },
    open: false,
    decide({ books, rules, nowMs }) {
      const redemption = books.redemptions.find((one) => one.id === redemptionId);
      const account = books.accounts.find((one) => one.memberId === redemption?.memberId);
      const given = books.entries.find((entry) => entry.key === lotId);
      if (!account || !given) return { changes: null, result: { from: null } };
      const posted = books.entries.find((entry) => entry.key === key) ?? null;
      const reason = `Not given: ${(given.detail.reason ?? "").replace(GIFT, "")}`;
      const back = takeBack({ key, lotId, account, posted, reason }, rules, nowMs);
      return { changes: back.taken === given.points ? back.changes : null, result: { from: account.memberId } };
    },
  });
  // Whoever asked for it asks again.
  if (taken === null) throw new Error("A gift that Shopify refused was not taken back: others were faster every time.");
  if (taken.from === null) return;
  await rooms.staff.giveBack(shop.id, id);
  await paintMembersLater(rooms, new Map([[shop.domain, new Set([taken.from])]]));
}

function refuse(detail: string) {
  return { kind: "refused", refusal: { code: "invalid-request", detail } } as const;
}
