/** A shop's program: immutable versions, each in force from a moment on. */

import { DEFAULT_TIME_ZONE } from "./calendar.ts";
import { type ExpiryRule, type ExpiryTerm, expiryTerms } from "./expiry.ts";
import { type GroupMemberships, NO_MEMBERSHIPS } from "./product-groups.ts";
import type { Reward } from "./rewards.ts";
import type { TierRules } from "./tiers.ts";

export interface ProgramVersion {
  /** 1, 2, 3 … in the order of publishing. */
  readonly version: number;
  readonly inForceFromMs: number;
  readonly publishedAtMs: number;
  readonly program: Program;
  /** `staff:` and the number of whoever published it, or `operator`; not known of those from before it was written down. */
  readonly publishedBy?: string | null;
}

export interface Program {
  /** `points` for every `perMinor` minor units of the shop's currency: 10 points per 100.00 EUR is 10 / 10000. */
  readonly earn: { readonly points: number; readonly perMinor: number };
  /** The return window: points wait this long after the order was processed. */
  readonly pendingDays: number;
  readonly rewards: readonly Reward[];
  /** Null = points do not expire. */
  readonly expiry: ExpiryRule | null;
  /** What was spent and cannot be taken back any more is owed and paid by coming points; or it is forgiven ("stop at zero"). */
  readonly owing: "owe" | "stop-at-zero";
  /** Whether points spent on an order come back as the order is refunded. */
  readonly returnSpent: boolean;
  /** Who earns: everybody with a customer number who has not left, only those who joined, or only those on the pilot's list. */
  readonly membership: "everybody" | "joined" | "pilot";
  /** While it is paused nobody earns and nobody chooses a reward; what is there stays, and codes go on being good. */
  readonly state: "live" | "paused";
  readonly exclusions: Exclusions;
  /** Whether the tax on what earns earns, too; it does whether prices include it or it is added to them. */
  readonly taxEarns: boolean;
  /** Null = there are no tiers. */
  readonly tiers: TierRules | null;
}

/** What earns nothing, besides gift cards and tips: products, all products of a vendor, of a collection or with a tag, and orders from a channel. */
export interface Exclusions {
  readonly productIds: readonly string[];
  readonly vendors: readonly string[];
  readonly channels: readonly string[];
  /** Shopify's numbers. */
  readonly collectionIds: readonly string[];
  readonly tags: readonly string[];
}

export const NO_EXCLUSIONS: Exclusions = { productIds: [], vendors: [], channels: [], collectionIds: [], tags: [] };

/** What a program does where it does not say. */
export const PROGRAM_DEFAULTS = {
  expiry: null,
  owing: "owe",
  returnSpent: true,
  membership: "everybody",
  state: "live",
  exclusions: NO_EXCLUSIONS,
  taxEarns: false,
  tiers: null,
} as const satisfies Partial<Program>;

/** A shop's published versions, oldest first, and the rules of expiry that follow from all of them together. */
export interface Programs {
  readonly versions: readonly ProgramVersion[];
  readonly expiry: readonly ExpiryTerm[];
}

export function programsOf(versions: readonly ProgramVersion[]): Programs {
  return { versions, expiry: expiryTerms(versions) };
}

/** What a decision needs to know of a shop. */
export interface ShopRules extends Programs {
  readonly currency: string;
  /** By its name in the tz database. */
  readonly timeZone: string;
  /** Which groups the products were in that the decision is about. */
  readonly productGroups: GroupMemberships;
}

export function shopRules(
  currency: string,
  versions: readonly ProgramVersion[],
  timeZone: string = DEFAULT_TIME_ZONE,
  productGroups: GroupMemberships = NO_MEMBERSHIPS,
): ShopRules {
  return { currency, timeZone, productGroups, ...programsOf(versions) };
}

/** What can be chosen under a version: nothing while the program is paused, or before the first. */
export function rewardsOffered(version: ProgramVersion | null): readonly Reward[] {
  return version === null || version.program.state === "paused" ? [] : version.program.rewards;
}

/** A version by its number; null for "before the first version". */
export function versionOf(rules: ShopRules, number: number | null): ProgramVersion | null {
  return rules.versions.find((version) => version.version === number) ?? null;
}

/** What "before the first version" is recorded as, so that a later, back-dated version cannot change it. */
export const NO_PROGRAM_VERSION = 0;

/** The version in force at a moment: the latest begun; of two begun at the same time, the one published later. */
export function versionInForce(versions: readonly ProgramVersion[], atMs: number): ProgramVersion | null {
  let found: ProgramVersion | null = null;
  for (const version of versions) {
    if (version.inForceFromMs > atMs) continue;
    const isLater =
      found === null ||
      version.inForceFromMs > found.inForceFromMs ||
      (version.inForceFromMs === found.inForceFromMs && version.version > found.version);
    if (isLater) found = version;
  }
  return found;
}

/** The version in force and those to come: what they name is what a shop needs from now on. */
export function currentVersions(versions: readonly ProgramVersion[], nowMs: number): ProgramVersion[] {
  const inForce = versionInForce(versions, nowMs);
  return versions.filter((one) => one === inForce || one.inForceFromMs > nowMs);
}
