import { sql } from "drizzle-orm";
import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orderBody } from "../../dev/test-orders.ts";
import { addShop, newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { sqlStateOf } from "../fault.ts";
import { settleOrders } from "../flows/settle-orders.ts";
import type { Shop } from "../shops/shops.ts";
import { connect, type Database, runFor } from "./client.ts";
import * as schema from "./schema.ts";

let world: TestWorld;
let other: Shop;
let db: Database;
beforeAll(async () => {
  world = await newWorld();
  other = await addShop(world, "other-shop.myshopify.com");
  db = connect(world.database.databaseUrl);
  const news = { kind: "state", body: orderBody() } as const;
  await settleOrders(world.rooms, [orderJob(world, "1", news), orderJob({ ...world, shop: other }, "1", news)]);
});
afterAll(() => world.close());

const TENANT_TABLES = [
  "program_versions",
  "members",
  "accounts",
  "entries",
  "lots",
  "allocations",
  "order_states",
  "redemptions",
  "sweeps",
  "statements",
  "order_differences",
  "privacy_requests",
];
const fault = async (run: Promise<unknown>): Promise<string | null> => {
  try {
    await run;
    return null;
  } catch (caught) {
    return sqlStateOf(caught);
  }
};

describe("a shop's rows", () => {
  test.each([...TENANT_TABLES, "shops"])(
    "of %s are invisible to a request that names another shop, even without a WHERE (I12)",
    async (table) => {
      const column = table === "shops" ? "id" : "shop_id";
      const rows = await runFor<{ shop_id: number }>(
        db,
        { shops: [world.shop.id] },
        sql.raw(`select distinct ${column} as shop_id from ${table}`),
      );
      for (const row of rows) expect(row.shop_id).toBe(world.shop.id);
      expect(await runFor(db, {}, sql.raw(`select * from ${table}`))).toEqual([]);
    },
  );
  test("cannot be written by a request that names another shop", async () => {
    const insert = sql`insert into members (shop_id, customer_id) values (${other.id}, '666')`;
    expect(await fault(runFor(db, { shops: [world.shop.id] }, insert))).toBe("42501");
    await runFor(db, { shops: [world.shop.id] }, sql`update accounts set available = 0 where shop_id = ${other.id}`);
    expect(await world.look("select available::int from accounts where shop_id = $1", [other.id])).toEqual([
      { available: 100 },
    ]);
  });
  test("are not seen by the next request on the same connection", async () => {
    await runFor(db, { shops: [world.shop.id, other.id] }, sql`select 1`);
    const { rows } = await db.execute(sql`select 1 from accounts`);
    expect(rows).toEqual([]);
  });
});

describe("history", () => {
  test.each([
    ["entries", "update entries set points = 0"],
    ["entries", "delete from entries"],
    ["allocations", "delete from allocations"],
  ])("of %s is refused to the worker by privilege: %s (I13)", async (_, statement) => {
    expect(await fault(runFor(db, { shops: [world.shop.id] }, sql.raw(statement)))).toBe("42501");
  });
  test.each([
    "update entries set points = 0",
    "delete from entries",
    "truncate entries cascade",
    "delete from allocations",
    "update allocations set points = 1",
  ])("is refused to the owner by trigger: %s (I13)", async (statement) => {
    const client = new pg.Client({ connectionString: world.database.superuserUrl });
    await client.connect();
    await expect(client.query(statement)).rejects.toMatchObject({
      code: "23001",
      constraint: expect.stringContaining("append_only"),
    });
    await client.end();
  });
});

test("the worker may not make tables, nor read across shops but through the one function made for it", async () => {
  expect(await fault(runFor(db, {}, sql`create table mischief (id integer)`))).toBe("42501");
  expect(await fault(runFor(db, {}, sql`set role postgres`))).toBe("42501");
  expect((await world.rooms.shops.due()).map((due) => due.work)).toContain("program-summary");
});

describe("the schema in code", () => {
  const tables = Object.values(schema).map((table) => getTableConfig(table as PgTable));
  test.each(tables.map((table) => [table.name, table] as const))(
    "has the columns of %s as the migrations made them",
    async (name, table) => {
      const found = await world.look<{ column_name: string; is_nullable: string; udt_name: string }>(
        "select column_name, is_nullable, udt_name from information_schema.columns where table_name = $1 and table_schema = 'public'",
        [name],
      );
      const types: Record<string, string> = {
        int8: "bigint",
        int4: "integer",
        bool: "boolean",
        timestamptz: "timestamp with time zone",
      };
      const inDatabase = found.map(
        (column) => `${column.column_name} ${types[column.udt_name] ?? column.udt_name} ${column.is_nullable}`,
      );
      const inCode = table.columns.map(
        (column) => `${column.name} ${column.getSQLType()} ${column.notNull || column.primary ? "NO" : "YES"}`,
      );
      const keys = new Set(table.primaryKeys.flatMap((key) => key.columns.map((column) => column.name)));
      const withKeys = inCode.map((column) =>
        keys.has(column.split(" ")[0] ?? "") ? column.replace(/YES$/, "NO") : column,
      );
      expect(withKeys.sort()).toEqual(inDatabase.sort());
    },
  );
  test("knows every table there is", async () => {
    const found = await world.look<{ tablename: string }>(
      "select tablename from pg_tables where schemaname = 'public'",
    );
    expect(tables.map((table) => table.name).sort()).toEqual(found.map((row) => row.tablename).sort());
  });
  test("every tenant table has row-level security", async () => {
    const open = await world.look(
      "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and not relrowsecurity",
    );
    expect(open).toEqual([]);
  });
});
