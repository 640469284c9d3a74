/**
 * F5: the worker is killed at every await of every flow. Each await of a flow is a request to the database, to Shopify or to the queue: a flow
 * is counted out once, and then lived again for each of its requests, ending before it or after its effect. A new worker comes, whoever was
 * not answered asks again, the queue delivers again what was not acknowledged, the sweep looks.
 */
import { seededRandom } from "../../bench/random.ts";
import type { Bed } from "./bed.ts";
import { type Verdict, verdictOf } from "./books.ts";
import type { FaultOptions, Report } from "./fault.ts";
import { type Play, type Scene, scenes } from "./flows.ts";
import type { Isolate } from "./isolate.ts";
import type { Moment } from "./life.ts";
import { comeToRest } from "./outside.ts";
import type { Store } from "./store.ts";
import { killWorkerd } from "./workerd-kills.ts";

const CASES_BETWEEN_VERDICTS = 12;
/** Besides, the real process is killed once for so many, and so often at the least. */
const WORKERD_ONE_IN = 40;
const WORKERD_LEAST = 2;
const MOMENTS: readonly Moment[] = ["before", "after"];

/** Where a life ends. */
interface Death {
  readonly request: number;
  readonly moment: Moment;
}

/** Kills as often as was asked, spread over all flows: each flow at all of its requests, as often as that goes, and at some by chance. */
export async function killWorkers(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  const run = new Run(bed, seed);
  const flows = Object.entries(scenes);
  for (const [index, [name, scene]] of flows.entries()) {
    const enough = run.kills + Math.ceil((count - run.kills) / (flows.length - index));
    const deaths = everyDeath(await run.countOut(scene));
    while (run.kills < enough && run.verdict.broken.length === 0) {
      const isWholeTurn = enough - run.kills >= deaths.length;
      const turn = isWholeTurn ? deaths : run.some(deaths, enough - run.kills);
      for (const death of turn) await run.killAt(name, scene, death);
    }
    await run.judge();
    if (run.verdict.broken.length > 0) break;
    progress(`${run.kills} kills, ${name}: ${deaths.length / 2} requests`);
  }
  const real = { count: Math.max(WORKERD_LEAST, Math.ceil(count / WORKERD_ONE_IN)), seed, progress };
  const inWorkerd = await killWorkerd(bed, real);
  const { lost, twice, broken } = run.verdict;
  const short = inWorkerd.made < real.count ? [`workerd was killed ${inWorkerd.made} of ${real.count} times`] : [];
  return {
    made: run.kills,
    lost: lost + inWorkerd.lost,
    twice: twice + inWorkerd.twice,
    broken: [...broken, ...inWorkerd.broken, ...short],
  };
}

function everyDeath(requests: number): Death[] {
  return Array.from({ length: requests }, (_, index) =>
    MOMENTS.map((moment) => ({ request: index + 1, moment })),
  ).flat();
}

class Run {
  kills = 0;
  verdict: Verdict = { lost: 0, twice: 0, broken: [] };
  readonly #bed: Bed;
  readonly #random: () => number;
  #customers = 10_000;
  #since: string[] = [];
  #stores = new Map<number, Store>();
  /** Leads up to the flows, and never dies. */
  #usher: Isolate | null = null;

  constructor(bed: Bed, seed: number) {
    this.#bed = bed;
    this.#random = seededRandom(seed);
  }

  /** So many of them, by chance. */
  some<Item>(items: readonly Item[], count: number): Item[] {
    const left = [...items];
    return Array.from({ length: Math.min(count, items.length) }, () =>
      left.splice(Math.floor(this.#random() * left.length), 1),
    ).flat();
  }

  /** How many requests a flow makes, in a worker that remembers nothing. */
  async countOut(scene: Scene): Promise<number> {
    const { act } = await this.#arrange(scene);
    const isolate = await this.#bed.newIsolate();
    await act(isolate);
    const { requests } = isolate.life;
    await comeToRest(this.#bed, isolate);
    return requests;
  }

  async killAt(name: string, scene: Scene, { request, moment }: Death): Promise<void> {
    const { act, again } = await this.#arrange(scene);
    const isolate = await this.#bed.newIsolate();
    isolate.life.endAt(request, moment);
    await act(isolate).catch(() => undefined);
    if (isolate.life.isOver) this.kills += 1;
    this.#since.push(`${name}, ${moment} request ${request}${isolate.life.isOver ? "" : " (which did not come)"}`);
    const next = await this.#bed.newIsolate();
    await again(next);
    await comeToRest(this.#bed, next);
    if (this.#since.length >= CASES_BETWEEN_VERDICTS) await this.judge();
  }

  async judge(): Promise<void> {
    const { lost, twice, broken } = await verdictOf(this.#bed, [...this.#stores.values()]);
    const told = broken.length === 0 ? [] : [...broken, `killed since it last held: ${this.#since.join("; ")}`];
    this.verdict = {
      lost: this.verdict.lost + lost,
      twice: this.verdict.twice + twice,
      broken: [...this.verdict.broken, ...told],
    };
    this.#since = [];
    this.#stores.clear();
  }

  async #arrange(scene: Scene): Promise<Play> {
    this.#usher ??= await this.#bed.newIsolate();
    const isolate = this.#usher;
    this.#bed.employ(isolate);
    const store = await this.#storeOf(scene.pendingDays ?? 0, isolate);
    const newCustomer = () => {
      this.#customers += 1;
      return String(this.#customers);
    };
    return await scene({ bed: this.#bed, store, isolate, random: this.#random, newCustomer });
  }

  async #storeOf(pendingDays: number, isolate: Isolate): Promise<Store> {
    const known = this.#stores.get(pendingDays);
    if (known) return known;
    const store = await this.#bed.newStore({ pendingDays });
    this.#stores.set(pendingDays, store);
    await isolate.scheduled();
    await isolate.drain();
    return store;
  }
}
