/** Deliveries that had no effect, and work that failed for good: recorded, so that a merchant can see them and nothing is silently lost. */
import { sql } from "drizzle-orm";
import { type Database, runFor } from "../db/client.ts";

export interface SetAside {
  readonly shop: string;
  readonly topic: string;
  readonly reason: string;
  readonly deliveryId: string | null;
  /** What to run again, if it can be. */
  readonly job?: unknown;
}

/** Postgres takes no NUL and no half of a surrogate pair: what is recorded here must never be refused. */
function asPostgresTakesIt(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : value;
}

export async function recordSetAside(db: Database, all: readonly SetAside[]): Promise<void> {
  if (all.length === 0) return;
  const rows = all.map(({ shop, topic, reason, deliveryId, job = null }) => ({
    shop_domain: shop,
    topic,
    reason,
    delivery_id: deliveryId,
    job,
  }));
  await runFor(
    db,
    {},
    sql`
      insert into set_aside (shop_domain, topic, reason, delivery_id, job)
      select shop_domain, topic, reason, delivery_id, job
      from json_to_recordset(${JSON.stringify(rows, asPostgresTakesIt)}::json)
        as i (shop_domain text, topic text, reason text, delivery_id text, job json)
    `,
  );
}
