/**
 * A shop with as many customers as wanted, ten entries each, filled by plain SQL in the order in which time would have: one customer's rows lie
 * far apart, as they do when a shop has lived. Consistent, so that the audit of the books passes.
 */
import { statfsSync } from "node:fs";
import pg from "pg";
import { localSettings } from "../dev/settings.ts";
import { StartFailure } from "../dev/start-failure.ts";
import { addShop } from "../dev/test-rooms.ts";
import { openRooms } from "../worker/app.ts";
import { connect, type Database } from "../worker/db/client.ts";
import type { Job } from "../worker/flows/jobs.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import type { Shop } from "../worker/shops/shops.ts";
import type { Bed, BenchDatabase } from "./bed.ts";
import { fillSteps, HEAVY_MEMBERS } from "./big-world-rows.ts";

export interface BigWorld {
  readonly customers: number;
  readonly database: BenchDatabase;
  readonly rooms: Rooms;
  readonly shop: Shop;
  /** The worker's own driver and role, for floors. */
  readonly db: Database;
  /** What the worker queued since it was last emptied. */
  readonly queued: Job[];
  /** Behind row-level security. */
  look<Row extends pg.QueryResultRow>(query: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export interface BigWorldOptions {
  readonly name: string;
  readonly customers: number;
  /** Each point of the usual world is so many: for worlds in which members spend for long. Default 1. */
  readonly worth?: number;
}

export type HeavyMember = keyof typeof HEAVY_MEMBERS;

/** Members have the numbers 1 to `customers`, and a few unusual ones come after them. */
export function heavyMember(world: BigWorld, name: HeavyMember): number {
  return world.customers + 1 + Object.keys(HEAVY_MEMBERS).indexOf(name);
}

export function customerIdOf(member: number): string {
  return String(7_000_000_000 + member);
}

const DOMAIN = "bench-shop.myshopify.com";
/** Measured; and what Postgres writes ahead while it is filled. */
const BYTES_PER_CUSTOMER = 10_000;
const BYTES_WRITTEN_AHEAD = 4_000_000_000;

/** The worlds of one run, each filled once and shared by the benchmarks that read it. */
export class Worlds {
  readonly #bed: Bed;
  readonly #open = new Map<number, Promise<BigWorld>>();

  constructor(bed: Bed) {
    this.#bed = bed;
  }

  of(customers: number): Promise<BigWorld> {
    const present = this.#open.get(customers);
    if (present) return present;
    const opening = openBigWorld(this.#bed, { name: `bench_world_${customers}`, customers });
    this.#open.set(customers, opening);
    return opening;
  }

  async close(): Promise<void> {
    for (const opening of this.#open.values()) await opening.then((world) => world.close()).catch(() => undefined);
  }
}

export async function openBigWorld(bed: Bed, { name, customers, worth = 1 }: BigWorldOptions): Promise<BigWorld> {
  refuseWithoutRoom(bed.dataDir, customers);
  const database = await bed.newDatabase(name);
  const pool = new pg.Pool({ connectionString: database.superuserUrl, max: 4 });
  pool.on("error", () => undefined);
  const queued: Job[] = [];
  const keep = (jobs: readonly Job[]) => Promise.resolve(void queued.push(...jobs));
  const rooms = openRooms(localSettings(database.name), { send: keep });
  const { id } = await addShop({ database, rooms }, DOMAIN, { rewards: ["1:1.00"] });
  await fill(bed, database, { shopId: id, customers, worth });
  // A shop without a token has no Shopify: what is measured ends at the ledger.
  await pool.query("update shops set access_token_sealed = null");
  rooms.shops.forget(DOMAIN);
  const shop = await rooms.shops.findOne(DOMAIN, rooms.nowMs());
  if (!shop) throw new Error("The world's shop was not found.");
  return {
    customers,
    database,
    rooms,
    shop,
    db: connect(database.databaseUrl),
    queued,
    look: async <Row extends pg.QueryResultRow>(query: string, values: unknown[] = []) =>
      (await pool.query<Row>(query, values)).rows,
    close: async () => {
      await pool.end();
      await database.drop();
    },
  };
}

function refuseWithoutRoom(dataDir: string, customers: number): void {
  const { bavail, bsize } = statfsSync(dataDir);
  const needed = customers * BYTES_PER_CUSTOMER + BYTES_WRITTEN_AHEAD;
  if (bavail * bsize >= needed) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new StartFailure(
    `${customers} customers need ${gigabytes(needed)} of disk at ${dataDir}, and ${gigabytes(bavail * bsize)} are free: make room, or ask for fewer with --customers=100000.`,
  );
}

interface Filling {
  readonly shopId: number;
  readonly customers: number;
  readonly worth: number;
}

/** Two connections, one for the history and one for all else; nothing is lost if it breaks off, because then it starts anew. */
async function fill(bed: Bed, database: BenchDatabase, filling: Filling): Promise<void> {
  const startedMs = performance.now();
  const elapsed = () => `${((performance.now() - startedMs) / 1000).toFixed(0)} s`;
  await bed.server("alter system set max_wal_size = '4GB'", "alter system set checkpoint_timeout = '1h'");
  const { functions, history, others } = fillSteps(filling);
  const run = async (steps: readonly (readonly [name: string, statement: string])[]) => {
    const client = new pg.Client({ connectionString: database.superuserUrl });
    await client.connect();
    try {
      // Foreign keys are triggers: what is filled is right by the audit that follows.
      await client.query("set session_replication_role = replica; set synchronous_commit = off");
      for (const [step, statement] of steps) {
        await client.query(statement);
        bed.progress(`${database.name}: ${filling.customers} customers, ${step} after ${elapsed()}`);
      }
    } finally {
      await client.end();
    }
  };
  await run(functions);
  await Promise.all([run(history), run(others)]);
  await run([["swept and counted", "vacuum (analyze)"]]);
  // Autovacuum does this as entries come; here they all came at once.
  await run([["summed up by time", "select brin_summarize_new_values('entries_by_time')"]]);
  await bed.server("alter system reset all", "checkpoint");
  const [size] = await bed.ask<{ size: string }>(`select pg_size_pretty(pg_database_size('${database.name}')) as size`);
  bed.progress(`${database.name}: filled in ${elapsed()}, ${size?.size} of disk`);
}
