/** One cron for all shops: whatever is due becomes jobs; each costs what is due and no more. */
import { chunksOf, type Job } from "./jobs.ts";
import type { Rooms } from "./rooms.ts";

const MEMBERS_PER_JOB = 250;
/** What one read of a shop's books finds. */
const BOOKED_WORK: ReadonlySet<string> = new Set(["redemptions", "dates"]);

export async function fanOut(rooms: Rooms): Promise<{ readonly jobs: number }> {
  const due = await rooms.shops.due();
  const jobs: Job[] = [];
  for (const { domain, work } of due) {
    if (work === "program-summary") jobs.push({ kind: "paint-program", shop: domain });
    if (work === "sweep") jobs.push({ kind: "sweep-orders", shop: domain, lease: null });
  }
  const swept = new Map(due.filter(({ work }) => BOOKED_WORK.has(work)).map(({ shopId, domain }) => [shopId, domain]));
  for (const [shopId, shop] of swept) {
    const { redemptionIds, memberIds } = await rooms.ledger.due(shopId);
    for (const redemptionId of redemptionIds) jobs.push({ kind: "finish-redemption", shop, redemptionId });
    for (const chunk of chunksOf(memberIds, MEMBERS_PER_JOB)) jobs.push({ kind: "book-due", shop, memberIds: chunk });
  }
  if (jobs.length > 0) await rooms.queue.send(jobs);
  return { jobs: jobs.length };
}
