/** A pilot: how many are on its list, putting customers on it and taking them off, and its tag at Shopify, with when it was last read. */
import { html } from "hono/html";
import type { ProgramView } from "../flows/edit-program.ts";
import { MOST_INVITED } from "../flows/invite-members.ts";
import type { PilotTag } from "../shops/pilot-tag.ts";
import type { Formats } from "./formats.ts";
import { type AdminContext, confirmed, type Html } from "./page.ts";

/** Who takes part, while the program is a pilot or is to be one. */
export async function pilotSection(
  c: AdminContext,
  { inForce: version, program }: ProgramView,
  format: Formats,
): Promise<Html | null> {
  if (version?.program.membership !== "pilot" && program?.membership !== "pilot") return null;
  const { rooms, shop } = c.var;
  const [{ customerIds, next }, tagged] = await Promise.all([
    rooms.ledger.pilotMembers(shop.id, "0"),
    rooms.pilotTags.find(shop.id),
  ]);
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
<s-stack direction="inline" gap="base">${change(true)}${change(false)}</s-stack>
<s-divider></s-divider>
${tagPart(tagged, format)}</s-stack>
</s-section>`;
}

function tagPart({ tag, readAtMs, members }: PilotTag, { number, moment }: Formats): Html {
  const read =
    readAtMs === null
      ? "It is being read from Shopify: look again in a minute."
      : `${number(members ?? 0)} customers had it when it was last read, ${moment(readAtMs)}.`;
  return html`<s-paragraph>Besides, everybody who has the pilot’s tag at Shopify takes part. It is read when you choose it, once a day, and when you ask; it counts for orders that are placed after it was read.</s-paragraph>
<form method="post" action="/admin/program/pilot-tag"><s-stack gap="base">
<s-text-field name="tag" label="Tag" value="${tag ?? ""}" maxLength="255" autocomplete="off" details="One tag of your customers at Shopify, without commas and quotes. Empty: none, and whoever takes part by the tag alone does not any more."></s-text-field>
<s-stack direction="inline"><s-button type="submit">Use this tag</s-button></s-stack>
</s-stack></form>
${
  tag === null
    ? ""
    : html`<s-paragraph>${read}</s-paragraph>
<form method="post" action="/admin/program/pilot-tag/read"><s-button type="submit">Read it again now</s-button></form>`
}`;
}
