/** What settling is held against: the least a database can be asked for, and five round trips per order. */
import { sql } from "drizzle-orm";
import pg from "pg";
import { workerRole } from "../dev/settings.ts";
import type { Network } from "./bed.ts";
import { BATCH, KNOWN_MEMBERS, type SettleWorld } from "./settle-world.ts";

export interface Peers {
  /** The floor of a batch: 100 rows into a table without index or constraint, 100 balances raised; one statement, one request. */
  floorBatch(): Promise<void>;
  /** The floor of one order: the least a request can ask. */
  floorOne(): Promise<void>;
  /** One order in one transaction: five round trips per order. */
  fiveTrip(): Promise<void>;
  faults(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openPeers(world: SettleWorld, network: Network): Promise<Peers> {
  const client = new pg.Client({ connectionString: world.superuserUrl });
  await client.connect();
  for (const statement of tables()) await client.query(statement);
  const peer = new FiveTripPeer(client, network);
  const sold = { points: 0, orders: 0 };
  return {
    floorBatch: () => floorBatch(world, sold),
    floorOne: async () => {
      await world.db.execute(sql`select 1`);
    },
    fiveTrip: async () => {
      const [order] = world.till.knownMembersPoints(1);
      if (order) await peer.award(order.member, order.points);
    },
    faults: async () => [
      ...(await sumFaults(world, "floor", sold)),
      ...(await sumFaults(world, "five_trip", peer.awarded)),
    ],
    close: () => client.end(),
  };
}

function tables(): string[] {
  return [
    "create table floor_entries (order_id text not null, member_id bigint not null, points bigint not null, recorded_at timestamptz not null default now())",
    "create table floor_balances (member_id bigint primary key, points bigint not null) with (fillfactor = 80)",
    "create table five_trip_balances (member_id bigint primary key, points bigint not null) with (fillfactor = 80)",
    `create table five_trip_entries (
      id bigint generated always as identity primary key, order_id text not null unique, recorded_at timestamptz not null default now(),
      member_id bigint not null references five_trip_balances, points bigint not null
    )`,
    "create index on five_trip_entries (member_id)",
    `insert into floor_balances select member, 0 from generate_series(0, ${KNOWN_MEMBERS - 1}) as member`,
    "insert into five_trip_balances select member_id, points from floor_balances",
    `grant select, insert, update on floor_entries, floor_balances to ${workerRole}`,
  ];
}

interface Sold {
  points: number;
  orders: number;
}

async function floorBatch(world: SettleWorld, sold: Sold): Promise<void> {
  const orders = world.till.knownMembersPoints(BATCH).map(({ member, points }) => {
    sold.orders += 1;
    sold.points += points;
    return { order_id: String(sold.orders), member_id: member, points };
  });
  await world.db.execute(sql`
    with bought as (
      select * from json_to_recordset(${JSON.stringify(orders)}::json) as b (order_id text, member_id bigint, points bigint)
    ),
    noted as (insert into floor_entries (order_id, member_id, points) select order_id, member_id, points from bought)
    update floor_balances a set points = a.points + b.points from bought b where a.member_id = b.member_id
  `);
}

/** Kept connection, prepared statements: the shape at its best, over TCP because it needs a session. Each trip crosses the same network. */
class FiveTripPeer {
  readonly awarded: Sold = { points: 0, orders: 0 };
  readonly #client: pg.Client;
  readonly #network: Network;

  constructor(client: pg.Client, network: Network) {
    this.#client = client;
    this.#network = network;
  }

  async award(member: number, points: number): Promise<void> {
    this.awarded.orders += 1;
    this.awarded.points += points;
    await this.#trip("begin", []);
    const { rows } = await this.#trip("select points from five_trip_balances where member_id = $1 for update", [
      member,
    ]);
    await this.#trip("insert into five_trip_entries (order_id, member_id, points) values ($1, $2, $3)", [
      `order-${this.awarded.orders}`,
      member,
      points,
    ]);
    await this.#trip("update five_trip_balances set points = $2 where member_id = $1", [
      member,
      Number(rows[0]?.points) + points,
    ]);
    await this.#trip("commit", []);
  }

  #trip(text: string, values: readonly unknown[]): Promise<pg.QueryResult<{ points?: string }>> {
    return this.#network.cross(() => this.#client.query({ name: text.slice(0, 24), text, values: [...values] }));
  }
}

async function sumFaults(world: SettleWorld, side: string, sold: Sold): Promise<string[]> {
  const [kept] = await world.look<{ orders: string; points: string; balance: string }>(`
    select (select count(*) from ${side}_entries) as orders, (select coalesce(sum(points), 0) from ${side}_entries) as points,
           (select sum(points) from ${side}_balances) as balance
  `);
  const told = { orders: String(sold.orders), points: String(sold.points), balance: String(sold.points) };
  const isRight = JSON.stringify(told) === JSON.stringify(kept);
  return isRight ? [] : [`${side} sold ${JSON.stringify(told)} and holds ${JSON.stringify(kept)}`];
}
