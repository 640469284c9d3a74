/**
 * The redemption protocol against a Shopify, a database and a worker that fail: thousands of redemptions, each with at least one fault, and
 * after each the invariants, in the ledger and in Shopify's discount book alike.
 */
import { auditFaults } from "../audit.ts";
import { randomOf } from "../histories/postgres-random.ts";
import { type Ending, endingsOf } from "./shopify-checks.ts";
import { Story } from "./shopify-stories.ts";
import type { ShopifyWorld, StoryShop } from "./shopify-world.ts";

export interface RedemptionCounts {
  stories: number;
  /** Redemptions that suffered at least one fault. */
  redemptions: number;
  /** Redemptions that met none, or asked for more points than there were. */
  unharmed: number;
  faults: Record<string, number>;
  /** How often endings were wrong at first, and looked at again. */
  looksAgain: number;
  /** How they stood when their codes could still be used. */
  endings: Record<string, number>;
}

export interface RedemptionFailure {
  /** Of the story, under the seed. */
  readonly number: number;
  readonly faults: readonly string[];
}

export const noRedemptions = (): RedemptionCounts => ({
  stories: 0,
  redemptions: 0,
  unharmed: 0,
  faults: {},
  looksAgain: 0,
  endings: {},
});

const MOST_LOOKS = 4;
const MONTH_MS = (31 * 24 + 2) * 3_600_000;

/** Lives stories `from` to below `from + count`, all at the same time, in a world that is empty. */
export async function liveRedemptions(
  world: ShopifyWorld,
  { seed, from, count }: { readonly seed: number; readonly from: number; readonly count: number },
  counts: RedemptionCounts,
): Promise<RedemptionFailure[]> {
  const places = await world.addShops(count);
  const stories = places.map((place, index) => new Story(world, place, randomOf(seed, from + index)));
  const faults = stories.map((): string[] => []);
  const indexOf = new Map(stories.map((story, index) => [story.place.shop.id, index]));
  const note = (shopId: number, text: string) => faults[indexOf.get(shopId) ?? 0]?.push(text);
  const check = async (stepHours: number): Promise<void> => {
    const endings = await restedEndings(world, places, stories, { stepHours, counts });
    const held = new Set(endings.map(({ id }) => id));
    for (const one of stories.flatMap((story) => story.asked)) one.isHeld = held.has(one.id);
    for (const ending of endings) for (const text of ending.faults) note(ending.shopId, text);
    for (const fault of await auditFaults(world)) note(fault.shopId, fault.text);
    countEndings(stories, endings, counts);
  };
  await each(stories, faults, async (story) => {
    await story.earn();
    await story.live();
    await world.network.shopify.idle();
  });
  // A cancellation that broke off is carried on within the hour.
  await check(0.25);
  await each(stories, faults, async (story) => {
    await story.askAgain();
    await world.network.shopify.idle();
  });
  // Also what was asked for again is at its end before a month passes: for what is issued in the middle of that, it would pass at Shopify alone.
  await Promise.all(stories.map((story) => story.rest(0.25)));
  const known = { ...counts.endings };
  world.network.pass(MONTH_MS);
  await world.look(
    `update redemptions set created_at = created_at - $1 * interval '1 ms', ends_at = ends_at - $1 * interval '1 ms', due_at = now()
     where state = 'issued'`,
    [MONTH_MS],
  );
  await each(stories, faults, async (story) => {
    await story.end();
    await world.network.shopify.idle();
  });
  // What could not be looked at is looked at again within six hours.
  await check(7);
  world.network.pass(-MONTH_MS);
  counts.endings = known;
  countFaults(stories, counts);
  await world.clear();
  for (const [index, story] of stories.entries()) faults[index]?.push(...story.faults);
  return faults.flatMap((texts, index) => (texts.length === 0 ? [] : [{ number: from + index, faults: texts }]));
}

/**
 * How all redemptions ended. A worker that died may have sent what takes effect only after everybody has looked, as its code is switched off: then
 * the cron finds it at its next look. What stays wrong after some more of them is wrong; how often there were more is told.
 */
async function restedEndings(
  world: ShopifyWorld,
  places: readonly StoryShop[],
  stories: readonly Story[],
  { stepHours, counts }: { readonly stepHours: number; readonly counts: RedemptionCounts },
): Promise<Ending[]> {
  for (let look = 1; ; look++) {
    await Promise.all(stories.map((story) => story.rest(stepHours)));
    const endings = await endingsOf(world, places);
    if (look === MOST_LOOKS || endings.every(({ faults }) => faults.length === 0)) return endings;
    counts.looksAgain += 1;
  }
}

async function each(
  stories: readonly Story[],
  faults: readonly string[][],
  live: (story: Story) => Promise<void>,
): Promise<void> {
  await Promise.all(
    stories.map(async (story, index) => {
      try {
        await live(story);
      } catch (fault) {
        faults[index]?.push(`a fault: ${fault instanceof Error ? `${fault.message} ${fault.stack}` : String(fault)}`);
      }
    }),
  );
}

function countEndings(
  stories: readonly Story[],
  endings: readonly { readonly id: string; readonly state: string }[],
  counts: RedemptionCounts,
): void {
  const states = new Map(endings.map(({ id, state }) => [id, state]));
  for (const { id } of stories.flatMap((story) => story.asked)) {
    const state = states.get(id) ?? "never held";
    counts.endings[state] = (counts.endings[state] ?? 0) + 1;
  }
}

function countFaults(stories: readonly Story[], counts: RedemptionCounts): void {
  counts.stories += stories.length;
  for (const { suffered } of stories.flatMap((story) => story.asked)) {
    if (suffered.length > 0) counts.redemptions += 1;
    else counts.unharmed += 1;
    for (const name of suffered) counts.faults[name] = (counts.faults[name] ?? 0) + 1;
  }
}
