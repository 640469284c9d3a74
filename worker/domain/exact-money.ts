/** Money that is no whole number of minor units, kept exactly: an explanation says the numbers that were computed with. */

/** `minor` minor units; with `parts`, that many times less. */
export interface ExactMoney {
  readonly minor: number;
  readonly parts?: number;
}

/** A part of a sum of money: both in minor units; with `parts`, both that many times less. */
export interface MoneyShare {
  readonly partMinor: number;
  readonly ofMinor: number;
  readonly parts?: number;
}

/** `minor` ÷ `parts`, in lowest terms; null when a number is too large to be written down. */
export function exactMoney(minor: bigint, parts: bigint): ExactMoney | null {
  const divisor = greatestCommonDivisor(parts, minor);
  const [kept, rest] = [Number(minor / divisor), Number(parts / divisor)];
  return [kept, rest].every(Number.isSafeInteger) ? { minor: kept, ...partsOf(rest) } : null;
}

/** `part` of `of`, both divided by `parts`, in lowest terms; null when a number is too large to be written down. */
export function moneyShare(part: bigint, of: bigint, parts: bigint): MoneyShare | null {
  const divisor = greatestCommonDivisor(greatestCommonDivisor(parts, part), of);
  const [partMinor, ofMinor, rest] = [Number(part / divisor), Number(of / divisor), Number(parts / divisor)];
  return [partMinor, ofMinor, rest].every(Number.isSafeInteger) ? { partMinor, ofMinor, ...partsOf(rest) } : null;
}

/** Of whole minor units nothing is said. */
function partsOf(parts: number): { readonly parts?: number } {
  return parts === 1 ? {} : { parts };
}

/** Of a number above zero and any other. */
function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [divisor, rest] = [a, b < 0n ? -b : b];
  while (rest > 0n) [divisor, rest] = [rest, divisor % rest];
  return divisor;
}
