/**
 * Money is an integer count of a currency's minor units (cents, fils, whole yen). Decimals are parsed from their text,
 * never through a float.
 */

const ZERO_DECIMAL = /^(BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF)$/;
const THREE_DECIMAL = /^(BHD|IQD|JOD|KWD|LYD|OMR|TND)$/;

/** How many decimals a currency has (ISO 4217): 2 for USD, 0 for JPY, 3 for KWD. */
export function currencyExponent(currency: string): number {
  if (ZERO_DECIMAL.test(currency)) return 0;
  return THREE_DECIMAL.test(currency) ? 3 : 2;
}

/**
 * The minor units in a decimal text such as "1999.00", "-2.92" or "5900"; null when it is not a decimal or too large to count.
 * Digits beyond the currency's exponent (a float that leaked into a body) are rounded half away from zero.
 */
export function parseMoney(text: string, currency: string): number | null {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text.trim());
  if (!match) return null;
  const [, sign, whole = "0", fraction = ""] = match;
  const exponent = currencyExponent(currency);
  const kept = fraction.slice(0, exponent).padEnd(exponent, "0");
  const roundsUp = (fraction[exponent] ?? "0") >= "5";
  const minor = Number(BigInt(whole + kept) + (roundsUp ? 1n : 0n));
  if (!Number.isSafeInteger(minor)) return null;
  return sign === "-" && minor !== 0 ? -minor : minor;
}

/** Minor units as a plain decimal: (5000, "USD") is "50.00", (5900, "JPY") is "5900". Shopify's Decimal scalar takes it. */
export function formatMoney(minor: number, currency: string): string {
  const exponent = currencyExponent(currency);
  const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
  const sign = minor < 0 ? "-" : "";
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}
