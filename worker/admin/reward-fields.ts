/** One reward as a form, by its kind, and the form as a reward. What is wrong is said by the program's own schema. */
import { html } from "hono/html";
import * as z from "zod";
import { isCodeReward, isMoneyReward, type Reward, type RewardKind } from "../domain/rewards.ts";
import { BOUNDS, PRESETS } from "../program/bounds.ts";
import { rewardSchema } from "../program/reward-schema.ts";
import { seenSchema } from "./draft-forms.ts";
import { type Part, record, textOf, textsOf, wholeOf } from "./draft-parts.ts";
import {
  amount,
  amountText,
  checkField,
  chosen,
  faultsAt,
  lineField,
  rangeInWords,
  seenPart,
  shopifyNumbers,
} from "./entered.ts";
import { optionalWholeNumber } from "./forms.ts";
import type { Html } from "./page.ts";
import { pickedField } from "./picked.ts";

/** Which fields a kind has. */
function fieldsOf(kind: RewardKind) {
  const isCode = isCodeReward({ kind });
  return {
    isCode,
    hasAmount: kind !== "percentage_off" && kind !== "free_shipping" && kind !== "experience",
    hasSlider: kind === "amount_off" || kind === "donation" || isMoneyReward({ kind }),
    hasItems: isCode && kind !== "free_shipping",
  };
}

const AMOUNTS: Partial<Readonly<Record<RewardKind, string>>> = {
  amount_off: "Amount off",
  free_product: "Most that is taken off: the price of one product",
  store_credit: "Store credit",
  gift_card: "Value of the gift card",
  donation: "Amount given",
};

export interface RewardTerms {
  readonly kind: RewardKind;
  readonly currency: string;
  /** The tiers of the draft, lowest first. */
  readonly levels: readonly Part[];
  readonly isDisabled: boolean;
}

/** `reward` is what the draft has; null for a new one. */
export function rewardFields(reward: Part | null, terms: RewardTerms): Html {
  const { kind, currency, isDisabled } = terms;
  const { hasAmount, hasSlider } = fieldsOf(kind);
  const slider = record(reward?.["slider"]);
  const said = (details = "") => ({ details, isDisabled });
  const money = (name: string, label: string, key: string, details = "") =>
    lineField(name, `${label} (${currency})`, amountText(wholeOf(reward, key) || null, currency), said(details));
  return html`<s-section heading="Price and worth">
<s-stack gap="base">
${lineField("name", "Name", textOf(reward, "name"), said(`Shoppers read it. Up to ${BOUNDS.rewardName.max} characters.`))}
${lineField("cost", "Price in points", textOf(reward, "cost"), said(hasSlider ? "With steps below: the points that the amount is for." : ""))}
${hasAmount ? money("value", AMOUNTS[kind] ?? "Amount", "valueMinor") : ""}
${kind === "percentage_off" ? lineField("percent", "Percent off", textOf(reward, "percent"), said(`${rangeInWords(BOUNDS.percent)}.`)) : ""}
${kind === "free_shipping" ? money("shipping", "Only shipping that costs no more than", "maximumShippingMinor", "Empty: whatever it costs.") : ""}
</s-stack>
</s-section>
${
  hasSlider
    ? html`<s-section heading="Let members choose how many points">
<s-paragraph color="subdued">Empty: the price is fixed. With steps, each of them is worth its share of the amount above.</s-paragraph>
<s-grid gridTemplateColumns="repeat(auto-fit, minmax(140px, 1fr))" gap="base">
${lineField("slider_min", "Fewest points", textOf(slider, "minPoints"), said())}
${lineField("slider_max", "Most points", textOf(slider, "maxPoints"), said())}
${lineField("slider_step", "Step", textOf(slider, "stepPoints"), said())}
</s-grid>
</s-section>`
    : ""
}
${conditions(reward, terms)}
${combinations(reward, terms)}`;
}

function conditions(reward: Part | null, terms: RewardTerms): Html {
  const { kind, currency, isDisabled } = terms;
  const { isCode, hasItems } = fieldsOf(kind);
  const [items, limit] = [record(reward?.["items"]), record(reward?.["limit"])];
  const said = (details = "") => ({ details, isDisabled });
  const most = `Shopify’s numbers or addresses, one a line, up to ${BOUNDS.rewardItems.max}.`;
  const isFree = kind === "free_product";
  return html`<s-section heading="Conditions">
<s-stack gap="base">
${isCode ? lineField("minimum", `Only for orders from (${currency})`, amountText(wholeOf(reward, "minimumMinor"), currency), said("Empty: for any order.")) : ""}
${hasItems ? pickedField("products", isFree ? "Products, of which one is free" : "Only for these products", textsOf(items, "products"), { ...said(`${most} Products or collections, not both.`), type: "product", bounds: BOUNDS.rewardItems }) : ""}
${hasItems ? pickedField("collections", isFree ? "Or collections, of which one product is free" : "Only for these collections", textsOf(items, "collections"), { ...said(most), type: "collection", bounds: BOUNDS.rewardItems }) : ""}
${tierChoices(reward, terms)}
${lineField("stock", "How often it can be had in all", textOf(reward, "stock"), said("By all members together; empty: as often as you like. What is given back can be had again."))}
${lineField("limit_times", "How often each member can have it", textOf(limit, "times"), said("Empty: as often as they like."))}
${lineField("limit_days", "Within how many days", textOf(limit, "days"), said(`${rangeInWords(BOUNDS.limitDays)}; empty: ever.`))}
${isCode ? lineField("days", "Days that its code is good", textOf(reward, "codeDays") || String(PRESETS.codeDays), said(`${rangeInWords(BOUNDS.codeDays)}. A code that ends unused gives its points back.`)) : ""}
</s-stack>
</s-section>`;
}

function tierChoices(reward: Part | null, { levels, isDisabled }: RewardTerms): Html {
  const wanted = textsOf(reward, "tiers");
  const known = levels.map((level) => [textOf(level, "id"), textOf(level, "name")] as const);
  const gone = wanted.filter((id) => known.every(([tier]) => tier !== id));
  if (known.length === 0 && gone.length === 0)
    return html`<s-paragraph color="subdued">For members of every tier. <s-link href="/tiers">Set up tiers</s-link> to offer it to some of them.</s-paragraph>`;
  return html`<s-stack gap="small-200"><s-text>Only for members of (none chosen: everybody)</s-text>
${known.map(([id, name]) => checkField("tiers", name, id, wanted.includes(id), { isDisabled }))}
${gone.map((id) => checkField("tiers", `${id} (no tier of this draft)`, id, true, { isDisabled }))}
</s-stack>`;
}

function combinations(reward: Part | null, { kind, isDisabled }: RewardTerms): Html | string {
  if (!isCodeReward({ kind })) return "";
  const combines = record(reward?.["combinesWith"]) ?? presetCombination(kind);
  const choice = (value: string, label: string) =>
    checkField("combines", label, value, combines[value] === true, { isDisabled });
  return html`<s-section heading="Goes together with">
<s-stack gap="small-200">
${choice("order", "Other discounts on the order")}
${choice("product", "Discounts on products")}
${kind === "free_shipping" ? "" : choice("shipping", "Free shipping and other shipping discounts")}
</s-stack>
</s-section>`;
}

/** What a code goes together with where the program does not say. */
function presetCombination(kind: RewardKind): Part {
  return { order: false, product: false, shipping: kind !== "free_shipping" };
}

export const rewardForm = (currency: string) =>
  z.object({
    ...seenSchema,
    seen: seenPart,
    id: z.string().max(64).default(""),
    kind: rewardSchema.shape.kind,
    name: z.string().trim().default(""),
    cost: optionalWholeNumber.default(null),
    value: amount(currency),
    percent: optionalWholeNumber.default(null),
    shipping: amount(currency),
    minimum: amount(currency),
    slider_min: optionalWholeNumber.default(null),
    slider_max: optionalWholeNumber.default(null),
    slider_step: optionalWholeNumber.default(null),
    products: shopifyNumbers,
    collections: shopifyNumbers,
    tiers: chosen,
    stock: optionalWholeNumber.default(null),
    limit_times: optionalWholeNumber.default(null),
    limit_days: optionalWholeNumber.default(null),
    days: optionalWholeNumber.default(null),
    combines: chosen,
  });

export type RewardForm = z.infer<ReturnType<typeof rewardForm>>;

type Entered = { readonly reward: Reward } | { readonly faults: Readonly<Record<string, string>> };

/** The reward that a form enters, or what is wrong with it, at its fields. What the kind has no field for is left out. */
export function rewardEntered(form: RewardForm, id: string, currency: string): Entered {
  const { kind } = form;
  const { isCode, hasItems } = fieldsOf(kind);
  const given = {
    id,
    name: form.name,
    kind,
    cost: form.cost ?? undefined,
    valueMinor: form.value ?? 0,
    minimumMinor: form.minimum,
    percent: form.percent ?? undefined,
    maximumShippingMinor: form.shipping ?? undefined,
    slider: group({ minPoints: form.slider_min, maxPoints: form.slider_max, stepPoints: form.slider_step }),
    items: hasItems ? itemsEntered(form) : undefined,
    tiers: form.tiers.length === 0 ? undefined : form.tiers,
    stock: form.stock ?? undefined,
    limit: limitEntered(form),
    ...(isCode ? { codeDays: form.days ?? undefined, combinesWith: combinationEntered(form) } : {}),
  };
  const read = rewardSchema.safeParse(given);
  if (read.success) return { reward: read.data };
  const inUnits = (field: string, bound: number) =>
    MONEY.has(field) ? `${amountText(bound, currency)} ${currency}` : new Intl.NumberFormat("en").format(bound);
  return { faults: faultsAt(read.error.issues, fieldOf, inUnits) };
}

/** Nothing where all of them are empty; else what there is, and what is missing is told. */
function group(values: Readonly<Record<string, number | null>>): Part | undefined {
  if (Object.values(values).every((value) => value === null)) return undefined;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? undefined]));
}

function itemsEntered({ products, collections }: RewardForm): Part | undefined {
  return products.length + collections.length === 0 ? undefined : { products, collections };
}

function limitEntered({ limit_times: times, limit_days: days }: RewardForm): Part | undefined {
  return times === null && days === null ? undefined : { times: times ?? undefined, days };
}

function combinationEntered({ kind, combines }: RewardForm): Part | undefined {
  const preset = presetCombination(kind);
  const names = Object.keys(preset);
  const entered = Object.fromEntries(names.map((name) => [name, combines.includes(name)]));
  return names.every((name) => entered[name] === preset[name]) ? undefined : entered;
}

const MONEY: ReadonlySet<string> = new Set(["value", "minimum", "shipping"]);

const FIELDS: Readonly<Record<string, string>> = {
  valueMinor: "value",
  minimumMinor: "minimum",
  maximumShippingMinor: "shipping",
  slider: "slider_step",
  "slider.minPoints": "slider_min",
  "slider.maxPoints": "slider_max",
  "slider.stepPoints": "slider_step",
  items: "products",
  "items.products": "products",
  "items.collections": "collections",
  limit: "limit_times",
  "limit.times": "limit_times",
  "limit.days": "limit_days",
  codeDays: "days",
  combinesWith: "combines",
};

function fieldOf(path: readonly PropertyKey[]): string {
  const place = path.filter((step) => typeof step === "string").join(".");
  return FIELDS[place] ?? place;
}
