import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { largeOrder } from "../../dev/test-orders.ts";
import { readSnapshot } from "../shopify/snapshot.ts";
import { isJob, type Job, type OrderJob } from "./jobs.ts";
import { jobOf, MESSAGE_BYTES, type Message, messageOf } from "./pack-job.ts";
import { MAX_RETRIES, onLane, QUEUE_NAMES, queueOver } from "./queues.ts";

const KILOBYTE = 1_000;
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** A queue of Cloudflare's that is as strict as theirs. */
class StrictQueue {
  readonly calls: Message[][] = [];
  readonly options: unknown[] = [];
  send(message: Message, options?: unknown) {
    return this.#take([message], options);
  }
  sendBatch(all: Iterable<{ body: Message }>) {
    const messages = [...all];
    return this.#take(
      messages.map(({ body }) => body),
      messages[0],
    );
  }
  #take(messages: Message[], options: unknown) {
    const sizes = messages.map(bytesOf);
    if (messages.length > 100 || sizes.some((size) => size > 128 * KILOBYTE)) throw new Error("too large");
    if (sizes.reduce((sum, size) => sum + size, 0) > 256 * KILOBYTE) throw new Error("batch too large");
    this.calls.push(messages);
    this.options.push(options);
    return Promise.resolve({} as never);
  }
}

function newQueues() {
  const [prompt, bulk] = [new StrictQueue(), new StrictQueue()];
  return { prompt, bulk, queue: queueOver({ prompt, bulk }) };
}

function orderJob(lines: number): OrderJob {
  const verdict = readSnapshot("orders/updated", JSON.stringify(largeOrder(lines)), 0);
  if (verdict.kind !== "order") throw new Error("not an order");
  return { kind: "order", shop: "a.myshopify.com", topic: "orders/updated", deliveryId: "d", ...verdict.snapshot };
}

test("the names, retries and dead letters of wrangler.toml are those of the code, and both lanes have the same rules", () => {
  const toml = readFileSync(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
  const parts = toml.split(/^\[\[/m).map((part) => {
    const value = (name: string) => new RegExp(`^${name} = "?([^"\\n]+)"?$`, "m").exec(part)?.[1];
    return { is: part.split("]]")[0], value };
  });
  const of = (kind: string) => parts.filter(({ is }) => is === kind);
  expect(of("queues.producers").map(({ value }) => [value("binding"), value("queue")])).toEqual([
    ["JOBS", QUEUE_NAMES.prompt],
    ["BULK", QUEUE_NAMES.bulk],
  ]);
  const rules = of("queues.consumers").map(({ value }) =>
    ["queue", "max_batch_size", "max_retries", "dead_letter_queue"].map(value),
  );
  expect(rules).toEqual([
    [QUEUE_NAMES.prompt, "100", String(MAX_RETRIES), QUEUE_NAMES.failed],
    [QUEUE_NAMES.bulk, "100", String(MAX_RETRIES), QUEUE_NAMES.failed],
    [QUEUE_NAMES.failed, "100", String(MAX_RETRIES), undefined],
  ]);
});

test("an order of 700 lines with refunds travels in one message and comes out as it went in", async () => {
  const job = orderJob(700);
  expect(bytesOf(job)).toBeGreaterThan(MESSAGE_BYTES);
  const message = await messageOf(job);
  expect(message.kind).toBe("packed");
  expect(bytesOf(message)).toBeLessThanOrEqual(MESSAGE_BYTES);
  expect(await jobOf(JSON.parse(JSON.stringify(message)))).toEqual(job);
});

test("an order that is too large even when packed is read at Shopify instead", async () => {
  const job = orderJob(12_000);
  const message = await messageOf(job);
  const { shop, topic, deliveryId, orderId } = job;
  expect(message).toEqual({ kind: "read-order", shop, topic, deliveryId, orderId });
});

test("a small job stays as it is; a message that holds no packed job cannot be unpacked", async () => {
  const job: Job = { kind: "paint-program", shop: "å.myshopify.com" };
  expect(await messageOf(job)).toBe(job);
  expect(await jobOf(job)).toBe(job);
  await expect(jobOf({ kind: "packed", gzip: "AAAA" })).rejects.toThrow();
});

test("a small job is accepted without counting its bytes; one in many letters of many bytes is counted", async () => {
  const count = vi.spyOn(TextEncoder.prototype, "encode");
  try {
    const { prompt, queue } = newQueues();
    await queue.send([{ kind: "paint-program", shop: "s".repeat(MESSAGE_BYTES / 4) }]);
    expect(count).not.toHaveBeenCalled();
    await expect(queue.send([{ kind: "paint-program", shop: "€".repeat(MESSAGE_BYTES / 2.5) }])).rejects.toThrow();
    expect(prompt.calls).toHaveLength(1);
  } finally {
    count.mockRestore();
  }
});

test("any jobs are sent in calls that Cloudflare takes, each once and in order, on the lane that was named", async () => {
  const aside = fc.nat(110_000).map((size): Job => {
    const delivery = { shop: "a.myshopify.com", topic: "x", deliveryId: String(size) };
    return { kind: "set-aside", ...delivery, reason: "ü".repeat(size / 2) };
  });
  const small = fc.nat(200).map((size): Job => ({ kind: "paint-program", shop: "s".repeat(size) }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(aside, small), { size: "max", maxLength: 300 }),
      fc.boolean(),
      async (jobs, isBulk) => {
        const { prompt, bulk, queue } = newQueues();
        await (isBulk ? onLane(queue, "bulk") : queue).send(jobs, { delaySeconds: 3 });
        expect((isBulk ? bulk : prompt).calls.flat()).toEqual(jobs);
        expect((isBulk ? prompt : bulk).calls).toEqual([]);
        for (const options of (isBulk ? bulk : prompt).options) expect(options).toMatchObject({ delaySeconds: 3 });
      },
    ),
    { numRuns: 40 },
  );
});

test("a job is known by its kind and shop; anything else is not", () => {
  expect(isJob({ kind: "paint-program", shop: "a" })).toBe(true);
  const others = [
    null,
    1,
    "order",
    [],
    {},
    { kind: "order" },
    { kind: "toString", shop: "a" },
    { kind: "order", shop: 1 },
  ];
  for (const other of [...others, { kind: "paint-members", shop: "a", memberIds: 7 }]) expect(isJob(other)).toBe(false);
});
