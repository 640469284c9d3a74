/** An order that goes from customer to customer: what each of them keeps of it, and what it counts for. */
import { describe, expect, test } from "vitest";
import { DAY_MS, NOW_MS, rulesWith, tiersOf } from "../../dev/test-book.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { type Account, blankAccount, blankOrder, type Entry, type OrderRecord } from "./account.ts";
import { settleOrder } from "./decide.ts";
import { Draft } from "./draft.ts";
import { bookDue } from "./due.ts";
import type { OrderBody } from "./order.ts";
import type { ShopRules } from "./program.ts";
import { holdForReward } from "./spending.ts";

/** One order, and the books of customers 7001, 7002 and 7003, who are members 1, 2 and 3. */
class Shop {
  readonly rules: ShopRules;
  readonly accounts = new Map(["1", "2", "3"].map((id) => [id, blankAccount(id, `700${id}`)]));
  readonly entries: Entry[] = [];
  order: OrderRecord = blankOrder("1");
  #updatedAtMs = 0;

  constructor(rules: ShopRules) {
    this.rules = rules;
  }

  account(id: string): Account {
    const account = this.accounts.get(id);
    if (!account) throw new Error(`nobody is ${id}`);
    return account;
  }

  /** The order is this customer's, and worth so much. */
  is(id: string, amountMinor: number, nowMs = NOW_MS, changes: Partial<OrderBody> = {}): void {
    this.#updatedAtMs += 1;
    const placed = { createdAtMs: NOW_MS, processedAtMs: NOW_MS, updatedAtMs: this.#updatedAtMs };
    const body = orderBody({ customerId: `700${id}`, amountMinor, ...placed, ...changes });
    const draft = new Draft({ accounts: this.accounts.values(), orders: [this.order] }, this.rules);
    settleOrder(draft, { orderId: "1", news: [{ kind: "state", body }] }, nowMs);
    this.#take(draft.changes());
  }

  /** The member chooses a reward of 50 points. */
  spend(id: string, nowMs = NOW_MS): void {
    const request = { redemptionId: `${id}-${nowMs}`, code: `CODE-${id}`, rewardId: "off", points: null };
    const decision = holdForReward({ account: this.account(id), redemption: null }, this.rules, request, nowMs);
    if (decision.kind !== "changes") throw new Error(decision.kind);
    this.#take(decision.changes);
  }

  sweep(id: string, nowMs: number): void {
    const draft = new Draft({ accounts: [this.account(id)] }, this.rules);
    bookDue(draft, id, nowMs);
    this.#take(draft.changes());
  }

  #take({ accounts, orders, entries }: ReturnType<Draft["changes"]>): void {
    for (const account of accounts) this.accounts.set(account.memberId, account);
    this.entries.push(...entries);
    const expired: Record<string, number> = {};
    for (const { kind, orderId, memberId, points } of this.entries)
      if (kind === "expire" && orderId === "1") expired[memberId] = (expired[memberId] ?? 0) - points;
    this.order = { ...(orders[0] ?? this.order), expired };
  }

  /** Whose points the order's last entries moved, and what they say was there before. */
  said(count: number) {
    const own = this.entries.filter(({ kind }) => kind === "earn" || kind === "claw-back").slice(-count);
    return own.map(({ memberId, points, detail }) => [
      memberId,
      points,
      detail.postedPoints,
      detail.forgivenBeforePoints ?? 0,
      detail.madeGoodPoints ?? 0,
    ]);
  }
}

describe("where a program stops at zero", () => {
  test("each of three customers keeps what was let off to them, and the next one's points begin from nothing", () => {
    const shop = new Shop(rulesWith(0, { owing: "stop-at-zero" }));
    shop.is("1", 10_000);
    shop.spend("1");
    shop.is("2", 10_000);
    expect(shop.said(2)).toEqual([
      ["1", -50, 100, 0, 0],
      ["2", 100, 0, 0, 0],
    ]);
    shop.spend("2");
    shop.is("3", 10_000);
    expect(shop.said(2)).toEqual([
      ["2", -50, 100, 0, 0],
      ["3", 100, 0, 0, 0],
    ]);
    expect(shop.order).toMatchObject({ posted: 200, forgiven: 100, leftBehind: 100, leftWith: { 1: 50, 2: 50 } });
    shop.is("3", 5_000);
    expect(shop.said(1)).toEqual([["3", -50, 100, 0, 0]]);
    // The second has 50 of it still, which is what it is worth: nothing new is earned.
    shop.is("2", 5_000);
    expect(shop.said(1)).toEqual([["3", -50, 50, 0, 0]]);
    expect(shop.order).toMatchObject({ posted: 100, forgiven: 50, leftBehind: 50, leftWith: { 1: 50 } });
    shop.is("2", 10_000);
    expect(shop.said(1)).toEqual([["2", 50, 50, 0, 0]]);
    shop.is("1", 12_000);
    expect(shop.said(2)).toEqual([
      ["2", -50, 100, 0, 0],
      ["1", 70, 50, 0, 50],
    ]);
  });
});

test("where debts are made, what lapsed with one customer is no part of what the next one owes", () => {
  const shop = new Shop(rulesWith(0, { expiry: { kind: "after-inactivity", months: 1 } }));
  shop.accounts.set("2", { ...shop.account("2"), lastActivityMs: NOW_MS + 50 * DAY_MS });
  shop.is("1", 10_000);
  shop.spend("1");
  shop.sweep("1", NOW_MS + 60 * DAY_MS);
  shop.is("2", 10_000, NOW_MS + 61 * DAY_MS);
  expect(shop.order).toMatchObject({ posted: 150, forgiven: 50, leftBehind: 50 });
  shop.spend("2", NOW_MS + 62 * DAY_MS);
  shop.sweep("2", NOW_MS + 150 * DAY_MS);
  for (const worth of [8_000, 0]) shop.is("2", worth, NOW_MS + 151 * DAY_MS);
  expect(shop.account("2")).toMatchObject({ available: 0, held: 50, owed: 50 });
});

test("it counts for the tier of whoever holds it, and no longer for whoever held it", () => {
  const shop = new Shop(rulesWith(0, { tiers: tiersOf({ threshold: 1 }) }));
  const orders = () => ["1", "2"].map((id) => shop.account(id).progress.days.map(([, , , count]) => count));
  shop.is("1", 10_000);
  expect(orders()).toEqual([[1], []]);
  shop.is("2", 10_000);
  expect(orders()).toEqual([[], [1]]);
  shop.is("2", 10_000, NOW_MS, { customerId: null });
  expect(shop.order.memberId).toBe(null);
  expect(orders()).toEqual([[], []]);
  shop.is("1", 10_000);
  expect(orders()).toEqual([[1], []]);
});
