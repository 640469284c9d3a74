/**
 * Operations on one member that cross each other: real flows over the real database, with each load and each commit as a point where another may
 * come in between. Whatever the order, every invariant must hold, and answers and outcome must be those of some order one after another.
 */
import type { Shop } from "../../worker/shops/shops.ts";
import { auditFaults } from "../audit.ts";
import type { Answer, History, Operation, Outcome } from "./history.ts";
import { AFTERWARDS, OPERATIONS, SETTINGS, type Setting, settingOf } from "./interleavings-operations.ts";
import { Model } from "./model.ts";
import { type Counts, sweepToTheEnd, textOf } from "./postgres.ts";
import type { Gate } from "./postgres-machine.ts";
import { type LedgerOperation, perform } from "./postgres-operations.ts";
import { differences, faultsOfDueDates, namesIn, seen } from "./postgres-outcome.ts";
import { randomOf } from "./postgres-random.ts";
import type { HistoryWorld } from "./postgres-world.ts";

/** Which of the waiting goes next; asked only when there is a choice. */
export type Chooser = (waiting: number) => number;

/** Lets several flows run in turns: each waits before every load and commit until it is chosen, and is then alone until it waits again. */
export class Schedule {
  /** What was run, for whoever reads of a failure. */
  readonly log: string[] = [];
  readonly #choose: Chooser;
  readonly #waiting = new Map<string, () => Promise<void>>();
  #running = 0;
  #wake: () => void = () => undefined;

  constructor(choose: Chooser) {
    this.#choose = choose;
  }

  gate(name: string): Gate {
    return (point, call) =>
      new Promise((resolve, reject) => {
        this.#waiting.set(name, async () => {
          this.log.push(`${name}: ${point}`);
          this.#running += 1;
          await call().then(resolve, reject);
        });
        this.#rest();
      });
  }

  /** Runs them all to their ends. */
  async run<Result>(flows: readonly (() => Promise<Result>)[]): Promise<Result[]> {
    const ends = flows.map(async (flow) => {
      this.#running += 1;
      try {
        return await flow();
      } finally {
        this.#rest();
      }
    });
    // Also when one fails: the others go on to their ends.
    const all = Promise.allSettled(ends);
    for (;;) {
      await this.#allResting();
      const names = [...this.#waiting.keys()].sort();
      const name = names[names.length > 1 ? this.#choose(names.length) : 0];
      const next = this.#waiting.get(name ?? "");
      if (name === undefined || !next) break;
      this.#waiting.delete(name);
      await next();
    }
    await all;
    return Promise.all(ends);
  }

  #rest(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#wake();
  }

  /** Until every flow waits at a point or has ended. */
  async #allResting(): Promise<void> {
    while (this.#running > 0)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }
}

export interface Crossing {
  readonly names: readonly string[];
  readonly setting: Setting;
}

interface Crossed extends Crossing {
  readonly shop: Shop;
  readonly log: readonly string[];
  readonly answers: readonly Answer[];
  readonly seen: Omit<Outcome, "moved">;
  readonly fault: string | null;
}

export interface CrossingFailure {
  readonly number: number;
  readonly faults: readonly string[];
  /** What crossed, and in what turns. */
  readonly history: unknown;
}

function operationsOf({ names }: Crossing): LedgerOperation[] {
  return names.map((name) => {
    const operation = OPERATIONS[name];
    if (!operation) throw new Error(`Nothing is called "${name}".`);
    return operation;
  });
}

function afterwardsOf({ names }: Crossing): readonly LedgerOperation[] {
  return names.some((name) => name.includes("guest")) ? AFTERWARDS : [];
}

/** Lives the setting in a new shop, then lets the operations cross. */
async function cross(
  world: HistoryWorld,
  shop: Shop,
  crossing: Crossing,
  choose: Chooser,
  counts: Counts,
): Promise<Crossed> {
  const operations = operationsOf(crossing);
  const memberIds = new Set<string>();
  let nowMs = 0;
  const living = {
    nowMs: () => nowMs,
    races: counts,
    met: (_shop: number, ids: readonly string[]) => {
      for (const id of ids) memberIds.add(id);
    },
  };
  const [first] = world.machines;
  if (!first) throw new Error("A world has no machine.");
  const rooms = first.rooms(living);
  const schedule = new Schedule(choose);
  const end = { ...crossing, shop, log: schedule.log };
  try {
    for await (const moment of livedSetting(settingOf(crossing.setting), async (operation) => {
      if (operation.kind === "group") throw new Error("What crosses reads no groups.");
      if (operation.kind !== "publish") await perform(rooms, shop, operation, [...memberIds]);
      else await world.publish({ ...operation, shopId: shop.id, publishedAtMs: nowMs });
    }))
      nowMs = moment;
    const answers = await schedule.run(
      operations.map((operation, index) => () => {
        const machine = world.machines[index % world.machines.length] ?? first;
        const gate = schedule.gate(`${index + 1} ${crossing.names[index]}`);
        return perform(machine.rooms({ ...living, gate }), shop, operation, [...memberIds]);
      }),
    );
    for (const operation of afterwardsOf(crossing)) await perform(rooms, shop, operation, []);
    await sweepToTheEnd(first, living, shop, memberIds);
    const odd = await faultsOfDueDates(world, rooms, shop);
    if (odd.length > 0) throw new Error(odd.join("; "));
    const names = namesIn([
      ...settingOf(crossing.setting).steps.map((step) => step.operation),
      ...operations,
      ...AFTERWARDS,
    ]);
    return { ...end, answers, seen: await seen(rooms, shop, names), fault: null };
  } catch (fault) {
    return { ...end, answers: [], seen: { members: {}, orders: {}, redemptions: {} }, fault: textOf(fault) };
  }
}

/** Tells each moment before what happens at it. */
async function* livedSetting(setting: History, live: (operation: Operation) => Promise<void>): AsyncGenerator<number> {
  let nowMs = setting.startMs;
  for (const { waitMs, operation } of setting.steps) {
    nowMs += waitMs;
    yield nowMs;
    await live(operation);
  }
}

/** What does not hold of a crossing at its end: an invariant, or that some order one after another explains what is seen. */
function faultsOf(crossed: Crossed, audited: readonly string[], moved: Outcome["moved"]): string[] {
  if (crossed.fault !== null) return [`a fault: ${crossed.fault}`, ...audited];
  const operations = operationsOf(crossed);
  const tried: string[] = [];
  for (const order of ordersOf(operations.map((_, index) => index))) {
    const { answers, outcome } = modelled(crossed, operations, order);
    const odd = differences({ ...crossed.seen, moved }, outcome);
    const given = crossed.answers.flatMap((answer, index) =>
      answer === answers[index] ? [] : [`${crossed.names[index]} was answered ${answer}, not ${answers[index]}`],
    );
    if (odd.length + given.length === 0) return [...audited];
    tried.push(`not like ${order.map((index) => index + 1).join(", ")}: ${[...given, ...odd].join("; ")}`);
  }
  return [...audited, ...tried];
}

function modelled(crossing: Crossing, operations: readonly Operation[], order: readonly number[]) {
  const setting = settingOf(crossing.setting);
  const model = new Model(setting.currency);
  let nowMs = setting.startMs;
  for (const { waitMs, operation } of setting.steps) {
    nowMs += waitMs;
    model.apply(operation, nowMs);
  }
  const answers: Answer[] = [];
  for (const index of order) {
    const operation = operations[index];
    const answer = operation ? model.apply(operation, nowMs) : "done";
    answers[index] = answer === "replay" ? "done" : answer;
  }
  for (const operation of afterwardsOf(crossing)) model.apply(operation, nowMs);
  return { answers, outcome: model.outcome(nowMs) };
}

function* ordersOf(items: readonly number[]): Generator<number[]> {
  if (items.length <= 1) yield [...items];
  for (const [at, item] of items.length > 1 ? items.entries() : [])
    for (const rest of ordersOf(items.filter((_, index) => index !== at))) yield [item, ...rest];
}

/** Checks all that crossed since the database was last cleared. */
async function judge(world: HistoryWorld, all: readonly Crossed[], counts: Counts): Promise<CrossingFailure[]> {
  const [audited, moved, entries] = await Promise.all([
    auditFaults(world),
    world.moved(),
    world.counted(all.map(({ shop }) => shop)),
  ]);
  for (const [kind, count] of Object.entries(entries)) counts.entries[kind] = (counts.entries[kind] ?? 0) + count;
  counts.histories += all.length;
  const audits = Map.groupBy(audited, (fault) => fault.shopId);
  return all.flatMap((crossed, number) => {
    const own = (audits.get(crossed.shop.id) ?? []).map((fault) => fault.text);
    const faults = faultsOf(crossed, own, moved.get(crossed.shop.id) ?? {});
    const { names, setting, log } = crossed;
    return faults.length === 0 ? [] : [{ number, faults, history: { names, setting, turns: log } }];
  });
}

/** Every way in which these operations can cross, one after another in new shops. */
async function allWays(world: HistoryWorld, crossing: Crossing, shops: NewShops, counts: Counts): Promise<Crossed[]> {
  const crossed: Crossed[] = [];
  let path: readonly number[] | null = [];
  while (path !== null) {
    const taken: { choice: number; of: number }[] = [];
    const planned: readonly number[] = path;
    const shop = await shops.next();
    const choose: Chooser = (of) => {
      const choice = planned[taken.length] ?? 0;
      taken.push({ choice, of });
      return choice;
    };
    crossed.push(await cross(world, shop, crossing, choose, counts));
    const last = taken.findLastIndex(({ choice, of }) => choice + 1 < of);
    path = last < 0 ? null : [...taken.slice(0, last).map(({ choice }) => choice), (taken[last]?.choice ?? 0) + 1];
  }
  return crossed;
}

/** New shops, some hundred made at a time. */
class NewShops {
  readonly #world: HistoryWorld;
  #coming: Promise<Shop[]> = Promise.resolve([]);

  constructor(world: HistoryWorld) {
    this.#world = world;
  }

  async next(): Promise<Shop> {
    for (;;) {
      const coming = this.#coming;
      const shop = (await coming).pop();
      if (shop) return shop;
      if (this.#coming === coming) this.#coming = this.#world.addShops(Array.from({ length: 300 }, () => "USD"));
    }
  }
}

/** All ways to cross for each of these, many at once. */
export async function crossAllWays(
  world: HistoryWorld,
  crossings: readonly Crossing[],
  counts: Counts,
): Promise<CrossingFailure[]> {
  const shops = new NewShops(world);
  const crossed = await Promise.all(crossings.map((crossing) => allWays(world, crossing, shops, counts)));
  const failures = await judge(world, crossed.flat(), counts);
  await world.clear();
  return failures;
}

/** Every pair of operations, each with itself too, in every setting. */
export function pairs(): Crossing[] {
  const names = Object.keys(OPERATIONS);
  return SETTINGS.flatMap((setting) =>
    names.flatMap((one, index) => names.slice(index).map((other) => ({ names: [one, other], setting }))),
  );
}

const CROSSINGS_AT_ONCE = 250;

/** Three or four operations in turns of chance. The same seed and number cross in the same way. */
export async function sampleInterleavings(
  world: HistoryWorld,
  { seed, from, count }: { readonly seed: number; readonly from: number; readonly count: number },
  counts: Counts,
): Promise<CrossingFailure[]> {
  const shops = await world.addShops(Array.from({ length: count }, () => "USD"));
  const waiting = shops.map((shop, index) => ({ shop, number: from + index }));
  const crossed: Crossed[] = [];
  const workers = Array.from({ length: Math.min(CROSSINGS_AT_ONCE, count) }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const random = randomOf(seed, next.number);
      const setting = random.oneOf(SETTINGS);
      const names = Array.from({ length: 3 + random.below(2) }, () => random.oneOf(Object.keys(OPERATIONS)));
      const choose: Chooser = (of) => random.below(of);
      crossed[next.number - from] = await cross(world, next.shop, { names, setting }, choose, counts);
    }
  });
  await Promise.all(workers);
  const failures = await judge(world, crossed, counts);
  return failures.map((failure) => ({ ...failure, number: from + failure.number }));
}
