/**
 * The collections and tags that programs exclude are read at Shopify: before a version names them, each day while it is in force, and when staff ask.
 * A reading that suddenly misses most of what was known is not believed before a second one says so, too.
 */
import { excludedGroups, groupKey, losesMost, type ProductGroup } from "../domain/product-groups.ts";
import { currentVersions, type Program, type ProgramVersion } from "../domain/program.ts";
import type { Refusal, UnreadGroups } from "../domain/refusal.ts";
import { faultFields, logEvent } from "../log.ts";
import { noteOf, staffActor } from "../program/audit.ts";
import type { GroupReadingState, KnownGroup } from "../program/product-groups.ts";
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
/** What was read within the hour needs no further reading, unless somebody asks for it: looking again at one group reads no other one. */
const JUST_READ_MS = HOUR_MS;
/** So long a doubt lasts at the least. */
const DOUBT_MS = 10 * 60_000;
/** When a doubtful reading is made again. */
const DOUBT_SECONDS = 11 * 60;

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
  const [known, readings] = await knownOf(rooms, shop);
  let pagesLeft = PAGES_WAITED_FOR;
  for (const group of groups) {
    const before = known.get(groupKey(group));
    const last = readings.get(groupKey(group));
    const isLately = (atMs: number | null | undefined) => (atMs ?? 0) > rooms.nowMs() - HOUR_MS;
    if (last?.outcome === "too-large" && isLately(last.endedAtMs)) return refuse("too-large", [group]);
    const isLarge = before !== undefined && before.products >= pagesLeft * PAGE;
    const reading = isLarge ? ({ kind: "unfinished" } as const) : await readOrAway(api, shop, group, pagesLeft);
    if (reading.kind === "unfinished") {
      // Only a job reads it to its end, as it is large or its pages bring few: what one has found lately holds.
      if (isLately(before?.readAtMs)) continue;
      await rooms.groups.ask(shop.id, [groupKey(group)]);
      await readLater(rooms, shop);
      return refuse("under-way", [group]);
    }
    if (reading.kind !== "read") return refuse(reading.kind, [group]);
    pagesLeft = Math.max(1, pagesLeft - Math.ceil(reading.productIds.length / PAGE));
    if (!(await take(rooms, shop, group, reading, { versions, known: before, last })))
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

/** Queues the day's reading, for a shop whose program names groups: the version in force, or one to come. */
export async function readGroupsLater(rooms: Rooms, shop: Shop): Promise<void> {
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id }], { open: false });
  const { versions } = await rulesOf(rooms, shop, booksOf(books, shop));
  const groups = currentVersions(versions, nowMs).flatMap(({ program }) => excludedGroups(program.exclusions));
  if (groups.length > 0) await readLater(rooms, shop);
}

async function readLater(rooms: Rooms, { domain }: Shop, delaySeconds = 0): Promise<void> {
  await rooms.queue.send([{ kind: "read-groups", shop: domain }], { lane: "bulk", delaySeconds });
}

/** Staff have these groups read now. */
export async function readGroupsNow(rooms: Rooms, shop: Shop, staffId: string, keys: readonly string[]): Promise<void> {
  const act = { actor: staffActor(staffId), action: "groups-read", detail: { groups: keys.length } } as const;
  await rooms.groups.ask(shop.id, keys, noteOf(shop.id, act));
  await readLater(rooms, shop);
}

async function knownOf(
  rooms: Rooms,
  shop: Shop,
): Promise<[ReadonlyMap<string, KnownGroup>, ReadonlyMap<string, GroupReadingState>]> {
  const [known, readings] = await Promise.all([rooms.groups.known(shop.id), rooms.groups.readings(shop.id)]);
  return [new Map(known.map((group) => [group.key, group])), readings];
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
  const [known, readings] = await knownOf(rooms, shop);
  const readAt = (key: string) => Math.max(known.get(key)?.readAtMs ?? 0, readings.get(key)?.endedAtMs ?? 0);
  const isDue = (key: string) => {
    const last = readings.get(key);
    const enoughMs = last?.outcome === "doubted" ? DOUBT_MS : JUST_READ_MS;
    return readAt(key) < Math.max(nowMs - enoughMs, last?.askedAtMs ?? 0);
  };
  const due = [...new Map(groups.map((group) => [groupKey(group), group]))]
    .filter(([key]) => isDue(key))
    .sort(([a], [b]) => readAt(a) - readAt(b));
  const api = due.length > 0 ? await adminApiOf(rooms, shop) : null;
  if (api === null) return;
  for (const [key, group] of due)
    await readOne(rooms, shop, api, group, { versions, known: known.get(key), last: readings.get(key) });
}

/** Reads one group as far as Shopify lists. What has no end there is too large: it is told as that, and nobody waits for it. */
async function readOne(rooms: Rooms, shop: Shop, api: AdminApi, group: ProductGroup, seen: Seen): Promise<void> {
  const reading = await readGroup(api, group, LARGEST_GROUP / PAGE);
  // A collection that was deleted holds nothing.
  const held = reading.kind === "gone" && seen.known ? { title: seen.known.title, productIds: [] } : reading;
  if ("productIds" in held) {
    if (!(await take(rooms, shop, group, held, seen)))
      throw new Error("A version was published while its groups were read.");
    return;
  }
  const outcome = held.kind === "unfinished" ? "too-large" : held.kind;
  logEvent({ event: "fault", work: "read-groups", shop: shop.domain, fault: "GroupUnread", code: outcome });
  await rooms.groups.ended(shop.id, groupKey(group), outcome);
}

/** What a reading is held against. */
interface Seen {
  readonly versions: readonly ProgramVersion[];
  readonly known: KnownGroup | undefined;
  readonly last: GroupReadingState | undefined;
}

interface Held {
  readonly title: string;
  readonly productIds: readonly string[];
}

/**
 * Writes down what was read. Where most of what was known would be gone that stays as it is, and the group is read again a while later: what is said
 * twice is believed. False where somebody has published meanwhile.
 */
async function take(
  rooms: Rooms,
  shop: Shop,
  group: ProductGroup,
  held: Held,
  { versions, known, last }: Seen,
): Promise<boolean> {
  const [key, found] = [groupKey(group), held.productIds.length];
  const isSaidAgain = (last?.doubtedSinceMs ?? rooms.nowMs()) <= rooms.nowMs() - DOUBT_MS;
  if (known && losesMost(known.products, found) && !isSaidAgain) {
    await rooms.groups.ended(shop.id, key, "doubted", found);
    await readLater(rooms, shop, DOUBT_SECONDS);
    return true;
  }
  if (!(await note(rooms, shop, group, held, versions))) return false;
  await rooms.groups.ended(shop.id, key, "read", found);
  return true;
}

/** False where somebody has published meanwhile. */
function note(
  rooms: Rooms,
  shop: Shop,
  group: ProductGroup,
  { title, productIds }: Held,
  versions: readonly ProgramVersion[],
): Promise<boolean> {
  const key = groupKey(group);
  const isNamed = versions.some(({ program }) =>
    excludedGroups(program.exclusions).some((one) => groupKey(one) === key),
  );
  const seenVersion = versions.at(-1)?.version ?? 0;
  return rooms.groups.note(shop.id, { key, title, productIds }, { seenVersion, isNamed });
}
