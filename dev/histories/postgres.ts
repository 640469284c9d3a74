/**
 * Histories on real Postgres: each lives in a shop of its own, through the worker's flows, on several machines at once; news comes in batches,
 * again and late, sweeps come in between. At the end the books must hold every invariant and show what the model shows.
 */
import { setImmediate as turn } from "node:timers/promises";
import { excludedGroups, groupKey } from "../../worker/domain/product-groups.ts";
import { bookDueMembers } from "../../worker/flows/book-due.ts";
import type { Rooms } from "../../worker/flows/rooms.ts";
import type { Shop } from "../../worker/shops/shops.ts";
import { auditFaults } from "../audit.ts";
import type { Answer, History, Operation, Step } from "./history.ts";
import { Model } from "./model.ts";
import type { Living, Machine, Races } from "./postgres-machine.ts";
import {
  isOrderOperation,
  type LedgerOperation,
  type OrderOperation,
  orderJobOf,
  perform,
  settleBatch,
} from "./postgres-operations.ts";
import { differences, faultsOfDueDates, type Names, namesIn, seen } from "./postgres-outcome.ts";
import { type Random, randomOf } from "./postgres-random.ts";
import type { HistoryWorld } from "./postgres-world.ts";

/** What happened, so that one sees that everything really does. */
export interface Counts extends Races {
  histories: number;
  operations: number;
  /** With all repeats, early and late, and the sweeps in between. */
  deliveries: number;
  statements: number;
  refusals: Record<string, number>;
  entries: Record<string, number>;
}

export const noCounts = (): Counts => ({
  histories: 0,
  operations: 0,
  deliveries: 0,
  statements: 0,
  commits: 0,
  lost: 0,
  refusals: {},
  entries: {},
});

export interface Failure {
  /** Of the histories that were given. */
  readonly index: number;
  readonly faults: readonly string[];
}

/** How many histories of a batch live at the same moment. */
const LIVING_AT_ONCE = 1000;

/** Lives all histories, then audits the whole database. The one seed says how their deliveries fall. */
export async function liveAll(
  world: HistoryWorld,
  histories: readonly History[],
  seed: number,
  counts: Counts,
): Promise<Failure[]> {
  const shops = await world.addShops(histories.map((history) => history.currency));
  const statementsBefore = statementsOf(world);
  const lives = histories.map((history, index) => {
    const shop = shops[index];
    if (!shop) throw new Error("A history has no shop.");
    return new Life(world, shop, history, randomOf(seed, index), counts);
  });
  const waiting = [...lives];
  const livers = Array.from({ length: Math.min(LIVING_AT_ONCE, lives.length) }, async () => {
    for (let life = waiting.shift(); life; life = waiting.shift()) await life.live();
  });
  await Promise.all(livers);
  const [audited, moved, entries] = await Promise.all([auditFaults(world), world.moved(), world.counted(shops)]);
  for (const [kind, count] of Object.entries(entries)) counts.entries[kind] = (counts.entries[kind] ?? 0) + count;
  counts.histories += histories.length;
  counts.statements += statementsOf(world) - statementsBefore;
  return lives.flatMap((life, index) => {
    const own = audited.filter((fault) => fault.shopId === life.shop.id).map((fault) => fault.text);
    const faults = [...life.faults, ...own, ...life.compare(moved.get(life.shop.id) ?? {})];
    return faults.length === 0 ? [] : [{ index, faults }];
  });
}

function statementsOf(world: HistoryWorld): number {
  return world.machines.reduce((sum, machine) => sum + machine.statements, 0);
}

/** Steps that the queue could bring as one batch: news of different orders at one moment. Anything else goes alone. */
interface Round {
  readonly nowMs: number;
  readonly steps: readonly Step[];
}

export function roundsOf(history: History): Round[] {
  const rounds: { nowMs: number; steps: Step[] }[] = [];
  let nowMs = history.startMs;
  for (const step of history.steps) {
    nowMs += step.waitMs;
    const last = rounds.at(-1);
    const { operation } = step;
    const joins =
      last?.nowMs === nowMs &&
      isOrderOperation(operation) &&
      last.steps.every((one) => isOrderOperation(one.operation) && one.operation.orderId !== operation.orderId);
    if (joins) last.steps.push(step);
    else rounds.push({ nowMs, steps: [step] });
  }
  return rounds;
}

class Life {
  readonly faults: string[] = [];
  readonly shop: Shop;
  readonly #world: HistoryWorld;
  readonly #history: History;
  readonly #model: Model;
  readonly #random: Random;
  readonly #counts: Counts;
  readonly #names: Names;
  readonly #memberIds = new Set<string>();
  /** Groups that a published program names. */
  readonly #named = new Set<string>();
  readonly #rooms: readonly Rooms[];
  #nowMs: number;
  #seenAtLast: Awaited<ReturnType<typeof seen>> = { members: {}, orders: {}, redemptions: {} };

  constructor(world: HistoryWorld, shop: Shop, history: History, random: Random, counts: Counts) {
    this.shop = shop;
    this.#world = world;
    this.#history = history;
    this.#random = random;
    this.#counts = counts;
    this.#nowMs = history.startMs;
    this.#names = namesIn(history.steps.map((step) => step.operation));
    this.#model = new Model(history.currency);
    const met = (_shopId: number, memberIds: readonly string[]) => {
      for (const memberId of memberIds) this.#memberIds.add(memberId);
    };
    this.#rooms = world.machines.map((machine) => machine.rooms({ nowMs: () => this.#nowMs, races: counts, met }));
  }

  /** Lives through everything; what goes wrong is noted, not thrown. */
  async live(): Promise<void> {
    try {
      const rounds = roundsOf(this.#history);
      const looksAt = this.#random.below(rounds.length + 1);
      const past: OrderOperation[] = [];
      for (const [index, round] of rounds.entries()) {
        this.#nowMs = round.nowMs;
        if (past.length > 0 && this.#random.chance(0.1)) await this.#bringAgain(this.#random.oneOf(past));
        await this.#liveRound(round);
        for (const { operation } of round.steps) if (isOrderOperation(operation)) past.push(operation);
        if (index === looksAt) await this.#look(`after ${index + 1} rounds`);
        if (this.faults.length > 0) return;
      }
      await this.#end();
    } catch (fault) {
      this.faults.push(`a fault: ${textOf(fault)}`);
    }
  }

  /** What the ledger shows at the end against the model; `moved` is what its entries have moved. */
  compare(moved: Parameters<typeof differences>[0]["moved"]): string[] {
    if (this.faults.length > 0) return [];
    return differences({ ...this.#seenAtLast, moved }, this.#model.outcome(this.#nowMs));
  }

  async #liveRound({ steps }: Round): Promise<void> {
    const expected = steps.map((step) => this.#apply(step.operation));
    const [first] = steps;
    if (!first) return;
    this.#counts.operations += steps.length;
    if (first.operation.kind === "publish") {
      const { inForceFromMs, program } = first.operation;
      for (const group of excludedGroups(program.exclusions)) this.#named.add(groupKey(group));
      await this.#world.publish({ shopId: this.shop.id, program, inForceFromMs, publishedAtMs: this.#nowMs });
      return;
    }
    if (first.operation.kind === "group") return this.#learn(first.operation);
    const sweeping = this.#random.chance(0.1) ? this.#sweep() : null;
    if (isOrderOperation(first.operation)) await this.#settle(steps);
    else await this.#repeat(first.operation, first.deliveries, expected[0] ?? "done");
    await sweeping;
  }

  /** As `lojal_note_group_1` writes it, by the history's own clock. */
  async #learn({ group, productIds }: Extract<Operation, { kind: "group" }>): Promise<void> {
    const fromMs = this.#named.has(group) ? this.#nowMs + 60_000 : null;
    await this.#world.learn({ shopId: this.shop.id, group, productIds, fromMs });
  }

  #apply(operation: Operation): Answer {
    const answer = this.#model.apply(operation, this.#nowMs);
    if (answer !== "done" && answer !== "replay")
      this.#counts.refusals[answer] = (this.#counts.refusals[answer] ?? 0) + 1;
    return answer === "replay" ? "done" : answer;
  }

  /** The same request from several machines at once: the same answer for each of them. */
  async #repeat(operation: LedgerOperation, times: number, expected: Answer): Promise<void> {
    const answers = await Promise.all(Array.from({ length: times }, () => this.#perform(operation)));
    if (answers.some((answer) => answer !== expected))
      this.faults.push(`${JSON.stringify(operation)}: the ledger answers ${answers.join(", ")}, the model ${expected}`);
  }

  #perform(operation: LedgerOperation): Promise<Answer> {
    this.#counts.deliveries += 1;
    return perform(this.#room(), this.shop, operation, [...this.#memberIds]);
  }

  /** One batch with its repeats in it; or the whole batch from a second machine as well, at the same time. */
  async #settle(steps: readonly Step[]): Promise<void> {
    const jobs = steps.flatMap(({ operation }) =>
      isOrderOperation(operation) ? [orderJobOf(this.shop, operation)] : [],
    );
    const repeats = steps.flatMap(({ deliveries }, index) =>
      Array.from({ length: deliveries - 1 }, () => jobs[index] ?? []).flat(),
    );
    const shuffled = this.#random.shuffled(repeats);
    const cut = this.#random.below(shuffled.length + 1);
    const batches = [[...jobs, ...shuffled.slice(0, cut)]];
    if (cut < shuffled.length) batches.push([...jobs, ...shuffled.slice(cut)]);
    this.#counts.deliveries += batches.flat().length;
    const from = this.#random.below(this.#rooms.length);
    await Promise.all(batches.map((batch, index) => settleBatch(this.#room(from + index), batch)));
  }

  /** News that was heard before comes once more, late. */
  async #bringAgain(operation: OrderOperation): Promise<void> {
    await this.#repeat(operation, 1, this.#apply(operation));
  }

  async #sweep(): Promise<void> {
    // The sweep may read before the operation does, or after it, or in between.
    for (let turns = this.#random.below(3); turns > 0; turns--) await turn();
    await this.#perform({ kind: "sweep" });
  }

  async #end(): Promise<void> {
    if (!this.#hasNewRules()) await this.#checkDueDates("before the last sweep");
    const [machine] = this.#world.machines;
    if (machine)
      await sweepToTheEnd(machine, { nowMs: () => this.#nowMs, races: this.#counts }, this.shop, this.#memberIds);
    await this.#checkDueDates("at the end");
    this.#seenAtLast = await seen(this.#room(), this.shop, this.#names);
  }

  /** Whether the rules changed after anything else had happened: until a sweep has been by, members are dated by the rules before. */
  #hasNewRules(): boolean {
    const operations = this.#history.steps.map(({ operation }) => operation.kind);
    const begun = operations.findIndex((kind) => kind !== "publish");
    return operations.includes("publish", Math.max(0, begun));
  }

  async #checkDueDates(when: string): Promise<void> {
    const faults = await faultsOfDueDates(this.#world, this.#room(), this.shop);
    for (const fault of faults) this.faults.push(`${fault}, ${when}`);
  }

  async #look(when: string): Promise<void> {
    const now = await seen(this.#room(), this.shop, this.#names);
    const model = this.#model.outcome(this.#nowMs);
    for (const line of differences({ ...now, moved: model.moved }, model)) this.faults.push(`${when}, ${line}`);
  }

  #room(index = this.#random.below(this.#rooms.length)): Rooms {
    const rooms = this.#rooms[index % this.#rooms.length];
    if (!rooms) throw new Error("A world has no machine.");
    return rooms;
  }
}

/** Books all that is due. A sweep leaves it at a lost race; here nobody else would book it. */
export async function sweepToTheEnd(
  machine: Machine,
  living: Living,
  shop: Shop,
  memberIds: ReadonlySet<string>,
): Promise<void> {
  for (let races: Races = { commits: 0, lost: 1 }; races.lost > 0; ) {
    races = { commits: 0, lost: 0 };
    await bookDueMembers(machine.rooms({ ...living, races }), shop, [...memberIds]);
  }
}

/** Drizzle's message holds every parameter: what Postgres said is what matters. */
export function textOf(fault: unknown): string {
  const cause = fault instanceof Error && fault.cause instanceof Error ? fault.cause : fault;
  if (!(cause instanceof Error)) return String(cause);
  const constraint = "constraint" in cause && cause.constraint ? ` (${String(cause.constraint)})` : "";
  const place = /\b(?:worker|dev)\/[\w/.-]+:\d+/.exec(cause.stack ?? "")?.[0] ?? "";
  return `${cause.message.slice(0, 300)}${constraint} ${place}`.trim();
}
