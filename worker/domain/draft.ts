/**
 * A draft of changes: the accounts as they would be, and the entries, lots and allocations that make them so. Every movement of
 * points in the system is one call of `post`, which keeps the counters, the lots and the entry in step.
 */
import {
  type Account,
  type Allocation,
  type ChangedAccount,
  type Changes,
  type Entry,
  type EntryDetail,
  type EntryKind,
  isCustomer,
  type Merger,
  type OrderRecord,
  type Redemption,
} from "./account.ts";
import { expiryOf } from "./expiry.ts";
import { type DatedLot, type Lot, type LotOrigin, nextDueMs, type Take } from "./lots.ts";
import type { ShopRules } from "./program.ts";
import { nextTierMs } from "./tiers.ts";

interface Movement {
  readonly key: string;
  readonly memberId: string;
  readonly kind: EntryKind;
  readonly pending?: number;
  readonly available?: number;
  readonly held?: number;
  readonly owed?: number;
  readonly orderId?: string | null;
  readonly redemptionId?: string | null;
  readonly programVersion?: number | null;
  readonly occurredAtMs: number;
  readonly detail?: EntryDetail;
  readonly takes?: readonly Take[];
  readonly newLots?: readonly Lot[];
  /** Lots whose points are booked as available from now on. */
  readonly matures?: readonly string[];
  /** Lots that never hold points again. */
  readonly expires?: readonly string[];
}

export class Draft {
  readonly rules: ShopRules;
  readonly #accounts = new Map<string, Account>();
  readonly #orders = new Map<string, OrderRecord>();
  readonly #redemptions = new Map<string, Redemption>();
  readonly #entries: Entry[] = [];
  readonly #allocations: Allocation[] = [];
  readonly #newLots = new Set<string>();
  readonly #touchedLots = new Set<string>();
  readonly #touchedAccounts = new Set<string>();
  readonly #touchedOrders = new Set<string>();
  readonly #touchedRedemptions = new Set<string>();
  readonly #mergers: Merger[] = [];
  /** An order's points that expired unused, by order and member, as the two below. */
  readonly #expired = new Tally();
  /** An order's points that paid debts, less what its claw-backs made owed again. */
  readonly #repaid = new Tally();
  /** What an order's claw-backs made owed, less what its points have paid since. */
  readonly #ownDebts = new Tally();
  /** The latest moment that something was decided at: what comes after it is still to come. */
  #nowMs = Number.NEGATIVE_INFINITY;

  constructor(
    books: {
      readonly accounts: Iterable<Account>;
      readonly orders?: Iterable<OrderRecord>;
      readonly redemptions?: Iterable<Redemption>;
    },
    rules: ShopRules,
  ) {
    this.rules = rules;
    for (const account of books.accounts) this.#accounts.set(account.memberId, account);
    for (const order of books.orders ?? []) {
      this.#orders.set(order.orderId, order);
      for (const [memberId, points] of Object.entries(order.expired))
        this.#expired.add(order.orderId, memberId, points);
      for (const [memberId, changes] of Object.entries(order.owedChanges))
        for (const owed of changes) this.#noteOwed(order.orderId, memberId, owed);
    }
    for (const redemption of books.redemptions ?? []) this.#redemptions.set(redemption.id, redemption);
  }

  noteTime(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
  }

  account(memberId: string): Account {
    const account = this.#accounts.get(memberId);
    if (!account) throw new Error("A movement names a member whose account was not read.");
    return account;
  }

  /** The member's lots, each with the moment it expires. */
  lots(memberId: string): readonly DatedLot[] {
    return this.account(memberId).lots.map((lot) => ({ ...lot, expiresAtMs: this.expiryOf(memberId, lot) }));
  }

  expiryOf(memberId: string, lot: LotOrigin): number | null {
    return expiryOf(lot, this.rules.expiry, this.account(memberId).lastActivityMs);
  }

  memberOf(customerId: string): string | null {
    for (const account of this.#accounts.values()) if (isCustomer(account, customerId)) return account.memberId;
    return null;
  }

  order(orderId: string): OrderRecord {
    const order = this.#orders.get(orderId);
    if (!order) throw new Error("A settlement names an order that was not read.");
    return order;
  }

  /** How many of an order's points expired unused while they were this member's. */
  expiredOf(orderId: string, memberId: string): number {
    return this.#expired.of(orderId, memberId);
  }

  /** How many of an order's points paid this member's debts, and are not owed again since. */
  repaidOf(orderId: string, memberId: string): number {
    return this.#repaid.of(orderId, memberId);
  }

  /** Points that pay a debt raise the one and lower the other; a new debt does the reverse. Neither goes below 0. */
  #noteOwed(orderId: string, memberId: string, owed: number): void {
    this.#repaid.add(orderId, memberId, -owed);
    this.#ownDebts.add(orderId, memberId, owed);
  }

  /** The load tells these tallies of the entries that are written (`lojal_load_6`); this adds those of this draft. */
  #tally(orderId: string, { memberId, kind, available = 0, owed = 0 }: Movement): void {
    if (kind === "expire") this.#expired.add(orderId, memberId, -available);
    if (kind === "earn" || kind === "mature" || kind === "claw-back") this.#noteOwed(orderId, memberId, owed);
  }

  redemption(id: string): Redemption | null {
    return this.#redemptions.get(id) ?? null;
  }

  /** Sorted by id: whichever comes back first pays what is owed, and how they were read must not decide that. */
  redemptionsUsedBy(orderId: string): readonly Redemption[] {
    const used = [...this.#redemptions.values()].filter((redemption) => redemption.usedByOrder === orderId);
    return used.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  redemptionByCode(code: string): Redemption | null {
    for (const redemption of this.#redemptions.values()) if (redemption.code === code) return redemption;
    return null;
  }

  putOrder(order: OrderRecord): void {
    this.#orders.set(order.orderId, order);
    this.#touchedOrders.add(order.orderId);
    if (order.memberId !== null) this.#touchedAccounts.add(order.memberId);
  }

  /** Guarded by its own version; whatever moves points for it posts, and so touches the account too. */
  putRedemption(redemption: Redemption): void {
    this.#redemptions.set(redemption.id, redemption);
    this.#touchedRedemptions.add(redemption.id);
  }

  /** What the account says besides its points; those are moved by `post` alone. */
  noteMember(
    memberId: string,
    note: Partial<Pick<Account, "lastActivityMs" | "membership" | "formerCustomerIds" | "progress">>,
  ): void {
    this.#accounts.set(memberId, { ...this.account(memberId), ...note });
    this.#touchedAccounts.add(memberId);
  }

  /** The account is written anew although nothing of it changed: its next due moment may have. */
  touch(memberId: string): void {
    this.#touchedAccounts.add(memberId);
  }

  /** The member did something: expiry by inactivity counts from here. What is due by now is booked before, or it would move with it. */
  noteActivity(memberId: string, atMs: number): void {
    if (atMs > (this.account(memberId).lastActivityMs ?? Number.NEGATIVE_INFINITY))
      this.noteMember(memberId, { lastActivityMs: atMs });
  }

  noteMerger(merger: Merger): void {
    this.#mergers.push(merger);
    this.#touchedAccounts.add(merger.fromMemberId).add(merger.intoMemberId);
  }

  /**
   * What a new lot moves as it comes: into pending, or into available after it has paid what is owed. What has expired by `atMs` was never there in time,
   * and pays no debt but what an earlier fall of its own order made.
   */
  arrival(
    memberId: string,
    lot: Lot,
    atMs: number,
  ): Pick<Movement, "pending" | "available" | "owed" | "newLots" | "takes"> {
    if (!lot.matured) return { pending: lot.amount, newLots: [lot] };
    const isOver = (this.expiryOf(memberId, lot) ?? Number.POSITIVE_INFINITY) <= atMs;
    const ownDebt = lot.orderId === null ? 0 : this.#ownDebts.of(lot.orderId, memberId);
    const { owed } = this.account(memberId);
    const repaid = Math.min(isOver ? Math.min(owed, ownDebt) : owed, lot.amount);
    const takes = repaid > 0 ? [{ lotId: lot.id, points: -repaid }] : [];
    return { available: lot.amount - repaid, owed: -repaid, newLots: [lot], takes };
  }

  post(movement: Movement): void {
    const account = this.account(movement.memberId);
    const { pending = 0, available = 0, held = 0, owed = 0, takes = [], newLots = [] } = movement;
    const { matures = [], expires = [] } = movement;
    this.#accounts.set(account.memberId, {
      ...account,
      pending: account.pending + pending,
      available: account.available + available,
      held: account.held + held,
      owed: account.owed + owed,
      lots: movedLots([...account.lots, ...newLots], takes, { matures, expires }),
    });
    this.#touchedAccounts.add(account.memberId);
    for (const lot of newLots) this.#newLots.add(lot.id);
    for (const lotId of [...takes.map((take) => take.lotId), ...matures, ...expires]) this.#touchedLots.add(lotId);
    if (movement.orderId != null) this.#tally(movement.orderId, movement);
    for (const take of takes) this.#allocations.push({ entryKey: movement.key, ...take });
    this.#entries.push({
      key: movement.key,
      memberId: movement.memberId,
      kind: movement.kind,
      points: pending + available - owed,
      pending,
      available,
      held,
      owed,
      orderId: movement.orderId ?? null,
      redemptionId: movement.redemptionId ?? null,
      programVersion: movement.programVersion ?? null,
      occurredAtMs: movement.occurredAtMs,
      detail: movement.detail ?? {},
    });
  }

  changes(): Changes {
    const accounts = [...this.#touchedAccounts].map((memberId) => this.#changed(memberId));
    const lots = accounts.flatMap((account) => account.lots.map((lot) => ({ ...lot, memberId: account.memberId })));
    return {
      accounts,
      orders: [...this.#touchedOrders].map((id) => this.order(id)),
      redemptions: [...this.#touchedRedemptions].flatMap((id) => this.redemption(id) ?? []),
      entries: this.#entries,
      newLots: lots.filter((lot) => this.#newLots.has(lot.id)),
      touchedLots: lots.filter((lot) => this.#touchedLots.has(lot.id) && !this.#newLots.has(lot.id)),
      allocations: this.#allocations,
      mergers: this.#mergers,
    };
  }

  #changed(memberId: string): ChangedAccount {
    const account = this.account(memberId);
    const due = this.lots(memberId).flatMap((lot) => nextDueMs(lot) ?? []);
    const isKnown = Number.isFinite(this.#nowMs) && account.customerId !== null;
    const tierMs = isKnown ? nextTierMs(account.progress, this.rules, this.#nowMs) : null;
    if (tierMs !== null) due.push(tierMs);
    return { ...account, nextDueMs: due.length === 0 ? null : Math.min(...due) };
  }
}

/** Points by order and member, never below 0. */
class Tally {
  readonly #points = new Map<string, number>();

  of(orderId: string, memberId: string): number {
    return this.#points.get(`${orderId}/${memberId}`) ?? 0;
  }

  add(orderId: string, memberId: string, points: number): void {
    this.#points.set(`${orderId}/${memberId}`, Math.max(0, this.of(orderId, memberId) + points));
  }
}

function movedLots(
  lots: readonly Lot[],
  takes: readonly Take[],
  { matures, expires }: { readonly matures: readonly string[]; readonly expires: readonly string[] },
): readonly Lot[] {
  const moved = new Map<string, number>();
  for (const take of takes) moved.set(take.lotId, (moved.get(take.lotId) ?? 0) + take.points);
  for (const lotId of moved.keys()) {
    if (!lots.some((lot) => lot.id === lotId)) throw new Error("An allocation names a lot that was not read.");
  }
  return lots.map((lot) => ({
    ...lot,
    remaining: lot.remaining + (moved.get(lot.id) ?? 0),
    matured: lot.matured || matures.includes(lot.id),
    expired: lot.expired || expires.includes(lot.id),
  }));
}
