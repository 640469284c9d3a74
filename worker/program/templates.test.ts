import { GraphQLEnumType } from "graphql";
import { describe, expect, test } from "vitest";
import { adminSchema } from "../../dev/shopify/schema.ts";
import { currencyScale, everydayAmount } from "../domain/currency-scale.ts";
import { checkProgram } from "../domain/program-check.ts";
import { readProgram } from "./read-program.ts";
import type { TemplateAnswers } from "./template-programs.ts";
import { fromTemplate, templateCards } from "./templates.ts";

/** All that a shop can count in. */
const CURRENCIES = (() => {
  const type = adminSchema().schema.getType("CurrencyCode");
  if (!(type instanceof GraphQLEnumType)) throw new Error("Shopify's schema names no currencies.");
  return type.getValues().map(({ name }) => name);
})();
const IDS = templateCards("EUR").map(({ id }) => id);

/** Answers to all that is asked. */
function answersTo(id: string, currency: string): TemplateAnswers {
  const questions = templateCards(currency).find((card) => card.id === id)?.questions ?? [];
  return Object.fromEntries(questions.map((question, index) => [question.id, { productIds: [String(index + 1)] }]));
}

describe("a template", () => {
  test.each(IDS)("%s is a program in every currency, possible, and with nothing to warn of", (id) => {
    expect(CURRENCIES.length).toBeGreaterThan(150);
    for (const currency of CURRENCIES) {
      const made = fromTemplate(id, currency, answersTo(id, currency));
      const read = readProgram(made?.content);
      if ("faults" in read) throw new Error(`${currency}: ${read.faults.map(({ text }) => text).join(" ")}`);
      expect([currency, read.program]).toEqual([currency, made?.content]);
      const { impossible, warnings } = checkProgram(read.program, { versions: [], beginsAtMs: 0 });
      expect([currency, impossible, warnings, made?.missing]).toEqual([currency, [], [], []]);
    }
  });
  test("tells what only the merchant can say: without it the draft cannot be published, and each answer fills its place", () => {
    const asked = IDS.map((id) => [id, fromTemplate(id, "EUR")?.missing.map((question) => question.id)]);
    expect(asked).toEqual([
      ["simple", []],
      ["beauty", []],
      ["coffee", ["extra", "cup", "bag"]],
      ["prime", ["membership"]],
      ["flyer", []],
    ]);
    for (const id of IDS) {
      const made = fromTemplate(id, "EUR");
      expect([id, "faults" in readProgram(made?.content)]).toEqual([id, made?.missing.length !== 0]);
    }
    const part = fromTemplate("coffee", "EUR", { cup: { productIds: ["7", "8", "7"], priceMinor: 425 } });
    expect(part?.missing.map((question) => question.id)).toEqual(["extra", "bag"]);
    expect(part?.content.rewards.map(({ valueMinor, items }) => [valueMinor, items?.products])).toEqual([
      [200, []],
      [425, ["7", "8"]],
      [1_500, []],
    ]);
    const member = fromTemplate("prime", "EUR", { membership: { productIds: ["9"] } });
    expect(member?.content.tiers?.levels[0]?.membership).toEqual({ productIds: ["9"], months: 12 });
    expect(member?.content.exclusions.productIds).toEqual(["9"]);
  });
  test("is told by a name, one sentence and what it shows; there is none of another name", () => {
    for (const { name, description, shows } of templateCards("EUR")) {
      expect([name, description]).toEqual([expect.stringMatching(/^\w[\w ]*$/), expect.stringMatching(/^[^.]+\.$/)]);
      expect(shows.length).toBeGreaterThan(2);
    }
    expect(fromTemplate("other", "EUR")).toBe(null);
  });
  test("is of everyday amounts, whatever the currency", () => {
    const off = (currency: string) => fromTemplate("simple", currency)?.content.rewards[0];
    const told = ["EUR", "SEK", "JPY", "KRW", "HUF", "KWD"].map((currency) => [
      off(currency)?.name,
      off(currency)?.valueMinor,
      fromTemplate("simple", currency)?.content.earn.perMinor,
    ]);
    expect(told).toEqual([
      ["10 EUR off", 1_000, 10_000],
      ["100 SEK off", 10_000, 100_000],
      ["1000 JPY off", 1_000, 10_000],
      ["10000 KRW off", 10_000, 100_000],
      ["10000 HUF off", 1_000_000, 10_000_000],
      ["10 KWD off", 10_000, 100_000],
    ]);
  });
});

describe("the scale of a currency", () => {
  test("is one of a few, listed once, and a sensible one where it is not listed", () => {
    for (const currency of CURRENCIES) expect([1, 5, 10, 100, 1_000, 10_000]).toContain(currencyScale(currency));
    expect(["USD", "CHF", "XXX", "DKK", "INR", "IDR"].map(currencyScale)).toEqual([1, 1, 1, 10, 100, 10_000]);
    // A currency without cents that nobody has listed.
    expect(["JPY", "ISK"].map(currencyScale)).toEqual([100, 100]);
    expect(everydayAmount(3, "IQD")).toBe(3_000_000);
  });
});
