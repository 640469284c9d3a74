/**
 * A queue as Cloudflare's is: at least once, in no promised order, with the limits and the dead letters of wrangler.toml. It outlives every
 * worker, and its time passes as fast as it is wanted.
 */
import { join } from "node:path";
import { unstable_readConfig } from "wrangler";
import { Life } from "./life.ts";

export interface Message {
  readonly id: string;
  readonly queue: string;
  /** As it was written: nothing of the sender's memory travels. */
  readonly body: string;
  attempts: number;
  /** Held back until the messages that are due are gone. */
  isDelayed: boolean;
}

/** What a consumer may do with a batch: the part of the runtime's own type that workers use. */
export interface Batch {
  readonly queue: string;
  readonly messages: readonly BatchMessage[];
  ackAll(): void;
  retryAll(options?: object): void;
}

interface BatchMessage {
  readonly id: string;
  readonly timestamp: Date;
  readonly body: unknown;
  readonly attempts: number;
  ack(): void;
  retry(options?: object): void;
}

interface Consumer {
  readonly queue: string;
  readonly maxBatchSize: number;
  readonly maxRetries: number;
  readonly deadLetterQueue: string | null;
}

const MESSAGE_LIMIT_BYTES = 128 * 1024;
const BATCH_LIMIT_BYTES = 256 * 1024;
const BATCH_LIMIT = 100;
/** What Cloudflare takes where wrangler.toml says nothing. */
const CONSUMER_DEFAULTS = { size: 10, retries: 3 };

interface ConfiguredQueues {
  readonly producers?: readonly { readonly binding: string; readonly queue: string }[];
  readonly consumers?: readonly {
    readonly queue: string;
    readonly max_batch_size?: number;
    readonly max_retries?: number;
    readonly dead_letter_queue?: string;
  }[];
}

export class DurableQueue {
  /** Throws where the queue refuses: asked for every send. */
  refuses: () => boolean = () => false;
  /** Messages that are of no interest to the fault, by their text: taken, and never delivered. */
  ignores: (body: string) => boolean = () => false;
  /** Messages that no consumer would take any more and that no queue for dead letters wanted. */
  dropped = 0;
  readonly #consumers: readonly Consumer[];
  readonly #producers: readonly { readonly binding: string; readonly queue: string }[];
  #waiting: Message[] = [];
  #sent = 0;

  constructor() {
    const config = unstable_readConfig({ config: join(import.meta.dirname, "../../wrangler.toml") });
    const queues: ConfiguredQueues = config.queues;
    this.#producers = (queues.producers ?? []).map(({ binding, queue }) => ({ binding, queue }));
    this.#consumers = (queues.consumers ?? []).map((one) => ({
      queue: one.queue,
      maxBatchSize: one.max_batch_size ?? CONSUMER_DEFAULTS.size,
      maxRetries: one.max_retries ?? CONSUMER_DEFAULTS.retries,
      deadLetterQueue: one.dead_letter_queue ?? null,
    }));
  }

  /** The queue's bindings of a worker's `env`, by name. */
  bindings(): Record<string, object> {
    return Object.fromEntries(
      this.#producers.map(({ binding, queue }) => [
        binding,
        {
          send: (body: unknown, options: SendOptions = {}) =>
            Life.request(async () => this.#accept(queue, [{ body, ...options }])),
          sendBatch: (messages: Iterable<Sent>) => Life.request(async () => this.#accept(queue, [...messages])),
        },
      ]),
    );
  }

  /** Every message that waits, of whichever queue. */
  waiting(): readonly Message[] {
    return this.#waiting;
  }

  /** The most messages of a batch, by wrangler.toml. */
  batchSizeOf(queue: string): number {
    return this.#consumerOf(queue).maxBatchSize;
  }

  /** Some messages of one queue that are due, at most a batch of them; those that were held back come when nothing else is there. */
  take(size: number, choose: (count: number) => number = () => 0): Message[] {
    if (this.#waiting.every((message) => message.isDelayed))
      for (const message of this.#waiting) message.isDelayed = false;
    const due = this.#waiting.filter((message) => !message.isDelayed);
    const queue = due[choose(due.length)]?.queue;
    if (queue === undefined) return [];
    const own = due.filter((message) => message.queue === queue);
    const taken: Message[] = [];
    const most = Math.min(size, this.batchSizeOf(queue), own.length);
    while (taken.length < most) taken.push(...own.splice(choose(own.length), 1));
    const gone = new Set(taken);
    this.#waiting = this.#waiting.filter((message) => !gone.has(message));
    return taken;
  }

  /** Gives a batch to a consumer, and keeps what it did not take: all of it, where nobody heard what came of it. */
  async deliver(
    messages: readonly Message[],
    consume: (batch: Batch) => Promise<{ readonly isHeard: boolean }>,
  ): Promise<void> {
    const verdicts = new Map<Message, "ack" | "retry">();
    for (const message of messages) message.attempts += 1;
    let otherwise: "ack" | "retry" = "ack";
    let isHeard = true;
    try {
      ({ isHeard } = await consume(batchOf(messages, verdicts)));
    } catch {
      otherwise = "retry";
    }
    for (const message of messages) {
      const verdict = !isHeard ? "retry" : (verdicts.get(message) ?? otherwise);
      if (verdict === "retry") this.#again(message);
    }
  }

  /** Messages that came once more than they had to. */
  redeliver(messages: readonly Message[]): void {
    for (const message of messages) this.#waiting.push({ ...message, id: crypto.randomUUID(), isDelayed: false });
  }

  #again(message: Message): void {
    const { maxRetries, deadLetterQueue } = this.#consumerOf(message.queue);
    if (message.attempts <= maxRetries) this.#waiting.push({ ...message, isDelayed: true });
    else if (deadLetterQueue === null) this.dropped += 1;
    else this.#put(deadLetterQueue, message.body, false);
  }

  #accept(queue: string, messages: readonly Sent[]): void {
    if (this.refuses()) throw new Error("Too Many Requests");
    const bodies = messages.map(({ body }) => JSON.stringify(body));
    const sizes = bodies.map((body) => Buffer.byteLength(body));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (bodies.length > BATCH_LIMIT || total > BATCH_LIMIT_BYTES || sizes.some((size) => size > MESSAGE_LIMIT_BYTES))
      throw new Error("Payload Too Large");
    bodies.forEach((body, index) => {
      this.#put(queue, body, (messages[index]?.delaySeconds ?? 0) > 0);
    });
  }

  #put(queue: string, body: string, isDelayed: boolean): void {
    this.#sent += 1;
    if (this.ignores(body)) return;
    this.#waiting.push({ id: String(this.#sent), queue, body, attempts: 0, isDelayed });
  }

  #consumerOf(queue: string): Consumer {
    const consumer = this.#consumers.find((one) => one.queue === queue);
    if (!consumer) throw new Error(`wrangler.toml has no consumer of ${queue}.`);
    return consumer;
  }
}

interface SendOptions {
  readonly delaySeconds?: number;
}

interface Sent extends SendOptions {
  readonly body: unknown;
}

function batchOf(messages: readonly Message[], verdicts: Map<Message, "ack" | "retry">): Batch {
  const decide = (message: Message, verdict: "ack" | "retry") => {
    // As at Cloudflare, the first word on a message counts.
    if (!verdicts.has(message)) verdicts.set(message, verdict);
  };
  return {
    queue: messages[0]?.queue ?? "",
    messages: messages.map((message) => ({
      id: message.id,
      timestamp: new Date(),
      body: JSON.parse(message.body) as unknown,
      attempts: message.attempts,
      ack: () => decide(message, "ack"),
      retry: () => decide(message, "retry"),
    })),
    ackAll: () => {
      for (const message of messages) decide(message, "ack");
    },
    retryAll: () => {
      for (const message of messages) decide(message, "retry");
    },
  };
}
