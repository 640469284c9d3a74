/**
 * The pilot of those whom the merchant gave a tag at Shopify. The tag is read at known moments: when it is chosen, with the day's sweep, and when staff
 * ask. What is found then is written into the members' accounts with that moment, as the list is: what an order is worth follows from what is stored,
 * however the tags change at Shopify afterwards.
 */

import { noteOf, staffActor } from "../program/audit.ts";
import type { AdminApi } from "../shopify/admin-api.ts";
import { listTagged, stillTagged, TAGS_PER_CALL } from "../shopify/tagged-customers.ts";
import type { Shop } from "../shops/shops.ts";
import { changePilot } from "./invite-members.ts";
import { chunksOf, type ReadPilotTagJob } from "./jobs.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";

/** Another tag for the pilot (as `TAG` has it), or none: it is read at once. */
export async function choosePilotTag(rooms: Rooms, shop: Shop, staffId: string, tag: string | null): Promise<void> {
  const act = { actor: staffActor(staffId), action: "pilot-tag-chosen", detail: { hasTag: tag !== null } } as const;
  await rooms.pilotTags.set(shop.id, tag, noteOf(shop.id, act));
  await askPilotTag(rooms, shop);
}

/** Staff want to see it read now. */
export async function readPilotTagNow(rooms: Rooms, shop: Shop, staffId: string): Promise<void> {
  await rooms.audit.record(shop.id, { actor: staffActor(staffId), action: "pilot-tag-read", detail: {} });
  await askPilotTag(rooms, shop);
}

/** Has the tag read from its beginning. */
async function askPilotTag(rooms: Rooms, shop: Shop): Promise<void> {
  const { tag } = await rooms.pilotTags.find(shop.id);
  await rooms.queue.send([jobOf(shop, tag, { phase: "come", after: null, members: 0 })], { lane: "bulk" });
}

/** With the day's sweep: where there is a tag. */
export async function readPilotTagDaily(rooms: Rooms, shop: Shop): Promise<void> {
  const { tag } = await rooms.pilotTags.find(shop.id);
  if (tag !== null) await askPilotTag(rooms, shop);
}

/**
 * Reads one page and queues the next one: first who has the tag comes in, then whoever is in by it and has it no more goes. Each page may run again. A
 * reading of a tag that is not the shop's any more ends; whoever chose the newer one began another.
 */
export async function readPilotTag(rooms: Rooms, shop: Shop, { tag, page }: ReadPilotTagJob): Promise<void> {
  if ((await rooms.pilotTags.find(shop.id)).tag !== tag) return;
  const api = tag === null ? null : await adminApiOf(rooms, shop);
  // Without access nobody knows who has it: they stay as they are until somebody opens the app.
  if (tag !== null && api === null) return;
  const tagged: Tagged | null = tag === null || api === null ? null : { api, tag };
  const next = page.phase === "come" ? await takeIn(rooms, shop, tagged, page) : await letGo(rooms, shop, tagged, page);
  if (next === null) return rooms.pilotTags.noteRead(shop.id, tag, page.members);
  await rooms.queue.send([jobOf(shop, tag, next)], { lane: "bulk" });
}

type Page = ReadPilotTagJob["page"];

/** Null where the pilot has no tag: then all who came by one go. */
interface Tagged {
  readonly api: AdminApi;
  readonly tag: string;
}

async function takeIn(rooms: Rooms, shop: Shop, tagged: Tagged | null, page: Page): Promise<Page> {
  if (tagged === null) return { phase: "go", after: null, members: 0 };
  const { customerIds, next } = await listTagged(tagged.api, tagged.tag, page.after);
  await change(rooms, shop, tagged.tag, { customerIds, isIn: true });
  const members = page.members + customerIds.length;
  return next === null ? { phase: "go", after: null, members } : { phase: "come", after: next, members };
}

async function letGo(rooms: Rooms, shop: Shop, tagged: Tagged | null, page: Page): Promise<Page | null> {
  const { customerIds, next } = await rooms.ledger.pilotMembers(shop.id, page.after ?? "0", "tag");
  for (const some of chunksOf(customerIds, TAGS_PER_CALL)) {
    const kept = tagged === null ? new Set<string>() : await stillTagged(tagged.api, tagged.tag, some);
    const gone = some.filter((id) => !kept.has(id));
    if (gone.length > 0) await change(rooms, shop, tagged?.tag ?? null, { customerIds: gone, isIn: false });
  }
  return next === null ? null : { ...page, after: next };
}

/** Unless another tag was chosen while Shopify was asked: that one's reading has the last word. */
async function change(
  rooms: Rooms,
  shop: Shop,
  tag: string | null,
  who: { readonly customerIds: readonly string[]; readonly isIn: boolean },
): Promise<void> {
  if ((await rooms.pilotTags.find(shop.id)).tag !== tag) return;
  const changed = await changePilot(rooms, shop, { ...who, way: "tag", by: "sweep" });
  if (changed === null) throw new Error("Accounts of the pilot changed every time.");
}

function jobOf({ domain }: Shop, tag: string | null, page: Page): ReadPilotTagJob {
  return { kind: "read-pilot-tag", shop: domain, tag, page };
}
