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
  "painted_members",
  "paintings",
  "program_drafts",
  "audit_entries",
  "reward_stocks",
  "imports",
  "import_rows",
  "api_keys",
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

describe("the eraser", () => {
  /** What the worker is told when it asks for a shop to be erased: null where it was. */
  const erase = (shopId: number) => fault(runFor(db, { shops: [shopId] }, sql`select lojal_erase_shop(${shopId}, 10)`));
  const entriesOf = async (shop: Shop) =>
    (await world.look("select 1 from entries where shop_id = $1", [shop.id])).length;
  /** As the eraser, for one shop, over TCP; nothing of it stays. */
  async function asEraser(shopId: number, statements: readonly string[]): Promise<pg.QueryResult[]> {
    const client = new pg.Client({ connectionString: world.database.superuserUrl });
    await client.connect();
    try {
      await client.query("begin");
      await client.query("set local role lojal_eraser");
      await client.query("select set_config('lojal.erased_shop', $1, true)", [String(shopId)]);
      const results: pg.QueryResult[] = [];
      for (const statement of statements) results.push(await client.query(statement));
      return results;
    } finally {
      await client.query("rollback");
      await client.end();
    }
  }

  test("cannot be asked by the worker to touch a shop that is installed, that is not due, or that is another's", async () => {
    expect(await erase(world.shop.id)).toBe("23001");
    await world.look(
      "update shops set uninstalled_at = now() - interval '47 hours', erase_due_at = now() + interval '1 hour' where id = $1",
      [world.shop.id],
    );
    expect(await erase(world.shop.id)).toBe("23001");
    expect(await erase(other.id)).toBe("23001");
    await world.look("update shops set uninstalled_at = null, erase_due_at = null where id = $1", [world.shop.id]);
    expect(await entriesOf(world.shop)).toBe(1);
  });
  test("cannot be called sooner than 48 hours after a shop left, nor for one that is installed, whatever is written", async () => {
    const write = (changes: string) =>
      fault(runFor(db, { shops: [world.shop.id] }, sql.raw(`update shops set ${changes} where id = ${world.shop.id}`)));
    expect(await write("erase_due_at = now()")).toBe("23514");
    expect(await write("erase_due_at = now(), uninstalled_at = now() - interval '47 hours'")).toBe("23514");
  });
  test("sees and deletes no row of another shop, even without a WHERE", async () => {
    for (const table of [...TENANT_TABLES, "shops"]) {
      const column = table === "shops" ? "id" : "shop_id";
      const [seen] = await asEraser(other.id, [`select distinct ${column} as shop_id from ${table}`]);
      for (const row of seen?.rows ?? []) expect(row, table).toEqual({ shop_id: other.id });
    }
    const [gone, left] = await asEraser(other.id, ["delete from allocations", "delete from entries"]);
    expect([gone?.rowCount, left?.rowCount]).toEqual([0, 1]);
    const [nobody] = await asEraser(2_000_000, ["delete from lots"]);
    expect(nobody?.rowCount).toBe(0);
  });
  test.each([
    "update entries set points = 0",
    "truncate entries cascade",
    "insert into shops (domain, currency) values ('x.myshopify.com', 'USD')",
  ])("may delete and nothing else: %s", async (statement) => {
    await expect(asEraser(other.id, [statement])).rejects.toMatchObject({ code: "42501" });
  });
  test("is nobody the worker can become", async () => {
    expect(await fault(runFor(db, {}, sql`set role lojal_eraser`))).toBe("42501");
    const setting = sql`select set_config('lojal.erased_shop', ${String(world.shop.id)}, false)`;
    await runFor(db, { shops: [world.shop.id] }, setting);
    expect(await fault(runFor(db, { shops: [world.shop.id] }, sql`delete from entries`))).toBe("42501");
    expect(await fault(runFor(db, { shops: [world.shop.id] }, sql`delete from members`))).toBe("42501");
  });
  test("clears what was kept long enough, and no row besides, whatever shop was named before", async () => {
    await world.look("insert into set_aside (shop_domain, topic, reason) values ($1, 'x/y', 'young')", [other.domain]);
    const named = sql`select set_config('lojal.erased_shop', ${String(other.id)}, true), lojal_clear_outlived(100)`;
    await runFor(db, { shops: [other.id] }, named);
    expect(await world.look("select reason from set_aside where shop_domain = $1", [other.domain])).toEqual([
      { reason: "young" },
    ]);
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
        _text: "text[]",
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
