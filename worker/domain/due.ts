/** What falls due by itself: points mature, points expire. Every command books it first, so that it acts on the true balance (I10, I11). */
import { type Account, type Changes, isEmpty } from "./account.ts";
import { Draft } from "./draft.ts";
import { type Lot, nextDueMs } from "./lots.ts";

/** Books what matured or expired by `nowMs`, oldest first. */
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

/** What a sweep books for a member: everything that fell due. */
export function bookAllDue(account: Account, nowMs: number): Changes | null {
  const draft = new Draft({ accounts: [account] });
  bookDue(draft, account.memberId, nowMs);
  const changes = draft.changes();
  return isEmpty(changes) ? null : changes;
}
