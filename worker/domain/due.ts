/** What falls due by itself: points mature, points expire, gifts are given. Every command books it first, so that it acts on the true balance (I10, I11). */
import type { Account, Changes } from "./account.ts";
import { Draft } from "./draft.ts";
import { expiryRuleOf } from "./expiry.ts";
import { type DatedLot, nextDueMs } from "./lots.ts";
import { type ShopRules, versionInForce } from "./program.ts";
import { comingGifts } from "./tiers.ts";

/** Books what matured, expired or was to be given by `nowMs`, oldest first. */
export function bookDue(draft: Draft, memberId: string, nowMs: number): void {
  draft.noteTime(nowMs);
  const gifts = comingGifts(draft.account(memberId).progress, draft.rules, nowMs);
  for (const { dueMs } of gifts) {
    if (dueMs > nowMs) break;
    bookLots(draft, memberId, dueMs);
    giveDue(draft, memberId, nowMs, dueMs);
  }
  bookLots(draft, memberId, nowMs);
}

function bookLots(draft: Draft, memberId: string, untilMs: number): void {
  for (;;) {
    const due = draft
      .lots(memberId)
      .filter((lot) => (nextDueMs(lot) ?? Number.POSITIVE_INFINITY) <= untilMs)
      .sort((a, b) => (nextDueMs(a) ?? 0) - (nextDueMs(b) ?? 0) || (a.id < b.id ? -1 : 1))[0];
    if (!due) return;
    if (due.matured) expire(draft, memberId, due);
    else mature(draft, memberId, due);
  }
}

/**
 * Gives the entry gifts of tiers that are due. Their points can be spent at once: what reached the tier can no longer be returned. Each tier's is
 * given once for good, whatever becomes of the tier.
 */
export function giveDue(draft: Draft, memberId: string, nowMs: number, untilMs = nowMs): void {
  const { progress, customerId } = draft.account(memberId);
  // Nothing more is given to somebody who was forgotten.
  if (customerId === null) return;
  const due = comingGifts(progress, draft.rules, nowMs).filter(({ dueMs }) => dueMs <= untilMs);
  if (due.length === 0) return;
  const gifts = [...progress.gifts, ...due.map(({ tier }) => tier.id)].sort();
  draft.noteMember(memberId, { progress: { ...progress, gifts } });
  const programVersion = versionInForce(draft.rules.versions, nowMs)?.version ?? null;
  for (const { tier, dueMs } of due) {
    const key = `gift:${tier.id}:${memberId}`;
    const dates = { availableAtMs: dueMs, fixedExpiryMs: null, matured: true, expired: false };
    const lot = { id: key, orderId: null, amount: tier.giftPoints, remaining: tier.giftPoints, ...dates };
    draft.post({
      key,
      memberId,
      kind: "gift",
      ...draft.arrival(memberId, lot, dueMs),
      programVersion,
      occurredAtMs: dueMs,
      detail: { tierName: tier.name },
    });
  }
}

/** The account as it truly is at `nowMs`; nothing is written. */
export function accountAt(account: Account, rules: ShopRules, nowMs: number): DatedAccount {
  const draft = new Draft({ accounts: [account] }, rules);
  bookDue(draft, account.memberId, nowMs);
  return { ...draft.account(account.memberId), lots: draft.lots(account.memberId) };
}

/** An account whose lots tell when they expire. */
export interface DatedAccount extends Account {
  readonly lots: readonly DatedLot[];
}

function mature(draft: Draft, memberId: string, lot: DatedLot): void {
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

function expire(draft: Draft, memberId: string, lot: DatedLot): void {
  draft.post({
    key: `expire:${lot.id}`,
    memberId,
    kind: "expire",
    available: -lot.remaining,
    orderId: lot.orderId,
    occurredAtMs: lot.expiresAtMs ?? lot.availableAtMs,
    detail: { expiry: expiryRuleOf(lot, draft.rules.expiry, draft.account(memberId).lastActivityMs) },
    takes: [{ lotId: lot.id, points: -lot.remaining }],
    expires: [lot.id],
  });
}

/** What a sweep books for a member: everything that fell due, and when to look next (a new rule may have moved that). */
export function bookAllDue(account: Account, rules: ShopRules, nowMs: number): Changes {
  const draft = new Draft({ accounts: [account] }, rules);
  draft.touch(account.memberId);
  bookDue(draft, account.memberId, nowMs);
  return draft.changes();
}
