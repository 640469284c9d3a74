import { describe, expect, test } from "vitest";
import { capital, numbersIn, plainDecimal } from "./numbers.ts";

describe("a fraction as a plain decimal", () => {
  test("is exact where its digits end, and says so where they go on", () => {
    expect(plainDecimal(1_499n, 2n, 3)).toBe("749.5");
    expect(plainDecimal(1n, 8n, 3)).toBe("0.125");
    expect(plainDecimal(1n, 16n, 3)).toBe("0.062…");
    expect(plainDecimal(1_000n, 3n, 3)).toBe("333.333…");
    expect(plainDecimal(12_500n, 10_000n, 4)).toBe("1.25");
  });
  test("has no decimals where it is whole, and none are asked for", () => {
    expect([plainDecimal(6n, 3n, 3), plainDecimal(0n, 7n, 3)]).toEqual(["2", "0"]);
    expect(plainDecimal(1n, 1_000n, 2)).toBe("0.00…");
  });
});

describe("a language's own marks", () => {
  const style = numbersIn({
    group: "'",
    decimal: ";",
    date: ({ year, month, day, mm, dd }) => [year, month, day, mm, dd].join("|"),
  });
  test("stand between groups of three and before the decimals, nowhere else", () => {
    expect(["1", "12", "123", "1234", "123456", "1234567", "-1234567.8901"].map(style.decimal)).toEqual([
      "1",
      "12",
      "123",
      "1'234",
      "123'456",
      "1'234'567",
      "−1'234'567;8901",
    ]);
    expect(style.decimal("1234.125…")).toBe("1'234;125…");
  });
  test("tell gains from losses: plus, a true minus, and nothing at zero", () => {
    expect([style.signed(1_000), style.signed(-1_000), style.signed(0)]).toEqual(["+1'000", "−1'000", "0"]);
    expect([style.number(1_000), style.number(-1)]).toEqual(["1'000", "−1"]);
  });
  test("keep money and its currency on one line", () => {
    expect(style.money(-123_456, "USD")).toBe("−1'234;56\u00a0USD");
  });
  test("date a moment by its day in UTC, with and without leading zeros", () => {
    expect(style.date(Date.parse("2026-03-09T23:59:59.999Z"))).toBe("2026|3|9|03|09");
    expect(style.date(Date.parse("2026-12-31T00:00:00Z"))).toBe("2026|12|31|12|31");
  });
});

test("a sentence begins with a capital letter, whatever follows it", () => {
  expect([capital("order #1001"), capital("änderung"), capital("x"), capital("")]).toEqual([
    "Order #1001",
    "Änderung",
    "X",
    "",
  ]);
});
