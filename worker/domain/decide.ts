/**
 * The ledger's rules: state + command → changes, or a refusal. Pure; time is passed in. Every command first books what fell due,
 * so that it acts on the true balance whether or not a sweep ran (invariants I10, I11).
 */
import type { Account, Changes, Redemption } from "./account.ts";
import { isEmpty } from "./account.ts";
import { Draft } from "./draft.ts";
import { clawBackOrder, GRACE_MS, type Lot, nextDueMs, spendingOrder, type Take, takeFrom } from "./lots.ts";
import { joinNews, type OrderNews, type OrderState } from "./order.ts";
import { NO_PROGRAM_VERSION, type ProgramVersion, versionInForce } from "./program.ts";
import type { Refusal } from "./refusal.ts";
import { priceReward, type RewardRequest, requestFingerprint, spentPointsBack } from "./rewards.ts";
import { type Settlement, settle } from "./settlement.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

export interface ShopRules {
  readonly currency: string;
  readonly versions: readonly ProgramVersion[];
}

export type Decision =
  | { readonly kind: "changes"; readonly changes: Changes; readonly redemption: Redemption }
  /** The request was answered before: same answer, no second effect. */
  | { readonly kind: "replay"; readonly redemption: Redemption }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Books what matured or expired by `nowMs`, oldest first. Returns the same draft. */
export function bookDue(draft: Draft, memberId: string, nowMs: number): void {
  for (;;) {
    const due = draft
      .account(memberId)
      .lots.filter((lot) => (nextDueMs(lot) ?? Number.POSITIVE_INFINITY) <= nowMs)
      .sort((a, b) => (nextDueMs(a) ?? 0) - (nextDueMs(b) ?? 0) || (a.id < b.id ? -1 : 1))[0];
    if (!due) return;
    if (due.matured) expire(draft, memberId, due);
    else mature(draft, memberId, due);
  }
}

/** The account as it truly is at `nowMs`; nothing is written. */
export function accountAt(account: Account, nowMs: number): Account {
  const draft = new Draft({ accounts: [account] });
  bookDue(draft, account.memberId, nowMs);
  return draft.account(account.memberId);
}

function mature(draft: Draft, memberId: string, lot: Lot): void {
  const repaid = Math.min(draft.account(memberId).owed, lot.remaining);
  draft.post({
    key: `mature:${lot.id}`,
    memberId,
    kind: "mature",
    pending: -lot.remaining,
    available: lot.remaining - repaid,
    owed: -repaid,
    orderId: lot.orderId,
    occurredAtMs: lot.availableAtMs,
    takes: repaid > 0 ? [{ lotId: lot.id, points: -repaid }] : [],
    matures: [lot.id],
  });
}

function expire(draft: Draft, memberId: string, lot: Lot): void {
  draft.post({
    key: `expire:${lot.id}`,
    memberId,
    kind: "expire",
    available: -lot.remaining,
    orderId: lot.orderId,
    occurredAtMs: lot.expiresAtMs ?? lot.availableAtMs,
    takes: [{ lotId: lot.id, points: -lot.remaining }],
  });
}

/** One order's news, and the member it belongs to once joined (null for a guest). */
export interface SettleCommand {
  readonly orderId: string;
  readonly news: readonly OrderNews[];
}

/**
 * Settles one order into the draft: joins the news, computes the target, posts the difference (I4 to I7), moves the points if the order
 * moved to another customer, and marks the redemptions whose codes it used.
 */
export function settleOrder(draft: Draft, rules: ShopRules, command: SettleCommand, nowMs: number): void {
  const before = draft.order(command.orderId);
  const state = command.news.reduce(joinNews, before.state);
  const versionNumber = before.programVersion ?? firstVersion(rules, state.body?.createdAtMs ?? null);
  const version = rules.versions.find((candidate) => candidate.version === versionNumber) ?? null;
  const settlement = settle(state, version, rules.currency, before.multiplier);
  const customerId = state.body?.customerId ?? null;
  const memberId = customerId === null ? null : draft.memberOf(customerId);

  let { posted, postings } = before;
  const key = (): string => `order:${command.orderId}:${++postings}`;
  const cause = { orderId: command.orderId, programVersion: versionNumber, name: state.body?.name ?? "" };
  if (before.memberId !== null && before.memberId !== memberId && posted > 0) {
    clawBack(draft, before.memberId, posted, key(), { ...cause, reason: "order-moved" }, nowMs);
    posted = 0;
  }
  const target = memberId === null ? 0 : settlement.points;
  if (memberId !== null && target !== posted) {
    bookDue(draft, memberId, nowMs);
    const detail = explain(settlement, rules.currency, version);
    if (target > posted) {
      const availableAtMs = (state.body?.processedAtMs ?? nowMs) + (version?.program.pendingDays ?? 0) * DAY_MS;
      earn(draft, memberId, target - posted, key(), { ...cause, ...detail, availableAtMs }, nowMs);
    } else {
      clawBack(draft, memberId, posted - target, key(), { ...cause, ...detail, reason: settlement.reason }, nowMs);
    }
  }
  const after = { ...before, state, memberId, posted: target, postings, programVersion: versionNumber };
  if (JSON.stringify(after) !== JSON.stringify(before)) draft.putOrder(after);
  for (const code of state.body?.codes ?? []) useCode(draft, code, command.orderId, nowMs);
  for (const redemption of draft.redemptionsUsedBy(command.orderId)) returnSpent(draft, redemption, state, nowMs);
}

/** Fixed at the first body seen, also when no version was in force then (0): later, back-dated versions change nothing. */
function firstVersion(rules: ShopRules, createdAtMs: number | null): number | null {
  if (createdAtMs === null) return null;
  return versionInForce(rules.versions, createdAtMs)?.version ?? NO_PROGRAM_VERSION;
}

function explain(settlement: Settlement, currency: string, version: ProgramVersion | null) {
  return {
    eligibleMinor: settlement.eligibleMinor,
    currency,
    targetPoints: settlement.points,
    lines: settlement.lines,
    ...(version ? { earn: version.program.earn } : {}),
  };
}

interface OrderCause {
  readonly orderId: string;
  readonly programVersion: number | null;
  readonly name: string;
  readonly reason?: string;
  readonly availableAtMs?: number;
}

function earn(draft: Draft, memberId: string, points: number, key: string, cause: OrderCause, nowMs: number): void {
  const { orderId, programVersion, name, availableAtMs = nowMs, ...detail } = cause;
  const matured = availableAtMs <= nowMs;
  const repaid = matured ? Math.min(draft.account(memberId).owed, points) : 0;
  const lot: Lot = { id: key, orderId, amount: points, remaining: points, availableAtMs, expiresAtMs: null, matured };
  draft.post({
    key,
    memberId,
    kind: "earn",
    ...(matured ? { available: points - repaid, owed: -repaid } : { pending: points }),
    orderId,
    programVersion,
    occurredAtMs: nowMs,
    detail: { orderName: name, ...detail },
    newLots: [lot],
    takes: repaid > 0 ? [{ lotId: lot.id, points: -repaid }] : [],
  });
}

function clawBack(draft: Draft, memberId: string, points: number, key: string, cause: OrderCause, nowMs: number): void {
  bookDue(draft, memberId, nowMs);
  const { orderId, programVersion, name, availableAtMs: _, ...detail } = cause;
  const { lots } = draft.account(memberId);
  const { takes, missing } = takeFrom(clawBackOrder(lots, orderId), points);
  const pendingLots = new Set(lots.filter((lot) => !lot.matured).map((lot) => lot.id));
  const pending = takes.filter((take) => pendingLots.has(take.lotId)).reduce((sum, take) => sum + take.points, 0);
  draft.post({
    key,
    memberId,
    kind: "claw-back",
    pending,
    available: missing - points - pending,
    owed: missing,
    orderId,
    programVersion,
    occurredAtMs: nowMs,
    detail: { orderName: name, ...detail },
    takes,
  });
}

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
    takes: takes.map((take) => ({ lotId: take.lotId, points: -take.points })),
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
  for (const { lotId, points: wasTaken } of taken) {
    const lot = account.lots.find((candidate) => candidate.id === lotId);
    if (!lot) throw new Error("A redemption names a lot that was not read.");
    const back = Math.min(wasTaken, missing);
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
function stillTaken(redemption: Redemption, moved: readonly Take[]): Redemption["takes"] {
  const before = redemption.takes.map((taken) => ({ lotId: taken.lotId, points: -taken.points }));
  return netTakes([...before, ...moved])
    .filter((net) => net.points < 0)
    .map((net) => ({ lotId: net.lotId, points: -net.points }));
}

/** One allocation per lot: given back and taken again by the same movement is one number. */
function netTakes(takes: readonly { lotId: string; points: number }[]) {
  const net = new Map<string, number>();
  for (const take of takes) net.set(take.lotId, (net.get(take.lotId) ?? 0) + take.points);
  return [...net].filter(([, points]) => points !== 0).map(([lotId, points]) => ({ lotId, points }));
}

/** An order used a code: the hold is spent; points that had gone back already are taken again, owed if gone (I8). */
function useCode(draft: Draft, code: string, orderId: string, nowMs: number): void {
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
function returnSpent(draft: Draft, redemption: Redemption, state: OrderState, nowMs: number): void {
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
    draft.post({ ...common, kind: "reclaim", available: difference + missing, owed: missing, takes });
    moved = takes;
  }
  const taken = stillTaken(redemption, moved);
  draft.putRedemption({ ...redemption, returned: target, returnings: redemption.returnings + 1, takes: taken });
}

/** What a sweep books for a member: everything that fell due. */
export function bookAllDue(account: Account, nowMs: number): Changes | null {
  const draft = new Draft({ accounts: [account] });
  bookDue(draft, account.memberId, nowMs);
  const changes = draft.changes();
  return isEmpty(changes) ? null : changes;
}

function refuse(refusal: Refusal): Decision {
  return { kind: "refused", refusal };
}
