/**
 * What concerns a member rather than an order or a reward: joining and leaving, the staff's adjustments, balances brought along from
 * elsewhere, two customers becoming one. Pure; time is passed in.
 */
import { type Account, type Changes, type Entry, type MembershipChange, PILOT_WAYS, type PilotWay } from "./account.ts";
import { Draft } from "./draft.ts";
import { bookDue } from "./due.ts";
import { type Lot, spendingOrder, takeFrom } from "./lots.ts";
import type { Program, ShopRules } from "./program.ts";
import { joinProgress, NO_PROGRESS } from "./progress.ts";
import type { Refusal } from "./refusal.ts";

/** Of two customers who became one: who stays, and who is gone. */
export interface CustomerMerger {
  readonly keptCustomerId: string;
  readonly mergedCustomerId: string;
}

export type MemberDecision =
  | { readonly kind: "changes"; readonly changes: Changes }
  /** It was done before, or is so already: no second effect. */
  | { readonly kind: "replay" }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/**
 * Whether an order created at this moment earns for the member: their own last word until then, or what the program presumes. Of a pilot: whoever
 * is on its list or has its tag, unless they left.
 */
export function isMemberAt(
  account: Pick<Account, "membership">,
  program: Pick<Program, "membership">,
  atMs: number,
): boolean {
  const ownWord = ownWordAt(account, atMs);
  if (program.membership !== "pilot") return ownWord ?? program.membership === "everybody";
  return isInPilotAt(account, atMs) && ownWord !== false;
}

/** The member's own last word until a moment: joined, left, or null where they never said. */
export function ownWordAt(account: Pick<Account, "membership">, atMs: number): boolean | null {
  return lastChange(account, undefined, atMs)?.isMember ?? null;
}

/** Whether the member is in the pilot at a moment: on its list, or by its tag as it was read until then. */
export function isInPilotAt(account: Pick<Account, "membership">, atMs: number): boolean {
  return isInPilotBy(account, "pilot", atMs) || isInPilotBy(account, "tag", atMs);
}

/** The same, by one of the two ways. */
export function isInPilotBy(account: Pick<Account, "membership">, way: PilotWay, atMs: number): boolean {
  return lastChange(account, way, atMs)?.isMember ?? false;
}

function lastChange({ membership }: Pick<Account, "membership">, by: MembershipChange["by"], atMs: number) {
  return membership.findLast((change) => change.by === by && change.atMs <= atMs);
}

/** The member joins or leaves: orders created from now on earn, or earn nothing. The balance stays as it is. */
export function changeMembership(account: Account, rules: ShopRules, isMember: boolean, nowMs: number): MemberDecision {
  if (lastChange(account, undefined, Number.POSITIVE_INFINITY)?.isMember === isMember) return { kind: "replay" };
  const change: MembershipChange = { atMs: nowMs, isMember };
  const draft = new Draft({ accounts: [account] }, rules);
  bookDue(draft, account.memberId, nowMs);
  draft.noteMember(account.memberId, { membership: [...account.membership, change] });
  if (isMember) draft.noteActivity(account.memberId, nowMs);
  return { kind: "changes", changes: draft.changes() };
}

/** Staff put a member on the pilot's list or take them off, or its tag came or went: it counts for orders created from now on. */
export function invite(
  account: Account,
  rules: ShopRules,
  isInvited: boolean,
  nowMs: number,
  way: PilotWay = "pilot",
): MemberDecision {
  if (isInPilotBy(account, way, nowMs) === isInvited) return { kind: "replay" };
  const change: MembershipChange = { atMs: nowMs, isMember: isInvited, by: way };
  const draft = new Draft({ accounts: [account] }, rules);
  bookDue(draft, account.memberId, nowMs);
  draft.noteMember(account.memberId, { membership: [...account.membership, change] });
  return { kind: "changes", changes: draft.changes() };
}

/** Points given (positive) or taken (negative) by staff. The id is the caller's: the same one posts once (I9). */
export interface Adjustment {
  readonly id: string;
  readonly points: number;
  /** In the staff's words, shown to the shopper. */
  readonly reason: string;
}

/** Points that a member brings along from another program. */
export interface OpeningBalance {
  readonly id: string;
  readonly points: number;
  readonly availableAtMs: number;
  /** Null = as the program has it. */
  readonly expiresAtMs: number | null;
}

export type PostedEntry = Pick<Entry, "key" | "memberId" | "points" | "detail">;

interface MemberBooks {
  readonly account: Account;
  /** The entry that this command has posted before, if it has. */
  readonly posted: PostedEntry | null;
}

export const adjustmentKey = (id: string): string => `adjust:${id}`;
export const openingKey = (id: string): string => `open:${id}`;

/** Posts an adjustment. It takes no more than is available: staff do not make debts. */
export function adjustPoints(
  { account, posted }: MemberBooks,
  rules: ShopRules,
  { id, points, reason }: Adjustment,
  nowMs: number,
): MemberDecision {
  if (posted) return repeated({ account, posted }, id, points, posted.detail.reason === reason);
  if (!Number.isSafeInteger(points) || points === 0)
    return refuse({ code: "invalid-request", detail: "An adjustment is a whole number of points, and not 0." });
  if (reason.trim() === "") return refuse({ code: "invalid-request", detail: "An adjustment needs a reason." });
  const draft = new Draft({ accounts: [account] }, rules);
  bookDue(draft, account.memberId, nowMs);
  const { available } = draft.account(account.memberId);
  if (available + points < 0 && points < 0) return refuse({ code: "insufficient-points", needed: -points, available });
  const key = adjustmentKey(id);
  const common = { key, memberId: account.memberId, kind: "adjust", occurredAtMs: nowMs, detail: { reason } } as const;
  if (points < 0) {
    const { takes } = takeFrom(spendingOrder(draft.lots(account.memberId)), -points);
    draft.post({ ...common, available: points, takes });
  } else {
    const lot = newLot(key, points, { availableAtMs: nowMs, fixedExpiryMs: null }, true);
    draft.post({ ...common, ...draft.arrival(account.memberId, lot, nowMs) });
  }
  return { kind: "changes", changes: draft.changes() };
}

/** Posts an opening balance as a lot with its own dates. */
export function openBalance(
  { account, posted }: MemberBooks,
  rules: ShopRules,
  { id, points, availableAtMs, expiresAtMs }: OpeningBalance,
  nowMs: number,
): MemberDecision {
  const dates = { availableAtMs, expiresAtMs };
  if (posted)
    return repeated({ account, posted }, id, points, JSON.stringify(posted.detail.dates) === JSON.stringify(dates));
  if (!Number.isSafeInteger(points) || points < 1)
    return refuse({ code: "invalid-request", detail: "An opening balance is a whole number of points, 1 or more." });
  if (expiresAtMs !== null && expiresAtMs <= Math.max(nowMs, availableAtMs))
    return refuse({ code: "invalid-request", detail: "These points would have expired before they could be used." });
  const draft = new Draft({ accounts: [account] }, rules);
  bookDue(draft, account.memberId, nowMs);
  const key = openingKey(id);
  const matured = availableAtMs <= nowMs;
  draft.post({
    key,
    memberId: account.memberId,
    kind: "open",
    ...draft.arrival(
      account.memberId,
      newLot(key, points, { availableAtMs, fixedExpiryMs: expiresAtMs }, matured),
      nowMs,
    ),
    occurredAtMs: nowMs,
    detail: matured ? { dates } : { dates, availableAtMs },
  });
  // They may be so old that they have expired by the program's rule.
  bookDue(draft, account.memberId, nowMs);
  return { kind: "changes", changes: draft.changes() };
}

/**
 * One member's book becomes part of another's: pots, lots with their dates, debts. Orders and redemptions stay where they are and are found
 * through the merger from then on. Done before, or the same member already: nothing.
 */
export function mergeMembers(draft: Draft, fromMemberId: string, intoMemberId: string, nowMs: number): void {
  if (fromMemberId === intoMemberId) return;
  for (const memberId of [fromMemberId, intoMemberId]) bookDue(draft, memberId, nowMs);
  const from = draft.account(fromMemberId);
  // Before anything is taken: what the other did last moves the dates by which it is taken.
  if (from.lastActivityMs !== null) draft.noteActivity(intoMemberId, from.lastActivityMs);
  const into = draft.account(intoMemberId);
  const { pending, available, held, owed } = from;
  if (pending + available + held + owed > 0) {
    const common = { kind: "merge", occurredAtMs: nowMs } as const;
    const live = from.lots.filter((lot) => lot.remaining > 0);
    const emptied = live.map((lot) => ({ lotId: lot.id, points: -lot.remaining }));
    const pots = { pending: -pending, available: -available, held: -held, owed: -owed };
    const out = { key: `merge:${fromMemberId}:out`, memberId: fromMemberId, detail: { reason: "moved-out" } };
    draft.post({ ...common, ...out, ...pots, takes: emptied });
    const key = `merge:${fromMemberId}:in`;
    const newLots = live.map((lot, index) => ({ ...lot, id: `${key}/${index + 1}`, amount: lot.remaining }));
    const dated = newLots.map((lot) => ({ ...lot, expiresAtMs: draft.expiryOf(intoMemberId, lot) }));
    const repaid = Math.min(into.owed + owed, into.available + available);
    const { takes } = takeFrom(spendingOrder([...draft.lots(intoMemberId), ...dated]), repaid);
    const moved = { pending, available: available - repaid, held, owed: owed - repaid };
    const arrival = { key, memberId: intoMemberId, detail: { reason: "moved-in" } };
    draft.post({ ...common, ...arrival, ...moved, newLots, takes });
  }
  draft.noteMember(intoMemberId, {
    formerCustomerIds: [...into.formerCustomerIds, ...customerIdsOf(from)],
    membership: joinMembership(into, from, nowMs),
    progress: joinProgress(into.progress, from.progress),
  });
  draft.noteMember(fromMemberId, { progress: NO_PROGRESS });
  draft.noteMerger({ fromMemberId, intoMemberId });
}

/** What both were told and said, in its order. Whoever was in the pilot by one of its ways stays in it. */
function joinMembership(into: Account, from: Account, nowMs: number): readonly MembershipChange[] {
  const membership = [...into.membership, ...from.membership].sort((a, b) => a.atMs - b.atMs);
  const lost = PILOT_WAYS.filter(
    (way) => [into, from].some((one) => isInPilotBy(one, way, nowMs)) && !isInPilotBy({ membership }, way, nowMs),
  );
  return [...membership, ...lost.map((by): MembershipChange => ({ atMs: nowMs, isMember: true, by }))];
}

function customerIdsOf(account: Account): readonly string[] {
  return account.customerId === null ? account.formerCustomerIds : [account.customerId, ...account.formerCustomerIds];
}

function newLot(
  id: string,
  points: number,
  dates: Pick<Lot, "availableAtMs" | "fixedExpiryMs">,
  matured: boolean,
): Lot {
  return { id, orderId: null, amount: points, remaining: points, ...dates, matured, expired: false };
}

function repeated({ account, posted }: MemberBooks, id: string, points: number, isRestSame: boolean): MemberDecision {
  const isSame = posted?.memberId === account.memberId && posted.points === points && isRestSame;
  return isSame ? { kind: "replay" } : refuse({ code: "different-request", id });
}

function refuse(refusal: Refusal): MemberDecision {
  return { kind: "refused", refusal };
}
