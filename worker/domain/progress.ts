/**
 * What members have done towards a tier: each order counts for something on the day it was created, and a member's progress is the sum of
 * what their orders count for, day by day. An order that counts for more or less moves the sum by the difference.
 */
import { addMonths } from "./calendar.ts";

/** What one order counts for towards its member's tier. */
export interface Contribution {
  /** The day it was created, in the shop's calendar. */
  readonly day: number;
  /** Tier points: without any multiplier, so that no tier helps itself. */
  readonly points: number;
  readonly spentMinor: number;
  readonly orders: 0 | 1;
  /** Tiers that were bought with it. */
  readonly memberships: readonly BoughtTier[];
}

/** A tier for so many months, because it was bought. */
export interface BoughtTier {
  readonly tierId: string;
  readonly months: number;
}

/** A tier that was bought on a day. */
export interface Membership extends BoughtTier {
  readonly day: number;
}

/** What a member did on a day: its number, tier points, minor units spent, orders. Short, because it is read with every account. */
export type DayProgress = readonly [day: number, points: number, spentMinor: number, orders: number];

export interface Progress {
  /** Oldest first; days on which something counts. */
  readonly days: readonly DayProgress[];
  /** All that was done until that day and on it, together: no period that a tier looks at reaches back so far, but for a whole life. */
  readonly earlier: DayProgress | null;
  readonly memberships: readonly Membership[];
  /** Ids of the tiers whose entry gift the member was given. */
  readonly gifts: readonly string[];
}

export const NO_PROGRESS: Progress = { days: [], earlier: null, memberships: [], gifts: [] };

/** So long each day is kept apart: the longest period and the longest grace, a year each, and two months more. */
const MONTHS_APART = 26;

/** The progress after an order counts for something else: `before` is taken away, `after` is added. */
export function moveProgress(
  progress: Progress,
  before: Contribution | null,
  after: Contribution | null,
  today: number,
): Progress {
  const less = before === null ? progress : added(progress, before, -1);
  return folded(after === null ? less : added(less, after, 1), today);
}

/** Two members became one: what both did counts, and a gift that one of them had is not given again. */
export function joinProgress(a: Progress, b: Progress): Progress {
  const all = [...b.days, ...(b.earlier === null ? [] : [b.earlier])];
  const untilDay = Math.max(a.earlier?.[0] ?? Number.NEGATIVE_INFINITY, b.earlier?.[0] ?? Number.NEGATIVE_INFINITY);
  const joined = all.reduce(addDay, foldedUntil(a, untilDay));
  return {
    ...joined,
    memberships: [...a.memberships, ...b.memberships].sort(byDay),
    gifts: [...new Set([...a.gifts, ...b.gifts])].sort(),
  };
}

function added(progress: Progress, counted: Contribution, sign: 1 | -1): Progress {
  const { day, points, spentMinor, orders, memberships } = counted;
  const isNothing = points === 0 && spentMinor === 0 && orders === 0;
  const moved = isNothing ? progress : addDay(progress, [day, sign * points, sign * spentMinor, sign * orders]);
  if (memberships.length === 0) return moved;
  const bought = memberships.map((one): Membership => ({ day, ...one }));
  const all = sign > 0 ? [...moved.memberships, ...bought] : bought.reduce(withoutOne, moved.memberships);
  return { ...moved, memberships: [...all].sort(byDay) };
}

function addDay(progress: Progress, more: DayProgress): Progress {
  const [day] = more;
  const { earlier } = progress;
  if (earlier !== null && day <= earlier[0]) return { ...progress, earlier: sumOf(earlier, more) };
  const index = progress.days.findIndex(([other]) => other >= day);
  const at = index === -1 ? progress.days.length : index;
  const there = progress.days[at];
  const isThere = there !== undefined && there[0] === day;
  const sum = isThere ? sumOf(there, more) : more;
  const isLeft = sum[1] !== 0 || sum[2] !== 0 || sum[3] !== 0;
  const days = [
    ...progress.days.slice(0, at),
    ...(isLeft ? [sum] : []),
    ...progress.days.slice(at + (isThere ? 1 : 0)),
  ];
  return { ...progress, days };
}

function sumOf([day, points, spentMinor, orders]: DayProgress, more: DayProgress): DayProgress {
  return [day, points + more[1], spentMinor + more[2], orders + more[3]];
}

/** Days that no period reaches any more become one. */
function folded(progress: Progress, today: number): Progress {
  const untilDay = addMonths(today, -MONTHS_APART);
  const oldest = progress.days[0];
  return oldest === undefined || oldest[0] > untilDay ? progress : foldedUntil(progress, untilDay);
}

/** The day is none before what is folded already. */
function foldedUntil(progress: Progress, untilDay: number): Progress {
  if (!Number.isFinite(untilDay)) return progress;
  const { days, earlier } = progress;
  const start: DayProgress = sumOf([untilDay, 0, 0, 0], earlier ?? [untilDay, 0, 0, 0]);
  const whole = days.filter(([day]) => day <= untilDay).reduce(sumOf, start);
  return { ...progress, days: days.filter(([day]) => day > untilDay), earlier: whole };
}

function withoutOne(all: readonly Membership[], gone: Membership): readonly Membership[] {
  const index = all.findIndex((one) => byDay(one, gone) === 0);
  return all.filter((_, other) => other !== index);
}

function byDay(a: Membership, b: Membership): number {
  return a.day - b.day || (a.tierId < b.tierId ? -1 : a.tierId > b.tierId ? 1 : a.months - b.months);
}

/** Whether nothing was done and nothing was given. */
export function isBlank({ days, earlier, memberships, gifts }: Progress): boolean {
  return days.length + memberships.length + gifts.length === 0 && earlier === null;
}
