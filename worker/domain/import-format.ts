/**
 * Files of balances that members bring along: which columns each format has, and what one row says. Nothing is guessed: what could be read in two
 * ways is refused, with the reason. Pure; whoever calls has taken the file apart into cells.
 */
import { dayFromIso } from "./calendar.ts";
import { dayIsOver } from "./expiry.ts";
import { DAY_MS } from "./lots.ts";

export const IMPORT_FORMATS = ["lojal", "smile", "loyaltylion", "yotpo"] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** A file may have no more rows than this, and a cell no more characters. */
export const MOST_IMPORT_ROWS = 100_000;
const LONGEST_CELL = 500;
/** As many points may be brought, given or taken at once: more is a slip of the hand. */
export const MOST_POINTS_AT_ONCE = 1_000_000_000;
const [FIRST_DAY, LAST_DAY] = ["2000-01-01", "2099-12-31"];

export type ImportColumn = "customer_id" | "email" | "points" | "available_on" | "expires_on";

/** Why a row, or a whole file, is refused: in words, and what to do about it. */
export const IMPORT_REASONS = {
  "cells-missing": ["The row has fewer cells than the header.", "Give the row a cell for each column."],
  "cells-left-over": [
    "The row has more cells than the header.",
    "Put a cell with a comma or semicolon in it in quotes; a number has neither.",
  ],
  "cell-too-long": ["A cell has more than 500 characters.", "Shorten it, or look for a quote that is not closed."],
  "customer-missing": ["Neither customer id nor e-mail is there.", "Add the customer id that Shopify's address shows."],
  "customer-id-malformed": ["The customer id is not a number of digits.", "Use Shopify's customer id, such as 7001."],
  "shortened-by-spreadsheet": [
    "A spreadsheet has shortened the number (such as 7.1E+12).",
    "Format the column as text in the spreadsheet, fill it anew and save again.",
  ],
  "email-malformed": ["The e-mail is none.", "Correct it, or give the customer id."],
  "points-missing": ["There is no number of points.", "Write 0, or take the row out."],
  "points-separated": [
    "The number has a separator in it, and 1,000 can be a thousand or one.",
    "Write digits alone: 1000.",
  ],
  "points-negative": ["The balance is below zero.", "Nobody begins with a debt: write 0, or take the row out."],
  "points-malformed": ["The points are not a whole number.", "Write digits alone: 1000."],
  "points-too-many": ["More than a billion points.", "Look whether another column is meant."],
  "date-malformed": ["The date is none.", "Write it as 2027-02-28."],
  "date-out-of-range": ["The date lies before 2000 or after 2099.", "Write it as 2027-02-28."],
  "expired-already": ["These points would have expired before they could be used.", "Give a later date, or none."],
  duplicate: ["This customer has a row further up; that one counts.", "Add the points together in one row."],
  "email-unknown": ["Shopify knows no customer with this e-mail.", "Correct it, or add the customer in Shopify first."],
  "imported-before": [
    "This customer got points from an earlier import.",
    "Undo that import first, or take the row out; or import with the choice to add to what was imported before.",
  ],
  forgotten: ["This customer asked to be forgotten.", "Take the row out of the file."],
} as const satisfies Record<string, readonly [words: string, remedy: string]>;
export type ImportReason = keyof typeof IMPORT_REASONS;

export interface RefusedRow {
  /** As a spreadsheet counts: the first line of the file is 1. */
  readonly row: number;
  /** Null where it is the row as a whole. */
  readonly column: ImportColumn | null;
  readonly reason: ImportReason;
}

/** Who it is: a customer number, or an e-mail that has yet to be asked for at Shopify. It is kept nowhere. */
export type Named =
  | { readonly kind: "id"; readonly customerId: string }
  | { readonly kind: "email"; readonly email: string };

export interface ImportRow {
  readonly row: number;
  readonly named: Named;
  readonly points: number;
  readonly availableAtMs: number;
  /** Null = as the program has it. */
  readonly expiresAtMs: number | null;
}

export interface SourceRow {
  readonly row: number;
  readonly cells: readonly string[];
}

/** Where each column lies in a file. */
export interface ImportLayout {
  readonly format: ImportFormat;
  /** False where the first line is a row already. */
  readonly hasHeader: boolean;
  readonly width: number;
  readonly places: Readonly<Partial<Record<ImportColumn, number>>>;
}

/** What each format calls its columns, in lower case; spaces and underscores count as the same. Whatever else a file has is not read. */
const NAMES: Readonly<Record<ImportFormat, ColumnNames>> = {
  lojal: {
    customer_id: ["customer id"],
    email: ["email"],
    points: ["points"],
    available_on: ["available on"],
    expires_on: ["expires on"],
  },
  smile: { customer_id: ["customer id"], email: ["email"], points: ["points"] },
  loyaltylion: { customer_id: ["customer id"], email: ["email", "email address"], points: ["points"] },
  yotpo: { customer_id: ["customer id"], email: ["email", "emails"], points: ["points balance", "points"] },
};

interface ColumnNames extends Readonly<Partial<Record<ImportColumn, readonly string[]>>> {
  readonly points: readonly [string, ...string[]];
}

export type LayoutAnswer =
  | { readonly kind: "layout"; readonly layout: ImportLayout; readonly unread: readonly string[] }
  | { readonly kind: "refused"; readonly why: string };

/** Finds the columns in a file's first line. Refused where one is missing or there twice. */
export function layoutOf(format: ImportFormat, firstLine: readonly string[]): LayoutAnswer {
  const width = firstLine.length;
  // This format is told by its places: e-mail first, points second. Its header may be missing.
  if (format === "loyaltylion" && width >= 2 && (firstLine[0] ?? "").includes("@"))
    return { kind: "layout", layout: { format, hasHeader: false, width, places: { email: 0, points: 1 } }, unread: [] };
  const found = firstLine.map(plainName);
  const places: Partial<Record<ImportColumn, number>> = {};
  for (const [column, names] of Object.entries(NAMES[format]) as [ImportColumn, readonly string[]][]) {
    // Where a format has two names for a column, the first one is meant.
    const name = names.find((one) => found.includes(one));
    if (name === undefined) continue;
    if (found.indexOf(name) !== found.lastIndexOf(name))
      return { kind: "refused", why: `Two columns are called "${name}": which one counts cannot be told.` };
    places[column] = found.indexOf(name);
  }
  if (places.points === undefined)
    return { kind: "refused", why: `The first line names no column "${NAMES[format].points[0]}".` };
  if (places.email === undefined && places.customer_id === undefined)
    return { kind: "refused", why: 'The first line names neither "customer_id" nor "email".' };
  const read = new Set(Object.values(places));
  const unread = firstLine.filter((_, place) => !read.has(place)).filter((name) => name.trim() !== "");
  return { kind: "layout", layout: { format, hasHeader: true, width, places }, unread };
}

function plainName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, " ");
}

export type CheckedRow =
  | { readonly kind: "row"; readonly row: ImportRow }
  | { readonly kind: "refused"; readonly refused: RefusedRow }
  /** Nothing in any cell. */
  | { readonly kind: "blank" };

/** Reads one row, or says why not. */
export function checkRow(layout: ImportLayout, { row, cells }: SourceRow, nowMs: number): CheckedRow {
  if (cells.every((cell) => cell.trim() === "")) return { kind: "blank" };
  const refuse = (column: ImportColumn | null, reason: ImportReason): CheckedRow => ({
    kind: "refused",
    refused: { row, column, reason },
  });
  if (cells.length < layout.width) return refuse(null, "cells-missing");
  // Empty cells at the end are a spreadsheet's habit; anything else there is a number or name that was torn in two.
  if (cells.slice(layout.width).some((cell) => cell.trim() !== "")) return refuse(null, "cells-left-over");
  if (cells.some((cell) => cell.length > LONGEST_CELL)) return refuse(null, "cell-too-long");
  const text = (column: ImportColumn) => (cells[layout.places[column] ?? -1] ?? "").trim();
  const named = readCustomer(text("customer_id"), text("email"));
  if ("reason" in named) return refuse(named.column, named.reason);
  const points = readPoints(text("points"));
  if (typeof points === "string") return refuse("points", points);
  const [available, expires] = [readDay(text("available_on")), readDay(text("expires_on"))];
  if (typeof available === "string") return refuse("available_on", available);
  if (typeof expires === "string") return refuse("expires_on", expires);
  const availableAtMs = available ?? 0;
  // Good through the day that is named.
  const expiresAtMs = expires === null ? null : dayIsOver(expires);
  if (points > 0 && expiresAtMs !== null && expiresAtMs <= Math.max(nowMs, availableAtMs))
    return refuse("expires_on", "expired-already");
  return { kind: "row", row: { row, named, points, availableAtMs, expiresAtMs } };
}

interface Fault {
  readonly column: ImportColumn;
  readonly reason: ImportReason;
}

/** The customer id stands above the e-mail. Shopify's own files put an apostrophe before it; its API writes it as a gid. */
function readCustomer(id: string, email: string): Named | Fault {
  if (id !== "") {
    const [, digits] = /^(?:'|gid:\/\/shopify\/Customer\/)?0*([1-9]\d{0,18})$/.exec(id) ?? [];
    if (digits !== undefined) return { kind: "id", customerId: digits };
    const isShortened = /^\d+([.,]\d+)?e\+?\d+$/i.test(id);
    return { column: "customer_id", reason: isShortened ? "shortened-by-spreadsheet" : "customer-id-malformed" };
  }
  if (email === "") return { column: "customer_id", reason: "customer-missing" };
  const isEmail = email.length <= 254 && /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d-]+(\.[a-z\d-]+)+$/i.test(email);
  return isEmail ? { kind: "email", email: email.toLowerCase() } : { column: "email", reason: "email-malformed" };
}

/** Digits and nothing else. */
function readPoints(text: string): number | ImportReason {
  if (text === "") return "points-missing";
  if (/^\d+$/.test(text)) return Number(text) > MOST_POINTS_AT_ONCE ? "points-too-many" : Number(text);
  if (/^[-\u2212(]/.test(text)) return "points-negative";
  if (/^\d+([.,]\d+)?e\+?\d+$/i.test(text)) return "shortened-by-spreadsheet";
  return /^\d[\d.,'\u2019\s_]*\d$/.test(text) ? "points-separated" : "points-malformed";
}

/** Midnight UTC of a day that is written as 2027-01-31; null where there is none. */
function readDay(text: string): number | null | ImportReason {
  if (text === "") return null;
  const day = dayFromIso(text);
  if (day === null) return "date-malformed";
  return text < FIRST_DAY || text > LAST_DAY ? "date-out-of-range" : day * DAY_MS;
}

/** The rows of a file that were seen so far, by who they are about: the first row with points counts, the others are refused. */
export class SeenCustomers {
  readonly #rows = new Map<string, number>();

  /** Before it is known whose e-mail it is. Null where nothing speaks against the row. */
  meetEmail({ row, named, points }: ImportRow): RefusedRow | null {
    return named.kind === "email" ? this.#meet(named.email, row, points, "email") : null;
  }

  meetCustomer({ row, named, points }: ImportRow, customerId: string): RefusedRow | null {
    return this.#meet(customerId, row, points, named.kind === "id" ? "customer_id" : "email");
  }

  #meet(name: string, row: number, points: number, column: ImportColumn): RefusedRow | null {
    if (points === 0) return null;
    const first = this.#rows.get(name) ?? row;
    this.#rows.set(name, first);
    return first === row ? null : { row, column, reason: "duplicate" };
  }
}
