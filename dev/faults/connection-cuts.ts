/** F4: the connection to the database is cut at every point of its protocol, while orders settle and codes are made and given back. */
import { seededRandom } from "../../bench/random.ts";
import type { Bed } from "./bed.ts";
import { verdictOf } from "./books.ts";
import type { FaultOptions, Report } from "./fault.ts";
import type { Isolate } from "./isolate.ts";
import type { Store } from "./store.ts";
import { CUTS, type Plan } from "./wire.ts";

const ORDERS_PER_ROUND = 20;
const CUSTOMERS = Array.from({ length: 12 }, (_, index) => String(7_001 + index));
/** Of the requests to the database. */
const SHARE_CUT = 0.4;
/** So many messages come to the consumer at a time. */
const BATCH = 40;
const ROUNDS_BETWEEN_AUDITS = 50;
/** A shopper asks again until there is an answer. */
const ASKED_AT_MOST = 100;

/** Cuts until it was done as often as was asked; between rounds all must be as it was sold. */
export async function cutConnections(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  const random = seededRandom(seed);
  const store = await bed.newStore();
  let isolate = await bed.newIsolate();
  let made = 0;
  for (let round = 1; made < count; round++) {
    await store.trade(ORDERS_PER_ROUND, CUSTOMERS, random);
    bed.neon.follow(cutsByChance(random));
    await acceptAll(bed, store);
    await consumeAll(isolate, random);
    await spendSome(bed, store, random);
    await consumeAll(isolate, random);
    made += bed.neon.mishaps;
    bed.neon.follow(null);
    await bed.neon.settle();
    if (random() < 0.2) isolate = await bed.newIsolate();
    if (round % ROUNDS_BETWEEN_AUDITS !== 0 && made < count) continue;
    await comeToRest(bed, isolate);
    const verdict = await verdictOf(bed, [store]);
    if (verdict.broken.length > 0) return { made, ...verdict };
    progress(`${made} cuts in ${round} rounds`);
  }
  return { made, lost: 0, twice: 0, broken: [] };
}

/** Every kind of cut comes as often as every other. */
function cutsByChance(random: () => number): Plan {
  return () => {
    const cut = CUTS[Math.floor(random() * CUTS.length)];
    return cut !== undefined && random() < SHARE_CUT ? { cut } : null;
  };
}

/** Shopify posts what it has to tell; whatever is not accepted is posted again. */
async function acceptAll(bed: Bed, store: Store): Promise<void> {
  for (const delivery of store.take()) {
    let accepted = false;
    while (!accepted) accepted = (await bed.post(delivery)).ok;
  }
}

async function consumeAll(isolate: Isolate, random: () => number): Promise<void> {
  const { queue } = isolate;
  const choose = (count: number) => Math.floor(random() * count);
  for (let some = queue.take(BATCH, choose); some.length > 0; some = queue.take(BATCH, choose))
    await queue.deliver(some, (batch) => isolate.consume(batch));
}

/** Two shoppers choose a reward, and one of the two gives it back; each asks until there is an answer that stands. */
async function spendSome(bed: Bed, store: Store, random: () => number): Promise<void> {
  for (const keeps of [true, false]) {
    const customer = CUSTOMERS[Math.floor(random() * CUSTOMERS.length)] ?? "";
    const id = crypto.randomUUID();
    await untilAnswered(() => bed.ask(store, customer, "/redemptions", { id, reward_id: "off-500" }));
    if (!keeps) await untilAnswered(() => bed.ask(store, customer, `/redemptions/${id}/cancel`, {}));
  }
}

async function untilAnswered(ask: () => Promise<Response>): Promise<void> {
  for (let time = 1; time <= ASKED_AT_MOST; time++) {
    const { status } = await ask();
    if (status < 500 && status !== 202) return;
  }
  throw new Error("A shopper was given no answer.");
}

/** All is looked at once more, on a good connection. */
async function comeToRest(bed: Bed, isolate: Isolate): Promise<void> {
  await bed.look("update redemptions set due_at = now() where state in ('held', 'issued') and due_at is not null");
  await isolate.scheduled();
  await isolate.drain();
}
