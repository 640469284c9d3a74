/** The rules of the tiers and one tier as forms, and the forms as parts of a program. What is wrong is said by the program's own schema. */
import { html } from "hono/html";
import * as z from "zod";
import { currencyExponent } from "../domain/money.ts";
import { SINGLE_MULTIPLIER } from "../domain/settlement.ts";
import type { TierRules } from "../domain/tiers.ts";
import { BOUNDS } from "../program/bounds.ts";
import { tiersSchema } from "../program/tier-schema.ts";
import { seenSchema } from "./draft-forms.ts";
import { type Part, partsOf, record, textOf, textsOf, wholeOf } from "./draft-parts.ts";
import {
  amount,
  amountOf,
  amountText,
  amountWanted,
  choiceField,
  faultsAt,
  lineField,
  rangeInWords,
  seenPart,
  shopifyNumbers,
} from "./entered.ts";
import { optionalWholeNumber, wholeNumber } from "./forms.ts";
import type { Html } from "./page.ts";
import { pickedField } from "./picked.ts";

type Basis = TierRules["basis"];

export const BASES: Readonly<Record<Basis, string>> = {
  points: "Points that orders earn",
  spend: "Money that is spent",
  orders: "Orders",
};
export const PERIODS: Readonly<Record<TierRules["period"], string>> = {
  "rolling-year": "The last twelve months",
  "calendar-year": "The calendar year",
  lifetime: "All the time: a tier is for life",
};

/** What the rules begin with. */
export const FIRST_RULES: Part = {
  basis: "points",
  tierPoints: null,
  period: "rolling-year",
  graceMonths: 0,
  tagPrefix: null,
};

/** The rules without the tiers. */
export function rulesOf(tiers: Part | null): Part {
  return Object.fromEntries(Object.keys(FIRST_RULES).map((name) => [name, tiers?.[name] ?? FIRST_RULES[name] ?? null]));
}

export function basisOf(tiers: Part | null): Basis {
  const basis = textOf(tiers, "basis");
  return basis === "spend" || basis === "orders" ? basis : "points";
}

export function rulesFields(tiers: Part | null, currency: string, isDisabled: boolean): Html {
  const rules = rulesOf(tiers);
  const rate = record(rules["tierPoints"]);
  const said = (details: string) => ({ details, isDisabled });
  return html`<s-stack gap="base">
${choiceField("basis", "What counts", basisOf(rules), BASES, said("Refunds take it back, and the tier with it."))}
${choiceField("period", "Within", textOf(rules, "period"), PERIODS, said("By your shop’s calendar."))}
${lineField("grace", "Months of grace", textOf(rules, "graceMonths"), said(`So long a tier is kept after time alone has taken it: ${rangeInWords(BOUNDS.graceMonths)}. For life: 0.`))}
${lineField("rate_points", "Tier points at a rate of their own", textOf(rate, "points"), said("Only where points count. Empty: the points that orders earn, without any multiplier."))}
${lineField("rate_per", `for every … ${currency}`, amountText(wholeOf(rate, "perMinor"), currency), said(""))}
${lineField("tag", "Tag customers with", textOf(rules, "tagPrefix"), said("The beginning of the tag: “loyalty-” makes “loyalty-gold”. Empty: no tags. Segments, Flow and e-mail tools can use them."))}
</s-stack>`;
}

export const rulesForm = (currency: string) =>
  z.object({
    ...seenSchema,
    seen: seenPart,
    basis: z.string(),
    period: z.string(),
    grace: wholeNumber,
    rate_points: optionalWholeNumber.default(null),
    rate_per: amount(currency),
    tag: z
      .string()
      .default("")
      .transform((text) => (text.trim() === "" ? null : text)),
  });

export type Faults = Readonly<Record<string, string>>;

/** The rules that a form enters, beside the tiers that there are; or what is wrong with them, at their fields. */
export function rulesEntered(
  form: z.infer<ReturnType<typeof rulesForm>>,
  currency: string,
): { readonly rules: Part } | { readonly faults: Faults } {
  const hasRate = form.rate_points !== null || form.rate_per !== null;
  const rules = {
    basis: form.basis,
    tierPoints: hasRate ? { points: form.rate_points ?? undefined, perMinor: form.rate_per ?? undefined } : null,
    period: form.period,
    graceMonths: form.grace,
    tagPrefix: form.tag,
  };
  // The tiers have a form of their own: what is wrong with them is not told here.
  const read = tiersSchema.safeParse({ ...rules, levels: [] });
  const issues = (read.error?.issues ?? []).filter(({ path }) => path[0] !== "levels");
  if (issues.length === 0) return { rules };
  const inUnits = (field: string, bound: number) =>
    field === "rate_per" ? amountText(bound, currency) : String(bound);
  return { faults: faultsAt(issues, (path) => RULE_FIELDS[path.join(".")] ?? String(path[0]), inUnits) };
}

const RULE_FIELDS: Readonly<Record<string, string>> = {
  tierPoints: "rate_points",
  "tierPoints.points": "rate_points",
  "tierPoints.perMinor": "rate_per",
  graceMonths: "grace",
  tagPrefix: "tag",
};

/** Thresholds as they read the same in what counts from now on: 500 points become 500.00 of money. */
export function rescaled(levels: readonly Part[], from: Basis, to: Basis, currency: string): readonly Part[] {
  if ((from === "spend") === (to === "spend")) return levels;
  const scale = 10 ** currencyExponent(currency);
  return levels.map((level) => {
    const threshold = wholeOf(level, "threshold");
    if (threshold === null) return level;
    return { ...level, threshold: to === "spend" ? threshold * scale : Math.floor(threshold / scale) };
  });
}

export interface TierTerms {
  readonly basis: Basis;
  readonly currency: string;
  readonly isDisabled: boolean;
}

/** `tier` is what the draft has; null for a new one. */
export function tierFields(tier: Part | null, { basis, currency, isDisabled }: TierTerms): Html {
  const membership = record(tier?.["membership"]);
  const said = (details = "") => ({ details, isDisabled });
  const unit = { points: "points", spend: currency, orders: "orders" }[basis];
  const threshold = wholeOf(tier, "threshold");
  const shown = basis === "spend" ? amountText(threshold, currency) : String(threshold ?? "");
  return html`<s-section heading="The tier">
<s-stack gap="base">
${lineField("name", "Name", textOf(tier, "name"), said(`Shoppers read it. Up to ${BOUNDS.tierName.max} characters.`))}
${lineField("threshold", `What it takes (${unit})`, shown, said("0: everybody has it from the start. Empty: it can only be bought."))}
${lineField("multiplier", "Its members earn so many times the points", multiplierText(wholeOf(tier, "multiplier") ?? SINGLE_MULTIPLIER), said(`${multiplierText(BOUNDS.multiplier.min)} to ${multiplierText(BOUNDS.multiplier.max)}, such as 1.5.`))}
${lineField("gift", "Points as a gift when it is reached", textOf(tier, "giftPoints") || "0", said("Given once to each member, when what reached the tier can no longer be returned. 0: no gift."))}
</s-stack>
</s-section>
<s-section heading="Paid membership">
<s-stack gap="base">
<s-paragraph color="subdued">Whoever buys one of these products has the tier for some months. Empty: it cannot be bought.</s-paragraph>
${pickedField("products", "Products that give the tier", textsOf(membership, "productIds"), { ...said(`Shopify’s numbers or addresses, one a line, up to ${BOUNDS.membershipProducts.max}.`), type: "product", bounds: BOUNDS.membershipProducts })}
${lineField("months", "Months that each of them gives", textOf(membership, "months"), said(`${rangeInWords(BOUNDS.membershipMonths)}.`))}
</s-stack>
</s-section>`;
}

/** Ten-thousandths as a decimal: 15000 is "1.5". */
export function multiplierText(tenThousandths: number): string {
  const digits = String(tenThousandths).padStart(5, "0");
  const fraction = digits.slice(-4).replace(/0+$/, "");
  return fraction === "" ? digits.slice(0, -4) : `${digits.slice(0, -4)}.${fraction}`;
}

const multiplier = z.string().transform((text, context) => {
  const [, whole, fraction = ""] = /^(\d{1,6})(?:[.,](\d{1,4}))?$/.exec(text.trim()) ?? [];
  if (whole !== undefined) return Number(whole) * SINGLE_MULTIPLIER + Number(fraction.padEnd(4, "0"));
  context.addIssue("Enter a number such as 1.5.");
  return z.NEVER;
});

export const tierForm = z.object({
  ...seenSchema,
  seen: seenPart,
  id: z.string().max(64).default(""),
  name: z.string().trim().default(""),
  threshold: z.string().default(""),
  multiplier,
  gift: wholeNumber,
  products: shopifyNumbers,
  months: optionalWholeNumber.default(null),
});

/** The tier that a form enters, as far as the form alone can tell. */
export function tierEntered(
  form: z.infer<typeof tierForm>,
  id: string,
  { basis, currency }: Pick<TierTerms, "basis" | "currency">,
): { readonly tier: Part } | { readonly faults: Faults } {
  const threshold = thresholdEntered(form.threshold, basis, currency);
  if (typeof threshold === "string") return { faults: { threshold } };
  const { products: productIds, months } = form;
  const membership = productIds.length === 0 && months === null ? null : { productIds, months: months ?? undefined };
  return {
    tier: { id, name: form.name, threshold, multiplier: form.multiplier, giftPoints: form.gift, membership },
  };
}

/** A string is what is wrong with it. */
function thresholdEntered(text: string, basis: Basis, currency: string): number | null | string {
  if (text.trim() === "") return null;
  if (basis === "spend") return amountOf(text, currency) ?? amountWanted(currency);
  const read = wholeNumber.safeParse(text);
  return read.success ? read.data : "Enter a whole number.";
}

/** What is wrong with this tier among the others; nothing of the others, nor of the rules. */
export function tierFaults(
  tiers: Part,
  id: string,
  { basis, currency }: Pick<TierTerms, "basis" | "currency">,
): Faults {
  const place = partsOf(tiers["levels"]).findIndex((level) => level["id"] === id);
  const issues = (tiersSchema.safeParse(tiers).error?.issues ?? []).filter(
    ({ path }) => path[0] === "levels" && path[1] === place,
  );
  const fieldOf = (path: readonly PropertyKey[]) =>
    TIER_FIELDS[
      path
        .slice(2)
        .filter((step) => typeof step === "string")
        .join(".")
    ] ?? "name";
  return faultsAt(issues, fieldOf, (field, bound) => {
    if (field === "multiplier") return multiplierText(bound);
    return field === "threshold" && basis === "spend"
      ? amountText(bound, currency)
      : new Intl.NumberFormat("en").format(bound);
  });
}

const TIER_FIELDS: Readonly<Record<string, string>> = {
  id: "name",
  name: "name",
  threshold: "threshold",
  multiplier: "multiplier",
  giftPoints: "gift",
  membership: "products",
  "membership.productIds": "products",
  "membership.months": "months",
};
