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
  const [kept, rest] = lowestTerms([minor], parts) ?? [];
  return kept?.[0] === undefined || rest === undefined
    ? null
    : { minor: kept[0], ...(rest === 1 ? {} : { parts: rest }) };
}

/** `part` of `of`, both divided by `parts`, in lowest terms; null when a number is too large to be written down. */
export function moneyShare(part: bigint, of: bigint, parts: bigint): MoneyShare | null {
  const [kept, rest] = lowestTerms([part, of], parts) ?? [];
  if (kept?.[0] === undefined || kept[1] === undefined || rest === undefined) return null;
  return { partMinor: kept[0], ofMinor: kept[1], ...(rest === 1 ? {} : { parts: rest }) };
}

function lowestTerms(numbers: readonly bigint[], parts: bigint): [number[], number] | null {
  const divisor = numbers.reduce(greatestCommonDivisor, parts);
  const whole = [...numbers, parts].map((number) => Number(number / divisor));
  const rest = whole.pop();
  return rest !== undefined && [...whole, rest].every(Number.isSafeInteger) ? [whole, rest] : null;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [divisor, rest] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (rest > 0n) [divisor, rest] = [rest, divisor % rest];
  return divisor;
}
