/** A file of comma-separated values taken apart into cells, whatever program wrote it. What can be read in two ways is refused. */
import Papa from "papaparse";
import { MOST_IMPORT_ROWS, type SourceRow } from "../domain/import-format.ts";

/** A longer file is refused before it is read. */
export const MOST_IMPORT_BYTES = 20 * 1024 * 1024;

export type CsvAnswer =
  | {
      readonly kind: "table";
      readonly firstLine: readonly string[];
      /** The lines after the first one, counted as a spreadsheet does: the first line is 1. */
      readonly rows: readonly SourceRow[];
      readonly delimiter: string;
      readonly encoding: string;
    }
  | { readonly kind: "refused"; readonly why: string };

const DELIMITERS = [",", ";", "\t"];

/**
 * Reads UTF-8, UTF-16 by its mark, and else what Excel writes by itself (Windows-1252): only plain letters and digits matter here. Cells are told
 * apart by whichever of comma, semicolon and tab is most frequent in the first line.
 */
export function readCsv(bytes: Uint8Array): CsvAnswer {
  if (bytes.length > MOST_IMPORT_BYTES) return refuse("The file has more than 20 MB: split it.");
  const { text: decoded, encoding } = decode(bytes);
  if (decoded.includes("\0")) return refuse("This is no text: save it as CSV (UTF-8).");
  const whole = decoded.replaceAll(/\r\n?/g, "\n");
  // Excel's own first line, by which it tells itself the delimiter.
  const [told, delimiterTold] = /^sep=([,;\t])\n/i.exec(whole) ?? [];
  const text = told === undefined ? whole : whole.slice(told.length);
  if (text.trim() === "") return refuse("The file is empty.");
  const delimiter = delimiterTold ?? delimiterOf(text);
  const { data, errors } = Papa.parse<string[]>(text, { delimiter, newline: "\n" });
  const offset = told === undefined ? 1 : 2;
  const quotes = errors.find((error) => error.type === "Quotes");
  if (quotes) return refuse(`A quote is not closed, or stands inside a cell, in row ${(quotes.row ?? 0) + offset}.`);
  const [firstLine = [], ...others] = data;
  const rows = others
    .map((cells, index) => ({ row: index + offset + 1, cells }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
  if (rows.length > MOST_IMPORT_ROWS) return refuse(`The file has more than ${MOST_IMPORT_ROWS} rows: split it.`);
  return { kind: "table", firstLine, rows, delimiter, encoding };
}

function refuse(why: string): CsvAnswer {
  return { kind: "refused", why };
}

function decode(bytes: Uint8Array): { readonly text: string; readonly encoding: string } {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return { text: new TextDecoder("utf-16le").decode(bytes), encoding: "utf-16" };
  if (first === 0xfe && second === 0xff)
    return { text: new TextDecoder("utf-16le").decode(swapped(bytes)), encoding: "utf-16" };
  try {
    // Takes a byte order mark off.
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes), encoding: "utf-8" };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "windows-1252" };
  }
}

function swapped(bytes: Uint8Array): Uint8Array {
  return bytes.map((_, index) => bytes[index ^ 1] ?? 0);
}

function delimiterOf(text: string): string {
  const [line = ""] = text.split("\n", 1);
  const bare = line.replaceAll(/"[^"]*"/g, "");
  const count = (delimiter: string) => bare.split(delimiter).length;
  return DELIMITERS.reduce((best, one) => (count(one) > count(best) ? one : best));
}
