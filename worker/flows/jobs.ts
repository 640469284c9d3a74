/** What travels on the queue. Small, by itself enough, and free of personal data. */
import type { CustomerMerger } from "../domain/members.ts";
import type { OrderNews } from "../domain/order.ts";
import type { ShopNews } from "../shopify/shop-news.ts";
import type { Lane } from "./lanes.ts";

export type Job =
  | OrderJob
  | ReadOrderJob
  | MergeCustomersJob
  | SetAsideJob
  | SweepOrdersJob
  | TakeStatementJob
  | ShopNewsJob
  | ReadPilotTagJob
  | GoOnImportJob
  | { readonly kind: "paint-program"; readonly shop: string }
  | { readonly kind: "paint-members"; readonly shop: string; readonly memberIds: readonly string[] }
  | { readonly kind: "define-metafields"; readonly shop: string }
  | RepaintMembersJob
  | { readonly kind: "book-due"; readonly shop: string; readonly memberIds: readonly string[] }
  | { readonly kind: "date-anew"; readonly shop: string; readonly afterMemberId: string }
  | { readonly kind: "count-orders"; readonly shop: string; readonly afterOrderId: string }
  | { readonly kind: "finish-redemption"; readonly shop: string; readonly redemptionId: string }
  | { readonly kind: "read-groups"; readonly shop: string }
  | { readonly kind: "replay-set-aside"; readonly shop: string }
  | { readonly kind: "erase-shop"; readonly shop: string }
  | { readonly kind: "look-after-token"; readonly shop: string };

export interface OrderJob {
  readonly kind: "order";
  readonly shop: string;
  readonly topic: string;
  readonly deliveryId: string | null;
  readonly orderId: string;
  readonly news: OrderNews;
}

/** An order that changed in a way the delivery does not tell: its state is read at Shopify. */
export interface ReadOrderJob {
  readonly kind: "read-order";
  readonly shop: string;
  readonly topic: string;
  readonly deliveryId: string | null;
  readonly orderId: string;
}

/** A shop's sweep is due (lease null), or the holder of the lease does its next page. */
export interface SweepOrdersJob {
  readonly kind: "sweep-orders";
  readonly shop: string;
  readonly lease: number | null;
}

/** All members of a shop are to be painted anew (lease null), or the holder of the lease does the next page. */
export interface RepaintMembersJob {
  readonly kind: "repaint-members";
  readonly shop: string;
  readonly lease: number | null;
}

/** A day's statement is to be taken (page null), or goes on with the next page of that day's orders. */
export interface TakeStatementJob {
  readonly kind: "take-statement";
  readonly shop: string;
  /** Such as 2026-11-26, in UTC. */
  readonly day: string;
  readonly page: {
    readonly fromMs: number;
    readonly after: string | null;
    readonly known: number;
    readonly differing: number;
  } | null;
}

/** Reads who has the tag of a shop's pilot, page by page: first those who come, then those who go. */
export interface ReadPilotTagJob {
  readonly kind: "read-pilot-tag";
  readonly shop: string;
  /** As it was chosen when the reading began; null: the pilot has none any more. */
  readonly tag: string | null;
  readonly page: {
    readonly phase: "come" | "go";
    /** Shopify's cursor of those who come, the ledger's number of the last one of those who go. */
    readonly after: string | null;
    /** How many had the tag so far. */
    readonly members: number;
  };
}

/** An import, or its undoing, is due (lease null), or the holder of the lease does its next pages. */
export interface GoOnImportJob {
  readonly kind: "go-on-import";
  readonly shop: string;
  readonly importId: string;
  readonly lease: number | null;
}

/** Two customers became one. */
export interface MergeCustomersJob extends CustomerMerger {
  readonly kind: "merge-customers";
  readonly shop: string;
  readonly topic: string;
  readonly deliveryId: string | null;
}

/** News of a shop or a person: uninstalled, scopes, details, and what the privacy laws ask for. */
export interface ShopNewsJob {
  readonly kind: "shop-news";
  readonly shop: string;
  readonly topic: string;
  readonly deliveryId: string | null;
  /** 0 when the delivery did not say. */
  readonly triggeredAtMs: number;
  readonly news: ShopNews;
}

/** A delivery that was rightly signed and has no effect. */
export interface SetAsideJob {
  readonly kind: "set-aside";
  readonly shop: string;
  readonly topic: string;
  readonly deliveryId: string | null;
  readonly reason: string;
}

/** Every kind there is: what is none of them was made by another version of the worker. */
const KINDS: Readonly<Record<Job["kind"], true>> = {
  order: true,
  "read-order": true,
  "merge-customers": true,
  "set-aside": true,
  "paint-program": true,
  "paint-members": true,
  "define-metafields": true,
  "repaint-members": true,
  "book-due": true,
  "date-anew": true,
  "count-orders": true,
  "finish-redemption": true,
  "shop-news": true,
  "erase-shop": true,
  "look-after-token": true,
  "read-groups": true,
  "replay-set-aside": true,
  "sweep-orders": true,
  "take-statement": true,
  "read-pilot-tag": true,
  "go-on-import": true,
};

/** Whether this version of the worker knows what to do with it. What else is wrong with it shows when it is done. */
export function isJob(value: unknown): value is Job {
  if (typeof value !== "object" || value === null || !("kind" in value) || !("shop" in value)) return false;
  const areMembersListed = !("memberIds" in value) || Array.isArray(value.memberIds);
  return (
    typeof value.kind === "string" &&
    Object.hasOwn(KINDS, value.kind) &&
    typeof value.shop === "string" &&
    areMembersListed
  );
}

export interface SendOptions {
  /** Holds the jobs back. */
  readonly delaySeconds?: number;
  /** `bulk` for what is much and can wait; default: `prompt`. */
  readonly lane?: Lane;
}

/** Where jobs go. Throws when the queue refuses them. */
export interface JobQueue {
  send(jobs: readonly Job[], options?: SendOptions): Promise<void>;
}

/** The items in pieces of at most `size`: what one job, one message batch or one call of Shopify's holds. */
export function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
