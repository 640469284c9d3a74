/** What a dry run tells of a whole file, put together from the pages that were checked one by one. Pure. */
import type { RefusedRow } from "./import-format.ts";

/** What one page's check found: the rows that are refused, and whose the others are. */
export interface CheckedPage {
  readonly refused: readonly RefusedRow[];
  readonly named: readonly NamedPoints[];
}

export interface NamedPoints {
  readonly row: number;
  readonly customerId: string;
  readonly points: number;
  /** 0 = at once. */
  readonly availableAtMs: number;
  /** Null = as the program has it. */
  readonly expiresAtMs: number | null;
}

export interface ImportReport {
  /** In the order of the file. */
  readonly refused: readonly RefusedRow[];
  readonly rowsToPost: number;
  /** Rows of 0 points: they bring nothing. */
  readonly rowsEmpty: number;
  readonly points: number;
}

/** Of several rows of one customer the first one with points counts, on whichever pages they are; the others are refused. */
export function joinPages(pages: readonly CheckedPage[]): ImportReport {
  const named = pages.flatMap((page) => page.named).sort((a, b) => a.row - b.row);
  const withPoints = named.filter(({ points }) => points > 0);
  const first = new Map<string, number>();
  for (const { row, customerId } of withPoints) if (!first.has(customerId)) first.set(customerId, row);
  const counted = withPoints.filter(({ row, customerId }) => first.get(customerId) === row);
  const again = withPoints.filter(({ row, customerId }) => first.get(customerId) !== row);
  const refused: readonly RefusedRow[] = [
    ...pages.flatMap((page) => page.refused),
    ...again.map(({ row }) => ({ row, column: null, reason: "duplicate" }) as const),
  ];
  return {
    refused: refused.toSorted((a, b) => a.row - b.row),
    rowsToPost: counted.length,
    rowsEmpty: named.length - withPoints.length,
    points: counted.reduce((sum, { points }) => sum + points, 0),
  };
}
