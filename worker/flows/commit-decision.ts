/** The shape of every command on a member or a redemption: load, decide, commit; again on the state that won, when a race was lost. */
import type { Changes } from "../domain/account.ts";
import type { ShopRules } from "../domain/program.ts";
import type { Books, Wanted } from "../ledger/load.ts";
import type { Shop } from "../shops/shops.ts";
import { giveWay } from "./lost-races.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

/** Each lost race is somebody else's success: as many as a shopper's taps and orders can cause at once. */
const TRIES = 40;

/** Who caused an entry. */
export type Actor = "shopper" | "shopify" | "sweep" | "staff" | "import";

/** What a decision is made on. */
export interface Seen {
  readonly books: Books;
  readonly rules: ShopRules;
  readonly nowMs: number;
}

export interface Command<Result> {
  readonly actor: Actor;
  readonly wanted: Omit<Wanted, "shopId">;
  /** Whether books that are missing are opened. */
  readonly open: boolean;
  /** What to write (null = nothing) and what to answer then. */
  decide(seen: Seen): { readonly changes: Changes | null; readonly result: Result };
}

/** Carries a command out. Null when somebody else was faster every time. */
export async function commitDecision<Result>(
  rooms: Rooms,
  shop: Shop,
  command: Command<Result>,
): Promise<Result | null> {
  const load = () => rooms.ledger.load([{ shopId: shop.id, ...command.wanted }], { open: command.open });
  let seen = await load();
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const books = booksOf(seen.books, shop);
    const decision = command.decide({ books, rules: await rulesOf(rooms, shop, books), nowMs: seen.nowMs });
    if (decision.changes === null) return decision.result;
    const newer = await commit(rooms, shop, command, decision.changes);
    if (newer === null) return decision.result;
    const isOld = await giveWay(attempt);
    seen = isOld ? await load() : newer;
  }
  return null;
}

/** What the decision was made on, as it is now; null when it was won. */
async function commit<Result>(rooms: Rooms, shop: Shop, command: Command<Result>, changes: Changes) {
  const { actor, wanted, open } = command;
  const unit = { shopId: shop.id, actor, changes, wanted: [wanted] };
  return (await rooms.ledger.commitOrLoad([unit], { open })).loaded;
}
