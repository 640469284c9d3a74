/**
 * How fast one isolate asks one shop. Shopify lets an app spend points from a bucket per shop, which fills again at the rate of the shop's plan; how
 * full it is, it tells with each answer. So a call waits here before it would be throttled. Other isolates draw on the same bucket: what this one
 * knows of it is a guess, and a throttled answer is still to be reckoned with.
 */

import type { FailureKind } from "./admin-failure.ts";
import type { CallCost } from "./call-cost.ts";

/** Whether somebody waits for the answer. Whoever does goes first: the rest of the work leaves a share of the bucket to them. */
export type Urgency = "shopper" | "background";

const SHOPPERS_SHARE = 0.25;

/** Longer than this nobody stands still: a shopper's call is sent all the same, other work comes back by the queue. */
const LONGEST_WAIT_MS: Readonly<Record<Urgency, number>> = { shopper: 2_000, background: 5_000 };

/** What a call is taken to cost until Shopify has said it once. */
const FIRST_GUESS = { mutation: 10, query: 30 };

/** A call that was not heard of for so long is over: whoever made it is gone. */
const FORGOTTEN_MS = 60_000;

/** How long a shop that is closed is not asked by work that can wait. */
const REST_MS = 60_000;

const JITTER_MS = 100;

/** Time, and a way to let it pass. */
export interface PaceClock {
  nowMs(): number;
  wait(ms: number): Promise<void>;
}

export interface PacedCall {
  readonly operation: string;
  readonly isMutation: boolean;
  readonly urgency: Urgency;
}

/** A call on its way; or, for work that can wait, how long it would have to. */
export type Entry =
  | { readonly kind: "go"; readonly ticket: object }
  | { readonly kind: "later"; readonly waitMs: number };

/** What a shop's plan allows, in Shopify's points: so many at once, and so many a second. */
export interface Allowance {
  readonly maximum: number;
  readonly restoreRate: number;
}

/** The smallest plan's, as long as Shopify has not said otherwise. */
const SMALLEST: Allowance = { maximum: 2_000, restoreRate: 100 };

interface Bucket extends Allowance {
  readonly available: number;
  /** When that was so. */
  readonly atMs: number;
}

function availableAt({ maximum, restoreRate, available, atMs }: Bucket, nowMs: number): number {
  return Math.min(maximum, available + (Math.max(0, nowMs - atMs) / 1000) * restoreRate);
}

/** One shop's bucket as this isolate knows it. */
export class Pace {
  readonly clock: PaceClock;
  #bucket: Bucket | null = null;
  #rest: { readonly kind: FailureKind; readonly untilMs: number } | null = null;
  readonly #costs = new Map<string, number>();
  readonly #onTheirWay = new Map<object, { readonly cost: number; readonly sinceMs: number }>();

  constructor(clock: PaceClock) {
    this.clock = clock;
  }

  /** Waits until the bucket can pay for the call, and takes what it costs. */
  async enter(call: PacedCall): Promise<Entry> {
    const cost = this.#costs.get(call.operation) ?? FIRST_GUESS[call.isMutation ? "mutation" : "query"];
    const leaveAtMs = this.clock.nowMs() + LONGEST_WAIT_MS[call.urgency];
    for (;;) {
      const nowMs = this.clock.nowMs();
      const waitMs = this.#waitMs(cost, call.urgency, nowMs);
      const leftMs = leaveAtMs - nowMs;
      if (waitMs > leftMs && call.urgency === "background") return { kind: "later", waitMs };
      if (waitMs === 0 || leftMs <= 0) break;
      await this.clock.wait(Math.min(leftMs, waitMs + jitterMs()));
    }
    const ticket = {};
    this.#onTheirWay.set(ticket, { cost, sinceMs: this.clock.nowMs() });
    return { kind: "go", ticket };
  }

  /** The call is over; `told` is what Shopify said of its cost. */
  leave(ticket: object, operation: string, told: CallCost | null): void {
    const nowMs = this.clock.nowMs();
    const own = this.#onTheirWay.get(ticket);
    this.#onTheirWay.delete(ticket);
    if (told) {
      this.#costs.set(operation, told.requested);
      this.#bucket = { ...told, atMs: nowMs };
    } else if (this.#bucket && own) {
      this.#bucket = { ...this.#bucket, available: availableAt(this.#bucket, nowMs) - own.cost, atMs: nowMs };
    }
  }

  /** The shop is closed to everything: work that can wait does not ask it for a while. */
  rest(kind: FailureKind): void {
    this.#rest = { kind, untilMs: this.clock.nowMs() + REST_MS };
  }

  /** It answers again. */
  wake(): void {
    this.#rest = null;
  }

  /** What the shop's plan allows, as Shopify said last. */
  get allowance(): Allowance {
    return this.#bucket ?? SMALLEST;
  }

  /** Why the shop is left alone at the moment; null when it is not. */
  get resting(): FailureKind | null {
    return this.#rest && this.clock.nowMs() < this.#rest.untilMs ? this.#rest.kind : null;
  }

  /** 0 when the bucket can pay now, as far as is known. */
  #waitMs(cost: number, urgency: Urgency, nowMs: number): number {
    const bucket = this.#bucket;
    if (bucket === null) return 0;
    const kept = urgency === "background" ? bucket.maximum * SHOPPERS_SHARE : 0;
    const needed = Math.min(bucket.maximum, cost + kept);
    const missing = needed - (availableAt(bucket, nowMs) - this.#spentOnTheWay(nowMs));
    return missing <= 0 ? 0 : Math.ceil((missing / bucket.restoreRate) * 1000);
  }

  #spentOnTheWay(nowMs: number): number {
    let spent = 0;
    for (const [ticket, { cost, sinceMs }] of this.#onTheirWay) {
      if (nowMs - sinceMs > FORGOTTEN_MS) this.#onTheirWay.delete(ticket);
      else spent += cost;
    }
    return spent;
  }
}

/** So that isolates that were throttled together do not come back together. */
export function jitterMs(): number {
  return Math.random() * JITTER_MS;
}

/** Shops that are remembered. Whoever is forgotten begins anew. */
const MOST_SHOPS = 2_000;

const realClock: PaceClock = {
  nowMs: () => Date.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** The pace of each shop that was asked lately. */
export class Paces {
  readonly #clock: PaceClock;
  readonly #paces = new Map<string, Pace>();

  constructor(clock: PaceClock = realClock) {
    this.#clock = clock;
  }

  of(shop: string): Pace {
    const pace = this.#paces.get(shop) ?? new Pace(this.#clock);
    // Set anew, it is the last to be forgotten.
    this.#paces.delete(shop);
    this.#paces.set(shop, pace);
    if (this.#paces.size > MOST_SHOPS) this.#paces.delete(this.#paces.keys().next().value ?? "");
    return pace;
  }
}
