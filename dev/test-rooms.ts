/** Test helpers over real Postgres: a shop of a test's own, rooms without a worker around them, and the checks on the books. */
import pg from "pg";
import { openRooms } from "../worker/app.ts";
import type { OrderNews } from "../worker/domain/order.ts";
import type { Program } from "../worker/domain/program.ts";
import type { Job, JobQueue, SendOptions } from "../worker/flows/jobs.ts";
import type { Lane } from "../worker/flows/lanes.ts";
import { type Rooms, rulesOf } from "../worker/flows/rooms.ts";
import type { Shop } from "../worker/shops/shops.ts";
import { publishProgram, simpleProgram } from "./publish-program.ts";
import { localSettings } from "./settings.ts";
import { newDatabase, type TestDatabase } from "./test-bed.ts";

/** A queue that keeps what it is given. */
export class KeptQueue implements JobQueue {
  readonly jobs: Job[] = [];
  /** The lane of each job, in the same order. */
  readonly lanes: Lane[] = [];
  send(jobs: readonly Job[], { lane = "prompt" }: SendOptions = {}): Promise<void> {
    this.jobs.push(...jobs);
    this.lanes.push(...jobs.map(() => lane));
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
  readonly owing?: Program["owing"];
  readonly taxEarns?: boolean;
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
  const {
    currency = "USD",
    points = 1,
    perMinor = 100,
    pendingDays = 0,
    rewards = ["500:50.00"],
    since,
    owing = "owe",
    taxEarns = false,
  } = options;
  const program = { ...simpleProgram({ currency, points, perMinor, pendingDays, rewards }), owing, taxEarns };
  const inForceFrom = since ?? "2000-01-01";
  await publishProgram(database.superuserUrl, { domain, currency, program, inForceFrom, accessToken: "test-token" });
  rooms.shops.forget(domain);
  const shop = await rooms.shops.findOne(domain, rooms.nowMs());
  if (!shop) throw new Error("The test's shop was not found.");
  return shop;
}

/**
 * Members by their numbers, from the first to the last, who are customers 8001 and so on by the same numbers: rows without a history. Each column of
 * their accounts is SQL of `id`, their number.
 */
export function addMembers(
  { look }: Pick<TestWorld, "look">,
  shopId: number,
  [first, last]: readonly [number, number],
  columns: Readonly<Record<string, string>> = {},
) {
  return look(
    `with made as (
       insert into members (shop_id, id, customer_id) overriding system value
       select $1, n, (8000 + n)::text from generate_series($2::integer, $3::integer) n returning id)
     insert into accounts (shop_id, member_id${Object.keys(columns)
       .map((name) => `, ${name}`)
       .join("")})
     select $1, id${Object.values(columns)
       .map((value) => `, ${value}`)
       .join("")} from made`,
    [shopId, first, last],
  );
}

export function orderJob(world: TestWorld, orderId: string, news: OrderNews) {
  return { kind: "order", shop: world.shop.domain, topic: "orders/paid", deliveryId: null, orderId, news } as const;
}

/** The books that some orders and customers concern, as a flow would open them, and the rules to decide on them. */
export async function openBooks(
  { rooms, shop }: Pick<TestWorld, "rooms" | "shop">,
  orderIds: readonly string[],
  customerIds: readonly string[] = [],
) {
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, orderIds, customerIds }], { open: true });
  const own = books.get(shop.id);
  if (!own) throw new Error("no books");
  return { own, rules: await rulesOf(rooms, shop, own), nowMs };
}
