/** Two ways to the same consumer: what one shop sends beyond its share takes the second one, so that others need not wait behind it. */

export type Lane = "prompt" | "bulk";

/** What a shop may send at once, and then every second; within it nobody is delayed. */
const BURST = 20;
const PER_SECOND = 10;
/** Shops that are remembered. Whoever is forgotten begins with a full bucket. */
const MOST_SHOPS = 2_000;

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** A bucket of tokens for each shop that was heard of lately. */
export class Lanes {
  readonly #buckets = new Map<string, Bucket>();

  /** The lane for one more delivery of this shop. */
  laneOf(shop: string, nowMs: number): Lane {
    const before = this.#buckets.get(shop) ?? { tokens: BURST, atMs: nowMs };
    const passedMs = Math.max(0, nowMs - before.atMs);
    const tokens = Math.min(BURST, before.tokens + (passedMs / 1000) * PER_SECOND);
    const isWithin = tokens >= 1;
    // Set anew, it is the last to be forgotten.
    this.#buckets.delete(shop);
    this.#buckets.set(shop, { tokens: isWithin ? tokens - 1 : tokens, atMs: Math.max(nowMs, before.atMs) });
    if (this.#buckets.size > MOST_SHOPS) this.#buckets.delete(this.#buckets.keys().next().value ?? "");
    return isWithin ? "prompt" : "bulk";
  }

  /** How many shops are remembered. */
  get size(): number {
    return this.#buckets.size;
  }
}
