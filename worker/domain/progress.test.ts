import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { propertyRuns } from "../../dev/property-runs.ts";
import {
  type Contribution,
  isBlank,
  joinProgress,
  type Membership,
  moveProgress,
  NO_PROGRESS,
  type Progress,
} from "./progress.ts";

/** 2026-03-31, and the last day that is 26 months before it: 2024-01-31. */
const [TODAY, FOLDED_UNTIL] = [20_543, 19_753];

const contribution: fc.Arbitrary<Contribution> = fc.record({
  day: fc.oneof(
    fc.integer({ min: FOLDED_UNTIL - 3, max: FOLDED_UNTIL + 3 }),
    fc.integer({ min: TODAY - 3, max: TODAY }),
  ),
  points: fc.nat(3),
  spentMinor: fc.nat(3),
  orders: fc.constantFrom(0, 1),
  memberships: fc.array(
    fc.record({ tierId: fc.constantFrom("gold", "prime"), months: fc.integer({ min: 1, max: 2 }) }),
    {
      maxLength: 2,
    },
  ),
});
/** What each order has counted for, one after the other; it may come to nothing in the end. */
const orders = fc.array(fc.array(fc.option(contribution), { minLength: 1, maxLength: 4 }), { maxLength: 6 });

/** Each order's changes in their sequence, the orders' as chance has it. */
function lived(all: readonly (readonly (Contribution | null)[])[], chance: readonly number[]): Progress {
  const open = all.map((states) => ({ before: null as Contribution | null, states: [...states] }));
  let progress = NO_PROGRESS;
  for (let turn = 0; open.some(({ states }) => states.length > 0); turn++) {
    const left = open.filter(({ states }) => states.length > 0);
    const one = left[(chance[turn % chance.length] ?? 0) % left.length];
    const after = one?.states.shift() ?? null;
    if (one === undefined) break;
    progress = moveProgress(progress, one.before, after, TODAY);
    one.before = after;
  }
  return progress;
}

/** The same written down at once: sums by day, and one sum of all that is too long ago. */
function summedUp(all: readonly (readonly (Contribution | null)[])[]) {
  const last = all.flatMap((states) => states.at(-1) ?? []);
  const sums = (some: readonly Contribution[]) => [
    some.reduce((sum, { points }) => sum + points, 0),
    some.reduce((sum, { spentMinor }) => sum + spentMinor, 0),
    some.reduce((sum, one) => sum + one.orders, 0),
  ];
  const days = [...new Set(last.map(({ day }) => day))].filter((day) => day > FOLDED_UNTIL).sort((a, b) => a - b);
  const bought = last.flatMap(({ day, memberships }) => memberships.map((one): Membership => ({ day, ...one })));
  return {
    days: days.map((day) => [day, ...sums(last.filter((one) => one.day === day))]).filter(isSomething),
    earlier: sums(last.filter(({ day }) => day <= FOLDED_UNTIL)),
    memberships: bought.map(textOf).sort(),
  };
}

const isSomething = ([, ...sums]: readonly number[]) => sums.some((sum) => sum !== 0);
const textOf = ({ day, tierId, months }: Membership) => `${day} ${tierId} ${months}`;
const shown = ({ days, earlier, memberships }: Progress) => ({
  days,
  earlier: earlier?.slice(1) ?? [0, 0, 0],
  memberships: memberships.map(textOf),
});

describe("a member's progress", () => {
  const chances = fc.array(fc.nat(50), { minLength: 1, maxLength: 12 });
  test("is the sum of what the orders count for now, day by day for 26 months, in whichever sequence they changed", () => {
    fc.assert(
      fc.property(orders, chances, (all, chance) => {
        expect(shown(lived(all, chance))).toEqual(summedUp(all));
      }),
      { numRuns: propertyRuns(500) },
    );
  });

  test("of two members who became one is that of all their orders, and no gift is forgotten", () => {
    const gifts = fc.subarray(["gold", "prime", "silver"]);
    fc.assert(
      fc.property(orders, orders, chances, gifts, gifts, (some, others, chance, had, hadToo) => {
        const a = { ...lived(some, chance), gifts: had };
        const b = { ...lived(others, chance), gifts: hadToo };
        const joined = joinProgress(a, b);
        expect(shown(joined)).toEqual(summedUp([...some, ...others]));
        expect(joined.gifts).toEqual([...new Set([...had, ...hadToo])].sort());
      }),
      { numRuns: propertyRuns(500) },
    );
  });

  test("that was folded further by one of them is folded as far of both", () => {
    const order = (day: number): Contribution => ({ day, points: 1, spentMinor: 2, orders: 1, memberships: [] });
    const early = moveProgress(NO_PROGRESS, null, order(100), 100);
    const late = moveProgress(moveProgress(NO_PROGRESS, null, order(50), TODAY), null, order(TODAY), TODAY);
    for (const joined of [joinProgress(early, late), joinProgress(late, early)])
      expect(joined).toMatchObject({ days: [[TODAY, 1, 2, 1]], earlier: [FOLDED_UNTIL, 2, 4, 2] });
  });

  test("keeps a day apart for 26 months, and folds it on the last one of them", () => {
    const order = (day: number): Contribution => ({ day, points: 1, spentMinor: 2, orders: 1, memberships: [] });
    const since = (day: number) => moveProgress(NO_PROGRESS, null, order(day), TODAY);
    expect(since(FOLDED_UNTIL + 1)).toMatchObject({ days: [[FOLDED_UNTIL + 1, 1, 2, 1]], earlier: null });
    expect(since(FOLDED_UNTIL)).toMatchObject({ days: [], earlier: [FOLDED_UNTIL, 1, 2, 1] });
    expect(joinProgress(since(TODAY), NO_PROGRESS)).toEqual(since(TODAY));
  });

  test("stays as it is where nothing counts any more, and what never was cannot be taken away", () => {
    const nothing: Contribution = { day: TODAY, points: 0, spentMinor: 0, orders: 0, memberships: [] };
    expect(moveProgress(NO_PROGRESS, null, nothing, TODAY)).toBe(NO_PROGRESS);
    const prime = { ...nothing, memberships: [{ tierId: "prime", months: 1 }] };
    expect(moveProgress(NO_PROGRESS, prime, null, TODAY)).toEqual(NO_PROGRESS);
  });

  test("is blank only where nothing was done, bought or given", () => {
    expect(isBlank(NO_PROGRESS)).toBe(true);
    const marks: Partial<Progress>[] = [
      { days: [[TODAY, 0, 0, 1]] },
      { earlier: [FOLDED_UNTIL, 0, 0, 1] },
      { memberships: [{ day: TODAY, tierId: "prime", months: 1 }] },
      { gifts: ["gold"] },
      { days: [[TODAY, 0, 0, 1]], gifts: ["gold"], memberships: [{ day: TODAY, tierId: "prime", months: 1 }] },
      { days: [[TODAY, 0, 0, 1]], gifts: ["gold"] },
      { gifts: ["gold"], memberships: [{ day: TODAY, tierId: "prime", months: 1 }] },
      { days: [[TODAY, 0, 0, 1]], memberships: [{ day: TODAY, tierId: "prime", months: 1 }] },
    ];
    for (const mark of marks) expect(isBlank({ ...NO_PROGRESS, ...mark })).toBe(false);
  });
});
