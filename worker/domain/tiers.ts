/**
 * Which tier a member has: a function of their progress, the rules in force at the moment asked for, and the shop's calendar. Nothing of it is
 * stored, so it is right at every moment, whether or not a job ran (docs/decisions/0017-a-tier-is-computed.md).
 */
import { addMonths, dayOf, startOfDay, startOfYear } from "./calendar.ts";
import { type ProgramVersion, type ShopRules, versionInForce } from "./program.ts";
import type { Progress } from "./progress.ts";
import { SINGLE_MULTIPLIER } from "./settlement.ts";

export interface TierRules {
  /** What is counted. */
  readonly basis: "points" | "spend" | "orders";
  /** Tier points at a rate of their own; null = the points that orders earn, without any multiplier. */
  readonly tierPoints: { readonly points: number; readonly perMinor: number } | null;
  /** The time in which it is counted. */
  readonly period: "rolling-year" | "calendar-year" | "lifetime";
  /** So many months a tier is kept after time alone has taken it. */
  readonly graceMonths: number;
  /** Customers are tagged with this and the id of their tier; null = they are not. */
  readonly tagPrefix: string | null;
  /** Lowest first. */
  readonly levels: readonly Tier[];
}

export interface Tier {
  readonly id: string;
  readonly name: string;
  /** Tier points, minor units or orders that it takes; null = it can only be bought. */
  readonly threshold: number | null;
  /** What orders of members of this tier earn; 10000 is one. */
  readonly multiplier: number;
  /** Points that are given once, when the tier is first reached and its orders can no longer be returned. 0 = none. */
  readonly giftPoints: number;
  /** Products that give the tier for so many months each; null = it cannot be bought. */
  readonly membership: { readonly productIds: readonly string[]; readonly months: number } | null;
}

/** Where a member stands at a moment. */
export interface Standing {
  /** Null = in none. */
  readonly tier: Tier | null;
  /** 0 = in none; 1 is the lowest tier. */
  readonly rank: number;
  /** Since when they have had it without a break, as the present rules see it; null where they have none, or where it is too long ago. */
  readonly sinceMs: number | null;
  /** When they lose it if they do nothing more; null = not by time alone. */
  readonly untilMs: number | null;
  /** What they have done in the present period, in what the program counts. */
  readonly counted: number;
  /** The next tier that can be reached, and how much more it takes; null = none. */
  readonly next: { readonly tier: Tier; readonly missing: number } | null;
}

const NO_STANDING: Standing = { tier: null, rank: 0, sinceMs: null, untilMs: null, counted: 0, next: null };

/** The tiers of the program in force at a moment; null = it has none. */
export function tiersAt(versions: readonly ProgramVersion[], atMs: number): TierRules | null {
  return versionInForce(versions, atMs)?.program.tiers ?? null;
}

/** A member's tier at a moment, and what moves it. */
export function standingAt(progress: Progress, rules: ShopRules, atMs: number): Standing {
  const tiers = tiersAt(rules.versions, atMs);
  if (tiers === null) return NO_STANDING;
  const ladder = new Ladder(progress, tiers);
  const day = dayOf(atMs, rules.timeZone);
  const rank = ladder.rankOn(day);
  const sinceDay = rank === 0 ? null : ladder.rankSince(day);
  const begunMs = runBegan(rules.versions, atMs, (version) => version.program.tiers !== null);
  const change = ladder.nextChange(day);
  const counted = ladder.countedOn(day);
  // What they have done would have reached it, if it were no more than that takes.
  const next = tiers.levels.find(({ threshold }, index) => index >= rank && threshold !== null);
  return {
    tier: tiers.levels[rank - 1] ?? null,
    rank,
    sinceMs: sinceDay === null ? null : Math.max(startOfDay(sinceDay, rules.timeZone), begunMs),
    untilMs: change !== null && change.rank < rank ? startOfDay(change.day, rules.timeZone) : null,
    counted,
    next: next ? { tier: next, missing: (next.threshold ?? 0) - counted } : null,
  };
}

/** A member's tier at a moment, and its place among the tiers: 0 for none, 1 for the lowest. */
export function tierAt(
  progress: Progress,
  rules: ShopRules,
  atMs: number,
): { readonly tier: Tier | null; readonly rank: number } {
  const tiers = tiersAt(rules.versions, atMs);
  if (tiers === null) return { tier: null, rank: 0 };
  const rank = new Ladder(progress, tiers).rankOn(dayOf(atMs, rules.timeZone));
  return { tier: tiers.levels[rank - 1] ?? null, rank };
}

/** The multiplier of an order that was created on a day, under the tiers of its own version. The order itself is not counted yet. */
export function multiplierOn(progress: Progress, tiers: TierRules | null, day: number): number {
  if (tiers === null) return SINGLE_MULTIPLIER;
  return tiers.levels[new Ladder(progress, tiers).rankOn(day) - 1]?.multiplier ?? SINGLE_MULTIPLIER;
}

/** An entry gift that is to be given. */
export interface Gift {
  readonly tier: Tier;
  readonly dueMs: number;
}

/**
 * The entry gifts that a member was not given yet and is going to get, soonest first: each tier's, once what reached it can no longer be returned.
 * Whoever leaps over a tier gets its gift too, so that it does not matter what was heard of first. What was reached before the gift was offered
 * counts if it was still held then.
 */
export function comingGifts(progress: Progress, rules: ShopRules, nowMs: number): readonly Gift[] {
  const inForce = versionInForce(rules.versions, nowMs);
  const tiers = inForce?.program.tiers ?? null;
  if (inForce === null || tiers === null) return [];
  const open = tiers.levels.filter(({ id, giftPoints }) => giftPoints > 0 && !progress.gifts.includes(id));
  if (open.length === 0) return [];
  const { timeZone, versions } = rules;
  const { pendingDays } = inForce.program;
  const ladder = new Ladder(progress, tiers);
  const gifts = open.flatMap((tier): Gift[] => {
    const sinceMs = runBegan(versions, nowMs, (version) => offersGift(version, tier.id));
    const day = ladder.reachedFirst(tiers.levels.indexOf(tier) + 1, dayOf(sinceMs, timeZone));
    // A day is over when the next one begins; without a return window there is nothing to wait for.
    const firmDay = day === null ? null : day + (pendingDays === 0 ? 0 : pendingDays + 1);
    return firmDay === null ? [] : [{ tier, dueMs: Math.max(startOfDay(firmDay, timeZone), sinceMs) }];
  });
  return gifts.sort((a, b) => a.dueMs - b.dueMs);
}

/** When time alone next changes a member's tier, or makes a gift due; null = never. */
export function nextTierMs(progress: Progress, rules: ShopRules, nowMs: number): number | null {
  const tiers = tiersAt(rules.versions, nowMs);
  if (tiers === null) return null;
  const change = new Ladder(progress, tiers).nextChange(dayOf(nowMs, rules.timeZone));
  const moments = comingGifts(progress, rules, nowMs).map(({ dueMs }) => dueMs);
  if (change !== null) moments.push(startOfDay(change.day, rules.timeZone));
  return moments.length === 0 ? null : Math.min(...moments);
}

function offersGift({ program }: ProgramVersion, tierId: string): boolean {
  return program.tiers?.levels.some(({ id, giftPoints }) => id === tierId && giftPoints > 0) ?? false;
}

/** Since when, without a break until this moment, the program in force has been such a one. Nobody could know of a version before it was published. */
function runBegan(
  versions: readonly ProgramVersion[],
  atMs: number,
  isSuch: (version: ProgramVersion) => boolean,
): number {
  const starts = versions.map(({ inForceFromMs, publishedAtMs }) => Math.max(inForceFromMs, publishedAtMs));
  const past = [...new Set(starts)].filter((start) => start <= atMs).sort((a, b) => b - a);
  let began = atMs;
  for (const start of past) {
    const known = versions.filter(({ publishedAtMs }) => publishedAtMs <= start);
    const version = versionInForce(known, start);
    if (version === null || !isSuch(version)) return began;
    began = start;
  }
  return began;
}

/** A stretch of days for which a tier was bought: the last one does not belong to it. */
interface Bought {
  readonly rank: number;
  readonly fromDay: number;
  readonly untilDay: number;
}

/** One member's days under one set of rules. */
class Ladder {
  readonly #tiers: TierRules;
  /** The days on which something counts, and what counts until each of them and on it. */
  readonly #days: readonly number[];
  readonly #sums: readonly number[];
  readonly #earlierDay: number;
  readonly #bought: readonly Bought[];

  constructor({ days, earlier, memberships }: Progress, tiers: TierRules) {
    const column = COLUMNS[tiers.basis];
    let sum = earlier?.[column] ?? 0;
    this.#tiers = tiers;
    this.#days = days.map(([day]) => day);
    this.#earlierDay = earlier?.[0] ?? Number.NEGATIVE_INFINITY;
    this.#sums = [sum, ...days.map((day) => (sum += day[column]))];
    this.#bought = boughtStretches(memberships, tiers);
  }

  /** What is counted of a day's period until that day and on it. */
  countedOn(day: number): number {
    const { period } = this.#tiers;
    if (period === "lifetime") return this.#sumUntil(day);
    const before = period === "rolling-year" ? addMonths(day, -12) : startOfYear(day) - 1;
    return this.#sumUntil(day) - this.#sumUntil(before);
  }

  /** The rank of a day: by what was done, with grace on the way down, or by what was bought. */
  rankOn(day: number): number {
    const bought = this.#bought.filter(({ fromDay, untilDay }) => fromDay <= day && day < untilDay);
    const first = this.#firstGraced(day);
    // What is counted rises only on a day on which something was done: the highest of the days in between is one of these.
    const days = [day, first, ...this.#days.filter((one) => one > first && one < day)];
    const most = Math.max(...days.map((one) => this.countedOn(one)));
    const reached = this.#tiers.levels.findLastIndex(({ threshold }) => threshold !== null && threshold <= most) + 1;
    return Math.max(reached, ...bought.map(({ rank }) => rank));
  }

  /** The first day after this one on which the rank is another one, if nothing more is done; null = none. */
  nextChange(day: number): { readonly day: number; readonly rank: number } | null {
    const present = this.rankOn(day);
    for (const next of this.#turns((turn) => turn > day).sort((a, b) => a - b)) {
      const rank = this.rankOn(next);
      if (rank !== present) return { day: next, rank };
    }
    return null;
  }

  /** The first day of the days without a break that have had the rank of this one; null where that is too long ago. */
  rankSince(day: number): number | null {
    const present = this.rankOn(day);
    for (const turn of this.#turns((one) => one <= day).sort((a, b) => b - a)) {
      if (turn <= this.#earlierDay) return null;
      if (this.rankOn(turn - 1) !== present) return turn;
    }
    return null;
  }

  /** The first day from this one on, of those that are known, whose rank is at least so high; null = none. */
  reachedFirst(rank: number, fromDay: number): number | null {
    const first = Math.max(fromDay, this.#earlierDay + 1);
    const starts = [...this.#days, ...this.#bought.map((one) => one.fromDay)].filter((day) => day > first);
    return [first, ...starts.sort((a, b) => a - b)].find((day) => this.rankOn(day) >= rank) ?? null;
  }

  /** The first day whose tier is still kept on this one: grace counts from the day after it. */
  #firstGraced(day: number): number {
    const { graceMonths } = this.#tiers;
    if (graceMonths === 0) return day;
    // A shorter month in between moves it by some days.
    let first = addMonths(day, -graceMonths) - 5;
    while (addMonths(first + 1, graceMonths) <= day) first += 1;
    return Math.min(first, day);
  }

  /** Days on which the rank may be another one than the day before. */
  #turns(isWanted: (day: number) => boolean): number[] {
    const { graceMonths, period } = this.#tiers;
    const falls = period === "lifetime" ? [] : this.#days.map((day) => addMonths(dropOf(day, period), graceMonths));
    const bought = this.#bought.flatMap(({ fromDay, untilDay }) => [fromDay, untilDay]);
    return [...new Set([...this.#days, ...falls, ...bought])].filter(isWanted);
  }

  #sumUntil(day: number): number {
    let [low, high] = [0, this.#days.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#days[middle] ?? 0) <= day) low = middle + 1;
      else high = middle;
    }
    return this.#sums[low] ?? 0;
  }
}

const COLUMNS = { points: 1, spend: 2, orders: 3 } as const;

/** The first day that does not count what was done on this one. */
function dropOf(day: number, period: "rolling-year" | "calendar-year"): number {
  if (period === "calendar-year") return startOfYear(day, 1);
  const anniversary = addMonths(day, 12);
  // The 29th of February has none: the 1st of March is the first whose year does not hold it.
  return addMonths(anniversary, -12) < day ? anniversary + 1 : anniversary;
}

/** What was bought of one tier is used one after the other: whoever renews early loses nothing. */
function boughtStretches(memberships: Progress["memberships"], { levels }: TierRules): readonly Bought[] {
  const ends = new Map<string, number>();
  return memberships.flatMap(({ day, tierId, months }) => {
    const rank = levels.findIndex(({ id }) => id === tierId) + 1;
    if (rank === 0) return [];
    const fromDay = Math.max(day, ends.get(tierId) ?? day);
    const untilDay = addMonths(fromDay, months);
    ends.set(tierId, untilDay);
    return [{ rank, fromDay, untilDay }];
  });
}
