/** F7 in the suite: as many redemptions as were asked for, each with at least one fault, in worlds that begin anew. */
import type { Bed } from "./bed.ts";
import type { FaultOptions, Report } from "./fault.ts";
import { liveRedemptions, noRedemptions } from "./shopify-redemptions.ts";
import { ShopifyWorld } from "./shopify-world.ts";
import { redeemInWorkerd } from "./workerd-redemptions.ts";

const STORIES_AT_ONCE = 150;
/** Every other world's Shopify counts uses so late that a code is given back before its use shows. */
const USAGE_LAG_MS = 3_600_000;
/** One redemption in so many is made by the real worker besides, and so many at the least. */
const WORKERD_ONE_IN = 50;
const WORKERD_LEAST = 20;

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
  const real = { count: Math.max(WORKERD_LEAST, Math.ceil(count / WORKERD_ONE_IN)), seed, progress };
  const inWorkerd = await redeemInWorkerd(bed, real);
  if (inWorkerd.made < real.count)
    broken.push(`only ${inWorkerd.made} of ${real.count} redemptions met a fault in workerd`);
  const both = broken.filter((text) => text.includes("the points are back and")).length;
  const [lost, twice] = [broken.length - both + inWorkerd.lost, both + inWorkerd.twice];
  return { made: counts.redemptions, lost, twice, broken: [...broken, ...inWorkerd.broken] };
}
