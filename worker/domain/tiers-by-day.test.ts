import fc from "fast-check";
import { expect, test } from "vitest";
import { type TierQuestion, tierStanding } from "../../dev/oracle/tier-standing.ts";
import { propertyRuns } from "../../dev/property-runs.ts";
import { rulesWith, tiersOf } from "../../dev/test-book.ts";
import type { Progress } from "./progress.ts";
import { nextTierMs, standingAt, tierAt } from "./tiers.ts";

const DAY_MS = 86_400_000;
/** 2026-01-01. */
const FIRST = 20_454;

const someDay = fc.integer({ min: FIRST, max: FIRST + 800 });
const question: fc.Arbitrary<TierQuestion> = fc.record({
  period: fc.constantFrom("rolling-year", "calendar-year", "lifetime"),
  graceMonths: fc.constantFrom(0, 0, 1, 2, 12),
  thresholds: fc
    .array(fc.option(fc.integer({ min: 0, max: 40 }), { freq: 4 }), { minLength: 1, maxLength: 4 })
    .map((some) => {
      const rising = some.filter((one) => one !== null).sort((a, b) => a - b);
      return some.map((one) => (one === null ? null : (rising.shift() ?? 0)));
    }),
  done: fc.uniqueArray(fc.record({ day: someDay, amount: fc.integer({ min: 1, max: 20 }) }), {
    maxLength: 6,
    selector: ({ day }) => day,
  }),
  earlier: fc.option(
    fc.record({ day: fc.integer({ min: FIRST - 400, max: FIRST - 1 }), amount: fc.integer({ min: 1, max: 20 }) }),
  ),
  bought: fc
    .array(fc.record({ day: someDay, level: fc.nat(3), months: fc.integer({ min: 1, max: 14 }) }), { maxLength: 3 })
    .map((some) => some.sort((a, b) => a.day - b.day)),
  today: fc.integer({ min: FIRST, max: FIRST + 1_200 }),
});

const progressOf = ({ done, earlier, bought }: TierQuestion): Progress => ({
  days: done.toSorted((a, b) => a.day - b.day).map(({ day, amount }) => [day, 0, 0, amount]),
  earlier: earlier && [earlier.day, 0, 0, earlier.amount],
  memberships: bought.map(({ day, level, months }) => ({ day, tierId: `t${level + 1}`, months })),
  gifts: [],
});

test("where a member stands, since when, until when and what is next, is what walking through the calendar day by day says", () => {
  fc.assert(
    fc.property(question, (asked) => {
      const { period, graceMonths, thresholds, today } = asked;
      const levels = thresholds.map((threshold) => ({ threshold }));
      const rules = rulesWith(0, { tiers: { ...tiersOf(...levels), period, graceMonths } });
      const bought = asked.bought.filter(({ level }) => level < thresholds.length);
      const expected = tierStanding({ ...asked, bought });
      const [progress, atMs] = [progressOf(asked), today * DAY_MS + 1];
      const { change, sinceDay, nextLevel } = expected;
      const standing = standingAt(progress, rules, atMs);
      expect({ ...standing, tier: standing.tier?.id ?? null, next: standing.next?.tier.id ?? null }).toEqual({
        tier: expected.rank === 0 ? null : `t${expected.rank}`,
        rank: expected.rank,
        counted: expected.counted,
        sinceMs: expected.rank === 0 || sinceDay === null ? null : sinceDay * DAY_MS,
        untilMs: change?.isFall ? change.day * DAY_MS : null,
        next: nextLevel === null ? null : `t${nextLevel + 1}`,
      });
      expect(standing.next?.missing ?? null).toBe(
        nextLevel === null ? null : (thresholds[nextLevel] ?? 0) - expected.counted,
      );
      expect(tierAt(progress, rules, atMs)).toEqual({ tier: standing.tier, rank: standing.rank });
      expect(nextTierMs(progress, rules, atMs)).toBe(change === null ? null : change.day * DAY_MS);
    }),
    { numRuns: propertyRuns(300) },
  );
});
