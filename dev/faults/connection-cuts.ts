/** F4: the connection to the database is cut at every point of its protocol, while orders settle and codes are made and given back. */
import { seededRandom } from "../../bench/random.ts";
import type { Bed } from "./bed.ts";
import { verdictOf } from "./books.ts";
import type { FaultOptions, Report } from "./fault.ts";
import { comeToRest, giveBack, postAll, redeem } from "./outside.ts";
import { CUTS, type Plan } from "./wire.ts";

const ORDERS_PER_ROUND = 20;
const CUSTOMERS = Array.from({ length: 12 }, (_, index) => String(7_001 + index));
/** Of the requests to the database. */
const SHARE_CUT = 0.4;
/** So many messages come to the consumer at a time. */
const BATCH = 40;
const ROUNDS_BETWEEN_AUDITS = 50;

/** Cuts until it was done as often as was asked; between rounds all must be as it was sold. */
export async function cutConnections(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  const random = seededRandom(seed);
  const someone = () => CUSTOMERS[Math.floor(random() * CUSTOMERS.length)] ?? "";
  const store = await bed.newStore();
  let isolate = await bed.newIsolate();
  let made = 0;
  for (let round = 1; made < count; round++) {
    await store.trade(ORDERS_PER_ROUND, CUSTOMERS, random);
    bed.neon.follow(cutsByChance(random));
    await postAll(bed, store.take());
    await isolate.drain(BATCH);
    const [kept, returned, shopper] = [crypto.randomUUID(), crypto.randomUUID(), someone()];
    await redeem(bed, store, someone(), kept);
    await redeem(bed, store, shopper, returned);
    await giveBack(bed, store, shopper, returned);
    await isolate.drain(BATCH);
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
