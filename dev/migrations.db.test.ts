/** What becomes of rows that were there before a migration: rows of the older schema go in, the newer migrations run over them. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { auditLedger } from "./audit.ts";
import { onServer, superuserUrl } from "./databases.ts";
import { folderOfFirst, readMigrations } from "./deployment/migrations.ts";
import { migrate, migrationsFolder } from "./migrate.ts";
import { workerPassword } from "./settings.ts";
import { copyTemplate } from "./test-bed.ts";

let made = 0;
const released = readMigrations(migrationsFolder).map(({ tag }) => tag);

/** A database of the schema as it was when this migration was the newest. */
async function openDatabaseAt(newest: string) {
  made += 1;
  const [port, name] = [inject("postgresPort"), `migrations_${process.pid}_${made}`];
  await copyTemplate(port, name, "template1");
  const folder = folderOfFirst(migrationsFolder, released.indexOf(newest) + 1);
  const pool = new pg.Pool({ connectionString: superuserUrl(port, name), max: 1 });
  await migrate(superuserUrl(port, name), { workerPassword, folder });
  return {
    look: async <Row extends pg.QueryResultRow>(query: string) => (await pool.query<Row>(query)).rows,
    migrateToNewest: () => migrate(superuserUrl(port, name), { workerPassword }),
    close: async () => {
      await pool.end();
      await onServer(port, `drop database ${name} with (force)`);
      rmSync(folder, { recursive: true });
    },
  };
}

/** The same, gone with its test. */
async function databaseAt(newest: string) {
  const database = await openDatabaseAt(newest);
  onTestFinished(database.close);
  return database;
}

/**
 * One member's book as the first schema kept it: order 2 was refunded when its points lay in a code, so that they were owed; what came back of
 * the used code paid for that.
 */
const FIRST_BOOK = `
  insert into shops (domain, currency, newest_program_version) values ('old.myshopify.com', 'USD', 1);
  insert into program_versions (shop_id, version, in_force_from, program)
    values (1, 1, '2000-01-01', '{"earn":{"points":1,"perMinor":100},"pendingDays":0,"rewards":[]}');
  insert into members (shop_id, customer_id) values (1, '7001'), (1, '7002');
  insert into accounts (shop_id, member_id, version, available, held) values (1, 1, 9, 10, 50), (1, 2, 0, 0, 0);
  insert into order_states (shop_id, order_id, revision, member_id, posted, postings, program_version)
    values (1, '1', 1, 1, 100, 1, 1), (1, '2', 2, 1, 0, 2, 1), (1, '3', 1, 1, 10, 1, 1), (1, '4', 0, null, 0, 0, null);
  insert into lots (shop_id, id, member_id, order_id, amount, remaining, available_at, expires_at, matured) values
    (1, 'order:1:1', 1, '1', 100, 10, '2026-01-01', '2027-01-01', true),
    (1, 'order:2:1', 1, '2', 50, 0, '2026-01-02', null, true),
    (1, 'order:3:1', 1, '3', 10, 0, '2025-01-01', '2026-01-01', true);
  insert into redemptions (
    shop_id, id, member_id, reward, cost, code, state, fingerprint, program_version, created_at, ends_at, used_by_order, returned, returnings
  ) values
    (1, 'r1', 1, '{}', 100, 'R1', 'used', '', 1, '2026-02-01', '2026-03-01', '4', 60, 1),
    (1, 'r2', 1, '{}', 50, 'R2', 'held', '', 1, '2026-02-02', '2026-03-02', null, 0, 0);
  insert into entries (
    shop_id, member_id, key, kind, points, pending, available, held, owed, order_id, redemption_id, program_version, actor, occurred_at, detail
  ) values
    (1, 1, 'order:1:1', 'earn', 100, 0, 100, 0, 0, '1', null, 1, 'shopify', '2026-01-01', '{}'),
    (1, 1, 'order:2:1', 'earn', 50, 0, 50, 0, 0, '2', null, 1, 'shopify', '2026-01-02', '{}'),
    (1, 1, 'order:3:1', 'earn', 10, 0, 10, 0, 0, '3', null, 1, 'shopify', '2025-01-01', '{}'),
    (1, 1, 'expire:order:3:1', 'expire', -10, 0, -10, 0, 0, '3', null, null, 'sweep', '2026-01-01', '{}'),
    (1, 1, 'hold:r1', 'hold', -100, 0, -100, 100, 0, null, 'r1', 1, 'shopper', '2026-02-01', '{}'),
    (1, 1, 'use:r1', 'use', 0, 0, 0, -100, 0, '4', 'r1', 1, 'shopify', '2026-02-01', '{}'),
    (1, 1, 'hold:r2', 'hold', -50, 0, -50, 50, 0, null, 'r2', 1, 'shopper', '2026-02-02', '{}'),
    (1, 1, 'order:2:2', 'claw-back', -50, 0, 0, 0, 50, '2', null, 1, 'shopify', '2026-02-03', '{}'),
    (1, 1, 'return:r1:1', 'return', 60, 0, 10, 0, -50, '4', 'r1', 1, 'shopify', '2026-02-04', '{}');
  insert into allocations (shop_id, entry_key, lot_id, points) values
    (1, 'expire:order:3:1', 'order:3:1', -10), (1, 'hold:r1', 'order:1:1', -100), (1, 'hold:r2', 'order:2:1', -50),
    (1, 'return:r1:1', 'order:1:1', 10);
`;

/** What a worker of a later schema writes besides, by the migration from which on it does. */
const LATER_WRITES: readonly (readonly [since: string, writes: string])[] = [
  [
    "0001_members_and_policies",
    `
      update lots set expired = true where id = 'order:3:1';
      update accounts set version = 1 where version = 0;
      update order_states set revision = 1 where revision = 0;
      update redemptions set taken = '[{"lotId":"order:1:1","points":40,"orderId":"1","availableAtMs":1767225600000,"fixedExpiryMs":1798761600000}]'
      where id = 'r1';
      update redemptions set taken = '[{"lotId":"order:2:1","points":50,"orderId":"2","availableAtMs":1767312000000,"fixedExpiryMs":null}]'
      where id = 'r2';
    `,
  ],
  [
    "0007_sweeps_and_statements",
    "insert into sweeps (shop_id, read_to, due_at) values (1, '2026-02-01', '2026-02-02')",
  ],
  [
    "0009_leaving_shops_and_people",
    "update shops set scopes = 'read_orders', time_zone = 'Europe/Stockholm', locale = 'sv'",
  ],
];

/** All that a book is, but for when its rows were written. */
const BOOK = {
  accounts: "select version::int, pending, available, held, owed from accounts order by member_id",
  lots: "select id, amount, remaining, available_at, expires_at, matured, expired from lots order by id",
  entries: "select key, kind, points, pending, available, held, owed, actor, occurred_at from entries order by id",
  allocations: "select entry_key, lot_id, points from allocations order by entry_key, lot_id",
  redemptions: "select id, cost, state, taken, returned, returnings from redemptions order by id",
  orders: "select order_id, revision::int, posted, postings, program_version from order_states order by order_id",
} as const;

async function bookOf({ look }: Pick<Awaited<ReturnType<typeof openDatabaseAt>>, "look">) {
  const parts = Object.entries(BOOK).map(async ([name, query]) => [name, await look(query)] as const);
  return Object.fromEntries(await Promise.all(parts));
}

/** The book of the first schema on the newest one: what each later one is compared with. */
let oldestBook: Awaited<ReturnType<typeof bookOf>>;
beforeAll(async () => {
  const first = await openDatabaseAt("0000_ledger");
  await first.look(FIRST_BOOK);
  await first.migrateToNewest();
  oldestBook = await bookOf(first);
  await first.close();
});

test.each(released)("a book written on %s is the same book on the newest schema", async (tag) => {
  const later = await databaseAt(tag);
  await later.look(FIRST_BOOK);
  for (const [since, writes] of LATER_WRITES)
    if (released.indexOf(since) <= released.indexOf(tag)) await later.look(writes);
  await later.migrateToNewest();
  expect(await auditLedger(later)).toEqual([]);
  expect(await bookOf(later)).toEqual(oldestBook);
});

test("a book of the first schema is a whole book in the newest one", async () => {
  const database = await databaseAt("0000_ledger");
  await database.look(FIRST_BOOK);
  await database.migrateToNewest();
  expect(await auditLedger(database)).toEqual([]);
  const ms = (day: string) => Date.parse(`${day}T00:00:00Z`);
  expect(await database.look("select id, taken from redemptions order by id")).toEqual([
    {
      id: "r1",
      // 60 of 100 came back. 50 of these paid what was owed: they lie in no lot, and are not spent any more.
      taken: [
        {
          lotId: "order:1:1",
          points: 40,
          orderId: "1",
          availableAtMs: ms("2026-01-01"),
          fixedExpiryMs: ms("2027-01-01"),
        },
      ],
    },
    {
      id: "r2",
      taken: [{ lotId: "order:2:1", points: 50, orderId: "2", availableAtMs: ms("2026-01-02"), fixedExpiryMs: null }],
    },
  ]);
  expect(await database.look("select id from lots where expired")).toEqual([{ id: "order:3:1" }]);
  // Rows that are there count from one: version 0 says that nobody has written the book yet.
  expect(await database.look("select version::int from accounts order by member_id")).toEqual([
    { version: 9 },
    { version: 1 },
  ]);
  expect(await database.look("select revision::int from order_states order by order_id")).toEqual([
    { revision: 1 },
    { revision: 2 },
    { revision: 1 },
    { revision: 1 },
  ]);
});

/** What a worker that runs meanwhile could miss (docs/decisions/0013-migrations-widen-first.md). */
const NARROWS =
  /\bdrop\s+(?:table|column|function|view|type|role)\b|\brename\b|\balter\s+column\s+\S+\s+(?:set\s+data\s+)?type\b|\bset\s+not\s+null\b|\brevoke\b(?!\s+all\s+on\s+function)|\bcreate\s+or\s+replace\b/i;
/** Before the rule: no deployment had a worker to keep working. */
const BEFORE_THE_RULE = 11;

const narrowing = (text: string) => NARROWS.test(text.replaceAll(/--.*$/gm, ""));

test("a migration that takes something away says why no worker needs it any more", () => {
  const unexplained = released.slice(BEFORE_THE_RULE).filter((tag) => {
    const text = readFileSync(join(migrationsFolder, `${tag}.sql`), "utf8");
    return narrowing(text) && !/^-- narrows: \S.{20}/m.test(text);
  });
  expect(unexplained).toEqual([]);
  for (const text of [
    "alter table shops drop column domain",
    "alter table shops rename column domain to name",
    "alter table lots alter column points type numeric",
    "create or replace function lojal_commit_1() returns void",
  ])
    expect(narrowing(text), text).toBe(true);
  expect(narrowing("alter table shops add column note text; -- we drop table nothing")).toBe(false);
});

test("a token from before tokens expired is kept as one that does not expire, and is looked after at once", async () => {
  const database = await databaseAt("0010_taken_within_what_is_spent");
  await database.look(`
    insert into shops (domain, currency, access_token_sealed, uninstalled_at) values
      ('here.myshopify.com', 'USD', 'v1.a.b', null), ('gone.myshopify.com', 'USD', null, now());
  `);
  await database.migrateToNewest();
  expect(
    await database.look(
      "select domain, access_token_sealed, token_expires_at, refresh_token_sealed, token_due_at <= now() as due from shops order by id",
    ),
  ).toEqual([
    {
      domain: "here.myshopify.com",
      access_token_sealed: "v1.a.b",
      token_expires_at: null,
      refresh_token_sealed: null,
      due: true,
    },
    {
      domain: "gone.myshopify.com",
      access_token_sealed: null,
      token_expires_at: null,
      refresh_token_sealed: null,
      due: null,
    },
  ]);
});

test("an undoing that was begun and lost is due; whatever else there is stays as it was", async () => {
  const database = await databaseAt("0026_api_keys");
  await database.look(`
    insert into shops (domain, currency) values ('old.myshopify.com', 'USD');
    insert into imports (shop_id, id, digest, format, begun_by, rows_total, last_row, undo_begun_at, undone_at, due_at, stopped_why) values
      (1, 'failed', 'a', 'lojal', '42', 1, 2, now(), null, null, 'failed'),
      (1, 'going', 'b', 'lojal', '42', 1, 2, null, null, null, null),
      (1, 'held', 'c', 'lojal', '42', 1, 2, now(), null, '2099-01-01', null),
      (1, 'lost', 'd', 'lojal', '42', 1, 2, now(), null, null, null),
      (1, 'undone', 'e', 'lojal', '42', 1, 2, now(), now(), null, null);
  `);
  await database.migrateToNewest();
  // In whole milliseconds, by which whoever takes it is known.
  expect(
    await database.look(
      "select id, due_at <= now() as due from imports where due_at = date_trunc('milliseconds', due_at) order by id",
    ),
  ).toEqual([
    { id: "held", due: false },
    { id: "lost", due: true },
  ]);
  expect(await database.look("select import_id from lojal_imports_due_1()")).toEqual([{ import_id: "lost" }]);
});
