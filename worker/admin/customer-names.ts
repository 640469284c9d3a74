/** Customers' names on the pages that may show them: beside a number, in place of one that did not come, and to find somebody by. */
import { Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { customersNamed, type ShownNames } from "../flows/customer-names.ts";
import type { RequestContext } from "../http/context.ts";
import { readForm, staffDoor } from "./forms.ts";
import { banner, emptyState, type Html, table } from "./page.ts";

/** What a customer is called; null where that is not known, or not to be shown. */
export function customerName(names: ShownNames, customerId: string): string | null {
  return names.kind === "named" ? (names.names.get(customerId) ?? null) : null;
}

/** Why there are no names where staff asked for them; nothing where there are. */
export function namesMissing({ kind }: ShownNames): Html | null {
  switch (kind) {
    case "off":
    case "named":
      return null;
    case "denied":
      return banner(
        "info",
        "Numbers only",
        html`Shopify does not let this app read the names of customers: that takes its permission for protected customer data, level 2. <s-link href="/settings">Settings</s-link>`,
      );
    case "unanswered":
      return banner("info", "Numbers only", "Shopify did not tell the names in time. The rest of the page is whole.");
  }
}

/** Its answer is shown in the form's own section. */
export function nameSearch(): Html {
  return html`<s-section heading="Find by name">
<form method="post" action="/admin/customer-names" data-shows="named" data-forgets><s-stack gap="base">
<s-text-field name="name" label="Name" autocomplete="off" details="The beginning of a first or last name, or of both. Shopify is asked, and nothing of it is kept."></s-text-field>
<s-stack direction="inline"><s-button type="submit">Find by name</s-button></s-stack>
</s-stack></form>
<div id="named" aria-live="polite"></div>
</s-section>`;
}

export const nameForms = new Hono<RequestContext>();

/** A form, and no link: a name stands in no address, where logs and histories would keep it. */
nameForms.post("/", ...staffDoor, async (c) => {
  const form = await readForm(
    c,
    z.object({ name: z.string().trim().min(1, "Enter a name.").max(100, "100 characters at most.") }),
  );
  if ("problem" in form) return form.problem;
  return c.html(foundByName(await customersNamed(c.var.rooms, c.var.shop, form.fields.name)));
});

/** Customers of a name, each with the way to their page. */
function foundByName(names: ShownNames): Html {
  if (names.kind === "off") return banner("info", "Names are switched off", "Switch them on in Settings.");
  if (names.kind !== "named") return namesMissing(names) ?? html``;
  if (names.names.size === 0) return emptyState("Nobody is called so", "Try the beginning of a first or last name.");
  const rows = [...names.names].map(([customerId, name]) => [
    html`<s-link href="/members/${customerId}">${customerId}</s-link>`,
    name,
  ]);
  return table([{ name: "Customer" }, { name: "Name" }], rows);
}
