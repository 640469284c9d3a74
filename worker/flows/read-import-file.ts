/** A file of balances is taken apart and told by what was chosen with it. What is handed on of a row is what an import reads of it, and no more. */
import { hexOf } from "../domain/hex.ts";
import { type ImportFormat, type ImportLayout, layoutOf, type SourceRow } from "../domain/import-format.ts";
import { readCsv } from "./read-csv.ts";

export interface ImportWish {
  readonly format: ImportFormat;
  /** Whether it adds to what earlier imports brought. */
  readonly adds: boolean;
}

export interface ImportFile {
  readonly layout: ImportLayout;
  readonly rows: readonly SourceRow[];
  /** Columns that are not read. */
  readonly unread: readonly string[];
  /** Of the whole file and what was chosen with it. */
  readonly digest: string;
}

/** Takes a file apart. Refused where it cannot be read in one way only. */
export async function readImportFile(
  bytes: Uint8Array<ArrayBuffer>,
  { format, adds }: ImportWish,
): Promise<{ readonly kind: "file"; readonly file: ImportFile } | { readonly kind: "refused"; readonly why: string }> {
  const csv = readCsv(bytes);
  if (csv.kind === "refused") return csv;
  const answer = layoutOf(format, csv.firstLine);
  if (answer.kind === "refused") return answer;
  const { layout, unread } = answer;
  const rows = layout.hasHeader ? csv.rows : [{ row: 1, cells: csv.firstLine }, ...csv.rows];
  return { kind: "file", file: { layout, rows, unread, digest: await digestOf(bytes, { format, adds }) } };
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>, { format, adds }: ImportWish): Promise<string> {
  const wish = new TextEncoder().encode(`${format} ${adds}\n`);
  const whole = new Uint8Array(wish.length + bytes.length);
  whole.set(wish);
  whole.set(bytes, wish.length);
  const digest = await crypto.subtle.digest("SHA-256", whole);
  return hexOf(digest);
}

/** Stands for text in a column that is not read: that there is some can matter, what it is does not. */
const SOMETHING = "x";
const LONGER_THAN_ANY = 501;

/** The same rows without what no import reads: names, birthdays and the like go no further. Each is refused, or not, as it was before. */
export function withoutUnread({ layout, rows }: Pick<ImportFile, "layout" | "rows">): SourceRow[] {
  const read = new Set(Object.values(layout.places));
  const short = (cell: string, place: number) => {
    if (read.has(place)) return cell.slice(0, LONGER_THAN_ANY);
    if (cell.length >= LONGER_THAN_ANY) return SOMETHING.repeat(LONGER_THAN_ANY);
    return cell.trim() === "" ? "" : SOMETHING;
  };
  return rows.map(({ row, cells }) => ({ row, cells: cells.map(short) }));
}
