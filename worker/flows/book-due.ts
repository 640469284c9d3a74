/** Books what matured, expired or was to be given. Balances are right without it; it keeps the counters and the storefront's copy near. */
import { bookAllDue } from "../domain/due.ts";
import type { Shop } from "../shops/shops.ts";
import { paintMembersLater } from "./paint-storefront.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

/** Books for these members; who lost a race to somebody else's change had it booked by that change. */
export async function bookDueMembers(rooms: Rooms, shop: Shop, memberIds: readonly string[]): Promise<void> {
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, memberIds }], { open: false });
  const own = booksOf(books, shop);
  const rules = await rulesOf(rooms, shop, own);
  const units = own.accounts.map((account) => ({
    shopId: shop.id,
    actor: "sweep",
    changes: bookAllDue(account, rules, nowMs),
  }));
  if (units.length === 0) return;
  await rooms.ledger.commit(units);
  const changed = units.flatMap((unit) => unit.changes.accounts.map((account) => account.memberId));
  await paintMembersLater(rooms, new Map([[shop.domain, new Set(changed)]]));
}

/**
 * A new rule of expiry is in force: the moment at which each member's points expire next may be another one. Calls all who have points
 * to the sweep, some thousands at a time; each time the next ones are queued.
 */
export async function dateMembersAnew(rooms: Rooms, shop: Shop, afterMemberId: string): Promise<void> {
  const next = await rooms.ledger.callToSweep(shop.id, afterMemberId);
  if (next !== null)
    await rooms.queue.send([{ kind: "date-anew", shop: shop.domain, afterMemberId: next }], { lane: "bulk" });
}
