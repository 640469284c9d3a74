/** The model's calendar: when a rule begins and ends, and when points expire under it. */
import type { Program } from "../../worker/domain/program.ts";

export const DAY = 24 * 3600 * 1000;

export interface Published {
  readonly number: number;
  readonly inForceFromMs: number;
  readonly publishedAtMs: number;
  readonly program: Program;
}

/** Of what was published by `knownMs`, the latest in force at `atMs`; of two from the same moment, the one published later. */
export function inForce(all: readonly Published[], atMs: number, knownMs: number): Published | null {
  const begun = all.filter((one) => one.inForceFromMs <= atMs && one.publishedAtMs <= knownMs);
  return begun.sort((a, b) => a.inForceFromMs - b.inForceFromMs || a.number - b.number).at(-1) ?? null;
}

export interface Run {
  readonly rule: NonNullable<Program["expiry"]>;
  readonly fromMs: number;
  untilMs: number;
}

/** Unbroken stretches of one and the same expiry rule. */
export function runsOf(all: readonly Published[]): readonly Run[] {
  const moments = all.map((one) => Math.max(one.inForceFromMs, one.publishedAtMs)).sort((a, b) => a - b);
  const runs: Run[] = [];
  let open: Run | null = null;
  for (const moment of moments) {
    const rule = inForce(all, moment, moment)?.program.expiry ?? null;
    if (open !== null && rule !== null && rule.kind === open.rule.kind && rule.months === open.rule.months) continue;
    if (open !== null) open.untilMs = moment;
    open = rule === null ? null : { rule, fromMs: moment, untilMs: Number.POSITIVE_INFINITY };
    if (open !== null) runs.push(open);
  }
  return runs;
}

/** When points that became available at `availableAtMs` expire; infinity = never. */
export function expiryMoment(
  runs: readonly Run[],
  dates: { readonly availableAtMs: number; readonly fixedExpiryMs: number | null },
  lastActivityMs: number,
): number {
  if (dates.fixedExpiryMs !== null) return dates.fixedExpiryMs;
  for (const run of runs) {
    const began = Math.max(dates.availableAtMs, run.fromMs);
    const start = run.rule.kind === "after-inactivity" ? Math.max(began, lastActivityMs) : began;
    const moment = noonAfter(addMonths(start, run.rule.months));
    if (moment <= run.untilMs) return moment;
  }
  return Number.POSITIVE_INFINITY;
}

function addMonths(moment: number, months: number): number {
  const date = new Date(moment);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months + 1);
  date.setUTCDate(0);
  date.setUTCDate(Math.min(day, date.getUTCDate()));
  return date.getTime();
}

export function noonAfter(moment: number): number {
  const date = new Date(moment);
  date.setUTCDate(date.getUTCDate() + 1);
  date.setUTCHours(12, 0, 0, 0);
  return date.getTime();
}
