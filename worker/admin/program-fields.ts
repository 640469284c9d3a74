/** The settings of a program as fields, and the fields as settings. What no field is for stays as it is in the draft. */
import { html } from "hono/html";
import * as z from "zod";
import { formatMoney, parseMoney } from "../domain/money.ts";
import { PROGRAM_DEFAULTS } from "../domain/program.ts";
import type { ProgramView } from "../flows/edit-program.ts";
import { wholeNumber } from "./forms.ts";
import type { Html } from "./page.ts";

type Content = Readonly<Record<string, unknown>>;

/** What a shop's first draft begins with. */
const FIRST: Content = { earn: { points: 10, perMinor: 10_000 }, pendingDays: 14, rewards: [], ...PROGRAM_DEFAULTS };

/** What is worked on: the draft as it was entered, or else the newest version, or else the preset. */
export function contentOf({ draft, versions }: Pick<ProgramView, "draft" | "versions">): Content {
  return record(draft.content) ?? record(versions.at(-1)?.program) ?? FIRST;
}

export function programFields(view: ProgramView, currency: string): Html {
  const content = contentOf(view);
  const earn = record(content["earn"]) ?? {};
  const expiry = record(content["expiry"]);
  const exclusions = record(content["exclusions"]) ?? {};
  const choice = (name: string, label: string, chosen: unknown, options: Readonly<Record<string, string>>) =>
    html`<s-select name="${name}" label="${label}" value="${String(chosen)}">${Object.entries(options).map(
      ([value, text]) => html`<s-option value="${value}" ${value === chosen ? "selected" : ""}>${text}</s-option>`,
    )}</s-select>`;
  const number = (name: string, label: string, value: unknown, details = "") =>
    html`<s-text-field name="${name}" label="${label}" value="${String(value ?? "")}" autocomplete="off" details="${details}"></s-text-field>`;
  const lines = (name: string, label: string, value: unknown, details: string) =>
    html`<s-text-area name="${name}" label="${label}" rows="2" value="${Array.isArray(value) ? value.join("\n") : ""}" details="${details}"></s-text-area>`;
  return html`<s-stack gap="base">
${number("points", "Points", earn["points"])}
${number("per", `for every … ${currency} spent`, money(earn["perMinor"], currency))}
${number("pending_days", "Days that points wait before they can be used", content["pendingDays"], "Your return window: 0 to 90.")}
${choice("membership", "Who takes part", content["membership"] ?? PROGRAM_DEFAULTS.membership, {
  everybody: "Everybody with a customer account",
  joined: "Only those who join",
  pilot: "A pilot: only those on a list",
})}
${choice("state", "State", content["state"] ?? PROGRAM_DEFAULTS.state, { live: "Live", paused: "Paused: nobody earns or chooses a reward" })}
${choice("expiry", "Points expire", expiry?.["kind"] ?? "never", {
  never: "Never",
  "after-available": "Some months after they became available",
  "after-inactivity": "Some months after the member’s last activity",
})}
${number("months", "Months until they expire", expiry?.["months"], "1 to 120; empty where they never do.")}
${choice("owing", "What a refund cannot take back", content["owing"] ?? PROGRAM_DEFAULTS.owing, {
  owe: "Is owed, and paid by coming points",
  "stop-at-zero": "Is forgiven",
})}
${choice("return_spent", "Points spent on an order that is refunded", content["returnSpent"] === false ? "no" : "yes", { yes: "Come back", no: "Do not come back" })}
${lines("product_ids", "Products that earn nothing", exclusions["productIds"], "Shopify’s numbers, one a line. Gift cards never earn.")}
${lines("vendors", "Vendors whose products earn nothing", exclusions["vendors"], "One a line.")}
${lines("channels", "Channels whose orders earn nothing", exclusions["channels"], "As Shopify calls them (web, pos, …), one a line.")}
</s-stack>`;
}

const oneOf = <Words extends readonly [string, ...string[]]>(words: Words) => z.enum(words, "Choose one of these.");
const listed = z
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

/** The form, as far as a form can tell: whether it is a program is told when it is looked at. */
export const programForm = z.object({
  revision: wholeNumber,
  based_on: wholeNumber,
  points: wholeNumber,
  per: z.string("Enter an amount."),
  pending_days: wholeNumber,
  membership: oneOf(["everybody", "joined", "pilot"]),
  state: oneOf(["live", "paused"]),
  expiry: oneOf(["never", "after-available", "after-inactivity"]),
  months: z.union([z.literal("").transform(() => null), wholeNumber]),
  owing: oneOf(["owe", "stop-at-zero"]),
  return_spent: oneOf(["yes", "no"]),
  product_ids: listed,
  vendors: listed,
  channels: listed,
});

/** The draft with what the form says. Null where the amount is none. */
export function contentWith(before: Content, form: z.infer<typeof programForm>, currency: string): Content | null {
  const perMinor = parseMoney(form.per.replace(",", "."), currency);
  if (perMinor === null) return null;
  return {
    ...before,
    earn: { ...record(before["earn"]), points: form.points, perMinor },
    pendingDays: form.pending_days,
    membership: form.membership,
    state: form.state,
    expiry: form.expiry === "never" ? null : { kind: form.expiry, months: form.months },
    owing: form.owing,
    returnSpent: form.return_spent === "yes",
    exclusions: { productIds: form.product_ids, vendors: form.vendors, channels: form.channels },
  };
}

function money(minor: unknown, currency: string): string {
  return typeof minor === "number" ? formatMoney(minor, currency) : "";
}

export function record(of: unknown): Content | null {
  return typeof of === "object" && of !== null && !Array.isArray(of) ? (of as Content) : null;
}
