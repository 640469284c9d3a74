/** Two customers became one at Shopify: their books become one as well. */
import { isCustomer } from "../domain/account.ts";
import { Draft } from "../domain/draft.ts";
import { accountAt } from "../domain/due.ts";
import { type CustomerMerger, mergeMembers } from "../domain/members.ts";
import type { Shop } from "../shops/shops.ts";
import type { NoteOn } from "./act-as-staff.ts";
import type { MemberAnswer } from "./change-member.ts";
import { commitDecision } from "./commit-decision.ts";
import { paintMembersLater } from "./paint-storefront.ts";
import { booksOf, type Rooms } from "./rooms.ts";

/**
 * Merges the ledgers, lots with their expiries. Both books are opened where they are missing, so that late news of the merged customer
 * finds its way too. Returns what is available then. Throws when every try lost a race: the queue brings the job again.
 */
export async function mergeCustomers(rooms: Rooms, shop: Shop, merger: CustomerMerger, note?: NoteOn): Promise<number> {
  const { keptCustomerId, mergedCustomerId } = merger;
  let keptMemberId: string | undefined;
  const done = await commitDecision(rooms, shop, {
    actor: note === undefined ? "shopify" : "staff",
    ...(note === undefined ? {} : { note: () => note(keptMemberId) }),
    wanted: { customerIds: [keptCustomerId, mergedCustomerId] },
    open: true,
    decide({ books, rules, nowMs }) {
      const kept = books.accounts.find((account) => isCustomer(account, keptCustomerId));
      const merged = books.accounts.find((account) => isCustomer(account, mergedCustomerId));
      keptMemberId = kept?.memberId;
      if (!kept || !merged) throw new Error("A load that opens books left one out.");
      if (kept.memberId === merged.memberId) return { changes: null, result: accountAt(kept, rules, nowMs) };
      const draft = new Draft({ accounts: [kept, merged] }, rules);
      mergeMembers(draft, merged.memberId, kept.memberId, nowMs);
      return { changes: draft.changes(), result: draft.account(kept.memberId) };
    },
  });
  if (done === null) throw new Error("Customers could not be merged: every try lost a race.");
  await paintMembersLater(rooms, new Map([[shop.domain, new Set([done.memberId])]]));
  return done.available;
}

/**
 * The same, by staff, where Shopify's own news of it never came. Nobody takes it back, so that both are to be known to the program: a number that was
 * mistyped moves nothing.
 */
export async function mergeByStaff(
  rooms: Rooms,
  shop: Shop,
  merger: CustomerMerger,
  note: NoteOn,
): Promise<MemberAnswer> {
  const { keptCustomerId, mergedCustomerId } = merger;
  if (keptCustomerId === mergedCustomerId) return refuse("This is the same customer. Enter the other one's number.");
  const wanted = { shopId: shop.id, customerIds: [keptCustomerId, mergedCustomerId] };
  const { accounts } = booksOf((await rooms.ledger.load([wanted], { open: false })).books, shop);
  if (!accounts.some((account) => isCustomer(account, mergedCustomerId)))
    return refuse("The program knows no customer of this number: there is nothing to move.");
  return { kind: "done", available: await mergeCustomers(rooms, shop, merger, note) };
}

function refuse(detail: string): MemberAnswer {
  return { kind: "refused", refusal: { code: "invalid-request", detail } };
}
