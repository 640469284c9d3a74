/** What staff do to the tiers of a draft: the rules, one tier, their order, and taking them out and putting them back. */
import { Hono } from "hono";
import * as z from "zod";
import { type ProgramView, readProgramView } from "../flows/edit-program.ts";
import type { RequestContext } from "../http/context.ts";
import { problem } from "../http/problem.ts";
import { BOUNDS } from "../program/bounds.ts";
import { atFields, changeDraft, draftDoor, seenSchema } from "./draft-forms.ts";
import { contentOf, levelsOf, merged, moved, type Part, partsOf, textOf, tiersOf, wholeOf } from "./draft-parts.ts";
import { seenPart } from "./entered.ts";
import { readForm } from "./forms.ts";
import type { AdminContext } from "./page.ts";
import {
  basisOf,
  FIRST_RULES,
  rescaled,
  rulesEntered,
  rulesForm,
  rulesOf,
  tierEntered,
  tierFaults,
  tierForm,
} from "./tier-fields.ts";

export const tierForms = new Hono<RequestContext>();

tierForms.post("/tiers", ...draftDoor, async (c) => {
  const { currency } = c.var.shop;
  const form = await readForm(c, rulesForm(currency));
  if ("problem" in form) return form.problem;
  const entered = rulesEntered(form.fields, currency);
  if ("faults" in entered) return atFields(c, entered.faults);
  const change = (content: Part) => {
    const tiers = tiersOf(content);
    const rules = merged(form.fields.seen, entered.rules, tiers === null ? null : rulesOf(tiers));
    const levels = rescaled(levelsOf(content), basisOf(tiers), basisOf(rules), currency);
    return { ...content, tiers: { ...tiers, ...rules, levels } };
  };
  return await changeDraft(c, form.fields, change, { to: "/tiers" });
});

tierForms.post("/tiers/level", ...draftDoor, async (c) => {
  const form = await readForm(c, tierForm);
  if ("problem" in form) return form.problem;
  const { fields } = form;
  const change = (content: Part, view: ProgramView) => {
    const tiers = tiersOf(content);
    if (tiers === null) return noTiers(c);
    const terms = { basis: basisOf(tiers), currency: c.var.shop.currency };
    const levels = partsOf(tiers["levels"]);
    const id = fields.id === "" ? freshId(fields.name, levels, view) : fields.id;
    const entered = tierEntered(fields, id, terms);
    if ("faults" in entered) return atFields(c, entered.faults);
    const theirs = levels.find((level) => level["id"] === id) ?? null;
    if (theirs === null && levels.length >= BOUNDS.tiers.max)
      return atFields(c, { name: `A program has ${BOUNDS.tiers.max} tiers at most.` });
    const tier = merged(fields.seen, entered.tier, theirs);
    const changed = { ...tiers, levels: placed(levels, tier) };
    const faults = tierFaults(changed, id, terms);
    return Object.keys(faults).length > 0 ? atFields(c, faults) : { ...content, tiers: changed };
  };
  const toast = fields.id === "" ? "Added to the draft." : "Saved in the draft.";
  return await changeDraft(c, fields, change, { toast, to: "/tiers" });
});

const one = z.object({ ...seenSchema, id: z.string().max(64) });

tierForms.post("/tiers/moved", ...draftDoor, async (c) => {
  const form = await readForm(c, one.extend({ where: z.enum(["up", "down"]) }));
  if ("problem" in form) return form.problem;
  const { id, where } = form.fields;
  const change = (content: Part) => withLevels(c, content, (levels) => moved(levels, id, where === "up" ? -1 : 1));
  return await changeDraft(c, form.fields, change, { toast: `Moved ${where}.`, to: "/tiers" });
});

tierForms.post("/tiers/removed", ...draftDoor, async (c) => {
  const form = await readForm(c, one);
  if ("problem" in form) return form.problem;
  const { id } = form.fields;
  const gone = levelsOf(contentOf(await readProgramView(c.var.rooms, c.var.shop))).find((level) => level["id"] === id);
  const change = (content: Part) => withLevels(c, content, (levels) => levels.filter((level) => level["id"] !== id));
  const to = gone === undefined ? "/tiers" : `/tiers?removed=${encodeURIComponent(JSON.stringify(gone))}`;
  return await changeDraft(c, form.fields, change, { toast: "Removed from the draft.", to });
});

/** The tier comes as it was, from the page that offered to put it back; where all were taken out, the published rules come along. */
tierForms.post("/tiers/restored", ...draftDoor, async (c) => {
  const form = await readForm(c, z.object({ ...seenSchema, tier: seenPart }));
  if ("problem" in form) return form.problem;
  const { tier } = form.fields;
  const change = (content: Part, view: ProgramView) => {
    if (tier === null) return content;
    const published = view.versions.at(-1)?.program.tiers;
    const tiers = tiersOf(content) ?? { ...FIRST_RULES, ...(published ? rulesOf({ ...published }) : {}), levels: [] };
    return { ...content, tiers: { ...tiers, levels: placed(partsOf(tiers["levels"]), tier) } };
  };
  return await changeDraft(c, form.fields, change, { toast: "Back in the draft.", to: "/tiers" });
});

tierForms.post("/tiers/ended", ...draftDoor, async (c) => {
  const form = await readForm(c, z.object(seenSchema));
  if ("problem" in form) return form.problem;
  const change = (content: Part) => ({ ...content, tiers: null });
  return await changeDraft(c, form.fields, change, { toast: "The draft has no tiers.", to: "/tiers" });
});

function withLevels(
  c: AdminContext,
  content: Part,
  change: (levels: readonly Part[]) => readonly Part[],
): Part | Response {
  const tiers = tiersOf(content);
  return tiers === null ? noTiers(c) : { ...content, tiers: { ...tiers, levels: change(partsOf(tiers["levels"])) } };
}

function noTiers(c: AdminContext): Response {
  return problem(c, "invalid-request", "The draft has no tiers any more: load the page again.");
}

/** The tier in its place: it stays where it is as long as that is in order; else before the first tier that takes more. */
function placed(levels: readonly Part[], tier: Part): readonly Part[] {
  const id = tier["id"];
  const kept = levels.map((level) => (level["id"] === id ? tier : level));
  if (kept.includes(tier) && isInOrder(kept)) return kept;
  const others = levels.filter((level) => level["id"] !== id);
  const threshold = wholeOf(tier, "threshold");
  const above = threshold === null ? -1 : others.findIndex((level) => (wholeOf(level, "threshold") ?? -1) > threshold);
  const at = above === -1 ? others.length : above;
  return [...others.slice(0, at), tier, ...others.slice(at)];
}

function isInOrder(levels: readonly Part[]): boolean {
  const thresholds = levels.map((level) => wholeOf(level, "threshold")).filter((threshold) => threshold !== null);
  return thresholds.every((threshold, index) => index === 0 || threshold > (thresholds[index - 1] ?? -1));
}

/**
 * A tier that was published under this name and taken out is the same one again; any other has an id that no tier of the shop ever had: gifts are
 * given once for each.
 */
function freshId(name: string, levels: readonly Part[], { versions }: ProgramView): string {
  const used = new Set(levels.map((level) => textOf(level, "id")));
  const published = versions.flatMap(({ program }) => program.tiers?.levels ?? []);
  const same = published.findLast((level) => level.name === name && !used.has(level.id));
  if (same) return same.id;
  const known = new Set([...used, ...published.map(({ id }) => id), "none"]);
  const plain = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  const stem = plain === "" ? "tier" : plain;
  let id = stem;
  for (let number = 2; known.has(id); number++) id = `${stem}-${number}`;
  return id;
}
