/** What can be seen of a history's ledger on Postgres, in the words of the model; and where two outcomes differ. */
import { type Account, isCustomer } from "../../worker/domain/account.ts";
import { Draft } from "../../worker/domain/draft.ts";
import { accountAt } from "../../worker/domain/due.ts";
import { type DatedLot, nextDueMs } from "../../worker/domain/lots.ts";
import type { ShopRules } from "../../worker/domain/program.ts";
import { nextTierMs } from "../../worker/domain/tiers.ts";
import { expiringOf } from "../../worker/flows/read-member.ts";
import { booksOf, type Rooms, rulesOf } from "../../worker/flows/rooms.ts";
import type { Shop } from "../../worker/shops/shops.ts";
import type { Operation, Outcome } from "./history.ts";
import type { HistoryWorld } from "./postgres-world.ts";

/** Whom and what a history speaks of. */
export interface Names {
  readonly customers: Set<string>;
  readonly orders: Set<string>;
  readonly redemptions: Set<string>;
}

export function namesIn(operations: readonly Operation[]): Names {
  const names: Names = { customers: new Set(), orders: new Set(), redemptions: new Set() };
  for (const operation of operations) {
    if ("orderId" in operation) names.orders.add(operation.orderId);
    if ("redemptionId" in operation) names.redemptions.add(operation.redemptionId);
    if ("customerId" in operation) names.customers.add(operation.customerId);
    if (operation.kind === "order" && operation.body.customerId) names.customers.add(operation.body.customerId);
    if (operation.kind === "merge") names.customers.add(operation.keptCustomerId).add(operation.mergedCustomerId);
  }
  return names;
}

type Seen = Pick<Outcome, "members" | "orders" | "redemptions">;

/** Reads it as any page would: through the ledger's load, with what is due reckoned in. */
export async function seen(rooms: Rooms, shop: Shop, names: Names): Promise<Seen> {
  const wanted = {
    shopId: shop.id,
    customerIds: [...names.customers],
    orderIds: [...names.orders],
    redemptionIds: [...names.redemptions],
  };
  const { books, nowMs } = await rooms.ledger.load([wanted], { open: false });
  const own = booksOf(books, shop);
  const rules = await rulesOf(rooms, shop, own);
  return {
    members: Object.fromEntries(
      [...names.customers].map((customerId) => {
        const account = own.accounts.find((one) => isCustomer(one, customerId));
        return [customerId, account ? memberAt(account, rules, nowMs) : NOTHING];
      }),
    ),
    orders: Object.fromEntries(
      own.orders.map(({ orderId, posted, forgiven }) => [orderId, { posted, forgiven }] as const),
    ),
    redemptions: Object.fromEntries(
      own.redemptions.map(({ id, state, returned, forgiven }) => [id, { state, returned, forgiven }] as const),
    ),
  };
}

const NOTHING = { pending: 0, available: 0, held: 0, owed: 0, expiring: [], nextDueMs: null };

function memberAt(account: Account, rules: ShopRules, nowMs: number): Outcome["members"][string] {
  const now = accountAt(account, rules, nowMs);
  const { pending, available, held, owed } = now;
  return { pending, available, held, owed, expiring: expiringOf(now), nextDueMs: soonest(now.lots) };
}

function soonest(lots: readonly DatedLot[]): number | null {
  const due = lots.flatMap((lot) => nextDueMs(lot) ?? []);
  return due.length === 0 ? null : Math.min(...due);
}

/**
 * Where the moment at which the sweep will look at a member is not the one at which their points next mature or expire. Holds for accounts
 * that were written since the shop's rules last changed.
 */
export async function faultsOfDueDates(world: HistoryWorld, rooms: Rooms, shop: Shop): Promise<string[]> {
  const written = await world.dueDates(shop);
  const wanted = [{ shopId: shop.id, memberIds: [...written.keys()] }];
  const { books, nowMs } = await rooms.ledger.load(wanted, { open: false });
  const own = booksOf(books, shop);
  const rules = await rulesOf(rooms, shop, own);
  const draft = new Draft({ accounts: own.accounts }, rules);
  const present = new Set(own.accounts.map(({ memberId }) => memberId));
  return [...written].flatMap(([memberId, atMs]) => {
    if (!present.has(memberId)) return atMs === null ? [] : [`I10 member ${memberId}: is due, and was merged`];
    // What time did to the tier before that moment was seen when it was written.
    const sinceMs = Math.min(nowMs, (atMs ?? Number.POSITIVE_INFINITY) - 1);
    const tierMs = nextTierMs(draft.account(memberId).progress, rules, sinceMs);
    const due = [soonest(draft.lots(memberId)), tierMs].filter((one) => one !== null);
    const rightMs = due.length === 0 ? null : Math.min(...due);
    return atMs === rightMs ? [] : [`I10 member ${memberId}: due at ${atMs}, not at ${rightMs}`];
  });
}

/** Each difference as a line; what neither side has ever heard of is nothing, and so is zero. */
export function differences(ledger: Outcome, model: Outcome): string[] {
  return [
    ...differing("member", ledger.members, model.members, NOTHING),
    ...differing("order", ledger.orders, model.orders, { posted: 0, forgiven: 0 }),
    ...differing("redemption", ledger.redemptions, model.redemptions, null),
    ...differing("moved by", ledger.moved, model.moved, 0),
  ];
}

function differing<One>(
  what: string,
  ledger: Readonly<Record<string, One>>,
  model: Readonly<Record<string, One>>,
  nothing: One | null,
): string[] {
  const names = new Set([...Object.keys(ledger), ...Object.keys(model)]);
  return [...names].flatMap((name) => {
    const [here, there] = [canonical(ledger[name] ?? nothing), canonical(model[name] ?? nothing)];
    return here === there ? [] : [`${what} ${name}: the ledger has ${here}, the model ${there}`];
  });
}

/** The same text for the same value, whatever the order of its fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
