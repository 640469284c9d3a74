/** An import in the middle: stopped, taken back, slow, dead or outlived, it leaves no points and nothing that waits. */
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { importFile, readFile, undoFile } from "../../dev/import-file.ts";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import type { Shop } from "../shops/shops.ts";
import { eraseShop } from "./erase-shop.ts";
import { fanOut } from "./fan-out.ts";
import { forgetCustomer } from "./forget-customer.ts";
import { type CheckedRows, goOnWithImport, handOver, resumeImport, stopImport } from "./go-on-import.ts";
import { beginImport } from "./import-members.ts";
import type { GoOnImportJob, Job } from "./jobs.ts";
import { reportOn } from "./report-customer.ts";
import { undoLater } from "./undo-import.ts";

let world: TestWorld;
let shop: Shop;
let made = 0;
const lines: string[] = [];
beforeAll(async () => {
  world = await newWorld();
});
afterAll(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});
beforeEach(async () => {
  made += 1;
  shop = await addShop(world, `middles-${made}.myshopify.com`);
  lines.length = 0;
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  world.queue.jobs.length = 0;
  world.queue.lanes.length = 0;
});
afterEach(() => vi.restoreAllMocks());

const layout = { format: "lojal", hasHeader: true, width: 2, places: { customer_id: 0, points: 1 } } as const;
/** Small ones are as good as large ones. */
const BOUNDS = { pagesPerJob: 2, rowsPerPage: 5 };
const PAGE = BOUNDS.rowsPerPage;
const JOB = BOUNDS.pagesPerJob * PAGE;

/** The first row of a file is 2; each brings ten points to a customer of their own. */
const namedRow = (row: number) => ({
  row,
  customerId: String(100_000 + row),
  points: 10,
  availableAtMs: 0,
  expiresAtMs: null,
});
const checked = (afterRow: number, throughRow: number): CheckedRows => ({
  afterRow,
  throughRow,
  named: Array.from({ length: throughRow - Math.max(afterRow, 1) }, (_, at) =>
    namedRow(Math.max(afterRow, 1) + 1 + at),
  ),
  refused: [],
});

/** Begins an import of so many rows; nothing of it is handed over yet. */
async function begun(rowsTotal: number, of = shop) {
  const lastRow = rowsTotal + 1;
  const id = crypto.randomUUID();
  await beginImport(world.rooms, of, { id, digest: id, layout, adds: false, begunBy: "42", rowsTotal, lastRow });
  return { id, lastRow };
}

/** All of it, as a page hands it over before it is closed. */
async function handedOver(rowsTotal: number, of = shop) {
  const { id, lastRow } = await begun(rowsTotal, of);
  await handOver(world.rooms, of, id, checked(0, lastRow));
  return id;
}

/** A file of so many rows, as the command has it, and the import of it that staff began. */
async function begunWithFile(rowsTotal: number) {
  const { named, throughRow: lastRow } = checked(0, rowsTotal + 1);
  const lines = named.map(({ customerId, points }) => `${customerId},${points}`);
  const text = ["customer_id,points", ...lines, ""].join("\n");
  const file = await readFile(new TextEncoder().encode(text), { format: "lojal", adds: false });
  const id = crypto.randomUUID();
  await beginImport(world.rooms, shop, { ...file, id, adds: false, begunBy: "42", rowsTotal, lastRow });
  return { file, id };
}

const stateOf = async (id: string, of = shop) => {
  const state = await world.rooms.imports.find(of.id, id);
  if (state === null) throw new Error("The test's import was not found.");
  return state;
};
const isGoOn = (job: Job): job is GoOnImportJob => job.kind === "go-on-import";
/** The next job of an import that is queued; it leaves the queue. */
function taken(): GoOnImportJob {
  const at = world.queue.jobs.findIndex(isGoOn);
  const [job] = at < 0 ? [] : world.queue.jobs.splice(at, 1);
  // However long it is, what cannot wait does not stand behind it.
  if (at >= 0) expect(world.queue.lanes.splice(at, 1)).toEqual(["bulk"]);
  if (job === undefined || !isGoOn(job)) throw new Error("No job of an import is queued.");
  return job;
}
async function run(job: GoOnImportJob): Promise<void> {
  const of = await world.rooms.shops.findOne(job.shop, world.rooms.nowMs());
  if (of === null) throw new Error("The test's shop was not found.");
  await goOnWithImport(world.rooms, of, job, BOUNDS);
}
/** Whatever is queued of imports, and what it queues, until nothing is left. */
async function runAll() {
  while (world.queue.jobs.some(isGoOn)) await run(taken());
}
const entriesOf = async (of = shop) =>
  (await world.look("select 1 from entries where shop_id = $1 and kind = 'open'", [of.id])).length;
const pointsOf = async () => {
  const [row] = await world.look<{ points: number }>(
    "select coalesce(sum(available), 0)::int as points from accounts where shop_id = $1",
    [shop.id],
  );
  return row?.points;
};
const refusal = { outcome: "refused", memberId: null, points: null, column: null, reason: "duplicate" } as const;
const waitsForLock = async () =>
  (await world.look("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"))
    .length > 0;
/** Whatever import_rows still say of a customer. */
const waiting = async () =>
  (
    await world.look(
      "select 1 from import_rows where shop_id = $1 and (customer_id is not null or outcome = 'waiting')",
      [shop.id],
    )
  ).length;

describe("an import in the middle", () => {
  test("is stopped by staff, and goes on where it was", async () => {
    const id = await handedOver(JOB + PAGE);
    await run(taken());
    await stopImport(world.rooms, shop, "42", id);
    await runAll();
    expect(await stateOf(id)).toMatchObject({ stoppedWhy: "staff", rowsPosted: JOB });
    expect((await fanOut(world.rooms)).byKind["go-on-import"]).toBeUndefined();
    await resumeImport(world.rooms, shop, "42", id);
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: JOB + PAGE });
    const acts = await world.look("select action from audit_entries where shop_id = $1 order by id", [shop.id]);
    expect(acts.map(({ action }) => action)).toEqual(["import-begun", "import-stopped", "import-resumed"]);
  });

  test("is taken back as far as it was, by itself, and imports no further row", async () => {
    const id = await handedOver(JOB + PAGE);
    await run(taken());
    await undoLater(world.rooms, shop, { importId: id, by: "42" });
    expect(await waiting()).toBe(0);
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isUndone: true, rowsPosted: JOB, pointsTaken: 10 * JOB, pointsLeft: 0 });
    expect(await pointsOf()).toBe(0);
  });

  test("is taken back after the page under way has ended, and with it", async () => {
    const id = await handedOver(3);
    const { commitOrLoad } = world.rooms.ledger;
    // Staff undo it, the command too, at the moment at which the page is committed.
    vi.spyOn(world.rooms.ledger, "commitOrLoad").mockImplementationOnce(async (...given) => {
      await undoLater(world.rooms, shop, { importId: id, by: "42" });
      await run(taken());
      expect(await stateOf(id)).toMatchObject({ isUndone: false });
      return commitOrLoad.apply(world.rooms.ledger, given);
    });
    await run(taken());
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isUndone: true, rowsPosted: 3, pointsTaken: 30 });
    expect(await pointsOf()).toBe(0);
  });

  test("is taken back with what a page had posted whose worker died before the note of it", async () => {
    const id = await handedOver(3);
    const dies = vi.spyOn(world.rooms.imports, "note").mockRejectedValueOnce(new Error("died"));
    await run(taken());
    dies.mockRestore();
    // Its rest is over.
    await world.look("update imports set due_at = now() where id = $1", [id]);
    expect([await entriesOf(), (await stateOf(id)).rowsPosted]).toEqual([3, 0]);
    await undoFile(world.rooms, shop, id);
    expect(await stateOf(id)).toMatchObject({ isUndone: true, rowsPosted: 3, pointsTaken: 30 });
    expect(await pointsOf()).toBe(0);
  });

  test("is taken back with what the command had posted when it died before the note of it", async () => {
    const { file, id } = await begunWithFile(3);
    const dies = vi.spyOn(world.rooms.imports, "note").mockRejectedValueOnce(new Error("died"));
    const wish = { format: "lojal", adds: false, id: "another", begunBy: "operator" } as const;
    await expect(importFile(world.rooms, shop, file, wish)).rejects.toThrow("died");
    dies.mockRestore();
    expect([await entriesOf(), (await stateOf(id)).rowsPosted]).toEqual([3, 0]);
    await undoFile(world.rooms, shop, id);
    expect(await stateOf(id)).toMatchObject({ isUndone: true, rowsPosted: 3, pointsTaken: 30 });
    expect(await pointsOf()).toBe(0);
  });

  test("is taken back by the cron though whoever began that died at once", async () => {
    const id = await handedOver(3);
    await runAll();
    await world.rooms.importRuns.beginUndo(shop.id, id, "42", () => sql`select 1`);
    await fanOut(world.rooms);
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isUndone: true, pointsTaken: 30 });
  });

  test("is taken back anew where a page was so slow that it had been taken for dead, and posts after the undoing's end", async () => {
    const id = await handedOver(3);
    const { commitOrLoad } = world.rooms.ledger;
    vi.spyOn(world.rooms.ledger, "commitOrLoad").mockImplementationOnce(async (...given) => {
      await undoLater(world.rooms, shop, { importId: id, by: "42" });
      await world.look("update imports set due_at = now() where id = $1", [id]);
      await run(taken());
      expect(await stateOf(id)).toMatchObject({ isUndone: true, rowsPosted: 0 });
      return commitOrLoad.apply(world.rooms.ledger, given);
    });
    await run(taken());
    expect(await stateOf(id)).toMatchObject({ isUndone: false, rowsPosted: 3 });
    await fanOut(world.rooms);
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isUndone: true, pointsTaken: 30 });
    expect(await pointsOf()).toBe(0);
  });

  test("is undone only where nothing was posted since the undoing looked", async () => {
    const id = await handedOver(3);
    await runAll();
    await undoLater(world.rooms, shop, { importId: id, by: "42" });
    const page = { taken: [], throughRow: 0, rowsPosted: 2, isLast: true };
    await world.rooms.importRuns.noteUndone(shop.id, id, page);
    expect(await stateOf(id)).toMatchObject({ isUndone: false, rowsPosted: 3 });
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isUndone: true, pointsTaken: 30 });
  });

  test("is taken back from a row on that was posted behind its undoing", async () => {
    const id = await handedOver(3);
    await runAll();
    await undoLater(world.rooms, shop, { importId: id, by: "42" });
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isUndone: true, undoLastRow: 4 });
    const [row] = await world.look<{ member_id: string }>(
      "select member_id from import_rows where import_id = $1 and row_number = 3",
      [id],
    );
    await world.look("delete from import_rows where import_id = $1 and row_number = 3", [id]);
    const posted = { row: 3, outcome: "posted", memberId: row?.member_id ?? null, points: 10, column: null } as const;
    await world.rooms.imports.note(shop.id, id, [{ ...posted, reason: null }], 4);
    expect(await stateOf(id)).toMatchObject({ isUndone: false, undoLastRow: 2 });
  });

  test("leaves no row waiting that was handed over at the moment its undoing began", async () => {
    const id = await handedOver(3);
    await undoLater(world.rooms, shop, { importId: id, by: "42" });
    await world.look(
      "update import_rows set outcome = 'waiting', customer_id = '1', points = 1, available_at = now() where import_id = $1 and row_number = 3",
      [id],
    );
    await runAll();
    expect([await waiting(), (await stateOf(id)).isUndone]).toEqual([0, true]);
  });

  test("whose undoing failed too often is due again when somebody asks for it again", async () => {
    const id = await handedOver(3);
    await runAll();
    await undoLater(world.rooms, shop, { importId: id, by: "42" });
    taken();
    await world.look("update imports set stopped_why = 'failed', due_at = null where id = $1", [id]);
    await undoLater(world.rooms, shop, { importId: id, by: "42" });
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isUndone: true, pointsTaken: 30 });
  });

  test("that is a whole shop's restore cannot be undone", async () => {
    await world.look(
      "insert into imports (shop_id, id, digest, format, begun_by, rows_total, last_row) values ($1, 'restored', 'd', 'shop', 'operator', 0, 0)",
      [shop.id],
    );
    const answer = await undoLater(world.rooms, shop, { importId: "restored", by: "42" });
    expect(answer).toEqual({ kind: "refused", why: "unknown-import" });
    const found = await world.look("select undo_begun_at, due_at from imports where id = 'restored'");
    expect(found).toEqual([{ undo_begun_at: null, due_at: null }]);
  });

  test("keeps no row that is handed over after its undoing has begun", async () => {
    const { id, lastRow } = await begun(PAGE);
    await handOver(world.rooms, shop, id, checked(0, 4));
    await undoLater(world.rooms, shop, { importId: id, by: "42" });
    await handOver(world.rooms, shop, id, checked(4, lastRow));
    expect([await waiting(), (await stateOf(id)).keptThroughRow]).toEqual([0, 4]);
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isUndone: true, rowsPosted: 0 });
  });

  test.each([
    ["the note of a page", (id: string) => world.rooms.imports.note(shop.id, id, [{ ...refusal, row: 2 }], 2)],
    ["forgetting", () => world.rooms.importRuns.forget(shop.id, [namedRow(2).customerId])],
  ])("is locked before its rows by %s, so that nobody who undoes it stands in the way", async (_, act) => {
    const id = await handedOver(3);
    const other = new pg.Client({ connectionString: world.database.superuserUrl });
    await other.connect();
    try {
      await other.query("begin");
      await other.query("select 1 from imports where id = $1 for no key update", [id]);
      const acting = act(id);
      await vi.waitFor(async () => expect(await waitsForLock()).toBe(true), 10_000);
      await other.query("select 1 from import_rows where import_id = $1 for no key update nowait", [id]);
      await other.query("commit");
      await acting;
    } finally {
      await other.end();
    }
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: 2, rowsRefused: 1 });
  });
});

describe("what waits", () => {
  test("is dropped after a day; the same file then goes on where it was and brings nothing twice", async () => {
    const id = await handedOver(JOB + PAGE);
    await run(taken());
    taken();
    await world.look("update imports set kept_until = now(), due_at = now() where id = $1", [id]);
    await fanOut(world.rooms);
    await runAll();
    expect(await waiting()).toBe(0);
    expect(await stateOf(id)).toMatchObject({ stoppedWhy: "expired", rowsPosted: JOB, keptThroughRow: JOB + 1 });
    await handOver(world.rooms, shop, id, checked(JOB + 1, JOB + PAGE + 1));
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: JOB + PAGE, stoppedWhy: null });
  });

  test("is not dropped under the page that is at it", async () => {
    const id = await handedOver(JOB + PAGE);
    const { commitOrLoad } = world.rooms.ledger;
    vi.spyOn(world.rooms.ledger, "commitOrLoad").mockImplementationOnce(async (...given) => {
      await world.look("update imports set kept_until = now() where id = $1", [id]);
      await world.rooms.importRuns.dropOutlived(shop.id);
      return commitOrLoad.apply(world.rooms.ledger, given);
    });
    await run(taken());
    expect(await stateOf(id)).toMatchObject({ stoppedWhy: null, rowsPosted: JOB });
    expect(await waiting()).toBe(PAGE);
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: JOB + PAGE });
  });

  test("is told to whoever asks what is held about them, and forgets who is forgotten", async () => {
    const id = await handedOver(2);
    expect(JSON.parse((await reportOn(world.rooms, shop, "100002")).text)).toMatchObject({
      held: true,
      imports_waiting: [{ points: 10 }],
    });
    await forgetCustomer(world.rooms, shop, "100002", null);
    expect(await world.look("select 1 from import_rows where customer_id = '100002'")).toEqual([]);
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: 1, rowsRefused: 1 });
    expect(await world.rooms.imports.refusedAfter(shop.id, id, 0, 9)).toEqual([
      { row: 2, column: null, reason: "forgotten" },
    ]);
  });

  test("is erased with its shop", async () => {
    await handedOver(2);
    await world.look(
      "update shops set uninstalled_at = now() - interval '3 days', erase_due_at = now() - interval '1 day' where id = $1",
      [shop.id],
    );
    expect((await fanOut(world.rooms)).byKind["go-on-import"]).toBeUndefined();
    await eraseShop(world.rooms, shop);
    expect(await world.look("select 1 from import_rows where shop_id = $1", [shop.id])).toEqual([]);
  });
});
