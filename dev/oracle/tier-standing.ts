/**
 * A second opinion on tiers: walks through the calendar day by day, with a calendar of its own, and shares no code with the worker. Days are
 * counted from 1970 in UTC.
 */

export interface TierQuestion {
  readonly period: "rolling-year" | "calendar-year" | "lifetime";
  readonly graceMonths: number;
  /** Lowest first; null = can only be bought. */
  readonly thresholds: readonly (number | null)[];
  /** What was done on which day, each after the end of what is summed up. */
  readonly done: readonly { readonly day: number; readonly amount: number }[];
  /** What was done until that day and on it, summed up. */
  readonly earlier: { readonly day: number; readonly amount: number } | null;
  /** Bought tiers by their place from 0, in the sequence of their days. */
  readonly bought: readonly { readonly day: number; readonly level: number; readonly months: number }[];
  readonly today: number;
}

export interface TierAnswer {
  /** 0 = in none; 1 is the lowest tier. */
  readonly rank: number;
  readonly counted: number;
  /** The first day of the unbroken run; null = none, or too long ago. */
  readonly sinceDay: number | null;
  /** The first later day with another rank, and whether that is a lower one; null = none for ever. */
  readonly change: { readonly day: number; readonly isFall: boolean } | null;
  /** Place from 0 of the next tier that can be reached by doing more. */
  readonly nextLevel: number | null;
}

const DAY_MS = 86_400_000;
/** Longer than any period and any grace together. */
const HORIZON_DAYS = 3 * 366;

export function tierStanding(question: TierQuestion): TierAnswer {
  const { thresholds, done, earlier, bought, today } = question;
  const known = [...done, ...bought].map(({ day }) => day);
  const until = Math.max(today, ...known) + HORIZON_DAYS + 12 * 31 * bought.length;
  const from = Math.min(today, ...known) - HORIZON_DAYS;
  const ranks = ranksByDay(question, from, until);
  const rank = ranks.get(today) ?? 0;
  const counted = countedOn(question, today);
  let since: number | null = today;
  while (since !== null && ranks.get(since - 1) === rank) since = since > from ? since - 1 : null;
  // The first day that is known has none before it to be compared with; nor can be told what is summed up.
  if (since !== null && (since <= from + 1 || (earlier !== null && since <= earlier.day))) since = null;
  let turn = today + 1;
  while (turn <= until && ranks.get(turn) === rank) turn += 1;
  const next = thresholds.findIndex((one, level) => level >= rank && one !== null && one > counted);
  return {
    rank,
    counted,
    sinceDay: since,
    change: turn > until ? null : { day: turn, isFall: (ranks.get(turn) ?? 0) < rank },
    nextLevel: next < 0 ? null : next,
  };
}

function ranksByDay(question: TierQuestion, from: number, until: number): Map<number, number> {
  const { thresholds, graceMonths } = question;
  const stretches = stretchesOf(question);
  const reached: number[] = [];
  const ranks = new Map<number, number>();
  let oldest = from;
  for (let day = from; day <= until; day++) {
    const counted = countedOn(question, day);
    reached.push(
      thresholds.reduce<number>((best, one, level) => (one !== null && one <= counted ? level + 1 : best), 0),
    );
    // A day's tier is kept until so many months after the day that follows it.
    while (monthsLater(oldest + 1, graceMonths) <= day) oldest += 1;
    const byDeeds = Math.max(...reached.slice(Math.min(oldest, day) - from));
    const held = stretches.filter(({ first, end }) => first <= day && day < end).map(({ level }) => level + 1);
    ranks.set(day, Math.max(byDeeds, ...held));
  }
  return ranks;
}

function countedOn({ period, done, earlier }: TierQuestion, day: number): number {
  const isCounted = (one: number): boolean => {
    if (one > day) return false;
    if (period === "lifetime") return true;
    return period === "calendar-year" ? yearOf(one) === yearOf(day) : one > monthsLater(day, -12);
  };
  const sum = done.filter((one) => isCounted(one.day)).reduce((all, { amount }) => all + amount, 0);
  return sum + (period === "lifetime" ? (earlier?.amount ?? 0) : 0);
}

/** Bought again while it lasts, it lasts so much longer. */
function stretchesOf({ bought }: TierQuestion): { level: number; first: number; end: number }[] {
  const stretches: { level: number; first: number; end: number }[] = [];
  for (const { day, level, months } of bought) {
    const before = stretches.filter((one) => one.level === level).map(({ end }) => end);
    const first = Math.max(day, ...before);
    stretches.push({ level, first, end: monthsLater(first, months) });
  }
  return stretches;
}

const yearOf = (day: number) => new Date(day * DAY_MS).getUTCFullYear();

/** The same day of another month; its last one where it has no such day. */
function monthsLater(day: number, months: number): number {
  const date = new Date(day * DAY_MS);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months];
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(date.getUTCDate(), last)) / DAY_MS;
}
