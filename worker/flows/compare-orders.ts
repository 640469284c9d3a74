/** Orders as Shopify shows them against the ledger: what differs is read, by the same path as a webhook's order, and recorded until it agrees. */
import type { ShownOrder } from "../ledger/compare.ts";
import type { ListedOrder, ListedPage } from "../shopify/changed-orders.ts";
import type { Shop } from "../shops/shops.ts";
import { chunksOf, type Job } from "./jobs.ts";
import type { Rooms } from "./rooms.ts";

/**
 * An order costs some 20 of Shopify's points to read; 2,000 are there and 100 come back each second on the smallest plan. So 40 are read at
 * once and then four a second, which leaves room for shoppers who redeem.
 */
const READ_AT_ONCE = 40;
const READS_PER_STEP = 20;
const STEP_SECONDS = 5;

const LOOKS_AT_ONCE = 20;

/** Shopify pages through 25,000 objects and no more. */
const LISTED_BY_CURSOR = 20_000;

/** Where a list of changed orders goes on, and what of its last page counts. */
export interface NextPage {
  readonly fromMs: number;
  readonly after: string | null;
  readonly counted: readonly ListedOrder[];
}

/**
 * After the page that was read from `fromMs` on: by its cursor; and, before a list becomes too long for cursors, with a new list from the last
 * second on this page. The orders of that second come again, so they count there. Null when the page was the last.
 */
export function nextPage(fromMs: number, page: ListedPage, listedBefore: number): NextPage | null {
  if (page.endCursor === null) return null;
  const lastMs = page.orders.at(-1)?.updatedAtMs ?? fromMs;
  const lists = (count: number): number => Math.floor(count / LISTED_BY_CURSOR);
  const isLong = lists(listedBefore + page.orders.length) > lists(listedBefore);
  const counted = page.orders.filter((order) => order.updatedAtMs < lastMs);
  if (isLong && lastMs > fromMs && counted.length > 0) return { fromMs: lastMs, after: null, counted };
  return { fromMs, after: page.endCursor, counted: page.orders };
}

/** How many differ, and for how long the reading of those will take. */
export interface Compared {
  readonly differing: number;
  readonly readingSeconds: number;
}

/**
 * Compares, and has what differs read. It is asked for first and recorded then: whoever dies in between asks once more. A shop's past, which
 * was never told, is read and not recorded as differing.
 */
export async function compareWithLedger(
  rooms: Rooms,
  shop: Shop,
  orders: readonly ListedOrder[],
  { isPast }: { readonly isPast: boolean },
): Promise<Compared> {
  const found = await rooms.ledger.compareOrders(shop.id, orders);
  if (found.length === 0) return { differing: 0, readingSeconds: 0 };
  const justAsked = isPast ? new Set<string>() : await rooms.statements.justAsked(shop.id, found);
  const asked = found.map(({ orderId }) => orderId).filter((orderId) => !justAsked.has(orderId));
  const readingSeconds = await askFor(rooms, shop, asked);
  if (!isPast) await rooms.statements.recordDifferences(shop.id, found, new Set(asked));
  return { differing: found.length, readingSeconds };
}

/**
 * Looks at what differed before: what agrees by now is mended, and what still does not is asked for again, ever more rarely. After an outage
 * that is much: it goes on while it finds what is mended, up to a bound.
 */
export async function lookAgain(rooms: Rooms, shop: Shop): Promise<void> {
  for (let looks = 0; looks < LOOKS_AT_ONCE; looks++) if (!(await lookOnce(rooms, shop))) return;
}

/** Tells whether something was mended. */
async function lookOnce(rooms: Rooms, shop: Shop): Promise<boolean> {
  const open = await rooms.statements.openDifferences(shop.id);
  if (open.length === 0) return false;
  const shown = open.map((one): ShownOrder => ({ ...one, status: null, cancelled: null }));
  const differing = new Set((await rooms.ledger.compareOrders(shop.id, shown)).map(({ orderId }) => orderId));
  const mended = open.filter(({ orderId }) => !differing.has(orderId));
  const asked = open.filter(({ orderId, isAskable }) => isAskable && differing.has(orderId));
  const idsOf = (some: typeof open) => some.map(({ orderId }) => orderId);
  await askFor(rooms, shop, idsOf(asked));
  await rooms.statements.markLookedAt(shop.id, idsOf(mended), idsOf(asked));
  return mended.length > 0;
}

/** Has orders read at Shopify, spread over time. Returns for how long. */
async function askFor(rooms: Rooms, shop: Shop, orderIds: readonly string[]): Promise<number> {
  const jobOf = (orderId: string): Job => ({
    kind: "read-order",
    shop: shop.domain,
    topic: "sweep",
    deliveryId: null,
    orderId,
  });
  if (orderIds.length > 0) await rooms.queue.send(orderIds.slice(0, READ_AT_ONCE).map(jobOf), { lane: "bulk" });
  let delaySeconds = 0;
  for (const step of chunksOf(orderIds.slice(READ_AT_ONCE), READS_PER_STEP)) {
    delaySeconds += STEP_SECONDS;
    await rooms.queue.send(step.map(jobOf), { delaySeconds, lane: "bulk" });
  }
  return delaySeconds;
}
