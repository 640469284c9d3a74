/** What staff enter: fields with their bounds, and what was typed as exact values. What is wrong is said by the program's own schema. */
import { html } from "hono/html";
import * as z from "zod";
import { currencyExponent, formatMoney, parseMoney } from "../domain/money.ts";
import type { Bounds } from "../program/bounds.ts";
import type { Html } from "./page.ts";

/** "1 to 365", with grouping. */
export function rangeInWords({ min, max }: Bounds): string {
  return `${grouped(min)} to ${grouped(max)}`;
}

function grouped(whole: number): string {
  return new Intl.NumberFormat("en").format(whole);
}

export interface Said {
  readonly details?: string;
  readonly isDisabled?: boolean;
}

/** A line to type in: names, numbers and amounts. */
export function lineField(name: string, label: string, value: string, { details = "", isDisabled }: Said = {}): Html {
  return html`<s-text-field name="${name}" label="${label}" value="${value}" autocomplete="off" details="${details}" ${isDisabled ? "disabled" : ""}></s-text-field>`;
}

/** Several of something, one a line. */
export function linesField(
  name: string,
  label: string,
  values: readonly string[],
  { details = "", isDisabled }: Said = {},
): Html {
  return html`<s-text-area name="${name}" label="${label}" rows="2" value="${values.join("\n")}" details="${details}" ${isDisabled ? "disabled" : ""}></s-text-area>`;
}

export function choiceField(
  name: string,
  label: string,
  chosen: string,
  options: Readonly<Record<string, string>>,
  { details = "", isDisabled }: Said = {},
): Html {
  return html`<s-select name="${name}" label="${label}" value="${chosen}" details="${details}" ${isDisabled ? "disabled" : ""}>${Object.entries(
    options,
  ).map(
    ([value, text]) => html`<s-option value="${value}" ${value === chosen ? "selected" : ""}>${text}</s-option>`,
  )}</s-select>`;
}

/** One of several that may be chosen together: all have the same name. */
export function checkField(
  name: string,
  label: string,
  value: string,
  isChecked: boolean,
  { details = "", isDisabled }: Said = {},
): Html {
  return html`<s-checkbox name="${name}" label="${label}" value="${value}" details="${details}" ${isChecked ? "checked" : ""} ${isDisabled ? "disabled" : ""}></s-checkbox>`;
}

/** Minor units as a field shows them: a plain decimal that is read back as the same amount. */
export function amountText(minor: number | null, currency: string): string {
  return minor === null ? "" : formatMoney(minor, currency);
}

/**
 * An amount in major units as somebody types it, in minor units; exactly, so null where it is none: more decimals than the currency has, or digits
 * that may be decimals or thousands.
 */
export function amountOf(typed: string, currency: string): number | null {
  const text = typed.trim().replace(/[\s\u00a0\u202f'’]/g, "");
  const exponent = currencyExponent(currency);
  const [, first, rest = ""] = /^(\d+)((?:[.,]\d+)*)$/.exec(text) ?? [];
  if (first === undefined) return null;
  const marks = rest.replace(/\d/g, "");
  const last = marks.at(-1);
  if (last === undefined) return parseMoney(text, currency);
  const decimals = text.length - text.lastIndexOf(last) - 1;
  const isGroupedBy = (mark: string, whole: string) =>
    whole.split(mark).every((group, index) => (index === 0 ? /^\d{1,3}$/ : /^\d{3}$/).test(group));
  const asWhole = () => (isGroupedBy(last, text) ? parseMoney(text.replaceAll(last, ""), currency) : null);
  // One mark: decimals, and a comma before three digits may be a thousand as well.
  if (marks.length === 1) {
    if (exponent === 0) return last === "," ? asWhole() : null;
    if (decimals > exponent || (last === "," && decimals === 3)) return null;
    return parseMoney(text.replace(",", "."), currency);
  }
  if (new Set(marks).size === 1) return asWhole();
  const [whole = "", fraction = "", ...more] = text.split(last);
  const other = last === "." ? "," : ".";
  if (more.length > 0 || fraction.length > exponent || !isGroupedBy(other, whole)) return null;
  return parseMoney(`${whole.replaceAll(other, "")}.${fraction}`, currency);
}

export function amountWanted(currency: string): string {
  const exponent = currencyExponent(currency);
  return `Enter an amount in ${currency}, such as ${exponent === 0 ? "1000" : `1000.${"50000".slice(0, exponent)}`}.`;
}

/** Text that is an amount of this currency; an empty one is none. */
export function amount(currency: string) {
  return z
    .string()
    .default("")
    .transform((text, context) => {
      if (text.trim() === "") return null;
      const minor = amountOf(text, currency);
      if (minor !== null) return minor;
      context.addIssue(amountWanted(currency));
      return z.NEVER;
    });
}

/** Lines of text, each once. */
export const lines = z
  .string()
  .default("")
  .transform((text) => [
    ...new Set(
      text
        .split(/[\r\n]+/)
        .map((line) => line.trim())
        .filter((line) => line !== ""),
    ),
  ]);

/** What ends in a number of Shopify's: the number itself, an address, an id. The pages' script goes by both of these, too. */
export const SHOPIFY_NUMBER = /(?:^|\/)(\d{1,20})(?:[?#].*)?$/;
export const BETWEEN_ITEMS = /[\s,;]+/;

/** Shopify's numbers, also where whole addresses or ids that end in them were pasted. */
export const shopifyNumbers = z
  .string()
  .default("")
  .transform((text) => [
    ...new Set(
      text
        .split(BETWEEN_ITEMS)
        .filter((item) => item !== "")
        .map((item) => SHOPIFY_NUMBER.exec(item)?.[1] ?? item),
    ),
  ]);

/** What was chosen of several that have one name: none, one, or more. */
export const chosen = z
  .union([z.string().transform((one) => [one]), z.array(z.string())])
  .default([])
  .transform((all) => [...new Set(all)]);

/** What was on the page when it was shown, so that what was changed of it can be told from what was not. */
export const seenPart = z
  .string()
  .default("null")
  .transform((text, context) => {
    try {
      return z.record(z.string(), z.unknown()).nullable().parse(JSON.parse(text));
    } catch {
      context.addIssue("Load the page again.");
      return z.NEVER;
    }
  });

type Issue = z.core.$ZodIssue;

/**
 * What a schema finds wrong, at the fields of a form. `fieldOf` names the field for a place in the part; what has none of its own is told of the
 * first field.
 */
export function faultsAt(
  issues: readonly Issue[],
  fieldOf: (path: readonly PropertyKey[]) => string,
  inUnits: (field: string, bound: number) => string = (_field, bound) => grouped(bound),
): Readonly<Record<string, string>> {
  const faults: Record<string, string> = {};
  for (const issue of issues) {
    const field = fieldOf(issue.path);
    faults[field] ??= issueInWords(issue, (bound) => inUnits(field, bound));
  }
  return faults;
}

function issueInWords(issue: Issue, shown: (bound: number) => string): string {
  switch (issue.code) {
    case "custom":
      return issue.message;
    case "too_small": {
      const isText = issue.origin === "string" || issue.origin === "array";
      if (!isText) return `${shown(Number(issue.minimum))} or more.`;
      return issue.message.startsWith("Too small") ? "Fill this in." : issue.message;
    }
    case "too_big":
      if (issue.origin === "string") return `${grouped(Number(issue.maximum))} characters at most.`;
      return issue.origin === "array"
        ? `${grouped(Number(issue.maximum))} at most.`
        : `${shown(Number(issue.maximum))} at most.`;
    case "invalid_type":
      return issue.expected === "string" ? "Fill this in." : "Enter a whole number.";
    case "invalid_format":
      return issue.message.startsWith("Invalid") ? "This cannot be taken." : `${sentence(issue.message)}`;
    default:
      return sentence(issue.message);
  }
}

function sentence(text: string): string {
  const first = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return first.endsWith(".") ? first : `${first}.`;
}
