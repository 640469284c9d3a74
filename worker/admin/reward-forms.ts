/** What staff do to the rewards of a draft: enter one, move it, remove it, put it back; and tell that Shopify allows more. */
import { Hono } from "hono";
import * as z from "zod";
import { type ProgramView, readProgramView } from "../flows/edit-program.ts";
import { noteGrantedScopes } from "../flows/note-scopes.ts";
import type { RequestContext } from "../http/context.ts";
import { BOUNDS } from "../program/bounds.ts";
import { rewardSchema } from "../program/reward-schema.ts";
import { atFields, changeDraft, draftDoor, seenSchema } from "./draft-forms.ts";
import { contentOf, merged, moved, type Part, rewardsOf, textOf, withPart } from "./draft-parts.ts";
import { faultsAt, seenPart } from "./entered.ts";
import { answered, readForm } from "./forms.ts";
import { rewardEntered, rewardForm } from "./reward-fields.ts";

export const rewardForms = new Hono<RequestContext>();

rewardForms.post("/rewards", ...draftDoor, async (c) => {
  const { rooms, shop } = c.var;
  const form = await readForm(c, rewardForm(shop.currency));
  if ("problem" in form) return form.problem;
  const { fields } = form;
  const id = fields.id === "" ? freshId(fields, await readProgramView(rooms, shop)) : fields.id;
  const entered = rewardEntered(fields, id, shop.currency);
  if ("faults" in entered) return atFields(c, entered.faults);
  const change = (content: Part) => {
    const rewards = rewardsOf(content);
    const theirs = rewards.find((one) => one["id"] === id) ?? null;
    const read = rewardSchema.safeParse(merged(fields.seen, { ...entered.reward }, theirs));
    if (!read.success)
      return atFields(
        c,
        faultsAt(read.error.issues, () => "cost"),
      );
    if (theirs === null && rewards.length >= BOUNDS.rewards.max)
      return atFields(c, { name: `A program has ${BOUNDS.rewards.max} rewards at most.` });
    return { ...content, rewards: withPart(rewards, { ...read.data }) };
  };
  const toast = fields.id === "" ? "Added to the draft." : "Saved in the draft.";
  return await changeDraft(c, fields, change, { toast, to: "/rewards" });
});

const one = z.object({ ...seenSchema, id: z.string().max(64) });

rewardForms.post("/rewards/moved", ...draftDoor, async (c) => {
  const form = await readForm(c, one.extend({ where: z.enum(["up", "down"]) }));
  if ("problem" in form) return form.problem;
  const { id, where } = form.fields;
  const change = (content: Part) => ({
    ...content,
    rewards: moved(rewardsOf(content), id, where === "up" ? -1 : 1),
  });
  return await changeDraft(c, form.fields, change, { toast: `Moved ${where}.` });
});

rewardForms.post("/rewards/removed", ...draftDoor, async (c) => {
  const form = await readForm(c, one);
  if ("problem" in form) return form.problem;
  const { id } = form.fields;
  const rewards = rewardsOf(contentOf(await readProgramView(c.var.rooms, c.var.shop)));
  const gone = rewards.find((reward) => reward["id"] === id);
  const change = (content: Part) => ({
    ...content,
    rewards: rewardsOf(content).filter((reward) => reward["id"] !== id),
  });
  const to = gone === undefined ? "/rewards" : `/rewards?removed=${encodeURIComponent(JSON.stringify(gone))}`;
  return await changeDraft(c, form.fields, change, { toast: "Removed from the draft.", to });
});

/** The reward comes as it was, from the page that offered to put it back. */
rewardForms.post("/rewards/restored", ...draftDoor, async (c) => {
  const form = await readForm(c, z.object({ ...seenSchema, reward: seenPart.pipe(rewardSchema) }));
  if ("problem" in form) return form.problem;
  const { reward } = form.fields;
  const change = (content: Part, view: ProgramView) => {
    const rewards = rewardsOf(content);
    if (rewards.some(({ id }) => id === reward.id)) return content;
    // Where it stood among those that are published; else at the end.
    const order = (view.versions.at(-1)?.program.rewards ?? []).map(({ id }) => id);
    const before = order.slice(0, Math.max(0, order.indexOf(reward.id)));
    const at = order.includes(reward.id)
      ? rewards.findLastIndex((one) => before.includes(textOf(one, "id"))) + 1
      : rewards.length;
    return { ...content, rewards: [...rewards.slice(0, at), { ...reward }, ...rewards.slice(at)] };
  };
  return await changeDraft(c, form.fields, change, { toast: "Back in the draft.", to: "/rewards" });
});

rewardForms.post("/scopes", ...draftDoor, async (c) => {
  return answered(c, await noteGrantedScopes(c.var.rooms, c.var.shop), () => "Thank you: Shopify allows it now.");
});

/** One that no reward of the shop has ever had: stocks and limits are counted by it. */
function freshId({ kind, cost }: { readonly kind: string; readonly cost: number | null }, view: ProgramView): string {
  const known = new Set([
    ...rewardsOf(contentOf(view)).map((reward) => textOf(reward, "id")),
    ...view.versions.flatMap(({ program }) => program.rewards.map(({ id }) => id)),
  ]);
  const stem = `${kind.replaceAll("_", "-")}-${cost ?? 0}`;
  let id = stem;
  for (let number = 2; known.has(id); number++) id = `${stem}-${number}`;
  return id;
}
