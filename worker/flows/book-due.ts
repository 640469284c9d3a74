/** Books what matured or expired. Balances are right without it; it keeps the counters and the storefront's copy near. */
import { bookAllDue } from "../domain/due.ts";
import type { Shop } from "../shops/shops.ts";
import { paintMembersLater } from "./paint-storefront.ts";
import { booksOf, type Rooms } from "./rooms.ts";

/** Books for these members; who lost a race to somebody else's change had it booked by that change. */
export async function bookDueMembers(rooms: Rooms, shop: Shop, memberIds: readonly string[]): Promise<void> {
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, memberIds }], { open: false });
  const units = booksOf(books, shop).accounts.flatMap((account) => {
    const changes = bookAllDue(account, nowMs);
    return changes ? [{ shopId: shop.id, actor: "sweep", changes }] : [];
  });
  if (units.length === 0) return;
  await rooms.ledger.commit(units);
  const changed = units.flatMap((unit) => unit.changes.accounts.map((account) => account.memberId));
  await paintMembersLater(rooms, new Map([[shop.domain, new Set(changed)]]));
}
