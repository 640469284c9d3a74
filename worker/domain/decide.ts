/**
 * The ledger's rules: state + command → changes, or a refusal. Pure; time is passed in. Every command first books what fell due,
 * so that it acts on the true balance whether or not a sweep ran (invariants I10, I11).
 */
import type { Account, Changes, Redemption } from "./account.ts";
import { isEmpty } from "./account.ts";
import { Draft } from "./draft.ts";
import { clawBackOrder, GRACE_MS, type Lot, nextDueMs, spendingOrder, takeFrom } from "./lots.ts";
import { joinNews, type OrderNews } from "./order.ts";
import { NO_PROGRAM_VERSION, type ProgramVersion, versionInForce } from "./program.ts";
import type { Refusal } from "./refusal.ts";
import { priceReward, type RewardRequest, requestFingerprint } from "./rewards.ts";
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
  const back = givenBack(draft.account(account.memberId), redemption, key, nowMs);
  const repaid = Math.min(draft.account(account.memberId).owed, redemption.cost);
  const repayments = takeFrom(back.fillable, repaid).takes;
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
    takes: netTakes([...back.takes, ...repayments]),
    newLots: back.newLots,
  });
  const released: Redemption = { ...redemption, state: "released", reason };
  draft.putRedemption(released);
  return { kind: "changes", changes: draft.changes(), redemption: released };
}

/** Where returned points go: their own lot, or a lot of grace beside it when that has expired or soon will. */
function givenBack(account: Account, redemption: Redemption, key: string, nowMs: number) {
  const takes: { lotId: string; points: number }[] = [];
  const newLots: Lot[] = [];
  const fillable: Lot[] = [];
  for (const { lotId, points } of redemption.takes) {
    const lot = account.lots.find((candidate) => candidate.id === lotId);
    if (!lot) throw new Error("A hold names a lot that was not read.");
    if (lot.expiresAtMs === null || lot.expiresAtMs >= nowMs + GRACE_MS) {
      takes.push({ lotId, points });
      fillable.push({ ...lot, remaining: points });
      continue;
    }
    const id = `${key}/${newLots.length + 1}`;
    newLots.push({ ...lot, id, amount: points, remaining: points, expiresAtMs: nowMs + GRACE_MS, matured: true });
    fillable.push({ ...lot, id, remaining: points });
  }
  return { takes, newLots, fillable };
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
  } else {
    const { takes, missing } = takeFrom(spendingOrder(draft.account(memberId).lots), cost);
    draft.post({
      ...common,
      key: `reclaim:${redemption.id}`,
      kind: "reclaim",
      available: missing - cost,
      owed: missing,
      takes,
    });
  }
  draft.putRedemption({ ...redemption, state: "used", usedByOrder: orderId });
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
