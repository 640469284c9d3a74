/**
 * F12: rules change between an order and its refund, customers are merged, forgotten and come back, the app is removed and installed again:
 * histories of many small shops, side by side. An order is worth what the rules of its day say, a person who was forgotten is nowhere, and one
 * sweep brings all that was missed.
 */
import { seededRandom } from "../../bench/random.ts";
import type { Bed } from "./bed.ts";
import { verdictOf } from "./books.ts";
import type { FaultOptions, Report } from "./fault.ts";
import type { Isolate } from "./isolate.ts";
import { comeToRest, postAll } from "./outside.ts";
import { ShopHistory } from "./shop-histories.ts";
import type { Delivery } from "./store.ts";

const SIDE_BY_SIDE = 25;
/** Painting what Liquid shows takes the most time and is in no book: one turn in so many does it, the first included. */
const PAINTED_TURN_IN = 10;
/** So many of the queue's batches, and of the histories' steps, happen at once. */
const AT_ONCE = 5;
/** A history is the past few minutes: the sweep's window reaches back ten, and a program's first moment falls between two orders. */
const BEGAN_AGO_MS = 8 * 60_000;
const STEP_MS = 15_000;
/** Ten digits that begin so are a customer's, and nothing else's. */
const FIRST_CUSTOMER = 7_700_000_001;

/** As many histories as were asked for. */
export async function changeShops(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  const random = seededRandom(seed);
  let isolate = await bed.newIsolate();
  let made = 0;
  for (let turn = 0; made < count; turn++) {
    const isPainted = turn % PAINTED_TURN_IN === 0;
    bed.queue.ignores = (body) => !isPainted && body.startsWith('{"kind":"paint-members"');
    const histories = await beginHistories(bed, isolate, Math.min(SIDE_BY_SIDE, count - made), random);
    await live(bed, isolate, histories, random);
    // A worker remembers a shop for a minute, token included: the sweep comes to one that has not met it before.
    isolate = await bed.newIsolate();
    await comeToRest(bed, isolate);
    made += histories.length;
    const stores = histories.map(({ store }) => store);
    const verdict = await verdictOf(bed, stores, { mends: true });
    const broken = [...verdict.broken, ...(await peopleFound(bed, histories)), ...(await departures(bed, histories))];
    if (broken.length > 0) return { made, ...verdict, broken };
    await bed.clear();
    if (turn % 10 === 9) progress(`${made} histories`);
  }
  return { made, lost: 0, twice: 0, broken: [] };
}

/** New shops, installed an hour ago, whose past was read. */
async function beginHistories(bed: Bed, isolate: Isolate, count: number, random: () => number): Promise<ShopHistory[]> {
  const chances = Array.from({ length: count }, () => seededRandom(Math.floor(random() * 2 ** 31)));
  const histories = await inParts(chances, async (chance, index) => {
    const store = await bed.newStore({ pendingDays: chance() < 0.5 ? 0 : 14 });
    const number = (place: number) => String(FIRST_CUSTOMER + 4 * index + place);
    return new ShopHistory(bed, store, [number(0), number(1), number(2), number(3)], chance);
  });
  await bed.look("update shops set installed_at = installed_at - interval '1 hour'");
  await isolate.scheduled();
  await isolate.drain();
  return histories;
}

/** Step by step, all shops at a time; what is told in one step comes in any order. */
async function live(
  bed: Bed,
  isolate: Isolate,
  histories: readonly ShopHistory[],
  random: () => number,
): Promise<void> {
  const plans = histories.map((history) => history.plan());
  const beganMs = Math.floor((Date.now() - BEGAN_AGO_MS) / 1_000) * 1_000;
  const steps = Math.max(...plans.map((plan) => plan.length));
  for (let step = 0; step < steps; step++) {
    const now = new Date(beganMs + step * STEP_MS);
    bed.shopifyClock = () => now;
    await inParts(plans, async (plan) => await plan[step]?.());
    await postAll(
      bed,
      shuffled(
        histories.flatMap(({ outgoing }) => outgoing.splice(0)),
        random,
      ),
    );
    await Promise.all(Array.from({ length: AT_ONCE }, () => isolate.drain()));
  }
  bed.shopifyClock = () => new Date();
}

/** For each of them, some at once, in their order. */
async function inParts<Item, Made>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Made>,
): Promise<Made[]> {
  const made: Made[] = [];
  while (made.length < items.length) {
    const from = made.length;
    const part = items.slice(from, from + AT_ONCE);
    made.push(...(await Promise.all(part.map((item, place) => work(item, from + place)))));
  }
  return made;
}

function shuffled(deliveries: readonly Delivery[], random: () => number): Delivery[] {
  return deliveries
    .map((delivery) => ({ delivery, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ delivery }) => delivery);
}

/** Where the numbers of forgotten people are, in all tables, other than in what they bought since. */
async function peopleFound(bed: Bed, histories: readonly ShopHistory[]): Promise<string[]> {
  const tables = await bed.look<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const found = new Map<string, number>();
  for (const { name } of tables) {
    const rows = await bed.look<{ number: string; times: number }>(
      `select (regexp_matches(t::text, '\\m77[0-9]{8}\\M', 'g'))[1] as number, count(*)::int as times from ${name} t group by 1`,
    );
    for (const { number, times } of rows) found.set(`${number} in ${name}`, times);
  }
  const broken: string[] = [];
  const forgotten = histories.flatMap((history) => [...history.forgotten]);
  for (const [number, orders] of forgotten)
    for (const { name } of tables) {
      const allowed = name === "members" ? Math.min(1, orders) : name === "order_states" ? orders : 0;
      const times = found.get(`${number} in ${name}`) ?? 0;
      if (times !== allowed) broken.push(`the forgotten ${number}: ${times} times in ${name}, not ${allowed}`);
    }
  return broken;
}

/** Each shop is installed at the end, and the worker saw it go as often as it was told in time. */
async function departures(bed: Bed, histories: readonly ShopHistory[]): Promise<string[]> {
  const rows = await bed.look<{ domain: string; is_installed: boolean; times: number }>(
    `select s.domain, s.uninstalled_at is null and s.access_token_sealed is not null as is_installed,
       (select count(*)::int from set_aside a where a.shop_domain = s.domain and a.reason like 'uninstalled: %') as times
     from shops s`,
  );
  const seen = new Map(rows.map((row) => [row.domain, row]));
  return histories.flatMap(({ store: { domain }, departures: expected }) => {
    const row = seen.get(domain);
    if (!row?.is_installed) return [`${domain} is not installed again`];
    return row.times === expected ? [] : [`${domain} was seen to go ${row.times} times, not ${expected}`];
  });
}
