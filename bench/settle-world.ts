/** A shop with members who have bought before, a till that makes orders for it, and the checks on what became of them. */
import pg from "pg";
import { auditLedger } from "../dev/audit.ts";
import { localSettings } from "../dev/settings.ts";
import { addShop } from "../dev/test-rooms.ts";
import { openRooms } from "../worker/app.ts";
import { connect, type Database } from "../worker/db/client.ts";
import type { OrderBody, OrderLine } from "../worker/domain/order.ts";
import type { OrderJob } from "../worker/flows/jobs.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import { settleOrders } from "../worker/flows/settle-orders.ts";
import type { Bed } from "./bed.ts";
import { seededRandom } from "./random.ts";

export const KNOWN_MEMBERS = 20_000;
export const BATCH = 100;
const DOMAIN = "bench-shop.myshopify.com";
const FIRST_CUSTOMER = 7_000_000_000;

export interface SettleWorld {
  readonly rooms: Rooms;
  /** The worker's own driver and role, for floors. */
  readonly db: Database;
  readonly superuserUrl: string;
  readonly till: Till;
  look<Row extends pg.QueryResultRow>(query: string): Promise<Row[]>;
  /** What is not as it must be, in words. */
  faults(): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens the shop and lets each known member buy once, through the same path that is measured later. */
export async function openWorld(bed: Bed): Promise<SettleWorld> {
  const database = await bed.newDatabase("bench_settle");
  const pool = new pg.Pool({ connectionString: database.superuserUrl, max: 2 });
  pool.on("error", () => undefined);
  // What a settled batch queues (painting metafields) is another benchmark's.
  const rooms = openRooms(localSettings(database.name), { send: () => Promise.resolve() });
  await addShop({ database, rooms }, DOMAIN, {});
  const till = new Till();
  const look: SettleWorld["look"] = async <Row extends pg.QueryResultRow>(query: string) =>
    (await pool.query<Row>(query)).rows;
  bed.progress(`${KNOWN_MEMBERS} members buy once`);
  for (let member = 0; member < KNOWN_MEMBERS; member += BATCH) {
    await settleOrders(
      rooms,
      Array.from({ length: BATCH }, () => till.newcomersOrder()),
    );
  }
  return {
    rooms,
    db: connect(database.databaseUrl),
    superuserUrl: database.superuserUrl,
    till,
    look,
    faults: async () => [...(await auditLedger({ look })), ...(await sumFaults(look, till))],
    close: async () => {
      await pool.end();
      await database.drop();
    },
  };
}

async function sumFaults(look: SettleWorld["look"], till: Till): Promise<string[]> {
  const [ledger] = await look<{ entries: string; points: string; balance: string }>(`
    select (select count(*) from entries) as entries, (select coalesce(sum(points), 0) from entries) as points,
           (select coalesce(sum(pending + available + held - owed), 0) from accounts) as balance
  `);
  const told = { entries: String(till.orders), points: String(till.points), balance: String(till.points) };
  const isRight = JSON.stringify(told) === JSON.stringify(ledger);
  return isRight ? [] : [`the till sold ${JSON.stringify(told)}, the ledger holds ${JSON.stringify(ledger)}`];
}

/** Makes fresh orders and remembers what they must be worth: 1 point per 1.00, by an arithmetic of its own. */
export class Till {
  orders = 0;
  points = 0;
  #customers = 0;
  readonly #random = seededRandom(20_260_101);

  newcomersOrder(): OrderJob {
    return this.#order(this.#customers++);
  }

  knownMembersOrder(): OrderJob {
    return this.#order(Math.floor(this.#random() * KNOWN_MEMBERS));
  }

  /** A queue's batch: known members and new ones in turn, and one delivery in a hundred that came twice. */
  batch(): OrderJob[] {
    const jobs = Array.from({ length: BATCH - BATCH / 100 }, (_, index) =>
      index % 2 === 0 ? this.knownMembersOrder() : this.newcomersOrder(),
    );
    return [...jobs, ...jobs.slice(0, BATCH / 100)];
  }

  /** So many different known members, each with whole points. */
  knownMembersPoints(count: number): { member: number; points: number }[] {
    const members = new Set<number>();
    while (members.size < count) members.add(Math.floor(this.#random() * KNOWN_MEMBERS));
    return [...members].map((member) => ({ member, points: this.#wholePoints() }));
  }

  #wholePoints(): number {
    return 10 + Math.floor(this.#random() * 290);
  }

  #order(customer: number): OrderJob {
    const prices = [this.#wholePoints(), this.#wholePoints(), this.#wholePoints()].map((points) => points * 100);
    this.orders += 1;
    this.points += prices.reduce((sum, price) => sum + price, 0) / 100;
    const body = paidOrder(`#${this.orders}`, String(FIRST_CUSTOMER + customer), prices);
    return {
      kind: "order",
      shop: DOMAIN,
      topic: "orders/paid",
      deliveryId: null,
      orderId: String(5_000_000_000 + this.orders),
      news: { kind: "state", body },
    };
  }
}

function paidOrder(name: string, customerId: string, prices: readonly number[]): OrderBody {
  const atMs = Date.parse("2026-01-01T00:00:00Z");
  return {
    name,
    updatedAtMs: atMs,
    triggeredAtMs: atMs,
    createdAtMs: atMs,
    processedAtMs: atMs,
    customerId,
    currency: "USD",
    test: false,
    cancelled: false,
    status: "paid",
    taxesIncluded: false,
    totalMinor: prices.reduce((sum, price) => sum + price, 0),
    outstandingMinor: 0,
    codes: [],
    lines: prices.map((price, index) => productLine(`${name}-${index}`, price)),
    refunds: [],
  };
}

function productLine(id: string, priceMinor: number): OrderLine {
  const whole = { quantity: 1, currentQuantity: 1, discountMinor: 0, taxMinor: 0, codeDiscounts: {} };
  return { id, kind: "product", priceMinor, ...whole };
}
