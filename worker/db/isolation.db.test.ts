/**
 * Row-level security as the worker's own login meets it, statement by statement without any WHERE: every table that the catalogue knows, so
 * that a new one without a policy fails (OWASP API1).
 */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workerPassword, workerRole } from "../../dev/settings.ts";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import { fillShop } from "../../dev/test-rows.ts";
import type { Shop } from "../shops/shops.ts";

let world: TestWorld;
let own: Shop;
let foreign: Shop;
let login: pg.Client;
beforeAll(async () => {
  world = await newWorld();
  await addShop(world, "foreign.myshopify.com");
  await world.look("update shops set access_token_sealed = null");
  for (const domain of [world.shop.domain, "foreign.myshopify.com"]) world.rooms.shops.forget(domain);
  const found = await world.rooms.shops.find([world.shop.domain, "foreign.myshopify.com"], world.rooms.nowMs());
  const [first, second] = [found.get(world.shop.domain), found.get("foreign.myshopify.com")];
  if (!first || !second) throw new Error("The test's shops were not found.");
  [own, foreign] = [first, second];
  for (const shop of [own, foreign]) await fillShop(world, shop);
  const url = new URL(world.database.superuserUrl);
  [url.username, url.password] = [workerRole, workerPassword];
  login = new pg.Client({ connectionString: url.href });
  await login.connect();
});
afterAll(async () => {
  await login?.end();
  await world.close();
});

/** What a table's rows say of whose they are. */
const OWNERS = ["shop_id", "shop_domain"] as const;

interface Table {
  readonly name: string;
  readonly owner: string | null;
  /** Columns that the worker's login may insert and update: none that the database computes. */
  readonly insertable: readonly string[];
  readonly updatable: readonly string[];
  readonly canDelete: boolean;
  /** Whether the login may do anything at all with it. */
  readonly isOpened: boolean;
}

async function tables(): Promise<Table[]> {
  const rows = await world.look<{
    name: string;
    columns: string[];
    insertable: string[];
    updatable: string[];
    deletes: boolean;
    opened: boolean;
  }>(
    `select c.relname as name, array_agg(a.attname::text) as columns,
            coalesce(array_agg(a.attname::text) filter (where a.attgenerated = '' and has_column_privilege($1, c.oid, a.attnum, 'insert')), '{}') as insertable,
            coalesce(array_agg(a.attname::text) filter (where a.attgenerated = '' and has_column_privilege($1, c.oid, a.attnum, 'update')), '{}') as updatable,
            has_table_privilege($1, c.oid, 'delete') as deletes,
            has_any_column_privilege($1, c.oid, 'select, insert, update') or has_table_privilege($1, c.oid, 'delete, truncate') as opened
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'm', 'v', 'f')
     group by c.oid, c.relname order by c.relname`,
    [workerRole],
  );
  return rows.map(({ name, columns, insertable, updatable, deletes, opened }) => ({
    name,
    owner: name === "shops" ? "id" : (OWNERS.find((column) => columns.includes(column)) ?? null),
    insertable,
    updatable,
    canDelete: deletes,
    isOpened: opened,
  }));
}

const nameOf = (shop: Shop, { owner }: Table) => (owner === "shop_domain" ? shop.domain : shop.id);

/** As the worker's login in the name of a shop; whatever it does is undone. */
async function as(shop: Shop | null, statement: string, values: unknown[] = []): Promise<pg.QueryResult> {
  await login.query("begin");
  try {
    const settings = "select set_config('lojal.shops', $1, true), set_config('lojal.domains', $2, true)";
    await login.query(settings, [String(shop?.id ?? ""), shop?.domain ?? ""]);
    return await login.query(statement, values);
  } finally {
    await login.query("rollback");
  }
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

async function refusalOf(run: Promise<unknown>): Promise<Refusal | null> {
  try {
    await run;
    return null;
  } catch (fault) {
    return fault as Refusal;
  }
}

/** Where a row may be written in another's name, and why. */
const OPEN_INSERTS: Readonly<Record<string, string>> = {
  set_aside: "a delivery for a shop we do not know is recorded as well",
};

/** All that the worker could see or do to another shop's rows in this table by a statement that forgot its WHERE. */
async function leaksOf(table: Table): Promise<string[]> {
  if (!table.isOpened) return [];
  if (table.owner === null) return [`${table.name} does not say whose its rows are`];
  const { name, owner } = table;
  const leaks: string[] = [];
  const theirs = nameOf(foreign, table);
  const isTheirs = (row: Record<string, unknown>) => String(row["owner"]) === String(theirs);
  const told = async (what: string, run: Promise<pg.QueryResult>) => {
    const { rows } = await run;
    if (rows.some(isTheirs)) leaks.push(`${what} ${name} reaches another shop's rows`);
    return rows.length;
  };
  if ((await told("select from", as(own, `select ${owner} as owner from ${name}`))) === 0)
    leaks.push(`${name} has no row of the shop's own: nothing was tried`);
  if ((await as(null, `select 1 from ${name}`)).rowCount !== 0) leaks.push(`${name} is read by who names no shop`);
  const [column] = table.updatable;
  if (column !== undefined)
    await told("update", as(own, `update ${name} set ${column} = ${column} returning ${owner} as owner`));
  if (table.canDelete) await told("delete from", as(own, `delete from ${name} returning ${owner} as owner`));
  else if ((await refusalOf(as(own, `delete from ${name}`)))?.code !== "42501")
    leaks.push(`delete from ${name} is not refused`);
  leaks.push(...(await leaksOfInsert(table)));
  return leaks;
}

/** Writing another shop's row once more: refused by the policy, which is asked before any key. */
async function leaksOfInsert(table: Table): Promise<string[]> {
  const { name, owner, insertable } = table;
  if (insertable.length === 0) return [];
  const [row] = await world.look<{ row: unknown }>(
    `select to_jsonb(t) as row from ${name} t where ${owner} = $1 limit 1`,
    [nameOf(foreign, table)],
  );
  const columns = insertable.join(", ");
  const insert = `insert into ${name} (${columns}) overriding system value
    select ${columns} from jsonb_populate_record(null::${name}, $1)`;
  const values = [JSON.stringify(row?.row)];
  const refusal = await refusalOf(as(own, insert, values));
  const isByPolicy = refusal?.code === "42501" && /row-level security/.test(refusal.message);
  // The same row in its own shop's name fails, if at all, for another reason: it is the name that was refused.
  const inItsOwn = await refusalOf(as(foreign, insert, values));
  if (inItsOwn?.code === "42501") return [`insert into ${name} is refused to its own shop`];
  if (OPEN_INSERTS[name] !== undefined) return [];
  return isByPolicy ? [] : [`insert into ${name} writes another shop's row (${refusal?.code ?? "done"})`];
}

test("no table shows, gives or takes a row of another shop, whatever the statement forgot (I12)", async () => {
  const all = await tables();
  expect(all.length).toBeGreaterThanOrEqual(14);
  for (const table of all) expect(await leaksOf(table), table.name).toEqual([]);
});

describe("a table that somebody adds", () => {
  const rowOfEach = (name: string) => `insert into ${name} select id from shops`;

  test.each([
    ["without row-level security", "", ["select from", "update", "insert into", "is read by"]],
    [
      "with a policy that lets everybody read",
      `alter table added enable row level security;
       create policy open on added for select to lojal_worker using (true);
       create policy own on added for update to lojal_worker using (shop_id = any (lojal_shops()))`,
      ["select from", "is read by"],
    ],
    [
      "with a policy that checks nothing when it writes",
      `alter table added enable row level security;
       create policy own on added for all to lojal_worker using (shop_id = any (lojal_shops())) with check (true)`,
      ["insert into"],
    ],
  ])("%s is found", async (_name, policies, words) => {
    await world.look("create table added (shop_id integer not null)");
    try {
      await world.look(rowOfEach("added"));
      await world.look("grant select, insert, update on added to lojal_worker");
      if (policies !== "") await world.look(policies);
      const added = (await tables()).find(({ name }) => name === "added");
      if (!added) throw new Error("The added table was not found.");
      const leaks = (await leaksOf(added)).join("; ");
      for (const word of words) expect(leaks).toContain(word);
    } finally {
      await world.look("drop table added");
    }
  });

  test("whose rows belong to nobody is found, and so is a view, which would look with its owner's eyes", async () => {
    await world.look("create table ownerless (id integer)");
    await world.look("grant select on ownerless to lojal_worker");
    await world.look("create view all_accounts as select * from accounts");
    await world.look("grant select on all_accounts to lojal_worker");
    try {
      const found = await tables();
      const leaks = await Promise.all(
        ["ownerless", "all_accounts"]
          .map((name) => {
            const table = found.find((one) => one.name === name);
            if (!table) throw new Error(`${name} was not found.`);
            return table;
          })
          .map((table) => (table.owner === null ? leaksOf(table) : Promise.resolve([]))),
      );
      expect(leaks[0]).toEqual(["ownerless does not say whose its rows are"]);
      const view = found.find(({ name }) => name === "all_accounts");
      expect(view && (await leaksOf({ ...view, insertable: [] })).join()).toContain("select from all_accounts");
    } finally {
      await world.look("drop view all_accounts");
      await world.look("drop table ownerless");
    }
  });
});

test("the worker's login cannot step around row-level security: it owns nothing, bypasses nothing, and becomes nobody", async () => {
  const [role] = await world.look(
    "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles where rolname = $1",
    [workerRole],
  );
  expect(Object.values(role ?? {})).toEqual([false, false, false, false, false]);
  expect(await world.look("select 1 from pg_class where relowner = $1::regrole", [workerRole])).toEqual([]);
  const memberships = await world.look<{ name: string }>(
    "select r.rolname as name from pg_auth_members m join pg_roles r on r.oid = m.roleid where m.member = $1::regrole",
    [workerRole],
  );
  expect(memberships).toEqual([{ name: "lojal_worker" }]);
});

test("no statement of the worker's keeps the database for longer than a minute", async () => {
  expect((await as(own, "show statement_timeout")).rows).toEqual([{ statement_timeout: "1min" }]);
  const slow = "select set_config('statement_timeout', '20ms', true), pg_sleep(0)";
  await login.query("begin");
  await login.query(slow);
  expect(await refusalOf(login.query("select pg_sleep(10)"))).toMatchObject({ code: "57014" });
  await login.query("rollback");
});

test("only these functions run with more than the worker may: five look past it, each for one question; none can be led elsewhere by a search path", async () => {
  const found = await world.look<{ name: string; config: string[] | null }>(
    `select p.proname as name, p.proconfig as config from pg_proc p
     where p.pronamespace = 'public'::regnamespace and p.prosecdef order by 1`,
  );
  expect(found.map(({ name }) => name)).toEqual([
    "lojal_clear_outlived",
    "lojal_erase_shop",
    "lojal_imports_due_1",
    // Has Postgres take statistics, and tells nothing of any row.
    "lojal_look_at_young_tables_1",
    "lojal_paintings_due_1",
    "lojal_shops_due",
  ]);
  for (const { config } of found) expect(config).toContain("search_path=public, pg_temp");
});
