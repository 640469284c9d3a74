/** Staff put customers on the pilot's list, or take them off: as many at once as a page of a list holds. */
import { invite } from "../domain/members.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Retriable } from "../ledger/commit.ts";
import type { Shop } from "../shops/shops.ts";
import { giveWay } from "./lost-races.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

export const MOST_INVITED = 250;
const ROUNDS = 20;
const CUSTOMER_ID = /^[1-9]\d{0,19}$/;

export type InviteAnswer =
  /** How many were put on the list or taken off; whoever was there already, or was not, is not counted. */
  { readonly kind: "done"; readonly changed: number } | { readonly kind: "refused"; readonly refusal: Refusal };

/** `actor` is who does it, as the book of acts names them. Asked again, it changes nothing. Orders count that are created from now on. */
export async function inviteMembers(
  rooms: Rooms,
  shop: Shop,
  actor: string,
  { customerIds, isInvited }: { readonly customerIds: readonly string[]; readonly isInvited: boolean },
): Promise<InviteAnswer> {
  if (customerIds.length > MOST_INVITED || customerIds.some((id) => !CUSTOMER_ID.test(id)))
    return refuse({
      code: "invalid-request",
      detail: `Up to ${MOST_INVITED} customers at once, each by Shopify's number.`,
    });
  let changed = 0;
  let open: readonly string[] = [...new Set(customerIds)];
  for (let round = 1; open.length > 0; round++) {
    if (round > ROUNDS) return refuse({ code: "try-again", detail: "Many changes to these accounts at once." });
    await giveWay(round - 1);
    const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, customerIds: open }], { open: true });
    const own = booksOf(books, shop);
    const rules = await rulesOf(rooms, shop, own);
    const units = own.accounts.flatMap((account): Retriable[] => {
      const decision = invite(account, rules, isInvited, nowMs);
      if (decision.kind !== "changes" || account.customerId === null) return [];
      const wanted = [{ shopId: shop.id, customerIds: [account.customerId] }];
      return [{ shopId: shop.id, actor: "staff", changes: decision.changes, wanted }];
    });
    const won = units.length === 0 ? [] : await rooms.ledger.commit(units);
    changed += won.filter(Boolean).length;
    open = units.flatMap(({ wanted }, index) => (won[index] ? [] : (wanted[0]?.customerIds ?? [])));
  }
  if (changed > 0) {
    const action = isInvited ? "pilot-invited" : "pilot-removed";
    await rooms.audit.record(shop.id, { actor, action, detail: { members: changed } });
  }
  return { kind: "done", changed };
}

function refuse(refusal: Refusal): InviteAnswer {
  return { kind: "refused", refusal };
}
