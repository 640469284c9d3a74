/** What can be seen of a history's ledger on Postgres, in the words of the model; and where two outcomes differ. */
import { type Account, isCustomer } from "../../worker/domain/account.ts";
import { accountAt } from "../../worker/domain/due.ts";
import type { ShopRules } from "../../worker/domain/program.ts";
import { expiringOf } from "../../worker/flows/read-member.ts";
import { booksOf, type Rooms, rulesOf } from "../../worker/flows/rooms.ts";
import type { Shop } from "../../worker/shops/shops.ts";
import type { Operation, Outcome } from "./history.ts";

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

const NOTHING = { pending: 0, available: 0, held: 0, owed: 0, expiring: [] };

function memberAt(account: Account, rules: ShopRules, nowMs: number): Outcome["members"][string] {
  const now = accountAt(account, rules, nowMs);
  const { pending, available, held, owed } = now;
  return { pending, available, held, owed, expiring: expiringOf(now) };
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
