/**
 * F3: deliveries come one to five times each, in any order, up to a day late, to the worker in workerd. A delay is a place in the order of
 * arrival: what was told first may come after all that was told a day later, and an old state of an order comes after its end.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../bench/random.ts";
import type { Bed } from "./bed.ts";
import { type Verdict, verdictOf } from "./books.ts";
import type { FaultOptions, Report } from "./fault.ts";
import { postAll } from "./outside.ts";
import type { Delivery, Store } from "./store.ts";

const CUSTOMERS = Array.from({ length: 20 }, (_, index) => String(7_001 + index));
const ORDERS_PER_ROUND = 60;
const MOST_COPIES = 5;
const DAY_MS = 86_400_000;
/** Orders are placed over a day, so that a delay of a day mixes all of them. */
const PLACED_WITHIN_MS = DAY_MS;
const AT_ONCE = 4;
const PATIENCE_MS = 60_000;

/** Posts as many deliveries as were asked for. */
export async function mixDeliveries(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  const random = seededRandom(seed);
  const store = await bed.newStore();
  const worker = await bed.startWorkerd();
  let made = 0;
  try {
    while (made < count) {
      await store.trade(ORDERS_PER_ROUND, CUSTOMERS, random);
      const arriving = arrivals(store.take(), random);
      made += arriving.length;
      await postSome(bed, arriving);
      const verdict = await settledVerdict(bed, store);
      if (verdict.broken.length > 0) return { made, ...verdict };
      progress(`${made} deliveries of ${store.shop.orders.size} orders`);
    }
    return { made, lost: 0, twice: 0, broken: [] };
  } finally {
    await worker.stop();
  }
}

/** Every delivery one to five times, each copy with a delay of its own, in the order in which they come. */
function arrivals(told: readonly Delivery[], random: () => number): Delivery[] {
  return told
    .flatMap((delivery, index) => {
      const toldMs = (index / told.length) * PLACED_WITHIN_MS;
      const copies = 1 + Math.floor(random() * MOST_COPIES);
      return Array.from({ length: copies }, () => ({ delivery, atMs: toldMs + random() * DAY_MS }));
    })
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ delivery }) => delivery);
}

async function postSome(bed: Bed, arriving: readonly Delivery[]): Promise<void> {
  const lanes = Array.from({ length: AT_ONCE }, (_, lane) =>
    arriving.filter((_one, index) => index % AT_ONCE === lane),
  );
  await Promise.all(lanes.map((lane) => postAll(bed, lane)));
}

/**
 * Waits until the queue has been emptied: an order that is posted last is settled, and the books are right or do not change any more. Copies
 * that are still on their way must not change what is right, so the last look comes a while later.
 */
async function settledVerdict(bed: Bed, store: Store): Promise<Verdict> {
  await store.buy(CUSTOMERS[0] ?? null, "1.00");
  await postAll(bed, store.take());
  const deadlineMs = Date.now() + PATIENCE_MS;
  for (let holds = 0; ; ) {
    const verdict = await verdictOf(bed, [store]);
    holds = verdict.broken.length === 0 ? holds + 1 : 0;
    if (holds === 2 || Date.now() > deadlineMs) return verdict;
    await sleep(1_200);
  }
}
