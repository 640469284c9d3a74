import { expect, test } from "vitest";
import { type CheckedPage, joinPages, type NamedPoints } from "./import-report.ts";

const named = (row: number, customerId: string, points: number): NamedPoints => ({
  ...{ row, customerId, points },
  availableAtMs: 0,
  expiresAtMs: null,
});
const page = (rows: readonly NamedPoints[], refused: CheckedPage["refused"] = []): CheckedPage => ({
  named: rows,
  refused,
});
const noPoints = (row: number) => ({ row, column: "points", reason: "points-missing" }) as const;
const duplicate = (row: number) => ({ row, column: null, reason: "duplicate" }) as const;

test("of several rows of one customer the first with points counts, whichever pages they are on", () => {
  const pages = [page([named(2, "1", 0), named(3, "1", 10), named(4, "2", 5)]), page([named(5, "1", 7)])];
  expect(joinPages(pages)).toEqual({ refused: [duplicate(5)], rowsToPost: 2, rowsEmpty: 1, points: 15 });
  // Whichever page was checked first.
  expect(joinPages(pages.toReversed())).toEqual(joinPages(pages));
});

test("rows without points bring nothing and refuse nobody", () => {
  expect(joinPages([page([named(2, "1", 0), named(3, "1", 0), named(4, "1", 9)])])).toEqual({
    ...{ refused: [], rowsToPost: 1, rowsEmpty: 2, points: 9 },
  });
});

test("what is refused is listed as the file has it, for whatever reason", () => {
  const pages = [
    page([named(6, "1", 3), named(8, "1", 3)], [noPoints(9)]),
    page([named(2, "2", 1), named(4, "2", 1)], [noPoints(3), noPoints(5)]),
  ];
  expect(joinPages(pages).refused).toEqual([noPoints(3), duplicate(4), noPoints(5), duplicate(8), noPoints(9)]);
});
