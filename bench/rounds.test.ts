import { describe, expect, test } from "vitest";
import { median, ratiosOf, resultLine, rotated, runRounds } from "./rounds.ts";

describe("rounds", () => {
  test("each round runs every side once, from another start; warm-ups are not counted", async () => {
    const order: string[] = [];
    const side = (name: string) => ({
      name,
      run: () => Promise.resolve(order.push(name)),
    });
    const figures = await runRounds([side("a"), side("b"), side("c")], { rounds: 2, warmUps: 1 });
    expect(order.join("")).toBe("abcbcacab");
    expect([...figures]).toEqual([
      ["a", [6, 8]],
      ["b", [4, 9]],
      ["c", [5, 7]],
    ]);
  });

  test("a ratio is taken round by round, never of two medians", () => {
    const figures = new Map([
      ["ours", [10, 40, 90]],
      ["floor", [20, 50, 90]],
    ]);
    expect(ratiosOf(figures, "ours", "floor")).toEqual([0.5, 0.8, 1]);
  });

  test("sides of different rounds have no ratio", () => {
    expect(() => ratiosOf(new Map([["ours", [1]]]), "ours", "floor")).toThrow("not measured in the same rounds");
  });

  test("the median is the middle, or the mean of the two in the middle", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(() => median([])).toThrow("no median");
  });

  test("a result is one line: claim, median, range, rounds", () => {
    expect(resultLine("B1 settle-batch ours/floor", [0.6, 0.631, 0.66])).toBe(
      "B1 settle-batch ours/floor 0.63 (0.60-0.66) n=3",
    );
    expect(resultLine("B1 settle-batch ours/five-trip", [52.26, 9.5, 120.4], "rtt5ms")).toBe(
      "B1 settle-batch ours/five-trip 52.3 (9.50-120) n=3 rtt5ms",
    );
  });

  test("nothing can be rotated", () => {
    expect(rotated([], 3)).toEqual([]);
  });
});
