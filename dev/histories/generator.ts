/**
 * Random histories of one shop. What is drawn is a list of wishes ("refund two units of the second order's first line"); a small shop turns
 * them into what could really have happened, so that a history stays possible however it is shrunk.
 */
import fc from "fast-check";
import type { OrderLine } from "../../worker/domain/order.ts";
import { NO_EXCLUSIONS, type Program } from "../../worker/domain/program.ts";
import type { Reward } from "../../worker/domain/rewards.ts";
import type { TierRules } from "../../worker/domain/tiers.ts";
import { tiersOf } from "../test-book.ts";
import type { History, Operation, Step } from "./history.ts";
import { type OrderChange, type OrderPlan, PRODUCTS } from "./shop-order.ts";
import { StoryShop } from "./story-shop.ts";
import type { Delivery, TimedWish, Wish } from "./wishes.ts";

export interface HistoryOptions {
  /** At most this many wishes after the first program; 36 by default. A wish may be several steps, or none. */
  readonly maxSteps?: number;
  /** One program, orders, and nothing else that could change what an order is worth: for other arrival orders of the same news. */
  readonly onlyOrders?: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function historyArbitrary(options: HistoryOptions = {}): fc.Arbitrary<History> {
  const { maxSteps = 36, onlyOrders = false } = options;
  const wishes = fc.array(timed(onlyOrders ? orderWish : wish), { minLength: 1, maxLength: maxSteps, size: "max" });
  const opening = fc.constantFrom(...(onlyOrders ? [] : [30, 60, 200]), 0);
  const first = fc.record({
    program: onlyOrders ? openProgram : program,
    fromDays: fc.constantFrom(-500, -500, -500, -30, 0, 2),
  });
  const whole = fc.record({ currency: fc.constantFrom("USD", "JPY", "KWD"), startMs: start, first, opening, wishes });
  // Without bias: small is what shrinking is for; what is drawn should be much of everything.
  return fc
    .noBias(whole)
    .map(({ currency, startMs, first: { program: given, fromDays }, opening: points, wishes: told }) => {
      const shop = new StoryShop(currency, startMs);
      shop.grant(atOnce({ wish: "publish", program: given, fromDays, keepsExpiry: false }));
      if (points > 0)
        shop.grant(atOnce({ wish: "open", id: 9, customer: 0, points, availableDays: 0, expiresDays: null }));
      for (const one of told) shop.grant(one);
      return { currency, startMs, steps: shop.steps };
    });
}

function atOnce(one: Wish): TimedWish {
  return { waitMs: 0, deliveries: 1, wish: one };
}

/**
 * The same history with the news of its orders in another arrival order, some of it repeated: `choices` says which. Time stays where it is;
 * only news that no other operation stands between changes places.
 */
export function permuted(history: History, choices: readonly number[]): History {
  const steps: Step[] = [];
  let run: Operation[] = [];
  let [waitMs, drawn] = [0, 0];
  const draw = (below: number): number => (choices[drawn++ % Math.max(1, choices.length)] ?? 0) % below;
  const flush = () => {
    const left = run.flatMap((operation) => (draw(3) === 0 ? [operation, operation] : [operation]));
    while (left.length > 0) {
      for (const operation of left.splice(draw(left.length), 1)) steps.push({ waitMs, operation, deliveries: 1 });
      waitMs = 0;
    }
    run = [];
  };
  for (const step of history.steps) {
    const { kind } = step.operation;
    const isNews = kind === "order" || kind === "refund" || kind === "delete";
    if (isNews) {
      waitMs += step.waitMs;
      run.push(step.operation);
    } else {
      flush();
      steps.push({ ...step, waitMs: step.waitMs + waitMs });
      waitMs = 0;
    }
  }
  flush();
  return { ...history, steps };
}

const start = fc.constantFrom("2026-01-31T10:00:00Z", "2027-11-30T23:59:00Z", "2027-12-15T00:00:00Z").map(Date.parse);

const wait = fc.oneof(
  { weight: 8, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 90 }).map((minutes) => minutes * MINUTE) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 72 }).map((hours) => hours * HOUR) },
  { weight: 2, arbitrary: fc.constantFrom(3, 14, 15, 29, 30, 31).map((days) => days * DAY) },
  { weight: 1, arbitrary: fc.integer({ min: 40, max: 425 }).map((days) => days * DAY + 7 * HOUR) },
);

/** The first of them as often as all others together, and twice. */
function oftenFirst<Value>(first: Value, ...others: readonly Value[]): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant(first) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
}

function timed(wishes: fc.Arbitrary<Wish>): fc.Arbitrary<TimedWish> {
  return fc.record({ waitMs: wait, deliveries: fc.constantFrom(1, 1, 1, 2, 3), wish: wishes });
}

const at = fc.nat(3);
const customer = fc.constantFrom(0, 0, 0, 0, 1, 1, 2);
const customerOrGuest = fc.constantFrom(0, 0, 0, 0, 1, 1, 2, null);
const delivery = fc.constantFrom<Delivery[]>("at-once", "at-once", "at-once", "apart", "apart-and-at-once", "withheld");

const cost = fc.constantFrom(5, 20, 40);
const rewards: fc.Arbitrary<readonly Reward[]> = fc
  .record({ off: cost, donation: cost, has: oftenFirst(2, 2, 2, 1, 0) })
  .map(({ off, donation, has }) => {
    const common = { valueMinor: 500, minimumMinor: null, codeDays: 30 };
    const all: Reward[] = [
      { id: "off", name: "5.00 off", kind: "amount_off", cost: off, ...common },
      { id: "trees", name: "A tree", kind: "donation", cost: donation, ...common },
    ];
    return all.slice(0, has);
  });

const expiry: fc.Arbitrary<Program["expiry"]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("after-available", "after-inactivity"),
      months: fc.constantFrom(1, 3, 6, 12),
    }),
  },
);

/** They take part in every history, and change no points: what they would multiply or give, the model does not know. */
const TIERS: TierRules = {
  ...tiersOf({ threshold: 2 }, { threshold: 4 }, { threshold: null, membership: { productIds: ["9"], months: 3 } }),
  graceMonths: 1,
};

const untiered: fc.Arbitrary<Program> = fc.record({
  earn: fc.constantFrom(
    { points: 1, perMinor: 100 },
    { points: 3, perMinor: 100 },
    { points: 1, perMinor: 100 },
    { points: 50, perMinor: 10_000 },
    { points: 7, perMinor: 333 },
  ),
  pendingDays: fc.constantFrom(0, 0, 0, 3, 14, 90),
  rewards,
  expiry,
  owing: fc.constantFrom("owe", "owe", "stop-at-zero"),
  returnSpent: fc.constantFrom(true, true, false),
  taxEarns: fc.constantFrom(false, false, true),
  membership: oftenFirst("everybody", "everybody", "joined"),
  state: fc.constant("live"),
  exclusions: oftenFirst(
    {},
    { tags: ["Sale"] },
    { collectionIds: ["5"] },
    { tags: ["sale"], collectionIds: ["5"] },
  ).map((named) => ({ ...NO_EXCLUSIONS, ...named })),
  tiers: fc.constant(null),
});
const program = untiered.map((one): Program => ({ ...one, tiers: TIERS }));

const openProgram = program.map((one): Program => ({ ...one, membership: "everybody" }));

/** True once in 25 times. */
const seldom = fc.nat(24).map((number) => number === 24);

const price = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map((units) => units * 100),
  fc.integer({ min: 0, max: 9_999 }),
);
const quantity = fc.constantFrom(1, 1, 2, 3, 7);
const percent = oftenFirst(0, 10, 33, 50, 100);
const lineKind = oftenFirst<OrderLine["kind"]>("product", "gift_card", "tip");

const plan: fc.Arbitrary<OrderPlan> = fc.record({
  lines: fc.array(fc.record({ kind: lineKind, priceMinor: price, quantity, discount: percent }), {
    minLength: 1,
    maxLength: 3,
  }),
  status: fc.constantFrom("paid", "paid", "paid", "paid", "paid", "paid", "pending", "authorized", "partially_paid"),
  taxesIncluded: fc.boolean(),
  taxRate: fc.constantFrom(0, 0, 20, 7),
  codeRate: fc.constantFrom(10, 25, 0, 50),
  isTest: seldom,
  isForeign: seldom,
  tellsCurrent: fc.constantFrom(true, true, true, false),
});

const units = fc.integer({ min: 1, max: 7 });
const change: fc.Arbitrary<OrderChange> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      change: fc.constant("refund" as const),
      line: at,
      units: fc.nat(3),
      beyond: fc.constantFrom(0, 0, 0, 0, 0, 100, 300, 999, 5_000, -300, -1_000),
      tellsTax: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ change: "pay" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ change: fc.constant("pay-part" as const), share: fc.constantFrom(0, 10, 50, 99) }),
  },
  { weight: 2, arbitrary: fc.record({ change: fc.constant("refund-all" as const), asMoney: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ change: fc.constant("remove" as const), line: at, units }) },
  { weight: 2, arbitrary: fc.record({ change: fc.constant("put-back" as const), line: at, units }) },
  { weight: 2, arbitrary: fc.record({ change: fc.constant("add-line" as const), priceMinor: price, quantity }) },
  { weight: 1, arbitrary: fc.constant({ change: "cancel" as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<OrderChange[]>(
      { change: "void" },
      { change: "expire" },
      { change: "drop-codes" },
      { change: "drop-codes" },
    ),
  },
  { weight: 1, arbitrary: fc.constant({ change: "touch" as const }) },
);

const place: fc.Arbitrary<Wish> = fc.record({
  wish: fc.constant("place" as const),
  order: at,
  customer: customerOrGuest,
  codes: fc.constantFrom([], [0], [1], [0], [1], [0, 1], [2, 3]),
  ageHours: fc.constantFrom(0, 0, 0, 0, 0, 0, -1, 1, 30, 400, 24 * 400),
  processedHours: fc.constantFrom(0, 0, 0, 0, -48, 5),
  plan,
  delivery: fc.constantFrom<Delivery[]>("at-once", "at-once", "at-once", "at-once", "withheld"),
});
const changing: fc.Arbitrary<Wish> = fc.record({ wish: fc.constant("change" as const), order: at, change, delivery });
const moving: fc.Arbitrary<Wish> = fc.record({
  wish: fc.constant("move" as const),
  order: at,
  customer: customerOrGuest,
  delivery,
});
const late: fc.Arbitrary<Wish> = fc.record({ wish: fc.constant("late" as const), order: at, news: fc.nat(9) });
const deletion: fc.Arbitrary<Wish> = fc.record({ wish: fc.constant("delete" as const), order: at });

const ORDERS = [
  { weight: 10, arbitrary: place },
  { weight: 12, arbitrary: changing },
  { weight: 2, arbitrary: moving },
  { weight: 5, arbitrary: late },
  { weight: 1, arbitrary: deletion },
] as const;
const orderWish: fc.Arbitrary<Wish> = fc.oneof(...ORDERS);

const wish: fc.Arbitrary<Wish> = fc.oneof(
  ...ORDERS,
  {
    weight: 11,
    arbitrary: fc.record({
      wish: fc.constant("hold" as const),
      redemption: fc.nat(4),
      customer: fc.constantFrom(null, null, null, 0, 1, 2),
      reward: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      wish: fc.constantFrom("issue" as const, "release" as const, "release" as const),
      redemption: at,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      wish: fc.constant("adjust" as const),
      id: fc.nat(9),
      customer,
      points: fc.constantFrom<(number | "all")[]>("all", "all", 50, 20, 3, -5, -30, -1, 10, 0),
      reason: fc.constantFrom("goodwill", "goodwill", "goodwill", "goodwill", "goodwill", "a mistake", " "),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      wish: fc.constant("open" as const),
      id: fc.nat(3),
      customer,
      points: fc.constantFrom(40, 15, 1),
      availableDays: fc.constantFrom(0, -20, 5),
      expiresDays: fc.constantFrom(null, 20, 31, 200, -1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ wish: fc.constant("membership" as const), customer, isMember: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ wish: fc.constant("merge" as const), kept: fc.nat(2), merged: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      wish: fc.constant("publish" as const),
      program,
      fromDays: fc.constantFrom(0, 0, 0, -20, 5, 40),
      keepsExpiry: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      wish: fc.constant("read-group" as const),
      group: fc.constantFrom("tag:sale", "collection:5"),
      productIds: fc.subarray([...PRODUCTS]),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ wish: "sweep" as const }) },
  { weight: 2, arbitrary: fc.constant({ wish: "wait" as const }) },
);
