/** Test helper: one member's books in memory, driven through the rules without a database. */
import {
  type Account,
  blankAccount,
  blankOrder,
  type Changes,
  type Entry,
  type OrderRecord,
  type Redemption,
} from "../worker/domain/account.ts";
import { settleOrder } from "../worker/domain/decide.ts";
import { Draft } from "../worker/domain/draft.ts";
import { bookAllDue } from "../worker/domain/due.ts";
import type { OrderBody, OrderNews } from "../worker/domain/order.ts";
import { PROGRAM_DEFAULTS, type Program, type ShopRules, shopRules } from "../worker/domain/program.ts";
import { holdForReward, releaseHold } from "../worker/domain/spending.ts";
import type { Tier, TierRules } from "../worker/domain/tiers.ts";
import { orderBody, productLine } from "./test-orders.ts";

export const DAY_MS = 86_400_000;
export const NOW_MS = Date.parse("2026-06-01T00:00:00Z");

export const rulesWith = (pendingDays: number, more: Partial<Program> = {}): ShopRules =>
  shopRules("USD", [
    {
      version: 1,
      inForceFromMs: 0,
      publishedAtMs: 0,
      program: {
        ...PROGRAM_DEFAULTS,
        earn: { points: 1, perMinor: 100 },
        pendingDays,
        rewards: [
          {
            id: "off",
            name: "5.00 off",
            kind: "amount_off",
            cost: 50,
            valueMinor: 500,
            minimumMinor: null,
            codeDays: 30,
          },
        ],
        ...more,
      },
    },
  ]);

/** Tiers by orders in a rolling year, lowest first, of which a test says what matters to it. */
export function tiersOf(...levels: readonly Partial<Tier>[]): TierRules {
  return {
    basis: "orders",
    tierPoints: null,
    period: "rolling-year",
    graceMonths: 0,
    tagPrefix: null,
    levels: levels.map((level, index) => {
      const id = `t${index + 1}`;
      return { id, name: id, threshold: index + 1, multiplier: 10_000, giftPoints: 0, membership: null, ...level };
    }),
  };
}

/** A whole book in memory: what the database would hold after each commit. Every entry key may come once. */
export class Book {
  /** What holds, releases and sweeps go by, and orders where the test names no others. */
  rules = rulesWith(0);
  account: Account = blankAccount("1", "7001");
  readonly orders = new Map<string, OrderRecord>();
  readonly redemptions = new Map<string, Redemption>();
  readonly entries: Entry[] = [];

  take(changes: Changes): void {
    this.account = changes.accounts[0] ?? this.account;
    for (const order of changes.orders) this.orders.set(order.orderId, order);
    for (const redemption of changes.redemptions) this.redemptions.set(redemption.id, redemption);
    for (const entry of changes.entries) {
      if (this.entries.some((known) => known.key === entry.key)) throw new Error(`posted twice: ${entry.key}`);
      this.entries.push(entry);
    }
  }

  news(orderId: string, news: OrderNews, nowMs = NOW_MS, rules = this.rules): void {
    const draft = new Draft(
      {
        accounts: [this.account],
        orders: [this.order(orderId)],
        redemptions: this.redemptions.values(),
      },
      rules,
    );
    settleOrder(draft, { orderId, news: [news] }, nowMs);
    this.take(draft.changes());
  }

  /** As the load reads it: what expired, and how it changed what is owed, is told by the entries. */
  order(orderId: string): OrderRecord {
    const { memberId } = this.account;
    const own = this.entries.filter((entry) => entry.orderId === orderId);
    const expired = own.filter(({ kind }) => kind === "expire").map(({ points }) => -points);
    const owed = own
      .filter((entry) => ["earn", "mature", "claw-back"].includes(entry.kind) && entry.owed !== 0)
      .map((entry) => entry.owed);
    return {
      ...(this.orders.get(orderId) ?? blankOrder(orderId)),
      expired: expired.length === 0 ? {} : { [memberId]: expired.reduce((sum, points) => sum + points, 0) },
      owedChanges: owed.length === 0 ? {} : { [memberId]: owed },
    };
  }

  /** One more state of an order of one line. */
  settle(
    orderId: string,
    amountMinor: number,
    nowMs = NOW_MS,
    rules = this.rules,
    changes: Partial<OrderBody> = {},
  ): void {
    const before = this.order(orderId).state.body;
    const updatedAtMs = (before?.updatedAtMs ?? 0) + 1;
    const line = {
      ...productLine("1", amountMinor),
      codeDiscounts: Object.fromEntries((changes.codes ?? []).map((code) => [code, 500])),
    };
    const body = orderBody({ updatedAtMs, processedAtMs: before?.processedAtMs ?? nowMs, lines: [line], ...changes });
    this.news(orderId, { kind: "state", body }, nowMs, rules);
  }

  hold(id: string, nowMs = NOW_MS): string {
    const request = { redemptionId: id, code: `CODE-${id}`, rewardId: "off", points: null };
    const decision = holdForReward(
      { account: this.account, redemption: this.redemptions.get(id) ?? null },
      this.rules,
      request,
      nowMs,
    );
    if (decision.kind === "changes") this.take(decision.changes);
    return decision.kind === "refused" ? decision.refusal.code : decision.kind;
  }

  onRedemption(id: string, decide: (redemption: Redemption) => ReturnType<typeof releaseHold>): string {
    const redemption = this.redemptions.get(id);
    if (!redemption) return "unknown";
    const decision = decide(redemption);
    if (decision.kind === "changes") this.take(decision.changes);
    return decision.kind === "refused" ? decision.refusal.code : decision.kind;
  }

  release(id: string, nowMs = NOW_MS): string {
    return this.onRedemption(id, (redemption) => releaseHold(this.account, this.rules, redemption, "cancelled", nowMs));
  }

  sweep(nowMs: number): void {
    this.take(bookAllDue(this.account, this.rules, nowMs));
  }

  pots() {
    const { pending, available, held, owed } = this.account;
    return { pending, available, held, owed };
  }
}
