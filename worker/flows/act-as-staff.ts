/** What every act of a shop's staff has around it: whether they may, and that it is written down. */
import type { Refusal } from "../domain/refusal.ts";
import {
  type AuditAction,
  type AuditDetail,
  type AuditEntry,
  type Note,
  noteOf,
  staffActor,
} from "../program/audit.ts";
import type { Shop } from "../shops/shops.ts";
import type { Rooms } from "./rooms.ts";

/** A member of staff at work. */
export interface StaffAct {
  /** Shopify's number of them, as a session token calls it. */
  readonly staffId: string;
  readonly action: AuditAction;
  /** Numbers, ids and words of ours. Never a customer's number: what staff did stays, and a person who is forgotten is named nowhere. */
  readonly detail: AuditDetail;
  /** The business key of what is done, where a repeat must not be written down again. */
  readonly key?: string;
}

/** Makes the entry that goes into the statement of the act; with the ledger's own number of the member, where it is about one. */
export type NoteOn = (memberId?: string) => Note;

export interface NotPermitted {
  readonly kind: "refused";
  readonly refusal: Refusal;
}

/** Whether the shop's settings let this member of staff act. */
export async function mayAct(rooms: Rooms, shop: Shop, staffId: string): Promise<boolean> {
  const { staff } = await rooms.staff.rules(shop.id);
  return staff === null || staff.includes(staffId);
}

/** Does something in the name of staff who may. `doIt` writes the note where it writes what it does: both are there, or neither is. */
export async function actAsStaff<Answer extends { readonly kind: string }>(
  rooms: Rooms,
  shop: Shop,
  act: StaffAct,
  doIt: (note: NoteOn) => Promise<Answer>,
): Promise<Answer | NotPermitted> {
  if (!(await mayAct(rooms, shop, act.staffId))) return { kind: "refused", refusal: { code: "not-permitted" } };
  return await doIt((memberId) => noteOf(shop.id, entryOf(act, memberId)));
}

/** The same for what is no single transaction: it is written down first. An entry may then stand for what broke off, and nothing is done without one. */
export async function noteThenAct<Answer extends { readonly kind: string }>(
  rooms: Rooms,
  shop: Shop,
  act: StaffAct,
  doIt: () => Promise<Answer>,
): Promise<Answer | NotPermitted> {
  if (!(await mayAct(rooms, shop, act.staffId))) return { kind: "refused", refusal: { code: "not-permitted" } };
  await rooms.audit.record(shop.id, entryOf(act));
  return await doIt();
}

function entryOf({ staffId, detail, ...rest }: StaffAct, memberId?: string): AuditEntry {
  const member = memberId === undefined ? {} : { member: memberId };
  return { ...rest, actor: staffActor(staffId), detail: { ...detail, ...member } };
}
