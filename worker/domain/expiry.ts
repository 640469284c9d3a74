/** When points expire: a function of the lot, of the program's versions, and of what the member did last. */
import { isoDay } from "./calendar.ts";
import { DAY_MS, type LotOrigin } from "./lots.ts";
import { type ProgramVersion, versionInForce } from "./program.ts";

/** N months after the points became available, or N months after the member's last activity. */
export interface ExpiryRule {
  readonly kind: "after-available" | "after-inactivity";
  readonly months: number;
}

/** A stretch of time under one rule; null = points do not expire. */
export interface ExpiryTerm {
  readonly rule: ExpiryRule | null;
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * The rules a shop has had and is going to have, oldest first. A version counts from when it is in force, but never from before it was
 * published: nobody's points expire by a rule of which they could not have known.
 */
export function expiryTerms(versions: readonly ProgramVersion[]): readonly ExpiryTerm[] {
  const starts = versions.map((version) => Math.max(version.inForceFromMs, version.publishedAtMs));
  const terms: ExpiryTerm[] = [];
  for (const fromMs of [...new Set(starts)].sort((a, b) => a - b)) {
    const published = versions.filter((version) => version.publishedAtMs <= fromMs);
    const rule = versionInForce(published, fromMs)?.program.expiry ?? null;
    const last = terms.at(-1);
    if (last && isSameRule(last.rule, rule)) continue;
    if (last) terms[terms.length - 1] = { ...last, untilMs: fromMs };
    terms.push({ rule, fromMs, untilMs: Number.POSITIVE_INFINITY });
  }
  return terms;
}

/**
 * When this lot's points expire; null = never, as things stand. A lot's own date (grace, an import) stands above every rule. A new rule
 * starts the clock on the day it begins, and an old one ends with what it had not made expire yet.
 */
export function expiryOf(lot: LotOrigin, terms: readonly ExpiryTerm[], lastActivityMs: number | null): number | null {
  if (lot.fixedExpiryMs !== null) return lot.fixedExpiryMs;
  for (const term of terms) {
    const expiresAtMs = expiryWithin(lot, term, lastActivityMs);
    if (expiresAtMs !== null) return expiresAtMs;
  }
  return null;
}

/** The rule by which this lot's points expire; null = none: they have a date of their own, or never do. */
export function expiryRuleOf(
  lot: LotOrigin,
  terms: readonly ExpiryTerm[],
  lastActivityMs: number | null,
): ExpiryRule | null {
  if (lot.fixedExpiryMs !== null) return null;
  return terms.find((term) => expiryWithin(lot, term, lastActivityMs) !== null)?.rule ?? null;
}

/**
 * When the lot expires by the rule of this stretch of time; null when it does not before the stretch is over. What is due at the very moment in which
 * another rule begins is gone by then, whether or not somebody had looked.
 */
function expiryWithin(
  lot: LotOrigin,
  { rule, fromMs, untilMs }: ExpiryTerm,
  lastActivityMs: number | null,
): number | null {
  if (rule === null) return null;
  const activityMs = rule.kind === "after-inactivity" ? (lastActivityMs ?? 0) : 0;
  const expiresAtMs = dayIsOver(monthsAfter(Math.max(lot.availableAtMs, fromMs, activityMs), rule.months));
  return expiresAtMs <= untilMs ? expiresAtMs : null;
}

function isSameRule(a: ExpiryRule | null, b: ExpiryRule | null): boolean {
  return a?.kind === b?.kind && a?.months === b?.months;
}

/** The same day of a later month; its last day, where it is shorter. */
export function monthsAfter(moment: number, months: number): number {
  const start = new Date(moment);
  const [year, month, day] = [start.getUTCFullYear(), start.getUTCMonth() + months, start.getUTCDate()];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(day, lastDay)) + (moment - Date.UTC(year, start.getUTCMonth(), day));
}

/** Noon UTC of the next day: by then the day is over in every shop's time zone (I10). */
export function dayIsOver(moment: number): number {
  const day = new Date(moment);
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate() + 1, 12);
}

/** The last day on which points that expire then are there, as 2026-01-31: the day that people are told. */
export function lastDayBefore(expiresAtMs: number): string {
  return isoDay(Math.floor((expiresAtMs - HALF_A_DAY_MS - 1) / DAY_MS));
}

const HALF_A_DAY_MS = DAY_MS / 2;
