/** A whole shop comes back from an export, page by page, into a shop that has nothing yet. The same file again writes nothing twice. */
import * as z from "zod";
import { sqlStateOf } from "../fault.ts";
import type { BooksProof } from "../ledger/compare.ts";
import { BOOK_TABLES, type BookLine } from "../ledger/export.ts";
import { GROUP_TABLES, type GroupLine } from "../program/product-groups.ts";
import type { Shop } from "../shops/shops.ts";
import { STAFF_TABLES, type StaffLine } from "../shops/staff.ts";
import { EXPORT_FORMAT, type ExportEnd } from "./export-shop.ts";
import type { Rooms } from "./rooms.ts";
import { sha256 } from "./sha256.ts";

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const head = z.object({
  lojal_export: z.object({ format: z.number(), domain: z.string(), currency: z.string(), exported_at: z.string() }),
});
const end = z.object({
  end: z.object({
    counts: z.record(z.string(), count),
    sha256: z.string(),
    // So many can be passed over in a minute.
    numbers: z.object({ members: count.max(1e10), entries: count.max(1e10) }),
    entriesMeanwhile: count,
  }),
}) satisfies z.ZodType<{ end: ExportEnd }>;
const check = z.object({ check: z.string() });

export type ExportHead = z.infer<typeof head>["lojal_export"];

/** One page of a file: its rows, already held to their checksum. */
export interface ExportPage {
  readonly kind: "page";
  readonly lines: readonly { readonly table: string; readonly row: string }[];
}

export type ExportPart =
  | { readonly kind: "head"; readonly head: ExportHead }
  | ExportPage
  | { readonly kind: "end"; readonly end: ExportEnd }
  | { readonly kind: "broken"; readonly line: number; readonly why: string };

const BOOK: readonly string[] = [...BOOK_TABLES, "mergers"];
const STAFF: readonly string[] = STAFF_TABLES;
const GROUPS: readonly string[] = GROUP_TABLES;
const KNOWN: readonly string[] = ["program_versions", ...GROUPS, ...STAFF, ...BOOK];

/** Reads a file's lines. Ends with what is wrong, or with the last line once all before it agrees with it. */
export async function* readExport(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<ExportPart> {
  let at = 0;
  let page: { table: string; row: string }[] = [];
  let text = "";
  let checks = "";
  const counts: Record<string, number> = {};
  const broken = (why: string): ExportPart => ({ kind: "broken", line: at, why });
  for await (const line of lines) {
    at += 1;
    const [, table = ""] = /^\{"(\w+)":/.exec(line) ?? [];
    if (at === 1) {
      const found = head.safeParse(parse(line));
      if (!found.success) return yield broken("This is no export of a shop.");
      if (found.data.lojal_export.format !== EXPORT_FORMAT)
        return yield broken("The export has a format that is not known here.");
      yield { kind: "head", head: found.data.lojal_export };
    } else if (table === "check") {
      const found = check.safeParse(parse(line));
      if (!found.success || found.data.check !== (await sha256(text)))
        return yield broken("The checksum of a page is another one.");
      checks += found.data.check;
      yield { kind: "page", lines: page };
      page = [];
      text = "";
    } else if (table === "end") {
      const found = end.safeParse(parse(line));
      const isWhole = found.success && page.length === 0 && found.data.end.sha256 === (await sha256(checks));
      if (!isWhole || !isSame(counts, found.data.end.counts))
        return yield broken("The last line does not agree with the lines before it.");
      return yield { kind: "end", end: found.data.end };
    } else if (!KNOWN.includes(table) || parse(line) === undefined) return yield broken("This line is not known here.");
    else {
      counts[table] = (counts[table] ?? 0) + 1;
      page.push({ table, row: line.slice(table.length + 4, -1) });
      text += `${line}\n`;
    }
  }
  yield broken("The file ends before its last line.");
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isSame(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => (a[name] ?? 0) === (b[name] ?? 0));
}

export type RestoreRefusal =
  /** The file is of another shop, or counts in another currency. */
  | "other-shop"
  | "other-currency"
  /** The shop has members or a program already. */
  | "not-empty"
  /** The file has what this deployment does not know: it is of a newer one. */
  | "newer"
  /** The shop does not have afterwards what the file has: something else wrote to it meanwhile. */
  | "differs";

export type RestoreAnswer<Done> =
  | ({ readonly kind: "done" } & Done)
  | { readonly kind: "refused"; readonly why: RestoreRefusal };

/** Begins a restore, or goes on with the one of the same file. Answers after how many of its pages. */
export async function beginRestore(
  rooms: Rooms,
  shop: Shop,
  {
    head: of,
    end: last,
    by,
    id,
  }: { readonly head: ExportHead; readonly end: ExportEnd; readonly by: string; readonly id: string },
): Promise<RestoreAnswer<{ readonly pagesDone: number }>> {
  if (of.domain !== shop.domain) return { kind: "refused", why: "other-shop" };
  if (of.currency !== shop.currency) return { kind: "refused", why: "other-currency" };
  const pagesDone = await rooms.imports.beginRestore(shop.id, { id, digest: last.sha256, begunBy: by });
  if (pagesDone === null) return { kind: "refused", why: "not-empty" };
  await rooms.ledger.passNumbers(shop.id, last.numbers);
  return { kind: "done", pagesDone };
}

/** Writes one page; again, nothing. `page` counts from 1. */
export async function restorePage(
  rooms: Rooms,
  shop: Shop,
  { lines }: Pick<ExportPage, "lines">,
  place: { readonly digest: string; readonly page: number },
): Promise<RestoreAnswer<object>> {
  try {
    const versions = lines.flatMap(({ table, row }) => (table === "program_versions" ? [row] : []));
    if (!rooms.programs.understands(versions)) return { kind: "refused", why: "newer" };
    if (versions.length > 0) await rooms.programs.restoreVersions(shop.id, versions);
    await rooms.groups.restoreLines(shop.id, lines.filter(isGroupLine));
    await rooms.staff.restoreLines(shop.id, lines.filter(isStaffLine));
    await rooms.ledger.restoreLines(shop.id, lines.filter(isBookLine));
  } catch (fault) {
    // A column that is not there.
    if (sqlStateOf(fault) === "42703") return { kind: "refused", why: "newer" };
    throw fault;
  }
  await rooms.imports.noteRestored(shop.id, place);
  // Table after table gets its first rows.
  await rooms.imports.lookAtYoungTables();
  return { kind: "done" };
}

function isBookLine(line: { readonly table: string; readonly row: string }): line is BookLine {
  return BOOK.includes(line.table);
}

function isGroupLine(line: { readonly table: string; readonly row: string }): line is GroupLine {
  return GROUPS.includes(line.table);
}

function isStaffLine(line: { readonly table: string; readonly row: string }): line is StaffLine {
  return STAFF.includes(line.table);
}

/** Counts what is there now, and sums every entry against its account. */
export async function finishRestore(
  rooms: Rooms,
  shop: Shop,
  last: ExportEnd,
): Promise<RestoreAnswer<{ readonly proof: BooksProof }>> {
  const [rows, proof] = await Promise.all([rooms.ledger.countRows(shop.id), rooms.ledger.proveBooks(shop.id, null)]);
  rooms.shops.forget(shop.domain);
  const differs = BOOK_TABLES.some((table) => rows[table] !== (last.counts[table] ?? 0));
  if (differs || proof.accountsDiffering > 0) return { kind: "refused", why: "differs" };
  await rooms.imports.finishRestore(shop.id, last.sha256);
  return { kind: "done", proof };
}
