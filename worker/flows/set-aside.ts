/** Records deliveries that had no effect, so that a merchant can see them and nothing is silently lost. */
import { sql } from "drizzle-orm";
import { runFor } from "../db/client.ts";
import type { Job, SetAsideJob } from "./jobs.ts";
import type { Rooms } from "./rooms.ts";

export async function setAside(rooms: Rooms, jobs: readonly (SetAsideJob & { readonly job?: Job })[]): Promise<void> {
  if (jobs.length === 0) return;
  const rows = jobs.map((job) => ({
    shop_domain: job.shop,
    topic: job.topic,
    reason: job.reason,
    delivery_id: job.deliveryId,
  }));
  await runFor(
    rooms.db,
    {},
    sql`
      insert into set_aside (shop_domain, topic, reason, delivery_id, job)
      select shop_domain, topic, reason, delivery_id, job
      from json_to_recordset(${JSON.stringify(rows)}::json) as i (shop_domain text, topic text, reason text, delivery_id text, job json)
    `,
  );
}
