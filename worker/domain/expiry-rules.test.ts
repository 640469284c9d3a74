/** By which rule points expire, and the stretches of time in which a shop's rules count. */
import { describe, expect, test } from "vitest";
import { Book, DAY_MS, NOW_MS, rulesWith } from "../../dev/test-book.ts";
import { type ExpiryRule, expiryOf, expiryRuleOf, expiryTerms, monthsAfter } from "./expiry.ts";
import { PROGRAM_DEFAULTS, type ProgramVersion, shopRules } from "./program.ts";

const MONTH: ExpiryRule = { kind: "after-available", months: 1 };
const YEAR: ExpiryRule = { kind: "after-available", months: 12 };
const IDLE_YEAR: ExpiryRule = { kind: "after-inactivity", months: 12 };
const version = (
  number: number,
  inForceFromMs: number,
  expiry: ExpiryRule | null,
  publishedAtMs = inForceFromMs,
): ProgramVersion => ({
  version: number,
  inForceFromMs,
  publishedAtMs,
  program: { earn: { points: 1, perMinor: 100 }, pendingDays: 0, rewards: [], ...PROGRAM_DEFAULTS, expiry },
});
const lot = { orderId: null, availableAtMs: NOW_MS, fixedExpiryMs: null };
const ENDLESS = Number.POSITIVE_INFINITY;

describe("a shop's rules", () => {
  test("follow each other by when they begin, in whatever order the versions are read", () => {
    const versions = [version(1, 10, MONTH), version(2, 30, YEAR), version(3, 20, null)];
    const terms = [
      { rule: MONTH, fromMs: 10, untilMs: 20 },
      { rule: null, fromMs: 20, untilMs: 30 },
      { rule: YEAR, fromMs: 30, untilMs: ENDLESS },
    ];
    expect(expiryTerms(versions)).toEqual(terms);
    expect(expiryTerms(versions.toReversed())).toEqual(terms);
    expect(expiryTerms([])).toEqual([]);
  });
  test("are one where a version changes something else, and two where months or kind differ", () => {
    expect(expiryTerms([version(1, 10, YEAR), version(2, 20, { ...YEAR })])).toHaveLength(1);
    expect(expiryTerms([version(1, 10, null), version(2, 20, null)])).toHaveLength(1);
    expect(expiryTerms([version(1, 10, YEAR), version(2, 20, IDLE_YEAR)])).toHaveLength(2);
    expect(expiryTerms([version(1, 10, YEAR), version(2, 20, MONTH)])).toHaveLength(2);
    expect(expiryTerms([version(1, 10, null), version(2, 20, YEAR)])).toHaveLength(2);
  });
  test("count from when they were published: what is dated back takes no time away", () => {
    expect(expiryTerms([version(1, 10, null), version(2, 5, YEAR, 20)])).toEqual([
      { rule: null, fromMs: 10, untilMs: ENDLESS },
    ]);
    expect(expiryTerms([version(1, 10, null), version(2, 10, YEAR, 20)])).toEqual([
      { rule: null, fromMs: 10, untilMs: 20 },
      { rule: YEAR, fromMs: 20, untilMs: ENDLESS },
    ]);
  });
  test("that are published ahead wait until they are in force", () => {
    expect(expiryTerms([version(1, 20, YEAR, 10)])).toEqual([{ rule: YEAR, fromMs: 20, untilMs: ENDLESS }]);
  });
});

describe("points expire by", () => {
  test("the first rule that ends them before it is over, or as another begins, and are told by which", () => {
    const expiresAtMs = expiryOf(lot, expiryTerms([version(1, 0, MONTH)]), null) ?? 0;
    const until = (endMs: number) => expiryTerms([version(1, 0, MONTH), version(2, endMs, YEAR)]);
    expect(expiryOf(lot, until(expiresAtMs + 1), null)).toBe(expiresAtMs);
    expect(expiryRuleOf(lot, until(expiresAtMs + 1), null)).toEqual(MONTH);
    // Whoever looks at that moment sees them gone: a program that begins then does not bring them back.
    expect(expiryOf(lot, until(expiresAtMs), null)).toBe(expiresAtMs);
    expect(expiryRuleOf(lot, until(expiresAtMs), null)).toEqual(MONTH);
    expect(expiryRuleOf(lot, until(expiresAtMs - 1), null)).toEqual(YEAR);
    expect(expiryRuleOf(lot, until(0), null)).toEqual(YEAR);
  });
  test("no rule where they have a date of their own, or where there is none", () => {
    expect(expiryRuleOf({ ...lot, fixedExpiryMs: 17 }, expiryTerms([version(1, 0, MONTH)]), null)).toBe(null);
    expect(expiryRuleOf(lot, expiryTerms([version(1, 0, null)]), null)).toBe(null);
    expect(expiryRuleOf(lot, [], null)).toBe(null);
  });
  test("the rule that the entry of their expiry names", () => {
    const book = new Book();
    book.rules = rulesWith(0, { expiry: MONTH });
    book.settle("1", 10_000);
    book.sweep(NOW_MS + 60 * DAY_MS);
    expect(book.entries.at(-1)).toMatchObject({
      key: "expire:order:1:1",
      orderId: "1",
      occurredAtMs: monthsAfter(NOW_MS, 1) + 1.5 * DAY_MS,
    });
    expect(book.entries.at(-1)?.detail).toEqual({ expiry: MONTH });
    const dated = new Book();
    dated.settle("1", 10_000);
    dated.account = {
      ...dated.account,
      lots: dated.account.lots.map((one) => ({ ...one, fixedExpiryMs: NOW_MS + 1 })),
    };
    dated.sweep(NOW_MS + 1);
    expect(dated.entries.at(-1)?.detail).toEqual({ expiry: null });
  });
  test("inactivity from when the member did something, and from the points' own day where they never did", () => {
    const terms = shopRules("USD", [version(1, 0, IDLE_YEAR)]).expiry;
    expect(expiryOf(lot, terms, NOW_MS + DAY_MS)).toBe(monthsAfter(NOW_MS + DAY_MS, 12) + 1.5 * DAY_MS);
    expect(expiryOf(lot, terms, NOW_MS - DAY_MS)).toBe(monthsAfter(NOW_MS, 12) + 1.5 * DAY_MS);
    expect(expiryOf(lot, terms, null)).toBe(monthsAfter(NOW_MS, 12) + 1.5 * DAY_MS);
  });
});
