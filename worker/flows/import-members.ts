/**
 * Balances from a file become opening balances, some rows at a time: what is posted is posted once, whoever comes again, and from wherever. An
 * e-mail lives as long as the request that brings it: it is exchanged for Shopify's customer number and neither stored nor told. This takes a file's
 * own rows; go-on-import.ts those that were handed over.
 */
import { type Account, isCustomer } from "../domain/account.ts";
import {
  checkRow,
  type ImportLayout,
  type ImportReason,
  type ImportRow,
  type RefusedRow,
  SeenCustomers,
  type SourceRow,
} from "../domain/import-format.ts";
import type { CheckedPage } from "../domain/import-report.ts";
import { openingKey } from "../domain/members.ts";
import { type OpeningRow, openBalances, type RowOutcome } from "../domain/opening-balances.ts";
import { type AuditEntry, actorOf, noteOf } from "../program/audit.ts";
import { AdminApiFailure } from "../shopify/admin-failure.ts";
import { findCustomers } from "../shopify/customer-lookup.ts";
import type { ImportState, NewImport, NotedRow } from "../shops/imports.ts";
import type { Shop } from "../shops/shops.ts";
import { commitDecision, type Seen } from "./commit-decision.ts";
import { paintMembersLater } from "./paint-storefront.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";

/** As many rows as one request brings: one commit posts them. */
export const ROWS_PER_PAGE = 250;

/** Why nothing of a page was imported. */
export type PageRefusal =
  /** Shopify does not let the app look e-mails up. */
  | "email-denied"
  /** The shop has no access token: only customer ids can be imported. */
  | "no-access"
  | "unknown-import"
  | "undone"
  /** By staff: it goes on when somebody says so. */
  | "stopped";

export type PageAnswer =
  /** What became of these rows, and how far the import is. */
  | { readonly kind: "imported"; readonly state: ImportState; readonly refused: readonly RefusedRow[] }
  /** It is elsewhere: go on after this row. */
  | { readonly kind: "elsewhere"; readonly state: ImportState }
  | { readonly kind: "refused"; readonly why: PageRefusal }
  /** Shopify does not answer now, or too many changed the same books: the same page again. */
  | { readonly kind: "later"; readonly delaySeconds: number };

/** Begins an import, or goes on with the one of the same file. */
export function beginImport(rooms: Rooms, shop: Shop, wanted: NewImport): Promise<ImportState> {
  const { id, begunBy, rowsTotal, adds, layout } = wanted;
  const detail = { import: id, rows: rowsTotal, format: layout.format, adds };
  const act: AuditEntry = { actor: actorOf(begunBy), action: "import-begun", detail };
  return rooms.imports.begin(shop.id, wanted, noteOf(shop.id, act));
}

/** Imports the rows after `afterRow`, in the order of the file, through `throughRow` (rows without anything in them are left out). */
export async function importRows(
  rooms: Rooms,
  shop: Shop,
  importId: string,
  page: { readonly afterRow: number; readonly throughRow: number; readonly rows: readonly SourceRow[] },
): Promise<PageAnswer> {
  const lease = await rooms.importRuns.claim(shop.id, importId, "idle");
  const state = await rooms.imports.find(shop.id, importId);
  if (state === null) return { kind: "refused", why: "unknown-import" };
  // Somebody else is at it: another page, or its undoing.
  if (lease === null) return { kind: "later", delaySeconds: 1 };
  try {
    return await importOn(rooms, shop, state, page, lease);
  } finally {
    await rooms.importRuns.release(shop.id, importId, lease);
  }
}

async function importOn(
  rooms: Rooms,
  shop: Shop,
  state: ImportState,
  page: { readonly afterRow: number; readonly throughRow: number; readonly rows: readonly SourceRow[] },
  lease: number,
): Promise<PageAnswer> {
  if (state.isUndoBegun) return { kind: "refused", why: "undone" };
  if (state.stoppedWhy === "staff") return { kind: "refused", why: "stopped" };
  if (state.lastRowDone !== page.afterRow) return { kind: "elsewhere", state };
  const named = await nameRows(rooms, shop, state.layout, page.rows, new SeenCustomers());
  if (named.kind !== "named") return named;
  // What has stopped by itself goes on with its file.
  if (state.stoppedWhy !== null) await rooms.importRuns.noLongerStopped(shop.id, state.id, lease);
  const refused = await postPage(rooms, shop, state, { ...named, throughRow: page.throughRow });
  if (refused === null) return { kind: "later", delaySeconds: 1 };
  const after = await rooms.imports.find(shop.id, state.id);
  return { kind: "imported", state: after ?? state, refused };
}

/**
 * Posts rows whose customers are known, as one commit, and notes what became of them and of those that are refused. Answers all that are refused;
 * null when somebody else was faster every time.
 */
export async function postPage(
  rooms: Rooms,
  shop: Shop,
  state: ImportState,
  page: {
    readonly rows: readonly NamedRow[];
    readonly refused: readonly RefusedRow[];
    readonly throughRow: number;
  },
): Promise<readonly RefusedRow[] | null> {
  const outcomes = await post(rooms, shop, state, page.rows);
  if (outcomes === null) return null;
  const refused: readonly RefusedRow[] = [
    ...page.refused,
    ...outcomes.flatMap((one) =>
      one.outcome === "refused" ? [{ row: one.row, column: null, reason: one.reason }] : [],
    ),
  ].sort((a, b) => a.row - b.row);
  await rooms.imports.note(shop.id, state.id, notesOf(outcomes, refused), page.throughRow);
  if (state.lastRowDone === 0) await rooms.imports.lookAtYoungTables();
  const posted = outcomes.flatMap((one) => (one.outcome === "posted" ? [one.memberId] : []));
  await paintMembersLater(rooms, new Map([[shop.domain, new Set(posted)]]));
  return refused;
}

export type CheckAnswer =
  | ({
      readonly kind: "checked";
      readonly rowsToPost: number;
      readonly rowsEmpty: number;
      readonly points: number;
    } & CheckedPage)
  | Exclude<PageAnswer, { kind: "imported" | "elsewhere" }>;

/**
 * What an import of these rows would do; nothing is written. `seen` is handed from page to page, so that a customer who comes twice in the file is
 * found.
 */
export async function checkRows(
  rooms: Rooms,
  shop: Shop,
  { layout, adds }: Pick<NewImport, "layout" | "adds">,
  rows: readonly SourceRow[],
  seen: SeenCustomers,
): Promise<CheckAnswer> {
  const named = await nameRows(rooms, shop, layout, rows, seen);
  if (named.kind !== "named") return named;
  const brought = adds ? new Set<string>() : await customersBroughtTo(rooms, shop, named.rows);
  const again = named.rows.filter(({ customerId }) => brought.has(customerId));
  const rest = named.rows.filter(({ customerId }) => !brought.has(customerId));
  const refused = [
    ...named.refused,
    ...again.map(({ row }): RefusedRow => ({ row: row.row, column: null, reason: "imported-before" })),
  ];
  return {
    kind: "checked",
    refused: refused.sort((a, b) => a.row - b.row),
    rowsToPost: rest.filter(({ row }) => row.points > 0).length,
    rowsEmpty: rest.filter(({ row }) => row.points === 0).length,
    points: rest.reduce((sum, { row }) => sum + row.points, 0),
    named: rest.map(({ row: { row, points, availableAtMs, expiresAtMs }, customerId }) => {
      return { row, customerId, points, availableAtMs, expiresAtMs };
    }),
  };
}

/** A row, and whose it is. */
export interface NamedRow {
  readonly row: ImportRow;
  readonly customerId: string;
}

type Naming =
  | { readonly kind: "named"; readonly rows: readonly NamedRow[]; readonly refused: readonly RefusedRow[] }
  | Extract<PageAnswer, { kind: "refused" | "later" }>;

/** Reads the rows and finds out who each of them is about. */
async function nameRows(
  rooms: Rooms,
  shop: Shop,
  layout: ImportLayout,
  source: readonly SourceRow[],
  seen: SeenCustomers,
): Promise<Naming> {
  const refused: RefusedRow[] = [];
  const read: ImportRow[] = [];
  for (const one of source) {
    const checked = checkRow(layout, one, rooms.nowMs());
    if (checked.kind === "blank") continue;
    const fault = checked.kind === "refused" ? checked.refused : seen.meetEmail(checked.row);
    if (fault !== null) refused.push(fault);
    else if (checked.kind === "row") read.push(checked.row);
  }
  const emails = [...new Set(read.flatMap(({ named }) => (named.kind === "email" ? [named.email] : [])))];
  const looked = await lookUp(rooms, shop, emails);
  if (!("customerIds" in looked)) return looked;
  const rows: NamedRow[] = [];
  for (const row of read) {
    const { named } = row;
    const customerId = named.kind === "id" ? named.customerId : (looked.customerIds.get(named.email) ?? null);
    // Two e-mails, or an e-mail and a number, may be one customer.
    const fault =
      customerId === null
        ? ({ row: row.row, column: "email", reason: "email-unknown" } as const)
        : seen.meetCustomer(row, customerId);
    if (fault !== null) refused.push(fault);
    else if (customerId !== null) rows.push({ row, customerId });
  }
  return { kind: "named", rows, refused: refused.sort((a, b) => a.row - b.row) };
}

type Looked =
  | { readonly customerIds: ReadonlyMap<string, string | null> }
  | Extract<PageAnswer, { kind: "refused" | "later" }>;

async function lookUp(rooms: Rooms, shop: Shop, emails: readonly string[]): Promise<Looked> {
  if (emails.length === 0) return { customerIds: new Map() };
  // A file can wait; a shopper who redeems meanwhile does not.
  const api = await adminApiOf({ ...rooms, urgency: "background" }, shop);
  if (api === null) return { kind: "refused", why: "no-access" };
  try {
    const found = await findCustomers(api, emails);
    return found.kind === "denied" ? { kind: "refused", why: "email-denied" } : found;
  } catch (fault) {
    if (!(fault instanceof AdminApiFailure)) throw fault;
    return { kind: "later", delaySeconds: Math.max(1, fault.delaySeconds) };
  }
}

/** The customers whom an import that is not undone has brought points. */
async function customersBroughtTo(rooms: Rooms, shop: Shop, rows: readonly NamedRow[]): Promise<ReadonlySet<string>> {
  const accounts = await accountsOf(rooms, shop, rows);
  const brought = await broughtTo(rooms, shop, accounts);
  const holders = accounts.filter(({ memberId }) => brought.has(memberId));
  const isHeld = ({ customerId }: NamedRow) => holders.some((account) => isCustomer(account, customerId));
  return new Set(rows.filter(isHeld).map(({ customerId }) => customerId));
}

async function accountsOf(rooms: Rooms, shop: Shop, rows: readonly NamedRow[]): Promise<readonly Account[]> {
  const customerIds = rows.map(({ customerId }) => customerId);
  const { books } = await rooms.ledger.load([{ shopId: shop.id, customerIds }], { open: false });
  return books.get(shop.id)?.accounts ?? [];
}

/** By member, the rows that have brought points. A book that nobody has written yet has nothing. */
async function broughtTo(rooms: Rooms, shop: Shop, accounts: readonly Account[]) {
  const memberIds = accounts.flatMap(({ memberId, version }) => (version > 0 ? [memberId] : []));
  return Map.groupBy(await rooms.imports.broughtTo(shop.id, memberIds), ({ memberId }) => memberId);
}

/** Posts what can be posted, as one commit. Null when somebody else was faster every time. */
async function post(
  rooms: Rooms,
  shop: Shop,
  { id, adds }: ImportState,
  rows: readonly NamedRow[],
): Promise<readonly RowOutcome[] | null> {
  if (rows.length === 0) return [];
  let brought: Awaited<ReturnType<typeof broughtTo>> = new Map();
  const against = (memberId: string, row: number): ImportReason | null => {
    const others = brought.get(memberId) ?? [];
    if (others.some((one) => one.importId === id && one.row !== row)) return "duplicate";
    return !adds && others.some((one) => one.importId !== id) ? "imported-before" : null;
  };
  const idOf = (row: number) => `${id}:${row}`;
  const rowNumbers = rows.map(({ row }) => row.row);
  // Null before the first try.
  let forgotten: ReadonlySet<number> | null = null;
  const isForgotten = (row: number) => forgotten?.has(row) ?? false;
  return commitDecision<readonly RowOutcome[]>(rooms, shop, {
    actor: "import",
    wanted: {
      customerIds: rows.map(({ customerId }) => customerId),
      entryKeys: rows.map(({ row }) => openingKey(idOf(row.row))),
    },
    open: true,
    // The rows were read a moment ago: the commit finds out whether somebody was forgotten since, and only then they are looked for. What others have
    // brought meanwhile is read with the books each time: two files that meet post for nobody twice.
    async prepare({ books }) {
      brought = await broughtTo(rooms, shop, books.accounts);
      forgotten = new Set(forgotten === null ? [] : await rooms.importRuns.forgottenOf(shop.id, id, rowNumbers));
    },
    guard: () => {
      const others = rowNumbers.filter((row) => !isForgotten(row));
      return rooms.importRuns.unlessForgotten(shop.id, id, others);
    },
    decide({ books, rules, nowMs }: Seen) {
      const accounts = new Map(books.accounts.flatMap((one) => customerIdsOf(one).map((customer) => [customer, one])));
      const posted = new Map(books.entries.map((entry) => [entry.key, entry]));
      const opening = rows.map(({ row, customerId }): OpeningRow => {
        const account = accounts.get(customerId);
        if (!account) throw new Error("A load that opens books left one out.");
        const { points, availableAtMs, expiresAtMs } = row;
        const balance = { id: idOf(row.row), points, availableAtMs, expiresAtMs };
        const before = posted.get(openingKey(balance.id)) ?? null;
        const why = isForgotten(row.row) ? "forgotten" : against(account.memberId, row.row);
        return { row: row.row, account, balance, posted: before, against: why };
      });
      const { changes, outcomes } = openBalances(opening, rules, nowMs);
      return { changes, result: outcomes };
    },
  });
}

function customerIdsOf({ customerId, formerCustomerIds }: Account): readonly string[] {
  return customerId === null ? formerCustomerIds : [customerId, ...formerCustomerIds];
}

function notesOf(outcomes: readonly RowOutcome[], refused: readonly RefusedRow[]): NotedRow[] {
  const nothing = { memberId: null, points: null, column: null, reason: null };
  return [
    ...outcomes.flatMap((one): NotedRow[] => {
      if (one.outcome === "refused") return [];
      if (one.outcome === "empty") return [{ ...nothing, row: one.row, outcome: "empty" }];
      return [{ ...nothing, row: one.row, outcome: "posted", memberId: one.memberId, points: one.points }];
    }),
    ...refused.map(({ row, column, reason }): NotedRow => ({ ...nothing, row, outcome: "refused", column, reason })),
  ];
}
