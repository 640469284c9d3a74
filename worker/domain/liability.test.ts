import { describe, expect, test } from "vitest";
import type { ExpiryTerm } from "./expiry.ts";
import { costOf, costsOf, expiryQuestions, type LotGroup, liabilityOf, pointCosts } from "./liability.ts";
import { DAY_MS } from "./lots.ts";
import { NO_EXCLUSIONS, PROGRAM_DEFAULTS, type Program } from "./program.ts";
import type { Reward } from "./rewards.ts";

const NOW_MS = Date.parse("2026-11-27T00:00:00Z");

const reward = (name: string, cost: number, valueMinor: number, kind: Reward["kind"] = "amount_off"): Reward => ({
  ...{ id: name, name, kind, cost, valueMinor },
  minimumMinor: null,
  codeDays: 30,
});
const programOf = (rewards: readonly Reward[]): Program => ({
  ...PROGRAM_DEFAULTS,
  exclusions: NO_EXCLUSIONS,
  earn: { points: 1, perMinor: 100 },
  pendingDays: 0,
  rewards,
});

describe("the cost of points", () => {
  test("is by the rewards that cost the least and the most for a point, rounded up", () => {
    const costs = pointCosts(
      programOf([reward("5 off", 500, 500), reward("20 off", 1500, 2000), reward("7 off", 900, 700)]),
    );
    expect([costs?.least.reward, costs?.most.reward]).toEqual(["7 off", "20 off"]);
    expect(costs && costOf(1000, costs.least)).toBe(778);
    expect(costs && costOf(1000, costs.most)).toBe(1334);
  });

  test("cannot be told where no reward is worth an amount of money, or there is no program", () => {
    expect(pointCosts(programOf([reward("A tour", 500, 0, "experience")]))).toBe(null);
    expect(pointCosts(null)).toBe(null);
  });

  test("of shares adds up to that of the whole", () => {
    const shares = [1, 1, 1, 0, 8].map((points, index) => ({ name: String(index), points }));
    const by = { reward: "x", valueMinor: 100, points: 3 };
    expect(costsOf(shares, by)).toEqual([34, 33, 33, 0, 267]);
    expect(costOf(11, by)).toBe(367);
  });
});

describe("points that can be spent", () => {
  const group: LotGroup = { age: 0, availableOnMs: null, activeOnMs: null, fixedExpiryMs: null, points: 1 };

  test("lie in the shares of their age and of their expiry, and points in codes apart", () => {
    const groups = [
      { ...group, age: -1 },
      { ...group, points: 2, fixedExpiryMs: NOW_MS + 30 * DAY_MS },
      { ...group, age: 4, points: 4, fixedExpiryMs: NOW_MS + 31 * DAY_MS },
      { ...group, age: 1, points: 8, fixedExpiryMs: NOW_MS + 999 * DAY_MS },
      { ...group, age: 1, points: 16, fixedExpiryMs: NOW_MS - DAY_MS },
    ];
    const { points, byAge, byExpiry } = liabilityOf(groups, 32, { terms: [], nowMs: NOW_MS });
    expect(points).toBe(63);
    expect(byAge).toEqual([
      { name: "On their way", points: 1 },
      { name: "Up to 30 days", points: 2 },
      { name: "31 to 90 days", points: 24 },
      { name: "91 to 180 days", points: 0 },
      { name: "181 to 365 days", points: 0 },
      { name: "More than 365 days", points: 4 },
      { name: "In codes that wait to be used", points: 32 },
    ]);
    expect(byExpiry).toEqual([
      { name: "Within 30 days", points: 18 },
      { name: "In 31 to 90 days", points: 4 },
      { name: "In 91 to 180 days", points: 0 },
      { name: "In 181 to 365 days", points: 0 },
      { name: "In more than 365 days", points: 8 },
      { name: "Never, as things stand", points: 1 },
      { name: "In codes that wait to be used", points: 32 },
    ]);
  });

  const term = (kind: "after-available" | "after-inactivity", months: number): ExpiryTerm => ({
    ...{ rule: { kind, months }, fromMs: 0, untilMs: Number.POSITIVE_INFINITY },
  });
  /** The only share that a group lies in. */
  const expiring = (one: Partial<LotGroup>, terms: readonly ExpiryTerm[]) =>
    liabilityOf([{ ...group, ...one }], 0, { terms, nowMs: NOW_MS })
      .byExpiry.filter(({ points }) => points > 0)
      .map(({ name }) => name);
  const day = Date.parse;

  test("expire by the program's rule from the day on which they could be spent", () => {
    const terms = [term("after-available", 12)];
    expect(expiring({ availableOnMs: day("2025-12-01") }, terms)).toEqual(["Within 30 days"]);
    expect(expiring({ availableOnMs: day("2026-02-01") }, terms)).toEqual(["In 31 to 90 days"]);
    expect(expiring({ availableOnMs: day("2026-11-26") }, terms)).toEqual(["In 181 to 365 days"]);
  });

  test("expire by a rule of inactivity from what their member did last", () => {
    const terms = [term("after-inactivity", 6)];
    expect(expiring({ activeOnMs: day("2026-06-10") }, terms)).toEqual(["Within 30 days"]);
    expect(expiring({ activeOnMs: day("2026-11-20") }, terms)).toEqual(["In 91 to 180 days"]);
  });

  test("expire by the rule that takes them first, where the shop changed its rules", () => {
    const change = day("2026-12-20");
    const terms = [
      { ...term("after-available", 12), untilMs: change },
      { ...term("after-inactivity", 6), fromMs: change },
    ];
    const active = { activeOnMs: day("2026-11-20") };
    expect(expiring({ availableOnMs: day("2025-12-01"), ...active }, terms)).toEqual(["Within 30 days"]);
    expect(expiring({ availableOnMs: day("2025-12-31"), ...active }, terms)).toEqual(["In 181 to 365 days"]);
  });

  test("are told apart by the days that any of the shop's rules asks for, and by no others", () => {
    const none = { rule: null, fromMs: 0, untilMs: 1 };
    expect(expiryQuestions([])).toEqual({ asksAvailable: false, asksActivity: false });
    expect(expiryQuestions([none, term("after-available", 1)])).toEqual({ asksAvailable: true, asksActivity: false });
    expect(expiryQuestions([none, term("after-inactivity", 1)])).toEqual({ asksAvailable: false, asksActivity: true });
  });
});
