/**
 * A whole shop as lines of JSON (docs/import-export.md), page after page, so that a worker can stream it: a first line, pages of rows that each end
 * with their checksum, a last line with counts. Customer numbers only, no names; who was forgotten stays so.
 */
import type { Shop } from "../shops/shops.ts";
import type { Rooms } from "./rooms.ts";
import { sha256 } from "./sha256.ts";

export const EXPORT_FORMAT = 1;

const MEMBERS_AT_ONCE = 100;
const ROWS_AT_ONCE = 1_000;

/** What the last line says. */
export interface ExportEnd {
  readonly counts: Readonly<Record<string, number>>;
  /** Of the checksums of all pages, one after the other. */
  readonly sha256: string;
  /** The greatest numbers in use: whatever is new where this is restored gets greater ones. */
  readonly numbers: { readonly members: number; readonly entries: number };
  /** Entries that were recorded while this was read: each member's book is whole as of its own moment. */
  readonly entriesMeanwhile: number;
}

/** The text of an export, piece by piece; whole lines each. */
export async function* exportShop(rooms: Rooms, shop: Shop): AsyncGenerator<string> {
  const { nowMs } = await rooms.ledger.load([{ shopId: shop.id }], { open: false });
  const { domain, currency } = shop;
  const exportedAt = new Date(nowMs).toISOString();
  yield `${JSON.stringify({ lojal_export: { format: EXPORT_FORMAT, domain, currency, exported_at: exportedAt } })}\n`;
  const counts: Record<string, number> = {};
  const numbers = { members: 0, entries: 0 };
  let checks = "";
  for await (const lines of pagesOf(rooms, shop)) {
    for (const { table, row } of lines) {
      counts[table] = (counts[table] ?? 0) + 1;
      if (table === "members" || table === "entries") numbers[table] = Math.max(numbers[table], numberIn(row));
    }
    const text = lines.map(({ table, row }) => `{"${table}":${row}}\n`).join("");
    const check = await sha256(text);
    checks += check;
    yield `${text}{"check":"${check}"}\n`;
  }
  const end: ExportEnd = {
    counts,
    sha256: await sha256(checks),
    numbers,
    entriesMeanwhile: await rooms.ledger.entriesSince(shop.id, nowMs),
  };
  yield `${JSON.stringify({ end })}\n`;
}

interface Line {
  readonly table: string;
  readonly row: string;
}

async function* pagesOf(rooms: Rooms, shop: Shop): AsyncGenerator<readonly Line[]> {
  const { ledger } = rooms;
  yield (await rooms.programs.exportVersions(shop.id)).map((row) => ({ table: "program_versions", row }));
  yield* all("", (after) => rooms.staff.exportLines(shop.id, after, ROWS_AT_ONCE));
  yield* all("0", (after) => ledger.exportMembers(shop.id, after, MEMBERS_AT_ONCE));
  yield* all("", (after) => ledger.exportGuestOrders(shop.id, after, ROWS_AT_ONCE));
  yield* all("0", (after) => ledger.exportMergers(shop.id, after, ROWS_AT_ONCE));
  // After the orders: each of them was settled by times that are in the file then.
  yield* all("", (after) => rooms.groups.exportLines(shop.id, after, ROWS_AT_ONCE));
}

interface Page {
  readonly lines: readonly Line[];
  readonly next: string | null;
}

async function* all(first: string, pageAfter: (after: string) => Promise<Page>): AsyncGenerator<readonly Line[]> {
  let after: string | null = first;
  while (after !== null) {
    const page: Page = await pageAfter(after);
    if (page.lines.length > 0) yield page.lines;
    after = page.next;
  }
}

function numberIn(row: string): number {
  return (JSON.parse(row) as { id: number }).id;
}
