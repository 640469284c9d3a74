/** A member's account and the records around it, as the ledger holds them, and the changes a decision makes to them. */
import type { Lot, Take } from "./lots.ts";
import type { OrderState } from "./order.ts";
import type { Reward } from "./rewards.ts";

export interface Account {
  readonly memberId: string;
  readonly customerId: string | null;
  /** Grows with every commit that touches the account; a commit holds only where it is still the one that was read. */
  readonly version: number;
  readonly pending: number;
  readonly available: number;
  readonly held: number;
  readonly owed: number;
  readonly lots: readonly Lot[];
}

export interface OrderRecord {
  readonly orderId: string;
  readonly revision: number;
  /** Whose ledger holds the order's points now; null while it belongs to a guest. */
  readonly memberId: string | null;
  readonly state: OrderState;
  /** Points the ledger holds for this order. */
  readonly posted: number;
  /** How many entries this order has posted: the next key's number. */
  readonly postings: number;
  /** Null until an order body was seen; then fixed (0 = before the first version). */
  readonly programVersion: number | null;
  readonly multiplier: number;
}

export type RedemptionState = "held" | "issued" | "used" | "released" | "failed";

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
  /** Points that came back because the order that used the code was refunded. */
  readonly returned: number;
  /** How many entries did that: the next key's number. */
  readonly returnings: number;
  readonly reason: string | null;
  /** The lots its points are taken from at this moment: what its entries took, less what they gave back; all negative. */
  readonly takes: readonly Take[];
}

export type EntryKind = "earn" | "claw-back" | "mature" | "expire" | "hold" | "release" | "use" | "reclaim" | "return";

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
  readonly lines?: readonly { readonly lineId: string; readonly points: number }[];
  readonly targetPoints?: number;
  readonly reason?: string;
  readonly rewardName?: string;
}

export interface Allocation {
  readonly entryKey: string;
  readonly lotId: string;
  readonly points: number;
}

/** Everything one decision changes; committed together or not at all. */
export interface Changes {
  readonly accounts: readonly Account[];
  readonly orders: readonly OrderRecord[];
  readonly redemptions: readonly Redemption[];
  readonly entries: readonly Entry[];
  readonly newLots: readonly (Lot & { readonly memberId: string })[];
  readonly touchedLots: readonly Lot[];
  readonly allocations: readonly Allocation[];
}

export function isEmpty(changes: Changes): boolean {
  return changes.accounts.length === 0 && changes.orders.length === 0 && changes.redemptions.length === 0;
}
