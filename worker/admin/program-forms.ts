/** What staff do to the program: each form one flow; and the what-if, which asks for itself page by page. */
import { Hono, type MiddlewareHandler } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { discardDraft, publishDraft, readProgramView, saveDraft } from "../flows/edit-program.ts";
import { inviteMembers } from "../flows/invite-members.ts";
import { askWhatIf, type WhatIf } from "../flows/what-if.ts";
import type { RequestContext } from "../http/context.ts";
import { problem, refused } from "../http/problem.ts";
import { staffActor } from "../program/audit.ts";
import { type Formats, formatsOf } from "./formats.ts";
import { answered, readForm, staffDoor, wholeNumber } from "./forms.ts";
import { type AdminContext, type Html, refreshing, table } from "./page.ts";
import { contentOf, contentWith, programForm } from "./program-fields.ts";
import { rewardForm, withoutReward, withReward } from "./program-rewards.ts";

export const programForms = new Hono<RequestContext>();

/** Whoever may not act on members may not change what they earn either. */
const permitted: MiddlewareHandler<RequestContext> = async (c, next) => {
  const { staff } = await c.var.rooms.staff.rules(c.var.shop.id);
  if (staff !== null && !staff.includes(c.var.session.staffId)) return refused(c, { code: "not-permitted" });
  await next();
  return undefined;
};
const door = [...staffDoor, permitted] as const;

programForms.post("/draft", ...door, async (c) => {
  const form = await readForm(c, programForm);
  if ("problem" in form) return form.problem;
  const before = contentOf(await readProgramView(c.var.rooms, c.var.shop));
  const content = contentWith(before, form.fields, c.var.shop.currency);
  return content === null ? atField(c, "per", "Enter an amount.") : await saved(c, form.fields, content);
});

programForms.post("/rewards", ...door, async (c) => {
  const form = await readForm(c, rewardForm);
  if ("problem" in form) return form.problem;
  const before = contentOf(await readProgramView(c.var.rooms, c.var.shop));
  const content = withReward(before, form.fields, c.var.shop.currency);
  return typeof content === "string" ? atField(c, content, "Enter an amount.") : await saved(c, form.fields, content);
});

programForms.post("/rewards/removed", ...door, async (c) => {
  const form = await readForm(c, z.object({ revision: wholeNumber, based_on: wholeNumber, id: z.string().max(64) }));
  if ("problem" in form) return form.problem;
  const before = contentOf(await readProgramView(c.var.rooms, c.var.shop));
  return await saved(c, form.fields, withoutReward(before, form.fields.id));
});

async function saved(c: AdminContext, form: { revision: number; based_on: number }, content: object) {
  const { rooms, shop, session } = c.var;
  const draft = { content, basedOn: form.based_on, revision: form.revision };
  return answered(c, await saveDraft(rooms, shop, session.staffId, draft), () => "Draft saved.");
}

const moment = z
  .string()
  .trim()
  .default("")
  .transform((text, context) => {
    if (text === "") return null;
    const isMoment = /^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2})?$/.test(text);
    const atMs = isMoment
      ? Date.parse(text.length === 10 ? `${text}T00:00Z` : `${text.replace(" ", "T")}Z`)
      : Number.NaN;
    if (!Number.isNaN(atMs)) return atMs;
    context.addIssue("Write a day, and a time if you like: 2026-12-01 00:00.");
    return z.NEVER;
  });

programForms.post("/publish", ...door, async (c) => {
  const form = await readForm(c, z.object({ revision: wholeNumber, begins: moment }));
  if ("problem" in form) return form.problem;
  const { rooms, shop, session } = c.var;
  const { revision, begins: inForceFromMs } = form.fields;
  const answer = await publishDraft(rooms, shop, session.staffId, { revision, inForceFromMs });
  return answered(c, answer, ({ version }) => `Version ${version} is published.`, "/program");
});

programForms.post("/discard", ...door, async (c) => {
  const form = await readForm(c, z.object({ revision: wholeNumber }));
  if ("problem" in form) return form.problem;
  const { rooms, shop, session } = c.var;
  const answer = await discardDraft(rooms, shop, session.staffId, form.fields.revision);
  return answered(c, answer, () => "The draft is gone.", "/program");
});

const pilotForm = z.object({
  customers: z
    .string("Write customers’ numbers, one a line.")
    .transform((text) => text.split(/[\s,;]+/).filter((line) => line !== "")),
  invited: z.enum(["true", "false"]).transform((text) => text === "true"),
});

programForms.post("/pilot", ...door, async (c) => {
  const form = await readForm(c, pilotForm);
  if ("problem" in form) return form.problem;
  const { rooms, shop, session } = c.var;
  const wish = { customerIds: form.fields.customers, isInvited: form.fields.invited };
  const answer = await inviteMembers(rooms, shop, staffActor(session.staffId), wish);
  return answered(c, answer, ({ changed }) => `${formatsOf(c).number(changed)} changed.`);
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

function comparison({ today, draft, ledgerPoints }: WhatIf, format: Formats): Html {
  const money = (minor: number | null | undefined) => (minor == null ? "–" : format.money(minor));
  const count = (whole: number | undefined) => (whole === undefined ? "–" : format.number(whole));
  const rows = [
    ["Points earned", count(today?.points), count(draft.points)],
    ["Orders that earn", count(today?.earningOrders), count(draft.earningOrders)],
    ["Members who earn", count(today?.members), count(draft.members)],
    ["Cost of rewards", money(today?.costMinor), money(draft.costMinor)],
    ["Left to be spent, in money", money(today?.liabilityMinor), money(draft.liabilityMinor)],
    ...Object.keys({ ...today?.membersByTier, ...draft.membersByTier }).map((tier) => [
      `Members in ${tier}`,
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
  return `${share} A point is worth what the reward that gives most for it gives.`;
}

function atField(c: AdminContext, field: string, text: string): Response {
  return problem(c, "invalid-request", "Look at the fields below.", { fields: { [field]: text } });
}
