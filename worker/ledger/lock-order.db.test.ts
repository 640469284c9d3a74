import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { orderBody } from "../../dev/test-orders.ts";
import { newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { redeemReward } from "../flows/redeem-reward.ts";
import { settleOrders } from "../flows/settle-orders.ts";

let world: TestWorld;
let clients: pg.Client[];
beforeEach(async () => {
  world = await newWorld();
  clients = Array.from({ length: 3 }, () => new pg.Client({ connectionString: world.database.superuserUrl }));
  for (const client of clients) await client.connect();
});
afterEach(async () => {
  for (const client of clients) await client.end();
  await world.close();
});

/** In the order in which a commit holds their rows. */
const TABLES = [
  { table: "accounts", key: "member_id" },
  { table: "order_states", key: "order_id" },
  { table: "redemptions", key: "id" },
] as const;

/** Two members who are known, each with an order and a redemption. */
async function twoMembers(): Promise<void> {
  for (const n of [1, 2]) {
    const customerId = `700${n}`;
    const body = orderBody({ customerId, amountMinor: 100_000 });
    await settleOrders(world.rooms, [orderJob(world, String(n), { kind: "state", body })]);
    const redemptionId = `${n}1111111-0000-4000-8000-000000000001`;
    await redeemReward(world.rooms, world.shop, customerId, { redemptionId, rewardId: "off-500", points: null });
  }
}

/** All rows of a table as they are, as one unit brings them to a commit, the last key first. */
const rowsOf = ({ table, key }: (typeof TABLES)[number]) =>
  `(select json_agg(to_jsonb(t) || '{"unit": 1}' order by ${key} desc) from ${table} t)`;

test.each(TABLES.map((one, place) => ({ ...one, place })))(
  "a commit that waits for a row of $table holds no row that comes after it, however its own are ordered: no circle can close",
  async ({ table, key, place }) => {
    await twoMembers();
    const [holder, committer, other] = clients as [pg.Client, pg.Client, pg.Client];
    const first = `(select min(${key}) from ${table})`;
    await holder.query("begin");
    expect((await holder.query(`select from ${table} where ${key} = ${first} for update`)).rowCount).toBe(1);

    const { rows: own } = await committer.query<{ pid: number }>("select pg_backend_pid() as pid");
    const parts = TABLES.map(rowsOf).join(", ");
    const committed = committer.query<{ won: boolean[] }>(
      `select lojal_commit_4($1, 1, ${parts}, null, null, null, null, null) as won`,
      [[world.shop.id]],
    );
    const waits = "select from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'";
    while ((await other.query(waits, [own[0]?.pid])).rowCount === 0);

    for (const [index, later] of TABLES.entries()) {
      if (index < place) continue;
      const rest = index === place ? `where ${key} > ${first}` : "";
      const free = await other.query(`select from ${later.table} ${rest} for update nowait`);
      expect(free.rowCount, later.table).toBe(index === place ? 1 : 2);
    }
    await holder.query("rollback");
    expect((await committed).rows).toEqual([{ won: [true] }]);
  },
);
