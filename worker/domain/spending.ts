/**
 * Spending: a reward's price is held, its code issued, and the hold ends as used or released; what was spent on an order comes back as
 * that order is refunded. Pure; time is passed in.
 */
import type { Account, Changes, Redemption } from "./account.ts";
import { Draft } from "./draft.ts";
import { bookDue } from "./due.ts";
import { DAY_MS, GRACE_MS, type Lot, spendingOrder, type Take, takeFrom } from "./lots.ts";
import type { OrderState } from "./order.ts";
import { NO_PROGRAM_VERSION, type ShopRules, versionInForce } from "./program.ts";
import type { Refusal } from "./refusal.ts";
import { priceReward, type RewardRequest, requestFingerprint, spentPointsBack } from "./rewards.ts";

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
): Decision {
  const fingerprint = requestFingerprint(request);
  const { account, redemption: known } = books;
  if (known) {
    const same = known.memberId === account?.memberId && known.fingerprint === fingerprint;
    return same ? { kind: "replay", redemption: known } : refuse({ code: "different-request", redemptionId: known.id });
  }
  const version = versionInForce(rules.versions, nowMs);
  const priced = priceReward(version?.program.rewards ?? [], request);
  if ("refusal" in priced) return refuse(priced.refusal);
  const { reward, cost } = priced;
  if (!account) return refuse({ code: "insufficient-points", needed: cost, available: 0 });

  const draft = new Draft({ accounts: [account] });
  bookDue(draft, account.memberId, nowMs);
  const { available, lots } = draft.account(account.memberId);
  if (available < cost) return refuse({ code: "insufficient-points", needed: cost, available });
  const { takes } = takeFrom(spendingOrder(lots), cost);
  const redemption: Redemption = {
    id: request.redemptionId,
    version: 0,
    memberId: account.memberId,
    reward,
    cost,
    code: request.code,
    state: "held",
    fingerprint,
    discountId: null,
    programVersion: version?.version ?? NO_PROGRAM_VERSION,
    createdAtMs: nowMs,
    endsAtMs: nowMs + reward.codeDays * DAY_MS,
    usedByOrder: null,
    returned: 0,
    returnings: 0,
    reason: null,
    takes,
  };
  draft.post({
    key: `hold:${redemption.id}`,
    memberId: account.memberId,
    kind: "hold",
    available: -cost,
    held: cost,
    redemptionId: redemption.id,
    programVersion: redemption.programVersion,
    occurredAtMs: nowMs,
    detail: { rewardName: reward.name },
    takes,
  });
  draft.putRedemption(redemption);
  return { kind: "changes", changes: draft.changes(), redemption };
}

/** Shopify has the code: the redemption is issued. A redemption that is past that already stays as it is. */
export function issueCode(account: Account, redemption: Redemption, discountId: string): Decision {
  if (redemption.state !== "held") return { kind: "replay", redemption };
  const draft = new Draft({ accounts: [account], redemptions: [redemption] });
  const issued: Redemption = { ...redemption, state: "issued", discountId };
  draft.putRedemption(issued);
  return { kind: "changes", changes: draft.changes(), redemption: issued };
}

export type ReleaseReason = "cancelled" | "expired" | "refused";

/**
 * Gives a hold back to the lots it came from (I8). Only after the code can no longer be used or come to be: the caller has seen to
 * that. Asked again: the same answer. Used: a refusal.
 */
export function releaseHold(account: Account, redemption: Redemption, reason: ReleaseReason, nowMs: number): Decision {
  if (redemption.state === "released" || redemption.state === "failed") return { kind: "replay", redemption };
  if (redemption.state === "used") return refuse({ code: "already-used", redemptionId: redemption.id });
  const draft = new Draft({ accounts: [account], redemptions: [redemption] });
  bookDue(draft, account.memberId, nowMs);
  const key = `release:${redemption.id}`;
  const { takes, newLots, repaid } = giveBack(
    draft.account(account.memberId),
    redemption.takes,
    redemption.cost,
    key,
    nowMs,
  );
  draft.post({
    key,
    memberId: account.memberId,
    kind: "release",
    available: redemption.cost - repaid,
    held: -redemption.cost,
    owed: -repaid,
    redemptionId: redemption.id,
    programVersion: redemption.programVersion,
    occurredAtMs: nowMs,
    detail: { rewardName: redemption.reward.name, reason },
    takes,
    newLots,
  });
  const released: Redemption = { ...redemption, state: "released", reason, takes: stillTaken(redemption, takes) };
  draft.putRedemption(released);
  return { kind: "changes", changes: draft.changes(), redemption: released };
}

/**
 * Where returned points go: their own lots, or a lot of grace beside one that has expired or soon will. Points that no lot was ever
 * found for (they were owed) make a lot of their own.
 */
function giveBack(account: Account, taken: readonly Take[], points: number, key: string, nowMs: number) {
  const takes: Take[] = [];
  const newLots: Lot[] = [];
  let missing = points;
  const freshLot = (amount: number, like: Partial<Lot>): void => {
    const id = `${key}/${newLots.length + 1}`;
    const plain = { orderId: null, availableAtMs: nowMs, expiresAtMs: null };
    newLots.push({ ...plain, ...like, id, amount, remaining: amount, matured: true });
  };
  for (const { lotId, points: taking } of taken) {
    const lot = account.lots.find((candidate) => candidate.id === lotId);
    if (!lot) throw new Error("A redemption names a lot that was not read.");
    const back = Math.min(-taking, missing);
    if (back === 0) continue;
    missing -= back;
    const livesOn = lot.expiresAtMs === null || lot.expiresAtMs >= nowMs + GRACE_MS;
    if (livesOn) takes.push({ lotId, points: back });
    else freshLot(back, { orderId: lot.orderId, availableAtMs: lot.availableAtMs, expiresAtMs: nowMs + GRACE_MS });
  }
  if (missing > 0) freshLot(missing, {});
  const fillable = [...takes.map((take) => ({ id: take.lotId, remaining: take.points })), ...newLots];
  const repaid = Math.min(account.owed, points);
  return { newLots, repaid, takes: netTakes([...takes, ...takeFrom(fillable, repaid).takes]) };
}

/** The lots a redemption's points are taken from after one more of its movements. */
function stillTaken(redemption: Redemption, moved: readonly Take[]): Take[] {
  return netTakes([...redemption.takes, ...moved]).filter((net) => net.points < 0);
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
  if (!redemption || redemption.state === "used") return;
  const { memberId, cost } = redemption;
  const common = {
    memberId,
    redemptionId: redemption.id,
    orderId,
    programVersion: redemption.programVersion,
    occurredAtMs: nowMs,
    detail: { rewardName: redemption.reward.name },
  };
  bookDue(draft, memberId, nowMs);
  if (redemption.state === "held" || redemption.state === "issued") {
    draft.post({ ...common, key: `use:${redemption.id}`, kind: "use", held: -cost });
    draft.putRedemption({ ...redemption, state: "used", usedByOrder: orderId });
    return;
  }
  const { takes, missing } = takeFrom(spendingOrder(draft.account(memberId).lots), cost);
  const key = `reclaim:${redemption.id}`;
  draft.post({ ...common, key, kind: "reclaim", available: missing - cost, owed: missing, takes });
  draft.putRedemption({ ...redemption, state: "used", usedByOrder: orderId, takes: stillTaken(redemption, takes) });
}

/**
 * The order that used a code was refunded in part or whole: that share of the spent points comes back (cumulative, never more than the
 * cost). Should the order's state ever say less again, the difference is taken again.
 */
export function returnSpent(draft: Draft, redemption: Redemption, state: OrderState, nowMs: number): void {
  const target = spentPointsBack(state, redemption.code, redemption.cost);
  const difference = target - redemption.returned;
  if (difference === 0) return;
  const { memberId } = redemption;
  bookDue(draft, memberId, nowMs);
  const account = draft.account(memberId);
  const common = {
    key: `return:${redemption.id}:${redemption.returnings + 1}`,
    memberId,
    redemptionId: redemption.id,
    orderId: redemption.usedByOrder,
    programVersion: redemption.programVersion,
    occurredAtMs: nowMs,
    detail: { orderName: state.body?.name ?? "", rewardName: redemption.reward.name },
  };
  let moved: readonly Take[];
  if (difference > 0) {
    const { takes, newLots, repaid } = giveBack(account, redemption.takes, difference, common.key, nowMs);
    draft.post({ ...common, kind: "return", available: difference - repaid, owed: -repaid, takes, newLots });
    moved = takes;
  } else {
    const { takes, missing } = takeFrom(spendingOrder(account.lots), -difference);
    const detail = { ...common.detail, reason: "refund-undone" };
    draft.post({ ...common, detail, kind: "reclaim", available: difference + missing, owed: missing, takes });
    moved = takes;
  }
  const taken = stillTaken(redemption, moved);
  draft.putRedemption({ ...redemption, returned: target, returnings: redemption.returnings + 1, takes: taken });
}

function refuse(refusal: Refusal): Decision {
  return { kind: "refused", refusal };
}
