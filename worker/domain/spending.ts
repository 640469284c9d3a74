/**
 * Spending: a reward's price is held, its code issued, and the hold ends as used or released; what was spent on an order comes back as
 * that order is refunded. Pure; time is passed in.
 */
import { type Account, type Changes, CLOSING, type EntryDetail, type Redemption, type TakenPoints } from "./account.ts";
import { Draft } from "./draft.ts";
import { bookDue } from "./due.ts";
import { dayIsOver } from "./expiry.ts";
import { DAY_MS, type DatedLot, GRACE_MS, type Lot, spendingOrder, stepTowards, type Take, takeFrom } from "./lots.ts";
import type { OrderState } from "./order.ts";
import { NO_PROGRAM_VERSION, rewardsOffered, type ShopRules, versionInForce, versionOf } from "./program.ts";
import type { Refusal } from "./refusal.ts";
import {
  type Asker,
  isCodeReward,
  PLAIN_ASKER,
  priceReward,
  type Reward,
  type RewardRequest,
  requestFingerprint,
  rewardObstacle,
  spentPointsBack,
} from "./rewards.ts";

export type Decision =
  | { readonly kind: "changes"; readonly changes: Changes; readonly redemption: Redemption }
  /** The request was answered before: same answer, no second effect. */
  | { readonly kind: "replay"; readonly redemption: Redemption }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** A shopper asks for a reward: the price is held (I2, I9). A repeated id is answered before any balance is looked at. */
export function holdForReward(
  books: { readonly account: Account | null; readonly redemption: Redemption | null },
  rules: ShopRules,
  request: RewardRequest & { readonly redemptionId: string; readonly code: string },
  nowMs: number,
  asker: Asker = PLAIN_ASKER,
): Decision {
  const fingerprint = requestFingerprint(request);
  const { account, redemption: known } = books;
  if (known) {
    const same = known.memberId === account?.memberId && known.fingerprint === fingerprint;
    return same ? { kind: "replay", redemption: known } : refuse({ code: "different-request", id: known.id });
  }
  const version = versionInForce(rules.versions, nowMs);
  if (version?.program.state === "paused") return refuse({ code: "program-paused" });
  const priced = priceReward(rewardsOffered(version), request);
  if ("refusal" in priced) return refuse(priced.refusal);
  const { reward, cost } = priced;
  const obstacle = rewardObstacle(reward, asker);
  if (obstacle) return refuse(obstacle);
  if (!account) return refuse({ code: "insufficient-points", needed: cost, available: 0 });

  const draft = new Draft({ accounts: [account] }, rules);
  bookDue(draft, account.memberId, nowMs);
  const { available } = draft.account(account.memberId);
  if (available < cost) return refuse({ code: "insufficient-points", needed: cost, available });
  const { takes } = takeFrom(spendingOrder(draft.lots(account.memberId)), cost);
  const redemption: Redemption = {
    id: request.redemptionId,
    version: 0,
    memberId: account.memberId,
    reward,
    cost,
    code: request.code,
    state: firstState(reward),
    fingerprint,
    discountId: null,
    programVersion: version?.version ?? NO_PROGRAM_VERSION,
    createdAtMs: nowMs,
    endsAtMs: nowMs + reward.codeDays * DAY_MS,
    usedByOrder: null,
    returned: 0,
    forgiven: 0,
    returnings: 0,
    reason: null,
    taken: takenFrom(draft.lots(account.memberId), takes),
  };
  const cause = causeOf(redemption, nowMs);
  draft.post({ ...cause, key: `hold:${redemption.id}`, kind: "hold", available: -cost, held: cost, takes });
  // A donation needs no code and no order: it is spent as it is chosen.
  if (redemption.state === "used") draft.post({ ...cause, key: `use:${redemption.id}`, kind: "use", held: -cost });
  draft.noteActivity(account.memberId, nowMs);
  draft.putRedemption(redemption);
  return { kind: "changes", changes: draft.changes(), redemption };
}

/** A donation is made as it is chosen; an experience is on the staff's list at once; the others wait for Shopify. */
function firstState({ kind }: Reward): Redemption["state"] {
  if (kind === "donation") return "used";
  return kind === "experience" ? "issued" : "held";
}

/** What every entry of a redemption says. */
function causeOf(redemption: Redemption, nowMs: number) {
  const { id, memberId, programVersion, reward, cost, usedByOrder } = redemption;
  return {
    memberId,
    redemptionId: id,
    orderId: usedByOrder,
    programVersion,
    occurredAtMs: nowMs,
    detail: {
      rewardName: reward.name,
      costPoints: cost,
      ...(reward.kind === "donation" ? { reason: "donation" } : {}),
      ...(isCodeReward(reward) || reward.kind === "donation" ? {} : { rewardKind: reward.kind }),
    },
  };
}

/** Shopify has the code: the redemption is issued. A redemption that is past that already stays as it is. */
export function issueCode(account: Account, rules: ShopRules, redemption: Redemption, discountId: string): Decision {
  if (redemption.state !== "held") return { kind: "replay", redemption };
  const draft = new Draft({ accounts: [account], redemptions: [redemption] }, rules);
  const issued: Redemption = { ...redemption, state: "issued", discountId };
  draft.putRedemption(issued);
  return { kind: "changes", changes: draft.changes(), redemption: issued };
}

/**
 * What was chosen is had, and no order is needed for it: Shopify keeps the money (`effectId` is its name there), or staff did what was promised.
 * The hold is spent, once. Whatever has ended already stays as it is.
 */
export function fulfilReward(
  account: Account,
  rules: ShopRules,
  redemption: Redemption,
  effectId: string | null,
  nowMs: number,
): Decision {
  if (redemption.state !== "held" && redemption.state !== "issued") return { kind: "replay", redemption };
  const draft = new Draft({ accounts: [account], redemptions: [redemption] }, rules);
  bookDue(draft, account.memberId, nowMs);
  const used: Redemption = { ...redemption, state: "used", discountId: effectId ?? redemption.discountId };
  draft.post({ ...causeOf(used, nowMs), key: `use:${used.id}`, kind: "use", held: -used.cost });
  draft.putRedemption(used);
  return { kind: "changes", changes: draft.changes(), redemption: used };
}

export type ReleaseReason = "cancelled" | "expired" | "refused";

/**
 * Gives a hold back to the lots it came from (I8). Only after the code can no longer be used or come to be: the caller has seen to
 * that. Asked again: the same answer. Used: a refusal.
 */
export function releaseHold(
  account: Account,
  rules: ShopRules,
  redemption: Redemption,
  reason: ReleaseReason,
  nowMs: number,
): Decision {
  if (redemption.state === "released" || redemption.state === "failed") return { kind: "replay", redemption };
  if (redemption.state === "used") return refuse({ code: "already-used", redemptionId: redemption.id });
  const draft = new Draft({ accounts: [account], redemptions: [redemption] }, rules);
  bookDue(draft, account.memberId, nowMs);
  const key = `release:${redemption.id}`;
  const { takes, newLots, repaid, taken } = giveBack(draft, redemption, redemption.cost, key, nowMs);
  const cause = causeOf(redemption, nowMs);
  draft.post({
    ...cause,
    key,
    kind: "release",
    available: redemption.cost - repaid,
    held: -redemption.cost,
    owed: -repaid,
    detail: { ...cause.detail, reason },
    takes,
    newLots,
  });
  const released: Redemption = { ...redemption, state: "released", reason, taken };
  draft.putRedemption(released);
  return { kind: "changes", changes: draft.changes(), redemption: released };
}

/**
 * Where returned points go: their own lots, or a lot of grace beside one that has expired or soon will, or a lot like their own where that
 * one is another book's since (customers were merged). Points that no lot was ever found for (they were owed) make a lot of their own.
 */
function giveBack(draft: Draft, redemption: Redemption, points: number, key: string, nowMs: number) {
  const account = draft.account(redemption.memberId);
  const takes: Take[] = [];
  const newLots: Lot[] = [];
  const taken: TakenPoints[] = [];
  /** In the order in which they come back: the first of them pay what is owed. */
  const coming: Pick<Lot, "id" | "remaining">[] = [];
  let missing = points;
  // People are told days, so grace ends with one, as every expiry does; what comes back within a day then goes together.
  const graceOverMs = dayIsOver(nowMs + GRACE_MS);
  const freshLot = (amount: number, origin: Pick<Lot, "orderId" | "availableAtMs" | "fixedExpiryMs">): void => {
    const id = `${key}/${newLots.length + 1}`;
    const lot = { ...origin, id, amount, remaining: amount, matured: true, expired: false };
    newLots.push(lot);
    coming.push(lot);
  };
  for (const part of redemption.taken) {
    const back = Math.min(part.points, missing);
    missing -= back;
    if (back < part.points) taken.push({ ...part, points: part.points - back });
    if (back === 0) continue;
    const { lotId, orderId, availableAtMs, fixedExpiryMs } = part;
    const expiresAtMs = draft.expiryOf(account.memberId, part);
    const isNear = expiresAtMs !== null && expiresAtMs < nowMs + GRACE_MS;
    const isThere = account.lots.some((lot) => lot.id === lotId && !lot.expired);
    if (isThere && !isNear) {
      takes.push({ lotId, points: back });
      coming.push({ id: lotId, remaining: back });
    } else freshLot(back, { orderId, availableAtMs, fixedExpiryMs: isNear ? graceOverMs : fixedExpiryMs });
  }
  if (missing > 0) freshLot(missing, { orderId: null, availableAtMs: nowMs, fixedExpiryMs: null });
  const repaid = Math.min(account.owed, points);
  return { newLots, repaid, taken, takes: netTakes([...takes, ...takeFrom(coming, repaid).takes]) };
}

function takenFrom(lots: readonly DatedLot[], takes: readonly Take[]): TakenPoints[] {
  return takes.flatMap(({ lotId, points }) => {
    const lot = lots.find((candidate) => candidate.id === lotId);
    if (!lot) return [];
    const { orderId, availableAtMs, fixedExpiryMs } = lot;
    return [{ lotId, points: -points, orderId, availableAtMs, fixedExpiryMs }];
  });
}

/** One allocation per lot: given back and taken again by the same movement is one number. */
function netTakes(takes: readonly Take[]): Take[] {
  const net = new Map<string, number>();
  for (const take of takes) net.set(take.lotId, (net.get(take.lotId) ?? 0) + take.points);
  return [...net].filter(([, points]) => points !== 0).map(([lotId, points]) => ({ lotId, points }));
}

/** An order used a code: the hold is spent; points that had gone back already are taken again, owed if gone (I8). */
export function useCode(draft: Draft, code: string, orderId: string, nowMs: number): void {
  const redemption = draft.redemptionByCode(code);
  if (!redemption || redemption.state === "used" || !isCodeReward(redemption.reward)) return;
  const { id, memberId, cost } = redemption;
  const used: Redemption = { ...redemption, state: "used", usedByOrder: orderId };
  bookDue(draft, memberId, nowMs);
  if (redemption.state === "held" || redemption.state === "issued") {
    draft.post({ ...causeOf(used, nowMs), key: `use:${id}`, kind: "use", held: -cost });
    draft.putRedemption(used);
  } else {
    draft.putRedemption(
      takeAgain(draft, used, cost, { key: `reclaim:${id}`, detail: { reason: "used-after-release" } }, nowMs),
    );
  }
}

/**
 * The order that used a code was refunded in part or whole: that share of the spent points comes back (cumulative, never more than the
 * cost). Should the order's state ever say less again, the difference is taken again.
 */
export function returnSpent(draft: Draft, redemption: Redemption, state: OrderState, nowMs: number): void {
  const program = versionOf(draft.rules, redemption.programVersion)?.program;
  const back = spentPointsBack(state, redemption.code, redemption.cost);
  const target = program?.returnSpent === false ? 0 : back.points;
  const { returned, forgiven, returnings } = redemption;
  const step = stepTowards(target, { posted: returned, forgiven });
  const why: EntryDetail = {
    orderName: state.body?.name ?? "",
    targetPoints: target,
    postedPoints: returned,
    ...(step.forgiven > 0 ? { forgivenBeforePoints: step.forgiven } : {}),
    ...(back.refunded ? { refunded: back.refunded, currency: draft.rules.currency } : {}),
  };
  const next = { ...redemption, forgiven: step.forgiven };
  const key = `return:${redemption.id}:${returnings + 1}`;
  if (step.fall > 0) {
    const again = takeAgain(draft, next, step.fall, { key, detail: { ...why, reason: "refund-undone" } }, nowMs);
    draft.putRedemption({ ...again, returned: again.returned - step.fall, returnings: returnings + 1 });
  } else if (step.rise > 0) {
    bookDue(draft, redemption.memberId, nowMs);
    const { takes, newLots, repaid, taken } = giveBack(draft, redemption, step.rise, key, nowMs);
    const cause = causeOf(redemption, nowMs);
    const detail = { ...cause.detail, ...why, reason: back.reason, returnedPoints: returned + step.rise };
    draft.post({ ...cause, key, kind: "return", available: step.rise - repaid, owed: -repaid, detail, takes, newLots });
    draft.putRedemption({ ...next, returned: returned + step.rise, returnings: returnings + 1, taken });
  } else if (step.forgiven !== forgiven) {
    draft.putRedemption(next);
  }
}

/** Takes points of a used redemption once more. What is gone is owed; or forgiven, where the program stops at zero. */
function takeAgain(
  draft: Draft,
  redemption: Redemption,
  points: number,
  { key, detail: why }: { readonly key: string; readonly detail: EntryDetail },
  nowMs: number,
): Redemption {
  const { memberId } = redemption;
  bookDue(draft, memberId, nowMs);
  const lots = draft.lots(memberId);
  const { takes, missing } = takeFrom(spendingOrder(lots), points);
  const owing = versionOf(draft.rules, redemption.programVersion)?.program.owing;
  const forgiven = owing === "stop-at-zero" ? missing : 0;
  if (forgiven < points) {
    const cause = causeOf(redemption, nowMs);
    const detail = { ...cause.detail, ...why, ...(forgiven > 0 ? { forgivenPoints: forgiven } : {}) };
    const pots = { available: missing - points, owed: missing - forgiven };
    draft.post({ ...cause, key, kind: "reclaim", ...pots, detail, takes });
  }
  return {
    ...redemption,
    returned: redemption.returned + forgiven,
    forgiven: redemption.forgiven + forgiven,
    taken: [...redemption.taken, ...takenFrom(lots, takes)],
  };
}

function refuse(refusal: Refusal): Decision {
  return { kind: "refused", refusal };
}

const HELD_PATIENCE_MS = 20 * 1000;
const LATE_USE_PATIENCE_MS = 60 * 60 * 1000;

/**
 * When the sweep looks at a redemption: a held one soon after it was made, an issued one an hour after its code ended; one whose code
 * somebody has begun to close as soon as the sweep comes by.
 */
export function sweepDueMs(redemption: Redemption): number | null {
  const isClosing = redemption.state === "issued" && redemption.reason === CLOSING;
  // What staff do by hand waits for them.
  if (redemption.state === "issued" && redemption.reward.kind === "experience") return null;
  if (redemption.state === "held" || isClosing) return redemption.createdAtMs + HELD_PATIENCE_MS;
  return redemption.state === "issued" ? redemption.endsAtMs + LATE_USE_PATIENCE_MS : null;
}
