/** F6: the postmaster is killed while orders settle and rewards are chosen; it recovers, and what was acknowledged is there. */
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../bench/random.ts";
import type { Bed } from "./bed.ts";
import { verdictOf } from "./books.ts";
import type { FaultOptions, Report } from "./fault.ts";
import type { Isolate } from "./isolate.ts";
import { comeToRest, postAll } from "./outside.ts";
import type { Store } from "./store.ts";

const CUSTOMERS = Array.from({ length: 10 }, (_, index) => String(7_001 + index));
const ORDERS_PER_KILL = 24;
const CONSUMERS = 4;
const BATCH = 12;
const LONGEST_LIFE_MS = 120;

/** Kills as often as was asked; after each recovery all is audited. */
export async function killPostgres(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  await bed.makeDurable();
  const random = seededRandom(seed);
  const store = await bed.newStore();
  const isolate = await bed.newIsolate();
  for (let made = 1; made <= count; made++) {
    await store.trade(ORDERS_PER_KILL, CUSTOMERS, random);
    await postAll(bed, store.take());
    const load = startLoad(bed, store, isolate, CUSTOMERS[made % CUSTOMERS.length] ?? "");
    await sleep(random() * LONGEST_LIFE_MS);
    await bed.killPostgres();
    load.stop();
    await load.stopped;
    await bed.restartPostgres();
    const afterCrash = await bed.audit();
    await comeToRest(bed, isolate);
    const verdict = await verdictOf(bed, [store]);
    const broken = [...afterCrash.map((fault) => `right after the crash: ${fault}`), ...verdict.broken];
    if (broken.length > 0) return { made, ...verdict, broken };
    if (made % 10 === 0) progress(`${made} kills`);
  }
  return { made: count, lost: 0, twice: 0, broken: [] };
}

/** Several consumers at once, and a shopper; all of them go on until they are told to stop. */
function startLoad(bed: Bed, store: Store, isolate: Isolate, customer: string) {
  let isOn = true;
  const consume = async (): Promise<void> => {
    while (isOn) {
      const some = isolate.queue.take(BATCH);
      if (some.length === 0) await sleep(1);
      else await isolate.consume(some);
    }
  };
  const shop = async (): Promise<void> => {
    while (isOn) await bed.ask(store, customer, "/redemptions", { id: crypto.randomUUID(), reward_id: "off-500" });
  };
  const stopped = Promise.all([...Array.from({ length: CONSUMERS }, consume), shop().catch(() => undefined)]);
  return {
    stopped,
    stop: () => {
      isOn = false;
    },
  };
}
