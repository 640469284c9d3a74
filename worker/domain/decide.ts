/**
 * An order's news: what it changes in the ledger. Pure; time is passed in. The other commands are in spending.ts, members.ts and
 * opening-balances.ts; what falls due by itself is in due.ts; each movement of points is one call of `Draft.post`.
 */
import type { EntryDetail, OrderRecord } from "./account.ts";
import { dayOf } from "./calendar.ts";
import type { Draft } from "./draft.ts";
import { bookDue, giveDue } from "./due.ts";
import { DAY_MS, type Lot, stepTowards, takesOfClawBack } from "./lots.ts";
import { isMemberAt } from "./members.ts";
import { joinNews, type OrderNews, type OrderState, withoutCustomer } from "./order.ts";
import { NO_PROGRAM_VERSION, type ProgramVersion, type ShopRules, versionInForce, versionOf } from "./program.ts";
import { type Contribution, moveProgress } from "./progress.ts";
import { type Settlement, settle, tierWorth } from "./settlement.ts";
import { returnSpent, useCode } from "./spending.ts";
import { multiplierOn } from "./tiers.ts";

/** One order and what was heard of it. */
export interface SettleCommand {
  readonly orderId: string;
  readonly news: readonly OrderNews[];
}

/**
 * Settles one order into the draft. What comes to its customer is posted before what goes: so nothing is owed or let off that the same news brings,
 * and it does not matter whether a refund was heard of at once or in parts (I4 to I7). An order whose holder was forgotten stays theirs, whomever late
 * news names, and does not learn the name again.
 */
export function settleOrder(draft: Draft, command: SettleCommand, nowMs: number): void {
  draft.noteTime(nowMs);
  // What is known of it now, and whose it is.
  const before = draft.order(command.orderId);
  const forgottenId = forgottenHolder(draft, before);
  const news = forgottenId === null ? command.news : command.news.map(withoutCustomer);
  const state = news.reduce(joinNews, before.state);
  const memberId = forgottenId ?? (state.body?.customerId ? draft.memberOf(state.body.customerId) : null);
  // What it is worth.
  const fixed = fixTerms(draft, { ...before, state }, memberId);
  const version = versionOf(draft.rules, fixed.programVersion);
  const { currency, productGroups } = draft.rules;
  const settlement =
    fixed.takesPart === false ? NOT_A_MEMBER : settle(state, version, currency, fixed.multiplier, productGroups);

  // Points move: from whoever held it before, to whoever does now; what the present one loses goes last, after what the order's codes give back.
  if (memberId !== null && state.body) startInactivityAnew(draft, memberId, state.body.createdAtMs, nowMs);
  const posting = new OrderPosting(draft, { ...fixed, reason: settlement.reason }, version, nowMs);
  if (before.memberId !== null && before.memberId !== memberId) posting.leave(before.memberId);
  if (memberId !== null) posting.raise(settlement, memberId);
  useAndReturn(draft, { orderId: command.orderId, news, state }, nowMs);
  if (memberId !== null) posting.lower(settlement, memberId);

  // Tiers: what it counts for, and gifts that are due by now.
  const after = { ...posting.record, memberId, contribution: contributionOf(draft, posting.record, memberId, version) };
  countTowardsTiers(draft, before, after, nowMs);
  // By their text: the columns are json, which keeps keys in order. An exact repeat writes nothing.
  if (JSON.stringify(after) !== JSON.stringify(before)) draft.putOrder(after);
  if (memberId !== null) giveDue(draft, memberId, nowMs);
}

/** Marks what the order used, and gives back what it had spent. Used means: an order was created with the code; a newer state that has lost it changes nothing about that. */
function useAndReturn(
  draft: Draft,
  { orderId, news, state }: SettleCommand & { readonly state: OrderState },
  nowMs: number,
) {
  const bodies = news.flatMap((one) => (one.kind === "state" ? [one.body] : []));
  const codes = new Set([state.body, ...bodies].flatMap((body) => body?.codes ?? []));
  for (const code of codes) useCode(draft, code, orderId, nowMs);
  for (const redemption of draft.redemptionsUsedBy(orderId)) returnSpent(draft, redemption, state, nowMs);
}

/** The member who holds the order's points, where that is nobody's account any more. */
function forgottenHolder(draft: Draft, { memberId }: OrderRecord): string | null {
  return memberId !== null && draft.account(memberId).customerId === null ? memberId : null;
}

/** What has expired by now stays expired: it is booked before the clock of inactivity starts anew. */
function startInactivityAnew(draft: Draft, memberId: string, createdAtMs: number, nowMs: number): void {
  const atMs = Math.min(createdAtMs, nowMs);
  if (atMs <= (draft.account(memberId).lastActivityMs ?? Number.NEGATIVE_INFINITY)) return;
  bookDue(draft, memberId, nowMs);
  draft.noteActivity(memberId, atMs);
}

const NOT_A_MEMBER: Settlement = { points: 0, reason: "not-a-member", eligibleMinor: 0, lines: [] };

/**
 * The terms of an order. The version: once, at the first body seen, also when none was in force then (later, back-dated versions change nothing). The
 * tier's multiplier: once, with the first customer. Whether the order takes part: anew for each customer who comes to hold it, as they were when it was
 * created. A shop that has no program at all fixes nothing: when it begins one, it may reach back.
 */
function fixTerms(draft: Draft, order: OrderRecord, memberId: string | null): OrderRecord {
  const { body } = order.state;
  if (body === null || draft.rules.versions.length === 0) return order;
  const programVersion = order.programVersion ?? firstVersion(draft.rules, body.createdAtMs);
  const isAsked = order.takesPart !== null && memberId === order.memberId;
  if (memberId === null || isAsked) return { ...order, programVersion };
  const account = draft.account(memberId);
  const program = versionOf(draft.rules, programVersion)?.program ?? null;
  const takesPart = program === null || isMemberAt(account, program, body.createdAtMs);
  if (order.takesPart !== null) return { ...order, programVersion, takesPart };
  // By the tier they had before this order: it is not counted yet, so that no order multiplies itself.
  const day = dayOf(body.createdAtMs, draft.rules.timeZone);
  const multiplier = multiplierOn(account.progress, program?.tiers ?? null, day);
  return { ...order, programVersion, takesPart, multiplier };
}

/** What an order counts for towards its member's tier; null for one that has no part in the program, or no member. The day stays as it was first seen. */
function contributionOf(
  draft: Draft,
  order: OrderRecord,
  memberId: string | null,
  version: ProgramVersion | null,
): Contribution | null {
  const { body } = order.state;
  if (memberId === null || version === null || body === null || order.takesPart !== true) return null;
  const day = order.contribution?.day ?? dayOf(body.createdAtMs, draft.rules.timeZone);
  return { day, ...tierWorth(order.state, version, draft.rules.currency, draft.rules.productGroups) };
}

/** Moves the progress of whoever held the order, and of whoever holds it now, by what is different. */
function countTowardsTiers(draft: Draft, before: OrderRecord, after: OrderRecord, nowMs: number): void {
  if (JSON.stringify(after.contribution) === JSON.stringify(before.contribution) && after.memberId === before.memberId)
    return;
  const today = dayOf(nowMs, draft.rules.timeZone);
  const move = (memberId: string, less: Contribution | null, more: Contribution | null): void => {
    const { progress } = draft.account(memberId);
    draft.noteMember(memberId, { progress: moveProgress(progress, less, more, today) });
  };
  if (before.memberId !== null && before.memberId === after.memberId)
    move(before.memberId, before.contribution, after.contribution);
  else {
    if (before.memberId !== null) move(before.memberId, before.contribution, null);
    if (after.memberId !== null) move(after.memberId, null, after.contribution);
  }
}

function firstVersion(rules: ShopRules, createdAtMs: number): number {
  return versionInForce(rules.versions, createdAtMs)?.version ?? NO_PROGRAM_VERSION;
}

/**
 * Brings what the ledger holds for one order to where it should be, entry by entry. What earlier customers were forgiven and keep (`leftBehind`) is
 * left out of all arithmetic: of `posted`, of `forgiven`, and of what entries say was posted before.
 */
class OrderPosting {
  record: OrderRecord;
  readonly #draft: Draft;
  readonly #version: ProgramVersion | null;
  readonly #nowMs: number;

  constructor(draft: Draft, record: OrderRecord, version: ProgramVersion | null, nowMs: number) {
    this.#draft = draft;
    this.record = record;
    this.#version = version;
    this.#nowMs = nowMs;
  }

  /** Where it is worth more than is held for it, the difference comes: first what had been forgiven of it, then new points. */
  raise(settlement: Settlement, memberId: string): void {
    this.#findAgain(memberId);
    const { forgiven } = this.record;
    const { rise } = this.#advance(settlement.points);
    const madeGoodPoints = forgiven - this.record.forgiven;
    const madeGood = madeGoodPoints > 0 ? { madeGoodPoints } : {};
    if (rise > 0) this.#earn(rise, memberId, { ...this.#explain(settlement), ...madeGood });
  }

  /** Where it is worth less than is held for it, the difference goes. */
  lower(settlement: Settlement, memberId: string): void {
    const { fall } = this.#advance(settlement.points);
    if (fall > 0) this.#clawBack(fall, memberId, { ...this.#explain(settlement), reason: settlement.reason });
  }

  /** The order goes to another customer, or to none: what is forgiven to this one stays with them and is nobody else's concern. */
  leave(memberId: string): void {
    this.#findAgain(memberId);
    const { fall } = this.#advance(0);
    if (fall > 0) this.#clawBack(fall, memberId, { reason: "order-moved", targetPoints: 0 });
    const { forgiven, leftBehind, leftWith } = this.record;
    const kept = forgiven - leftBehind;
    if (kept > 0) this.record = { ...this.record, leftBehind: forgiven, leftWith: { ...leftWith, [memberId]: kept } };
  }

  /** What was forgiven to this member, or to whoever became part of them, when the order left: they still have it, so it counts again. */
  #findAgain(memberId: string): void {
    const { [memberId]: kept = 0, ...leftWith } = this.record.leftWith;
    if (kept > 0) this.record = { ...this.record, leftBehind: this.record.leftBehind - kept, leftWith };
  }

  /** The step towards a target, for the present customer's part. Also writes down what is forgiven after it. */
  #advance(target: number) {
    const { posted, forgiven, leftBehind } = this.record;
    const step = stepTowards(target, { posted: posted - leftBehind, forgiven: forgiven - leftBehind });
    this.record = { ...this.record, forgiven: leftBehind + step.forgiven };
    return step;
  }

  #earn(points: number, memberId: string, detail: EntryDetail): void {
    const [draft, nowMs] = [this.#draft, this.#nowMs];
    bookDue(draft, memberId, nowMs);
    const availableAtMs = availableAt(this.record.state, this.#version, nowMs);
    const matured = availableAtMs <= nowMs;
    const cause = this.#cause(memberId, matured ? detail : { ...detail, availableAtMs });
    const { orderId } = this.record;
    const dates = { availableAtMs, fixedExpiryMs: null, matured, expired: false };
    const lot: Lot = { id: cause.key, orderId, amount: points, remaining: points, ...dates };
    draft.post({ ...cause, kind: "earn", ...draft.arrival(memberId, lot, nowMs) });
    this.#posted(points);
    // It may be so late that it has expired already.
    bookDue(draft, memberId, nowMs);
  }

  /**
   * Takes back what is there. What of the order's own points had expired is gone already; the rest is owed. Where the program stops at zero it is
   * forgiven, but for debts that the order's points had paid: they are owed as before.
   */
  #clawBack(points: number, memberId: string, detail: EntryDetail): void {
    const draft = this.#draft;
    bookDue(draft, memberId, this.#nowMs);
    const lots = draft.lots(memberId);
    const { orderId, posted, forgiven } = this.record;
    const expired = draft.expiredOf(orderId, memberId) - this.#lapsedBefore();
    const { takes, lapsed, missing } = takesOfClawBack(lots, { orderId, points, standing: posted - forgiven, expired });
    const pendingLots = new Set(lots.filter((lot) => !lot.matured).map((lot) => lot.id));
    const fromPending = takes.reduce((sum, take) => sum - (pendingLots.has(take.lotId) ? take.points : 0), 0);
    // points = fromPending + fromAvailable + lapsed + missing, and missing = owed + let off.
    const fromAvailable = points - lapsed - missing - fromPending;
    const again = Math.min(missing, draft.repaidOf(orderId, memberId));
    const letOff = this.#version?.program.owing === "stop-at-zero" ? missing - again : 0;
    const why = { ...(lapsed > 0 ? { lapsedPoints: lapsed } : {}), ...(letOff > 0 ? { forgivenPoints: letOff } : {}) };
    if (lapsed + letOff < points) {
      draft.post({
        ...this.#cause(memberId, { ...detail, ...why }),
        kind: "claw-back",
        // Not `-fromPending`, which may be -0.
        pending: 0 - fromPending,
        available: 0 - fromAvailable,
        owed: missing - letOff,
        takes,
      });
      this.#posted(lapsed + letOff - points);
    }
    this.record = { ...this.record, forgiven: forgiven + lapsed + letOff };
  }

  /**
   * How much of what expired an earlier claw-back has found lapsed, so that it does not count again. Where debts are made, all that is forgiven has lapsed.
   * Where the program stops at zero the two cannot be told apart, and need not be: points lapse only after all that was spent has been taken or let off.
   */
  #lapsedBefore(): number {
    const { forgiven, leftBehind } = this.record;
    return this.#version?.program.owing === "stop-at-zero" ? 0 : forgiven - leftBehind;
  }

  #posted(points: number): void {
    const { posted, postings } = this.record;
    this.record = { ...this.record, posted: posted + points, postings: postings + 1 };
  }

  #cause(memberId: string, detail: EntryDetail) {
    const { orderId, programVersion, state, posted, postings, leftBehind } = this.record;
    const forgiven = this.record.forgiven - leftBehind;
    const before = { postedPoints: posted - leftBehind, ...(forgiven > 0 ? { forgivenBeforePoints: forgiven } : {}) };
    return {
      key: `order:${orderId}:${postings + 1}`,
      memberId,
      orderId,
      programVersion,
      occurredAtMs: this.#nowMs,
      detail: { orderName: state.body?.name ?? "", ...before, ...detail },
    };
  }

  #explain(settlement: Settlement): EntryDetail {
    const { currency } = this.#draft.rules;
    const { multiplier } = this.record;
    return {
      eligibleMinor: settlement.eligibleMinor,
      currency,
      targetPoints: settlement.points,
      lines: settlement.lines,
      ...(settlement.paid ? { paid: settlement.paid } : {}),
      ...(settlement.net ? { net: settlement.net } : {}),
      ...(settlement.kept ? { kept: settlement.kept } : {}),
      ...(settlement.notCounted ? { notCounted: settlement.notCounted } : {}),
      ...(multiplier === 10_000 ? {} : { multiplier }),
      ...(this.#version ? { earn: this.#version.program.earn } : {}),
      ...(this.#version?.program.taxEarns ? { withTax: true } : {}),
    };
  }
}

/** The return window counts from when the order was processed, also for what it earns later. */
function availableAt(state: OrderState, version: ProgramVersion | null, nowMs: number): number {
  return (state.body?.processedAtMs ?? nowMs) + (version?.program.pendingDays ?? 0) * DAY_MS;
}
