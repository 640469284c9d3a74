/**
 * The vocabulary of histories: what can happen to one shop's ledger, told without a word of how the ledger works. The generator writes
 * histories, the ledger and the model each live through them, and their outcomes are compared.
 */
import type { EntryKind } from "../../worker/domain/account.ts";
import type { OrderBody, Refund } from "../../worker/domain/order.ts";
import type { Program } from "../../worker/domain/program.ts";

/** Customers, orders, redemptions are known by short names of the history's own ("a", "o1", "r1"); a runner may prefix them. */
export type Operation =
  | { readonly kind: "order"; readonly orderId: string; readonly body: OrderBody }
  | { readonly kind: "refund"; readonly orderId: string; readonly refund: Refund }
  | { readonly kind: "delete"; readonly orderId: string }
  | { readonly kind: "hold"; readonly redemptionId: string; readonly customerId: string; readonly rewardId: string }
  /** Shopify made the code. */
  | { readonly kind: "issue"; readonly redemptionId: string }
  | { readonly kind: "release"; readonly redemptionId: string; readonly reason: "cancelled" | "expired" | "refused" }
  | {
      readonly kind: "adjust";
      readonly id: string;
      readonly customerId: string;
      readonly points: number;
      readonly reason: string;
    }
  | {
      readonly kind: "open";
      readonly id: string;
      readonly customerId: string;
      readonly points: number;
      readonly availableAtMs: number;
      readonly expiresAtMs: number | null;
    }
  | { readonly kind: "membership"; readonly customerId: string; readonly isMember: boolean }
  | { readonly kind: "merge"; readonly keptCustomerId: string; readonly mergedCustomerId: string }
  /** What a collection or tag holds was read at Shopify. */
  | { readonly kind: "group"; readonly group: string; readonly productIds: readonly string[] }
  | { readonly kind: "publish"; readonly inForceFromMs: number; readonly program: Program }
  /** A job books what fell due. It must change nothing that anybody can see. */
  | { readonly kind: "sweep" };

export interface Step {
  /** Time that passes before the operation. */
  readonly waitMs: number;
  readonly operation: Operation;
  /** How often the operation arrives, 1 or more; a repeat must change nothing. */
  readonly deliveries: number;
}

export interface History {
  readonly currency: string;
  /** When the first step happens. */
  readonly startMs: number;
  readonly steps: readonly Step[];
}

export interface Pots {
  readonly pending: number;
  readonly available: number;
  readonly held: number;
  readonly owed: number;
}

export interface MemberOutcome extends Pots {
  readonly expiring: readonly { points: number; atMs: number }[];
  /** When points next mature or expire; null = never, as things stand. */
  readonly nextDueMs: number | null;
}

/** What can be seen of a ledger at a moment, whether or not a sweep has run. */
export interface Outcome {
  /** By customer; whoever was merged shows what the customer has whom they became part of. */
  readonly members: Readonly<Record<string, MemberOutcome>>;
  readonly orders: Readonly<Record<string, { readonly posted: number; readonly forgiven: number }>>;
  readonly redemptions: Readonly<
    Record<string, { readonly state: string; readonly returned: number; readonly forgiven: number }>
  >;
  /** What each kind of entry has moved for the whole shop, in `points`. */
  readonly moved: Readonly<Partial<Record<EntryKind, number>>>;
}

/** What an operation answers: "done", "replay" (it was done before), or the code of a refusal. */
export type Answer = string;
