/** The queue's consumer: orders settle as one batch, those that are read at Shopify as another; whatever fails comes back alone, later. */
import { isDatabaseAway } from "../fault.ts";
import type { Fault } from "../log.ts";
import type { SetAside } from "../shops/set-aside.ts";
import type { Shop } from "../shops/shops.ts";
import { allOrEach, faultOf, toldOf } from "./all-or-each.ts";
import { bookDueMembers, dateMembersAnew } from "./book-due.ts";
import { countOrders } from "./count-orders.ts";
import { defineMetafields } from "./define-metafields.ts";
import { eraseShop } from "./erase-shop.ts";
import { finishRedemption } from "./finish-redemptions.ts";
import { goOnWithImport } from "./go-on-import.ts";
import type { Job, OrderJob, ReadOrderJob, SetAsideJob, ShopNewsJob } from "./jobs.ts";
import { lookAfterToken } from "./look-after-token.ts";
import { mergeCustomers } from "./merge-customers.ts";
import { paintMembers } from "./paint-members.ts";
import { paintProgram } from "./paint-storefront.ts";
import { readGroups } from "./read-groups.ts";
import { readOrders } from "./read-order.ts";
import { readPilotTag } from "./read-pilot-tag.ts";
import { repaintMembers } from "./repaint-members.ts";
import { replaySetAside } from "./replay-set-aside.ts";
import type { Rooms } from "./rooms.ts";
import { settleOrders } from "./settle-orders.ts";
import { takeShopNews } from "./shop-news.ts";
import { sweepOrders } from "./sweep-orders.ts";
import { takeStatement } from "./take-statement.ts";

/**
 * A consumer may take fifteen minutes for a batch, and what it has done by then counts only if it ends by itself. While Shopify does not answer
 * each job waits for it: what is left then comes again.
 */
const LONGEST_MS = 8 * 60_000;

const NOT_RUN: Fault = { fault: "not-run", code: null };

/** Runs all jobs; the answer says for each, in order, what went wrong: null when it is done, otherwise it must come again. */
export async function runJobs(rooms: Rooms, jobs: readonly Job[]): Promise<(Fault | null)[]> {
  const ends = new Map<Job, Fault | null>();
  const orders = jobs.filter((job) => job.kind === "order");
  const reads = jobs.filter((job) => job.kind === "read-order");
  const asides = jobs.filter((job) => job.kind === "set-aside");
  for (const [job, fault] of await allOrEach(orders, "orders", (some) => settleOrders(rooms, some)))
    ends.set(job, fault);
  for (const [job, fault] of await allOrEach(asides, "set-aside", (some) => rooms.shops.setAside(some)))
    ends.set(job, fault);
  for (const [job, fault] of await readOrders(rooms, reads)) ends.set(job, fault);
  const endsAtMs = rooms.nowMs() + LONGEST_MS;
  for (const job of mergePaintings(jobs)) {
    if (rooms.nowMs() > endsAtMs) break;
    const fault = toldOf(await faultOf(job.kind, () => runOne(rooms, job)));
    ends.set(job, fault);
    for (const other of jobs) if (other.kind === "paint-members" && isWithin(other, job)) ends.set(other, fault);
  }
  return jobs.map((job) => {
    const end = ends.get(job);
    return end === undefined ? NOT_RUN : end;
  });
}

type OtherJob = Exclude<Job, OrderJob | SetAsideJob | ReadOrderJob>;

/** Many changes of one member in one batch are one write of the newest balance. */
function mergePaintings(jobs: readonly Job[]): OtherJob[] {
  const painted = new Map<string, Set<string>>();
  const others: OtherJob[] = [];
  for (const job of jobs) {
    if (job.kind === "paint-members")
      painted.set(job.shop, new Set([...(painted.get(job.shop) ?? []), ...job.memberIds]));
    else if (job.kind !== "order" && job.kind !== "read-order" && job.kind !== "set-aside") others.push(job);
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
  if (job.kind === "shop-news") await takeShopNews(rooms, shop, job);
  else if (shop && (shop.isInstalled || !("topic" in job))) await runForShop(rooms, shop, job);
  else if ("topic" in job) await rooms.shops.setAside([{ ...job, reason: shop ? "uninstalled" : "unknown-shop", job }]);
}

function runForShop(rooms: Rooms, shop: Shop, job: Exclude<OtherJob, ShopNewsJob>): Promise<unknown> {
  switch (job.kind) {
    case "merge-customers":
      return mergeCustomers(rooms, shop, job);
    case "paint-program":
      return paintProgram(rooms, shop);
    case "paint-members":
      return paintMembers(rooms, shop, job.memberIds);
    case "define-metafields":
      return defineMetafields(rooms, shop);
    case "repaint-members":
      return repaintMembers(rooms, shop, job.lease);
    case "book-due":
      return bookDueMembers(rooms, shop, job.memberIds);
    case "date-anew":
      return dateMembersAnew(rooms, shop, job.afterMemberId);
    case "count-orders":
      return countOrders(rooms, shop, job.afterOrderId);
    case "finish-redemption":
      return finishRedemption(rooms, shop, job.redemptionId);
    case "sweep-orders":
      return sweepOrders(rooms, shop, job.lease);
    case "take-statement":
      return takeStatement(rooms, shop, job);
    case "read-groups":
      return readGroups(rooms, shop);
    case "read-pilot-tag":
      return readPilotTag(rooms, shop, job);
    case "go-on-import":
      return goOnWithImport(rooms, shop, job);
    case "replay-set-aside":
      return replaySetAside(rooms, shop);
    case "erase-shop":
      return eraseShop(rooms, shop);
    case "look-after-token":
      return lookAfterToken(rooms, shop);
  }
}

/** What failed for good, or is unknown to this version of the worker, and what is known of why. */
export interface Failure {
  readonly content: unknown;
  readonly reason: "failed" | "unknown-job";
  readonly fault: Fault | null;
  readonly attempts: number;
}

/** What failed for good is kept where a merchant can see it; a job that cannot be written down is noted without its content. */
export async function recordFailed(rooms: Rooms, failures: readonly Failure[]): Promise<void> {
  const rows = failures.map(rowOf);
  const record = (some: readonly SetAside[]) => faultOf("record-failed", () => rooms.shops.setAside(some));
  const fault = await record(rows);
  if (isDatabaseAway(fault)) throw fault;
  if (fault === null) return;
  for (const row of rows) {
    const own = await record([row]);
    // Away only for this moment: nothing is wrong with the job, and what is not recorded yet comes again with it.
    if (isDatabaseAway(own)) throw own;
    if (own !== null) await rooms.shops.setAside([{ ...row, job: null }]);
  }
}

function rowOf({ content, reason, fault, attempts }: Failure): SetAside {
  const told = (typeof content === "object" ? content : null) as Readonly<Record<string, unknown>> | null;
  const text = (name: string) => (typeof told?.[name] === "string" ? told[name] : null);
  return {
    shop: text("shop") ?? "",
    topic: text("topic") ?? text("kind") ?? "",
    deliveryId: text("deliveryId"),
    reason,
    fault: fault === null ? null : [fault.fault, fault.code ?? []].flat().join(" "),
    attempts,
    job: content ?? null,
  };
}
