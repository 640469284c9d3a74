import { expect, test } from "vitest";
import { bytesOf, NO_WORDS, type ShopWords, withWords, wordFor } from "./shop-words.ts";

test("a word of the shop's stands for the program's, and the program's where there is none", () => {
  const words = { Gold: "Guld" };
  expect([wordFor(words, "Gold"), wordFor(words, "Silver"), wordFor(NO_WORDS, "toString")]).toEqual([
    "Guld",
    "Silver",
    "toString",
  ]);
});

test("words of one language replace its own alone; an empty one, and the program's own, is none", () => {
  const all: ShopWords = { sv: { Gold: "Guld" }, de: { Gold: "Gold!" } };
  expect(withWords(all, "sv", { Gold: "", Tea: "Te", Same: "Same" })).toEqual({
    sv: { Tea: "Te" },
    de: { Gold: "Gold!" },
  });
  expect(withWords(all, "de", { Gold: "" })).toEqual({ sv: { Gold: "Guld" } });
});

test("what words take is counted as Shopify stores them: in bytes, and as JSON", () => {
  expect(bytesOf({})).toBe(2);
  expect(bytesOf({ sv: { Tea: "Té" } })).toBe('{"sv":{"Tea":"Te"}}'.length + 1);
  expect(bytesOf({ sv: { Tea: 'a "cup"' } })).toBe('{"sv":{"Tea":"a cup"}}'.length + 4);
});
