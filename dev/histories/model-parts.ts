/** What the model of the ledger keeps, in plain arrays. */
import type { Reward } from "../../worker/domain/rewards.ts";
import type { Published } from "./model-dates.ts";
import type { KnownOrder } from "./model-orders.ts";

/** Points that came together. */
export interface Parcel {
  owner: Person;
  /** Makes the order among parcels of the same dates total. */
  readonly name: string;
  readonly orderId: string | null;
  readonly availableAtMs: number;
  readonly fixedExpiryMs: number | null;
  points: number;
  /** How many of its points nobody used in time. */
  expired: number;
  isPending: boolean;
  /** By its order itself: not one that stands in for points that came back. */
  readonly isEarned: boolean;
}

export interface Person {
  owed: number;
  lastActivityMs: number;
  changes: { readonly atMs: number; readonly isMember: boolean }[];
}

export interface Order extends KnownOrder {
  /** Whose points they are; null for a guest. */
  owner: Person | null;
  version: Published | null | "not seen";
  takesPart: boolean | null;
  posted: number;
  forgiven: number;
  /** What each person was let off with when the order left them. */
  keptBy: Map<Person, number>;
  /** How its points changed what somebody owes, one after another. */
  readonly owedChanges: [Person, number][];
  postings: number;
}

export interface Redemption {
  readonly id: string;
  readonly owner: Person;
  readonly reward: Reward;
  readonly cost: number;
  readonly version: Published;
  state: "held" | "issued" | "used" | "released";
  usedBy: string | null;
  returned: number;
  forgiven: number;
  returnings: number;
  /** What its points were taken from, and have not gone back to; in the order in which it was taken. */
  readonly taken: Taken[];
}

export interface Taken {
  readonly parcel: Parcel;
  points: number;
}
