/** A member's account and the records around it, as the ledger holds them, and the changes a decision makes to them. */
import type { ExactMoney, MoneyShare } from "./exact-money.ts";
import type { ExpiryRule } from "./expiry.ts";
import type { Lot, LotOrigin } from "./lots.ts";
import { type OrderState, UNKNOWN_ORDER } from "./order.ts";
import { type Contribution, NO_PROGRESS, type Progress } from "./progress.ts";
import type { Reward } from "./rewards.ts";
import { type NotCounted, type SettlementReason, SINGLE_MULTIPLIER } from "./settlement.ts";

/** A customer's number as Shopify writes it: with a zero before it, it would be somebody else. */
export const CUSTOMER_NUMBER = /^[1-9]\d{0,19}$/;

export interface Account {
  readonly memberId: string;
  /** Shopify's number for the person; null once they are forgotten. */
  readonly customerId: string | null;
  /** The numbers of customers that were merged into this one. */
  readonly formerCustomerIds: readonly string[];
  /** Grows with every commit that touches the account; a commit holds only where it is still the one that was read. */
  readonly version: number;
  readonly pending: number;
  readonly available: number;
  readonly held: number;
  readonly owed: number;
  /** The latest order placed, reward chosen or joining; null before the first. */
  readonly lastActivityMs: number | null;
  /** What the member has done towards a tier. */
  readonly progress: Progress;
  /** When the member joined or left, oldest first; empty = as the program has it. */
  readonly membership: readonly MembershipChange[];
  readonly lots: readonly Lot[];
}

/** The account of a member whose book nobody has written yet. */
export function blankAccount(memberId: string, customerId: string): Account {
  return {
    memberId,
    customerId,
    formerCustomerIds: [],
    version: 0,
    pending: 0,
    available: 0,
    held: 0,
    owed: 0,
    lastActivityMs: null,
    progress: NO_PROGRESS,
    membership: [],
    lots: [],
  };
}

/** Whether this is the customer's account: their own, or the one that theirs was merged into. */
export function isCustomer(account: Account, customerId: string): boolean {
  return account.customerId === customerId || account.formerCustomerIds.includes(customerId);
}

/** How somebody comes to be in a pilot: on its list, or by its tag at Shopify. Neither knows of the other. */
export const PILOT_WAYS = ["pilot", "tag"] as const;
export type PilotWay = (typeof PILOT_WAYS)[number];

export interface MembershipChange {
  readonly atMs: number;
  readonly isMember: boolean;
  /**
   * The member joined or left by themselves, or staff put them on the pilot's list or took them off, or the pilot's tag was seen on them at Shopify or
   * was gone. Left out: by themselves.
   */
  readonly by?: PilotWay;
}

export interface OrderRecord {
  readonly orderId: string;
  readonly revision: number;
  /** Whose ledger holds the order's points now; null while it belongs to a guest. */
  readonly memberId: string | null;
  readonly state: OrderState;
  /** Points the ledger holds for this order: the sum of its `earn` and `claw-back` entries. */
  readonly posted: number;
  /** The part of `posted` that should have been taken back and was forgiven, or had expired; a later rise is made good from it first. */
  readonly forgiven: number;
  /** The part of `forgiven` that earlier customers of the order keep: no rise of the present one is made good from it. */
  readonly leftBehind: number;
  /** Whose that is, by member: where the order comes back to one of them, their part counts for them again. */
  readonly leftWith: { readonly [memberId: string]: number };
  /** How many entries this order has posted: the next key's number is one more. */
  readonly postings: number;
  /** Null until an order body was seen while the shop had a program; then fixed (0 = before the first version). */
  readonly programVersion: number | null;
  /** Whether whoever holds it was a member when it was created; null until a customer was seen, who also fixes the multiplier. */
  readonly takesPart: boolean | null;
  readonly multiplier: number;
  /** What of it is counted in its member's progress; null before anything is. */
  readonly contribution: Contribution | null;
  /** Why the order is worth what it is. */
  readonly reason: SettlementReason;
  /** Points of it that expired unused, by whose they were; whoever was merged is whom they became part of. Read from the entries, no part of its row. */
  readonly expired: { readonly [memberId: string]: number };
  /** How its entries changed what is owed, one after another, by whose they were; read in the same way. */
  readonly owedChanges: { readonly [memberId: string]: readonly number[] };
}

/** The record of an order of which nothing was heard yet. */
export function blankOrder(orderId: string): OrderRecord {
  return {
    orderId,
    revision: 0,
    memberId: null,
    state: UNKNOWN_ORDER,
    posted: 0,
    forgiven: 0,
    leftBehind: 0,
    leftWith: {},
    postings: 0,
    programVersion: null,
    takesPart: null,
    multiplier: SINGLE_MULTIPLIER,
    contribution: null,
    reason: "unknown-state",
    expired: {},
    owedChanges: {},
  };
}

export type RedemptionState = "held" | "issued" | "used" | "released" | "failed";

/** The reason of a held or issued redemption whose code somebody has begun to switch off, and may have: its end is not written yet. */
export const CLOSING = "closing";

export interface Redemption {
  readonly id: string;
  /** 0 before it is first written. */
  readonly version: number;
  readonly memberId: string;
  readonly reward: Reward;
  readonly cost: number;
  readonly code: string;
  readonly state: RedemptionState;
  readonly fingerprint: string;
  /** Shopify's id of the code, once known. */
  readonly discountId: string | null;
  readonly programVersion: number;
  readonly createdAtMs: number;
  readonly endsAtMs: number;
  readonly usedByOrder: string | null;
  /** Points of the cost that came back because the order that used the code was refunded, or that were forgiven. */
  readonly returned: number;
  /** The part of `returned` that should have been taken again and was forgiven. */
  readonly forgiven: number;
  /** How often that changed: the next key's number is one more. */
  readonly returnings: number;
  /** Why it was released; before that `CLOSING`, or nothing. */
  readonly reason: string | null;
  /** The lots its points are taken from at this moment: what its entries took, less what they gave back. */
  readonly taken: readonly TakenPoints[];
}

/** Points that lie in a redemption, and the lot they belong to, with all that a lot like it needs. */
export interface TakenPoints extends LotOrigin {
  readonly lotId: string;
  readonly points: number;
}

export const ENTRY_KINDS = [
  "earn",
  "claw-back",
  "mature",
  "expire",
  "hold",
  "release",
  "use",
  "reclaim",
  "return",
  "adjust",
  "open",
  "merge",
  "gift",
] as const;

export type EntryKind = (typeof ENTRY_KINDS)[number];

/**
 * One immutable movement: how much each pot changes. `points` is what the member gained or lost by it
 * (pending + available - owed); the ledger refuses an entry where that does not add up.
 */
export interface Entry {
  /** The business key: the same fact can be posted once. */
  readonly key: string;
  readonly memberId: string;
  readonly kind: EntryKind;
  readonly points: number;
  readonly pending: number;
  readonly available: number;
  readonly held: number;
  readonly owed: number;
  readonly orderId: string | null;
  readonly redemptionId: string | null;
  readonly programVersion: number | null;
  readonly occurredAtMs: number;
  readonly detail: EntryDetail;
}

/** What an explanation needs besides the entry itself. */
export interface EntryDetail {
  readonly orderName?: string;
  readonly eligibleMinor?: number;
  readonly currency?: string;
  readonly earn?: { readonly points: number; readonly perMinor: number };
  readonly lines?: readonly LineDetail[];
  /** Tax is part of what earned; left out where it is not. */
  readonly withTax?: true;
  /** Ten-thousandths; left out when it is one. */
  readonly multiplier?: number;
  /** What of the whole order is paid, where it is not all of it. */
  readonly paid?: { readonly paidMinor: number; readonly ofMinor: number };
  /** What the lines come to, exactly, and what money refunded beyond them has left; where `eligibleMinor` does not say it all. */
  readonly net?: ExactMoney;
  readonly kept?: MoneyShare;
  /** Groups whose products in the order earned nothing. */
  readonly notCounted?: readonly NotCounted[];
  /**
   * What the order is worth now, and what the ledger held for it before this entry. Of points that were spent on an order: how many
   * belong back now, and how many were back before.
   */
  readonly targetPoints?: number;
  readonly postedPoints?: number;
  /** The part of `postedPoints` that should have been taken by then, and was forgiven or had expired. */
  readonly forgivenBeforePoints?: number;
  /** How many of what was forgiven, or had expired, the order is worth again: nothing new was earned for these. */
  readonly madeGoodPoints?: number;
  /** Points that should have been taken, and had expired: they were gone already. */
  readonly lapsedPoints?: number;
  /** Points that should have been taken and were let off: the program says that nothing is owed. Without `lapsedPoints`, unlike `forgivenBeforePoints`. */
  readonly forgivenPoints?: number;
  readonly reason?: string;
  /** What an opening balance was brought with, so that its repeat is known. */
  readonly dates?: { readonly availableAtMs: number; readonly expiresAtMs: number | null };
  readonly rewardName?: string;
  /** The tier whose entry gift it is. */
  readonly tierName?: string;
  /** Of rewards that are no code and no donation: which kind. */
  readonly rewardKind?: string;
  /** A reward's price, of which `returnedPoints` have come back with this entry's. */
  readonly costPoints?: number;
  readonly returnedPoints?: number;
  /** What of the reward's discount belongs to what was refunded; left out when nothing of the order is left. */
  readonly refunded?: MoneyShare;
  /** Until when the points are pending. */
  readonly availableAtMs?: number;
  /** The rule by which points expired; null = they had a date of their own. */
  readonly expiry?: ExpiryRule | null;
}

/** One line of an order: what is left of it that earns, in minor units (without tax, unless tax earns), and its share of the order's points. */
export interface LineDetail {
  readonly lineId: string;
  readonly netMinor?: number;
  readonly points: number;
}

export interface Allocation {
  readonly entryKey: string;
  readonly lotId: string;
  readonly points: number;
}

/** An account as a decision leaves it, and when time next changes something of it (null = never). */
export interface ChangedAccount extends Account {
  readonly nextDueMs: number | null;
}

/** One member's book now stands in another's. */
export interface Merger {
  readonly fromMemberId: string;
  readonly intoMemberId: string;
}

/** Everything one decision changes; committed together or not at all. */
export interface Changes {
  readonly accounts: readonly ChangedAccount[];
  readonly orders: readonly OrderRecord[];
  readonly redemptions: readonly Redemption[];
  readonly entries: readonly Entry[];
  readonly newLots: readonly (Lot & { readonly memberId: string })[];
  readonly touchedLots: readonly Lot[];
  readonly allocations: readonly Allocation[];
  readonly mergers: readonly Merger[];
}

export function isEmpty(changes: Changes): boolean {
  return changes.accounts.length === 0 && changes.orders.length === 0 && changes.redemptions.length === 0;
}
