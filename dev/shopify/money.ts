/** Money of the local shops: integer minor units inside, decimal text at the edges. */
import { currencyExponent } from "../../worker/domain/money.ts";

/** `"120.00"` of a two-digit currency → `12000`; undefined when the text is no exact amount of that currency. */
export function parseMinor(text: string, currency: string): number | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d+))?$/.exec(text.trim());
  if (match === null) return undefined;
  const digits = currencyExponent(currency);
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  if (fraction.length > digits) return undefined;
  const minor = Number((match[2] ?? "0") + fraction.padEnd(digits, "0"));
  return match[1] === "-" && minor !== 0 ? -minor : minor;
}

/** `"120.00"` → `"120.0"`: GraphQL writes decimals without superfluous zeros, and with at least one digit. */
export function graphqlDecimal(text: string): string {
  if (!text.includes(".")) return `${text}.0`;
  const trimmed = text.replace(/0+$/, "");
  return trimmed.endsWith(".") ? `${trimmed}0` : trimmed;
}

/** Spreads an amount over weights by largest remainder: the parts are integers and add up exactly. */
export function spread(amount: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return weights.map(() => 0);
  const exact = weights.map((weight) => BigInt(amount) * BigInt(weight));
  const parts = exact.map((value) => Number(value / BigInt(total)));
  const order = exact
    .map((value, index) => ({ index, remainder: value % BigInt(total) }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1));
  const left = amount - parts.reduce((sum, part) => sum + part, 0);
  for (const { index } of order.slice(0, left)) parts[index] = (parts[index] ?? 0) + 1;
  return parts;
}
