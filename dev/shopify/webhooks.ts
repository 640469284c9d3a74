/** Sends webhooks as Shopify does: signed, at least once, in no promised order; and worse when told to. */
import { createHmac } from "node:crypto";
import { apiVersion } from "./schema.ts";
import type { Clock, LocalShop } from "./shop-state.ts";

/** Shopify tries once, and then eight times more after these pauses: four hours in all at Shopify, seconds here. */
const pausesMs = [200, 400, 800, 1500, 3000, 6000, 12_000, 24_000];
const cutOffMs = 5000;

export interface WebhookOptions {
  readonly workerUrl: () => string;
  readonly apiSecret: string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  readonly wait?: ((ms: number) => Promise<void>) | undefined;
  /** How many are on their way at once. */
  readonly concurrency?: number | undefined;
  readonly send?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
}

export interface Delivery {
  readonly webhookId: string;
  readonly eventId: string;
  readonly topic: string;
  readonly shop: string;
  readonly triggeredAt: string;
  state: "held" | "queued" | "sending" | "retrying" | "delivered" | "given-up";
  attempts: number;
  /** The last HTTP status; null when there was none: refused, cut off, or not tried yet. */
  lastStatus: number | null;
}

export interface Emission {
  readonly deliveries: readonly Delivery[];
  /** Settles when each was tried once; at once for those held back. */
  readonly tried: Promise<void>;
}

export interface Mischief {
  readonly hold?: boolean | undefined;
  readonly duplicate?: number | undefined;
  readonly shuffle?: boolean | undefined;
  readonly seed?: number | undefined;
}

interface Waiting {
  readonly delivery: Delivery;
  readonly body: Uint8Array;
  readonly tried: () => void;
}

/** The signature in `X-Shopify-Hmac-Sha256`: over the raw bytes, base64. */
export function signWebhook(rawBytes: Uint8Array | string, secret: string): string {
  return createHmac("sha256", secret).update(rawBytes).digest("base64");
}

/** The sender for all shops. */
export class Webhooks {
  readonly #options: WebhookOptions;
  readonly #log: Delivery[] = [];
  readonly #queue: Waiting[] = [];
  #held: Waiting[] = [];
  #isHolding = false;
  #duplicate = 0;
  #sending = 0;
  #retrying = 0;
  #idle: (() => void)[] = [];

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** All deliveries since the start, oldest first. */
  deliveries(): readonly Delivery[] {
    return this.#log;
  }

  settings(): { hold: boolean; duplicate: number; held: number } {
    return { hold: this.#isHolding, duplicate: this.#duplicate, held: this.#held.length };
  }

  /**
   * Sends one event. The body is text that goes out byte for byte, or a value to write as JSON. Several topics of one
   * event share the event id.
   */
  emit(shop: LocalShop, topic: string, body: string | object, eventId: string = crypto.randomUUID()): Emission {
    const bytes = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
    const delivery: Delivery = {
      webhookId: crypto.randomUUID(),
      eventId,
      topic,
      shop: shop.domain,
      triggeredAt: this.#options.clock().toISOString(),
      state: "held",
      attempts: 0,
      lastStatus: null,
    };
    this.#log.push(delivery);
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { delivery, body: bytes, tried: resolve };
    if (this.#isHolding) {
      this.#held.push(waiting);
      resolve();
      return { deliveries: [delivery], tried: promise };
    }
    const copies = this.#enqueue(waiting);
    return { deliveries: [delivery, ...copies], tried: promise };
  }

  /**
   * Holds deliveries back or lets them go, sends each several times, or lets go of the held ones in random order.
   * Returns the seed of that order, so that it can be had again.
   */
  misbehave(mischief: Mischief): { seed: number | null } {
    if (mischief.duplicate !== undefined) this.#duplicate = mischief.duplicate;
    if (mischief.hold !== undefined) this.#isHolding = mischief.hold;
    const seed = mischief.shuffle === true ? (mischief.seed ?? Math.floor(Math.random() * 2 ** 31)) : null;
    if (seed === null && this.#isHolding) return { seed };
    const released = this.#held;
    this.#held = [];
    if (seed !== null) {
      this.#options.log(`local Shopify: ${released.length} held webhooks go out in random order, seed ${seed}`);
      shuffleInPlace(released, seed);
    }
    for (const waiting of released) this.#enqueue(waiting);
    return { seed };
  }

  /** Resolves when nothing is queued, on its way or waiting for a retry. What is held back does not count. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.push(resolve);
    return promise;
  }

  #isIdle(): boolean {
    return this.#sending === 0 && this.#retrying === 0 && this.#queue.length === 0;
  }

  #enqueue(waiting: Waiting): Delivery[] {
    waiting.delivery.state = "queued";
    this.#queue.push(waiting);
    const copies = Array.from({ length: this.#duplicate }, (): Delivery => ({ ...waiting.delivery }));
    for (const delivery of copies) {
      this.#log.push(delivery);
      this.#queue.push({ delivery, body: waiting.body, tried: () => undefined });
    }
    this.#pump();
    return copies;
  }

  #pump(): void {
    while (this.#sending < (this.#options.concurrency ?? 4)) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      this.#sending += 1;
      void this.#try(next).finally(() => {
        this.#sending -= 1;
        this.#pump();
      });
    }
    if (!this.#isIdle()) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #try(waiting: Waiting): Promise<void> {
    const { delivery } = waiting;
    delivery.state = "sending";
    delivery.attempts += 1;
    delivery.lastStatus = await this.#post(waiting);
    if (delivery.lastStatus !== null && delivery.lastStatus >= 200 && delivery.lastStatus < 300)
      delivery.state = "delivered";
    else if (delivery.attempts > pausesMs.length) delivery.state = "given-up";
    else this.#retryLater(waiting);
    waiting.tried();
  }

  async #post({ delivery, body }: Waiting): Promise<number | null> {
    const send = this.#options.send ?? fetch;
    try {
      const response = await send(`${this.#options.workerUrl()}/webhooks`, {
        method: "POST",
        headers: headersOf(delivery, body, this.#options.apiSecret),
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(cutOffMs),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return null;
    }
  }

  #retryLater(waiting: Waiting): void {
    const wait = this.#options.wait ?? sleep;
    waiting.delivery.state = "retrying";
    this.#retrying += 1;
    const pause = pausesMs[waiting.delivery.attempts - 1] ?? 0;
    void wait(pause).then(() => {
      this.#retrying -= 1;
      waiting.delivery.state = "queued";
      this.#queue.push(waiting);
      this.#pump();
    });
  }
}

function headersOf(delivery: Delivery, body: Uint8Array, secret: string): Record<string, string> {
  return {
    "Content-Type": "application/json",
    "User-Agent": "Shopify-Captain-Hook",
    "X-Shopify-Topic": delivery.topic,
    "X-Shopify-Hmac-Sha256": signWebhook(body, secret),
    "X-Shopify-Shop-Domain": delivery.shop,
    "X-Shopify-API-Version": apiVersion,
    "X-Shopify-Webhook-Id": delivery.webhookId,
    "X-Shopify-Event-Id": delivery.eventId,
    "X-Shopify-Triggered-At": delivery.triggeredAt,
  };
}

/** Waits without keeping the process alive. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

/** Fisher and Yates, with numbers that follow from the seed. */
function shuffleInPlace(list: unknown[], seed: number): void {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other], list[last]];
  }
}
