/** Staff give or take points within the month's budget, and undo what they did. */
import { isCustomer } from "../domain/account.ts";
import type { Adjustment } from "../domain/members.ts";
import { adjustmentKey } from "../domain/members.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Shop } from "../shops/shops.ts";
import { actAsStaff } from "./act-as-staff.ts";
import { isGivenBack, paidByGift, undoableIdOf, undoIdOf, undoKeyOf } from "./adjustment-ids.ts";
import { type Allowance, adjustMember, type MemberAnswer } from "./change-member.ts";
import { booksOf, type Rooms } from "./rooms.ts";

/** What is given comes out of the month's budget. What is taken from a member, and what is undone, needs none. */
export function adjustByStaff(
  rooms: Rooms,
  shop: Shop,
  staffId: string,
  customerId: string,
  adjustment: Adjustment,
): Promise<MemberAnswer> {
  const { id, points } = adjustment;
  const act = {
    staffId,
    action: "points-adjusted",
    detail: { points, adjustment: id },
    key: adjustmentKey(id),
  } as const;
  return actAsStaff(rooms, shop, act, async (note) => {
    if (points <= 0) return await adjustMember(rooms, shop, customerId, adjustment, { note });
    const allowance = withinBudget(rooms, shop, staffId, adjustment);
    const answer = await adjustMember(rooms, shop, customerId, adjustment, { note, allowance });
    if (answer.kind === "refused") await rooms.staff.giveBack(shop.id, id);
    return answer;
  });
}

/**
 * The month's budget as an allowance. It is taken from before the ledger is written: whoever dies in between has given nothing, and the same id again
 * gives it, with other points too. The commit holds what was taken, so that what is posted is what the budget counts. Whoever is refused gives back.
 */
export function withinBudget(
  rooms: Rooms,
  shop: Shop,
  staffId: string,
  { id, points }: Pick<Adjustment, "id" | "points">,
): Allowance {
  return {
    async ask() {
      const grant = await rooms.staff.take(shop.id, id, staffId, points);
      return grant.kind === "spent" ? { code: "budget-spent", budget: grant.budget, given: grant.given } : null;
    },
    guard: () => rooms.staff.whileTaken(shop.id, id, points),
  };
}

/**
 * Posts the opposite of an adjustment, once; what it had given is back in the budget. `entryKey` is the adjustment's. A gift is undone where its reward
 * was given back: until then its points are spent, and the customer would pay for it with their own.
 */
export async function undoAdjustment(
  rooms: Rooms,
  shop: Shop,
  staffId: string,
  customerId: string,
  entryKey: string,
): Promise<MemberAnswer> {
  const id = undoableIdOf(entryKey);
  if (id === null) return NOT_UNDOABLE;
  const redemptionId = paidByGift(id);
  const act = {
    staffId,
    action: "adjustment-undone",
    detail: { adjustment: id },
    key: undoKeyOf(id),
  } as const;
  return actAsStaff(rooms, shop, act, async (note) => {
    const redemptionIds = redemptionId === null ? [] : [redemptionId];
    const wanted = { shopId: shop.id, customerIds: [customerId], entryKeys: [entryKey], redemptionIds };
    const { books } = await rooms.ledger.load([wanted], { open: false });
    const { accounts, entries, redemptions } = booksOf(books, shop);
    const posted = entries[0];
    const theirs = accounts.find((account) => isCustomer(account, customerId));
    if (posted === undefined || posted.memberId !== theirs?.memberId) return NOT_UNDOABLE;
    if (!redemptions.every(isGivenBack))
      return refuse({ code: "invalid-request", detail: "This gift is spent on its reward. Cancel the reward first." });
    const opposite = { id: undoIdOf(id), points: -posted.points, reason: `Undone: ${posted.detail.reason ?? ""}` };
    const answer = await adjustMember(rooms, shop, customerId, opposite, { note });
    if (answer.kind === "done" && posted.points > 0) await rooms.staff.giveBack(shop.id, id);
    return answer;
  });
}

const NOT_UNDOABLE = refuse({
  code: "invalid-request",
  detail: "Only an adjustment of this member can be undone.",
});

function refuse(refusal: Refusal): MemberAnswer {
  return { kind: "refused", refusal };
}
