/** What adjustments are called that are posted for another thing: the undoing of one, the price of a gift, what an import's undoing takes. */
import { adjustmentKey } from "../domain/members.ts";

const GIFT = "gift-";

/** The adjustment that undoes the one of this id. */
export const undoIdOf = (id: string): string => `undo-${id}`;

/** The adjustment that gives the price of a reward which the shop pays. */
export const giftIdOf = (redemptionId: string): string => `${GIFT}${redemptionId}`;

/** The adjustment that takes back what is there of an import's row. */
export const importUndoIdOf = (importId: string, row: number): string => `undo:${importId}:${row}`;

/** The id of an adjustment that may be undone, by the key of its entry; null of any other entry, and of what an undoing posted. */
export function undoableIdOf(entryKey: string): string | null {
  return /^adjust:(?!undo[-:])(.+)$/.exec(entryKey)?.[1] ?? null;
}

/** The key of the entry that undoes this adjustment. */
export const undoKeyOf = (id: string): string => adjustmentKey(undoIdOf(id));

/** The redemption that a gift has paid; null of any other adjustment. */
export function paidByGift(id: string): string | null {
  return id.startsWith(GIFT) ? id.slice(GIFT.length) : null;
}

/** Whether a gift's points are with the customer again, so that undoing it takes the gift and nothing of theirs. */
export function isGivenBack({ state }: { readonly state: string }): boolean {
  return state === "released" || state === "failed";
}
