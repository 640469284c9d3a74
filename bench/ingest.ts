/**
 * B3: from a signed delivery to points, on the real worker in workerd. Accepting against the least that accepting can be; batches of 100
 * against batches of one; other shops' orders beside one shop's burst; and 10,000 deliveries with the database away for ten seconds.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Bed } from "./bed.ts";
import { Deliveries, type IngestWorld, openIngestWorld, type SignedDelivery, type WorkerName } from "./ingest-world.ts";
import { percentile } from "./measure.ts";
import { median, ratiosOf, resultLine, runRounds } from "./rounds.ts";

const ACCEPTED = 300;
const SETTLED = { "one-by-one": 100, lojal: 600 } as const;
const CLIENTS = 16;

const OTHERS = 5;
const OTHERS_EVERY_MS = 150;
const OTHERS_FOR_MS = 8_000;
const BURST = 3_000;

const OUTAGE = { shops: 50, deliveries: 10_000, twice: 0.05, forMs: 10_000 };
const PATIENCE_MS = 300_000;

export async function ingest(bed: Bed, { rounds }: { readonly rounds: number }): Promise<string[]> {
  const world = await openIngestWorld(bed);
  const deliveries = new Deliveries();
  try {
    await accept(bed, world, deliveries, rounds);
    await settle(bed, world, deliveries, rounds);
    await besideABurst(bed, world, deliveries, rounds);
    return [...(await world.audit()), ...(await outage(bed, world, deliveries)), ...(await world.audit())];
  } finally {
    await world.close();
  }
}

/** One connection, one delivery after the other, nothing consumed on either side. */
async function accept(bed: Bed, world: IngestWorld, deliveries: Deliveries, rounds: number): Promise<void> {
  const p99 = new Map<string, number[]>();
  const side = (name: WorkerName) => ({
    name,
    run: async () => {
      const tookMs: number[] = [];
      for (const delivery of Array.from({ length: ACCEPTED }, () => deliveries.next("accepted.myshopify.com"))) {
        const answer = await world.deliver(name, delivery);
        if (answer.status !== 200) throw new Error(`${name} answered ${answer.status}.`);
        tookMs.push(answer.tookMs);
      }
      p99.set(name, [...(p99.get(name) ?? []), percentile(tookMs, 0.99)].slice(-rounds));
      return median(tookMs);
    },
  });
  const figures = await runRounds([side("accept-only"), side("floor")], { rounds, warmUps: 1 });
  for (const [name, values] of figures) {
    const tail = median(p99.get(name) ?? []).toFixed(2);
    bed.progress(`accept ${name}: p50 ${median(values).toFixed(2)} ms, p99 ${tail} ms`);
  }
  bed.result(resultLine("B3 accept-p50 ours/floor", ratiosOf(figures, "accept-only", "floor")));
  bed.result(resultLine("B3 accept-p99 ours/floor", ratiosOf(p99, "accept-only", "floor")));
}

/** From the first delivery to the last point, per second. */
async function settle(bed: Bed, world: IngestWorld, deliveries: Deliveries, rounds: number): Promise<void> {
  const side = (name: keyof typeof SETTLED) => ({
    name,
    run: async () => {
      const all = Array.from({ length: SETTLED[name] }, () => deliveries.next(`settled-${name}.myshopify.com`));
      const startedMs = performance.now();
      await deliverAll(world, name, all);
      await settled(world, all);
      return (all.length * 1000) / (performance.now() - startedMs);
    },
  });
  for (const name of ["lojal", "one-by-one"]) await world.newShop(`settled-${name}.myshopify.com`);
  const figures = await runRounds([side("lojal"), side("one-by-one")], { rounds, warmUps: 1 });
  for (const [name, values] of figures) bed.progress(`settle ${name}: ${median(values).toFixed(0)} orders/s`);
  bed.result(resultLine("B3 delivered-to-settled batches/one-by-one", ratiosOf(figures, "lojal", "one-by-one")));
}

/** How long the orders of shops within their share wait for their points, alone and beside another shop's burst. */
async function besideABurst(bed: Bed, world: IngestWorld, deliveries: Deliveries, rounds: number): Promise<void> {
  const shopsOf = (name: string) =>
    Array.from({ length: OTHERS }, (_, index) => `other-${index}-${name}.myshopify.com`);
  const side = (name: WorkerName, burst: number) => ({
    name: `${name}-${burst}`,
    run: async () => {
      const crowd = Array.from({ length: burst }, () => deliveries.next(`burst-${name}.myshopify.com`));
      const [others] = await Promise.all([
        steadily(world, name, deliveries, shopsOf(name)),
        sleep(1_000).then(() => deliverAll(world, name, crowd)),
      ]);
      const all = [...others.keys()];
      await settled(world, [...all, ...crowd]);
      return percentile(await waited(world, others), 0.99);
    },
  });
  for (const name of ["lojal", "one-lane"])
    for (const shop of [...shopsOf(name), `burst-${name}.myshopify.com`]) await world.newShop(shop);
  const sides = [side("lojal", 0), side("lojal", BURST), side("one-lane", BURST)];
  const figures = await runRounds(sides, { rounds, warmUps: 0 });
  for (const [name, values] of figures) bed.progress(`others' p99 ${name}: ${median(values).toFixed(0)} ms`);
  bed.result(resultLine("B3 burst others-p99 with/without", ratiosOf(figures, `lojal-${BURST}`, "lojal-0")));
  bed.result(resultLine("B3 burst others-p99 one-lane/without", ratiosOf(figures, `one-lane-${BURST}`, "lojal-0")));
}

/** Each order's shop sends one every so often; the moment at which each was sent. */
async function steadily(world: IngestWorld, name: WorkerName, deliveries: Deliveries, shops: readonly string[]) {
  const sentMs = new Map<SignedDelivery, number>();
  const endMs = Date.now() + OTHERS_FOR_MS;
  const one = async (shop: string, index: number) => {
    await sleep((index * OTHERS_EVERY_MS) / shops.length);
    while (Date.now() < endMs) {
      const delivery = deliveries.next(shop);
      sentMs.set(delivery, Date.now());
      await Promise.all([world.deliver(name, delivery), sleep(OTHERS_EVERY_MS)]);
    }
  };
  await Promise.all(shops.map(one));
  return sentMs;
}

/** From sending to booking, by the clock that both share. */
async function waited(world: IngestWorld, sentMs: ReadonlyMap<SignedDelivery, number>): Promise<number[]> {
  const rows = await world.look<{ order_id: string; at_ms: string }>(
    "select order_id, extract(epoch from recorded_at) * 1000 as at_ms from entries where order_id = any ($1)",
    [[...sentMs.keys()].map(({ orderId }) => orderId)],
  );
  const bookedMs = new Map(rows.map((row) => [row.order_id, Number(row.at_ms)]));
  return [...sentMs].map(([{ orderId }, ms]) => (bookedMs.get(orderId) ?? Number.NaN) - ms);
}

async function outage(bed: Bed, world: IngestWorld, deliveries: Deliveries): Promise<string[]> {
  const shops = Array.from({ length: OUTAGE.shops }, (_, index) => `outage-${index}.myshopify.com`);
  for (const shop of shops) await world.newShop(shop);
  const orders = Array.from({ length: Math.round(OUTAGE.deliveries / (1 + OUTAGE.twice)) }, (_, index) =>
    deliveries.next(shops[index % shops.length] ?? ""),
  );
  const again = Array.from(
    { length: OUTAGE.deliveries - orders.length },
    () => orders[deliveries.below(orders.length)],
  );
  const all = deliveries.shuffled([...orders, ...again.flatMap((one) => one ?? [])]);
  const middle = Math.floor(all.length / 2);
  await deliverAll(world, "lojal", all.slice(0, middle));
  const stopped = bed.stopDatabase(OUTAGE.forMs);
  await deliverAll(world, "lojal", all.slice(middle));
  const acceptedMs = performance.now();
  await stopped;
  await settled(world, orders);
  const drainedSeconds = ((performance.now() - acceptedMs) / 1000).toFixed(1);
  const faults = await wrongBalances(world, orders);
  bed.result(
    `B3 outage ${all.length} deliveries, ${all.length - orders.length} of them twice, database away for ${OUTAGE.forMs / 1000} s: ` +
      `lost or double ${faults.length}, drained in ${drainedSeconds} s`,
  );
  return faults;
}

/** What each shop's members hold against what its orders were worth; and that each order is booked once. */
async function wrongBalances(world: IngestWorld, orders: readonly SignedDelivery[]): Promise<string[]> {
  const worth = new Map<string, number>();
  for (const { shop, points } of orders) worth.set(shop, (worth.get(shop) ?? 0) + points);
  const rows = await world.look<{ domain: string; points: string; entries: string; orders: string }>(`
    select s.domain, (select sum(available) from accounts a where a.shop_id = s.id) as points, count(*) as entries,
           count(distinct e.order_id) as orders
    from shops s join entries e on e.shop_id = s.id where s.domain like 'outage-%' group by s.id, s.domain`);
  const held = new Map(rows.map((row) => [row.domain, row]));
  return [...worth].flatMap(([domain, points]) => {
    const row = held.get(domain);
    const isRight = row !== undefined && Number(row.points) === points && row.entries === row.orders;
    return isRight ? [] : [`${domain} sold ${points} points, the ledger holds ${JSON.stringify(row)}`];
  });
}

async function deliverAll(world: IngestWorld, name: WorkerName, all: readonly SignedDelivery[]): Promise<void> {
  let next = 0;
  const client = async () => {
    for (let at = next++; at < all.length; at = next++) {
      const delivery = all[at];
      const answer = delivery && (await world.deliver(name, delivery));
      if (answer?.status !== 200) throw new Error(`${name} answered ${answer?.status}.`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

/** Waits until every one of these orders is booked. */
async function settled(world: IngestWorld, all: readonly SignedDelivery[]): Promise<void> {
  const ids = all.map(({ orderId }) => orderId);
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const [row] = await world.look<{ booked: number }>(
      "select count(*)::int as booked from order_states where order_id = any ($1)",
      [ids],
    );
    if (row?.booked === new Set(ids).size) return;
    if (performance.now() > untilMs) throw new Error(`Only ${row?.booked} of ${ids.length} orders are booked.`);
    await sleep(20);
  }
}
