/** The queues by name, and Cloudflare's limits on what is sent to them. A test holds the names and numbers to wrangler.toml. */
import type { JobQueue } from "./jobs.ts";
import type { Lane } from "./lanes.ts";
import { bytesOf, type Message, messageOf } from "./pack-job.ts";

export const QUEUE_NAMES = { prompt: "lojal-jobs", bulk: "lojal-bulk", failed: "lojal-jobs-failed" } as const;

/** How often a message comes back before it goes to the queue of what failed. */
export const MAX_RETRIES = 100;

/** Per `sendBatch`: 100 messages, 256 KB. */
const BATCH_MESSAGES = 100;
const BATCH_BYTES = 240_000;

/** The part of Cloudflare's Queue that is needed here. */
type Sender = Pick<Queue<Message>, "send" | "sendBatch">;

/** Sends jobs over Cloudflare's queues, one per lane, in as few calls as their limits allow. */
export function queueOver(queues: Readonly<Record<Lane, Sender>>): JobQueue {
  return {
    async send(jobs, { lane = "prompt", ...options } = {}) {
      const messages = await Promise.all(jobs.map(messageOf));
      const [only] = messages;
      if (only && messages.length === 1) await queues[lane].send(only, { contentType: "json", ...options });
      else
        for (const batch of batchesOf(messages))
          await queues[lane].sendBatch(batch.map((body) => ({ body, contentType: "json", ...options })));
    },
  };
}

/** The same queue for whoever does not say which lane. */
export function onLane(queue: JobQueue, lane: Lane): JobQueue {
  return { send: (jobs, options = {}) => queue.send(jobs, { lane, ...options }) };
}

function batchesOf(all: readonly Message[]): Message[][] {
  const batches: Message[][] = [];
  let room = 0;
  for (const message of all) {
    const bytes = bytesOf(message);
    const last = batches.at(-1);
    if (last && last.length < BATCH_MESSAGES && bytes <= room) {
      last.push(message);
      room -= bytes;
    } else {
      batches.push([message]);
      room = BATCH_BYTES - bytes;
    }
  }
  return batches;
}
