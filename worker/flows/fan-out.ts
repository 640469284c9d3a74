/** One cron for all shops: whatever is due becomes jobs; each costs what is due and no more. */
import { clearOutlived, isTimeToClear } from "./clear-outlived.ts";
import { chunksOf, type Job } from "./jobs.ts";
import type { Lane } from "./lanes.ts";
import type { Rooms } from "./rooms.ts";

const MEMBERS_PER_JOB = 250;
/** Work of the ledger, found shop by shop. */
const OF_THE_LEDGER = ["redemptions", "dates"];

export interface FanOut {
  readonly jobs: number;
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
  for (const lane of ["prompt", "bulk"] as const)
    if (jobs[lane].length > 0) await rooms.queue.send(jobs[lane], { lane });
  if (isTimeToClear(rooms.nowMs())) await clearOutlived(rooms);
  return countedByKind([...jobs.prompt, ...jobs.bulk]);
}

function countedByKind(jobs: readonly Job[]): FanOut {
  const byKind: Record<string, number> = {};
  for (const { kind } of jobs) byKind[kind] = (byKind[kind] ?? 0) + 1;
  return { jobs: jobs.length, byKind };
}
