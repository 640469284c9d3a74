/** Two change one part of a draft: what becomes of both. */
import { describe, expect, test } from "vitest";
import { isSame, merged, moved, withPart } from "./draft-parts.ts";

describe("two changes of one part", () => {
  const seen = { id: "a", name: "A", cost: 500, tiers: ["x", "y"], items: { products: ["1"], collections: [] } };

  test("of different settings both stay", () => {
    const mine = { ...seen, name: "B" };
    const theirs = { ...seen, cost: 400 };
    expect(merged(seen, mine, theirs)).toEqual({ ...seen, name: "B", cost: 400 });
  });

  test("of the same setting are the one of who saved last, knowing of the other", () => {
    expect(merged(seen, { ...seen, cost: 300 }, { ...seen, cost: 400 })).toEqual({ ...seen, cost: 300 });
  });

  test("of lists keep what either added, and nothing that either took away", () => {
    const mine = { ...seen, tiers: ["y", "z"], items: { products: ["1", "2"], collections: [] } };
    const theirs = { ...seen, tiers: ["x", "y", "w"], items: { products: ["1", "3"], collections: [] } };
    expect(merged(seen, mine, theirs)).toEqual({
      ...seen,
      tiers: ["y", "w", "z"],
      items: { products: ["1", "3", "2"], collections: [] },
    });
  });

  test("of which one takes a setting away takes it away", () => {
    const { tiers, ...mine } = seen;
    expect(tiers).toHaveLength(2);
    expect(merged(seen, mine, { ...seen, cost: 400 })).toEqual({ ...mine, cost: 400 });
  });

  test("a part that the other one removed comes back whole; a new one is taken as it is", () => {
    expect(merged(seen, seen, null)).toEqual(seen);
    expect(merged(null, seen, null)).toEqual(seen);
  });

  test("without any change of the other is what was entered", () => {
    const mine = { ...seen, name: "B", tiers: [] };
    expect(merged(seen, mine, seen)).toEqual(mine);
  });
});

test("the order of a part's settings is no difference", () => {
  expect(isSame({ a: 1, b: [{ c: 1, d: 2 }] }, { b: [{ d: 2, c: 1 }], a: 1 })).toBe(true);
  expect(isSame({ a: 1 }, { a: 2 })).toBe(false);
});

test("a part takes its place, or the end; it moves one place, and not beyond the ends", () => {
  const list = [{ id: "a" }, { id: "b" }, { id: "c" }];
  expect(withPart(list, { id: "b", n: 1 })).toEqual([{ id: "a" }, { id: "b", n: 1 }, { id: "c" }]);
  expect(withPart(list, { id: "d" }).at(-1)).toEqual({ id: "d" });
  expect(moved(list, "c", -1).map(({ id }) => id)).toEqual(["a", "c", "b"]);
  expect(moved(list, "c", 1)).toEqual(list);
  expect(moved(list, "a", -1)).toEqual(list);
  expect(moved(list, "x", 1)).toEqual(list);
});
