/** Who did what in this app, and when: newest first. */
import { html } from "hono/html";
import type { RecordedAct } from "../program/audit.ts";
import { formatsOf } from "./formats.ts";
import { emptyState, morePages, type Page, pageFrame, table } from "./page.ts";

/** What is not named here is shown as it is called inside. */
const NAMES: Readonly<Record<string, string>> = {
  "draft-saved": "Saved a draft of the program",
  "draft-discarded": "Discarded the draft of the program",
  "program-published": "Published the program",
  "pilot-invited": "Added customers to the pilot",
  "pilot-removed": "Took customers off the pilot’s list",
  "points-adjusted": "Adjusted points",
  "member-changed": "Changed a member",
  "code-cancelled": "Cancelled a code",
  "settings-changed": "Changed settings",
  "import-begun": "Began an import",
  "import-undone": "Undid an import",
  "export-made": "Made an export",
};

export const actsPage: Page = {
  path: "/acts",
  name: null,
  show: async (c) => {
    const after = /^\d{1,19}$/.exec(c.req.query("after") ?? "")?.[0] ?? null;
    const { acts, next } = await c.var.rooms.audit.page(c.var.shop.id, after);
    const { moment } = formatsOf(c);
    return pageFrame(
      { heading: "Who did what", back: { path: "/program", name: "Program" } },
      acts.length === 0
        ? html`<s-section>${emptyState("Nothing yet", "What staff do here is written down, and stays.")}</s-section>`
        : html`<s-section padding="none">
${table(
  [{ name: "What" }, { name: "When" }, { name: "Who" }, { name: "Details" }],
  acts.map((act) => [NAMES[act.action] ?? act.action, moment(act.atMs), whoIs(act), detailOf(act)]),
)}
</s-section>`,
      morePages(next === null ? null : `/acts?after=${next}`),
    );
  },
};

function whoIs({ actor }: RecordedAct): string {
  return actor === "operator" ? "The app’s operator" : actor.replace(/^staff:/, "Staff ");
}

function detailOf({ detail }: RecordedAct): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name} ${name.endsWith("Ms") ? new Date(Number(value)).toISOString() : value}`)
    .join(", ");
}
