/** What the setup guide sends: the template that was chosen, with what it asks, and who takes part. */
import { Hono } from "hono";
import * as z from "zod";
import { chooseTemplate } from "../flows/choose-template.ts";
import type { RequestContext } from "../http/context.ts";
import { staffActor } from "../program/audit.ts";
import { programSchema } from "../program/program-schema.ts";
import type { TemplateAnswers } from "../program/template-programs.ts";
import { templateCards } from "../program/templates.ts";
import { atFields, changeDraft, draftDoor, seenSchema } from "./draft-forms.ts";
import type { Part } from "./draft-parts.ts";
import { amount, shopifyNumbers } from "./entered.ts";
import { answered, readForm } from "./forms.ts";

export const setupForms = new Hono<RequestContext>();

setupForms.post("/template", ...draftDoor, async (c) => {
  const { rooms, shop, session } = c.var;
  const form = await readForm(c, z.looseObject({ ...seenSchema, template: z.string().max(64) }));
  if ("problem" in form) return form.problem;
  const { template: templateId, revision, based_on: basedOn } = form.fields;
  const questions = templateCards(shop.currency).find(({ id }) => id === templateId)?.questions ?? [];
  const answers: Record<string, TemplateAnswers[string]> = {};
  const faults: Record<string, string> = {};
  for (const { id } of questions) {
    const products = shopifyNumbers.safeParse(form.fields[`products_${id}`]);
    const price = amount(shop.currency).safeParse(form.fields[`price_${id}`]);
    if (price.error) faults[`price_${id}`] = price.error.issues[0]?.message ?? "Enter an amount.";
    const wrong = (products.data ?? []).find((number) => !/^\d+$/.test(number));
    if (wrong !== undefined) faults[`products_${id}`] = "Write Shopify’s numbers or addresses of products, one a line.";
    answers[id] = { productIds: products.data ?? [], priceMinor: price.data ?? null };
  }
  if (Object.keys(faults).length > 0) return atFields(c, faults);
  const request = { templateId, answers, revision, basedOn };
  const answer = await chooseTemplate(rooms, shop, staffActor(session.staffId), request);
  return answered(c, answer, () => "It is your draft now: nothing is published yet.", "/setup");
});

setupForms.post("/membership", ...draftDoor, async (c) => {
  const form = await readForm(c, z.object({ ...seenSchema, membership: programSchema.shape.membership }));
  if ("problem" in form) return form.problem;
  const change = (content: Part) => ({ ...content, membership: form.fields.membership });
  return await changeDraft(c, form.fields, change, { to: "/setup" });
});
