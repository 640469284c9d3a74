/** A shop's program: what is in force, the draft and what it changes, what it would have done, and how it is published. */
import { html } from "hono/html";
import { type ProgramView, readProgramView } from "../flows/edit-program.ts";
import { mayChange, seenFields } from "./draft-forms.ts";
import { contentOf } from "./draft-parts.ts";
import { draftChanges, draftNews } from "./draft-section.ts";
import { type Formats, formatsOf } from "./formats.ts";
import {
  type AdminContext,
  confirmed,
  emptyState,
  facts,
  type Html,
  type Page,
  pageFrame,
  refreshing,
  table,
} from "./page.ts";
import { programFields, settingsOf } from "./program-fields.ts";

/** How far back the what-if looks. */
const WHAT_IF_DAYS = 365;

export const programPage: Page = {
  path: "/program",
  name: "Program",
  show: async (c) => {
    const { rooms, shop } = c.var;
    const view = await readProgramView(rooms, shop);
    const format = formatsOf(c);
    const isAsked = c.req.query("what-if") !== undefined;
    const isAllowed = await mayChange(c);
    return pageFrame(
      { heading: "Program" },
      draftNews(view, isAllowed),
      inForce(view, format),
      draftForm(view, shop.currency, !isAllowed),
      draftChanges(view, { mayChange: isAllowed, timeZone: shop.timeZone, format, hasWhatIf: true }),
      whatIf(view, isAsked),
      isAllowed ? await pilot(c, view, format) : null,
      history(view, format),
    );
  },
};

function inForce({ inForce: version, versions, nowMs }: ProgramView, format: Formats): Html {
  if (version === null)
    return html`<s-section heading="In force">${emptyState("No program yet", "Orders earn nothing. Enter your program below, look at what it would have done, and publish it.")}</s-section>`;
  const { program, inForceFromMs } = version;
  const coming = versions.filter((one) => one.inForceFromMs > nowMs);
  return html`<s-section heading="In force">
${facts([
  ["Version", `${version.version}, since ${format.moment(inForceFromMs)}`],
  ["Orders earn", `${format.points(program.earn.points)} per ${format.money(program.earn.perMinor)}`],
  ["State", program.state === "paused" ? "Paused" : "Live"],
  ...coming.map((one): readonly [string, string] => [
    `Version ${one.version} begins`,
    format.moment(one.inForceFromMs),
  ]),
])}
</s-section>`;
}

/** The settings that are no lists: of the draft, or else of the newest version. */
function draftForm(view: ProgramView, currency: string, isDisabled: boolean): Html {
  const { draft } = view;
  return html`<form method="post" action="/admin/program/draft" data-save-bar data-again>
${seenFields(view, settingsOf(contentOf(view)))}
<s-section heading="${draft.content === null ? "Change the program" : "Draft"}">
${programFields(view, currency, isDisabled)}
${isDisabled ? "" : html`<s-button type="submit">Save draft</s-button>`}
</s-section>
</form>`;
}

/** It is asked for, and then goes through the orders page by page. */
function whatIf({ draft, program, nowMs }: ProgramView, isAsked: boolean): Html | null {
  if (draft.content === null || program === null) return null;
  const sinceMs = nowMs - WHAT_IF_DAYS * 86_400_000;
  const path = `/admin/program/what-if?revision=${draft.revision}&since=${sinceMs}`;
  return html`<s-section heading="What it would have done">
<s-paragraph>Your orders of the last ${WHAT_IF_DAYS} days, as they would have earned under the draft, beside the program of today. Nothing is changed.</s-paragraph>
${isAsked ? refreshing(path, 0, html`<s-paragraph>Looking at your orders …</s-paragraph>`) : html`<s-button href="/program?what-if=1">Look at past orders</s-button>`}
</s-section>`;
}

/** Who takes part, while the program is a pilot or is to be one. */
async function pilot(
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
<s-text-area name="customers" label="Customers" rows="4" details="Shopify’s numbers, one a line, up to 250 at once."></s-text-area>`,
    });
  return html`<s-section heading="Pilot">
<s-stack gap="base"><s-paragraph>${count} on the list.</s-paragraph>
<s-stack direction="inline" gap="base">${change(true)}${change(false)}</s-stack></s-stack>
</s-section>`;
}

function history({ versions }: ProgramView, format: Formats): Html | null {
  if (versions.length === 0) return null;
  const rows = versions.toReversed().slice(0, 20);
  return html`<s-section heading="Versions" padding="none">
${table(
  [{ name: "Version" }, { name: "In force from" }, { name: "Published" }, { name: "By" }],
  rows.map(({ version, inForceFromMs, publishedAtMs, publishedBy }) => [
    String(version),
    format.moment(inForceFromMs),
    format.moment(publishedAtMs),
    publishedBy?.replace(/^staff:/, "Staff ") ?? "",
  ]),
)}
</s-section>`;
}
