/** The settings of a program that are no lists, as fields, and the fields as settings. */
import { html } from "hono/html";
import * as z from "zod";
import { PROGRAM_DEFAULTS } from "../domain/program.ts";
import type { ProgramView } from "../flows/edit-program.ts";
import { BOUNDS } from "../program/bounds.ts";
import { programSchema } from "../program/program-schema.ts";
import { seenSchema } from "./draft-forms.ts";
import { contentOf, type Part, record, textOf, textsOf, wholeOf } from "./draft-parts.ts";
import {
  amount,
  amountText,
  amountWanted,
  choiceField,
  faultsAt,
  lineField,
  lines,
  linesField,
  rangeInWords,
  seenPart,
  shopifyNumbers,
} from "./entered.ts";
import { optionalWholeNumber, wholeNumber } from "./forms.ts";
import type { Html } from "./page.ts";
import { pickedField } from "./picked.ts";

export const MEMBERSHIPS = {
  everybody: "Everybody with a customer account",
  joined: "Only those who join",
  pilot: "A pilot: only those on a list",
};
const STATES = { live: "Live", paused: "Paused: nobody earns or chooses a reward" };
const EXPIRIES = {
  never: "Never",
  "after-available": "Some months after they became available",
  "after-inactivity": "Some months after the member’s last activity",
};
const OWINGS = { owe: "Is owed, and paid by coming points", "stop-at-zero": "Is forgiven" };
const TAXES = { no: "Earns nothing", yes: "Earns points, like their prices" };
const RETURNS = { yes: "Come back", no: "Do not come back" };

/** The settings that the form is about, of all that a draft holds; what it does not say is what a program does then. */
export function settingsOf(content: Part): Part {
  const defaults: Part = PROGRAM_DEFAULTS;
  return Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, content[name] ?? defaults[name] ?? null]));
}

const SETTINGS = programSchema.omit({ rewards: true, tiers: true }).shape;

export function programFields(view: ProgramView, currency: string, isDisabled: boolean): Html {
  const content = contentOf(view);
  const [earn, expiry] = [record(content["earn"]), record(content["expiry"])];
  const exclusions = record(content["exclusions"]);
  const said = (details: string) => ({ details, isDisabled });
  const chosenOf = (name: keyof typeof PROGRAM_DEFAULTS) => textOf(content, name) || String(PROGRAM_DEFAULTS[name]);
  return html`<s-stack gap="base">
${lineField("points", "Points", textOf(earn, "points"), said("Before any tier’s multiplier."))}
${lineField("per", `for every … ${currency} spent`, amountText(wholeOf(earn, "perMinor"), currency), said("On products after discounts, without shipping."))}
${choiceField("tax_earns", "Tax on products", content["taxEarns"] === true ? "yes" : "no", TAXES, said("Whether your prices include it or it is added at checkout. Orders keep the rule they were placed under."))}
${lineField("pending_days", "Days that points wait before they can be used", textOf(content, "pendingDays"), said(`Your return window: ${rangeInWords(BOUNDS.pendingDays)}.`))}
${choiceField("membership", "Who takes part", chosenOf("membership"), MEMBERSHIPS, said(""))}
${choiceField("state", "State", chosenOf("state"), STATES, said("A pause keeps balances, and codes go on being good."))}
${choiceField("expiry", "Points expire", textOf(expiry, "kind") || "never", EXPIRIES, said(""))}
${lineField("months", "Months until they expire", textOf(expiry, "months"), said(`${rangeInWords(BOUNDS.expiryMonths)}; empty where they never do.`))}
${choiceField("owing", "What a refund can no longer take back, because it was spent", chosenOf("owing"), OWINGS, said(""))}
${choiceField("return_spent", "Points spent on an order that is refunded", content["returnSpent"] === false ? "no" : "yes", RETURNS, said(""))}
${pickedField("product_ids", "Products that earn nothing", textsOf(exclusions, "productIds"), { ...said(`Shopify’s numbers or addresses of products, one a line, up to ${BOUNDS.excludedProducts.max}. Gift cards never earn.`), type: "product", bounds: BOUNDS.excludedProducts })}
${pickedField("collection_ids", "Collections that earn nothing", textsOf(exclusions, "collectionIds"), { ...said(`Shopify’s numbers or addresses of collections, one a line, up to ${BOUNDS.excludedCollections.max}.`), type: "collection", bounds: BOUNDS.excludedCollections })}
${linesField("tags", "Tags whose products earn nothing", textsOf(exclusions, "tags"), said(`Product tags, one a line, up to ${BOUNDS.excludedTags.max}; upper and lower case are the same.`))}
${linesField("vendors", "Vendors whose products earn nothing", textsOf(exclusions, "vendors"), said(`One a line, up to ${BOUNDS.excludedVendors.max}.`))}
${linesField("channels", "Channels whose orders earn nothing", textsOf(exclusions, "channels"), said(`As Shopify calls them (web, pos, …), one a line, up to ${BOUNDS.excludedChannels.max}.`))}
</s-stack>`;
}

/** The form, as far as a form can tell. */
export const programForm = (currency: string) =>
  z.object({
    ...seenSchema,
    seen: seenPart,
    points: wholeNumber,
    per: amount(currency).pipe(z.number(amountWanted(currency))),
    pending_days: wholeNumber,
    membership: z.string(),
    state: z.string(),
    expiry: z.string(),
    months: optionalWholeNumber,
    owing: z.string(),
    tax_earns: z.enum(["yes", "no"], "Choose one of these."),
    return_spent: z.enum(["yes", "no"], "Choose one of these."),
    product_ids: shopifyNumbers,
    collection_ids: shopifyNumbers,
    tags: lines,
    vendors: lines,
    channels: lines,
  });

/** The settings that a form enters, or what is wrong with them, at its fields. */
export function settingsEntered(
  form: z.infer<ReturnType<typeof programForm>>,
  currency: string,
): { readonly settings: Part } | { readonly faults: Readonly<Record<string, string>> } {
  const settings = {
    earn: { points: form.points, perMinor: form.per },
    pendingDays: form.pending_days,
    membership: form.membership,
    state: form.state,
    expiry: form.expiry === "never" ? null : { kind: form.expiry, months: form.months },
    owing: form.owing,
    returnSpent: form.return_spent === "yes",
    taxEarns: form.tax_earns === "yes",
    exclusions: {
      productIds: form.product_ids,
      collectionIds: form.collection_ids,
      tags: form.tags,
      vendors: form.vendors,
      channels: form.channels,
    },
  };
  const read = z.object(SETTINGS).safeParse(settings);
  if (read.success) return { settings };
  const inUnits = (field: string, bound: number) => (field === "per" ? amountText(bound, currency) : String(bound));
  return { faults: faultsAt(read.error.issues, fieldOf, inUnits) };
}

const FIELDS: Readonly<Record<string, string>> = {
  "earn.points": "points",
  "earn.perMinor": "per",
  pendingDays: "pending_days",
  "expiry.kind": "expiry",
  "expiry.months": "months",
  returnSpent: "return_spent",
  taxEarns: "tax_earns",
  "exclusions.productIds": "product_ids",
  "exclusions.collectionIds": "collection_ids",
  "exclusions.tags": "tags",
  "exclusions.vendors": "vendors",
  "exclusions.channels": "channels",
};

function fieldOf(path: readonly PropertyKey[]): string {
  const place = path.filter((step) => typeof step === "string");
  return FIELDS[place.join(".")] ?? place.join(".");
}
