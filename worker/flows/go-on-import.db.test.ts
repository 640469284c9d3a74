import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { checkFile, importFile, readFile, undoFile } from "../../dev/import-file.ts";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import type { Shop } from "../shops/shops.ts";
import { fanOut } from "./fan-out.ts";
import { forgetCustomer } from "./forget-customer.ts";
import { type CheckedRows, goOnWithImport, handOver, resumeImport, stopImport } from "./go-on-import.ts";
import { beginImport, importRows } from "./import-members.ts";
import type { GoOnImportJob, Job } from "./jobs.ts";
import { runJobs } from "./run-jobs.ts";
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
  shop = await addShop(world, `runs-${made}.myshopify.com`);
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
/** Whatever import_rows still say of a customer. */
const waiting = async () =>
  (
    await world.look(
      "select 1 from import_rows where shop_id = $1 and (customer_id is not null or outcome = 'waiting')",
      [shop.id],
    )
  ).length;

describe("an import that was handed over", () => {
  test("ends with all rows in, though nobody has the page open, and nothing waits afterwards", async () => {
    const id = await handedOver(JOB + PAGE + 3);
    expect(await waiting()).toBe(JOB + PAGE + 3);
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: JOB + PAGE + 3, isKept: false });
    expect([await entriesOf(), await waiting()]).toEqual([JOB + PAGE + 3, 0]);
  });

  test("takes the slow lane and leaves it between its jobs, so that another shop's comes in between", async () => {
    const other = await addShop(world, `runs-${made}-other.myshopify.com`);
    await handedOver(JOB + PAGE);
    const second = await handedOver(3, other);
    await run(taken());
    expect(world.queue.jobs.filter(isGoOn).map((job) => job.shop)).toEqual([other.domain, shop.domain]);
    await run(taken());
    expect(await stateOf(second, other)).toMatchObject({ isFinished: true, rowsPosted: 3 });
  });

  test("posts nothing twice: each of its jobs comes twice, and at once", async () => {
    const id = await handedOver(JOB + PAGE);
    while (world.queue.jobs.some(isGoOn)) {
      const job = taken();
      await Promise.all([run(job), run(job)]);
      await run(job);
    }
    expect(await stateOf(id)).toMatchObject({
      isFinished: true,
      rowsPosted: JOB + PAGE,
      pointsPosted: 10 * (JOB + PAGE),
    });
    expect(await entriesOf()).toBe(JOB + PAGE);
  });

  test("is done by the queue's consumer", async () => {
    const id = await handedOver(3);
    expect(await runJobs(world.rooms, [taken()])).toEqual([null]);
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: 3 });
  });

  test("begins only when it was handed over as a whole, and what is handed over twice is there once", async () => {
    const { id, lastRow } = await begun(PAGE);
    await handOver(world.rooms, shop, id, checked(0, 4));
    expect(world.queue.jobs).toEqual([]);
    expect((await fanOut(world.rooms)).byKind["go-on-import"]).toBeUndefined();
    expect(await handOver(world.rooms, shop, id, checked(0, 3))).toMatchObject({ keptThroughRow: 4 });
    await handOver(world.rooms, shop, id, checked(4, lastRow));
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: PAGE });
  });

  test("tells each row that the check refused, and counts it", async () => {
    const { id, lastRow } = await begun(3);
    const refused = [{ row: 3, column: "email", reason: "email-unknown" }] as const;
    const named = [namedRow(2), { ...namedRow(4), customerId: namedRow(2).customerId }];
    await handOver(world.rooms, shop, id, { afterRow: 0, throughRow: lastRow, named, refused });
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: 1, rowsRefused: 2 });
    expect(await world.rooms.imports.refusedAfter(shop.id, id, 0, 9)).toEqual([
      ...refused,
      { row: 4, column: null, reason: "duplicate" },
    ]);
  });

  test("is taken up by the cron where its job was lost, from the page it had reached", async () => {
    const id = await handedOver(JOB + PAGE);
    await run(taken());
    taken();
    await world.look("update imports set due_at = now() - interval '1 second' where id = $1", [id]);
    await fanOut(world.rooms);
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: JOB + PAGE });
  });

  test("has the dates that the file says", async () => {
    const { id, lastRow } = await begun(1);
    const [availableAtMs, expiresAtMs] = [Date.UTC(2098, 0, 1), Date.UTC(2099, 0, 2)];
    const named = [{ ...namedRow(2), availableAtMs, expiresAtMs }];
    await handOver(world.rooms, shop, id, { afterRow: 0, throughRow: lastRow, named, refused: [] });
    await runAll();
    expect(await world.look("select available_at, expires_at from lots where shop_id = $1", [shop.id])).toEqual([
      { available_at: new Date(availableAtMs), expires_at: new Date(expiresAtMs) },
    ]);
    expect(await stateOf(id)).toMatchObject({ rowsPosted: 1 });
  });

  test("is finished by the command with the same file, too, which takes over what waits and posts what was refused", async () => {
    const { file, id } = await begunWithFile(3);
    const refused = [{ row: 4, column: "email", reason: "email-unknown" }] as const;
    await handOver(world.rooms, shop, id, { ...checked(0, 3), throughRow: 4, refused });
    await world.look("update imports set due_at = null, stopped_why = 'failed' where id = $1", [id]);
    expect(await stateOf(id)).toMatchObject({ rowsRefused: 1 });
    await importFile(world.rooms, shop, file, { format: "lojal", adds: false, id: "another", begunBy: "operator" });
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: 3, rowsRefused: 0, isKept: false });
    expect([await entriesOf(), await waiting()]).toEqual([3, 0]);
    const anew = await checkFile(world.rooms, shop, file, { adds: false });
    expect(anew.refused.map(({ row, reason }) => [row, reason])).toEqual(
      [2, 3, 4].map((row) => [row, "imported-before"]),
    );
    await undoFile(world.rooms, shop, id);
    expect([await pointsOf(), (await stateOf(id)).pointsTaken]).toEqual([0, 30]);
  });

  test("handed over again after its day, judges anew what was refused, but not who was forgotten", async () => {
    const { id, lastRow } = await begun(4);
    const refused = [3, 4].map((row) => ({ row, column: "email", reason: "email-unknown" }) as const);
    await handOver(world.rooms, shop, id, {
      afterRow: 0,
      throughRow: lastRow,
      named: [namedRow(2), namedRow(5)],
      refused,
    });
    await forgetCustomer(world.rooms, shop, namedRow(5).customerId, null);
    expect(await stateOf(id)).toMatchObject({ rowsRefused: 3 });
    await world.look("update imports set kept_until = now() where id = $1", [id]);
    await world.rooms.importRuns.dropOutlived(shop.id);
    const named = [2, 3, 5].map(namedRow);
    await handOver(world.rooms, shop, id, { afterRow: 0, throughRow: lastRow, named, refused: refused.slice(1) });
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: 2, rowsRefused: 2 });
    expect((await world.rooms.imports.refusedAfter(shop.id, id, 0, 9)).map(({ row, reason }) => [row, reason])).toEqual(
      [
        [4, "email-unknown"],
        [5, "forgotten"],
      ],
    );
  });

  test("is no longer stopped once the command imports it with its file", async () => {
    const { file, id } = await begunWithFile(3);
    await handOver(world.rooms, shop, id, checked(0, 4));
    await world.look("update imports set kept_until = now(), due_at = null where id = $1", [id]);
    await world.rooms.importRuns.dropOutlived(shop.id);
    expect(await stateOf(id)).toMatchObject({ stoppedWhy: "expired" });
    const page = { afterRow: 0, throughRow: 2, rows: file.rows.slice(0, 1) };
    expect(await importRows(world.rooms, shop, id, page)).toMatchObject({
      kind: "imported",
      state: { stoppedWhy: null, isKept: false, isFinished: false, rowsPosted: 1 },
    });
  });

  test("that staff stop stops the command with its file, too, until somebody says that it goes on", async () => {
    const { file, id } = await begunWithFile(3);
    await handOver(world.rooms, shop, id, checked(0, 4));
    const wish = { format: "lojal", adds: false, id: "another", begunBy: "operator" } as const;
    const page = { afterRow: 0, throughRow: 2, rows: file.rows.slice(0, 1) };
    await world.look("update imports set due_at = null where id = $1", [id]);
    expect(await importRows(world.rooms, shop, id, page)).toMatchObject({ kind: "imported" });
    await stopImport(world.rooms, shop, "42", id);
    await expect(importFile(world.rooms, shop, file, wish)).rejects.toThrow(/^Staff have stopped this import\./);
    expect(await stateOf(id)).toMatchObject({ stoppedWhy: "staff", isFinished: false, rowsPosted: 1 });
    await importFile(world.rooms, shop, file, { ...wish, goesOn: true });
    expect(await stateOf(id)).toMatchObject({ stoppedWhy: null, isFinished: true, rowsPosted: 3 });
    expect(
      await world.look("select actor, action from audit_entries where shop_id = $1 order by id", [shop.id]),
    ).toEqual([
      { actor: "staff:42", action: "import-begun" },
      { actor: "staff:42", action: "import-stopped" },
      { actor: "operator", action: "import-resumed" },
    ]);
  });

  test("whose rows are in its file alone is stopped by staff as well, and may go on when they say so", async () => {
    const { file, id } = await begunWithFile(3);
    const wish = { format: "lojal", adds: false, id: "another", begunBy: "operator" } as const;
    await stopImport(world.rooms, shop, "42", id);
    await expect(importFile(world.rooms, shop, file, wish)).rejects.toThrow(/^Staff have stopped this import\./);
    await resumeImport(world.rooms, shop, "42", id);
    await runAll();
    expect(await stateOf(id)).toMatchObject({ stoppedWhy: null, isFinished: false, rowsPosted: 0 });
    await importFile(world.rooms, shop, file, wish);
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: 3 });
  });

  test("that staff stopped is still stopped when its day is over: the command goes on only where somebody says so", async () => {
    const { file, id } = await begunWithFile(3);
    const wish = { format: "lojal", adds: false, id: "another", begunBy: "operator" } as const;
    await handOver(world.rooms, shop, id, checked(0, 4));
    await stopImport(world.rooms, shop, "42", id);
    await world.look("update imports set kept_until = now(), due_at = null where id = $1", [id]);
    await world.rooms.importRuns.dropOutlived(shop.id);
    expect([await stateOf(id), await waiting()]).toMatchObject([{ stoppedWhy: "staff", isKept: false }, 0]);
    await expect(importFile(world.rooms, shop, file, wish)).rejects.toThrow(/^Staff have stopped this import\./);
    await importFile(world.rooms, shop, file, { ...wish, goesOn: true });
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: 3 });
  });

  test("that staff stop while the command is about to go on with it stays stopped: its page ends, and no other begins", async () => {
    const { file, id } = await begunWithFile(3);
    await handOver(world.rooms, shop, id, checked(0, 4));
    await world.look("update imports set due_at = null, stopped_why = 'failed' where id = $1", [id]);
    const { noLongerStopped } = world.rooms.importRuns;
    vi.spyOn(world.rooms.importRuns, "noLongerStopped").mockImplementationOnce(async (...given) => {
      await resumeImport(world.rooms, shop, "42", id);
      await stopImport(world.rooms, shop, "42", id);
      return noLongerStopped.apply(world.rooms.importRuns, given);
    });
    const page = { afterRow: 0, throughRow: 2, rows: file.rows.slice(0, 1) };
    expect(await importRows(world.rooms, shop, id, page)).toMatchObject({ kind: "imported" });
    expect(await stateOf(id)).toMatchObject({ stoppedWhy: "staff", rowsPosted: 1 });
    const next = { afterRow: 2, throughRow: 3, rows: file.rows.slice(1, 2) };
    expect(await importRows(world.rooms, shop, id, next)).toEqual({ kind: "refused", why: "stopped" });
  });

  test("keeps the rows of its page alone, though a page that overlaps brings others", async () => {
    const { id, lastRow } = await begun(4);
    const refused = [{ row: 3, column: "email", reason: "email-unknown" }] as const;
    await handOver(world.rooms, shop, id, { afterRow: 0, throughRow: 3, named: [namedRow(2)], refused });
    await handOver(world.rooms, shop, id, { ...checked(1, lastRow + 1), afterRow: 3, throughRow: lastRow });
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: 3, rowsRefused: 1 });
    expect(await waiting()).toBe(0);
  });
});

describe("a page that fails", () => {
  const breakLedger = () => vi.spyOn(world.rooms.ledger, "commitOrLoad").mockRejectedValue(new Error("away"));

  test("is tried again, and after five times stops and waits for somebody to let it go on", async () => {
    const id = await handedOver(3);
    const broken = breakLedger();
    for (let tries = 1; tries <= 5; tries++) {
      await run(taken());
      expect((await stateOf(id)).failures).toBe(tries);
      await world.look("update imports set due_at = now() where id = $1 and due_at is not null", [id]);
    }
    expect(await stateOf(id)).toMatchObject({ stoppedWhy: "failed", isFinished: false, isKept: true });
    expect(world.queue.jobs.filter(isGoOn)).toEqual([]);
    expect((await fanOut(world.rooms)).byKind["go-on-import"]).toBeUndefined();
    expect(lines.filter((line) => line.includes('"work":"go-on-import"'))).toHaveLength(5);
    broken.mockRestore();
    await resumeImport(world.rooms, shop, "42", id);
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isFinished: true, rowsPosted: 3, stoppedWhy: null, failures: 0 });
  });

  test("of an undoing does the same", async () => {
    const id = await handedOver(3);
    await runAll();
    const broken = breakLedger();
    await undoLater(world.rooms, shop, { importId: id, by: "42" });
    for (let tries = 1; tries <= 5; tries++) {
      await run(taken());
      await world.look("update imports set due_at = now() where id = $1 and due_at is not null", [id]);
    }
    expect(await stateOf(id)).toMatchObject({ stoppedWhy: "failed", isUndone: false });
    broken.mockRestore();
    await resumeImport(world.rooms, shop, "42", id);
    await runAll();
    expect(await stateOf(id)).toMatchObject({ isUndone: true, pointsTaken: 30 });
  });
});
