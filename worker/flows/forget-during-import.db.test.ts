/** Somebody is forgotten while their row is being imported: whichever comes first, nobody has their number afterwards, and no count is wrong. */
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import type { Shop } from "../shops/shops.ts";
import { forgetCustomer } from "./forget-customer.ts";
import { goOnWithImport, handOver } from "./go-on-import.ts";
import { beginImport, importRows } from "./import-members.ts";
import { undoLater } from "./undo-import.ts";

let world: TestWorld;
let shop: Shop;
let made = 0;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});
beforeEach(async () => {
  made += 1;
  shop = await addShop(world, `forgetting-${made}.myshopify.com`);
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

const layout = { format: "lojal", hasHeader: true, width: 2, places: { customer_id: 0, points: 1 } } as const;
const ROWS = 3;
/** The first row of a file is 2. */
const FORGOTTEN = 3;
const customerOf = (row: number) => String(200_000 + row);
const rowOf = (row: number) => ({
  row,
  customerId: customerOf(row),
  points: 10,
  availableAtMs: 0,
  expiresAtMs: null,
});

/** An import whose rows wait, each for a customer whom nobody here has met. */
async function waitingImport(): Promise<string> {
  const id = crypto.randomUUID();
  const lastRow = ROWS + 1;
  await beginImport(world.rooms, shop, {
    id,
    digest: id,
    layout,
    adds: false,
    begunBy: "42",
    rowsTotal: ROWS,
    lastRow,
  });
  const named = Array.from({ length: ROWS }, (_, at) => rowOf(at + 2));
  await handOver(world.rooms, shop, id, { afterRow: 0, throughRow: lastRow, named, refused: [] });
  return id;
}
const goOn = (importId: string) =>
  goOnWithImport(world.rooms, shop, { kind: "go-on-import", shop: shop.domain, importId, lease: null });
/** A page that meets the forgetting may fail, and comes again after a rest: here at once. */
async function goOnToItsEnd(id: string): Promise<void> {
  for (let tries = 0; tries < 3 && !(await stateOf(id))?.isFinished; tries++) {
    await world.look("update imports set due_at = now() where shop_id = $1 and due_at is not null", [shop.id]);
    await goOn(id);
  }
}
const forget = () => forgetCustomer(world.rooms, shop, customerOf(FORGOTTEN), null);

/** Something happens right before a step, the first time that it is taken. */
function rightBefore<Room, Step extends keyof Room>(room: Room, step: Step, happens: () => Promise<unknown>): void {
  const original = room[step] as (...given: unknown[]) => unknown;
  let isFirst = true;
  vi.spyOn(room as Record<string, (...given: unknown[]) => unknown>, String(step)).mockImplementation(
    async (...given) => {
      if (isFirst) {
        isFirst = false;
        await happens();
      }
      return await original.apply(room, given);
    },
  );
}

const isKnown = async () =>
  (await world.look("select 1 from members where shop_id = $1 and customer_id = $2", [shop.id, customerOf(FORGOTTEN)]))
    .length > 0;
const waitsForLock = async () =>
  (await world.look("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"))
    .length > 0;
const entries = async () => (await world.look("select 1 from entries where shop_id = $1", [shop.id])).length;
const stateOf = (id: string) => world.rooms.imports.find(shop.id, id);

describe("somebody who is forgotten while their row is imported", () => {
  test("between the reading of the rows and the books is refused, and the others come in", async () => {
    const id = await waitingImport();
    rightBefore(world.rooms.ledger, "load", forget);
    await goOn(id);
    expect(await isKnown()).toBe(false);
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: 2, rowsRefused: 1 });
    expect(await world.rooms.imports.refusedAfter(shop.id, id, 0, 9)).toEqual([
      { row: FORGOTTEN, column: null, reason: "forgotten" },
    ]);
    expect(await entries()).toBe(2);
  });

  test("in the moment before the commit is refused, too: the commit itself finds out", async () => {
    const id = await waitingImport();
    rightBefore(world.rooms.ledger, "commitOrLoad", forget);
    await goOn(id);
    expect([await isKnown(), await entries()]).toEqual([false, 2]);
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: 2, rowsRefused: 1 });
  });

  test("after the commit has what came in, and no number; an undoing finds it", async () => {
    const id = await waitingImport();
    rightBefore(world.rooms.imports, "note", forget);
    await goOn(id);
    expect([await isKnown(), await entries()]).toEqual([false, ROWS]);
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: ROWS, rowsRefused: 0 });
    await undoLater(world.rooms, shop, { importId: id, by: "42" });
    await goOn(id);
    expect(await stateOf(id)).toMatchObject({ isUndone: true, pointsTaken: 10 * ROWS });
  });

  test("is not met again by a page that comes between two steps of the forgetting", async () => {
    const id = await waitingImport();
    rightBefore(world.rooms.ledger, "forget", () => goOn(id));
    await forget();
    expect([await isKnown(), await entries()]).toEqual([false, 2]);
  });

  test("is not met again where both happen at once, whichever is faster", async () => {
    for (let round = 0; round < 8; round++) {
      shop = await addShop(world, `forgetting-${made}-${round}.myshopify.com`);
      const id = await waitingImport();
      await Promise.all(round % 2 === 0 ? [goOn(id), forget()] : [forget(), goOn(id)]);
      expect([round, await isKnown()]).toEqual([round, false]);
      await goOnToItsEnd(id);
      expect([round, await isKnown()]).toEqual([round, false]);
      const state = await stateOf(id);
      expect((state?.rowsPosted ?? 0) + (state?.rowsRefused ?? 0)).toBe(ROWS);
    }
  });

  test("holds a page up until the forgetting that has their row is over", async () => {
    const id = await waitingImport();
    const other = new pg.Client({ connectionString: world.database.superuserUrl });
    await other.connect();
    try {
      await other.query("begin");
      await other.query(
        `update import_rows
         set outcome = 'refused', reason = 'forgotten', customer_id = null, points = null, available_at = null, expires_at = null
         where shop_id = $1 and import_id = $2 and row_number = $3`,
        [shop.id, id, FORGOTTEN],
      );
      const going = goOn(id);
      await expect.poll(waitsForLock).toBe(true);
      expect(await entries()).toBe(0);
      await other.query("commit");
      await going;
    } finally {
      await other.end();
    }
    expect([await isKnown(), await entries()]).toEqual([false, 2]);
  });

  const refusal = { outcome: "refused", memberId: null, points: null, column: null, reason: "duplicate" } as const;
  const refused = (row: number) => ({ ...refusal, row });
  test.each([
    ["the forgetting", (_: string) => world.rooms.importRuns.forget(shop.id, [4, 3, 2].map(customerOf))],
    ["the note of the page", (id: string) => world.rooms.imports.note(shop.id, id, [4, 2].map(refused), 4)],
    [
      "a hand-over",
      (id: string) =>
        handOver(world.rooms, shop, id, { afterRow: 0, throughRow: 4, named: [4, 2].map(rowOf), refused: [] }),
    ],
  ])(
    "with two rows in a page stands in nobody's way: %s locks rows by their numbers, as a commit does",
    async (_, act) => {
      const id = await waitingImport();
      await world.look("update imports set kept_through_row = 0 where id = $1", [id]);
      const commit = new pg.Client({ connectionString: world.database.superuserUrl });
      await commit.connect();
      const lock = (row: number) =>
        commit.query(
          "select 1 from import_rows where shop_id = $1 and import_id = $2 and row_number = $3 for share nowait",
          [shop.id, id, row],
        );
      try {
        await commit.query("begin");
        await lock(2);
        const acting = act(id);
        await expect.poll(waitsForLock).toBe(true);
        await lock(4);
        await commit.query("commit");
        await acting;
      } finally {
        await commit.end();
      }
    },
  );

  test("stays refused where the operator's command brings the row with its file", async () => {
    const id = await waitingImport();
    await forget();
    await world.look("update imports set due_at = null where id = $1", [id]);
    const rows = [2, 3, 4].map((row) => ({ row, cells: [customerOf(row), "10"] }));
    expect(await importRows(world.rooms, shop, id, { afterRow: 0, throughRow: 4, rows })).toMatchObject({
      kind: "imported",
      refused: [{ row: FORGOTTEN, reason: "forgotten" }],
      state: { rowsPosted: 2, rowsRefused: 1 },
    });
    expect([await isKnown(), await entries()]).toEqual([false, 2]);
  });
});
