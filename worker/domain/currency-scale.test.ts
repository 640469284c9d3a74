import { expect, test } from "vitest";
import { currencyScale, everydayAmount } from "./currency-scale.ts";

test("what one euro buys costs about so many whole units of other currencies", () => {
  const scales = ["EUR", "USD", "PLN", "SEK", "INR", "UAH", "HUF", "UGX", "VND"].map(currencyScale);
  expect(scales).toEqual([1, 1, 5, 10, 100, 100, 1_000, 1_000, 10_000]);
});

test("a currency that nobody listed counts as the euro, and by hundreds where it has no cents", () => {
  expect(["XXX", "KWD", "JPY", "ISK"].map(currencyScale)).toEqual([1, 1, 100, 100]);
});

test("a text that is no currency but has one in it is listed no more than any other", () => {
  for (const currency of ["PLN", "SEK", "INR", "UAH", "HUF", "UGX", "VND"])
    expect([`X${currency}`, `${currency}X`].map(currencyScale)).toEqual([1, 1]);
});

test.each([
  ["EUR", 300],
  ["SEK", 3_000],
  ["JPY", 300],
  ["KWD", 3_000],
  ["IQD", 3_000_000],
])("three euros in minor units of %s are about %i", (currency, minor) => {
  expect(everydayAmount(3, currency)).toBe(minor);
});
