/**
 * A shop's own words in the languages of its storefront: what its program calls rewards and tiers, by the program's word for it. Where a language has
 * none, the program's own word stands. Pure.
 */
import type { Language } from "./explanation/languages.ts";

/** By the program's word, the word of one language. */
export type Words = Readonly<Record<string, string>>;
export type ShopWords = Readonly<Partial<Record<Language, Words>>>;

export const NO_WORDS: Words = {};

/**
 * All words of a shop together, in UTF-8. They are in the summary that Liquid reads, which is one metafield: of JSON, Shopify takes 128 KB from its API of
 * April 2026 on, and rewards, tiers and what is left out need the rest of that.
 */
export const MOST_BYTES = 40_000;

/** What a language calls it. */
export function wordFor(words: Words, word: string): string {
  return Object.hasOwn(words, word) ? (words[word] ?? word) : word;
}

/** What they take in the summary. */
export function bytesOf(words: ShopWords): number {
  return new TextEncoder().encode(JSON.stringify(words)).length;
}

/** The same with other words of one language; a language without any is left out, and so is a word that is the program's own. */
export function withWords(all: ShopWords, language: Language, words: Words): ShopWords {
  const kept = Object.fromEntries(Object.entries(words).filter(([own, word]) => word !== "" && word !== own));
  const { [language]: _, ...others } = all;
  return Object.keys(kept).length === 0 ? others : { ...others, [language]: kept };
}
