/** An import is taken back, some rows at a time: what is still there of each balance leaves as an adjustment. What was spent stays spent. */
import { adjustmentKey, openingKey } from "../domain/members.ts";
import { takeBack } from "../domain/opening-balances.ts";
import { joinChanges } from "../domain/successive.ts";
import { type AuditEntry, actorOf, noteOf } from "../program/audit.ts";
import type { ImportState, NotedRow } from "../shops/imports.ts";
import type { Shop } from "../shops/shops.ts";
import { importUndoIdOf } from "./adjustment-ids.ts";
import { commitDecision, type Seen } from "./commit-decision.ts";
import { goOnLater } from "./go-on-later.ts";
import { paintMembersLater } from "./paint-storefront.ts";
import type { Rooms } from "./rooms.ts";

const ROWS_AT_ONCE = 250;

export interface Undo {
  readonly importId: string;
  /** Who undoes it: a user's number at Shopify, or `operator`. */
  readonly by: string;
  /** In words that the shopper reads. */
  readonly reason: string;
}

export type UndoAnswer =
  /** How far it is; again until it is undone. */
  | { readonly kind: "going"; readonly state: ImportState }
  | { readonly kind: "refused"; readonly why: "unknown-import" }
  | { readonly kind: "later"; readonly delaySeconds: number };

/** Takes back the next rows. Undone already: nothing happens, and the answer is the same. */
export async function undoImport(rooms: Rooms, shop: Shop, undo: Undo): Promise<UndoAnswer> {
  const { importId } = undo;
  const state = await begin(rooms, shop, undo);
  if (state === null) return { kind: "refused", why: "unknown-import" };
  if (state.isUndone) return { kind: "going", state };
  const lease = await rooms.importRuns.claim(shop.id, importId, "idle");
  // A page of the import is under way, or somebody else undoes it.
  if (lease === null) return { kind: "later", delaySeconds: 1 };
  try {
    if (!(await undoPage(rooms, shop, importId, undo.reason))) return { kind: "later", delaySeconds: 1 };
  } finally {
    await rooms.importRuns.release(shop.id, importId, lease);
  }
  return { kind: "going", state: (await rooms.imports.find(shop.id, importId)) ?? state };
}

/** Has an import undone by itself: no further page of it begins, the one under way ends, and then it is taken back. */
export async function undoLater(rooms: Rooms, shop: Shop, undo: Omit<Undo, "reason">): Promise<UndoAnswer> {
  const { importId } = undo;
  const state = await begin(rooms, shop, undo);
  if (state === null) return { kind: "refused", why: "unknown-import" };
  if (state.isUndone) return { kind: "going", state };
  await rooms.importRuns.undoing(shop.id, importId);
  await goOnLater(rooms, shop, importId);
  return { kind: "going", state };
}

async function begin(rooms: Rooms, shop: Shop, { importId, by }: Omit<Undo, "reason">): Promise<ImportState | null> {
  const act: AuditEntry = { actor: actorOf(by), action: "import-undone", detail: { import: importId } };
  await rooms.importRuns.beginUndo(shop.id, importId, by, noteOf(shop.id, act));
  return rooms.imports.find(shop.id, importId);
}

/** Takes the next rows back, in the name of whoever holds the import. False when somebody else was faster every time. */
export async function undoPage(rooms: Rooms, shop: Shop, importId: string, reason: string): Promise<boolean> {
  await noteUnnoted(rooms, shop, importId);
  const state = await rooms.imports.find(shop.id, importId);
  if (state === null) return true;
  const rows = await rooms.imports.postedAfter(shop.id, importId, state.undoLastRow, ROWS_AT_ONCE);
  const taken = await takeRows(rooms, shop, rows, { importId, reason });
  if (taken === null) return false;
  const throughRow = rows.at(-1)?.row ?? state.undoLastRow;
  const { rowsPosted } = state;
  const isLast = rows.length < ROWS_AT_ONCE;
  await rooms.importRuns.noteUndone(shop.id, importId, { taken, throughRow, rowsPosted, isLast });
  await paintMembersLater(rooms, new Map([[shop.domain, new Set(rows.map(({ presentId }) => presentId))]]));
  return true;
}

/**
 * Of a page that died between the ledger and the note of it, the ledger knows what was posted: that is noted, so that it is taken back. It can be any
 * row after the last one that is done, whether it was handed over or came from the command with its file.
 */
async function noteUnnoted(rooms: Rooms, shop: Shop, importId: string): Promise<void> {
  const state = await rooms.imports.find(shop.id, importId);
  if (state === null || state.undoLastRow > 0) return;
  const { lastRow, lastRowDone } = state;
  const dropped = await rooms.importRuns.dropped(shop.id, importId, lastRowDone, ROWS_AT_ONCE);
  for (let asked = new Set(dropped), from = lastRowDone; ; asked = new Set()) {
    for (let row = from + 1; row <= Math.min(from + ROWS_AT_ONCE, lastRow); row++) asked.add(row);
    const posted = await postedOf(rooms, shop, importId, asked);
    if (posted.length === 0) return;
    await rooms.imports.note(shop.id, importId, posted, lastRowDone);
    // Lines without anything in them lie between a page's rows: it can reach further than its number of rows.
    from = Math.max(...posted.map(({ row }) => row));
  }
}

/** What the ledger knows of these rows. */
async function postedOf(rooms: Rooms, shop: Shop, importId: string, rows: ReadonlySet<number>): Promise<NotedRow[]> {
  if (rows.size === 0) return [];
  const keys = new Map([...rows].map((row) => [openingKey(`${importId}:${row}`), row]));
  const { books } = await rooms.ledger.load([{ shopId: shop.id, entryKeys: [...keys.keys()] }], { open: false });
  return (books.get(shop.id)?.entries ?? []).flatMap(({ key, memberId, points }) => {
    const row = keys.get(key);
    return row === undefined ? [] : [{ row, outcome: "posted", memberId, points, column: null, reason: null } as const];
  });
}

interface Row {
  readonly row: number;
  readonly presentId: string;
}

type Taken = readonly { readonly row: number; readonly points: number }[];

/** As one commit. Null when somebody else was faster every time, or a member became part of another since the rows were read. */
async function takeRows(
  rooms: Rooms,
  shop: Shop,
  rows: readonly Row[],
  { importId, reason }: Pick<Undo, "importId" | "reason">,
): Promise<Taken | null> {
  if (rows.length === 0) return [];
  const keyOf = ({ row }: Row) => adjustmentKey(importUndoIdOf(importId, row));
  return commitDecision<Taken | null>(rooms, shop, {
    actor: "import",
    wanted: { memberIds: rows.map(({ presentId }) => presentId), entryKeys: rows.map(keyOf) },
    open: false,
    decide({ books, rules, nowMs }: Seen) {
      const accounts = new Map(books.accounts.map((account) => [account.memberId, account]));
      const posted = new Map(books.entries.map((entry) => [entry.key, entry]));
      let changes: ReturnType<typeof takeBack>["changes"] = null;
      const taken: { readonly row: number; readonly points: number }[] = [];
      for (const row of rows) {
        const account = accounts.get(row.presentId);
        // Their book is found as another's: the rows are read again, and tell whose.
        if (!account) return { changes: null, result: null };
        const key = keyOf(row);
        const lotId = openingKey(`${importId}:${row.row}`);
        const one = takeBack({ key, lotId, account, posted: posted.get(key) ?? null, reason }, rules, nowMs);
        // Of two rows of one member the second is decided on the book as the first leaves it.
        for (const after of one.changes?.accounts ?? []) accounts.set(after.memberId, after);
        if (one.changes !== null) changes = changes === null ? one.changes : joinChanges(changes, one.changes);
        taken.push({ row: row.row, points: one.taken });
      }
      return { changes, result: taken };
    },
  });
}
