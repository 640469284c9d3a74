/** What was set aside is run again, when somebody asked for it. */
import type { Shop } from "../shops/shops.ts";
import { isJob } from "./jobs.ts";
import type { Rooms } from "./rooms.ts";

/**
 * Queues the jobs of the rows that were asked for, then notes that they were: a break between the two queues them again, and jobs may run
 * twice. A job that this version of the worker does not know keeps its wish for later. Calls itself again while there are more.
 */
export async function replaySetAside(rooms: Rooms, shop: Shop): Promise<void> {
  const { rows, areAll } = await rooms.shops.replayDue(shop.domain);
  if (rows.length === 0) return;
  const known = rows.filter(({ job }) => isJob(job));
  await rooms.queue.send(known.map(({ job }) => job).filter(isJob), { lane: "bulk" });
  const ids = (some: typeof rows) => some.map(({ id }) => id);
  const postponed = ids(rows.filter(({ job }) => !isJob(job)));
  await rooms.shops.markReplayed(shop.domain, { replayed: ids(known), postponed });
  if (!areAll) await rooms.queue.send([{ kind: "replay-set-aside", shop: shop.domain }], { lane: "bulk" });
}
