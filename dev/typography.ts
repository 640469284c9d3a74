/** How each language of the product is set, and what it calls the product's things: the storefront's sentences and the explanations are held to the same. */
import type { Language } from "../worker/domain/explanation/languages.ts";

/** Quotation marks of a language; any other is foreign to it. */
const QUOTES: Readonly<Record<Language, string>> = {
  en: "“”",
  sv: "”",
  nb: "«»",
  da: "»«",
  fi: "”",
  de: "„“",
  fr: "«»",
};
/** As they follow on each other. */
const PAIRS: Readonly<Record<Language, RegExp>> = {
  en: /^(“”)*$/,
  sv: /^(””)*$/,
  nb: /^(«»)*$/,
  da: /^(»«)*$/,
  fi: /^(””)*$/,
  de: /^(„“)*$/,
  fr: /^(«»)*$/,
};
const ALL_QUOTES = /["'“”„«»]/g;

/** What a text does that its language does not. Tags are no text, and what stands in French quotation marks may be somebody's own words. */
export function typographyFaults(language: Language, text: string): string[] {
  const bare = text.replace(/<[^>]*>/g, "");
  const faults = [...bare.matchAll(ALL_QUOTES)]
    .filter(([mark]) => !QUOTES[language].includes(mark))
    .map(([mark]) => `the mark ${mark}`);
  const opened = bare.replace(/[^“”„«»]/g, "");
  if (!PAIRS[language].test(opened)) faults.push("quotation marks that do not go together");
  if (bare.includes("...")) faults.push("three full stops");
  if (bare.includes(" …")) faults.push("an ellipsis that may stand alone on a line");
  if (language !== "en" && /[\d}] ?%/.test(bare)) faults.push("a percent sign that may stand alone on a line");
  if (language !== "fr") return faults;
  if (/«(?!\u00a0)|(?<!\u00a0)»/.test(bare)) faults.push("a quotation mark without its space");
  const own = bare.replace(/«[^»]*»/g, "");
  if (/(?<!\u202f)[;!?%]/.test(own)) faults.push("; ! ? or % without its narrow space");
  if (/(?<!\u00a0):/.test(own)) faults.push(": without its space");
  return faults;
}

export const THINGS = ["point", "reward", "code", "tier"] as const;

/** The word for each, whatever ending it takes. */
export const TERMS: Readonly<Record<Language, Readonly<Record<(typeof THINGS)[number], RegExp>>>> = {
  en: { point: /\bpoints?\b/i, reward: /\brewards?\b/i, code: /\bcodes?\b/i, tier: /\btiers?\b/i },
  sv: { point: /poäng/i, reward: /belöning/i, code: /\bkod/i, tier: /nivå/i },
  nb: { point: /poeng/i, reward: /belønning/i, code: /\bkode/i, tier: /nivå/i },
  da: { point: /\bpoint(?!s)/i, reward: /belønning/i, code: /\bkode/i, tier: /niveau/i },
  fi: { point: /piste/i, reward: /palkin/i, code: /\bkoodi/i, tier: /\btaso/i },
  de: { point: /punkt/i, reward: /prämie/i, code: /\bcode/i, tier: /stufe/i },
  fr: { point: /\bpoints?\b/i, reward: /récompense/i, code: /\bcodes?\b/i, tier: /niveau/i },
};
