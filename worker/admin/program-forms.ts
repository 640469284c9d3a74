/** What staff do to the program: each form one flow; and the what-if, which asks for itself page by page. */
import { Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { readProgramView } from "../flows/edit-program.ts";
import { inviteMembers } from "../flows/invite-members.ts";
import { readGroupsNow } from "../flows/read-groups.ts";
import { choosePilotTag, readPilotTagNow } from "../flows/read-pilot-tag.ts";
import { askWhatIf, type WhatIf } from "../flows/what-if.ts";
import type { RequestContext } from "../http/context.ts";
import { problem, refused } from "../http/problem.ts";
import { staffActor } from "../program/audit.ts";
import { TAG } from "../shopify/tagged-customers.ts";
import { atFields, changeDraft, draftDoor, draftForms } from "./draft-forms.ts";
import { merged } from "./draft-parts.ts";
import { type Formats, formatsOf } from "./formats.ts";
import { answered, done, readForm, staffDoor, wholeNumber } from "./forms.ts";
import { groupsOf, groupsTable } from "./groups-section.ts";
import { type Html, refreshing, table } from "./page.ts";
import { programForm, settingsEntered, settingsOf } from "./program-fields.ts";

export const programForms = new Hono<RequestContext>();

programForms.route("/", draftForms);

programForms.post("/draft", ...draftDoor, async (c) => {
  const { currency } = c.var.shop;
  const form = await readForm(c, programForm(currency));
  if ("problem" in form) return form.problem;
  const entered = settingsEntered(form.fields, currency);
  if ("faults" in entered) return atFields(c, entered.faults);
  return await changeDraft(c, form.fields, (content) => ({
    ...content,
    ...merged(form.fields.seen, entered.settings, settingsOf(content)),
  }));
});

const pilotForm = z.object({
  customers: z
    .string("Write customers’ numbers, one a line.")
    .transform((text) => text.split(/[\s,;]+/).filter((line) => line !== "")),
  invited: z.enum(["true", "false"]).transform((text) => text === "true"),
});

programForms.post("/pilot", ...draftDoor, async (c) => {
  const form = await readForm(c, pilotForm);
  if ("problem" in form) return form.problem;
  const { rooms, shop, session } = c.var;
  const wish = { customerIds: form.fields.customers, isInvited: form.fields.invited };
  const answer = await inviteMembers(rooms, shop, staffActor(session.staffId), wish);
  return answered(c, answer, ({ changed }) => `${formatsOf(c).number(changed)} changed.`);
});

const pilotTagForm = z.object({
  tag: z
    .string()
    .trim()
    .transform((text) => (text === "" ? null : text))
    .pipe(z.string().regex(TAG, "Up to 255 characters, without commas and quotes.").nullable()),
});

programForms.post("/pilot-tag", ...draftDoor, async (c) => {
  const form = await readForm(c, pilotTagForm);
  if ("problem" in form) return form.problem;
  const { rooms, shop, session } = c.var;
  const { tag } = form.fields;
  await choosePilotTag(rooms, shop, session.staffId, tag);
  return done(c, tag === null ? "The pilot has no tag." : "The tag is being read.");
});

programForms.post("/pilot-tag/read", ...draftDoor, async (c) => {
  const { rooms, shop, session } = c.var;
  await readPilotTagNow(rooms, shop, session.staffId);
  return done(c, "The tag is being read.");
});

programForms.post("/groups/read", ...draftDoor, async (c) => {
  const { rooms, shop, session } = c.var;
  const keys = [...groupsOf(await readProgramView(rooms, shop)).keys()];
  if (keys.length === 0) return problem(c, "invalid-request", "The program leaves out no collections or tags.");
  await readGroupsNow(rooms, shop, session.staffId, keys);
  return done(c, "They are being read.");
});

/** What is known of them: the page asks for this while they are read. */
programForms.get("/groups", ...draftDoor, async (c) => {
  const view = await readProgramView(c.var.rooms, c.var.shop);
  return c.html(await groupsTable(c, view, formatsOf(c)));
});

const whatIfQuery = z.object({
  revision: wholeNumber,
  since: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
  after: z.string().max(16_384).optional(),
});

programForms.get("/what-if", ...staffDoor, async (c) => {
  const query = whatIfQuery.safeParse(c.req.query());
  if (!query.success) return problem(c, "invalid-request", "Ask for it from the page of the program.");
  const { revision, since: sinceMs, after = null } = query.data;
  const answer = await askWhatIf(c.var.rooms, c.var.shop, { revision, sinceMs, after });
  if (answer.kind === "refused") return refused(c, answer.refusal);
  return c.html(whatIfPart(answer.whatIf, { revision, sinceMs }, formatsOf(c)));
});

/** What is known so far; it asks for the rest by itself. */
function whatIfPart(found: WhatIf, asked: { revision: number; sinceMs: number }, format: Formats): Html {
  const content = html`<s-stack gap="base">
<s-paragraph>${format.number(found.done)} of ${format.number(found.total)} orders looked at${found.next === null ? "." : " …"}</s-paragraph>
${comparison(found, format)}
<s-paragraph color="subdued">${assumptionInWords(found)}</s-paragraph>
</s-stack>`;
  if (found.next === null) return html`<div aria-live="polite">${content}</div>`;
  const { revision, sinceMs } = asked;
  const path = `/admin/program/what-if?revision=${revision}&since=${sinceMs}&after=${encodeURIComponent(found.next)}`;
  return refreshing(path, 0, content);
}

function comparison({ today, draft, ledgerPoints, tierNames }: WhatIf, format: Formats): Html {
  const money = (minor: number | null | undefined) => (minor == null ? "–" : format.money(minor));
  const count = (whole: number | undefined) => (whole === undefined ? "–" : format.number(whole));
  const rows = [
    ["Points earned", count(today?.points), count(draft.points)],
    ["Orders that earn", count(today?.earningOrders), count(draft.earningOrders)],
    ["Members who earn", count(today?.members), count(draft.members)],
    ["Cost of rewards", money(today?.costMinor), money(draft.costMinor)],
    ["Left to be spent, in money", money(today?.liabilityMinor), money(draft.liabilityMinor)],
    ...Object.keys({ ...today?.membersByTier, ...draft.membersByTier }).map((tier) => [
      `Members in ${tierNames[tier] ?? tier}`,
      count(today?.membersByTier[tier] ?? 0),
      count(draft.membersByTier[tier] ?? 0),
    ]),
  ];
  return html`${table([{ name: "Figure" }, { name: "Program of today", isNumeric: true }, { name: "Draft", isNumeric: true }], rows)}
<s-paragraph>In the ledger these orders hold ${format.points(ledgerPoints)}.</s-paragraph>`;
}

function assumptionInWords({ assumptions }: WhatIf): string {
  const { redeemedPercent, isRedeemedPercentKnown } = assumptions;
  const share = isRedeemedPercentKnown
    ? `Of a hundred points that were earned so far, ${redeemedPercent} have been spent: the same share is assumed here.`
    : "Nobody has spent points yet: it is assumed that all are spent.";
  return `${share} A point is taken to cost what it costs by the reward that gives most for it; Figures tells the liability by the one that gives least.`;
}
