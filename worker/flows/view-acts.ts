/** What staff did, for the page that shows it: by kind, by who did it, by customer; each with the customer whom it was about, if they are still known. */
import { type AuditFilter, keyActor, keyOf, type RecordedAct, staffActor } from "../program/audit.ts";
import type { Shop } from "../shops/shops.ts";
import { booksOf, type Rooms } from "./rooms.ts";

export interface ActsWanted {
  /** The cursor of an earlier page. */
  readonly after: string | null;
  readonly action: string | null;
  /** Shopify's number of a member of staff. */
  readonly staffId: string | null;
  /** The part of an API key that is no secret. */
  readonly keyId: string | null;
  readonly customerId: string | null;
}

export interface ShownAct extends RecordedAct {
  /** Null where it is about nobody, or about somebody who was forgotten. */
  readonly customerId: string | null;
  /** What the API key that did it is called; null where it was none, or an old one that is listed nowhere any more. */
  readonly keyName: string | null;
}

/** A page of acts, newest first. About a customer whom nobody has met, nothing was done. */
export async function viewActs(
  rooms: Rooms,
  shop: Shop,
  { after, action, staffId, keyId, customerId }: ActsWanted,
): Promise<{ readonly acts: readonly ShownAct[]; readonly next: string | null }> {
  const memberId = customerId === null ? undefined : await memberOf(rooms, shop, customerId);
  if (memberId === null) return { acts: [], next: null };
  const filter: AuditFilter = {
    ...(action === null ? {} : { action }),
    ...(staffId === null ? {} : { actor: staffActor(staffId) }),
    ...(keyId === null ? {} : { actor: keyActor(keyId) }),
    ...(memberId === undefined ? {} : { memberId }),
  };
  const { acts, next } = await rooms.audit.page(shop.id, after, filter);
  const [customers, keys] = await Promise.all([customersOf(rooms, shop, acts), keyNamesOf(rooms, shop, acts)]);
  const shown = acts.map((act) => ({
    ...act,
    customerId: customers.get(memberIn(act)) ?? null,
    keyName: keys.get(keyOf(act.actor)) ?? null,
  }));
  return { acts: shown, next };
}

async function memberOf(rooms: Rooms, shop: Shop, customerId: string): Promise<string | null> {
  const { books } = await rooms.ledger.load([{ shopId: shop.id, customerIds: [customerId] }], { open: false });
  return booksOf(books, shop).accounts[0]?.memberId ?? null;
}

async function customersOf(rooms: Rooms, shop: Shop, acts: readonly RecordedAct[]) {
  const memberIds = [...new Set(acts.map(memberIn))].filter((id) => id !== "");
  if (memberIds.length === 0) return new Map<string, string | null>();
  const { books } = await rooms.ledger.load([{ shopId: shop.id, memberIds }], { open: false });
  return new Map(booksOf(books, shop).accounts.map((account) => [account.memberId, account.customerId]));
}

async function keyNamesOf(rooms: Rooms, shop: Shop, acts: readonly RecordedAct[]) {
  if (acts.every(({ actor }) => keyOf(actor) === null)) return new Map<string | null, string>();
  const keys = await rooms.apiKeys.list(shop.id);
  return new Map<string | null, string>(keys.map(({ id, name }) => [id, name]));
}

function memberIn({ detail }: RecordedAct): string {
  const { member } = detail as { readonly member?: unknown };
  return typeof member === "string" && /^\d{1,19}$/.test(member) ? member : "";
}
