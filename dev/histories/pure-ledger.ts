/**
 * The ledger of one shop in memory: the rules of worker/domain over rows in maps, read for each command as the ledger's own load reads them. It
 * keeps every entry, lot and allocation, so that dev/histories/invariants.ts can look at all of them.
 */
import {
  type Account,
  type Allocation,
  blankAccount,
  blankOrder,
  type ChangedAccount,
  type Changes,
  type Entry,
  isEmpty,
  type OrderRecord,
  type Redemption,
} from "../../worker/domain/account.ts";
import { settleOrder } from "../../worker/domain/decide.ts";
import { Draft } from "../../worker/domain/draft.ts";
import { bookAllDue } from "../../worker/domain/due.ts";
import { type Lot, nextDueMs as lotDueMs } from "../../worker/domain/lots.ts";
import {
  adjustmentKey,
  adjustPoints,
  changeMembership,
  type MemberDecision,
  mergeMembers,
  openBalance,
  openingKey,
} from "../../worker/domain/members.ts";
import type { OrderNews } from "../../worker/domain/order.ts";
import { excludedGroups, groupKey } from "../../worker/domain/product-groups.ts";
import { type ProgramVersion, type ShopRules, shopRules } from "../../worker/domain/program.ts";
import { type Decision, holdForReward, issueCode, releaseHold } from "../../worker/domain/spending.ts";
import { nextTierMs } from "../../worker/domain/tiers.ts";
import { expiringOf } from "../../worker/flows/read-member.ts";
import { KnownGroups } from "../known-groups.ts";
import { codeOf } from "./codes.ts";
import type { Answer, Operation, Outcome } from "./history.ts";

type Of<Kind extends Operation["kind"]> = Extract<Operation, { readonly kind: Kind }>;

export type OwnedLot = Lot & { readonly memberId: string };

/** What stands in the row of a member's account. */
type AccountRow = Omit<ChangedAccount, "customerId" | "formerCustomerIds" | "lots">;

export class PureLedger {
  readonly entries = new Map<string, Entry>();
  readonly lots = new Map<string, OwnedLot>();
  readonly allocations: Allocation[] = [];
  readonly orders = new Map<string, OrderRecord>();
  readonly redemptions = new Map<string, Redemption>();
  readonly accounts = new Map<string, AccountRow>();
  /** Members by customer, and which member became part of which. */
  readonly #members = new Map<string, string>();
  readonly #mergedInto = new Map<string, string>();
  readonly #versions: ProgramVersion[] = [];
  readonly #groups = new KnownGroups();
  rules: ShopRules;
  /** How often anything was written. */
  writes = 0;

  constructor(currency: string) {
    this.rules = shopRules(currency, []);
  }

  apply(operation: Operation, nowMs: number): Answer {
    switch (operation.kind) {
      case "publish":
        return this.#publish(operation, nowMs);
      case "order":
        return this.#settle(operation.orderId, { kind: "state", body: operation.body }, nowMs);
      case "refund":
        return this.#settle(operation.orderId, { kind: "refund", refund: operation.refund }, nowMs);
      case "delete":
        return this.#settle(operation.orderId, { kind: "deleted" }, nowMs);
      case "hold":
        return this.#hold(operation, nowMs);
      case "issue":
        return this.#onRedemption(operation, (account, redemption) =>
          issueCode(account, this.rules, redemption, `gid://${redemption.id}`),
        );
      case "release":
        return this.#onRedemption(operation, (account, redemption) =>
          releaseHold(account, this.rules, redemption, operation.reason, nowMs),
        );
      case "adjust":
      case "open":
      case "membership":
        return this.#onMember(operation, nowMs);
      case "merge":
        return this.#merge(operation, nowMs);
      case "group":
        return this.#note(operation, nowMs);
      case "sweep":
        for (const memberId of this.presentMembers()) this.#take(bookAllDue(this.account(memberId), this.rules, nowMs));
        return "done";
    }
  }

  outcome(nowMs: number): Outcome {
    const moved: Partial<Record<Entry["kind"], number>> = {};
    const note = ({ kind, points }: Entry) => {
      if (points !== 0) moved[kind] = (moved[kind] ?? 0) + points;
    };
    this.entries.forEach(note);
    const now = new Map<string, ChangedAccount>();
    for (const memberId of this.presentMembers()) {
      const due = bookAllDue(this.account(memberId), this.rules, nowMs);
      due.entries.forEach(note);
      for (const account of due.accounts) now.set(memberId, account);
    }
    const members = [...this.#members].flatMap(([customerId, memberId]) => {
      const account = now.get(this.presentMember(memberId));
      return account ? [[customerId, this.#seen(account, nowMs)] as const] : [];
    });
    const orders = [...this.orders.values()].map(({ orderId, posted, forgiven }) => [orderId, { posted, forgiven }]);
    const redemptions = [...this.redemptions.values()].map(({ id, state, returned, forgiven }) => [
      id,
      { state, returned, forgiven },
    ]);
    return {
      members: Object.fromEntries(members),
      orders: Object.fromEntries(orders),
      redemptions: Object.fromEntries(redemptions),
      moved,
    };
  }

  /** Whose book a member's stands in now. */
  presentMember(memberId: string): string {
    return this.#mergedInto.get(memberId) ?? memberId;
  }

  presentMembers(): string[] {
    return [...this.accounts.keys()].filter((memberId) => !this.#mergedInto.has(memberId));
  }

  /** An account as the load reads it: lots that hold points, and those that a redemption's points go back to. */
  account(memberId: string, redemptions: readonly Redemption[] = []): Account {
    const row = this.accounts.get(memberId);
    if (!row) throw new Error(`no account of ${memberId}`);
    const wanted = new Set(redemptions.flatMap((redemption) => redemption.taken.map((taken) => taken.lotId)));
    const lots = [...this.lots.values()].filter(
      (lot) => lot.memberId === memberId && (lot.remaining > 0 || wanted.has(lot.id)),
    );
    const customers = [...this.#members].filter(([, member]) => this.presentMember(member) === memberId);
    return {
      ...row,
      customerId: customers.find(([, member]) => member === memberId)?.[0] ?? null,
      formerCustomerIds: customers.filter(([, member]) => member !== memberId).map(([customerId]) => customerId),
      lots: lots.map(({ memberId: _owner, ...lot }) => lot),
    };
  }

  #seen(account: ChangedAccount, nowMs: number): Outcome["members"][string] {
    const { pending, available, held, owed, nextDueMs } = account;
    const dated = new Draft({ accounts: [account] }, this.rules).lots(account.memberId);
    // The model knows no tiers: where time moves one of these first, it is shown when the next points are due.
    const isByTier = nextDueMs !== null && nextDueMs === nextTierMs(account.progress, this.rules, nowMs);
    const due = dated.flatMap((lot) => lotDueMs(lot) ?? []);
    const shownDueMs = isByTier ? (due.length === 0 ? null : Math.min(...due)) : nextDueMs;
    const expiring = expiringOf({ ...account, lots: dated });
    return { pending, available, held, owed, expiring, nextDueMs: shownDueMs };
  }

  #publish({ inForceFromMs, program }: Of<"publish">, nowMs: number): Answer {
    const version = this.#versions.length + 1;
    this.#versions.push({ version, inForceFromMs, publishedAtMs: nowMs, program });
    this.rules = shopRules(this.rules.currency, [...this.#versions], undefined, this.rules.productGroups);
    return "done";
  }

  /** As worker/flows/read-groups does with what it has read. */
  #note({ group, productIds }: Of<"group">, nowMs: number): Answer {
    const isNamed = this.#versions.some(({ program }) =>
      excludedGroups(program.exclusions).map(groupKey).includes(group),
    );
    this.#groups.note(group, productIds, { isNamed, nowMs });
    this.rules = { ...this.rules, productGroups: this.#groups.memberships() };
    return "done";
  }

  /** As worker/flows/settle-orders does with one piece of news. */
  #settle(orderId: string, news: OrderNews, nowMs: number): Answer {
    const body = news.kind === "state" ? news.body : null;
    if (body?.customerId) this.#open(body.customerId);
    if (!this.orders.has(orderId)) this.orders.set(orderId, blankOrder(orderId));
    const order = this.#presentOrder(this.orders.get(orderId) ?? blankOrder(orderId));
    const redemptions = [...this.redemptions.values()]
      .filter((one) => one.usedByOrder === orderId || body?.codes.includes(one.code))
      .map((one) => this.#present(one));
    const memberIds = new Set([
      ...(body?.customerId ? [this.#memberOf(body.customerId)] : []),
      ...(order.memberId === null ? [] : [order.memberId]),
      ...redemptions.map((one) => one.memberId),
    ]);
    const accounts = [...memberIds].flatMap((id) => (id === null ? [] : this.account(id, redemptions)));
    const draft = new Draft({ accounts, orders: [order], redemptions }, this.rules);
    settleOrder(draft, { orderId, news: [news] }, nowMs);
    this.#take(draft.changes());
    return "done";
  }

  /** As worker/flows/redeem-reward holds a price. */
  #hold({ redemptionId, customerId, rewardId }: Of<"hold">, nowMs: number): Answer {
    const known = this.redemptions.get(redemptionId);
    const memberId = this.#memberOf(customerId);
    const request = { redemptionId, rewardId, points: null, code: codeOf(redemptionId) };
    const books = {
      account: memberId === null ? null : this.account(memberId),
      redemption: known ? this.#present(known) : null,
    };
    return this.#decided(holdForReward(books, this.rules, request, nowMs));
  }

  #onRedemption(
    { redemptionId }: Of<"issue" | "release">,
    decide: (account: Account, redemption: Redemption) => Decision,
  ): Answer {
    const known = this.redemptions.get(redemptionId);
    if (!known) return "unknown-redemption";
    const redemption = this.#present(known);
    return this.#decided(decide(this.account(redemption.memberId, [redemption]), redemption));
  }

  /** As worker/flows/change-member does. */
  #onMember(operation: Of<"adjust" | "open" | "membership">, nowMs: number): Answer {
    const account = this.account(this.#open(operation.customerId));
    const posted = (key: string) => {
      const entry = this.entries.get(key);
      return entry ? { ...entry, memberId: this.presentMember(entry.memberId) } : null;
    };
    switch (operation.kind) {
      case "membership":
        return this.#decided(changeMembership(account, this.rules, operation.isMember, nowMs));
      case "adjust":
        return this.#decided(
          adjustPoints({ account, posted: posted(adjustmentKey(operation.id)) }, this.rules, operation, nowMs),
        );
      case "open":
        return this.#decided(
          openBalance({ account, posted: posted(openingKey(operation.id)) }, this.rules, operation, nowMs),
        );
    }
  }

  /** As worker/flows/merge-customers does. */
  #merge({ keptCustomerId, mergedCustomerId }: Of<"merge">, nowMs: number): Answer {
    const [kept, merged] = [this.#open(keptCustomerId), this.#open(mergedCustomerId)];
    if (kept === merged) return "done";
    const draft = new Draft({ accounts: [this.account(kept), this.account(merged)] }, this.rules);
    mergeMembers(draft, merged, kept, nowMs);
    this.#take(draft.changes());
    return "done";
  }

  #decided(decision: Decision | MemberDecision): Answer {
    if (decision.kind === "refused") return decision.refusal.code;
    if (decision.kind === "replay") return "replay";
    this.#take(decision.changes);
    return "done";
  }

  #memberOf(customerId: string): string | null {
    const memberId = this.#members.get(customerId);
    return memberId === undefined ? null : this.presentMember(memberId);
  }

  #open(customerId: string): string {
    const known = this.#memberOf(customerId);
    if (known !== null) return known;
    const memberId = String(this.#members.size + 1);
    this.#members.set(customerId, memberId);
    const {
      customerId: _customer,
      formerCustomerIds: _former,
      lots: _lots,
      ...row
    } = blankAccount(memberId, customerId);
    this.accounts.set(memberId, { ...row, nextDueMs: null });
    return memberId;
  }

  #present<Row extends { readonly memberId: string | null }>(row: Row): Row {
    return row.memberId === null ? row : { ...row, memberId: this.presentMember(row.memberId) };
  }

  /** Whoever was merged keeps what they were forgiven, has lost what expired, and has owed and paid, as the member they became part of. */
  #presentOrder(order: OrderRecord): OrderRecord {
    const own = [...this.entries.values()].filter((one) => one.orderId === order.orderId);
    const expiries = own.filter((one) => one.kind === "expire");
    const movers = own.filter((one) => ["earn", "mature", "claw-back"].includes(one.kind));
    return {
      ...this.#present(order),
      leftWith: this.#byPresentMember(Object.entries(order.leftWith)),
      expired: this.#byPresentMember(expiries.map(({ memberId, points }) => [memberId, -points])),
      owedChanges: Object.fromEntries(
        [...Map.groupBy(movers, ({ memberId }) => this.presentMember(memberId))].map(([present, theirs]) => [
          present,
          theirs.map(({ owed }) => owed),
        ]),
      ),
    };
  }

  #byPresentMember(points: readonly (readonly [memberId: string, points: number])[]): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const [memberId, more] of points) {
      const present = this.presentMember(memberId);
      sums[present] = (sums[present] ?? 0) + more;
    }
    return sums;
  }

  /** Writes what a decision changed, as the commit does; whatever the database would refuse is thrown. */
  #take(changes: Changes): void {
    if (isEmpty(changes)) return;
    this.writes += 1;
    for (const account of changes.accounts) {
      const { customerId: _customer, formerCustomerIds: _former, lots: _lots, ...row } = account;
      this.accounts.set(account.memberId, row);
    }
    for (const order of changes.orders) this.orders.set(order.orderId, order);
    for (const redemption of changes.redemptions) this.redemptions.set(redemption.id, redemption);
    for (const entry of changes.entries) {
      if (this.entries.has(entry.key)) throw new Error(`posted twice: ${entry.key}`);
      this.entries.set(entry.key, entry);
    }
    for (const lot of changes.newLots) {
      if (this.lots.has(lot.id)) throw new Error(`made twice: lot ${lot.id}`);
      this.lots.set(lot.id, lot);
    }
    for (const lot of changes.touchedLots) this.#touch(lot);
    for (const { entryKey, lotId } of changes.allocations) {
      if (!this.entries.has(entryKey) || !this.lots.has(lotId)) throw new Error(`allocated to nothing: ${lotId}`);
      const isKnown = this.allocations.some((one) => one.entryKey === entryKey && one.lotId === lotId);
      if (isKnown) throw new Error(`allocated twice: ${entryKey} and ${lotId}`);
    }
    this.allocations.push(...changes.allocations);
    for (const { fromMemberId, intoMemberId } of changes.mergers) {
      for (const [from, into] of this.#mergedInto) if (into === fromMemberId) this.#mergedInto.set(from, intoMemberId);
      this.#mergedInto.set(fromMemberId, intoMemberId);
    }
  }

  /** The commit writes of a lot what is left and what is booked, nothing else. */
  #touch(lot: Lot): void {
    const known = this.lots.get(lot.id);
    if (!known) throw new Error(`no lot ${lot.id}`);
    const { remaining, matured, expired } = lot;
    this.lots.set(lot.id, { ...known, remaining, matured, expired });
  }
}
