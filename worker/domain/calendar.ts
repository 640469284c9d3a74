/** Days of a shop's calendar: a day is a whole number, counted from 1970-01-01, in the shop's own time zone. */
import { DAY_MS } from "./lots.ts";

/** What a shop has whose time zone nobody told us, or that nobody knows. */
export const DEFAULT_TIME_ZONE = "UTC";

/** To make one costs much more than to use it. */
const clocks = new Map<string, Intl.DateTimeFormat | null>();

/** Which day it is there at this moment. */
export function dayOf(moment: number, timeZone: string): number {
  return Math.floor((moment + offsetOf(moment, timeZone)) / DAY_MS);
}

/** The first moment of a day; where the clock skips midnight, the first one after it. */
export function startOfDay(day: number, timeZone: string): number {
  const midnight = day * DAY_MS;
  const first = midnight - offsetOf(midnight, timeZone);
  const second = midnight - offsetOf(first, timeZone);
  const [early, late] = [Math.min(first, second), Math.max(first, second)];
  return dayOf(early, timeZone) >= day ? early : late;
}

/**
 * The moment at which clocks there show a time of a day; the first, where they show it twice. Null where they skip it, or where there is no such
 * day or time.
 */
export function momentAt(
  timeZone: string,
  { year, month, day, hour, minute }: Readonly<Record<"year" | "month" | "day" | "hour" | "minute", number>>,
): number | null {
  const shown = Date.UTC(year, month - 1, day, hour, minute);
  const at = new Date(shown);
  // A day too many shows in the month, an hour or a minute too many in the hour.
  if (at.getUTCMonth() !== month - 1 || at.getUTCHours() !== hour) return null;
  const offsets = [shown - DAY_MS, shown + DAY_MS].map((near) => offsetOf(near, timeZone));
  const moments = offsets
    .map((offset) => shown - offset)
    .filter((moment) => moment + offsetOf(moment, timeZone) === shown);
  return moments.length === 0 ? null : Math.min(...moments);
}

/** What clocks there show, as staff enter it: 2026-12-01 00:00. */
export function clockText(moment: number, timeZone: string): string {
  return new Date(moment + offsetOf(moment, timeZone)).toISOString().slice(0, 16).replace("T", " ");
}

/** 2026-01-31. */
export function isoDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The day that is written so; null where there is none. Whatever else can be read as a date is written otherwise. */
export function dayFromIso(text: string): number | null {
  const day = Date.parse(`${text}T00:00:00Z`) / DAY_MS;
  return /^\d{4}-/.test(text) && Number.isInteger(day) && isoDay(day) === text ? day : null;
}

/** The same day of another month, `months` later (or earlier, where negative); its last day, where it is shorter. */
export function addMonths(day: number, months: number): number {
  const { year, month, date } = dateOf(day);
  const last = new Date(Date.UTC(year, month + months + 1, 0)).getUTCDate();
  return Date.UTC(year, month + months, Math.min(date, last)) / DAY_MS;
}

/** The first of January of the year in which a day is, or of one so many years later. */
export function startOfYear(day: number, yearsLater = 0): number {
  return Date.UTC(dateOf(day).year + yearsLater, 0, 1) / DAY_MS;
}

function dateOf(day: number): { readonly year: number; readonly month: number; readonly date: number } {
  const at = new Date(day * DAY_MS);
  return { year: at.getUTCFullYear(), month: at.getUTCMonth(), date: at.getUTCDate() };
}

/** How far the clocks there are ahead of UTC. */
function offsetOf(moment: number, timeZone: string): number {
  const clock = clockOf(timeZone);
  if (clock === null) return 0;
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of clock.formatToParts(moment)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment / 1_000) * 1_000;
}

/** Null for UTC, and for a zone that nobody knows. */
function clockOf(timeZone: string): Intl.DateTimeFormat | null {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = timeZone === DEFAULT_TIME_ZONE ? null : newClock(timeZone);
  clocks.set(timeZone, clock);
  return clock;
}

function newClock(timeZone: string): Intl.DateTimeFormat | null {
  const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone, ...numeric, second: "numeric", hourCycle: "h23" });
  } catch (fault) {
    if (fault instanceof RangeError) return null;
    throw fault;
  }
}
