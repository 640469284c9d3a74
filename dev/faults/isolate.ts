/** The worker in this process: its real entry, with memories of its own, on a queue that outlives it. */
import { localSettings } from "../settings.ts";
import type { Batch, DurableQueue } from "./durable-queue.ts";

interface Entry {
  fetch(request: Request, env: object, context: object): Promise<Response>;
  queue(batch: Batch, env: object): Promise<void>;
  scheduled(controller: object, env: object, context: object): Promise<void>;
}

let made = 0;

/** One life of the worker: what it remembers is gone with it. */
export class Isolate {
  readonly queue: DurableQueue;
  readonly #entry: Entry;
  readonly #env: object;

  private constructor(entry: Entry, database: string, queue: DurableQueue) {
    this.#entry = entry;
    this.queue = queue;
    this.#env = { ...localSettings(database), ...queue.bindings() };
  }

  static async start(database: string, queue: DurableQueue): Promise<Isolate> {
    made += 1;
    // A module with another name is another module: nothing that the entry remembers is shared.
    const { default: entry } = (await import(`../../worker/index.ts?life=${made}`)) as { default: Entry };
    return new Isolate(entry, database, queue);
  }

  fetch(request: Request): Promise<Response> {
    return this.#entry.fetch(request, this.#env, {
      waitUntil: () => undefined,
      passThroughOnException: () => undefined,
    });
  }

  consume(batch: Batch): Promise<void> {
    return this.#entry.queue(batch, this.#env);
  }

  /** The minute's cron. */
  scheduled(): Promise<void> {
    return this.#entry.scheduled({ cron: "* * * * *", scheduledTime: Date.now() }, this.#env, {
      waitUntil: () => undefined,
    });
  }

  /** Consumes until nothing waits. */
  async drain(size = 100): Promise<void> {
    for (let some = this.queue.take(size); some.length > 0; some = this.queue.take(size))
      await this.queue.deliver(some, (batch) => this.consume(batch));
  }
}
