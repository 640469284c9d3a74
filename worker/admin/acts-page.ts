/** Who did what in this app, and when: newest first, by kind, by who did it, by customer. */
import { html } from "hono/html";
import { type ActsWanted, type ShownAct, viewActs } from "../flows/view-acts.ts";
import type { AuditAction } from "../program/audit.ts";
import { type Formats, formatsOf } from "./formats.ts";
import { customerNumber } from "./members-page.ts";
import { type AdminContext, emptyState, type Html, morePages, type Page, pageFrame, table } from "./page.ts";

const NAMES: Readonly<Record<AuditAction, string>> = {
  "points-adjusted": "Adjusted points",
  "adjustment-undone": "Undid an adjustment",
  "reward-redeemed": "Redeemed a reward for a customer",
  "reward-given": "Gave a customer a reward",
  "code-cancelled": "Cancelled a code",
  "membership-changed": "Took somebody in or out of the program",
  "points-moved": "Moved points to another customer",
  "customer-forgotten": "Forgot a customer",
  "experience-ended": "Ended an experience",
  "draft-saved": "Saved a draft of the program",
  "draft-discarded": "Discarded the draft of the program",
  "program-published": "Published the program",
  "pilot-invited": "Added customers to the pilot",
  "pilot-removed": "Took customers off the pilot’s list",
  "pilot-tag-chosen": "Chose the pilot’s tag",
  "pilot-tag-read": "Had the pilot’s tag read",
  "groups-read": "Had collections and tags read",
  "settings-changed": "Changed settings",
  "words-changed": "Changed words of a language",
  "api-key-made": "Made an API key",
  "api-key-revoked": "Revoked an API key",
  "import-begun": "Began an import",
  "import-undone": "Undid an import",
  "import-stopped": "Stopped an import",
  "import-resumed": "Had an import go on",
  "export-made": "Made an export",
  "replay-asked": "Had work run again",
  "comparison-asked": "Had orders compared with Shopify",
};

const isAction = (text: string): text is AuditAction => text in NAMES;

export const actsPage: Page = {
  path: "/acts",
  name: null,
  show: async (c) => {
    const wanted = wantedOf(c);
    const { acts, next } = await viewActs(c.var.rooms, c.var.shop, wanted);
    const format = formatsOf(c);
    const isFiltered = [wanted.action, wanted.staffId, wanted.keyId, wanted.customerId].some((one) => one !== null);
    return pageFrame(
      { heading: "Who did what", back: { path: "/settings", name: "Settings" } },
      filters(wanted, isFiltered),
      html`<s-section padding="none" accessibilityLabel="Acts">${
        acts.length > 0
          ? actTable(acts, format)
          : isFiltered
            ? emptyState("Nothing like this", "Nobody has done this. Show all to see what was done.")
            : emptyState("Nothing yet", "What staff do here is written down, and stays.")
      }</s-section>`,
      morePages(next === null ? null : `/acts?${queryOf({ ...wanted, after: next })}`),
    );
  },
};

/** What is no filter is left out. */
function wantedOf(c: AdminContext): ActsWanted {
  const number = (name: string) => /^\d{1,19}$/.exec(c.req.query(name)?.trim() ?? "")?.[0] ?? null;
  const kind = c.req.query("kind") ?? "";
  return {
    after: number("after"),
    action: isAction(kind) ? kind : null,
    staffId: number("staff"),
    keyId: /^[0-9a-f]{12}$/.exec(c.req.query("key") ?? "")?.[0] ?? null,
    customerId: customerNumber(c.req.query("customer") ?? ""),
  };
}

function queryOf({ after, action, staffId, keyId, customerId }: ActsWanted): string {
  const all = { kind: action, staff: staffId, key: keyId, customer: customerId, after };
  return String(
    new URLSearchParams(Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [[name, value]]))),
  );
}

function filters({ action, staffId, customerId }: ActsWanted, isFiltered: boolean): Html {
  return html`<s-section heading="Find"><form method="get" action="/acts"><s-stack gap="base">
<s-select name="kind" label="What"><s-option value="" ${action === null ? "selected" : ""}>Everything</s-option>${Object.entries(
    NAMES,
  ).map(
    ([value, name]) => html`<s-option value="${value}" ${value === action ? "selected" : ""}>${name}</s-option>`,
  )}</s-select>
<s-text-field name="staff" label="Staff" value="${staffId ?? ""}" autocomplete="off" details="Shopify's number of somebody; Settings shows you your own."></s-text-field>
<s-text-field name="customer" label="Customer" value="${customerId ?? ""}" autocomplete="off" details="The customer's number, or the address of their page in your admin."></s-text-field>
<s-stack direction="inline" gap="base"><s-button type="submit" variant="primary">Find</s-button>${isFiltered ? html`<s-button href="/acts">Show all</s-button>` : ""}</s-stack>
</s-stack></form></s-section>`;
}

function actTable(acts: readonly ShownAct[], { moment }: Formats): Html {
  return table(
    [{ name: "What" }, { name: "When" }, { name: "Who" }, { name: "Customer" }, { name: "Details" }],
    acts.map((act) => [
      isAction(act.action) ? NAMES[act.action] : act.action,
      moment(act.atMs),
      whoOf(act),
      act.customerId === null ? "–" : html`<s-link href="/members/${act.customerId}">${act.customerId}</s-link>`,
      detailOf(act),
    ]),
  );
}

function whoOf({ actor, keyName }: ShownAct): string {
  if (keyName !== null) return `API key “${keyName}”`;
  return actor
    .replace(/^operator$/, "The app’s operator")
    .replace(/^staff:/, "Staff ")
    .replace(/^key:/, "API key ");
}

/** Words and numbers of ours, as they were written down. */
function detailOf({ detail }: ShownAct): string {
  const told = Object.entries(detail).filter(([name]) => name !== "member");
  if (told.length === 0) return "–";
  const textOf = (name: string, value: unknown) =>
    name.endsWith("Ms") ? new Date(Number(value)).toISOString() : value;
  return told.map(([name, value]) => `${name.replace(/Ms$/, "")}: ${textOf(name, value)}`).join(", ");
}
