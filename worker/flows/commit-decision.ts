/**
 * The shape of every command on a member or a redemption: load, decide, commit; again on the state that won, when a race was lost. Commands that
 * meet in one isolate can be decided one after another and committed as one.
 */
import type { Changes } from "../domain/account.ts";
import type { ShopRules } from "../domain/program.ts";
import { booksAfter, joinChanges } from "../domain/successive.ts";
import type { Guard } from "../ledger/commit.ts";
import type { Books, Wanted } from "../ledger/load.ts";
import type { Note } from "../program/audit.ts";
import type { Shop } from "../shops/shops.ts";
import { giveWay } from "./lost-races.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

/** Each lost race is somebody else's success: as many as a shopper's taps and orders can cause at once. */
const TRIES = 40;
/** Of several together, one may be what the database refuses every time. */
const TRIES_TOGETHER = 5;

/** Who caused an entry. */
export type Actor = "shopper" | "shopify" | "sweep" | "staff" | "import" | "api";

/** What a decision is made on. With commands decided together, the books hold what each of them wants, and show what those before it change. */
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
  /**
   * Commands of one shop and actor with the same name here wait for each other, and are decided together. Only for what can be carried out twice
   * and happens once.
   */
  readonly together?: string;
  /** Who did it, written down in the transaction of the commit, and asked for after the decision. A command that has one is decided alone. */
  note?(): Note;
  /** What must still hold at the commit, asked for after the decision: else it is decided anew. A command that has one is decided alone. */
  guard?(): Guard | undefined;
  /** Reads what else a decision needs, after the books were loaded and each time they are: the commit then guards it with them. */
  prepare?(seen: Seen): Promise<void>;
  /** What to write (null = nothing) and what to answer then. */
  decide(seen: Seen): { readonly changes: Changes | null; readonly result: Result };
}

/** Carries a command out. Null when somebody else was faster every time. */
export async function commitDecision<Result>(
  rooms: Rooms,
  shop: Shop,
  command: Command<Result>,
): Promise<Result | null> {
  const { actor, open, together } = command;
  if (together !== undefined && command.note === undefined && command.guard === undefined) {
    const asked = new Asked(command);
    const key = JSON.stringify([shop.id, actor, open, together]);
    const turn = await rooms.turns.take(key, asked, (all) => commitAll(rooms, shop, { actor, open }, all));
    if (turn.kind === "ended" && turn.outcome !== "each-alone")
      return turn.outcome === "committed" ? asked.result : null;
  }
  const asked = new Asked(command);
  return (await commitAll(rooms, shop, { actor, open }, [asked])) === "committed" ? asked.result : null;
}

/** A command that is asked to decide, perhaps several times, before its last result counts. */
class Asked<Result> {
  readonly wanted: Command<Result>["wanted"];
  result: Result | null = null;
  readonly #command: Command<Result>;

  constructor(command: Command<Result>) {
    this.#command = command;
    this.wanted = command.wanted;
  }

  note(): Note | undefined {
    return this.#command.note?.();
  }

  guard(): Guard | undefined {
    return this.#command.guard?.();
  }

  async prepare(seen: Seen): Promise<void> {
    await this.#command.prepare?.(seen);
  }

  decide(seen: Seen): Changes | null {
    const { changes, result } = this.#command.decide(seen);
    this.result = result;
    return changes;
  }
}

/** What is left of a command where others decide and commit it too. */
export type Decider = Pick<Asked<unknown>, "wanted" | "prepare" | "decide" | "note" | "guard">;

/** How commands end: what all of them decided is committed; or nothing of it, and each may try by itself; or nothing, and there is no use. */
export type End = "committed" | "each-alone" | "lost";

async function commitAll(
  rooms: Rooms,
  shop: Shop,
  { actor, open }: Pick<Command<unknown>, "actor" | "open">,
  deciders: readonly Decider[],
): Promise<End> {
  const wanted = deciders.map((decider) => decider.wanted);
  const load = () =>
    rooms.ledger.load(
      wanted.map((one) => ({ shopId: shop.id, ...one })),
      { open },
    );
  const tries = deciders.length > 1 ? TRIES_TOGETHER : TRIES;
  let seen = await load();
  for (let attempt = 1; attempt <= tries; attempt++) {
    const books = booksOf(seen.books, shop);
    const shown = { books, rules: await rulesOf(rooms, shop, books), nowMs: seen.nowMs };
    for (const decider of deciders) await decider.prepare(shown);
    const changes = decideInTurn(deciders, shown);
    if (changes === null) return "committed";
    const [first, ...others] = deciders;
    const [note, guard] = others.length === 0 ? [first?.note(), first?.guard()] : [];
    const unit = { shopId: shop.id, actor, changes, wanted };
    const besides = { ...(note === undefined ? {} : { note }), ...(guard === undefined ? {} : { guard }) };
    const { loaded } = await rooms.ledger.commitOrLoad([unit], { open, ...besides });
    if (loaded === null) return "committed";
    const isOld = await giveWay(attempt);
    seen = isOld ? await load() : loaded;
  }
  return tries === TRIES ? "lost" : "each-alone";
}

/** Each decides on what those before it leave. */
function decideInTurn(deciders: readonly Decider[], seen: Seen): Changes | null {
  let books = seen.books;
  let all: Changes | null = null;
  for (const decider of deciders) {
    const changes = decider.decide({ ...seen, books });
    if (changes === null) continue;
    books = booksAfter(books, changes);
    all = all === null ? changes : joinChanges(all, changes);
  }
  return all;
}
