/** The list of a pilot: how many are on it, and putting customers on it and taking them off. */
import { html } from "hono/html";
import type { ProgramView } from "../flows/edit-program.ts";
import { MOST_INVITED } from "../flows/invite-members.ts";
import type { Formats } from "./formats.ts";
import { type AdminContext, confirmed, type Html } from "./page.ts";

/** Who takes part, while the program is a pilot or is to be one. */
export async function pilotSection(
  c: AdminContext,
  { inForce: version, program }: ProgramView,
  format: Formats,
): Promise<Html | null> {
  if (version?.program.membership !== "pilot" && program?.membership !== "pilot") return null;
  const { customerIds, next } = await c.var.rooms.ledger.pilotMembers(c.var.shop.id, "0");
  const count = `${format.number(customerIds.length)}${next === null ? "" : " and more"}`;
  const change = (isInvited: boolean) =>
    confirmed({
      id: isInvited ? "invite" : "uninvite",
      button: isInvited ? "Add customers" : "Take customers off",
      heading: isInvited ? "Add to the pilot" : "Take off the pilot’s list",
      action: "/admin/program/pilot",
      submit: isInvited ? "Add" : "Take off",
      text: "It counts for orders that are placed from now on.",
      fields: html`<input type="hidden" name="invited" value="${String(isInvited)}">
<s-text-area name="customers" label="Customers" rows="4" details="Shopify’s numbers, one a line, up to ${MOST_INVITED} at once."></s-text-area>`,
    });
  return html`<s-section heading="Pilot">
<s-stack gap="base"><s-paragraph>${count} on the list.</s-paragraph>
<s-stack direction="inline" gap="base">${change(true)}${change(false)}</s-stack></s-stack>
</s-section>`;
}
