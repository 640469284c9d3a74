/** Decisions made one after another and written as one: each is made on the books as the ones before it leave them. */
import type { Account, Changes, OrderRecord, Redemption } from "./account.ts";

interface Books {
  readonly accounts: readonly Account[];
  readonly orders: readonly OrderRecord[];
  readonly redemptions: readonly Redemption[];
}

/** The books as a decision leaves them, before anything is written. Versions stay as they were read: a commit moves them once. */
export function booksAfter<Some extends Books>(books: Some, changes: Changes): Some {
  return {
    ...books,
    accounts: newestOf([...books.accounts, ...changes.accounts], (account) => account.memberId),
    orders: newestOf([...books.orders, ...changes.orders], (order) => order.orderId),
    redemptions: newestOf([...books.redemptions, ...changes.redemptions], (redemption) => redemption.id),
  };
}

/** What two decisions change together; the later one was made on the books as the earlier one leaves them. */
export function joinChanges(earlier: Changes, later: Changes): Changes {
  const made = new Set(earlier.newLots.map((lot) => lot.id));
  const touchedLater = new Map(later.touchedLots.map((lot) => [lot.id, lot]));
  return {
    accounts: newestOf([...earlier.accounts, ...later.accounts], (account) => account.memberId),
    orders: newestOf([...earlier.orders, ...later.orders], (order) => order.orderId),
    redemptions: newestOf([...earlier.redemptions, ...later.redemptions], (redemption) => redemption.id),
    entries: [...earlier.entries, ...later.entries],
    newLots: [...earlier.newLots.map((lot) => ({ ...lot, ...touchedLater.get(lot.id) })), ...later.newLots],
    touchedLots: newestOf([...earlier.touchedLots, ...later.touchedLots], (lot) => lot.id).filter(
      (lot) => !made.has(lot.id),
    ),
    allocations: [...earlier.allocations, ...later.allocations],
    mergers: [...earlier.mergers, ...later.mergers],
  };
}

/** Of records with the same name, the last one, in the place of the first. */
function newestOf<Item>(records: readonly Item[], nameOf: (item: Item) => string): Item[] {
  return [...new Map(records.map((item) => [nameOf(item), item])).values()];
}
