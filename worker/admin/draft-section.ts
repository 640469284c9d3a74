/** What the pages of a program show of the draft they share: what is to be known of it, what it changes, and how it is published or given up. */
import { html } from "hono/html";
import { DEFAULT_TIME_ZONE } from "../domain/calendar.ts";
import type { ProgramView } from "../flows/edit-program.ts";
import type { Formats } from "./formats.ts";
import { banner, confirmed, type Html } from "./page.ts";

/** For whoever may not change the program. */
export function lookOnly(): Html {
  return banner(
    "info",
    "You may look, not change",
    html`Your number is not among those who may act. <s-link href="/settings">See who may</s-link>`,
  );
}

/** What is to be seen first. Whoever may only look is told so. */
export function draftNews({ draft, faults, publishedSince, warnings }: ProgramView, mayChange: boolean): Html | null {
  const all = [
    ...(mayChange ? [] : [lookOnly()]),
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

export interface DraftTerms {
  readonly mayChange: boolean;
  readonly timeZone: string | null;
  readonly format: Formats;
  /** Where the page itself leads to the past orders. */
  readonly hasWhatIf?: boolean;
}

/** What the draft changes, in sentences, and what can be done with it. Null where there is none. */
export function draftChanges(view: ProgramView, terms: DraftTerms): Html | null {
  const { draft, differences, faults, program } = view;
  if (draft.content === null) return null;
  const isGood = program !== null && faults.length === 0;
  const list =
    differences.length === 0
      ? html`<s-paragraph>${isGood ? "Nothing differs from the newest version." : "The draft is not whole yet."}</s-paragraph>`
      : html`<s-unordered-list>${differences.map((text) => html`<s-list-item>${text}</s-list-item>`)}</s-unordered-list>`;
  const lookBack =
    program === null || terms.hasWhatIf ? "" : html`<s-button href="/program?what-if=1">Look at past orders</s-button>`;
  const actions = terms.mayChange ? html`${isGood ? publish(view, terms) : ""}${discard(view)}` : "";
  return html`<s-section heading="What the draft changes">
<s-stack gap="base">${list}
${savedBy(view, terms.format)}
<s-stack direction="inline" gap="base">${lookBack}${actions}</s-stack></s-stack>
</s-section>`;
}

function savedBy({ draft: { savedBy: actor, savedAtMs } }: ProgramView, format: Formats): Html | string {
  if (actor === null || savedAtMs === null) return "";
  return html`<s-paragraph color="subdued">Last saved ${format.moment(savedAtMs)} by ${actor.replace(/^staff:/, "staff ")}.</s-paragraph>`;
}

function publish({ draft, versions }: ProgramView, { timeZone, format }: DraftTerms): Html {
  const zone = timeZone ?? DEFAULT_TIME_ZONE;
  const known = timeZone === null ? "Your shop’s time zone is not known yet: this is UTC. " : "";
  return confirmed({
    id: "publish",
    button: "Publish",
    heading: "Publish this program?",
    action: "/admin/program/publish",
    submit: "Publish",
    variant: "primary",
    text: `It becomes version ${format.number((versions.at(-1)?.version ?? 0) + 1)}. A version cannot be changed or taken back: another one can follow it. Orders that were placed before keep what they have.`,
    fields: html`<input type="hidden" name="revision" value="${draft.revision}">
<s-text-field name="begins" label="In force from (${zone})" placeholder="2026-12-01 00:00" autocomplete="off" details="${known}Empty: from now on."></s-text-field>`,
  });
}

function discard({ draft }: ProgramView): Html {
  return confirmed({
    id: "discard",
    button: "Discard draft",
    heading: "Discard this draft?",
    action: "/admin/program/discard",
    submit: "Discard",
    isCritical: true,
    text: "All that the draft changes is gone, on every page of the program. The program in force stays as it is.",
    fields: html`<input type="hidden" name="revision" value="${draft.revision}">`,
  });
}
