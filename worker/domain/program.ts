/** A shop's program: immutable versions, each in force from a moment on. */
import type { Reward } from "./rewards.ts";

export interface ProgramVersion {
  /** 1, 2, 3 … in the order of publishing. */
  readonly version: number;
  readonly inForceFromMs: number;
  readonly program: Program;
}

export interface Program {
  /** `points` for every `perMinor` minor units of the shop's currency: 10 points per 100.00 EUR is 10 / 10000. */
  readonly earn: { readonly points: number; readonly perMinor: number };
  /** The return window: points wait this long after the order was processed. */
  readonly pendingDays: number;
  readonly rewards: readonly Reward[];
}

/** What a decision needs to know of a shop. */
export interface ShopRules {
  readonly currency: string;
  readonly versions: readonly ProgramVersion[];
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
