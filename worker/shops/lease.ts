/** A row that is a lease: whoever moves its due date holds it, and is known by that date to the millisecond. All times are the database's. */
import { type SQL, sql } from "drizzle-orm";
import { epochMs } from "../db/client.ts";

/** So long a holder may be silent before it is taken for dead. */
const LEASE_SECONDS = 120;

/** In SQL: until when a lease taken now holds, for work that begins in so many seconds. */
export function leaseUntil(delaySeconds: number): SQL {
  return sql`date_trunc('milliseconds', now() + ${LEASE_SECONDS + delaySeconds} * interval '1 second')`;
}

/** In SQL: whether the row whose due date this is, is still held under that lease. */
export function holds(dueAt: SQL, leaseMs: number): SQL {
  return sql`${epochMs(dueAt)} = ${leaseMs}::bigint`;
}
