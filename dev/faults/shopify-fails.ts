/** F7 in the suite: as many redemptions as were asked for, each with at least one fault, in worlds that begin anew. */
import type { Bed } from "./bed.ts";
import type { FaultOptions, Report } from "./fault.ts";
import { liveRedemptions, noRedemptions } from "./shopify-redemptions.ts";
import { ShopifyWorld } from "./shopify-world.ts";

const STORIES_AT_ONCE = 150;
/** Every other world's Shopify counts uses so late that a code is given back before its use shows. */
const USAGE_LAG_MS = 3_600_000;

/** The redemption protocol while Shopify, the database and the worker fail. */
export async function failShopify(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  const database = { port: Number(new URL(bed.superuserUrl()).port), name: bed.database };
  // What a power cut would take is another fault's subject.
  await bed.onServer(`alter database ${bed.database} set synchronous_commit = off`);
  const counts = noRedemptions();
  const broken: string[] = [];
  // A story has two redemptions or three.
  const size = Math.min(STORIES_AT_ONCE, Math.ceil(count / 4));
  for (let from = 0; counts.redemptions < count && broken.length < 50; from += size) {
    const world = new ShopifyWorld(database, { usageLagMs: (from / size) % 2 === 0 ? 0 : USAGE_LAG_MS });
    try {
      for (const { number, faults } of await liveRedemptions(world, { seed, from, count: size }, counts))
        broken.push(...faults.map((text) => `story ${number}: ${text}`));
    } finally {
      await world.close();
    }
    progress(JSON.stringify(counts));
  }
  const both = broken.filter((text) => text.includes("the points are back and")).length;
  return { made: counts.redemptions, lost: broken.length - both, twice: both, broken };
}
