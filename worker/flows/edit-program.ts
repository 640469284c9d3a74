/** Staff edit a shop's program: one draft, its difference from what is published in words, and its publication as the next version. */

import { DEFAULT_TIME_ZONE } from "../domain/calendar.ts";
import { DAY_MS } from "../domain/lots.ts";
import { type Program, type ProgramVersion, versionInForce } from "../domain/program.ts";
import { checkProgram, impossibilityInWords, type Warning, warningInWords } from "../domain/program-check.ts";
import { differenceInWords } from "../domain/program-words.ts";
import type { ProgramFault, Refusal } from "../domain/refusal.ts";
import { staffActor } from "../program/audit.ts";
import { type Draft, type DraftToSave, FIRST_REACH_DAYS } from "../program/desk.ts";
import { readProgram } from "../program/read-program.ts";
import type { Shop } from "../shops/shops.ts";
import { readGroupsOf } from "./read-groups.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

export interface ProgramView {
  /** Oldest first. */
  readonly versions: readonly ProgramVersion[];
  /** What is in force now, by the database's clock; null before the first. */
  readonly inForce: ProgramVersion | null;
  readonly draft: Draft;
  /** What the draft would be as a program; null where there is none, or it is none yet. */
  readonly program: Program | null;
  /** What the draft changes of the newest version, in sentences. */
  readonly differences: readonly string[];
  /** Why it cannot be published; empty where it can. */
  readonly faults: readonly ProgramFault[];
  readonly warnings: readonly { readonly code: Warning["code"]; readonly text: string }[];
  /** Where somebody has published since the draft was begun: what that changed. */
  readonly publishedSince: readonly string[];
  readonly nowMs: number;
}

export type DraftAnswer =
  | { readonly kind: "saved"; readonly revision: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export type PublishAnswer =
  | {
      readonly kind: "published";
      readonly version: number;
      readonly inForceFromMs: number;
      readonly differences: readonly string[];
    }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** All that the page of a shop's program shows. */
export async function readProgramView(rooms: Rooms, shop: Shop): Promise<ProgramView> {
  const draft = await rooms.desk.draft(shop.id);
  const { versions, nowMs } = await publishedVersions(rooms, shop);
  const newest = versions.at(-1)?.program ?? null;
  const common = { versions, inForce: versionInForce(versions, nowMs), draft, nowMs };
  const publishedSince = draft.content === null ? [] : changedSince(shop, versions, draft.basedOn);
  if (draft.content === null)
    return { ...common, program: null, differences: [], faults: [], warnings: [], publishedSince };
  const read = readProgram(draft.content);
  if ("faults" in read)
    return { ...common, program: null, differences: [], faults: read.faults, warnings: [], publishedSince };
  const { faults, warnings } = verdictOn(read.program, shop, versions, nowMs);
  const differences = differenceInWords(newest, read.program, shop.currency);
  return { ...common, program: read.program, differences, faults, warnings, publishedSince };
}

/** Saves the draft as it was entered, be it a program yet or not. Who has not seen the newest draft is refused. */
export function saveDraft(rooms: Rooms, shop: Shop, staffId: string, draft: DraftToSave): Promise<DraftAnswer> {
  return saveDraftAs(rooms, shop, staffActor(staffId), draft);
}

/** The same for whoever the actor names: staff, or the operator. */
export async function saveDraftAs(rooms: Rooms, shop: Shop, actor: string, draft: DraftToSave): Promise<DraftAnswer> {
  const { versions } = await publishedVersions(rooms, shop);
  if (draft.basedOn !== 0 && versions.every(({ version }) => version !== draft.basedOn))
    return refuse({ code: "invalid-request", detail: "A draft is based on a version that is published." });
  const revision = await rooms.desk.save(shop.id, actor, draft);
  return revision === null ? await newerDraft(rooms, shop) : { kind: "saved", revision };
}

/** Gives the draft up. Who has not seen the newest one is refused. */
export async function discardDraft(
  rooms: Rooms,
  shop: Shop,
  staffId: string,
  seenRevision: number,
): Promise<DraftAnswer> {
  const revision = await rooms.desk.discard(shop.id, staffActor(staffId), seenRevision);
  return revision === null ? await newerDraft(rooms, shop) : { kind: "saved", revision };
}

/**
 * Publishes the draft as the next version, in force from now on or from a later moment. Of several who publish, one does; the others are told what
 * that one changed. Nothing that is impossible is published.
 */
export function publishDraft(rooms: Rooms, shop: Shop, staffId: string, seen: SeenDraft): Promise<PublishAnswer> {
  return publishDraftAs(rooms, shop, staffActor(staffId), seen);
}

interface SeenDraft {
  readonly revision: number;
  /** Null is now. */
  readonly inForceFromMs: number | null;
}

/** The same for whoever the actor names: staff, or the operator. */
export async function publishDraftAs(
  rooms: Rooms,
  shop: Shop,
  actor: string,
  { revision, inForceFromMs }: SeenDraft,
): Promise<PublishAnswer> {
  const draft = await rooms.desk.draft(shop.id);
  // After the draft: whatever did away with it is among them.
  const { versions, nowMs } = await publishedVersions(rooms, shop);
  const since = newerVersion(shop, versions, seenWith(draft));
  if (draft.revision !== revision || draft.content === null) return since ?? (await newerDraft(rooms, shop));
  if (since) return since;
  const read = readProgram(draft.content);
  if ("faults" in read) return refuse({ code: "impossible-program", reasons: read.faults });
  const { faults } = verdictOn(read.program, shop, versions, inForceFromMs ?? nowMs);
  if (faults.length > 0) return refuse({ code: "impossible-program", reasons: faults });
  const unread = await readGroupsOf(rooms, shop, read.program, versions);
  if (unread) return refuse(unread);
  const published = await rooms.desk.publish(shop.id, {
    program: read.program,
    seenVersion: draft.basedOn,
    seenRevision: revision,
    inForceFromMs,
    actor,
  });
  // What this isolate remembers of the shop names the version before.
  rooms.shops.forget(shop.domain);
  switch (published.outcome) {
    case "published": {
      const before = versions.at(-1)?.program ?? null;
      const { version, inForceFromMs: fromMs } = published;
      const differences = differenceInWords(before, read.program, shop.currency);
      return { kind: "published", version, inForceFromMs: fromMs, differences };
    }
    case "too-early": {
      const reachMs = versions.length === 0 ? FIRST_REACH_DAYS * DAY_MS : 0;
      return refuse({ code: "begins-too-early", earliestMs: published.nowMs - reachMs });
    }
    case "unknown-shop":
      return refuse({ code: "try-again", detail: "The shop is not installed at this moment." });
    case "newer-draft":
    case "newer-version": {
      const later = await publishedVersions(rooms, shop);
      return newerVersion(shop, later.versions, draft.basedOn) ?? (await newerDraft(rooms, shop));
    }
  }
}

/** The versions as of at least this moment, by a load that says which is the newest. */
async function publishedVersions(rooms: Rooms, shop: Shop) {
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id }], { open: false });
  const { versions } = await rulesOf(rooms, shop, booksOf(books, shop));
  return { versions, nowMs };
}

function verdictOn(
  program: Program,
  { currency, timeZone }: Shop,
  versions: readonly ProgramVersion[],
  beginsAtMs: number,
) {
  const { impossible, warnings } = checkProgram(program, { versions, beginsAtMs });
  return {
    faults: impossible.map((fault) => ({ code: fault.code, text: impossibilityInWords(fault, currency) })),
    warnings: warnings.map((warning) => ({
      code: warning.code,
      text: warningInWords(warning, timeZone ?? DEFAULT_TIME_ZONE),
    })),
  };
}

function changedSince({ currency }: Shop, versions: readonly ProgramVersion[], basedOn: number): readonly string[] {
  const newest = versions.at(-1);
  if (!newest || newest.version <= basedOn) return [];
  const before = versions.find(({ version }) => version === basedOn)?.program ?? null;
  return differenceInWords(before, newest.program, currency);
}

/**
 * The newest version that whoever has this draft has seen. Whoever published did away with the draft: what they published is the better answer. Of
 * one that was given up there is nothing to tell.
 */
function seenWith({ content, basedOn }: Draft): number {
  if (content !== null) return basedOn;
  return basedOn === 0 ? Number.POSITIVE_INFINITY : basedOn - 1;
}

/** What somebody published after the version that was seen; null where nobody did. */
function newerVersion(shop: Shop, versions: readonly ProgramVersion[], seen: number) {
  const newest = versions.at(-1);
  if (!newest || newest.version <= seen) return null;
  const { version, publishedAtMs, publishedBy = null } = newest;
  const differences = changedSince(shop, versions, seen);
  return refuse({ code: "newer-version", version, publishedBy, publishedAtMs, differences });
}

async function newerDraft(rooms: Rooms, shop: Shop) {
  const { revision, savedBy } = await rooms.desk.draft(shop.id);
  return refuse({ code: "newer-draft", revision, savedBy });
}

function refuse(refusal: Refusal) {
  return { kind: "refused", refusal } as const;
}
