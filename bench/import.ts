/** A file of 100,000 balances: looked at and told in a dry run, then imported, page after page as a browser drives it. */
import { checkFile, importFile, readFile } from "../dev/import-file.ts";
import { localSettings } from "../dev/settings.ts";
import { addShop } from "../dev/test-rooms.ts";
import { openRooms } from "../worker/app.ts";
import type { Bed } from "./bed.ts";
import type { Run } from "./options.ts";
import { resultLine } from "./rounds.ts";

const ROWS = 100_000;
const WISH = { format: "lojal", adds: false } as const;

export async function importBalances(bed: Bed, run: Run): Promise<string[]> {
  const database = await bed.newDatabase("bench_import");
  try {
    const queued: unknown[] = [];
    const rooms = openRooms(localSettings(database.name), { send: async (jobs) => void queued.push(...jobs) });
    const [readMs, dryMs, importMs]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < run.rounds; round++) {
      const shop = await addShop({ database, rooms }, `import-${round}.myshopify.com`);
      const bytes = new TextEncoder().encode(fileOf(round));
      const [file, tookMs] = await timed(() => readFile(bytes, WISH));
      const [report, dryTookMs] = await timed(() => checkFile(rooms, shop, file, WISH));
      const begun = { ...WISH, id: "bench", begunBy: "operator" };
      const [state, importTookMs] = await timed(() => importFile(rooms, shop, file, begun));
      readMs.push(tookMs);
      dryMs.push(dryTookMs);
      importMs.push(importTookMs);
      bed.progress(`round ${round + 1}: dry run ${Math.round(dryTookMs)} ms, import ${Math.round(importTookMs)} ms`);
      const told = { dry: report.points, posted: state.pointsPosted, rows: state.rowsPosted };
      const isRight = told.dry === POINTS && told.posted === POINTS && told.rows === ROWS;
      if (!isRight) return [`${POINTS} points in ${ROWS} rows became ${JSON.stringify(told)}`];
    }
    bed.result(resultLine(`import ${ROWS}-rows-read-ms`, readMs));
    bed.result(resultLine(`import ${ROWS}-rows-dry-run-ms`, dryMs));
    bed.result(resultLine(`import ${ROWS}-rows-ms`, importMs));
    return [];
  } finally {
    await database.drop();
  }
}

const pointsOf = (row: number) => 1 + (row % 997);
const POINTS = Array.from({ length: ROWS }, (_, row) => pointsOf(row)).reduce((sum, points) => sum + points, 0);

function fileOf(round: number): string {
  const lines = Array.from({ length: ROWS }, (_, row) => `${7_000_000_000 + round * ROWS + row},${pointsOf(row)}`);
  return `customer_id,points\n${lines.join("\n")}\n`;
}

async function timed<Result>(act: () => Promise<Result>): Promise<readonly [Result, number]> {
  const startedMs = performance.now();
  return [await act(), performance.now() - startedMs];
}
