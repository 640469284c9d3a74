/**
 * A shop's own words in the languages of its storefront: what its program calls rewards and tiers, by the program's word for it. Where a language has
 * none, the program's own word stands. Pure.
 */
import { LANGUAGES, type Language } from "./explanation/languages.ts";

/** By the program's word, the word of one language. */
export type Words = Readonly<Record<string, string>>;
export type ShopWords = Readonly<Partial<Record<Language, Words>>>;

export const NO_WORDS: Words = {};

/** All words of a shop together have no more characters: they are in the summary that Liquid reads. */
export const MOST_LETTERS = 20_000;

/** What a language calls it. */
export function wordFor(words: Words, word: string): string {
  return Object.hasOwn(words, word) ? (words[word] ?? word) : word;
}

export function lettersOf(words: ShopWords): number {
  return LANGUAGES.flatMap((language) => Object.entries(words[language] ?? {})).reduce(
    (sum, [own, word]) => sum + own.length + word.length,
    0,
  );
}

/** The same with other words of one language; a language without any is left out, and so is a word that is the program's own. */
export function withWords(all: ShopWords, language: Language, words: Words): ShopWords {
  const kept = Object.fromEntries(Object.entries(words).filter(([own, word]) => word !== "" && word !== own));
  const { [language]: _, ...others } = all;
  return Object.keys(kept).length === 0 ? others : { ...others, [language]: kept };
}
