/** One member in the middle of a busy life, and everything that can happen to them at that moment. */
import type { OrderBody } from "../../worker/domain/order.ts";
import { PROGRAM_DEFAULTS, type Program } from "../../worker/domain/program.ts";
import { orderBody, productLine } from "../test-orders.ts";
import { codeOf } from "./codes.ts";
import type { History, Operation, Step } from "./history.ts";
import type { LedgerOperation } from "./postgres-operations.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.parse("2026-01-01T08:00:00Z");
/** When everything happens at once: points of the fourth order have matured, a balance has expired, and nobody has booked either. */
const NOW_MS = START_MS + 24 * DAY_MS;

function program(owing: Program["owing"]): Program {
  const reward = { minimumMinor: null, codeDays: 30 };
  return {
    ...PROGRAM_DEFAULTS,
    owing,
    earn: { points: 1, perMinor: 100 },
    pendingDays: 10,
    rewards: [
      { ...reward, id: "off-300", name: "15.00 off", kind: "amount_off", cost: 300, valueMinor: 1500 },
      { ...reward, id: "gift-200", name: "A tree", kind: "donation", cost: 200, valueMinor: 1000 },
    ],
    expiry: { kind: "after-inactivity", months: 6 },
  };
}

interface OrderWords {
  /** Null for a guest. */
  readonly customerId: string | null;
  readonly worth: number;
  readonly day: number;
  /** States of an order are told apart by their number. */
  readonly state?: number;
  readonly redemptionId?: string;
  readonly changes?: Partial<OrderBody>;
}

function order(
  orderId: string,
  { customerId, worth, day, state = 1, redemptionId, changes }: OrderWords,
): LedgerOperation {
  const atMs = START_MS + day * DAY_MS;
  const code = redemptionId === undefined ? null : codeOf(redemptionId);
  const line = { ...productLine("1", worth * 100), codeDiscounts: code === null ? {} : { [code]: 1500 } };
  const body = orderBody({
    name: `#${orderId}`,
    customerId,
    createdAtMs: atMs,
    processedAtMs: atMs,
    updatedAtMs: atMs + state * 1000,
    totalMinor: worth * 100,
    codes: code === null ? [] : [code],
    lines: [line],
    ...changes,
  });
  return { kind: "order", orderId, body };
}

function hold(redemptionId: string, customerId: string, rewardId = "off-300"): LedgerOperation {
  return { kind: "hold", redemptionId, customerId, rewardId };
}

const GUEST_ORDER: OrderWords = { customerId: null, worth: 90, day: 13 };
const SECOND_ORDER: OrderWords = { customerId: "a", worth: 500, day: 1 };

export interface Setting {
  readonly owing: Program["owing"];
  /** Whether a sweep has booked what fell due; if not, whoever comes first does, and that alone lets the others lose. */
  readonly isSwept: boolean;
}

export const SETTINGS: readonly Setting[] = (["owe", "stop-at-zero"] as const).flatMap((owing) => [
  { owing, isSwept: true },
  { owing, isSwept: false },
]);

/** What happened before: a has 300 available, 250 that have matured, 300 held; b has 600; and a guest has ordered. */
export function settingOf({ owing, isSwept }: Setting): History {
  const at = (day: number, operation: Operation) => ({ day, operation });
  const days = [
    at(0, { kind: "publish", inForceFromMs: START_MS - DAY_MS, program: program(owing) }),
    at(0, order("1", { customerId: "a", worth: 400, day: 0 })),
    at(1, order("2", SECOND_ORDER)),
    at(1, order("3", { customerId: "b", worth: 600, day: 1 })),
    at(12, hold("r1", "a")),
    at(12, hold("r2", "a")),
    at(12, { kind: "issue", redemptionId: "r2" }),
    at(12, hold("r3", "b")),
    at(12, { kind: "release", redemptionId: "r3", reason: "cancelled" }),
    at(13, order("4", { customerId: "a", worth: 250, day: 13, redemptionId: "r2" })),
    at(13, {
      kind: "open",
      id: "old",
      customerId: "a",
      points: 70,
      availableAtMs: START_MS,
      expiresAtMs: START_MS + 20 * DAY_MS,
    }),
    at(13, order("9", GUEST_ORDER)),
    at(24, isSwept ? { kind: "sweep" } : { kind: "issue", redemptionId: "r2" }),
  ];
  const steps = days.map(({ day, operation }, index): Step => {
    const before = days[index - 1]?.day ?? 0;
    return { waitMs: (day - before) * DAY_MS, operation, deliveries: 1 };
  });
  return { currency: "USD", startMs: START_MS, steps };
}

/** What comes afterwards: who the guest was. What the order has gone through until then shows only now. */
export const AFTERWARDS: readonly LedgerOperation[] = [order("9", { ...GUEST_ORDER, customerId: "a", state: 9 })];

/** What can happen at that moment, by name. */
export const OPERATIONS: Readonly<Record<string, LedgerOperation>> = {
  "an order that is new": order("5", { customerId: "a", worth: 100, day: 23 }),
  "an order that is worth more": order("1", { customerId: "a", worth: 450, day: 0, state: 3 }),
  "an order that is worth less": order("1", { customerId: "a", worth: 100, day: 0, state: 2 }),
  "an order as it is known": order("2", SECOND_ORDER),
  "an order that moves": order("1", { customerId: "b", worth: 400, day: 0, state: 4 }),
  "an order that is cancelled": order("2", { ...SECOND_ORDER, state: 2, changes: { cancelled: true } }),
  "a refund": {
    kind: "refund",
    orderId: "2",
    refund: {
      id: "81",
      lines: [{ lineId: "1", quantity: 1, subtotalMinor: 45_000, taxMinor: 0 }],
      beyondLinesMinor: 0,
      beyondLinesTaxMinor: 0,
    },
  },
  "a refund of the order that used a code": {
    kind: "refund",
    orderId: "4",
    refund: {
      id: "82",
      lines: [{ lineId: "1", quantity: 1, subtotalMinor: 25_000, taxMinor: 0 }],
      beyondLinesMinor: 0,
      beyondLinesTaxMinor: 0,
    },
  },
  "a deletion": { kind: "delete", orderId: "4" },
  "a use": order("6", { customerId: "a", worth: 120, day: 24, redemptionId: "r1" }),
  "a use after the release": order("7", { customerId: "b", worth: 80, day: 24, redemptionId: "r3" }),
  "a hold": hold("r5", "a"),
  "another hold": hold("r6", "a"),
  "a hold with the id of the first": hold("r5", "b"),
  "a donation": hold("r7", "a", "gift-200"),
  "a release": { kind: "release", redemptionId: "r1", reason: "cancelled" },
  "an issue": { kind: "issue", redemptionId: "r1" },
  "a sweep": { kind: "sweep" },
  "an adjustment down": { kind: "adjust", id: "j1", customerId: "a", points: -500, reason: "a mistake" },
  "an adjustment up": { kind: "adjust", id: "j2", customerId: "a", points: 40, reason: "sorry" },
  "a balance brought along": {
    kind: "open",
    id: "p1",
    customerId: "a",
    points: 90,
    availableAtMs: NOW_MS - DAY_MS,
    expiresAtMs: null,
  },
  "a merger into the member": { kind: "merge", keptCustomerId: "a", mergedCustomerId: "b" },
  "a merger into another": { kind: "merge", keptCustomerId: "b", mergedCustomerId: "a" },
  "a leaving": { kind: "membership", customerId: "a", isMember: false },
  "a stranger's first order": order("8", { customerId: "c", worth: 60, day: 23 }),
  "a guest's order that is worth more": order("9", { ...GUEST_ORDER, worth: 95, state: 2 }),
  "a refund of the guest's order": {
    kind: "refund",
    orderId: "9",
    refund: {
      id: "83",
      lines: [{ lineId: "1", quantity: 1, subtotalMinor: 4_000, taxMinor: 0 }],
      beyondLinesMinor: 0,
      beyondLinesTaxMinor: 0,
    },
  },
  "a merger with a stranger": { kind: "merge", keptCustomerId: "c", mergedCustomerId: "a" },
};
