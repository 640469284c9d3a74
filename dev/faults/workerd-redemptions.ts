/**
 * The share of F7 that the real worker in workerd bears, with its real timeouts and Miniflare's queue: redemptions whose codes Shopify fails to
 * make, while connections to the database break off; finished by the queue and the cron, and given back after their codes have ended.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../bench/random.ts";
import { faultNames } from "../shopify/faults.ts";
import type { RunningWorker } from "../worker.ts";
import type { Bed } from "./bed.ts";
import { type Verdict, verdictOf } from "./books.ts";
import type { FaultOptions, Report } from "./fault.ts";
import { comeToRest, postAll } from "./outside.ts";
import type { Store } from "./store.ts";
import { CUTS } from "./wire.ts";

/** Shops that redeem at the same time; each has one fault ordered at a time. */
const SHOPS = 4;
const SHARE = { cut: 0.03, repeated: 0.5, cancelled: 0.3 };
const CREATE = "discountCodeBasicCreate";
const PATIENCE_MS = 60_000;
/** A reply that breaks off in its middle is for the worker in this process: over a socket the network's own server complains of it at length. */
const CUTS_HERE = CUTS.filter((cut) => cut !== "mid-reply");

/** As many redemptions as were asked for, each with at least one fault of Shopify's. */
export async function redeemInWorkerd(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  const random = seededRandom(seed);
  const perShop = Math.ceil(count / SHOPS);
  const stores = await richStores(bed, perShop + 1);
  const worker = await bed.startWorkerd();
  let made = 0;
  try {
    bed.neon.follow(() => {
      const cut = CUTS_HERE[Math.floor(random() * CUTS_HERE.length)];
      return cut !== undefined && random() < SHARE.cut ? { cut } : null;
    });
    const harmed = await Promise.all(stores.map((store) => redeemOften(bed, store, perShop, random)));
    made = harmed.reduce((sum, one) => sum + one, 0);
    bed.neon.follow(null);
    bed.shopify.faults.clear();
    await bed.neon.settle();
    const unserved = await serveAll(bed, stores, customerOf(perShop + 1));
    if (unserved.length > 0) return { made, lost: unserved.length, twice: 0, broken: unserved };
    const whileGood = await restedWhileGood(bed, worker, stores);
    if (whileGood.broken.length > 0) return { made, ...whileGood };
    const endings = await bed.look("select state, count(*)::int from redemptions group by state order by state");
    progress(`${made} redemptions in workerd: ${JSON.stringify(endings)}`);
    await bed.look("update redemptions set ends_at = now() - interval '2 hours' where state = 'issued'");
    await untilNoneIsIssued(bed, worker);
  } finally {
    bed.neon.follow(null);
    await worker.stop();
  }
  return { made, ...(await restedVerdict(bed, stores)) };
}

/** Shops whose past was read, with a customer for each redemption. */
async function richStores(bed: Bed, customers: number): Promise<Store[]> {
  const usher = await bed.newIsolate();
  const stores: Store[] = [];
  for (let index = 0; index < SHOPS; index++) {
    const store = await bed.newStore();
    for (let number = 1; number <= customers; number++) {
      await store.buy(customerOf(number), "80.00");
      await postAll(bed, store.take());
    }
    stores.push(store);
  }
  await usher.scheduled();
  await usher.drain();
  return stores;
}

const customerOf = (number: number) => String(7_000 + number);

/** One redemption after the other. Returns how many of them met the fault that was ordered for them. */
async function redeemOften(bed: Bed, store: Store, count: number, random: () => number): Promise<number> {
  const shop = store.domain;
  let harmed = 0;
  for (let number = 1; number <= count; number++) {
    const [customer, id] = [customerOf(number), crypto.randomUUID()];
    const fault = faultNames[Math.floor(random() * faultNames.length)] ?? "500";
    bed.shopify.faults.order({ next: 1, fault, shop, operation: CREATE });
    const isOrdered = () => bed.shopify.faults.waiting().some((order) => order.shop === shop);
    const ask = () => bed.ask(store, customer, "/redemptions", { id, reward_id: "off-500" }).catch(() => null);
    for (const deadlineMs = Date.now() + PATIENCE_MS; isOrdered() && Date.now() < deadlineMs; ) await ask();
    if (!isOrdered()) harmed += 1;
    if (random() < SHARE.repeated) await ask();
    if (random() < SHARE.cancelled) await bed.ask(store, customer, `/redemptions/${id}/cancel`, {}).catch(() => null);
  }
  return harmed;
}

/**
 * Nothing fails any more, and a shopper of each shop is served: a shop that was closed to the app is left alone in the background, for as long as
 * we have patience, until somebody finds it open. Tells who was not served.
 */
async function serveAll(bed: Bed, stores: readonly Store[], customer: string): Promise<string[]> {
  const told = stores.map(async (store) => {
    const wish = { id: crypto.randomUUID(), reward_id: "off-500" };
    const { status } = await bed.ask(store, customer, "/redemptions", wish);
    return status === 201 ? [] : [`a shopper of ${store.domain} was answered ${status} when nothing failed any more`];
  });
  return (await Promise.all(told)).flat();
}

/** The cron comes until each redemption is held no more, and what broke off in the middle of a cancellation is carried on. */
async function restedWhileGood(bed: Bed, worker: RunningWorker, stores: readonly Store[]): Promise<Verdict> {
  const open = "state = 'held' or (state = 'issued' and due_at < ends_at)";
  for (const deadlineMs = Date.now() + PATIENCE_MS; ; ) {
    const verdict = await verdictOf(bed, stores);
    if (verdict.broken.length === 0 || Date.now() > deadlineMs) return verdict;
    if ((await lookAt(bed, worker, open)) === 0) await sleep(1_500);
  }
}

/** The cron comes until no code is left to be given back. */
async function untilNoneIsIssued(bed: Bed, worker: RunningWorker): Promise<void> {
  const open = "state in ('held', 'issued')";
  for (const deadlineMs = Date.now() + PATIENCE_MS; Date.now() < deadlineMs; )
    if ((await lookAt(bed, worker, open)) === 0) return;
}

/** Those redemptions are due now, as soon as they may be looked at, and the cron comes. Returns how many. */
async function lookAt(bed: Bed, worker: RunningWorker, condition: string): Promise<number> {
  const due = await bed.look(`update redemptions set due_at = now() where ${condition} returning id`);
  if (due.length === 0) return 0;
  await worker.scheduled();
  await sleep(1_500);
  return due.length;
}

/** What the real worker has left, by a worker in this process: orders are compared, and the day is stated. */
async function restedVerdict(bed: Bed, stores: readonly Store[]): Promise<Verdict> {
  const open = await bed.look("select 1 from redemptions where state in ('held', 'issued')");
  await comeToRest(bed, await bed.newIsolate());
  const verdict = await verdictOf(bed, stores);
  const told = open.length === 0 ? [] : [`${open.length} redemptions were not brought to their end in workerd`];
  return { ...verdict, broken: [...told, ...verdict.broken] };
}
