/**
 * An import goes on by itself: its rows are handed over by customer number, wait in the database, and are imported page by page, as an undoing goes
 * back. Who comes twice, or too late, finds that the import is not theirs; what dies between two pages is taken up again by the cron.
 */
import type { RefusedRow } from "../domain/import-format.ts";
import type { NamedPoints } from "../domain/import-report.ts";
import { faultFields, logEvent } from "../log.ts";
import { type AuditEntry, actorOf, type Note, noteOf } from "../program/audit.ts";
import type { RowToKeep, WaitingRow } from "../shops/import-runs.ts";
import type { ImportState } from "../shops/imports.ts";
import type { Shop } from "../shops/shops.ts";
import { actAsStaff } from "./act-as-staff.ts";
import { goOnLater } from "./go-on-later.ts";
import { type NamedRow, postPage, ROWS_PER_PAGE } from "./import-members.ts";
import type { GoOnImportJob } from "./jobs.ts";
import type { Rooms } from "./rooms.ts";
import { undoPage } from "./undo-import.ts";

/** A job ends after so many pages, so that other shops' work comes between. */
const BOUNDS = { pagesPerJob: 8, rowsPerPage: ROWS_PER_PAGE };
/** So many tries of a page fail in a row before somebody is asked to look; between them it rests. */
const TRIES = 5;
const PAUSE_SECONDS = 20;

/** Rows as the dry run found them: whose they are, or why they are refused. No e-mail is among them. */
export interface CheckedRows {
  readonly afterRow: number;
  readonly throughRow: number;
  readonly named: readonly NamedPoints[];
  readonly refused: readonly RefusedRow[];
}

/** Keeps the next rows of an import; with the last ones it begins to go on by itself. Answers how far it is; null for no import. */
export async function handOver(
  rooms: Rooms,
  shop: Shop,
  importId: string,
  { afterRow, throughRow, named, refused }: CheckedRows,
): Promise<ImportState | null> {
  const rows = new Map<number, RowToKeep>();
  const isOfPage = ({ row }: { readonly row: number }) => row > afterRow && row <= throughRow;
  for (const one of named.filter(isOfPage)) rows.set(one.row, { ...one, column: null, reason: null });
  const nobody = { customerId: null, points: null, availableAtMs: null, expiresAtMs: null };
  for (const one of refused.filter(isOfPage)) rows.set(one.row, { ...nobody, ...one });
  const isKept = await rooms.importRuns.keep(shop.id, importId, { afterRow, throughRow, rows: [...rows.values()] });
  const state = await rooms.imports.find(shop.id, importId);
  if (isKept && state !== null && throughRow >= state.lastRow) await goOnLater(rooms, shop, importId);
  return state;
}

/** What staff asked for, whether it changed anything, and how the import is afterwards. */
type Asked =
  | { readonly kind: "asked"; readonly hasChanged: boolean; readonly state: ImportState }
  | { readonly kind: "unknown" };

/** Staff stop an import: the page under way ends, and no further one begins. */
export function stopImport(rooms: Rooms, shop: Shop, staffId: string, importId: string) {
  return askStaff(rooms, shop, { staffId, action: "import-stopped", importId }, (note) =>
    rooms.importRuns.stop(shop.id, importId, note),
  );
}

/** Staff have what was stopped, or has failed, go on: an import whose rows are still here, or an undoing. */
export function resumeImport(rooms: Rooms, shop: Shop, staffId: string, importId: string) {
  return askStaff(rooms, shop, { staffId, action: "import-resumed", importId }, async (note) => {
    const hasChanged = await rooms.importRuns.resume(shop.id, importId, note);
    if (hasChanged) await goOnLater(rooms, shop, importId);
    return hasChanged;
  });
}

interface StaffAsk {
  readonly staffId: string;
  readonly action: "import-stopped" | "import-resumed";
  readonly importId: string;
}

function askStaff(
  rooms: Rooms,
  shop: Shop,
  { staffId, action, importId }: StaffAsk,
  change: (note: Note) => Promise<boolean>,
) {
  return actAsStaff<Asked>(rooms, shop, { staffId, action, detail: { import: importId } }, async (noteOn) => {
    const hasChanged = await change(noteOn());
    const state = await rooms.imports.find(shop.id, importId);
    return state === null ? { kind: "unknown" } : { kind: "asked", hasChanged, state };
  });
}

/** The operator, who has the file, lets an import go on that staff have stopped. */
export async function resumeByOperator(rooms: Rooms, shop: Shop, importId: string): Promise<void> {
  const act: AuditEntry = { actor: actorOf("operator"), action: "import-resumed", detail: { import: importId } };
  await rooms.importRuns.resume(shop.id, importId, noteOf(shop.id, act));
}

/** Does the next pages of an import, or of its undoing, and queues the job of those after them. */
export async function goOnWithImport(
  rooms: Rooms,
  shop: Shop,
  { importId, lease }: GoOnImportJob,
  { pagesPerJob, rowsPerPage } = BOUNDS,
): Promise<void> {
  if (lease === null) await rooms.importRuns.dropOutlived(shop.id);
  let held = await rooms.importRuns.claim(shop.id, importId, lease ?? "due");
  for (let page = 0; held !== null && page < pagesPerJob; page++) {
    if (!(await isPageDone(rooms, shop, importId, rowsPerPage))) return restAfter(rooms, shop, importId, held);
    held = await rooms.importRuns.goOn(shop.id, importId, held);
  }
  if (held !== null) await goOnLater(rooms, shop, importId, { lease: held });
}

/** A page that failed is tried again after a rest; what failed too often waits for somebody to look. */
async function restAfter(rooms: Rooms, shop: Shop, importId: string, lease: number): Promise<void> {
  const isAgain = await rooms.importRuns.fail(shop.id, importId, lease, { tries: TRIES, pauseSeconds: PAUSE_SECONDS });
  if (isAgain) await goOnLater(rooms, shop, importId, { delaySeconds: PAUSE_SECONDS });
}

async function isPageDone(rooms: Rooms, shop: Shop, importId: string, rowsPerPage: number): Promise<boolean> {
  try {
    const state = await rooms.imports.find(shop.id, importId);
    if (state === null || state.isUndone) return true;
    if (state.isUndoBegun) return await undoPage(rooms, shop, importId, "import undone");
    return !canGoOn(state) || (await importPage(rooms, shop, state, rowsPerPage));
  } catch (fault) {
    logEvent({ event: "fault", work: "go-on-import", shop: shop.domain, ...faultFields(fault) });
    return false;
  }
}

function canGoOn({ isFinished, isKept, stoppedWhy, keptThroughRow, lastRow }: ImportState): boolean {
  return !isFinished && isKept && stoppedWhy === null && keptThroughRow >= lastRow;
}

async function importPage(rooms: Rooms, shop: Shop, state: ImportState, rowsPerPage: number): Promise<boolean> {
  const rows = await rooms.importRuns.waiting(shop.id, state.id, state.lastRowDone, rowsPerPage);
  const last = rows.length < rowsPerPage ? undefined : rows.at(-1);
  const page = { rows: rows.map(namedRow), refused: [], throughRow: last?.row ?? state.lastRow };
  return (await postPage(rooms, shop, state, page)) !== null;
}

function namedRow({ customerId, ...row }: WaitingRow): NamedRow {
  return { row: { ...row, named: { kind: "id", customerId } }, customerId };
}
