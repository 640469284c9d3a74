/** Staff put customers on the pilot's list, or take them off: as many at once as a page of a list holds. */
import { CUSTOMER_NUMBER, type PilotWay } from "../domain/account.ts";
import { invite } from "../domain/members.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Retriable } from "../ledger/commit.ts";
import type { Shop } from "../shops/shops.ts";
import { giveWay } from "./lost-races.ts";
import { paintMembersLater } from "./paint-storefront.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

export const MOST_INVITED = 250;
const ROUNDS = 20;

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
  if (customerIds.length > MOST_INVITED || customerIds.some((id) => !CUSTOMER_NUMBER.test(id)))
    return refuse({
      code: "invalid-request",
      detail: `Up to ${MOST_INVITED} customers at once, each by Shopify's number.`,
    });
  const wish = { customerIds, isIn: isInvited, way: "pilot", by: "staff" } as const;
  const changed = await changePilot(rooms, shop, wish);
  if (changed === null) return refuse({ code: "try-again", detail: "Many changes to these accounts at once." });
  if (changed > 0) {
    const action = isInvited ? "pilot-invited" : "pilot-removed";
    await rooms.audit.record(shop.id, { actor, action, detail: { members: changed } });
  }
  return { kind: "done", changed };
}

export interface PilotWish {
  /** A page of them at most. */
  readonly customerIds: readonly string[];
  readonly isIn: boolean;
  readonly way: PilotWay;
  readonly by: "staff" | "sweep";
}

/**
 * Customers come into the pilot or go, each for themselves, and their storefront follows. Says how many changed: whoever was in already, or was not, is
 * not counted. Null where others were faster every time.
 */
export async function changePilot(
  rooms: Rooms,
  shop: Shop,
  { customerIds, isIn, way, by }: PilotWish,
): Promise<number | null> {
  const changed = new Set<string>();
  let open: readonly string[] = [...new Set(customerIds)];
  for (let round = 1; open.length > 0; round++) {
    if (round > ROUNDS) return null;
    await giveWay(round - 1);
    const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, customerIds: open }], { open: isIn });
    const own = booksOf(books, shop);
    const rules = await rulesOf(rooms, shop, own);
    const units = own.accounts.flatMap((account): (Retriable & { readonly memberId: string })[] => {
      const decision = invite(account, rules, isIn, nowMs, way);
      if (decision.kind !== "changes" || account.customerId === null) return [];
      const wanted = [{ shopId: shop.id, customerIds: [account.customerId] }];
      return [{ shopId: shop.id, actor: by, changes: decision.changes, wanted, memberId: account.memberId }];
    });
    const won = units.length === 0 ? [] : await rooms.ledger.commit(units);
    for (const [index, { memberId }] of units.entries()) if (won[index]) changed.add(memberId);
    open = units.flatMap(({ wanted }, index) => (won[index] ? [] : (wanted[0]?.customerIds ?? [])));
  }
  await paintMembersLater(rooms, new Map([[shop.domain, changed]]));
  return changed.size;
}

function refuse(refusal: Refusal): InviteAnswer {
  return { kind: "refused", refusal };
}
