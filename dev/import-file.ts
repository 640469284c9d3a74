/** A file of balances from its bytes to the ledger, page after page: what `npm run members:import` does, as a page in a browser does it, too. */
import { type RefusedRow, SeenCustomers } from "../worker/domain/import-format.ts";
import { resumeByOperator } from "../worker/flows/go-on-import.ts";
import {
  beginImport,
  type CheckAnswer,
  checkRows,
  importRows,
  type PageAnswer,
  type PageRefusal,
  ROWS_PER_PAGE,
} from "../worker/flows/import-members.ts";
import { type ImportFile, type ImportWish, readImportFile } from "../worker/flows/read-import-file.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import { undoImport } from "../worker/flows/undo-import.ts";
import type { ImportState } from "../worker/shops/imports.ts";
import type { Shop } from "../worker/shops/shops.ts";
import { Refused } from "./command.ts";

const WHY: Readonly<Record<PageRefusal, string>> = {
  "email-denied":
    "Shopify does not let this app look customers up by e-mail: that needs level 2 of its protected customer data. Give customer ids instead.",
  "no-access":
    "The shop has no access token, so that no e-mail can be looked up: open the app there, or give customer ids.",
  "unknown-import": "There is no such import.",
  undone: "This import is undone.",
  stopped:
    "Staff have stopped this import. Run this again with `--go-on`, or once they have pressed “Go on” on its page.",
};

/** Takes a file apart. Refused where it cannot be read in one way only. */
export async function readFile(bytes: Uint8Array, wish: ImportWish): Promise<ImportFile> {
  const answer = await readImportFile(new Uint8Array(bytes), wish);
  if (answer.kind === "refused") throw new Refused(answer.why);
  return answer.file;
}

export interface Report {
  readonly refused: RefusedRow[];
  rowsToPost: number;
  rowsEmpty: number;
  points: number;
}

/** What an import would do; nothing is written. */
export async function checkFile(
  rooms: Rooms,
  shop: Shop,
  file: ImportFile,
  { adds }: Pick<ImportWish, "adds">,
  tell: (rowsDone: number) => void = () => undefined,
): Promise<Report> {
  const report: Report = { refused: [], rowsToPost: 0, rowsEmpty: 0, points: 0 };
  const seen = new SeenCustomers();
  for (let from = 0; from < file.rows.length; from += ROWS_PER_PAGE) {
    const page = file.rows.slice(from, from + ROWS_PER_PAGE);
    const checked = await patiently<CheckAnswer>(() => checkRows(rooms, shop, { ...file, adds }, page, seen));
    report.refused.push(...checked.refused);
    report.rowsToPost += checked.rowsToPost;
    report.rowsEmpty += checked.rowsEmpty;
    report.points += checked.points;
    tell(from + page.length);
  }
  return report;
}

/** Imports a file, or goes on where an earlier run of the same file ended; where staff have stopped it, only with `goesOn`. */
export async function importFile(
  rooms: Rooms,
  shop: Shop,
  file: ImportFile,
  wish: ImportWish & { readonly id: string; readonly begunBy: string; readonly goesOn?: boolean },
  tell: (state: ImportState, refused: readonly RefusedRow[]) => void = () => undefined,
): Promise<ImportState> {
  const lastRow = file.rows.at(-1)?.row ?? 0;
  let state = await beginImport(rooms, shop, { ...wish, ...file, rowsTotal: file.rows.length, lastRow });
  if (wish.goesOn && state.stoppedWhy === "staff") await resumeByOperator(rooms, shop, state.id);
  while (!state.isFinished) {
    const afterRow = state.lastRowDone;
    const rows = file.rows.filter(({ row }) => row > afterRow).slice(0, ROWS_PER_PAGE);
    const throughRow = rows.at(-1)?.row ?? lastRow;
    const { id } = state;
    const answer = await patiently<PageAnswer>(() => importRows(rooms, shop, id, { afterRow, throughRow, rows }));
    state = answer.state;
    tell(state, answer.kind === "imported" ? answer.refused : []);
  }
  return state;
}

/** Takes an import back, all of it. */
export async function undoFile(
  rooms: Rooms,
  shop: Shop,
  importId: string,
  tell: (state: ImportState) => void = () => undefined,
): Promise<ImportState> {
  for (;;) {
    const { state } = await patiently(() =>
      undoImport(rooms, shop, { importId, by: "operator", reason: "import undone" }),
    );
    tell(state);
    if (state.isUndone) return state;
  }
}

type Refusable =
  | { readonly kind: "later"; readonly delaySeconds: number }
  | { readonly kind: "refused"; readonly why: PageRefusal };

const MOST_TRIES = 30;

/** Asks again when Shopify has time again, or whoever is at the import has ended. Refused where it never will. */
async function patiently<Answer extends { readonly kind: string }>(
  ask: () => Promise<Answer>,
): Promise<Exclude<Answer, Refusable>> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask();
    if (isRefused(answer)) throw new Refused(WHY[answer.why]);
    if (!isLater(answer)) return answer as Exclude<Answer, Refusable>;
    if (attempt === MOST_TRIES)
      throw new Refused(
        "Shopify does not answer, or the import is at work elsewhere: run this again later, it goes on where it was.",
      );
    await new Promise((resolve) => setTimeout(resolve, answer.delaySeconds * 1000));
  }
}

function isRefused(answer: { readonly kind: string }): answer is Extract<Refusable, { kind: "refused" }> {
  return answer.kind === "refused";
}

function isLater(answer: { readonly kind: string }): answer is Extract<Refusable, { kind: "later" }> {
  return answer.kind === "later";
}
