/** What every form of a program has in common: who may, what was seen, one flow, and what is said where somebody else was faster. */
import { Hono, type MiddlewareHandler } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { DEFAULT_TIME_ZONE, momentAt } from "../domain/calendar.ts";
import { discardDraft, type ProgramView, publishDraft, readProgramView, saveDraft } from "../flows/edit-program.ts";
import type { RequestContext } from "../http/context.ts";
import { problem, refused } from "../http/problem.ts";
import { contentOf, type Part } from "./draft-parts.ts";
import { answered, readForm, staffDoor, wholeNumber } from "./forms.ts";
import type { AdminContext, Html } from "./page.ts";

/** Whoever may not act on members may not change what they earn either. */
export async function mayChange(c: AdminContext): Promise<boolean> {
  const { staff } = await c.var.rooms.staff.rules(c.var.shop.id);
  return staff === null || staff.includes(c.var.session.staffId);
}

const permitted: MiddlewareHandler<RequestContext> = async (c, next) => {
  if (!(await mayChange(c))) return refused(c, { code: "not-permitted" });
  await next();
  return undefined;
};

/** The door of every form that changes the draft. */
export const draftDoor = [...staffDoor, permitted] as const;

/** In every form: the draft that is on the page, and the newest version. With `part`, what of it the form is about. */
export function seenFields({ draft, versions }: ProgramView, part?: Part | null): Html {
  return html`<input type="hidden" name="revision" value="${draft.revision}">
<input type="hidden" name="based_on" value="${versions.at(-1)?.version ?? 0}">
${part === undefined ? "" : html`<input type="hidden" name="seen" value="${JSON.stringify(part)}">`}`;
}

export const seenSchema = { revision: wholeNumber, based_on: wholeNumber };

export interface Seen {
  readonly revision: number;
  readonly based_on: number;
}

/** The draft with a change, saved; a response is why it is none. Who has not seen the newest draft is refused. */
export async function changeDraft(
  c: AdminContext,
  seen: Seen,
  change: (content: Part, view: ProgramView) => Part | Response,
  { toast = "Draft saved.", to }: { readonly toast?: string; readonly to?: string | undefined } = {},
): Promise<Response> {
  const { rooms, shop, session } = c.var;
  const view = await readProgramView(rooms, shop);
  const content = change(contentOf(view), view);
  if (content instanceof Response) return content;
  const draft = { content, basedOn: seen.based_on, revision: seen.revision };
  return answered(c, await saveDraft(rooms, shop, session.staffId, draft), () => toast, to);
}

/** A problem that is told at the fields of the form. */
export function atFields(c: AdminContext, fields: Readonly<Record<string, string>>): Response {
  return problem(c, "invalid-request", "Look at the fields below.", { fields });
}

export const draftForms = new Hono<RequestContext>();

draftForms.post("/publish", ...draftDoor, async (c) => {
  const form = await readForm(c, z.object({ revision: wholeNumber, begins: begins(c.var.shop.timeZone) }));
  if ("problem" in form) return form.problem;
  const { rooms, shop, session } = c.var;
  const { revision, begins: inForceFromMs } = form.fields;
  const answer = await publishDraft(rooms, shop, session.staffId, { revision, inForceFromMs });
  return answered(c, answer, ({ version }) => `Version ${version} is published.`, "/program");
});

draftForms.post("/discard", ...draftDoor, async (c) => {
  const form = await readForm(c, z.object({ revision: wholeNumber }));
  if ("problem" in form) return form.problem;
  const { rooms, shop, session } = c.var;
  return answered(
    c,
    await discardDraft(rooms, shop, session.staffId, form.fields.revision),
    () => "The draft is gone.",
    "/program",
  );
});

/** A day, and perhaps a time, by the clocks of the shop; empty is now. */
function begins(timeZone: string | null) {
  return z
    .string()
    .trim()
    .default("")
    .transform((text, context) => {
      if (text === "") return null;
      const [, year, month, day, hour = 0, minute = 0] =
        /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d))?$/.exec(text) ?? [];
      if (year === undefined) {
        context.addIssue("Write a day, and a time if you like: 2026-12-01 00:00.");
        return z.NEVER;
      }
      const zone = timeZone ?? DEFAULT_TIME_ZONE;
      const time = {
        year: Number(year),
        month: Number(month),
        day: Number(day),
        hour: Number(hour),
        minute: Number(minute),
      };
      const atMs = momentAt(zone, time);
      if (atMs !== null) return atMs;
      context.addIssue(`Clocks in ${zone} never show this time.`);
      return z.NEVER;
    });
}
