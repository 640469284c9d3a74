/** The collections and tags that programs exclude are read at Shopify: before a version names them, and each day while it is in force. */
import { excludedGroups, groupKey, type ProductGroup } from "../domain/product-groups.ts";
import { type Program, type ProgramVersion, versionInForce } from "../domain/program.ts";
import type { Refusal, UnreadGroups } from "../domain/refusal.ts";
import { faultFields, logEvent } from "../log.ts";
import type { KnownGroup } from "../program/product-groups.ts";
import { readProgram } from "../program/read-program.ts";
import type { AdminApi } from "../shopify/admin-api.ts";
import { AdminApiFailure } from "../shopify/admin-failure.ts";
import { type GroupReading, LARGEST_GROUP, mayReadGroups, readGroup } from "../shopify/product-groups.ts";
import type { Shop } from "../shops/shops.ts";
import { adminApiOf, booksOf, type Rooms, rulesOf } from "./rooms.ts";

const PAGE = 250;
/** So many pages somebody waits for; what is larger is read by a job. */
const PAGES_WAITED_FOR = 20;
const HOUR_MS = 3_600_000;
/** What was read so lately needs no further reading by the same job. */
const JUST_READ_MS = 10 * 60_000;

/**
 * Reads the groups that a program excludes, so that all orders from now on are settled by them. Null when they are known; otherwise why they
 * are not. What is too large to wait for is read by a job, and known then.
 */
export async function readGroupsOf(
  rooms: Rooms,
  shop: Shop,
  program: Program,
  versions: readonly ProgramVersion[],
): Promise<Refusal | null> {
  const groups = excludedGroups(program.exclusions);
  if (groups.length === 0) return null;
  const refuse = (why: UnreadGroups["why"], some: readonly ProductGroup[]) =>
    ({ code: "unread-groups", why, groups: some.map(groupKey) }) as const;
  const api = await adminApiOf(rooms, shop);
  if (api === null) return refuse("away", groups);
  if (!mayReadGroups(shop.scopes)) return refuse("denied", groups);
  const known = new Map((await rooms.groups.known(shop.id)).map((group) => [group.key, group]));
  let pagesLeft = PAGES_WAITED_FOR;
  for (const group of groups) {
    const before = known.get(groupKey(group));
    const isLarge = before !== undefined && before.products >= pagesLeft * PAGE;
    if (isLarge && before.readAtMs > rooms.nowMs() - HOUR_MS) continue;
    const reading = isLarge ? ({ kind: "unfinished" } as const) : await readOrAway(api, shop, group, pagesLeft);
    if (reading.kind === "unfinished") {
      await rooms.queue.send([{ kind: "read-groups", shop: shop.domain }], { lane: "bulk" });
      return refuse("under-way", [group]);
    }
    if (reading.kind !== "read") return refuse(reading.kind, [group]);
    pagesLeft = Math.max(1, pagesLeft - Math.ceil(reading.productIds.length / PAGE));
    if (!(await note(rooms, shop, group, reading, versions)))
      return { code: "try-again", detail: "Somebody else has published meanwhile." };
  }
  return null;
}

async function readOrAway(
  api: AdminApi,
  shop: Shop,
  group: ProductGroup,
  mostPages: number,
): Promise<GroupReading | { readonly kind: "away" }> {
  try {
    return await readGroup(api, group, mostPages);
  } catch (fault) {
    if (!(fault instanceof AdminApiFailure)) throw fault;
    // Asked too much for the moment: a job has more time.
    if (fault.kind === "throttled") return { kind: "unfinished" };
    logEvent({ event: "fault", work: "read-groups", shop: shop.domain, ...faultFields(fault) });
    return { kind: "away" };
  }
}

/** The version in force and those to come: their groups are read each day. */
function currentVersions(versions: readonly ProgramVersion[], nowMs: number): ProgramVersion[] {
  const inForce = versionInForce(versions, nowMs);
  return versions.filter((one) => one === inForce || one.inForceFromMs > nowMs);
}

/** Queues the day's reading, for a shop whose program names groups. */
export async function readGroupsLater(rooms: Rooms, shop: Shop): Promise<void> {
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id }], { open: false });
  const { versions } = await rulesOf(rooms, shop, booksOf(books, shop));
  const groups = currentVersions(versions, nowMs).flatMap(({ program }) => excludedGroups(program.exclusions));
  if (groups.length > 0) await rooms.queue.send([{ kind: "read-groups", shop: shop.domain }], { lane: "bulk" });
}

/**
 * Reads the groups of the version in force, of those to come and of the draft, those that were read longest ago first. Throws where Shopify does
 * not answer: it comes again by the queue, and goes on with those that it had not read.
 */
export async function readGroups(rooms: Rooms, shop: Shop): Promise<void> {
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id }], { open: false });
  const { versions } = await rulesOf(rooms, shop, booksOf(books, shop));
  const draft = readProgram((await rooms.desk.draft(shop.id)).content);
  const programs = currentVersions(versions, nowMs).map(({ program }) => program);
  if ("program" in draft) programs.push(draft.program);
  const groups = programs.flatMap(({ exclusions }) => excludedGroups(exclusions));
  const known = new Map((await rooms.groups.known(shop.id)).map((group) => [group.key, group]));
  const readAt = (key: string) => known.get(key)?.readAtMs ?? 0;
  const due = [...new Map(groups.map((group) => [groupKey(group), group]))]
    .filter(([key]) => readAt(key) < nowMs - JUST_READ_MS)
    .sort(([a], [b]) => readAt(a) - readAt(b));
  const api = due.length > 0 ? await adminApiOf(rooms, shop) : null;
  if (api === null) return;
  for (const [key, group] of due) await readOne(rooms, shop, api, group, { versions, known: known.get(key) });
}

async function readOne(
  rooms: Rooms,
  shop: Shop,
  api: AdminApi,
  group: ProductGroup,
  { versions, known }: { readonly versions: readonly ProgramVersion[]; readonly known: KnownGroup | undefined },
): Promise<void> {
  const reading = await readGroup(api, group, LARGEST_GROUP / PAGE);
  // A collection that was deleted holds nothing.
  const held = reading.kind === "gone" && known ? { title: known.title, productIds: [] } : reading;
  if ("productIds" in held) {
    if (!(await note(rooms, shop, group, held, versions)))
      throw new Error("A version was published while its groups were read.");
  } else logEvent({ event: "fault", work: "read-groups", shop: shop.domain, fault: "GroupUnread", code: reading.kind });
}

/** False where somebody has published meanwhile. */
function note(
  rooms: Rooms,
  shop: Shop,
  group: ProductGroup,
  { title, productIds }: { readonly title: string; readonly productIds: readonly string[] },
  versions: readonly ProgramVersion[],
): Promise<boolean> {
  const key = groupKey(group);
  const isNamed = versions.some(({ program }) =>
    excludedGroups(program.exclusions).some((one) => groupKey(one) === key),
  );
  const seenVersion = versions.at(-1)?.version ?? 0;
  return rooms.groups.note(shop.id, { key, title, productIds }, { seenVersion, isNamed });
}
