import { describe, expect, test } from "vitest";
import { exactMoney, moneyShare } from "./exact-money.ts";
import { currencyExponent, formatMoney, parseMoney } from "./money.ts";

describe("a decimal's minor units", () => {
  test("are counted in the currency's own decimals: two, none, or three", () => {
    expect(["USD", "EUR", "JPY", "ISK", "XPF", "BIF", "KWD", "BHD", "TND"].map(currencyExponent)).toEqual([
      2, 2, 0, 0, 0, 0, 3, 3, 3,
    ]);
    expect(currencyExponent("XJPY")).toBe(2);
    expect(currencyExponent("JPYX")).toBe(2);
    expect(currencyExponent("XKWD")).toBe(2);
    expect(currencyExponent("KWDX")).toBe(2);
    expect([parseMoney("1999.00", "USD"), parseMoney("5900", "JPY"), parseMoney("12.345", "KWD")]).toEqual([
      199_900, 5_900, 12_345,
    ]);
  });
  test("are the same however many decimals are written", () => {
    expect(["5", "5.", "5.0", "5.00", "5.000", "005.00", " 5.00\n"].map((text) => parseMoney(text, "USD"))).toEqual(
      Array.from({ length: 7 }, () => 500),
    );
    expect([parseMoney("5.0", "JPY"), parseMoney("5", "KWD")]).toEqual([5, 5_000]);
  });
  test("of a number with too many decimals are rounded, half away from zero", () => {
    expect(["0.004", "0.005", "0.0049", "-0.004", "-0.005", "1.999"].map((text) => parseMoney(text, "USD"))).toEqual([
      0, 1, 0, 0, -1, 200,
    ]);
    expect([parseMoney("0.4", "JPY"), parseMoney("0.5", "JPY"), parseMoney("99.6", "JPY")]).toEqual([0, 1, 100]);
  });
  test("are never made up: what is no decimal, or too large to count, has none", () => {
    for (const text of ["", "x", "5x", "x5", ".5", "1,5", "1e3", "--1", "+1", "1.2.3", "- 1", "Infinity"])
      expect(parseMoney(text, "USD"), text).toBe(null);
    expect(parseMoney("90071992547409.91", "USD")).toBe(Number.MAX_SAFE_INTEGER);
    expect(parseMoney("90071992547409.92", "USD")).toBe(null);
    expect(parseMoney("-90071992547409.92", "USD")).toBe(null);
  });
  test("keep their sign, and nothing is below zero by nothing", () => {
    expect(parseMoney("-2.92", "USD")).toBe(-292);
    expect(parseMoney("-0.00", "USD")).toBe(0);
  });
  test("are written as the plain decimal that gives them back", () => {
    expect([formatMoney(5_000, "USD"), formatMoney(5_900, "JPY"), formatMoney(5, "KWD")]).toEqual([
      "50.00",
      "5900",
      "0.005",
    ]);
    expect([formatMoney(0, "USD"), formatMoney(-7, "USD"), formatMoney(-7, "JPY")]).toEqual(["0.00", "-0.07", "-7"]);
    for (const minor of [0, 1, 9, 10, 99, 100, 101, 123_456, -1, -100, -123_456])
      for (const currency of ["USD", "JPY", "KWD"])
        expect(parseMoney(formatMoney(minor, currency), currency)).toBe(minor);
  });
});

describe("money that is no whole number of minor units", () => {
  test("is kept in lowest terms, and whole where it is whole", () => {
    expect(exactMoney(40_000n, 6n)).toEqual({ minor: 20_000, parts: 3 });
    expect(exactMoney(600n, 6n)).toEqual({ minor: 100 });
    expect(exactMoney(0n, 6n)).toEqual({ minor: 0 });
    expect(exactMoney(-9n, 6n)).toEqual({ minor: -3, parts: 2 });
    expect(moneyShare(4n, 6n, 2n)).toEqual({ partMinor: 2, ofMinor: 3 });
    expect(moneyShare(3n, 9n, 6n)).toEqual({ partMinor: 1, ofMinor: 3, parts: 2 });
    expect(moneyShare(5n, 9n, 6n)).toEqual({ partMinor: 5, ofMinor: 9, parts: 6 });
  });
  test("is left unsaid where a number is too large to be written down, never rounded", () => {
    const large = 2n ** 53n + 1n;
    expect([exactMoney(large, 2n), exactMoney(1n, large)]).toEqual([null, null]);
    expect([moneyShare(large, 2n, 1n), moneyShare(1n, large, 1n), moneyShare(1n, 1n, large)]).toEqual([
      null,
      null,
      null,
    ]);
    expect(exactMoney(large * 2n, large)).toEqual({ minor: 2 });
  });
});
