/** Fields of Shopify's numbers of products or collections, which can be chosen from Shopify's own list as well as typed. */
import { html } from "hono/html";
import type { Bounds } from "../program/bounds.ts";
import { GROUP_SCOPE } from "../shopify/product-groups.ts";
import { linesField, type Said } from "./entered.ts";
import type { Html } from "./page.ts";

const WHAT = { product: "products", collection: "collections" } as const;

/** What the list of a field holds: at most as many as the program may name. */
export interface Picked {
  readonly type: keyof typeof WHAT;
  readonly bounds: Bounds;
}

/** The button is hidden until browser-picker.ts finds that Shopify's list is there. Whoever may not change the field has none. */
export function pickedField(
  name: string,
  label: string,
  values: readonly string[],
  { type, bounds, ...said }: Picked & Said,
): Html {
  const field = linesField(name, label, values, said);
  if (said.isDisabled) return field;
  const choose = `Choose ${WHAT[type]}`;
  return html`<s-stack gap="small-200">
${field}
<s-stack direction="inline"><s-button hidden data-picks="${type}" data-into="${name}" data-most="${bounds.max}" data-needs="${GROUP_SCOPE}" data-then="/admin/program/scopes" accessibilityLabel="${choose}: ${label}">${choose}</s-button></s-stack>
<div data-picked="${name}" aria-live="polite"></div>
</s-stack>`;
}
