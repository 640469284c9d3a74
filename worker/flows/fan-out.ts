/** One cron for all shops: whatever is due becomes jobs; each costs what is due and no more. */

import { DEFINITIONS_VERSION } from "../shopify/metafield-definitions.ts";
import { clearOutlived, isTimeToClear } from "./clear-outlived.ts";
import { chunksOf, type Job } from "./jobs.ts";
import type { Lane } from "./lanes.ts";
import { PAINTED_PER_JOB } from "./paint-storefront.ts";
import type { Rooms } from "./rooms.ts";

const MEMBERS_PER_JOB = 250;
/** Late members of a shop that are called to be painted in one run. */
const LATE_MEMBERS = 1_000;
/** Work of the ledger, found shop by shop. */
const OF_THE_LEDGER = ["redemptions", "dates"];

export interface FanOut {
  readonly jobs: number;
  /** Members whose newest change is a minute old and not written to Shopify, and how long the oldest of these waits. */
  readonly unpainted: number;
  readonly paintLagMs: number;
  readonly byKind: Readonly<Record<string, number>>;
}

export async function fanOut(rooms: Rooms): Promise<FanOut> {
  const due = await rooms.shops.due();
  const jobs: Record<Lane, Job[]> = { prompt: [], bulk: [] };
  for (const { domain, work } of due) {
    if (work === "program-summary") jobs.prompt.push({ kind: "paint-program", shop: domain });
    if (work === "sweep") jobs.bulk.push({ kind: "sweep-orders", shop: domain, lease: null });
    if (work === "replay") jobs.bulk.push({ kind: "replay-set-aside", shop: domain });
    if (work === "erasure") jobs.bulk.push({ kind: "erase-shop", shop: domain });
    if (work === "token") jobs.bulk.push({ kind: "look-after-token", shop: domain });
  }
  const swept = new Map(
    due.filter(({ work }) => OF_THE_LEDGER.includes(work)).map(({ shopId, domain }) => [shopId, domain]),
  );
  for (const [shopId, shop] of swept) {
    const { redemptionIds, memberIds } = await rooms.ledger.due(shopId);
    for (const redemptionId of redemptionIds) jobs.prompt.push({ kind: "finish-redemption", shop, redemptionId });
    for (const chunk of chunksOf(memberIds, MEMBERS_PER_JOB))
      jobs.bulk.push({ kind: "book-due", shop, memberIds: chunk });
  }
  for (const { domain: shop, importId } of await rooms.importRuns.due())
    jobs.bulk.push({ kind: "go-on-import", shop, importId, lease: null });
  await sendAll(rooms, jobs);
  if (isTimeToClear(rooms.nowMs())) await clearOutlived(rooms);
  const painting = await fanOutPainting(rooms);
  const all = [...jobs.prompt, ...jobs.bulk, ...painting.jobs];
  const { unpainted, paintLagMs } = painting;
  return { jobs: all.length, byKind: countedByKind(all), unpainted, paintLagMs };
}

async function sendAll(rooms: Rooms, jobs: Readonly<Record<Lane, readonly Job[]>>): Promise<void> {
  for (const lane of ["prompt", "bulk"] as const)
    if (jobs[lane].length > 0) await rooms.queue.send(jobs[lane], { lane });
}

/** What is due at the storefront: definitions, repaintings, and members whose painting got lost or has not come yet. */
async function fanOutPainting(rooms: Rooms) {
  const due = await rooms.paintings.due(DEFINITIONS_VERSION);
  const jobs: Record<Lane, Job[]> = { prompt: [], bulk: [] };
  for (const { shopId, domain: shop, work } of due) {
    if (work === "definitions") jobs.prompt.push({ kind: "define-metafields", shop });
    if (work === "repaint") jobs.bulk.push({ kind: "repaint-members", shop, lease: null });
    if (work !== "late") continue;
    for (const memberIds of chunksOf(await rooms.paintings.takeLate(shopId, LATE_MEMBERS), PAINTED_PER_JOB))
      jobs.bulk.push({ kind: "paint-members", shop, memberIds });
  }
  await sendAll(rooms, jobs);
  return {
    jobs: [...jobs.prompt, ...jobs.bulk],
    unpainted: due.reduce((sum, { membersLate }) => sum + (membersLate ?? 0), 0),
    paintLagMs: Math.max(0, ...due.map(({ lateMs }) => lateMs ?? 0)),
  };
}

function countedByKind(jobs: readonly Job[]): Record<string, number> {
  const byKind: Record<string, number> = {};
  for (const { kind } of jobs) byKind[kind] = (byKind[kind] ?? 0) + 1;
  return byKind;
}
