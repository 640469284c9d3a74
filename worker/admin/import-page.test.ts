/** What the page says of an import that is under way: whoever reads it knows who is at it, and what they can do. */
import { expect, test } from "vitest";
import type { ImportState } from "../shops/imports.ts";
import { formatsFor } from "./formats.ts";
import { progressOf } from "./import-page.ts";

const state: ImportState = {
  id: "one",
  format: "lojal",
  layout: { format: "lojal", hasHeader: true, width: 2, places: { customer_id: 0, points: 1 } },
  adds: false,
  begunBy: "operator",
  begunAtMs: 0,
  rowsTotal: 10,
  lastRow: 11,
  lastRowDone: 0,
  rowsPosted: 0,
  rowsEmpty: 0,
  rowsRefused: 0,
  pointsPosted: 0,
  isFinished: false,
  isUndoBegun: false,
  undoLastRow: 0,
  pointsTaken: 0,
  pointsLeft: 0,
  isUndone: false,
  keptThroughRow: 0,
  isKept: false,
  stoppedWhy: null,
  failures: 0,
};
const formats = formatsFor({ locale: "en", currency: "USD", timeZone: "UTC" });
const told = async (of: Partial<ImportState>) => String(await progressOf({ ...state, ...of }, formats));

test("an import whose rows were never handed over is not told as one that is being handed over", async () => {
  const byCommand = await told({ lastRowDone: 5, rowsPosted: 4 });
  expect(byCommand).toContain("the operator’s command imports them from the file");
  expect(byCommand).not.toContain("being handed over");
  // Its day was over, and the command has gone on with it since.
  expect(await told({ begunBy: "42", lastRowDone: 5, keptThroughRow: 3 })).toBe(
    await told({ begunBy: "42", lastRowDone: 5 }),
  );
  expect(await told({ isKept: true, keptThroughRow: 5 })).toContain("The file is being handed over");
  expect(await told({ isKept: true, keptThroughRow: 11 })).toContain("It goes on by itself");
  expect(await told({ stoppedWhy: "expired" })).toContain("its rows are no longer here");
});
