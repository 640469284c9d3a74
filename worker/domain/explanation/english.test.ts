/** What orders, dates, staff and mergers do, in English, word for word: its sentences, and each step with the part of the unfolding it belongs to. */
import { expect, test } from "vitest";
import type { EntryDetail, EntryKind } from "../account.ts";
import type { Explained } from "./arithmetic.ts";
import { explainEntry } from "./explain.ts";

interface Told {
  readonly kind: EntryKind;
  readonly pots: Partial<Pick<Explained, "pending" | "available" | "held" | "owed">>;
  readonly detail: EntryDetail;
  readonly summary: string;
  readonly steps: readonly string[];
}

const ORDER = { orderName: "#1001" } as const;
const AMOUNTS = { ...ORDER, eligibleMinor: 14_990, currency: "USD", earn: { points: 5, perMinor: 100 } } as const;
const AT_MS = Date.parse("2026-06-15T00:00:00Z");
const BY_ORDER = "version: Program version 3, in force when the order was placed";
const OF_ORDER = "order: Order #1001";

const told: readonly (readonly [name: string, told: Told])[] = [
  [
    "an earning by amount and rate, that waits",
    {
      kind: "earn",
      pots: { pending: 749 },
      detail: { ...AMOUNTS, targetPoints: 749, postedPoints: 0, availableAtMs: AT_MS },
      summary:
        "Order #1001 earned 749 points: 149.90 USD at 5 points per 1.00 USD. 749 points can be used from Jun 15, 2026.",
      steps: [
        OF_ORDER,
        "share: Together 149.90 USD: products after discounts and refunds, without tax and shipping",
        "rule: Rule: 5 points per 1.00 USD",
        BY_ORDER,
        "worth: Worth: 149.90 USD × 5 ÷ 1.00 USD = 749.5, rounded down to 749 points",
        "change: 749 (worth now) − 0 (counted before) = 749 points",
        "pot: Pending: +749 points, until Jun 15, 2026",
      ],
    },
  ],
  [
    "an earning of which the amounts are not known",
    {
      kind: "earn",
      pots: { available: 5 },
      detail: { ...ORDER },
      summary: "Order #1001 earned 5 points.",
      steps: [OF_ORDER, BY_ORDER, "pot: Available: +5 points"],
    },
  ],
  [
    "a rise of an order",
    {
      kind: "earn",
      pots: { available: 49 },
      detail: { ...AMOUNTS, targetPoints: 749, postedPoints: 700 },
      summary: "Order #1001 is worth 749 points now instead of 700: 49 points more.",
      steps: [
        OF_ORDER,
        "share: Together 149.90 USD: products after discounts and refunds, without tax and shipping",
        "rule: Rule: 5 points per 1.00 USD",
        BY_ORDER,
        "worth: Worth: 149.90 USD × 5 ÷ 1.00 USD = 749.5, rounded down to 749 points",
        "change: 749 (worth now) − 700 (counted before) = 49 points",
        "pot: Available: +49 points",
      ],
    },
  ],
  [
    "a rise of which a part made good what was forgiven",
    {
      kind: "earn",
      pots: { available: 49 },
      detail: { ...ORDER, targetPoints: 749, postedPoints: 710, forgivenBeforePoints: 10 },
      summary: "Order #1001 earned 49 points.",
      steps: [
        OF_ORDER,
        BY_ORDER,
        "worth: Worth: 749 points",
        "change: 749 (worth now) − 710 (counted before) + 10 (not taken back earlier) = 49 points",
        "pot: Available: +49 points",
      ],
    },
  ],
  [
    "a rise after which what had been let go counts again, and that is no rise from there",
    {
      kind: "earn",
      pots: { available: 10 },
      detail: { ...ORDER, targetPoints: 50, postedPoints: 40, madeGoodPoints: 40 },
      summary: "Order #1001 earned 10 points.",
      steps: [
        OF_ORDER,
        BY_ORDER,
        "worth: Worth: 50 points",
        "change: 50 (worth now) − 40 (counted before) = 10 points",
        "pot: Available: +10 points",
      ],
    },
  ],
  [
    "an earning that pays what is owed",
    {
      kind: "earn",
      pots: { available: 0, owed: -5 },
      detail: { ...ORDER },
      summary: "Order #1001 earned 5 points. 5 points covered what was owed.",
      steps: [OF_ORDER, BY_ORDER, "pot: Owed: −5 points"],
    },
  ],
  [
    "a fall of an order",
    {
      kind: "claw-back",
      pots: { pending: -10, available: -30, owed: 10 },
      detail: { ...ORDER, targetPoints: 0, postedPoints: 50, reason: "cancelled" },
      summary: "50 points were taken back: order #1001 was cancelled. 10 points are owed: new points cover them first.",
      steps: [
        OF_ORDER,
        BY_ORDER,
        "worth: Worth: 0 points (order #1001 was cancelled)",
        "change: 0 (worth now) − 50 (counted before) = −50 points",
        "pot: Pending: −10 points",
        "pot: Available: −30 points",
        "pot: Owed: +10 points",
        "total: −10 (pending) − 30 (available) − 10 (owed) = −50 points",
      ],
    },
  ],
  [
    "a fall of what an order is worth",
    {
      kind: "claw-back",
      pots: { available: -50 },
      detail: { ...ORDER, targetPoints: 50, postedPoints: 100, reason: "earned" },
      summary:
        "50 points were taken back: order #1001 is worth less after a refund or change. It is worth 50 points now instead of 100.",
      steps: [
        OF_ORDER,
        BY_ORDER,
        "worth: Worth: 50 points",
        "change: 50 (worth now) − 100 (counted before) = −50 points",
        "pot: Available: −50 points",
      ],
    },
  ],
  [
    "a fall of which a part was forgiven",
    {
      kind: "claw-back",
      pots: { available: -20 },
      detail: {
        ...ORDER,
        targetPoints: 50,
        postedPoints: 100,
        forgivenBeforePoints: 10,
        forgivenPoints: 20,
        reason: "earned",
      },
      summary:
        "20 points were taken back: order #1001 is worth less after a refund or change. 20 points were no longer there, and nothing is owed for them.",
      steps: [
        OF_ORDER,
        BY_ORDER,
        "worth: Worth: 50 points",
        "change: 50 (worth now) − 100 (counted before) + 10 (not taken back earlier) + 20 (forgiven now) = −20 points",
        "pot: Available: −20 points",
      ],
    },
  ],
  [
    "a claw-back of which a part had expired and a part is forgiven",
    {
      kind: "claw-back",
      pots: { available: -20 },
      detail: {
        ...ORDER,
        targetPoints: 0,
        postedPoints: 70,
        forgivenBeforePoints: 10,
        lapsedPoints: 1,
        forgivenPoints: 39,
        reason: "cancelled",
      },
      summary:
        "20 points were taken back: order #1001 was cancelled. 1 point of this order had expired already. 39 points were no longer there, and nothing is owed for them.",
      steps: [
        OF_ORDER,
        BY_ORDER,
        "worth: Worth: 0 points (order #1001 was cancelled)",
        "change: 0 (worth now) − 70 (counted before) + 10 (not taken back earlier) + 1 (expired already) + 39 (forgiven now) = −20 points",
        "pot: Available: −20 points",
      ],
    },
  ],
  [
    "a maturity",
    {
      kind: "mature",
      pots: { pending: -10, available: 7, owed: -3 },
      detail: { ...ORDER },
      summary:
        "10 points are no longer pending: the return window of order #1001 has passed. 3 points covered what was owed. 7 points can be used now.",
      steps: [
        OF_ORDER,
        "pot: Pending: −10 points",
        "pot: Available: +7 points",
        "pot: Owed: −3 points",
        "total: −10 (pending) + 7 (available) + 3 (owed) = 0 points",
      ],
    },
  ],
  [
    "a maturity that all goes to what is owed",
    {
      kind: "mature",
      pots: { pending: -10, owed: -10 },
      detail: { ...ORDER },
      summary:
        "10 points are no longer pending: the return window of order #1001 has passed. 10 points covered what was owed.",
      steps: [
        OF_ORDER,
        "pot: Pending: −10 points",
        "pot: Owed: −10 points",
        "total: −10 (pending) + 10 (owed) = 0 points",
      ],
    },
  ],
  [
    "an expiry by age",
    {
      kind: "expire",
      pots: { available: -10 },
      detail: { expiry: { kind: "after-available", months: 12 } },
      summary: "10 points expired: points expire no earlier than 12 months after they become available.",
      steps: ["pot: Available: −10 points"],
    },
  ],
  [
    "an expiry by inactivity",
    {
      kind: "expire",
      pots: { available: -10 },
      detail: { expiry: { kind: "after-inactivity", months: 6 } },
      summary: "10 points expired: points expire no earlier than 6 months after the last order or reward.",
      steps: ["pot: Available: −10 points"],
    },
  ],
  [
    "an expiry on a date of its own",
    {
      kind: "expire",
      pots: { available: -10 },
      detail: { expiry: null },
      summary: "10 points expired: they had an expiry date of their own.",
      steps: ["pot: Available: −10 points"],
    },
  ],
  [
    "an expiry of which the rule is not known",
    {
      kind: "expire",
      pots: { available: -10 },
      detail: {},
      summary: "10 points expired: their time to be used was over.",
      steps: ["pot: Available: −10 points"],
    },
  ],
  [
    "points that staff gave",
    {
      kind: "adjust",
      pots: { available: 5 },
      detail: { reason: "Thanks." },
      summary: "The shop added 5 points: “Thanks”.",
      steps: ["pot: Available: +5 points"],
    },
  ],
  [
    "points that staff took",
    {
      kind: "adjust",
      pots: { available: -5 },
      detail: { reason: "A mistake" },
      summary: "The shop took 5 points away: “A mistake”.",
      steps: ["pot: Available: −5 points"],
    },
  ],
  [
    "points that staff gave without a word",
    {
      kind: "adjust",
      pots: { available: 5 },
      detail: {},
      summary: "The shop added 5 points: no reason was given.",
      steps: ["pot: Available: +5 points"],
    },
  ],
  [
    "an opening balance that waits",
    {
      kind: "open",
      pots: { pending: 300 },
      detail: { availableAtMs: AT_MS },
      summary: "300 points were brought along from an earlier program. 300 points can be used from Jun 15, 2026.",
      steps: ["pot: Pending: +300 points, until Jun 15, 2026"],
    },
  ],
  [
    "an opening balance",
    {
      kind: "open",
      pots: { available: 297, owed: -3 },
      detail: {},
      summary: "300 points were brought along from an earlier program. 3 points covered what was owed.",
      steps: ["pot: Available: +297 points", "pot: Owed: −3 points", "total: 297 (available) + 3 (owed) = 300 points"],
    },
  ],
  [
    "an entry gift",
    {
      kind: "gift",
      pots: { available: 47, owed: -3 },
      detail: { tierName: "Gold" },
      summary: "50 points as a welcome gift: the tier “Gold” was reached. 3 points covered what was owed.",
      steps: [
        "version: Program version 3, in force when the gift was given",
        "pot: Available: +47 points",
        "pot: Owed: −3 points",
        "total: 47 (available) + 3 (owed) = 50 points",
      ],
    },
  ],
  [
    "a merger, where the points go to",
    {
      kind: "merge",
      pots: { available: 10, held: 5 },
      detail: { reason: "moved-in" },
      summary: "Two customer accounts became one: the other account’s points were moved here.",
      steps: ["pot: Available: +10 points", "pot: Reserved: +5 points"],
    },
  ],
  [
    "a merger, where the points come from",
    {
      kind: "merge",
      pots: { available: -10, held: -5 },
      detail: { reason: "moved-out" },
      summary: "Two customer accounts became one: the points were moved to the other account.",
      steps: ["pot: Available: −10 points", "pot: Reserved: −5 points"],
    },
  ],
  [
    "an older merger, of a hold alone",
    {
      kind: "merge",
      pots: { held: -5 },
      detail: {},
      summary: "Two customer accounts became one: the points were moved to the other account.",
      steps: ["pot: Reserved: −5 points"],
    },
  ],
  [
    "an older merger, where the points go to",
    {
      kind: "merge",
      pots: { available: 10 },
      detail: {},
      summary: "Two customer accounts became one: the other account’s points were moved here.",
      steps: ["pot: Available: +10 points"],
    },
  ],
];

test.each(told)("%s", (_, { kind, pots, detail, summary, steps }) => {
  const { pending = 0, available = 0, held = 0, owed = 0 } = pots;
  const programVersion = steps.some((step) => step.startsWith("version")) ? 3 : null;
  const entry = { kind, points: pending + available - owed, pending, available, held, owed, programVersion, detail };
  const plain = (text: string): string => text.replaceAll("\u00a0", " ");
  const explained = explainEntry(entry, "en");
  expect(plain(explained.summary)).toBe(summary);
  expect(explained.steps.map(({ part, text }) => `${part}: ${plain(text)}`)).toEqual(steps);
});
