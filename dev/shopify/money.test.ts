import { expect, test } from "vitest";
import { formatMoney } from "../../worker/domain/money.ts";
import { idText, memberSource, parseExact } from "./exact-json.ts";
import { graphqlDecimal, parseMinor, spread } from "./money.ts";

test("amounts of two, no and three decimals come and go exactly", () => {
  const kept = [
    ["120.00", "EUR", 12_000],
    ["5900", "JPY", 5900],
    ["1.234", "KWD", 1234],
    ["-0.05", "USD", -5],
  ] as const;
  for (const [text, currency, minor] of kept) {
    expect(parseMinor(text, currency)).toBe(minor);
    expect(formatMoney(minor, currency)).toBe(text);
  }
  expect(parseMinor("5900.00", "JPY")).toBe(5900);
  for (const text of ["1,00", "1.005", "", "1e3", " "]) expect(parseMinor(text, "EUR")).toBeUndefined();
});

test("GraphQL writes decimals without superfluous zeros", () => {
  expect(["10.00", "19.99", "5900", "19.50"].map(graphqlDecimal)).toEqual(["10.0", "19.99", "5900.0", "19.5"]);
});

test("parts add up to the whole, the largest remainders first", () => {
  expect(spread(1000, [1, 1, 1])).toEqual([334, 333, 333]);
  expect(spread(10, [99, 100, 100])).toEqual([3, 4, 3]);
  expect(spread(5, [0, 0])).toEqual([0, 0]);
});

test("big integers keep their digits, and a member's source its every character", () => {
  const text = ' { "a": "}, \\"order\\": 1", "order" : {"id": 820982911946154508, "x": [1, {"y": "]"}]} , "b": 2 }';
  const source = memberSource(text, "order");
  expect(source).toBe('{"id": 820982911946154508, "x": [1, {"y": "]"}]}');
  const parsed = parseExact(source ?? "") as { id: Parameters<typeof idText>[0] };
  expect(idText(parsed.id)).toBe("820982911946154508");
  expect(JSON.stringify(parsed)).toBe('{"id":820982911946154508,"x":[1,{"y":"]"}]}');
  expect(memberSource(text, "b")).toBe("2");
  expect(memberSource(text, "c")).toBeUndefined();
  expect(memberSource('{"order":1,"order":-2.5}', "order")).toBe("-2.5");
});
