/**
 * Every number says why, in plain words and in every language of the product: the one function that shopper and merchant pages share.
 * The texts are in a file per language; the arithmetic is in arithmetic.ts.
 */
import { type Explained, lossReasonOf, orderNameOf, type Step, stepsOf } from "./arithmetic.ts";
import { type Language, TEXTS } from "./languages.ts";
import type { ExplanationTexts, Name, ReleaseText, ReturnText } from "./texts.ts";

export interface Explanation {
  /** What happened and why, in a sentence or a few. */
  readonly summary: string;
  /** The unfolding: order, lines, rule, program version, and the arithmetic that gives the number shown. */
  readonly steps: readonly Step[];
}

export function explainEntry(entry: Explained, language: Language): Explanation {
  const texts = TEXTS[language];
  return { summary: sentencesOf(entry, texts).join(" "), steps: stepsOf(entry, texts) };
}

function sentencesOf(entry: Explained, texts: ExplanationTexts): readonly string[] {
  const { detail, points } = entry;
  const { sentences } = texts;
  const order = orderNameOf(detail);
  const reward = detail.rewardName || null;
  switch (entry.kind) {
    case "earn":
      return [...earned(entry, order, texts), ...usableFrom(entry, texts), ...settled(entry, texts)];
    case "claw-back":
      return [...takenBack(entry, order, texts), ...settled(entry, texts)];
    case "mature":
      return [
        sentences.matured(order, -entry.pending),
        ...settled(entry, texts),
        ...(entry.available > 0 ? [sentences.usableNow(entry.available)] : []),
      ];
    case "expire":
      return [sentences.expired(-points, whyExpired(entry, texts))];
    case "hold":
      return [heldFor(detail, sentences)(reward, -points)];
    case "use": {
      if (detail.reason === "donation") return [sentences.donationMade(reward, -entry.held)];
      if (detail.rewardKind !== undefined) return [sentences.received(reward, -entry.held)];
      return [sentences.used(reward, order, -entry.held)];
    }
    case "release": {
      const say = detail.rewardKind === undefined ? sentences.released : sentences.notReceived;
      return [say(releaseText(detail.reason), reward, points), ...settled(entry, texts)];
    }
    case "reclaim": {
      const say = detail.reason === "refund-undone" ? sentences.refundUndone : sentences.usedAfterRelease;
      return [say(reward, order, -points), ...settled(entry, texts)];
    }
    case "return":
      return [sentences.returned(returnText(detail.reason), reward, order, points), ...settled(entry, texts)];
    case "adjust": {
      const reason = staffReason(detail.reason);
      return [
        points < 0 ? sentences.removed(-points, reason) : sentences.added(points, reason),
        ...settled(entry, texts),
      ];
    }
    case "open":
      return [sentences.opened(points), ...usableFrom(entry, texts), ...settled(entry, texts)];
    case "gift":
      return [sentences.gift(detail.tierName || null, points), ...settled(entry, texts)];
    case "merge":
      return [isMovedOut(entry) ? sentences.mergedOut : sentences.mergedIn];
  }
}

function heldFor(detail: Explained["detail"], sentences: ExplanationTexts["sentences"]) {
  if (detail.reason === "donation") return sentences.donated;
  return detail.rewardKind === undefined ? sentences.held : sentences.chosen;
}

function earned(entry: Explained, order: Name, texts: ExplanationTexts): readonly string[] {
  const { points, detail } = entry;
  const { targetPoints, postedPoints = 0, madeGoodPoints = 0 } = detail;
  const isPlainRise = targetPoints !== undefined && targetPoints - postedPoints === points && madeGoodPoints === 0;
  if (isPlainRise && postedPoints > 0)
    return [texts.sentences.earnedMore(order, points, { now: targetPoints, before: postedPoints })];
  return [texts.sentences.earned(order, points, plainBasis(detail, texts))];
}

/** The amount and the rate, where they are all that the number follows from. */
function plainBasis(detail: Explained["detail"], texts: ExplanationTexts): { amount: string; rate: string } | null {
  const { eligibleMinor, currency, earn, net, kept, paid, multiplier } = detail;
  if (eligibleMinor === undefined || currency === undefined || earn === undefined) return null;
  if (net || kept || paid || multiplier !== undefined) return null;
  const rate = texts.rate(earn.points, texts.money(earn.perMinor, currency));
  return { amount: texts.money(eligibleMinor, currency), rate };
}

function takenBack(entry: Explained, order: Name, texts: ExplanationTexts): readonly string[] {
  const { points, detail } = entry;
  const { targetPoints, postedPoints, forgivenBeforePoints = 0 } = detail;
  const reason = lossReasonOf(detail, texts);
  const why = texts.sentences.takenBack(-points, texts.sentences.losses[reason](order));
  if (reason !== "earned" || targetPoints === undefined || postedPoints === undefined || forgivenBeforePoints > 0)
    return [why];
  return [why, texts.sentences.worthNow({ now: targetPoints, before: postedPoints })];
}

function usableFrom({ pending, detail }: Explained, texts: ExplanationTexts): readonly string[] {
  if (pending <= 0 || detail.availableAtMs === undefined) return [];
  return [texts.sentences.usableFrom(pending, texts.date(detail.availableAtMs))];
}

/** What had expired before it could be taken, what became owed, what was forgiven, and what paid an old debt. */
function settled({ owed, detail }: Explained, { sentences }: ExplanationTexts): readonly string[] {
  const { lapsedPoints = 0, forgivenPoints = 0 } = detail;
  return [
    ...(lapsedPoints > 0 ? [sentences.lapsed(lapsedPoints)] : []),
    ...(owed > 0 ? [sentences.owed(owed)] : []),
    ...(owed < 0 ? [sentences.repaid(-owed)] : []),
    ...(forgivenPoints > 0 ? [sentences.forgiven(forgivenPoints)] : []),
  ];
}

function whyExpired({ detail: { expiry } }: Explained, { sentences: { expiries } }: ExplanationTexts): string {
  if (expiry === undefined) return expiries.unknown;
  return expiry === null ? expiries.ownDate : expiries[expiry.kind](expiry.months);
}

function releaseText(reason: string | undefined): ReleaseText {
  return reason === "cancelled" || reason === "expired" || reason === "refused" ? reason : "other";
}

function returnText(reason: string | undefined): ReturnText {
  return reason === "cancelled" || reason === "deleted" ? reason : "refunded";
}

/** In the staff's own words; the sentence around them has its own full stop. */
function staffReason(reason: string | undefined): Name {
  return reason?.trim().replace(/\.$/, "") || null;
}

/** Two books became one: whether this entry emptied the one that went. */
function isMovedOut({ detail, points, held }: Explained): boolean {
  return detail.reason === undefined ? points < 0 || held < 0 : detail.reason === "moved-out";
}
