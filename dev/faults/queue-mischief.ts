/** F8: the queue delivers again, out of order, in batches that fail in part, until a message is dead; and at times it takes nothing. */
import { seededRandom } from "../../bench/random.ts";
import type { Bed } from "./bed.ts";
import { verdictOf } from "./books.ts";
import type { FaultOptions, Report } from "./fault.ts";
import type { Isolate } from "./isolate.ts";
import { comeToRest, postAll } from "./outside.ts";
import type { Store } from "./store.ts";

const CUSTOMERS = Array.from({ length: 12 }, (_, index) => String(7_001 + index));
const ORDERS_PER_ROUND = 30;
const LARGEST_BATCH = 12;
const SHARE = { refused: 0.1, unheard: 0.2, redelivered: 0.2, failing: 0.1 };
/** A message that no consumer can do: after all its tries it must be where a merchant sees it. */
const POISON_EVERY_ROUNDS = 50;
const ROUNDS_BETWEEN_AUDITS = 25;

/** Delivers as many batches as were asked for. */
export async function disturbQueue(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  const random = seededRandom(seed);
  const store = await bed.newStore();
  const isolate = await bed.newIsolate();
  const poisons: string[] = [];
  let made = 0;
  for (let round = 1; made < count; round++) {
    await store.trade(ORDERS_PER_ROUND, CUSTOMERS, random);
    bed.queue.refuses = () => random() < SHARE.refused;
    await postAll(bed, store.take());
    if (round % POISON_EVERY_ROUNDS === 1) poisons.push(await poison(bed, store, poisons.length));
    bed.neon.follow(() => (random() < SHARE.failing ? { answer: serverError, effect: "none" } : null));
    made += await deliverAll(isolate, random);
    bed.neon.follow(null);
    bed.queue.refuses = () => false;
    if (round % ROUNDS_BETWEEN_AUDITS !== 0 && made < count) continue;
    await comeToRest(bed, isolate);
    const verdict = await verdictOf(bed, [store]);
    const broken = [...verdict.broken, ...(await unseen(bed, poisons))];
    if (broken.length > 0) return { made, ...verdict, broken };
    progress(`${made} batches in ${round} rounds, ${poisons.length} dead messages`);
  }
  return { made, lost: 0, twice: 0, broken: [] };
}

/** One statement of the batch is refused: part of it is done, part is not. */
function serverError(): Response {
  const body = { message: "canceling statement due to lock timeout", code: "55P03", severity: "ERROR" };
  return new Response(JSON.stringify(body), { status: 400 });
}

async function deliverAll(isolate: Isolate, random: () => number): Promise<number> {
  const { queue } = isolate;
  const choose = (count: number) => Math.floor(random() * count);
  let batches = 0;
  for (;;) {
    const some = queue.take(1 + choose(LARGEST_BATCH), choose);
    if (some.length === 0) return batches;
    batches += 1;
    // Only what comes for the first time: a message that never can be done would multiply for ever.
    if (random() < SHARE.redelivered) queue.redeliver(some.filter(({ attempts }) => attempts === 0));
    if (random() < SHARE.unheard) await isolate.consumeUnheard(some);
    else await isolate.consume(some);
  }
}

/** An order whose news is beyond reading, put among the others. */
async function poison(bed: Bed, store: Store, number: number): Promise<string> {
  const deliveryId = `poison-${number}`;
  const body = {
    kind: "order",
    shop: store.domain,
    topic: "orders/updated",
    deliveryId,
    orderId: `9${number}`,
    news: {},
  };
  const queue = bed.queue.waiting()[0]?.queue;
  if (queue === undefined) throw new Error("A queue without messages has no name here.");
  bed.queue.redeliver([{ id: deliveryId, queue, body: JSON.stringify(body), attempts: 0, isDelayed: false }]);
  return deliveryId;
}

async function unseen(bed: Bed, poisons: readonly string[]): Promise<string[]> {
  const rows = await bed.look<{ delivery_id: string; reason: string }>(
    "select delivery_id, reason from set_aside where delivery_id like 'poison-%'",
  );
  const seen = new Set(rows.map((row) => row.delivery_id));
  const missing = poisons.filter((id) => !seen.has(id)).map((id) => `the dead message ${id} is nowhere to be seen`);
  return bed.queue.dropped > 0 ? [...missing, `${bed.queue.dropped} messages were dropped`] : missing;
}
