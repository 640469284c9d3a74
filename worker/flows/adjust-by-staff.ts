/** Staff give or take points within the month's budget, and undo what they did. */
import type { Adjustment } from "../domain/members.ts";
import { adjustmentKey } from "../domain/members.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Shop } from "../shops/shops.ts";
import { actAsStaff, type NoteOn } from "./act-as-staff.ts";
import { adjustMember, type MemberAnswer } from "./change-member.ts";
import { booksOf, type Rooms } from "./rooms.ts";

const KEY = /^adjust:(.+)$/;
const UNDOING = "undo-";

/**
 * What is given comes out of the month's budget first: whoever dies in between has taken from it and given nothing, and the same request again gives
 * it. What is taken from a member, and what is undone, needs no budget.
 */
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
  return actAsStaff(rooms, shop, act, (note) =>
    giveWithinBudget(rooms, shop, staffId, { customerId, adjustment, note }),
  );
}

/** What an adjustment does once it is known that they may; the note is written with it. */
export async function giveWithinBudget(
  rooms: Rooms,
  shop: Shop,
  staffId: string,
  wanted: { readonly customerId: string; readonly adjustment: Adjustment; readonly note: NoteOn },
): Promise<MemberAnswer> {
  const { customerId, adjustment, note } = wanted;
  const { id, points } = adjustment;
  if (points <= 0) return await adjustMember(rooms, shop, customerId, adjustment, note);
  const grant = await rooms.staff.take(shop.id, id, staffId, points);
  if (grant.kind === "spent") return refuse({ code: "budget-spent", budget: grant.budget, given: grant.given });
  const answer = await adjustMember(rooms, shop, customerId, adjustment, note);
  // Where the id is another request's, so is what was taken from the budget.
  if (answer.kind === "refused" && answer.refusal.code !== "different-request") await rooms.staff.giveBack(shop.id, id);
  return answer;
}

/** Posts the opposite of an adjustment, once; what it had given is back in the budget. `entryKey` is the adjustment's. */
export function undoAdjustment(
  rooms: Rooms,
  shop: Shop,
  staffId: string,
  customerId: string,
  entryKey: string,
): Promise<MemberAnswer> {
  const id = KEY.exec(entryKey)?.[1] ?? "";
  const undoId = `${UNDOING}${id}`;
  const act = {
    staffId,
    action: "adjustment-undone",
    detail: { adjustment: id },
    key: adjustmentKey(undoId),
  } as const;
  return actAsStaff(rooms, shop, act, async (note) => {
    const wanted = { shopId: shop.id, customerIds: [customerId], entryKeys: [entryKey] };
    const { books } = await rooms.ledger.load([wanted], { open: false });
    const { accounts, entries } = booksOf(books, shop);
    const posted = entries[0];
    const isTheirs = posted !== undefined && accounts.some(({ memberId }) => memberId === posted.memberId);
    if (id === "" || id.startsWith(UNDOING) || !isTheirs)
      return refuse({ code: "invalid-request", detail: "Only an adjustment of this member can be undone." });
    const opposite = { id: undoId, points: -posted.points, reason: `Undone: ${posted.detail.reason ?? ""}` };
    const answer = await adjustMember(rooms, shop, customerId, opposite, note);
    if (answer.kind === "done" && posted.points > 0) await rooms.staff.giveBack(shop.id, id);
    return answer;
  });
}

function refuse(refusal: Refusal): MemberAnswer {
  return { kind: "refused", refusal };
}
