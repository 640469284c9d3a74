/** Lines of comma-separated values that no spreadsheet takes for formulas. Pure. */

/** What a spreadsheet would run: cells that begin with these. */
const RUNS = /^[=+\-@\t\r]/;

/** One line with its end. Text that a spreadsheet would run gets an apostrophe before it; numbers stay numbers. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cellOf).join(",")}\r\n`;
}

function cellOf(cell: string | number | null): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const harmless = RUNS.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
