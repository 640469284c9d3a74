/** The queue's consumer: orders settle as one batch; whatever fails comes back alone, later. */
import { isDatabaseAway } from "../fault.ts";
import { faultFields, logEvent } from "../log.ts";
import type { Shop } from "../shops/shops.ts";
import { bookDueMembers, dateMembersAnew } from "./book-due.ts";
import { finishRedemption } from "./finish-redemptions.ts";
import type { Job, OrderJob, SetAsideJob } from "./jobs.ts";
import { mergeCustomers } from "./merge-customers.ts";
import { paintMembers, paintProgram } from "./paint-storefront.ts";
import { readOrder } from "./read-order.ts";
import type { Rooms } from "./rooms.ts";
import { settleOrders } from "./settle-orders.ts";
import { sweepOrders } from "./sweep-orders.ts";
import { takeStatement } from "./take-statement.ts";

/** Runs all jobs; the answer says for each, in order, whether it is done or must come again. */
export async function runJobs(rooms: Rooms, jobs: readonly Job[]): Promise<boolean[]> {
  const done = new Map<Job, boolean>();
  const orders = jobs.filter((job) => job.kind === "order");
  const asides = jobs.filter((job) => job.kind === "set-aside");
  for (const [job, isDone] of await allOrEach(orders, "orders", (some) => settleOrders(rooms, some)))
    done.set(job, isDone);
  for (const [job, isDone] of await allOrEach(asides, "set-aside", (some) => rooms.shops.setAside(some)))
    done.set(job, isDone);
  for (const job of mergePaintings(jobs)) {
    const isDone = await succeeds(job.kind, () => runOne(rooms, job));
    done.set(job, isDone);
    for (const other of jobs)
      if (isDone && other.kind === "paint-members" && isWithin(other, job)) done.set(other, true);
  }
  return jobs.map((job) => done.get(job) ?? false);
}

/** One batch for all; if that fails with the database there, each by itself: one that cannot be done holds up no other. */
async function allOrEach<Kind extends Job>(
  jobs: readonly Kind[],
  work: string,
  run: (some: readonly Kind[]) => Promise<void>,
) {
  if (jobs.length === 0) return [];
  const fault = await faultOf(work, () => run(jobs));
  const isAlone = jobs.length === 1 || isDatabaseAway(fault);
  if (fault === null || isAlone) return jobs.map((job): [Job, boolean] => [job, fault === null]);
  const results: [Job, boolean][] = [];
  for (const job of jobs) results.push([job, await succeeds(work, () => run([job]))]);
  return results;
}

async function succeeds(work: string, run: () => Promise<void>): Promise<boolean> {
  return (await faultOf(work, run)) === null;
}

/** Runs; a fault is logged once and handed back. */
async function faultOf(work: string, run: () => Promise<void>): Promise<unknown> {
  try {
    await run();
    return null;
  } catch (fault) {
    logEvent({ event: "fault", work, ...faultFields(fault) });
    return fault ?? "unknown fault";
  }
}

type OtherJob = Exclude<Job, OrderJob | SetAsideJob>;

/** Many changes of one member in one batch are one write of the newest balance. */
function mergePaintings(jobs: readonly Job[]): OtherJob[] {
  const painted = new Map<string, Set<string>>();
  const others: OtherJob[] = [];
  for (const job of jobs) {
    if (job.kind === "paint-members")
      painted.set(job.shop, new Set([...(painted.get(job.shop) ?? []), ...job.memberIds]));
    else if (job.kind !== "order" && job.kind !== "set-aside") others.push(job);
  }
  return [
    ...others,
    ...[...painted].map(([shop, members]) => ({ kind: "paint-members", shop, memberIds: [...members] }) as const),
  ];
}

function isWithin(part: OtherJob, whole: OtherJob): boolean {
  return whole.kind === "paint-members" && part.shop === whole.shop;
}

async function runOne(rooms: Rooms, job: OtherJob): Promise<void> {
  const shop = await rooms.shops.findOne(job.shop, rooms.nowMs());
  if (shop) await runForShop(rooms, shop, job);
  else if ("topic" in job) await rooms.shops.setAside([{ ...job, reason: "unknown-shop", job }]);
}

function runForShop(rooms: Rooms, shop: Shop, job: OtherJob): Promise<unknown> {
  switch (job.kind) {
    case "read-order":
      return readOrder(rooms, shop, job);
    case "merge-customers":
      return mergeCustomers(rooms, shop, job);
    case "paint-program":
      return paintProgram(rooms, shop);
    case "paint-members":
      return paintMembers(rooms, shop, job.memberIds);
    case "book-due":
      return bookDueMembers(rooms, shop, job.memberIds);
    case "date-anew":
      return dateMembersAnew(rooms, shop, job.afterMemberId);
    case "finish-redemption":
      return finishRedemption(rooms, shop, job.redemptionId);
    case "sweep-orders":
      return sweepOrders(rooms, shop, job.lease);
    case "take-statement":
      return takeStatement(rooms, shop, job);
  }
}

/** What failed for good is kept where a merchant can see it; a job that cannot be written down is noted without its content. */
export async function recordFailed(rooms: Rooms, jobs: readonly Job[]): Promise<void> {
  const notes = jobs.map((job) => ({
    shop: job.shop,
    topic: "topic" in job ? job.topic : job.kind,
    deliveryId: "deliveryId" in job ? job.deliveryId : null,
    reason: "failed",
  }));
  const fault = await faultOf("record-failed", () =>
    rooms.shops.setAside(notes.map((note, index) => ({ ...note, job: jobs[index] }))),
  );
  if (isDatabaseAway(fault)) throw fault;
  if (fault !== null) for (const note of notes) await rooms.shops.setAside([note]);
}
