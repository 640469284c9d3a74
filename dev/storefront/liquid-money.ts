/**
 * Money as Liquid gives and writes it. Liquid's amounts are integers in the currency's subunit, and for currencies without
 * one they are hundredths all the same: 1000 yen is 100000.
 */
import { currencyExponent } from "../../worker/domain/money.ts";

/** The program's and the order's minor units → the integer that Liquid and the cart's JSON carry. */
export function liquidAmount(minor: number, currency: string): number {
  return currencyExponent(currency) === 0 ? minor * 100 : minor;
}

const dollars = "\u0024{{amount}}";

/** By currency: the shop's format for a price without the currency's code. */
const formats: Record<string, string> = {
  USD: dollars,
  CAD: dollars,
  AUD: dollars,
  HKD: dollars,
  GBP: "£{{amount}}",
  EUR: "€{{amount_with_comma_separator}}",
  SEK: "{{amount_with_comma_separator}} kr",
  NOK: "{{amount_with_comma_separator}} kr",
  DKK: "{{amount_with_comma_separator}} kr",
  JPY: "¥{{amount_no_decimals}}",
  KRW: "₩{{amount_no_decimals}}",
  VND: "{{amount_no_decimals_with_comma_separator}}₫",
  KWD: "{{amount}} KD",
};

export function moneyFormat(currency: string): string {
  return formats[currency] ?? `{{amount}} ${currency}`;
}

function grouped(digits: string, separator: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, separator);
}

function amountAs(pattern: string, amount: number, currency: string): string {
  const decimals = Math.max(currencyExponent(currency), 2);
  const unit = 10 ** decimals;
  const bare = pattern.includes("no_decimals");
  const comma = pattern.includes("comma_separator");
  const size = Math.abs(bare ? Math.round(amount / unit) * unit : Math.round(amount));
  const whole = grouped(String(Math.floor(size / unit)), comma ? "." : ",");
  const fraction = String(size % unit).padStart(decimals, "0");
  return (amount < 0 ? "-" : "") + (bare ? whole : whole + (comma ? "," : ".") + fraction);
}

export type MoneyStyle = "plain" | "with-currency" | "without-currency" | "without-trailing-zeros";

/** The `money` filters: an integer of Liquid → text in the shop's format. */
export function writeMoney(amount: number, currency: string, style: MoneyStyle): string {
  const format = style === "without-currency" ? "{{amount}}" : moneyFormat(currency);
  const text = format.replace(/\{\{\s*(\w+)\s*\}\}/, (_, pattern: string) => {
    const written = amountAs(pattern, amount, currency);
    return style === "without-trailing-zeros" ? written.replace(/[.,]0{2,3}$/, "") : written;
  });
  const needsCode = style === "with-currency" && !format.endsWith(` ${currency}`);
  return needsCode ? `${text} ${currency}` : text;
}
