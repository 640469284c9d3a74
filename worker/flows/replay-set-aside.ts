/** What was set aside is run again, when somebody asked for it. */
import type { Shop } from "../shops/shops.ts";
import { isJob } from "./jobs.ts";
import type { Rooms } from "./rooms.ts";

/** About a thousand rows: as many as one job may take its time for; the cron brings the next job a minute later, and nobody else does. */
const PIECES_PER_JOB = 10;

/** The rows that were asked for, oldest first. */
export async function replaySetAside(rooms: Rooms, shop: Shop): Promise<void> {
  for (let piece = 0; piece < PIECES_PER_JOB; piece++) if (!(await replayPiece(rooms, shop))) return;
}

/**
 * Queues the jobs of some rows, then notes that they were: a break between the two queues them again, and jobs may run twice. A job that
 * this version of the worker does not know keeps its wish for later. Returns whether there are more.
 */
async function replayPiece(rooms: Rooms, shop: Shop): Promise<boolean> {
  const { rows, areAll } = await rooms.shops.replayDue(shop.domain);
  if (rows.length === 0) return false;
  const known = rows.filter(({ job }) => isJob(job));
  await rooms.queue.send(known.map(({ job }) => job).filter(isJob), { lane: "bulk" });
  const ids = (some: typeof rows) => some.map(({ id }) => id);
  const postponed = ids(rows.filter(({ job }) => !isJob(job)));
  await rooms.shops.markReplayed(shop.domain, { replayed: ids(known), postponed });
  return !areAll;
}
