/** What somebody types becomes an exact value, or none. */
import { describe, expect, test } from "vitest";
import { formatMoney } from "../domain/money.ts";
import { amountOf, amountText, seenPart, shopifyNumbers } from "./entered.ts";
import { multiplierText } from "./tier-fields.ts";

describe("an amount", () => {
  test.each([
    ["5", "SEK", 500],
    ["5.5", "SEK", 550],
    ["5,50", "SEK", 550],
    ["1 234,50", "SEK", 123_450],
    ["1\u00a0234.50", "SEK", 123_450],
    ["1,234.50", "USD", 123_450],
    ["1.234,50", "EUR", 123_450],
    ["1'234.50", "CHF", 123_450],
    ["1,234,567", "USD", 123_456_700],
    ["1234", "JPY", 1_234],
    ["1,234", "JPY", 1_234],
    ["1.234", "KWD", 1_234],
    ["12.3", "KWD", 12_300],
    ["0", "SEK", 0],
  ])("%s %s is %i minor units", (text, currency, minor) => {
    expect(amountOf(text, currency)).toBe(minor);
  });

  test.each([
    ["5.005", "SEK"],
    ["1,000", "USD"],
    ["1.000", "EUR"],
    ["1,000", "KWD"],
    ["1.5", "JPY"],
    ["1.234", "JPY"],
    ["1,23,4", "USD"],
    ["1.2.3", "USD"],
    ["1,234.5.6", "USD"],
    ["12,34.50", "USD"],
    ["-5", "SEK"],
    ["5 kr", "SEK"],
    [".5", "SEK"],
    ["5.", "SEK"],
    ["1e3", "SEK"],
    ["", "SEK"],
    ["99999999999999999999", "SEK"],
  ])("%s %s is none: nothing is guessed and nothing is rounded", (text, currency) => {
    expect(amountOf(text, currency)).toBeNull();
  });

  test("as a field shows it is read back as the same, whatever it is", () => {
    for (const currency of ["SEK", "JPY", "KWD"])
      for (const minor of [0, 1, 9, 10, 99, 100, 999, 1_000, 1_001, 12_345, 1_000_000_000]) {
        expect(amountText(minor, currency)).toBe(formatMoney(minor, currency));
        expect(amountOf(amountText(minor, currency), currency)).toBe(minor);
      }
  });
});

test("a product is named by its number, its id or its address, each once", () => {
  const text = "4711\ngid://shopify/Product/4712 https://admin.shopify.com/store/x/products/4713?a=1, 4711;shoes";
  expect(shopifyNumbers.parse(text)).toEqual(["4711", "4712", "4713", "shoes"]);
});

test("what a page has shown is a part or nothing", () => {
  expect(seenPart.parse('{"a":1}')).toEqual({ a: 1 });
  expect(seenPart.parse(undefined)).toBeNull();
  for (const text of ["[1]", "7", "{", ""]) expect(seenPart.safeParse(text).success).toBe(false);
});

test.each([
  [10_000, "1"],
  [15_000, "1.5"],
  [12_345, "1.2345"],
  [1_000_000, "100"],
])("a multiplier of %i ten-thousandths reads %s", (tenThousandths, text) => {
  expect(multiplierText(tenThousandths)).toBe(text);
});
