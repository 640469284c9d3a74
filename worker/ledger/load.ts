/** Reads everything a batch concerns in one round trip. What it returns is all that a decision of `domain/` needs. */
import { call, type Database } from "../db/client.ts";
import { type Account, blankAccount, blankOrder, type OrderRecord, type Redemption } from "../domain/account.ts";
import type { Lot } from "../domain/lots.ts";
import type { PostedEntry } from "../domain/members.ts";
import type { GroupMembership } from "../domain/product-groups.ts";
import { NO_PROGRESS, type Progress } from "../domain/progress.ts";

/**
 * What to read, per shop. Members are found by customer, by order and by redemption; nothing needs to exist. Whoever was merged is found as
 * the member they became part of.
 */
export interface Wanted {
  readonly shopId: number;
  readonly customerIds?: readonly string[];
  readonly orderIds?: readonly string[];
  readonly redemptionIds?: readonly string[];
  /** Discount codes, upper case. */
  readonly codes?: readonly string[];
  readonly memberIds?: readonly string[];
  /** Business keys of entries that a command may have posted before. */
  readonly entryKeys?: readonly string[];
  /** Products that news tell; those of known orders are found by their orders. */
  readonly productIds?: readonly string[];
}

/** One shop's part of what was read. */
export interface Books {
  readonly shopId: number;
  readonly newestProgramVersion: number;
  readonly accounts: readonly Account[];
  readonly orders: readonly OrderRecord[];
  readonly redemptions: readonly Redemption[];
  readonly entries: readonly PostedEntry[];
  /** The groups that products of these orders, and those asked for, are and were in. */
  readonly memberships: readonly GroupMembership[];
}

export interface Loaded {
  /** The database's clock: the only authority on time. */
  readonly nowMs: number;
  readonly books: ReadonlyMap<number, Books>;
}

/**
 * Loads in one round trip; writes nothing. `open: true` also answers with the books that nobody has written yet (accounts and orders of
 * version 0, all zeros), so that a decision can begin them; the commit of what it decides writes them.
 */
export async function load(db: Database, wanted: readonly Wanted[], options: { open: boolean }): Promise<Loaded> {
  const [found] = await call<Found>(db, "select * from lojal_load_6($1, $2, $3, $4, $5, $6, $7, $8, $9)", [
    shopsOf(wanted),
    ...askedFor(wanted),
    options.open,
  ]);
  if (!found) throw new Error("The load returned no row.");
  return loadedFrom(found, wanted, options.open);
}

/** What is looked for, kind by kind, as `lojal_load_6` takes it; `unit` is the number of the unit it is for, where that matters. */
export function askedFor(wanted: readonly (Wanted & { readonly unit?: number })[]): string[] {
  const rows = (column: string, values: (one: Wanted) => readonly string[] | undefined): string =>
    JSON.stringify(
      wanted.flatMap((one) =>
        (values(one) ?? []).map((value) => ({ unit: one.unit, shop_id: one.shopId, [column]: value })),
      ),
    );
  return [
    rows("customer_id", (one) => one.customerIds),
    rows("order_id", (one) => one.orderIds),
    rows("id", (one) => one.redemptionIds),
    rows("code", (one) => one.codes),
    rows("member_id", (one) => one.memberIds),
    rows("key", (one) => one.entryKeys),
    rows("product_id", (one) => one.productIds),
  ];
}

/** The books of all shops that something was wanted of. */
export function loadedFrom(found: Found, wanted: readonly Wanted[], open: boolean): Loaded {
  const lots = Map.groupBy(found.lots ?? [], accountKey);
  const accounts = [...(found.accounts ?? []), ...(found.newcomers ?? []).map(newAccount)].map((account) => ({
    ...account,
    progress: account.progress ?? NO_PROGRESS,
    lots: lots.get(accountKey(account)) ?? [],
  }));
  const orders = found.orders ?? [];
  const newOrders = open ? ordersMissing(wanted, orders).map(newOrder) : [];
  const books = shopsOf(wanted).map((shopId): [number, Books] => [
    shopId,
    {
      shopId,
      newestProgramVersion: found.newest_program_versions?.[shopId] ?? 0,
      accounts: accounts.filter((one) => one.shopId === shopId),
      orders: [...orders, ...newOrders].filter((one) => one.shopId === shopId),
      redemptions: (found.redemptions ?? []).filter((one) => one.shopId === shopId),
      entries: (found.entries ?? []).filter((one) => one.shopId === shopId),
      memberships: (found.memberships ?? []).filter((one) => one.shopId === shopId),
    },
  ]);
  return { nowMs: Number(found.now_ms), books: new Map(books) };
}

function shopsOf(wanted: readonly Wanted[]): number[] {
  return [...new Set(wanted.map((one) => one.shopId))];
}

interface OfShop {
  readonly shopId: number;
}

/** The answer of `lojal_load_6`, whose rows are written as the domain's records are; null where nothing was found. */
export interface Found {
  /** Text or number, as the way it came has it. */
  readonly now_ms: string | number;
  readonly newest_program_versions: { readonly [shopId: string]: number } | null;
  readonly accounts:
    | readonly (Omit<Account, "lots" | "progress"> & { readonly progress: Progress | null } & OfShop)[]
    | null;
  readonly newcomers: readonly Newcomer[] | null;
  readonly lots: readonly (Lot & { readonly memberId: string } & OfShop)[] | null;
  readonly orders: readonly (OrderRecord & OfShop)[] | null;
  readonly redemptions: readonly (Redemption & OfShop)[] | null;
  readonly entries: readonly (PostedEntry & OfShop)[] | null;
  readonly memberships: readonly (GroupMembership & OfShop)[] | null;
}

/** A customer we have not met, and the number they will have as a member. */
interface Newcomer extends OfShop {
  readonly memberId: string;
  readonly customerId: string;
}

function accountKey({ shopId, memberId }: OfShop & { readonly memberId: string }): string {
  return `${shopId}/${memberId}`;
}

function newAccount({ shopId, memberId, customerId }: Newcomer): Account & OfShop {
  return { shopId, ...blankAccount(memberId, customerId) };
}

interface OrderName extends OfShop {
  readonly orderId: string;
}

function ordersMissing(wanted: readonly Wanted[], found: readonly OrderName[]): OrderName[] {
  const asked = wanted.flatMap(({ shopId, orderIds = [] }) => orderIds.map((orderId) => ({ shopId, orderId })));
  const missing = new Map(asked.map((order) => [`${order.shopId}/${order.orderId}`, order]));
  for (const order of found) missing.delete(`${order.shopId}/${order.orderId}`);
  return [...missing.values()];
}

function newOrder({ shopId, orderId }: OrderName): OrderRecord & OfShop {
  return { shopId, ...blankOrder(orderId) };
}
