/** Orders as Shopify shows them against the ledger: what differs is read, by the same path as a webhook's order, and recorded until it agrees. */
import type { ShownOrder } from "../ledger/compare.ts";
import type { ListedOrder, ListedPage } from "../shopify/changed-orders.ts";
import type { Allowance } from "../shopify/pace.ts";
import type { Shop } from "../shops/shops.ts";
import type { Job } from "./jobs.ts";
import type { Rooms } from "./rooms.ts";

/**
 * An order costs some 20 of Shopify's points to read. Of the points that a shop's plan holds and gives back, so much goes into reading; the rest is
 * left to shoppers who redeem. On the smallest plan that is 40 orders at once and then four a second, on the largest ten times as many.
 */
const READ_COST = 20;
const SHARE_AT_ONCE = 0.4;
const SHARE_AFTER = 0.8;
const STEP_SECONDS = 5;

const LOOKS_AT_ONCE = 20;

/** The reads of one job: whatever in it asks for some goes behind those that were asked for before. */
export class ReadPace {
  readonly #atOnce: number;
  readonly #perStep: number;
  #asked = 0;

  constructor({ maximum, restoreRate }: Allowance) {
    this.#atOnce = Math.max(1, Math.floor((maximum * SHARE_AT_ONCE) / READ_COST));
    this.#perStep = Math.max(1, Math.floor((restoreRate * STEP_SECONDS * SHARE_AFTER) / READ_COST));
  }

  /** The next reads in portions, each with the delay that it is sent with. */
  take(orderIds: readonly string[]): { readonly delaySeconds: number; readonly orderIds: readonly string[] }[] {
    const portions = new Map<number, string[]>();
    for (const orderId of orderIds) {
      this.#asked++;
      portions.set(this.seconds, [...(portions.get(this.seconds) ?? []), orderId]);
    }
    return [...portions].map(([delaySeconds, portion]) => ({ delaySeconds, orderIds: portion }));
  }

  /** After how long the last of them begins. */
  get seconds(): number {
    return Math.ceil(Math.max(0, this.#asked - this.#atOnce) / this.#perStep) * STEP_SECONDS;
  }
}

/** Shopify pages through 25,000 objects of a list and no more. */
const LISTED_BY_CURSOR = 20_000;

/** Where a list of changed orders goes on, and what of its last page counts. */
export interface NextPage {
  readonly fromMs: number;
  readonly after: string | null;
  readonly counted: readonly ListedOrder[];
}

/**
 * After the page that was read from `fromMs` on: by its cursor; and, before a list becomes too long for cursors, with a new list from the last
 * second on this page, and from then on after every page that has more than one second. The orders of that second come again, so they count
 * there. Null when the page was the last.
 */
export function nextPage(fromMs: number, page: ListedPage, listedBefore: number): NextPage | null {
  if (page.endCursor === null) return null;
  const lastMs = page.orders.at(-1)?.updatedAtMs ?? fromMs;
  const isLong = listedBefore + page.orders.length >= LISTED_BY_CURSOR;
  const counted = page.orders.filter((order) => order.updatedAtMs < lastMs);
  if (isLong && lastMs > fromMs && counted.length > 0) return { fromMs: lastMs, after: null, counted };
  return { fromMs, after: page.endCursor, counted: page.orders };
}

/**
 * Compares, and has what differs read. Returns how many differ. It is asked for first and recorded then: whoever dies in between asks once more. A shop's past, which
 * was never told, is read and not recorded as differing.
 */
export async function compareWithLedger(
  rooms: Rooms,
  shop: Shop,
  orders: readonly ListedOrder[],
  { isPast, pace }: { readonly isPast: boolean; readonly pace: ReadPace },
): Promise<number> {
  const found = await rooms.ledger.compareOrders(shop.id, orders);
  if (found.length === 0) return 0;
  const justAsked = isPast ? new Set<string>() : await rooms.statements.justAsked(shop.id, found);
  const asked = found.map(({ orderId }) => orderId).filter((orderId) => !justAsked.has(orderId));
  await askFor(rooms, shop, asked, pace);
  if (!isPast) await rooms.statements.recordDifferences(shop.id, found, new Set(asked));
  return found.length;
}

/**
 * Looks at what differed before: what agrees by now is mended, and what still does not is asked for again, ever more rarely. After an outage
 * that is much: it goes on while it finds what is mended, up to a bound.
 */
export async function lookAgain(rooms: Rooms, shop: Shop, pace: ReadPace): Promise<void> {
  for (let looks = 0; looks < LOOKS_AT_ONCE; looks++) if (!(await lookOnce(rooms, shop, pace))) return;
}

/** Tells whether something was mended. */
async function lookOnce(rooms: Rooms, shop: Shop, pace: ReadPace): Promise<boolean> {
  const open = await rooms.statements.openDifferences(shop.id);
  if (open.length === 0) return false;
  // What differed within one second agrees once it was read after that.
  const shown = open.map((one): ShownOrder => ({ ...one, status: null, cancelled: null, readSinceMs: one.askedAtMs }));
  const found = await rooms.ledger.compareOrders(shop.id, shown);
  const differing = new Set(found.map(({ orderId }) => orderId));
  const mended = open.filter(({ orderId }) => !differing.has(orderId));
  const asked = open.filter(({ orderId, isAskable }) => isAskable && differing.has(orderId));
  const idsOf = (some: typeof open) => some.map(({ orderId }) => orderId);
  await askFor(rooms, shop, idsOf(asked), pace);
  await rooms.statements.markLookedAt(shop.id, idsOf(mended), idsOf(asked), found[0]?.comparedAtMs ?? 0);
  return mended.length > 0;
}

/** Has orders read at Shopify, spread over time. */
async function askFor(rooms: Rooms, shop: Shop, orderIds: readonly string[], pace: ReadPace): Promise<void> {
  const jobOf = (orderId: string): Job => ({
    kind: "read-order",
    shop: shop.domain,
    topic: "sweep",
    deliveryId: null,
    orderId,
  });
  for (const { delaySeconds, orderIds: portion } of pace.take(orderIds))
    await rooms.queue.send(portion.map(jobOf), { delaySeconds, lane: "bulk" });
}
