/**
 * An order's news: what it changes in the ledger. Pure; time is passed in. The other commands are in spending.ts; what falls due by itself
 * is in due.ts; each movement of points is one call of `Draft.post`.
 */
import type { Draft } from "./draft.ts";
import { bookDue } from "./due.ts";
import { clawBackOrder, DAY_MS, type Lot, takeFrom } from "./lots.ts";
import { joinNews, type OrderNews } from "./order.ts";
import { NO_PROGRAM_VERSION, type ProgramVersion, type ShopRules, versionInForce } from "./program.ts";
import { type Settlement, settle } from "./settlement.ts";
import { returnSpent, useCode } from "./spending.ts";

/** One order and what was heard of it. */
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
  // Used means: an order was created with the code; a newer state that has lost it changes nothing about that.
  const bodies = command.news.flatMap((news) => (news.kind === "state" ? [news.body] : []));
  const codes = new Set([state.body, ...bodies].flatMap((body) => body?.codes ?? []));
  for (const code of codes) useCode(draft, code, command.orderId, nowMs);
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
