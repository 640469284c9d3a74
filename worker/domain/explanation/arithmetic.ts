/**
 * The unfolding of an entry: the numbers it was computed from, line by line, so that a reader can compute it again with one rounding down.
 * A sum is shown only where it comes out: what an entry of an older program does not record is left out, never made up.
 */
import type { Entry, EntryDetail, LineDetail } from "../account.ts";
import { type ExactMoney, exactMoney, type MoneyShare } from "../exact-money.ts";
import { SINGLE_MULTIPLIER } from "../settlement.ts";
import { MINUS, plainDecimal } from "./numbers.ts";
import type { ExplanationTexts, LossReason, Name, Pot, Term } from "./texts.ts";

/** What an explanation needs of an entry. */
export type Explained = Pick<
  Entry,
  "kind" | "points" | "pending" | "available" | "held" | "owed" | "programVersion" | "detail"
>;

/** One line of the unfolding; `lineId` is Shopify's number of the order line it tells about. */
export interface Step {
  readonly part: "order" | "reward" | "line" | "share" | "rule" | "version" | "worth" | "change" | "pot" | "total";
  readonly text: string;
  readonly lineId?: string;
}

const POTS: readonly Pot[] = ["pending", "available", "held", "owed"];

/** Every step of an entry, in the order in which one would compute it. */
export function stepsOf(entry: Explained, texts: ExplanationTexts): readonly Step[] {
  const order = orderNameOf(entry.detail);
  const named: Step[] = order === null ? [] : [{ part: "order", text: texts.steps.order(order) }];
  return [...named, ...causeSteps(entry, texts), ...potSteps(entry, texts)];
}

export function orderNameOf({ orderName }: EntryDetail): Name {
  return orderName || null;
}

/** What an order is worth by its amounts, if that is what it was settled by. */
export function lossReasonOf({ reason }: EntryDetail, texts: ExplanationTexts): LossReason {
  return isOneOf(texts.sentences.losses, reason) ? reason : "earned";
}

function isOneOf<Key extends string>(table: Readonly<Record<Key, unknown>>, key: string | undefined): key is Key {
  return key !== undefined && Object.hasOwn(table, key);
}

function causeSteps(entry: Explained, texts: ExplanationTexts): readonly Step[] {
  switch (entry.kind) {
    case "earn":
    case "claw-back":
      return orderSteps(entry, texts);
    case "hold":
    case "release":
    case "use":
    case "reclaim":
    case "return":
      return rewardSteps(entry, texts);
    case "gift":
      return versionSteps(entry, texts.steps.giftVersion, texts);
    case "mature":
    case "expire":
    case "adjust":
    case "open":
    case "merge":
      return [];
  }
}

function orderSteps(entry: Explained, texts: ExplanationTexts): readonly Step[] {
  const { detail } = entry;
  const { steps } = texts;
  const lossReason = lossReasonOf(detail, texts);
  const isByAmount = lossReason === "earned" || lossReason === "nothing-left";
  const shares = isByAmount ? amountSteps(detail, texts) : [];
  return [
    ...shares,
    ...(detail.earn && detail.currency
      ? [step("rule", steps.rule(texts.rate(detail.earn.points, texts.money(detail.earn.perMinor, detail.currency))))]
      : []),
    ...(detail.multiplier === undefined ? [] : [step("rule", steps.multiplier(times(detail.multiplier, texts)))]),
    ...versionSteps(entry, steps.orderVersion, texts),
    ...(isByAmount
      ? worthSteps(detail, texts)
      : [
          step("worth", steps.worth(`${texts.points(0)} (${texts.sentences.losses[lossReason](orderNameOf(detail))})`)),
        ]),
    ...changeSteps(entry, ["worthNow", "before"], texts),
  ];
}

/** The lines with their amounts and points, what they come to, and what share of that counts. */
function amountSteps(detail: EntryDetail, texts: ExplanationTexts): readonly Step[] {
  const { lines = [], currency, kept, paid, notCounted = [] } = detail;
  const net = netOf(detail);
  if (currency === undefined || net === null) {
    return lines.map(({ lineId, points }) => ({ ...step("line", texts.steps.line(null, points)), lineId }));
  }
  const money = (minor: number): string => texts.money(minor, currency);
  const rest = restOf(net, lines);
  return [
    ...lines.map(({ lineId, netMinor, points }) => ({
      ...step("line", texts.steps.line(netMinor === undefined ? null : money(netMinor), points)),
      lineId,
    })),
    ...(rest !== null && rest.minor !== 0 && orderWorth(detail, texts)
      ? [step("line", texts.steps.otherLines(exactly(rest, currency, texts)))]
      : []),
    step("share", texts.steps.together(exactly(net, currency, texts), detail.withTax ?? false)),
    ...(kept ? [step("share", texts.steps.kept(...ofShare(kept, currency, texts)))] : []),
    ...(paid ? [step("share", texts.steps.paid(money(paid.paidMinor), money(paid.ofMinor)))] : []),
    ...notCounted.map(({ kind, title }) => step("share", texts.steps.notCounted[kind](title))),
  ];
}

/** What all lines come to, less the lines that are told: lines without points, and what was rounded of those with some. Null where an amount is not known. */
function restOf({ minor, parts = 1 }: ExactMoney, lines: readonly LineDetail[]): ExactMoney | null {
  if (lines.length === 0 || lines.some(({ netMinor }) => netMinor == null)) return null;
  const told = lines.reduce((sum, { netMinor = 0 }) => sum + BigInt(netMinor), 0n);
  return exactMoney(BigInt(minor) - told * BigInt(parts), BigInt(parts));
}

/** What the lines come to before any share of it is taken. */
function netOf({ net, eligibleMinor }: EntryDetail): ExactMoney | null {
  return net ?? (eligibleMinor === undefined ? null : { minor: eligibleMinor });
}

function exactly({ minor, parts }: ExactMoney, currency: string, texts: ExplanationTexts): string {
  const money = texts.money(minor, currency);
  return parts === undefined ? money : `${money} ÷ ${texts.number(parts)}`;
}

function ofShare({ partMinor, ofMinor, parts }: MoneyShare, currency: string, texts: ExplanationTexts) {
  const divided = (minor: number): string =>
    exactly(parts === undefined ? { minor } : { minor, parts }, currency, texts);
  return [divided(partMinor), divided(ofMinor)] as const;
}

function times(multiplier: number, texts: ExplanationTexts): string {
  return texts.decimal(plainDecimal(BigInt(multiplier), BigInt(SINGLE_MULTIPLIER), 4));
}

function worthSteps(detail: EntryDetail, texts: ExplanationTexts): readonly Step[] {
  const { targetPoints } = detail;
  if (targetPoints === undefined) return [];
  return [step("worth", texts.steps.worth(orderWorth(detail, texts) ?? texts.points(targetPoints)))];
}

/** "149.90 USD × 5 ÷ 1.00 USD = 749.5, rounded down to 749 points"; null where the numbers recorded do not give the points recorded. */
function orderWorth(detail: EntryDetail, texts: ExplanationTexts): string | null {
  const { currency, earn, kept, paid, multiplier = SINGLE_MULTIPLIER, targetPoints } = detail;
  const net = netOf(detail);
  if (currency === undefined || earn === undefined || targetPoints === undefined || net === null) return null;
  const money = (minor: number): string => texts.money(minor, currency);
  const factors = [net.parts === undefined ? money(net.minor) : `(${exactly(net, currency, texts)})`];
  if (kept) factors.push(`× ${money(kept.partMinor)} ÷ ${money(kept.ofMinor)}`);
  if (paid) factors.push(`× ${money(paid.paidMinor)} ÷ ${money(paid.ofMinor)}`);
  factors.push(`× ${texts.number(earn.points)} ÷ ${money(earn.perMinor)}`);
  if (multiplier !== SINGLE_MULTIPLIER) factors.push(`× ${times(multiplier, texts)}`);
  const dividend = [net.minor, kept?.partMinor ?? 1, paid?.paidMinor ?? 1, earn.points, multiplier];
  const divisor = [net.parts ?? 1, kept?.ofMinor ?? 1, paid?.ofMinor ?? 1, earn.perMinor, SINGLE_MULTIPLIER];
  return roundedSum(factors.join(" "), { dividend, divisor, points: targetPoints }, texts);
}

/** A sum that is rounded down once, with its outcome; null where the outcome is not the one recorded. */
function roundedSum(
  factors: string,
  { dividend, divisor, points }: { dividend: readonly number[]; divisor: readonly number[]; points: number },
  texts: ExplanationTexts,
): string | null {
  const [above, below] = [product(dividend), product(divisor)];
  if (below <= 0n || above < 0n || above / below !== BigInt(points)) return null;
  if (above % below === 0n) return `${factors} = ${texts.points(points)}`;
  return `${factors} = ${texts.steps.roundedDown(texts.decimal(plainDecimal(above, below, 3)), points)}`;
}

function product(numbers: readonly number[]): bigint {
  return numbers.reduce((whole, number) => whole * BigInt(number), 1n);
}

function rewardSteps(entry: Explained, texts: ExplanationTexts): readonly Step[] {
  const { detail, kind } = entry;
  const { steps } = texts;
  const { rewardName, costPoints } = detail;
  const isBack = kind === "return" || (kind === "reclaim" && detail.reason === "refund-undone");
  return [
    ...(rewardName ? [step("reward", steps.reward(rewardName))] : []),
    ...(costPoints === undefined ? [] : [step("rule", steps.price(costPoints))]),
    ...versionSteps(entry, steps.rewardVersion, texts),
    ...(isBack ? backSteps(detail, texts) : []),
    ...(isBack ? changeSteps({ ...entry, detail: withBack(entry) }, ["backNow", "backBefore"], texts) : []),
    ...(kind === "reclaim" && !isBack ? takenAgainSteps(entry, texts) : []),
  ];
}

/** What part of a spent price belongs back. */
function backSteps(detail: EntryDetail, texts: ExplanationTexts): readonly Step[] {
  const { costPoints, targetPoints, refunded, currency } = detail;
  if (costPoints === undefined || targetPoints === undefined) return [];
  if (refunded === undefined) {
    return targetPoints === costPoints ? [step("share", texts.steps.allBack)] : [];
  }
  if (currency === undefined) return [];
  const { partMinor, ofMinor } = refunded;
  const [part, of] = [texts.money(partMinor, currency), texts.money(ofMinor, currency)];
  const dividend = [costPoints, partMinor];
  const sum = roundedSum(
    `${texts.points(costPoints)} × ${part} ÷ ${of}`,
    { dividend, divisor: [ofMinor], points: targetPoints },
    texts,
  );
  if (sum === null) return [];
  return [
    step("share", texts.steps.refunded(...ofShare(refunded, currency, texts))),
    step("worth", texts.steps.back(sum)),
  ];
}

/** Older entries say how many points are back now, and so how many were before. */
function withBack({ detail, points }: Explained): EntryDetail {
  const { targetPoints, returnedPoints } = detail;
  if (targetPoints !== undefined || returnedPoints === undefined) return detail;
  return { ...detail, targetPoints: returnedPoints, postedPoints: returnedPoints - points };
}

function takenAgainSteps(entry: Explained, texts: ExplanationTexts): readonly Step[] {
  const { costPoints, forgivenPoints = 0 } = entry.detail;
  if (costPoints === undefined) return [];
  const numbers = [
    { value: -costPoints, term: "price" },
    { value: forgivenPoints, term: "forgivenNow" },
  ] as const;
  return sumSteps("change", numbers, entry.points, texts);
}

/** Now less before, plus what was forgiven or had expired: the entry's own points. */
function changeSteps(
  { detail, points }: Explained,
  [now, before]: readonly [Term, Term],
  texts: ExplanationTexts,
): readonly Step[] {
  const { targetPoints, postedPoints, forgivenBeforePoints = 0, lapsedPoints = 0, forgivenPoints = 0 } = detail;
  if (targetPoints === undefined || postedPoints === undefined) return [];
  const numbers = [
    { value: targetPoints, term: now, isShown: true },
    { value: -postedPoints, term: before, isShown: true },
    { value: forgivenBeforePoints, term: "forgivenBefore" },
    { value: lapsedPoints, term: "lapsedNow" },
    { value: forgivenPoints, term: "forgivenNow" },
  ] as const;
  return sumSteps("change", numbers, points, texts);
}

/** Which program version an entry goes by. */
function versionSteps(
  { programVersion }: Explained,
  say: (version: number) => string,
  texts: ExplanationTexts,
): readonly Step[] {
  if (programVersion === null) return [];
  return [step("version", programVersion === 0 ? texts.steps.noVersion : say(programVersion))];
}

/** Where the points came from and went, and that it is the number shown. */
function potSteps(entry: Explained, texts: ExplanationTexts): readonly Step[] {
  const { availableAtMs } = entry.detail;
  const moved = POTS.filter((pot) => entry[pot] !== 0).map((pot) => {
    const change = `${entry[pot] > 0 ? "+" : ""}${texts.points(entry[pot])}`;
    return step(
      "pot",
      pot === "pending" && entry.pending > 0 && availableAtMs !== undefined
        ? texts.steps.pendingUntil(change, texts.date(availableAtMs))
        : texts.steps.pots[pot](change),
    );
  });
  const numbers = [
    { value: entry.pending, term: "pending" },
    { value: entry.available, term: "available" },
    { value: -entry.owed, term: "owed" },
  ] as const;
  const isSum = numbers.filter(({ value }) => value !== 0).length > 1;
  return [...moved, ...(isSum ? sumSteps("total", numbers, entry.points, texts) : [])];
}

/** "399 (worth now) − 449 (counted before) = −50 points"; nothing where it does not come out. */
function sumSteps(
  part: Step["part"],
  numbers: readonly { readonly value: number; readonly term: Term; readonly isShown?: boolean }[],
  total: number,
  texts: ExplanationTexts,
): readonly Step[] {
  if (numbers.reduce((sum, { value }) => sum + value, 0) !== total) return [];
  const shown = numbers.filter(({ value, isShown }) => value !== 0 || isShown);
  const isTaken = (index: number): boolean => (shown[index]?.value ?? 0) < 0 || Object.is(shown[index]?.value, -0);
  const sum = shown.map(({ value, term }, index) => {
    const sign = isTaken(index) ? MINUS : "+";
    const lead = index > 0 ? ` ${sign} ` : value < 0 ? MINUS : "";
    return `${lead}${texts.number(Math.abs(value))} (${texts.terms[term]})`;
  });
  return [step(part, `${sum.join("")} = ${texts.points(total)}`)];
}

function step(part: Step["part"], text: string): Step {
  return { part, text };
}
