/** What a member or the shop's staff do to a book by hand: joining, leaving, adjustments, balances brought along. */
import { type Account, isCustomer } from "../domain/account.ts";
import { accountAt } from "../domain/due.ts";
import {
  type Adjustment,
  adjustmentKey,
  adjustPoints,
  changeMembership,
  type MemberDecision,
  type OpeningBalance,
  openBalance,
  openingKey,
} from "../domain/members.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Guard } from "../ledger/commit.ts";
import type { Shop } from "../shops/shops.ts";
import type { NoteOn } from "./act-as-staff.ts";
import { type Actor, commitDecision, type Seen } from "./commit-decision.ts";
import { paintMembersLater } from "./paint-storefront.ts";
import type { Rooms } from "./rooms.ts";

export type MemberAnswer =
  | { readonly kind: "done"; readonly available: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** A shopper joins or leaves the program, or staff do it for them; asked again, the same answer. */
export function joinOrLeave(
  rooms: Rooms,
  shop: Shop,
  customerId: string,
  isMember: boolean,
  note?: NoteOn,
): Promise<MemberAnswer> {
  const actor = note === undefined ? "shopper" : "staff";
  return changeBook(rooms, shop, { customerId, actor, key: null, note }, (account, { rules, nowMs }) =>
    changeMembership(account, rules, isMember, nowMs),
  );
}

/** What somebody may give: asked for with each load, and it must still be so at the commit. */
export interface Allowance {
  /** Null where they may. */
  ask(): Promise<Refusal | null>;
  guard(): Guard;
}

/** Staff give or take points, or the merchant's own software does, with a reason that the shopper reads. The same id posts once. */
export function adjustMember(
  rooms: Rooms,
  shop: Shop,
  customerId: string,
  adjustment: Adjustment,
  { actor = "staff", note, allowance }: AdjustedBy = {},
): Promise<MemberAnswer> {
  const key = adjustmentKey(adjustment.id);
  return changeBook(rooms, shop, { customerId, actor, key, note, allowance }, (account, { books, rules, nowMs }) =>
    adjustPoints({ account, posted: books.entries[0] ?? null }, rules, adjustment, nowMs),
  );
}

interface AdjustedBy {
  readonly actor?: Actor;
  readonly note?: NoteOn;
  /** Where what is given is bounded. */
  readonly allowance?: Allowance;
}

/** A balance from an earlier program becomes a lot with its own dates. The same id posts once. */
export function bringBalance(
  rooms: Rooms,
  shop: Shop,
  customerId: string,
  balance: OpeningBalance,
): Promise<MemberAnswer> {
  const key = openingKey(balance.id);
  return changeBook(rooms, shop, { customerId, actor: "import", key }, (account, { books, rules, nowMs }) =>
    openBalance({ account, posted: books.entries[0] ?? null }, rules, balance, nowMs),
  );
}

interface Change {
  readonly customerId: string;
  readonly actor: Actor;
  /** The business key of what is posted; null when no points move. */
  readonly key: string | null;
  /** Where it is written down. */
  readonly note?: NoteOn | undefined;
  readonly allowance?: Allowance | undefined;
}

async function changeBook(
  rooms: Rooms,
  shop: Shop,
  { customerId, actor, key, note, allowance }: Change,
  decide: (account: Account, seen: Seen) => MemberDecision,
): Promise<MemberAnswer> {
  let memberId: string | null = null;
  let against: Refusal | null = null;
  const answer = await commitDecision<MemberAnswer>(rooms, shop, {
    actor,
    wanted: { customerIds: [customerId], entryKeys: key === null ? [] : [key] },
    open: true,
    ...(note === undefined ? {} : { note: () => note(memberId ?? undefined) }),
    ...(allowance === undefined ? {} : { guard: () => allowance.guard() }),
    // What was posted before is answered as it was, whatever is allowed now.
    async prepare({ books }) {
      against = allowance === undefined || books.entries.length > 0 ? null : await allowance.ask();
    },
    decide(seen) {
      if (against !== null) return { changes: null, result: { kind: "refused", refusal: against } };
      const account = seen.books.accounts.find((one) => isCustomer(one, customerId));
      if (!account) throw new Error("A load that opens books left one out.");
      const decision = decide(account, seen);
      if (decision.kind === "refused") return { changes: null, result: decision };
      const changes = decision.kind === "changes" ? decision.changes : null;
      memberId = account.memberId;
      const after = changes?.accounts[0] ?? account;
      return { changes, result: { kind: "done", available: accountAt(after, seen.rules, seen.nowMs).available } };
    },
  });
  if (memberId !== null) await paintMembersLater(rooms, new Map([[shop.domain, new Set([memberId])]]));
  return answer ?? { kind: "refused", refusal: { code: "try-again", detail: "Many changes to this account at once." } };
}
