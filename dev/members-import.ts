/**
 * `npm run members:import -- --domain x.myshopify.com --file FILE [--format lojal] [--dry-run] [--add] [--go-on]`: balances from a file
 * (docs/import-export.md); `--undo ID` takes an import back; without a file it lists the imports. On the running local database, or on a
 * deployment's with `--settings deploy.env`.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import { IMPORT_FORMATS, IMPORT_REASONS, type RefusedRow } from "../worker/domain/import-format.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import type { ImportState } from "../worker/shops/imports.ts";
import type { Shop } from "../worker/shops/shops.ts";
import { Refused, runCommand } from "./command.ts";
import { checkFile, importFile, readFile, undoFile } from "./import-file.ts";
import { withShop } from "./operator-rooms.ts";
import { shop as localShop } from "./settings.ts";

const options = z.object({
  domain: z.string(),
  settings: z.string().optional(),
  file: z.string().optional(),
  format: z.enum(IMPORT_FORMATS),
  "dry-run": z.boolean(),
  add: z.boolean(),
  "go-on": z.boolean(),
  undo: z.string().optional(),
});
type Options = z.infer<typeof options>;
/** More are counted, not told. */
const MOST_TOLD = 200;

await runCommand(async () => {
  const given = readOptions();
  await withShop({ domain: given.domain, settings: given.settings }, async (rooms, shop) => {
    if (given.undo !== undefined) return undo(rooms, shop, given.undo);
    if (given.file === undefined) return list(rooms, shop);
    return run(rooms, shop, given, given.file);
  });
});

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      domain: { type: "string", default: localShop },
      settings: { type: "string" },
      file: { type: "string" },
      format: { type: "string", default: "lojal" },
      "dry-run": { type: "boolean", default: false },
      add: { type: "boolean", default: false },
      "go-on": { type: "boolean", default: false },
      undo: { type: "string" },
    },
  });
  return options.parse(values);
}

async function run(rooms: Rooms, shop: Shop, given: Options, path: string): Promise<void> {
  const wish = { format: given.format, adds: given.add };
  const file = await readFile(bytesOf(path), wish);
  if (file.unread.length > 0) console.log(`Not read: ${file.unread.length} more columns.`);
  if (given["dry-run"]) {
    const report = await checkFile(rooms, shop, file, wish, (done) => progress(done, file.rows.length));
    tellRefused(report.refused);
    console.log(
      `Dry run: ${report.rowsToPost} rows would bring ${report.points} points; ${report.rowsEmpty} rows of 0 points bring nothing; ` +
        `${report.refused.length} are refused. Nothing is written.`,
    );
    return;
  }
  const wanted = { ...wish, id: randomUUID(), begunBy: "operator", goesOn: given["go-on"] };
  const state = await importFile(rooms, shop, file, wanted, (now) =>
    progress(now.rowsPosted + now.rowsEmpty + now.rowsRefused, now.rowsTotal),
  );
  tellRefused(await rooms.imports.refusedAfter(shop.id, state.id, 0, MOST_TOLD + 1));
  console.log(`${sentenceOf(state)} \`--undo ${state.id}\` takes it back.`);
}

function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    throw new Refused(`There is no file ${path} that can be read.`);
  }
}

async function undo(rooms: Rooms, shop: Shop, id: string): Promise<void> {
  const state = await undoFile(rooms, shop, id);
  console.log(sentenceOf(state));
}

async function list(rooms: Rooms, shop: Shop): Promise<void> {
  const imports = await rooms.imports.list(shop.id, 20);
  if (imports.length === 0) console.log(`${shop.domain} has no imports. \`--file FILE\` begins one.`);
  for (const state of imports)
    console.log(`${state.id} ${new Date(state.begunAtMs).toISOString()} ${sentenceOf(state)}`);
}

function sentenceOf(state: ImportState): string {
  if (state.isUndone)
    return `Undone: ${state.pointsTaken} of ${state.pointsPosted} points are taken back; ${state.pointsLeft} were not there any more (spent, held by a code, expired or moved).`;
  const { rowsPosted, pointsPosted, rowsEmpty, rowsRefused, isFinished } = state;
  const end = state.isUndoBegun ? "being undone" : isFinished ? "imported" : "imported so far";
  return `${rowsPosted} rows with ${pointsPosted} points ${end}; ${rowsEmpty} rows of 0 points; ${rowsRefused} refused.`;
}

function progress(done: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total} rows`);
}

function tellRefused(refused: readonly RefusedRow[]): void {
  if (process.stderr.isTTY) process.stderr.write("\n");
  for (const { row, column, reason } of refused.slice(0, MOST_TOLD)) {
    const [words, remedy] = IMPORT_REASONS[reason];
    console.log(`row ${row}${column === null ? "" : `, ${column}`}: ${words} ${remedy}`);
  }
  if (refused.length > MOST_TOLD) console.log("… and more.");
}
