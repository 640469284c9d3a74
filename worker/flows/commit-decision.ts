/** The shape of every command on a member or a redemption: load, decide, commit; again when a race was lost. */
import type { Changes } from "../domain/account.ts";
import type { ShopRules } from "../domain/program.ts";
import type { Books, Wanted } from "../ledger/load.ts";
import type { Shop } from "../shops/shops.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

/** Each lost race is somebody else's success: as many as a shopper's taps and orders can cause at once. */
const TRIES = 20;
const PAUSE_MS = 10;

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
  /** What to write (null = nothing) and what to answer then; null while books that somebody else is opening cannot be seen. */
  decide(seen: Seen): { readonly changes: Changes | null; readonly result: Result } | null;
}

/** Carries a command out. Null when somebody else was faster every time. */
export async function commitDecision<Result>(
  rooms: Rooms,
  shop: Shop,
  command: Command<Result>,
): Promise<Result | null> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, ...command.wanted }], { open: command.open });
    const own = booksOf(books, shop);
    const decision = command.decide({ books: own, rules: await rulesOf(rooms, shop, own), nowMs });
    if (decision) {
      if (decision.changes === null) return decision.result;
      const [won] = await rooms.ledger.commit([{ shopId: shop.id, actor: command.actor, changes: decision.changes }]);
      if (won) return decision.result;
    }
    await pause(Math.random() * PAUSE_MS * attempt);
  }
  return null;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
