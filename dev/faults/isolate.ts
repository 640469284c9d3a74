/** The worker in this process: its real entry, with memories of its own, on a queue that outlives it. */
import { noLimitBindings } from "../no-limits.ts";
import { localSettings } from "../settings.ts";
import type { Batch, DurableQueue, Message } from "./durable-queue.ts";
import { Life } from "./life.ts";

interface Entry {
  fetch(request: Request, env: object, context: object): Promise<Response>;
  queue(batch: Batch, env: object): Promise<void>;
  scheduled(controller: object, env: object, context: object): Promise<void>;
}

let made = 0;

/** One life of the worker: what it remembers is gone with it. */
export class Isolate {
  readonly queue: DurableQueue;
  readonly life = new Life();
  readonly #entry: Entry;
  readonly #env: object;

  private constructor(entry: Entry, database: string, queue: DurableQueue) {
    this.#entry = entry;
    this.queue = queue;
    this.#env = { ...localSettings(database), ...queue.bindings(), ...noLimitBindings() };
  }

  static async start(database: string, queue: DurableQueue): Promise<Isolate> {
    made += 1;
    // A module with another name is another module: nothing that the entry remembers is shared.
    const address = new URL(`../../worker/index.ts?life=${made}`, import.meta.url).href;
    const { default: entry } = (await import(/* @vite-ignore */ address)) as { default: Entry };
    return new Isolate(entry, database, queue);
  }

  /** Answers; a worker that dies over it leaves the caller with a lost connection. */
  async fetch(request: Request): Promise<Response> {
    const context = { waitUntil: () => undefined, passThroughOnException: () => undefined };
    const done = await this.life.live(() => this.#entry.fetch(request, this.#env, context));
    if (done === null) throw new TypeError("fetch failed");
    return done.answer;
  }

  /** Consumes some messages: a batch of the queue's. */
  async consume(messages: readonly Message[]): Promise<void> {
    await this.queue.deliver(messages, async (batch) => {
      const done = await this.life.live(() => this.#entry.queue(batch, this.#env));
      return { isHeard: done !== null };
    });
  }

  /** Consumes the batch and what comes of it is lost: all of it comes again. */
  async consumeUnheard(messages: readonly Message[]): Promise<void> {
    await this.queue.deliver(messages, async (batch) => {
      await this.life.live(() => this.#entry.queue(batch, this.#env));
      return { isHeard: false };
    });
  }

  /** The minute's cron. */
  async scheduled(): Promise<void> {
    const controller = { cron: "* * * * *", scheduledTime: Date.now() };
    await this.life.live(() => this.#entry.scheduled(controller, this.#env, { waitUntil: () => undefined }));
  }

  /** Consumes until nothing waits, or the worker is dead. */
  async drain(size = 100): Promise<void> {
    for (let some = this.queue.take(size); some.length > 0; some = this.queue.take(size)) {
      await this.consume(some);
      if (this.life.isOver) return;
    }
  }
}
