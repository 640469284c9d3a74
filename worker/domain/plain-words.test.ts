import { describe, expect, test } from "vitest";
import { counted, inWords, number, plainChange, value } from "./plain-words.ts";
import type { Change } from "./program-difference.ts";

describe("a change without words of its own is told by its name and both values", () => {
  const told = (path: readonly string[], kind: Change["kind"], before: unknown, after: unknown) =>
    plainChange({ path, kind, before, after }, path, "EUR");
  test.each([
    [["earlyAccess"], "set", false, true, "early access: yes instead of no"],
    [["earlyAccess"], "set", undefined, true, "early access: yes"],
    [["mostMinor"], "set", 500, 600_000, "most: 6000.00 EUR instead of 5.00 EUR"],
    [["steps", "most"], "set", 500, null, "steps, most: none instead of 500"],
    [["cities"], "added", undefined, "Umeå", "cities: “Umeå” is added"],
    [["feesMinor"], "added", undefined, 100, "fees: 1.00 EUR is added"],
    [["cities"], "removed", "Umeå", undefined, "cities: “Umeå” is taken away"],
    [["feesMinor"], "removed", 100, undefined, "fees: 1.00 EUR is taken away"],
    [["cities"], "order", [], [], "cities in another order"],
  ] as const)("%j %s from %j to %j", (path, kind, before, after, words) => {
    expect(told(path, kind, before, after)).toBe(words);
  });
});

test.each([
  [null, "none"],
  [undefined, "none"],
  [[], "none"],
  [{}, "none"],
  [0, "0"],
  [1_234_567, "1,234,567"],
  ["", "“”"],
  [["a", "b"], "“a”, “b”"],
  [{ minimumMinor: 1_000, codeDays: 1_000 }, "minimum 10.00 EUR, code days 1,000"],
  [[{ isOpen: true }, { isOpen: false }], "is open yes, is open no"],
])("the value %j is written as a merchant reads it", (of, words) => {
  expect(value(of, "anything", "EUR")).toBe(words);
});

test("a setting's name is written as words", () => {
  const names = ["minimumMinor", "codeDays", "maximumShippingMinor", "isMinorChange"].map(inWords);
  expect(names).toEqual(["minimum", "code days", "maximum shipping", "is minor change"]);
});

test("one of something has no plural, and thousands are told apart", () => {
  expect([counted(1, "day"), counted(0, "day"), counted(1_000, "day")]).toEqual(["1 day", "0 days", "1,000 days"]);
  expect([999, 1_000, 12_345, 1_000_000].map(number)).toEqual(["999", "1,000", "12,345", "1,000,000"]);
});
