/** Numbers, money and moments as the shop's own language, currency and time zone have them. */
import { lastDayBefore } from "../domain/expiry.ts";
import { formatMoney } from "../domain/money.ts";
import type { AdminContext } from "./page.ts";

export interface Formats {
  /** A whole number: 1,234. */
  readonly number: (whole: number) => string;
  /** The same with its sign: +1,234. */
  readonly signed: (whole: number) => string;
  /** With few letters: 1.2K. */
  readonly compact: (whole: number) => string;
  readonly points: (whole: number) => string;
  /** A share of one: 12.5%. */
  readonly percent: (share: number) => string;
  /** Minor units of the shop's currency. */
  readonly money: (minor: number) => string;
  readonly day: (atMs: number) => string;
  /** The last day on which points that expire then are good: the same as shoppers are told, whatever the shop's time zone. */
  readonly lastDay: (expiresAtMs: number) => string;
  /** From one day to another: Nov 1 – 7, 2026. */
  readonly days: (fromMs: number, toMs: number) => string;
  /** Without its year: Nov 27. */
  readonly shortDay: (atMs: number) => string;
  readonly shortDays: (fromMs: number, toMs: number) => string;
  readonly month: (atMs: number) => string;
  readonly moment: (atMs: number) => string;
}

export interface Place {
  readonly locale: string | null;
  readonly currency: string;
  readonly timeZone: string | null;
}

/** Those of the shop that has the app open. */
export function formatsOf(c: AdminContext): Formats {
  return formatsFor(c.var.shop);
}

/** What the runtime does not know falls back to English and UTC. */
export function formatsFor({ locale, currency, timeZone }: Place): Formats {
  const language = known(() => new Intl.NumberFormat(locale ?? "en").resolvedOptions().locale, "en");
  const zone = known(
    () => new Intl.DateTimeFormat("en", { timeZone: timeZone ?? "UTC" }).resolvedOptions().timeZone,
    "UTC",
  );
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const withSign = new Intl.NumberFormat(language, { maximumFractionDigits: 0, signDisplay: "exceptZero" });
  const compact = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  const money = new Intl.NumberFormat(language, { style: "currency", currency });
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: zone });
  const dayByUtc = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
  const shortDay = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", timeZone: zone });
  const month = new Intl.DateTimeFormat(language, { month: "short", year: "numeric", timeZone: zone });
  const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone: zone });
  return {
    number: (value) => whole.format(value),
    signed: (value) => withSign.format(value),
    compact: (value) => compact.format(value),
    percent: (share) => percent.format(share),
    points: (value) => `${whole.format(value)} ${value === 1 || value === -1 ? "point" : "points"}`,
    // As text: no amount passes through a float.
    money: (minor) => money.format(formatMoney(minor, currency) as `${number}`),
    day: (atMs) => day.format(atMs),
    lastDay: (expiresAtMs) => dayByUtc.format(Date.parse(lastDayBefore(expiresAtMs))),
    days: (fromMs, toMs) => day.formatRange(fromMs, toMs),
    shortDay: (atMs) => shortDay.format(atMs),
    shortDays: (fromMs, toMs) => shortDay.formatRange(fromMs, toMs),
    month: (atMs) => month.format(atMs),
    moment: (atMs) => moment.format(atMs),
  };
}

function known(ask: () => string, otherwise: string): string {
  try {
    return ask();
  } catch (fault) {
    if (fault instanceof RangeError) return otherwise;
    throw fault;
  }
}
