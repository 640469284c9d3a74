/** A batch from the queue: what is done is acknowledged, what failed comes back later and alone, what failed for good is recorded. */
import { type Fault, faultFields, logEvent } from "../log.ts";
import { isJob, type Job } from "./jobs.ts";
import { jobOf } from "./pack-job.ts";
import { MAX_RETRIES, onLane, QUEUE_NAMES } from "./queues.ts";
import type { Rooms } from "./rooms.ts";
import { type Failure, recordFailed, runJobs } from "./run-jobs.ts";

const MAX_RETRY_DELAY_SECONDS = 300;
const MAX_FAILED_DELAY_SECONDS = 9_000;

/** The part of Cloudflare's message that is needed here. */
export interface Delivery {
  readonly body: unknown;
  /** Counts from one. */
  readonly attempts: number;
  readonly timestamp: Date;
  ack(): void;
  retry(options: { readonly delaySeconds: number }): void;
}

export interface Batch {
  readonly queue: string;
  readonly messages: readonly Delivery[];
}

/** Runs the batch, answers for each of its messages, and logs the one event of it. */
export async function consumeBatch(rooms: Rooms, { queue, messages }: Batch): Promise<void> {
  const startedMs = rooms.nowMs();
  const lagMs = Math.max(0, ...messages.map(({ timestamp }) => startedMs - timestamp.getTime()));
  const opened = await Promise.all(messages.map(open));
  const ended = queue === QUEUE_NAMES.failed ? await bury(rooms, opened) : await run(rooms, queue, opened);
  opened.forEach(({ delivery }, index) => {
    const { end, restSeconds } = ended[index] ?? { end: "retried", restSeconds: 0 };
    if (end === "retried") delivery.retry({ delaySeconds: Math.max(pauseSeconds(queue, delivery), restSeconds) });
    else delivery.ack();
  });
  const count = (end: End) => ended.filter((one) => one.end === end).length;
  const durationMs = rooms.nowMs() - startedMs;
  const counts = { settled: count("settled"), retried: count("retried"), failed: count("failed") };
  logEvent({ event: "batch", queue, jobs: messages.length, ...counts, lagMs, durationMs });
}

/** Done; to come again; recorded as failed for good. */
type End = "settled" | "retried" | "failed";

/** What became of a message, and how long it is of no use to try it again. */
interface Ended {
  readonly end: End;
  readonly restSeconds: number;
}

interface Opened {
  readonly delivery: Delivery;
  /** Null when this version of the worker does not know what it is. */
  readonly job: Job | null;
  /** Unpacked, if it could be. */
  readonly content: unknown;
}

async function open(delivery: Delivery): Promise<Opened> {
  try {
    const content = await jobOf(delivery.body);
    return { delivery, content, job: isJob(content) ? content : null };
  } catch {
    return { delivery, content: delivery.body, job: null };
  }
}

async function run(rooms: Rooms, queue: string, opened: readonly Opened[]): Promise<Ended[]> {
  // Nobody waits for a batch; and what it brings about goes on in its own lane: the balances of a burst are painted behind the burst.
  const own: Rooms = {
    ...rooms,
    urgency: "background",
    queue: onLane(rooms.queue, queue === QUEUE_NAMES.bulk ? "bulk" : "prompt"),
  };
  const known = opened.flatMap(({ job }) => job ?? []);
  const faults = new Map<Job, Fault | null>();
  (await runJobs(own, known)).forEach((fault, index) => {
    const job = known[index];
    if (job) faults.set(job, fault);
  });
  const restSecondsOf = (job: Job | null) => (job && faults.get(job)?.delaySeconds) ?? 0;
  const isLast = ({ delivery }: Opened) => delivery.attempts >= MAX_RETRIES;
  const ends = opened.map((one): End => {
    // What this version does not know, the next one may: while it is rolled out, both take from the queue.
    if (one.job !== null && faults.get(one.job) === null) return "settled";
    return isLast(one) ? "failed" : "retried";
  });
  const failed = opened.filter((_, index) => ends[index] === "failed");
  const areRecorded = await record(
    rooms,
    failed.map((one) => failureOf(one, one.job && (faults.get(one.job) ?? null))),
  );
  return ends.map((end, index) => ({
    end: end === "failed" && !areRecorded ? "retried" : end,
    restSeconds: restSecondsOf(opened[index]?.job ?? null),
  }));
}

/** What could not even be recorded on its last try waits here, with all its tries behind it: those of this queue are another count. */
async function bury(rooms: Rooms, opened: readonly Opened[]): Promise<Ended[]> {
  const areRecorded = await record(
    rooms,
    opened.map((one) => ({ ...failureOf(one, null), attempts: MAX_RETRIES })),
  );
  return opened.map(() => ({ end: areRecorded ? "failed" : "retried", restSeconds: 0 }));
}

function failureOf({ delivery, job, content }: Opened, fault: Fault | null): Failure {
  const attempts = Math.min(delivery.attempts, MAX_RETRIES);
  return { content, reason: job === null ? "unknown-job" : "failed", fault, attempts };
}

async function record(rooms: Rooms, failures: readonly Failure[]): Promise<boolean> {
  try {
    await recordFailed(rooms, failures);
    return true;
  } catch (fault) {
    logEvent({ event: "fault", work: "record-failed", jobs: failures.length, ...faultFields(fault) });
    return false;
  }
}

/**
 * Ever longer. A database that has been away since the job's first try may be away for days: where nothing comes after the last try, the
 * pauses grow from five minutes to two and a half hours, so that a hundred of them last about nine days.
 */
export function pauseSeconds(queue: string, { attempts }: Pick<Delivery, "attempts">): number {
  if (queue === QUEUE_NAMES.failed) return Math.min(MAX_RETRY_DELAY_SECONDS * attempts, MAX_FAILED_DELAY_SECONDS);
  return Math.min(2 ** attempts, MAX_RETRY_DELAY_SECONDS);
}
