/** The expected "no"s. Each has one row in http/problem.ts; a new one without a row does not compile. */
export type Refusal =
  | { readonly code: "invalid-request"; readonly detail: string }
  /** Nobody chooses a reward while the program is paused. */
  | { readonly code: "program-paused" }
  | { readonly code: "unknown-reward"; readonly rewardId: string }
  | { readonly code: "insufficient-points"; readonly needed: number; readonly available: number }
  | { readonly code: "different-request"; readonly id: string }
  | { readonly code: "unknown-redemption"; readonly redemptionId: string }
  | { readonly code: "already-used"; readonly redemptionId: string }
  | { readonly code: "reward-refused"; readonly redemptionId: string }
  | { readonly code: "tier-required"; readonly rewardId: string; readonly tiers: readonly string[] }
  | { readonly code: "reward-sold-out"; readonly rewardId: string }
  | {
      readonly code: "reward-limit-reached";
      readonly rewardId: string;
      readonly times: number;
      readonly days: number | null;
    }
  | { readonly code: "reward-unavailable"; readonly rewardId: string }
  | { readonly code: "credit-under-way"; readonly rewardId: string }
  | { readonly code: "not-permitted" }
  | { readonly code: "budget-spent"; readonly budget: number; readonly given: number }
  | { readonly code: "changed-meanwhile" }
  | { readonly code: "try-again"; readonly detail: string }
  | {
      /** Somebody has published since; `differences` says what, in sentences. */
      readonly code: "newer-version";
      readonly version: number;
      readonly publishedBy: string | null;
      readonly publishedAtMs: number;
      readonly differences: readonly string[];
    }
  /** Somebody has saved or given up the draft since; `revision` is the one there is now. */
  | { readonly code: "newer-draft"; readonly revision: number; readonly savedBy: string | null }
  /** A version begins now or later; a shop's first one may begin as early as this. */
  | { readonly code: "begins-too-early"; readonly earliestMs: number }
  /** What was entered is no program, or an impossible one. */
  | { readonly code: "impossible-program"; readonly reasons: readonly ProgramFault[] }
  | UnreadGroups;

/** What is in collections or tags that the program excludes could not be read at Shopify. `groups` are their keys. */
export interface UnreadGroups {
  readonly code: "unread-groups";
  /** The shop has not allowed it; Shopify does not answer; there is no such collection; it is large, and being read; or it is too large to be read. */
  readonly why: "denied" | "away" | "gone" | "under-way" | "too-large";
  readonly groups: readonly string[];
}

/** What is wrong with a program: a name for machines, and a sentence for staff. */
export interface ProgramFault {
  readonly code: string;
  readonly text: string;
}
