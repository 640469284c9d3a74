/** The languages of the product, and which of them a locale asks for. */
import { danish } from "./danish.ts";
import { english } from "./english.ts";
import { finnish } from "./finnish.ts";
import { french } from "./french.ts";
import { german } from "./german.ts";
import { norwegian } from "./norwegian.ts";
import { swedish } from "./swedish.ts";
import type { ExplanationTexts } from "./texts.ts";

export const LANGUAGES = ["en", "sv", "nb", "da", "fi", "de", "fr"] as const;

export type Language = (typeof LANGUAGES)[number];

export const TEXTS: Readonly<Record<Language, ExplanationTexts>> = {
  en: english,
  sv: swedish,
  nb: norwegian,
  da: danish,
  fi: finnish,
  de: german,
  fr: french,
};

/** The language of a locale such as "sv", "sv-SE" or "no"; English where we have no better one. */
export function languageOf(locale: string | null | undefined): Language {
  const [primary = ""] = (locale ?? "").toLowerCase().split(/[-_]/);
  if (primary === "no" || primary === "nn") return "nb";
  return LANGUAGES.find((language) => language === primary) ?? "en";
}
