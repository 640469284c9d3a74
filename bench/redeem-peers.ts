/**
 * What redeeming is held against: the shapes of published code, typed here, over TCP with a kept connection and prepared statements. Each
 * round trip crosses the same network as ours.
 */
import pg from "pg";
import type { Network } from "./bed.ts";
import type { BigWorld } from "./big-world.ts";

export interface Peer {
  readonly name: PeerName;
  /** One debit of one point; `client` is which of the connections asks. */
  debit(client: number, member: number): Promise<void>;
  readonly made: { debits: number; retries: number };
  /** Debits that were answered and are not in the balance. */
  lost(): Promise<number>;
}

export type PeerName = keyof typeof shapes;

/** One statement on a client's connection, over the network. */
type Trip = (text: string, values?: readonly unknown[]) => Promise<{ points?: string }[]>;

/** Each takes one point from a member of its own table; the answer is how often it had to begin again. */
const shapes = {
  /** The floor of one debit: one statement, one trip. */
  conditional: async (trip: Trip, member: number): Promise<number> => {
    await trip(
      `with taken as (update conditional_balances set points = points - 1 where member_id = $1 and points >= 1 returning member_id)
       insert into conditional_entries (member_id, points) select member_id, -1 from taken`,
      [member],
    );
    return 0;
  },
  /** Five trips, the row locked for four of them. */
  forUpdate: async (trip: Trip, member: number): Promise<number> => {
    await trip("begin");
    const [row] = await trip("select points from for_update_balances where member_id = $1 for update", [member]);
    await trip("insert into for_update_entries (member_id, points) values ($1, -1)", [member]);
    await trip("update for_update_balances set points = $2 where member_id = $1", [member, Number(row?.points) - 1]);
    await trip("commit");
    return 0;
  },
  /** The same without the lock; the database refuses what could not have happened one after the other. */
  serializable: async (trip: Trip, member: number): Promise<number> => {
    for (let retries = 0; ; retries++) {
      try {
        await trip("begin isolation level serializable");
        const [row] = await trip("select points from serializable_balances where member_id = $1", [member]);
        await trip("insert into serializable_entries (member_id, points) values ($1, -1)", [member]);
        await trip("update serializable_balances set points = $2 where member_id = $1", [
          member,
          Number(row?.points) - 1,
        ]);
        await trip("commit");
        return retries;
      } catch (fault) {
        await trip("rollback");
        if (!(fault instanceof pg.DatabaseError) || fault.code !== "40001") throw fault;
      }
    }
  },
  /** Medusa's loyalty example: read, then write, no transaction. */
  naive: async (trip: Trip, member: number): Promise<number> => {
    const [row] = await trip("select points from naive_balances where member_id = $1", [member]);
    await trip("update naive_balances set points = $2 where member_id = $1", [member, Number(row?.points) - 1]);
    return 0;
  },
} as const;

const tableOf = { conditional: "conditional", forUpdate: "for_update", serializable: "serializable", naive: "naive" };

export interface Peers {
  readonly byName: Readonly<Record<PeerName, Peer>>;
  close(): Promise<void>;
}

/** Each peer has a row for every member, and entries where it writes any. */
export async function openPeers(world: BigWorld, network: Network, clients: number): Promise<Peers> {
  const connections = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client({ connectionString: world.database.superuserUrl });
      await client.connect();
      return client;
    }),
  );
  for (const name of Object.values(tableOf)) {
    await world.look(
      `create table ${name}_balances (member_id bigint primary key, points bigint) with (fillfactor = 80)`,
    );
    await world.look(`create table ${name}_entries (
      id bigint generated always as identity primary key, member_id bigint not null references ${name}_balances,
      points bigint not null, recorded_at timestamptz not null default now())`);
    await world.look(`create index on ${name}_entries (member_id)`);
    await world.look(`insert into ${name}_balances select member_id, 1000000000 from accounts`);
  }
  const tripOf =
    (client: number): Trip =>
    (text, values = []) =>
      network.cross(async () => {
        const connection = connections[client];
        if (!connection) throw new Error("There are fewer connections than clients.");
        const name = /begin|commit|rollback/.test(text) ? {} : { name: `${text.slice(0, 30)}${text.length}` };
        return (await connection.query<{ points?: string }>({ ...name, text, values: [...values] })).rows;
      });
  const peer = (name: PeerName): Peer => {
    const made = { debits: 0, retries: 0 };
    return {
      name,
      made,
      debit: async (client, member) => {
        made.retries += await shapes[name](tripOf(client), member);
        made.debits += 1;
      },
      lost: async () => {
        const [sum] = await world.look<{ taken: string }>(
          `select sum(1000000000 - points) as taken from ${tableOf[name]}_balances`,
        );
        return made.debits - Number(sum?.taken);
      },
    };
  };
  return {
    byName: {
      conditional: peer("conditional"),
      forUpdate: peer("forUpdate"),
      serializable: peer("serializable"),
      naive: peer("naive"),
    },
    close: async () => {
      await Promise.all(connections.map((connection) => connection.end()));
    },
  };
}
