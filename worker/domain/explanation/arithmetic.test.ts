/** What an explanation says can be computed again by whoever reads it: the numbers are taken from its text, not from the entry. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { propertyRuns } from "../../../dev/property-runs.ts";
import { Book, DAY_MS, NOW_MS, rulesWith, tiersOf } from "../../../dev/test-book.ts";
import { orderBody, productLine } from "../../../dev/test-orders.ts";
import type { Entry } from "../account.ts";
import type { FinancialStatus, OrderLine } from "../order.ts";
import { type ProgramVersion, type ShopRules, shopRules } from "../program.ts";
import { explainEntry } from "./explain.ts";

/** Exactly: a fraction. */
type Exact = readonly [numerator: bigint, denominator: bigint];

function exactOf(plain: string): Exact {
  const [whole = "", fraction = ""] = plain.replaceAll(",", "").split(".");
  return [BigInt(whole + fraction), 10n ** BigInt(fraction.length)];
}

const times = ([a, b]: Exact, [c, d]: Exact): Exact => [a * c, b * d];

/** The value of "(400.00 USD ÷ 3) × 5 ÷ 1.00 USD", from left to right. */
function computed(formula: string): Exact {
  const bare = formula.replace(/ points?|[\s()]|[A-Z]{3}/g, "");
  expect(bare).toMatch(/^[\d.,]+([×÷][\d.,]+)*$/);
  const [first = "", ...rest] = bare.split(/(?=[×÷])/);
  return rest.reduce((value, part) => {
    const [numerator, denominator] = exactOf(part.slice(1));
    return times(value, part.startsWith("×") ? [numerator, denominator] : [denominator, numerator]);
  }, exactOf(first));
}

const integer = (text: string): number => Number(text.replace("−", "-").replaceAll(/[,\s]/g, ""));

/** "749 (worth now) − 700 (counted before) = 49 points", checked, with its first number and its outcome. */
function sumOf(text: string): { first: number; total: number } {
  const [terms = "", total = ""] = text.replace(/ points?$/, "").split(" = ");
  const numbers = [...terms.matchAll(/([−+]?) ?([\d,]+) \([a-z ]+\)/g)].map(([, sign, digits = ""]) =>
    sign === "−" ? -integer(digits) : integer(digits),
  );
  expect(
    numbers.reduce((sum, number) => sum + number, 0),
    text,
  ).toBe(integer(total));
  return { first: numbers[0] ?? Number.NaN, total: integer(total) };
}

/** "Worth: … = 749.5, rounded down to 749 points": the points, after the sum was computed again. */
function roundedDownOf(text: string): number {
  const [, formula = "", outcome = ""] = /^[A-Z][a-z ]+: (.*) = (.*) points?$/.exec(text) ?? [];
  const [above, below] = computed(formula);
  const [exact = "", rounded = exact] = outcome.split(", rounded down to ");
  const points = integer(rounded);
  expect(Number(above / below), text).toBe(points);
  expect(above % below === 0n, text).toBe(exact === rounded);
  return points;
}

/** Reads one explanation in English as a person with paper would. */
function recompute(entry: Entry): void {
  const { summary, steps } = explainEntry(entry, "en");
  const texts = (part: string) =>
    steps.filter((step) => step.part === part).map((step) => step.text.replace(/[\u00a0]/g, " "));
  const hint = [summary, ...steps.map((step) => step.text)].join("\n");
  for (const text of texts("total")) expect(sumOf(text).total, hint).toBe(entry.points);
  const weights: Record<string, number> = { Pending: 1, Available: 1, Reserved: 0, Owed: -1 };
  const pots = texts("pot").map((text) => {
    const [, pot = "", points = ""] = /^([A-Z][a-z]+): ([−+][\d,]+) points?/.exec(text) ?? [];
    return (weights[pot] ?? Number.NaN) * integer(points);
  });
  expect(
    pots.reduce((sum, points) => sum + points, 0),
    hint,
  ).toBe(entry.points);
  const change = texts("change").map(sumOf);
  for (const { total } of change) expect(total, hint).toBe(entry.points);
  const isOrder = entry.kind === "earn" || entry.kind === "claw-back";
  if (isOrder || entry.kind === "reclaim" || entry.kind === "return") expect(change, hint).toHaveLength(1);
  const worth = texts("worth");
  if (isOrder && entry.detail.reason !== "order-moved") expect(worth, hint).toHaveLength(1);
  for (const text of worth) {
    const points = text.startsWith("Worth: 0 points (") ? 0 : roundedDownOf(text);
    expect(points, hint).toBe(change[0]?.first);
  }
  if (isOrder && !worth.join().includes("(order"))
    recomputeLines(texts("line"), texts("share"), change[0]?.first, hint);
}

/** The lines' amounts make the amount that the order counts with, and their points the order's. */
function recomputeLines(lines: string[], shares: string[], worth: number | undefined, hint: string): void {
  const together = /^Together ([−\d.,]+) [A-Z]{3}(?: ÷ (\d+))?:/.exec(shares[0] ?? "");
  expect(together, hint).not.toBeNull();
  if (lines.length === 0) {
    expect(worth, hint).toBe(0);
    return;
  }
  const parsed = lines.map((text) => /([−\d.,]+) [A-Z]{3}(?: ÷ (\d+))?(?:: (\S+) points?)?$/.exec(text) ?? []);
  const minor = (amount = ""): number => Number(amount.replace("−", "-").replaceAll(/[.,]/g, ""));
  const parts = Number(together?.[2] ?? 1);
  // Times the parts that the whole is told in: each line's own divide them.
  const amounts = parsed.reduce((sum, [, amount, own = "1"]) => sum + minor(amount) * (parts / Number(own)), 0);
  expect(amounts, hint).toBe(minor(together?.[1]));
  expect(
    parsed.reduce((sum, [, , , points = "0"]) => sum + integer(points), 0),
    hint,
  ).toBe(worth);
}

const line = fc.record({
  priceMinor: fc.nat(30_000),
  quantity: fc.integer({ min: 1, max: 4 }),
  discountMinor: fc.nat(2_000),
  taxMinor: fc.nat(500),
  kind: fc.constantFrom("product" as const, "product" as const, "product" as const, "gift_card" as const),
});
const news = fc.record({
  status: fc.constantFrom<FinancialStatus>(
    "paid",
    "paid",
    "partially_refunded",
    "partially_paid",
    "refunded",
    "pending",
  ),
  outstandingMinor: fc.nat(40_000),
  cancelled: fc.constantFrom(false, false, false, false, true),
  isDeleted: fc.constantFrom(false, false, false, false, false, true),
  refunds: fc.array(fc.record({ line: fc.nat(2), quantity: fc.integer({ min: 1, max: 2 }), beyond: fc.nat(4_000) }), {
    maxLength: 2,
  }),
  removed: fc.nat(2),
  days: fc.nat(20),
  holds: fc.boolean(),
  usesCode: fc.boolean(),
});
const history = fc.record({
  earn: fc.record({ points: fc.integer({ min: 1, max: 30 }), perMinor: fc.constantFrom(1, 7, 100, 10_000) }),
  currency: fc.constantFrom("USD", "JPY", "KWD"),
  owing: fc.constantFrom("owe" as const, "stop-at-zero" as const),
  multiplier: fc.constantFrom(10_000, 10_000, 12_500, 33_333),
  pendingDays: fc.constantFrom(0, 14),
  expires: fc.boolean(),
  taxesIncluded: fc.boolean(),
  taxEarns: fc.boolean(),
  lines: fc.array(line, { minLength: 1, maxLength: 3 }),
  states: fc.array(news, { minLength: 1, maxLength: 6 }),
});
type History = typeof history extends fc.Arbitrary<infer One> ? One : never;
type State = History["states"][number];

function rulesOf({ earn, owing, pendingDays, currency, expires, multiplier, taxEarns }: History): ShopRules {
  const expiry = expires ? ({ kind: "after-inactivity", months: 1 } as const) : null;
  const { versions } = rulesWith(pendingDays, {
    earn,
    owing,
    expiry,
    taxEarns,
    tiers: tiersOf({ threshold: 0, multiplier }),
  });
  return shopRules(currency, versions as ProgramVersion[]);
}

function bodyOf({ lines, taxesIncluded, currency }: History, state: State, index: number, nowMs: number) {
  const code = state.usesCode ? "CODE-a" : null;
  const own: OrderLine[] = lines.map((line, at) => ({
    ...productLine(String(at), line.priceMinor, line.quantity),
    discountMinor: Math.min(line.discountMinor, line.priceMinor * line.quantity),
    taxMinor: Math.min(line.taxMinor, line.priceMinor * line.quantity),
    kind: line.kind,
    currentQuantity: Math.max(0, line.quantity - state.removed),
    codeDiscounts: code ? { [code]: 500 + at } : {},
  }));
  const refunds = state.refunds.map(({ line, quantity, beyond }, at) => {
    const of = own[line % own.length];
    const units = Math.min(quantity, of?.quantity ?? 0);
    const subtotalMinor = Math.floor(
      (((of?.priceMinor ?? 0) * (of?.quantity ?? 0) - (of?.discountMinor ?? 0)) * units) / (of?.quantity ?? 1),
    );
    const lines = at === 0 ? [{ lineId: of?.id ?? "", quantity: units, subtotalMinor, taxMinor: null }] : [];
    return { id: `r${at}`, lines, beyondLinesMinor: beyond, beyondLinesTaxMinor: 0 };
  });
  const { status, cancelled } = state;
  return orderBody({
    ...{ status, cancelled, refunds, taxesIncluded, currency, lines: own, codes: code ? [code] : [] },
    updatedAtMs: NOW_MS + index,
    processedAtMs: nowMs,
    createdAtMs: NOW_MS,
    totalMinor: 80_000,
    outstandingMinor: state.outstandingMinor,
  });
}

function play(one: History): Entry[] {
  const book = new Book();
  book.rules = rulesOf(one);
  book.settle("other", 9_000, NOW_MS, book.rules, { currency: one.currency });
  let nowMs = NOW_MS;
  for (const [index, state] of one.states.entries()) {
    nowMs += state.days * DAY_MS;
    book.sweep(nowMs);
    if (state.holds) book.hold("a", nowMs);
    const body = bodyOf(one, state, index, nowMs);
    book.news("1", state.isDeleted ? { kind: "deleted" } : { kind: "state", body }, nowMs);
  }
  book.release("a", nowMs);
  book.sweep(nowMs + 100 * DAY_MS);
  return book.entries;
}

describe("any history", () => {
  test("is explained by numbers that come out, with one rounding down", () => {
    fc.assert(
      fc.property(history, (one) => {
        for (const entry of play(one)) {
          recompute(entry);
          const { steps } = explainEntry(entry, "en");
          const shares = steps.filter(({ text }) => text.startsWith("Together"));
          for (const { text } of shares) expect(text).toContain(one.taxEarns ? "with tax and" : "without tax and");
        }
      }),
      { numRuns: propertyRuns(2_000) },
    );
  });
  test("is one of many that meet every kind of entry and every number that an explanation may need", () => {
    const seen = new Set<string>();
    for (const entry of fc.sample(history, { numRuns: 10_000, seed: 1 }).flatMap(play)) {
      const { kept, net, paid, refunded, forgivenPoints, forgivenBeforePoints, multiplier } = entry.detail;
      const details = { kept, net, paid, refunded, forgivenPoints, forgivenBeforePoints, multiplier };
      seen.add(entry.kind);
      if (net?.parts) seen.add("parts");
      for (const [name, value] of Object.entries(details)) if (value !== undefined) seen.add(name);
    }
    const kinds = ["earn", "claw-back", "mature", "expire", "hold", "release", "use", "reclaim", "return"];
    const shares = ["kept", "net", "parts", "paid", "refunded", "forgivenPoints", "forgivenBeforePoints", "multiplier"];
    expect([...seen]).toEqual(expect.arrayContaining([...kinds, ...shares]));
  });
});
