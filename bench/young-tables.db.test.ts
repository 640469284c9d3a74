/** How Postgres plans in a deployment that is minutes old: it has looked at no table by itself yet, and a shop brings its members along. */
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { readFile } from "../dev/import-file.ts";
import { newWorld } from "../dev/test-rooms.ts";
import { beginImport, importRows, ROWS_PER_PAGE } from "../worker/flows/import-members.ts";
import { plansOf, recorded, tablesOfIndexes, tellPlans, wideScans } from "./plan-recorder.ts";

const WISH = { format: "lojal", adds: false } as const;
const rows = Array.from({ length: 2 * ROWS_PER_PAGE }, (_, row) => `${7001 + row},${1 + row}`);
const FILE = new TextEncoder().encode(`customer_id,points\n${rows.join("\n")}\n`);

/** Where the second page of a file reads the whole of a shop, in a database that nobody has looked at. */
async function wideScansOfSecondPage({ change = "select" } = {}): Promise<string[]> {
  const world = await newWorld();
  const owner = new pg.Client({ connectionString: world.database.superuserUrl });
  await owner.connect();
  onTestFinished(async () => {
    await owner.end();
    await world.close();
  });
  await owner.query(change);
  const { rooms, shop } = world;
  const file = await readFile(FILE, WISH);
  const lastRow = file.rows.at(-1)?.row ?? 0;
  await beginImport(rooms, shop, {
    ...WISH,
    ...file,
    id: "young",
    begunBy: "operator",
    rowsTotal: rows.length,
    lastRow,
  });
  const pages = [file.rows.slice(0, ROWS_PER_PAGE), file.rows.slice(ROWS_PER_PAGE)];
  const [throughFirst = 0] = [pages[0]?.at(-1)?.row];
  const first = { afterRow: 0, throughRow: throughFirst, rows: pages[0] ?? [] };
  expect(await importRows(rooms, shop, "young", first)).toMatchObject({ kind: "imported" });
  await tellPlans(owner);
  const second = { afterRow: throughFirst, throughRow: lastRow, rows: pages[1] ?? [] };
  const requests = await recorded(() => importRows(rooms, shop, "young", second));
  const tables = await tablesOfIndexes(owner);
  const found: string[] = [];
  for (const request of requests)
    for (const plan of await plansOf(owner, request)) found.push(...wideScans(plan, tables));
  // What no file fills is empty, and its whole is nothing.
  return found.filter((scan) => / of (members|accounts|lots|entries|import_rows) by /.test(scan));
}

test("from its second page on an import finds each row by its key, minutes after the deployment began", async () => {
  expect(await wideScansOfSecondPage()).toEqual([]);
});

test("it would be seen: without the look after the first page, it reads the whole shop", async () => {
  const change =
    "create or replace function lojal_look_at_young_tables_1() returns integer language sql as $$ select 0 $$";
  expect(await wideScansOfSecondPage({ change })).not.toEqual([]);
});
