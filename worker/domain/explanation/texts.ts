/**
 * What an explanation says, as functions of facts: one implementation per language, in files of their own. A text that is missing in a
 * language, or that forgets a fact it should take, does not compile. The texts speak to shopper and merchant alike: no "you".
 */
import type { ExpiryRule } from "../expiry.ts";
import type { GroupKind } from "../product-groups.ts";
import type { SettlementReason } from "../settlement.ts";
import type { Numbers } from "./numbers.ts";

/** The name of an order or a reward; null where none is known. */
export type Name = string | null;

/**
 * Why an order is worth less than before, or nothing. What is not among them takes nothing back: an order of which nothing is known, that is
 * older than the program or whose customer takes no part has been worth nothing from the start, and these three are decided once.
 */
export type LossReason =
  | Exclude<SettlementReason, "unknown-state" | "before-program" | "not-a-member" | "paused">
  | "order-moved";

/** The pots that an entry moves points between. */
export type Pot = "pending" | "available" | "held" | "owed";

/** A number that an arithmetic line adds or takes away. */
export type Term =
  | Pot
  | "worthNow"
  | "before"
  | "forgivenBefore"
  | "lapsedNow"
  | "forgivenNow"
  | "backNow"
  | "backBefore"
  | "price";

export interface ExplanationTexts extends Numbers {
  /** "1 point", "2 points". */
  readonly points: (count: number) => string;
  /** "10 points per 100.00 EUR". */
  readonly rate: (points: number, per: string) => string;
  readonly sentences: Sentences;
  readonly steps: Steps;
  /** What a number stands for, as it follows the number in brackets: "500 (pending)". */
  readonly terms: Readonly<Record<Term, string>>;
}

/** Whole sentences of the summary: what happened and why. */
export interface Sentences {
  readonly earned: (order: Name, points: number, from: { amount: string; rate: string } | null) => string;
  readonly earnedMore: (order: Name, points: number, worth: { now: number; before: number }) => string;
  readonly usableFrom: (points: number, date: string) => string;
  readonly usableNow: (points: number) => string;
  /** `why` is one of `losses` or `expiries`. */
  readonly takenBack: (points: number, why: string) => string;
  readonly worthNow: (worth: { now: number; before: number }) => string;
  readonly owed: (points: number) => string;
  readonly forgiven: (points: number) => string;
  /** Points of an order that need no taking back. */
  readonly lapsed: (points: number) => string;
  /** Points that paid what was owed. */
  readonly repaid: (points: number) => string;
  readonly matured: (order: Name, points: number) => string;
  readonly expired: (points: number, why: string) => string;
  readonly held: (reward: Name, points: number) => string;
  /** Of a reward that is no code: points that come back should it not come about. */
  readonly chosen: (reward: Name, points: number) => string;
  readonly donated: (cause: Name, points: number) => string;
  readonly used: (reward: Name, order: Name, points: number) => string;
  readonly donationMade: (cause: Name, points: number) => string;
  /** Of a reward that needed no order. */
  readonly received: (reward: Name, points: number) => string;
  readonly notReceived: (reason: ReleaseText, reward: Name, points: number) => string;
  readonly released: (reason: ReleaseText, reward: Name, points: number) => string;
  readonly usedAfterRelease: (reward: Name, order: Name, points: number) => string;
  readonly refundUndone: (reward: Name, order: Name, points: number) => string;
  readonly returned: (reason: ReturnText, reward: Name, order: Name, points: number) => string;
  /** By the shop's staff; `reason` in their own words. */
  readonly added: (points: number, reason: Name) => string;
  readonly removed: (points: number, reason: Name) => string;
  readonly opened: (points: number) => string;
  /** The entry gift of a tier. */
  readonly gift: (tier: Name, points: number) => string;
  readonly mergedIn: string;
  readonly mergedOut: string;
  /** Clauses without a full stop. */
  readonly losses: Readonly<Record<LossReason, (order: Name) => string>>;
  readonly expiries: Readonly<Record<ExpiryRule["kind"], (months: number) => string>> & {
    readonly ownDate: string;
    readonly unknown: string;
  };
}

export type ReleaseText = "cancelled" | "expired" | "refused" | "other";
export type ReturnText = "cancelled" | "deleted" | "refunded";

/** The lines of the unfolding. */
export interface Steps {
  readonly order: (order: string) => string;
  readonly line: (amount: string | null, points: number) => string;
  readonly otherLines: (amount: string) => string;
  /** `withTax`: tax earned, too. */
  readonly together: (amount: string, withTax: boolean) => string;
  /** Money was refunded beyond the lines: this much of the order is left, and every line counts in that proportion. */
  readonly kept: (left: string, of: string) => string;
  readonly paid: (paid: string, of: string) => string;
  /** A group whose products earn nothing: a collection by its title, or a tag. */
  readonly notCounted: Readonly<Record<GroupKind, (title: string) => string>>;
  readonly rule: (rate: string) => string;
  readonly multiplier: (times: string) => string;
  readonly orderVersion: (version: number) => string;
  readonly rewardVersion: (version: number) => string;
  readonly giftVersion: (version: number) => string;
  /** No program version was in force. */
  readonly noVersion: string;
  readonly worth: (sum: string) => string;
  readonly roundedDown: (exact: string, points: number) => string;
  readonly reward: (reward: string) => string;
  readonly price: (points: number) => string;
  /** The share of the reward's discount that was refunded. */
  readonly refunded: (part: string, of: string) => string;
  readonly allBack: string;
  readonly back: (sum: string) => string;
  /** How one pot changed: `change` is "+500 points". */
  readonly pots: Readonly<Record<Pot, (change: string) => string>>;
  readonly pendingUntil: (change: string, date: string) => string;
}
