/** What every act of a shop's staff on a member has around it: whether they may, and that it is written down. */
import type { Refusal } from "../domain/refusal.ts";
import { staffActor } from "../program/audit.ts";
import type { Shop } from "../shops/shops.ts";
import { booksOf, type Rooms } from "./rooms.ts";

/** A member of staff at work. */
export interface StaffAct {
  /** Shopify's number of them, as a session token calls it. */
  readonly staffId: string;
  readonly action: "points-adjusted" | "member-changed" | "code-cancelled" | "settings-changed" | "export-made";
  /** Whom it is about. What is written down is the ledger's own number of them: what staff did stays, and a person who is forgotten is named nowhere. */
  readonly customerId?: string;
  /** Numbers, ids and words of ours. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
  /** The business key of what is done, where a repeat must not be written down again. */
  readonly key?: string;
}

/** Whether the shop's settings let this member of staff act. */
export async function mayAct(rooms: Rooms, shop: Shop, staffId: string): Promise<boolean> {
  const { staff } = await rooms.staff.rules(shop.id);
  return staff === null || staff.includes(staffId);
}

/** Does something in the name of staff who may, and writes down that it was done. */
export async function actAsStaff<Answer extends { readonly kind: string }>(
  rooms: Rooms,
  shop: Shop,
  act: StaffAct,
  doIt: () => Promise<Answer>,
): Promise<Answer | { readonly kind: "refused"; readonly refusal: Refusal }> {
  if (!(await mayAct(rooms, shop, act.staffId))) return { kind: "refused", refusal: { code: "not-permitted" } };
  const answer = await doIt();
  if (answer.kind === "refused") return answer;
  const { customerId, ...rest } = act;
  const member = customerId === undefined ? {} : { member: await memberNumber(rooms, shop, customerId) };
  await noteAct(rooms, shop, { ...rest, detail: { ...rest.detail, ...member } });
  return answer;
}

async function memberNumber(rooms: Rooms, shop: Shop, customerId: string): Promise<string | null> {
  const { books } = await rooms.ledger.load([{ shopId: shop.id, customerIds: [customerId] }], { open: false });
  return booksOf(books, shop).accounts[0]?.memberId ?? null;
}

/** The one place where an act of staff is written down. */
function noteAct(rooms: Rooms, shop: Shop, { staffId, ...act }: StaffAct): Promise<void> {
  return rooms.audit.record(shop.id, { actor: staffActor(staffId), ...act });
}
