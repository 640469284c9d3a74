/** Writes members' balances to their customers' metafields: the newest one stays, whoever writes when, and what is there already is not written. */

import type { Account } from "../domain/account.ts";
import { accountAt, type DatedAccount } from "../domain/due.ts";
import { lastDayBefore } from "../domain/expiry.ts";
import { isInPilotAt, ownWordAt } from "../domain/members.ts";
import { type Standing, standingAt } from "../domain/tiers.ts";
import { logEvent } from "../log.ts";
import type { AdminApi } from "../shopify/admin-api.ts";
import {
  callsOf,
  type MetafieldGroup,
  memberMetafields,
  NO_TIER,
  readPainted,
  type SetOutcome,
  type ShownMember,
  setMetafields,
} from "../shopify/metafields.ts";
import type { Painted, PaintedNow, Remembered } from "../shops/paintings.ts";
import type { Shop } from "../shops/shops.ts";
import { chunksOf } from "./jobs.ts";
import { expiringOf, maturingOf } from "./read-member.ts";
import { adminApiOf, booksOf, type Rooms, rulesOf } from "./rooms.ts";
import { sha256 } from "./sha256.ts";
import { type TaggedMember, tagMembers, tagOf, tagsOf } from "./tag-members.ts";

/** So many are read at once: what is known of them is then not old when the last of them is written. */
const MEMBERS_AT_ONCE = 250;
const ROUNDS = 5;
/** A date cannot be empty, and taking a metafield away cannot be guarded: this day is not before any other. */
const NEVER = "9999-12-31";

/** Of customers who were looked at, because what is remembered of them was wrong. */
export interface PaintEnd {
  readonly lookedAt: number;
}

/**
 * Writes the newest balances of these members. What is remembered of a member's metafields, or seen at Shopify, is read before the ledger,
 * and the write replaces that and nothing else: so each write was decided on a later state than the one it replaces. Whoever is overtaken
 * looks again. `anew` writes what is thought to be there already. A shop without a token has no storefront to paint.
 */
export async function paintMembers(
  rooms: Rooms,
  shop: Shop,
  memberIds: readonly string[],
  { anew = false }: { readonly anew?: boolean } = {},
): Promise<PaintEnd> {
  const api = await adminApiOf(rooms, shop);
  let lookedAt = 0;
  if (!api) return { lookedAt };
  for (const some of chunksOf([...new Set(memberIds)], MEMBERS_AT_ONCE)) {
    let overtaken = await paintRound({ rooms, shop, api }, some, await remember(rooms, shop, some, anew));
    for (let round = 2; overtaken.length > 0; round++) {
      if (round > ROUNDS) throw new Error("Members could not be painted: every round was overtaken.");
      lookedAt += overtaken.length;
      const shown = await readPainted(
        api,
        overtaken.map(({ customerId }) => customerId),
      );
      const again = overtaken.map(({ memberId }) => memberId);
      const remembered = await rooms.paintings.remembered(shop.id, again);
      overtaken = await paintRound({ rooms, shop, api }, again, ({ customerId, memberId }) => {
        return { ...asSeen(shown.get(customerId ?? "")), tag: remembered.get(memberId)?.tag ?? null, isUnsure: true };
      });
    }
  }
  return { lookedAt };
}

/** What an account's metafields say. */
type Known = (account: Account) => Remembered & { readonly isUnsure: boolean };

const NOTHING: Painted = { content: null, digest: null, points: null, nextExpiry: null, tier: null };

async function remember(rooms: Rooms, shop: Shop, memberIds: readonly string[], anew: boolean): Promise<Known> {
  const remembered = await rooms.paintings.remembered(shop.id, memberIds);
  return ({ memberId }) => {
    const known = { tag: null, ...(remembered.get(memberId) ?? NOTHING), isUnsure: anew };
    if (!anew) return known;
    const { nextExpiry, tier } = known;
    return { ...known, content: null, points: null, nextExpiry: nextExpiry && "", tier: tier && "" };
  };
}

function asSeen(shown: ShownMember | undefined): Painted {
  return { ...NOTHING, ...shown };
}

interface Place {
  readonly rooms: Rooms;
  readonly shop: Shop;
  readonly api: AdminApi;
}

interface Overtaken {
  readonly memberId: string;
  readonly customerId: string;
}

/** Reads the ledger, writes what differs, notes what was written. Returns whose metafields had changed meanwhile. */
async function paintRound(
  { rooms, shop, api }: Place,
  memberIds: readonly string[],
  known: Known,
): Promise<Overtaken[]> {
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, memberIds }], { open: false });
  const codes = Map.groupBy(await rooms.ledger.liveCodes(shop.id, memberIds), ({ memberId }) => memberId);
  const own = booksOf(books, shop);
  const rules = await rulesOf(rooms, shop, own);
  const strokes: Stroke[] = [];
  const tagged: TaggedMember[] = [];
  // Whoever was merged, forgotten or never there has nothing to be written, and so has whoever's metafields are right.
  const idle = new Set(memberIds);
  for (const account of own.accounts) {
    const { customerId } = account;
    if (customerId === null) continue;
    const { memberId, progress } = account;
    const standing = standingAt(progress, rules, nowMs);
    const word = { joined: ownWordAt(account, nowMs), pilot: isInPilotAt(account, nowMs) };
    const summary = memberSummary(accountAt(account, rules, nowMs), standing, word, codes.get(memberId) ?? []);
    const there = known(account);
    const tag = tagOf(rules, standing.tier, nowMs);
    tagged.push({ memberId, customerId, tag, known: there.tag, isUnsure: there.isUnsure });
    const stroke = await strokeOf({ account, customerId }, summary, there);
    if (stroke === null) continue;
    idle.delete(account.memberId);
    strokes.push(stroke);
  }
  await rooms.paintings.excuse(shop.id, [...idle]);
  const overtaken: Overtaken[] = [];
  for (const call of callsOf(strokes)) {
    const outcomes = await setMetafields(
      api,
      call.map(({ group }) => group),
    );
    const ends = call.flatMap((stroke, index) => endOf(shop, stroke, outcomes[index] ?? { kind: "stale" }) ?? []);
    await rooms.paintings.note(shop.id, nowMs, ends);
    overtaken.push(...call.filter((_, index) => outcomes[index]?.kind === "stale"));
  }
  return [...overtaken, ...(await tagMembers({ rooms, shop, api }, tagged, tagsOf(rules)))];
}

/** A member's metafields as they are to be written, and what is to be remembered of them. */
interface Stroke extends Overtaken {
  readonly group: MetafieldGroup;
  readonly painted: PaintedNow;
}

/** Null where it is there already. The balance is always written with the rest: its digest stands for all of them. */
async function strokeOf(
  { account, customerId }: { readonly account: Account; readonly customerId: string },
  summary: Summary,
  known: Painted,
): Promise<Stroke | null> {
  const { memberId, version } = account;
  const loyalty = JSON.stringify({ ...summary.loyalty, version });
  const content = await sha256(loyalty);
  if (content === known.content) return null;
  const { points } = summary;
  const nextExpiry = summary.nextExpiry ?? (known.nextExpiry === null ? null : NEVER);
  const tier = summary.tier ?? (known.tier === null ? null : NO_TIER);
  const values = {
    loyalty,
    ...(points === known.points ? {} : { points }),
    ...(nextExpiry === null || nextExpiry === known.nextExpiry ? {} : { nextExpiry }),
    ...(tier === null || tier === known.tier ? {} : { tier }),
  };
  return {
    memberId,
    customerId,
    group: memberMetafields(customerId, values, known.digest),
    painted: { memberId, version, content, digest: null, points, nextExpiry, tier },
  };
}

/** What is remembered of a write; null where it is to be tried again. */
function endOf(shop: Shop, { painted }: Stroke, outcome: SetOutcome): PaintedNow | null {
  if (outcome.kind === "stale") return null;
  if (outcome.kind === "set") return { ...painted, digest: outcome.digest };
  // A customer who is gone at Shopify is nobody's fault. Until the member's next change it is not tried again.
  if (outcome.code !== "INVALID")
    logEvent({
      event: "fault",
      work: "paint-members",
      shop: shop.domain,
      fault: "MetafieldRefused",
      code: outcome.code,
    });
  return { ...painted, content: null, points: null, nextExpiry: null, tier: null };
}

interface LiveCode {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly endsAtMs: number;
  /** The order must be worth at least this; null = no minimum. */
  readonly minimumMinor: number | null;
}

/** What decides, with the program, whether somebody is a member: Liquid puts the two together. */
interface OwnWord {
  /** Null = they never said. */
  readonly joined: boolean | null;
  readonly pilot: boolean;
}

type Summary = ReturnType<typeof memberSummary>;

/** For Liquid in epoch seconds, because its `date: '%s'` speaks them; for segments a number and a day. */
function memberSummary(
  account: DatedAccount,
  { tier, untilMs, next }: Standing,
  { joined, pilot }: OwnWord,
  codes: readonly LiveCode[],
) {
  const dated = ({ points, atMs }: { points: number; atMs: number }) => ({ points, at: Math.floor(atMs / 1000) });
  const expiring = expiringOf(account);
  const loyalty = {
    v: 1,
    available: account.available,
    pending: account.pending,
    held: account.held,
    owed: account.owed,
    ...(joined === null ? {} : { joined }),
    ...(pilot ? { pilot } : {}),
    maturing: maturingOf(account).map(dated),
    expiring: expiring.map(dated),
    // Nothing of it where the program has no tiers.
    ...(tier
      ? {
          tier: {
            id: tier.id,
            name: tier.name,
            multiplier: tier.multiplier,
            until: untilMs && Math.floor(untilMs / 1000),
          },
        }
      : {}),
    ...(next ? { next_tier: { id: next.tier.id, name: next.tier.name, missing: next.missing } } : {}),
    codes: codes.map(({ id, code, name, endsAtMs, minimumMinor }) => ({
      ...{ id, code, name, ends_at: Math.floor(endsAtMs / 1000) },
      ...(minimumMinor === null ? {} : { minimum_minor: minimumMinor }),
    })),
  };
  const [soonest] = expiring;
  const nextExpiry = soonest ? lastDayBefore(soonest.atMs) : null;
  return { loyalty, points: account.available, nextExpiry, tier: tier?.id ?? null };
}
