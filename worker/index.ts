import { createApp, openRooms } from "./app.ts";
import { type Env, readSettings } from "./env.ts";
import { fanOut } from "./flows/fan-out.ts";
import { chunksOf, type Job, type JobQueue } from "./flows/jobs.ts";
import type { Rooms } from "./flows/rooms.ts";
import { recordFailed, runJobs } from "./flows/run-jobs.ts";
import { faultFields, logEvent } from "./log.ts";

const FAILED_QUEUE = "lojal-jobs-failed";
const MAX_RETRY_DELAY_SECONDS = 300;
const SEND_BATCH_LIMIT = 100;

let rooms: Rooms | null = null;

/** One set of rooms per isolate: its caches are what they are for. */
function roomsOf(env: Env): Rooms {
  rooms ??= openRooms(readSettings({ ...env }), queueOver(env.JOBS));
  return rooms;
}

function queueOver(queue: Queue): JobQueue {
  return {
    async send(jobs, options = {}) {
      for (const chunk of chunksOf(jobs, SEND_BATCH_LIMIT))
        await queue.sendBatch(chunk.map((body) => ({ body, ...options })));
    },
  };
}

/** What failed for good is kept; while the database is away it waits here, five minutes a time, for hours. */
async function recordOrWait(opened: Rooms, batch: MessageBatch<Job>): Promise<void> {
  const jobs = batch.messages.map((message) => message.body);
  try {
    await recordFailed(opened, jobs);
  } catch (fault) {
    logEvent({ event: "fault", work: "record-failed", jobs: jobs.length, ...faultFields(fault) });
    batch.retryAll({ delaySeconds: MAX_RETRY_DELAY_SECONDS });
  }
}

const app = createApp((env) => roomsOf(env as unknown as Env));

export default {
  fetch: (request: Request, env: Env, context: ExecutionContext) => app.fetch(request, { ...env }, context),

  async queue(batch: MessageBatch<Job>, env: Env): Promise<void> {
    const startedMs = Date.now();
    if (batch.queue === FAILED_QUEUE) return await recordOrWait(roomsOf(env), batch);
    const jobs = batch.messages.map((message) => message.body);
    const done = await runJobs(roomsOf(env), jobs);
    batch.messages.forEach((message, index) => {
      if (done[index]) message.ack();
      else message.retry({ delaySeconds: Math.min(2 ** message.attempts, MAX_RETRY_DELAY_SECONDS) });
    });
    const settled = done.filter(Boolean).length;
    logEvent({
      event: "batch",
      jobs: jobs.length,
      settled,
      retried: jobs.length - settled,
      durationMs: Date.now() - startedMs,
    });
  },

  async scheduled(_controller: ScheduledController, env: Env): Promise<void> {
    const startedMs = Date.now();
    const { jobs } = await fanOut(roomsOf(env));
    logEvent({ event: "cron", jobs, durationMs: Date.now() - startedMs });
  },
} satisfies ExportedHandler<Env, Job>;
