import { expect, test } from "vitest";
import { percentile } from "./measure.ts";
import { evenly, seededRandom, zipf } from "./random.ts";

/** How often each number came in so many draws. */
function counts(draw: () => number, draws: number): Map<number, number> {
  const seen = new Map<number, number>();
  for (let time = 0; time < draws; time++) {
    const number = draw();
    seen.set(number, (seen.get(number) ?? 0) + 1);
  }
  return seen;
}

test("the same seed draws the same numbers, within their bounds", () => {
  const [a, b] = [evenly(10, seededRandom(1)), evenly(10, seededRandom(1))];
  const drawn = Array.from({ length: 200 }, () => a());
  expect(Array.from({ length: 200 }, () => b())).toEqual(drawn);
  expect([Math.min(...drawn), Math.max(...drawn)]).toEqual([1, 10]);
});

test("Zipf's law: the first is drawn twice as often as the second at 1, four times at 2", () => {
  for (const [exponent, times] of [
    [1, 2],
    [2, 4],
  ] as const) {
    const seen = counts(zipf(1000, exponent, seededRandom(7)), 200_000);
    const ratio = (seen.get(1) ?? 0) / (seen.get(2) ?? 1);
    expect(ratio).toBeGreaterThan(times * 0.95);
    expect(ratio).toBeLessThan(times * 1.05);
    expect(Math.max(...seen.keys())).toBeLessThanOrEqual(1000);
  }
});

test("a percentile is one of the values", () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([percentile(values, 0.5), percentile(values, 0.99), percentile([3], 0.99)]).toEqual([50, 99, 3]);
  expect(() => percentile([], 0.5)).toThrow("of nothing");
});
