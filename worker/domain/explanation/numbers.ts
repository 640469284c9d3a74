/**
 * Numbers, money and dates as a language writes them. Small tables of our own: the same text in every runtime, whatever data it was built
 * with, and money never passes through a float.
 */
import { formatMoney } from "../money.ts";

export interface NumberStyle {
  /** Between groups of three digits, and before the decimals. */
  readonly group: string;
  readonly decimal: string;
  readonly date: (day: DayParts) => string;
}

/** A day; month and day also with two digits. */
export interface DayParts {
  readonly year: string;
  readonly month: number;
  readonly day: number;
  readonly mm: string;
  readonly dd: string;
}

export interface Numbers {
  /** A whole number: 1,000; below zero with a true minus. */
  readonly number: (whole: number) => string;
  /** The same, with a plus above zero. */
  readonly signed: (whole: number) => string;
  /** Minor units with their currency: 1,234.50 USD. */
  readonly money: (minor: number, currency: string) => string;
  /** A plain decimal such as "1234.5" in the language's own marks. */
  readonly decimal: (plain: string) => string;
  /** A moment's day (UTC). */
  readonly date: (atMs: number) => string;
}

export const MINUS = "−";
/** Keeps a number and its unit on one line. */
const TOGETHER = "\u00a0";

export function numbersIn(style: NumberStyle): Numbers {
  const decimal = (plain: string): string => {
    const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d+…?))?$/.exec(plain) ?? [];
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, style.group);
    return `${sign && MINUS}${grouped}${fraction && style.decimal}${fraction}`;
  };
  const number = (whole: number): string => decimal(String(whole));
  return {
    number,
    signed: (whole) => (whole > 0 ? `+${number(whole)}` : number(whole)),
    money: (minor, currency) => `${decimal(formatMoney(minor, currency))}${TOGETHER}${currency}`,
    decimal,
    date: (atMs) => {
      const [year = "", mm = "", dd = ""] = new Date(atMs).toISOString().slice(0, 10).split("-");
      return style.date({ year, mm, dd, month: Number(mm), day: Number(dd) });
    },
  };
}

/** A fraction as a plain decimal: so many digits after the point at most, then "…". */
export function plainDecimal(numerator: bigint, denominator: bigint, atMost: number): string {
  const whole = numerator / denominator;
  let rest = numerator % denominator;
  let digits = "";
  while (rest > 0n && digits.length < atMost) {
    digits += String((rest * 10n) / denominator);
    rest = (rest * 10n) % denominator;
  }
  return digits === "" ? String(whole) : `${whole}.${digits}${rest > 0n ? "…" : ""}`;
}

/** "order #1001" at the start of a sentence. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
