/** A shop's program: what is in force, the draft and what it changes, what it would have done, and how it is published. */
import { html } from "hono/html";
import { type ProgramView, readProgramView } from "../flows/edit-program.ts";
import { mayChange, seenFields } from "./draft-forms.ts";
import { contentOf } from "./draft-parts.ts";
import { draftChanges, draftNews } from "./draft-section.ts";
import { type Formats, formatsOf } from "./formats.ts";
import { groupsSection } from "./groups-section.ts";
import { emptyState, facts, type Html, type Page, pageFrame, refreshing, table } from "./page.ts";
import { pilotSection } from "./pilot-section.ts";
import { programFields, settingsOf } from "./program-fields.ts";

/** How far back the what-if looks. */
export const WHAT_IF_DAYS = 365;

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
      await groupsSection(c, view, format, isAllowed),
      draftChanges(view, { mayChange: isAllowed, timeZone: shop.timeZone, format, hasWhatIf: true }),
      whatIf(view, isAsked),
      isAllowed ? await pilotSection(c, view, format) : null,
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
  ...(program.taxEarns ? [["Tax on products", "Earns points, too"] as const] : []),
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
  return html`<s-section heading="What it would have done">
<s-paragraph>Your orders of the last ${WHAT_IF_DAYS} days, as they would have earned under the draft, beside the program of today. Nothing is changed.</s-paragraph>
${isAsked ? lookBack(draft.revision, nowMs) : html`<s-button href="/program?what-if=1">Look at past orders</s-button>`}
</s-section>`;
}

/** Begins to look at past orders under the draft, and goes on by itself. */
export function lookBack(revision: number, nowMs: number): Html {
  const path = `/admin/program/what-if?revision=${revision}&since=${nowMs - WHAT_IF_DAYS * 86_400_000}`;
  return refreshing(path, 0, html`<s-paragraph>Looking at your orders …</s-paragraph>`);
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
