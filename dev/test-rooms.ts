/** Test helpers over real Postgres: a shop of a test's own, rooms without a worker around them, and the checks on the books. */
import pg from "pg";
import { openRooms } from "../worker/app.ts";
import type { OrderNews } from "../worker/domain/order.ts";
import type { Job, JobQueue } from "../worker/flows/jobs.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import type { Shop } from "../worker/shops/shops.ts";
import { publishProgram, simpleProgram } from "./publish-program.ts";
import { localSettings } from "./settings.ts";
import { newDatabase, type TestDatabase } from "./test-bed.ts";

/** A queue that keeps what it is given. */
export class KeptQueue implements JobQueue {
  readonly jobs: Job[] = [];
  send(jobs: readonly Job[]): Promise<void> {
    this.jobs.push(...jobs);
    return Promise.resolve();
  }
}

export interface TestWorld {
  readonly database: TestDatabase;
  readonly rooms: Rooms;
  readonly queue: KeptQueue;
  readonly shop: Shop;
  /** Looks behind row-level security. */
  look<Row extends pg.QueryResultRow>(query: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly currency?: string;
  readonly points?: number;
  readonly perMinor?: number;
  readonly pendingDays?: number;
  readonly rewards?: readonly string[];
  readonly since?: string;
}

/** A fresh database with one shop: 1 point per 1.00, no return window, 500 points for 50.00. */
export async function newWorld(options: WorldOptions = {}): Promise<TestWorld> {
  const database = await newDatabase();
  const pool = new pg.Pool({ connectionString: database.superuserUrl, max: 2 });
  pool.on("error", () => undefined);
  const queue = new KeptQueue();
  const rooms = openRooms(localSettings(database.name), queue);
  return {
    database,
    rooms,
    queue,
    shop: await addShop({ database, rooms }, "test-shop.myshopify.com", options),
    look: async <Row extends pg.QueryResultRow>(query: string, values: unknown[] = []) =>
      (await pool.query<Row>(query, values)).rows,
    close: async () => {
      await pool.end();
      await database.drop();
    },
  };
}

/** One more shop in a test's database, or a further program version of a shop that is there. */
export async function addShop(
  { database, rooms }: Pick<TestWorld, "database" | "rooms">,
  domain: string,
  options: WorldOptions = {},
): Promise<Shop> {
  const { currency = "USD", points = 1, perMinor = 100, pendingDays = 0, rewards = ["500:50.00"], since } = options;
  const program = simpleProgram({ currency, points, perMinor, pendingDays, rewards });
  const inForceFrom = since ?? "2000-01-01";
  await publishProgram(database.superuserUrl, { domain, currency, program, inForceFrom, accessToken: "test-token" });
  rooms.shops.forget(domain);
  const shop = await rooms.shops.findOne(domain, rooms.nowMs());
  if (!shop) throw new Error("The test's shop was not found.");
  return shop;
}

export function orderJob(world: TestWorld, orderId: string, news: OrderNews) {
  return { kind: "order", shop: world.shop.domain, topic: "orders/paid", deliveryId: null, orderId, news } as const;
}

/**
 * What must be true of a ledger at rest (I1, I2, I3): counters equal the sums of their entries, lots equal counters, every lot is its amount plus
 * its allocations. Returns the faults, so that a test can show them.
 */
export async function auditLedger(world: Pick<TestWorld, "look">): Promise<string[]> {
  const faults = await world.look<{ fault: string }>(`
    select format('account %s/%s: counters %s, entries %s', a.shop_id, a.member_id,
                  row(a.pending, a.available, a.held, a.owed), row(e.pending, e.available, e.held, e.owed)) as fault
    from accounts a left join lateral (
      select coalesce(sum(pending), 0) as pending, coalesce(sum(available), 0) as available,
             coalesce(sum(held), 0) as held, coalesce(sum(owed), 0) as owed
      from entries where shop_id = a.shop_id and member_id = a.member_id) e on true
    where (a.pending, a.available, a.held, a.owed) is distinct from (e.pending, e.available, e.held, e.owed)
    union all
    select format('account %s/%s: pots %s/%s, lots %s/%s', a.shop_id, a.member_id, a.pending, a.available, l.pending, l.available)
    from accounts a left join lateral (
      select coalesce(sum(remaining) filter (where not matured), 0) as pending,
             coalesce(sum(remaining) filter (where matured), 0) as available
      from lots where shop_id = a.shop_id and member_id = a.member_id and remaining > 0) l on true
    where (a.pending, a.available) is distinct from (l.pending, l.available)
    union all
    select format('lot %s: amount %s, remaining %s, allocations %s', l.id, l.amount, l.remaining, coalesce(sum(t.points), 0))
    from lots l left join allocations t on t.shop_id = l.shop_id and t.lot_id = l.id
    group by l.shop_id, l.id having l.remaining <> l.amount + coalesce(sum(t.points), 0)
    union all
    select format('order %s: posted %s, entries %s', o.order_id, o.posted, coalesce(sum(e.points), 0))
    from order_states o left join entries e on e.shop_id = o.shop_id and e.order_id = o.order_id and e.kind in ('earn', 'claw-back')
    group by o.shop_id, o.order_id having o.posted <> coalesce(sum(e.points), 0)
    union all
    select format('account %s/%s: held %s, open redemptions %s', a.shop_id, a.member_id, a.held, coalesce(sum(r.cost), 0))
    from accounts a left join redemptions r
      on r.shop_id = a.shop_id and r.member_id = a.member_id and r.state in ('held', 'issued')
    group by a.shop_id, a.member_id having a.held <> coalesce(sum(r.cost), 0)
  `);
  return faults.map((row) => row.fault);
}
