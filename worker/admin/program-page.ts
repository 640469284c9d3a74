/** A shop's program: what is in force, the draft and what it changes, what it would have done, and how it is published. */
import { html } from "hono/html";
import { type ProgramView, readProgramView } from "../flows/edit-program.ts";
import { type Formats, formatsOf } from "./formats.ts";
import {
  type AdminContext,
  banner,
  confirmed,
  emptyState,
  facts,
  type Html,
  type Page,
  pageFrame,
  refreshing,
  table,
} from "./page.ts";
import { programFields } from "./program-fields.ts";
import { rewardsSection } from "./program-rewards.ts";

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
    return pageFrame(
      { heading: "Program" },
      news(view),
      inForce(view, format),
      draftForm(view, shop.currency),
      rewardsSection(view, shop.currency, format),
      changes(view, format),
      whatIf(view, isAsked),
      await pilot(c, view, format),
      history(view, format),
    );
  },
};

function news({ draft, faults, publishedSince, warnings }: ProgramView): Html | null {
  const all = [
    ...(publishedSince.length > 0
      ? [
          banner(
            "warning",
            "Somebody has published since this draft was begun",
            ...publishedSince,
            "Save the draft once more to go on from there.",
          ),
        ]
      : []),
    ...(draft.content !== null && faults.length > 0
      ? [banner("critical", "This draft cannot be published", ...faults.map(({ text }) => text))]
      : []),
    ...(warnings.length > 0 ? [banner("info", "Worth a look", ...warnings.map(({ text }) => text))] : []),
  ];
  return all.length === 0 ? null : html`${all}`;
}

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
function draftForm(view: ProgramView, currency: string): Html {
  const { draft, versions } = view;
  return html`<form method="post" action="/admin/program/draft" data-save-bar>
<input type="hidden" name="revision" value="${draft.revision}">
<input type="hidden" name="based_on" value="${versions.at(-1)?.version ?? 0}">
<s-section heading="${draft.content === null ? "Change the program" : "Draft"}">
${programFields(view, currency)}
<s-button type="submit">Save draft</s-button>
</s-section>
</form>`;
}

function changes({ draft, differences, faults, program, versions }: ProgramView, format: Formats): Html | null {
  if (draft.content === null) return null;
  const isGood = program !== null && faults.length === 0;
  const list =
    differences.length === 0
      ? html`<s-paragraph>${isGood ? "Nothing differs from the newest version." : "The draft is not whole yet."}</s-paragraph>`
      : html`<s-unordered-list>${differences.map((text) => html`<s-list-item>${text}</s-list-item>`)}</s-unordered-list>`;
  const publish = confirmed({
    id: "publish",
    button: "Publish",
    heading: "Publish this program?",
    action: "/admin/program/publish",
    submit: "Publish",
    variant: "primary",
    text: `It becomes version ${format.number((versions.at(-1)?.version ?? 0) + 1)}. A version cannot be changed or taken back: another one can follow it. Orders that were placed before keep what they have.`,
    fields: html`<input type="hidden" name="revision" value="${draft.revision}">
<s-text-field name="begins" label="In force from (UTC)" placeholder="2026-12-01 00:00" autocomplete="off" details="Empty: from now on."></s-text-field>`,
  });
  const discard = confirmed({
    id: "discard",
    button: "Discard draft",
    heading: "Discard this draft?",
    action: "/admin/program/discard",
    submit: "Discard",
    isCritical: true,
    text: "What was entered is gone. The program in force stays as it is.",
    fields: html`<input type="hidden" name="revision" value="${draft.revision}">`,
  });
  return html`<s-section heading="What the draft changes">
<s-stack gap="base">${list}
<s-stack direction="inline" gap="base">${isGood ? publish : ""}${discard}</s-stack></s-stack>
</s-section>`;
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
