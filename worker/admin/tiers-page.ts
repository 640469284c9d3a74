/** The tiers of the draft: what counts, what each takes and gives, and how to begin where there are none. */
import { html } from "hono/html";
import { type ProgramView, readProgramView } from "../flows/edit-program.ts";
import { BOUNDS } from "../program/bounds.ts";
import { tiersSchema } from "../program/tier-schema.ts";
import { mayChange, seenFields } from "./draft-forms.ts";
import {
  contentOf,
  isSame,
  levelsOf,
  type Part,
  partsOf,
  record,
  textOf,
  textsOf,
  tiersOf,
  wholeOf,
} from "./draft-parts.ts";
import { draftChanges, draftNews, lookOnly } from "./draft-section.ts";
import { type Formats, formatsOf } from "./formats.ts";
import { banner, confirmed, emptyState, type Html, type Page, pageFrame, table } from "./page.ts";
import { basisOf, multiplierText, rulesFields, rulesOf, tierFields } from "./tier-fields.ts";

interface Shown {
  readonly view: ProgramView;
  readonly format: Formats;
  readonly mayChange: boolean;
}

export const tiersPage: Page = {
  path: "/tiers",
  name: "Tiers",
  show: async (c) => {
    const { rooms, shop } = c.var;
    const [view, isAllowed] = await Promise.all([readProgramView(rooms, shop), mayChange(c)]);
    const format = formatsOf(c);
    const shown = { view, format, mayChange: isAllowed };
    const tiers = tiersOf(contentOf(view));
    const levels = partsOf(tiers?.["levels"]);
    const changes = draftChanges(view, { mayChange: isAllowed, timeZone: shop.timeZone, format });
    const isBegun = c.req.query("begin") !== undefined && isAllowed;
    if (tiers === null && !isBegun)
      return pageFrame(
        { heading: "Tiers" },
        draftNews(view, isAllowed),
        howToBegin(shown),
        takenOut([], shown),
        changes,
      );
    const add = html`<s-button slot="primary-action" variant="primary" href="/tiers/edit">Add a tier</s-button>`;
    const canAdd = isAllowed && tiers !== null && levels.length < BOUNDS.tiers.max;
    return pageFrame(
      { heading: "Tiers", ...(canAdd ? { actions: add } : {}) },
      draftNews(view, isAllowed),
      tiers === null ? null : justRemoved(c.req.query("removed"), shown),
      tiers === null ? null : list(tiers, shown),
      takenOut(levels, shown),
      rulesForm(view, shop.currency, !isAllowed),
      changes,
      tiers === null || !isAllowed ? null : endSection(view),
    );
  },
};

function howToBegin({ mayChange: isAllowed }: Shown): Html {
  const begin = html`<s-button variant="primary" href="/tiers?begin=1">Begin with tiers</s-button>`;
  return html`<s-section heading="Tiers">
${emptyState(
  "No tiers yet",
  "Members who buy more can have a tier with a name: they earn faster, get a gift when they reach it, or rewards of their own.",
  ...(isAllowed ? [begin] : []),
)}
<s-ordered-list>
<s-list-item>Say what counts, points, money or orders, and in what time.</s-list-item>
<s-list-item>Add tiers, the lowest first: what each takes, and what it gives.</s-list-item>
<s-list-item>Look at how many of your members would be in each, and publish.</s-list-item>
</s-ordered-list>
</s-section>`;
}

function list(tiers: Part, shown: Shown): Html {
  const levels = partsOf(tiers["levels"]);
  const add = html`<s-button variant="primary" href="/tiers/edit">Add the first tier</s-button>`;
  if (levels.length === 0)
    return html`<s-section heading="The tiers">${emptyState("No tier yet", "The rules are in the draft. Now the lowest tier: what does it take, and what does it give?", ...(shown.mayChange ? [add] : []))}</s-section>`;
  const columns = [{ name: "Tier" }, { name: "Takes" }, { name: "Gives" }];
  return html`<s-section heading="The tiers, lowest first" padding="none">
${table(
  shown.mayChange ? [...columns, { name: "Change" }] : columns,
  levels.map((level, index) => row(level, { tiers, index, count: levels.length }, shown)),
)}
</s-section>`;
}

function row(
  level: Part,
  { tiers, index, count }: { readonly tiers: Part; readonly index: number; readonly count: number },
  shown: Shown,
): (Html | string)[] {
  const { view, format } = shown;
  const [id, name] = [textOf(level, "id"), textOf(level, "name")];
  const published = view.versions.at(-1)?.program.tiers?.levels.find((one) => one.id === id);
  const isNew = view.draft.content !== null && published === undefined;
  const read = tiersSchema.safeParse(tiers);
  const isChanged = view.draft.content !== null && !isNew && !isSame(published, read.data?.levels[index] ?? level);
  const badge =
    isNew || isChanged
      ? html`<s-stack direction="inline"><s-badge tone="info">${isNew ? "New" : "Changed"}</s-badge></s-stack>`
      : "";
  return [
    html`<s-stack gap="small-300"><s-link href="/tiers/edit?id=${encodeURIComponent(id)}">${name || id}</s-link>${badge}</s-stack>`,
    takesInWords(level, tiers, format).map((line) => html`<s-paragraph>${line}</s-paragraph>`),
    givesInWords(level, format).map((line) => html`<s-paragraph>${line}</s-paragraph>`),
    ...(shown.mayChange ? [changesOf(id, name, { index, count }, view)] : []),
  ].map((cell) => (Array.isArray(cell) ? html`<s-stack gap="small-300">${cell}</s-stack>` : cell));
}

const WITHIN: Readonly<Record<string, string>> = {
  "rolling-year": "in twelve months",
  "calendar-year": "in a calendar year",
  lifetime: "ever",
};

function takesInWords(level: Part, tiers: Part, format: Formats): readonly string[] {
  const threshold = wholeOf(level, "threshold");
  const membership = record(level["membership"]);
  const basis = basisOf(tiers);
  const amount = (whole: number) => {
    if (basis === "spend") return `${format.money(whole)} spent`;
    return basis === "points" ? format.points(whole) : `${format.number(whole)} ${whole === 1 ? "order" : "orders"}`;
  };
  const products = textsOf(membership, "productIds").length;
  const months = wholeOf(membership, "months") ?? 0;
  return [
    ...(threshold === null
      ? []
      : [
          threshold === 0
            ? "Nothing: everybody has it"
            : `${amount(threshold)} ${WITHIN[textOf(tiers, "period")] ?? ""}`,
        ]),
    ...(membership === null
      ? []
      : [
          `Bought with ${products === 1 ? "a product" : `one of ${products} products`}, for ${months} ${months === 1 ? "month" : "months"}`,
        ]),
  ];
}

function givesInWords(level: Part, format: Formats): readonly string[] {
  const gift = wholeOf(level, "giftPoints") ?? 0;
  const times = wholeOf(level, "multiplier") ?? BOUNDS.multiplier.min;
  return [
    times === BOUNDS.multiplier.min ? "The usual points" : `${multiplierText(times)} times the points`,
    ...(gift > 0 ? [`A gift of ${format.points(gift)}`] : []),
  ];
}

function changesOf(
  id: string,
  name: string,
  { index, count }: { readonly index: number; readonly count: number },
  view: ProgramView,
): Html {
  const own = html`${seenFields(view)}<input type="hidden" name="id" value="${id}">`;
  const move = (where: "up" | "down", text: string, isLast: boolean) =>
    html`<form method="post" action="/admin/program/tiers/moved">${own}<input type="hidden" name="where" value="${where}">
<s-button id="${where}-${id}" type="submit" variant="tertiary" accessibilityLabel="Move ${name} ${where}" ${isLast ? "disabled" : ""}>${text}</s-button></form>`;
  return html`<s-stack direction="inline" gap="small-300">
${move("up", "Up", index === 0)}${move("down", "Down", index === count - 1)}
<form method="post" action="/admin/program/tiers/removed">${own}
<s-button type="submit" variant="tertiary" tone="critical" accessibilityLabel="Remove ${name}">Remove</s-button></form>
</s-stack>`;
}

function rulesForm(view: ProgramView, currency: string, isDisabled: boolean): Html {
  const tiers = tiersOf(contentOf(view));
  return html`<form method="post" action="/admin/program/tiers" data-save-bar data-again>
${seenFields(view, tiers === null ? null : rulesOf(tiers))}
<s-section heading="How a tier is reached">
${rulesFields(tiers, currency, isDisabled)}
${isDisabled ? "" : html`<s-button type="submit">${tiers === null ? "Put tiers into the draft" : "Save draft"}</s-button>`}
</s-section>
</form>`;
}

/** What has just been removed travels in the address, so that it can be put back, published before or not. */
function justRemoved(removed: string | undefined, { view, mayChange: isAllowed }: Shown): Html | null {
  if (removed === undefined || !isAllowed) return null;
  try {
    const level = record(JSON.parse(removed));
    if (level === null || levelsOf(contentOf(view)).some(({ id }) => id === level["id"])) return null;
    return banner("info", `“${textOf(level, "name")}” is removed from the draft`, putBack(view, level));
  } catch {
    return null; // Somebody changed the address.
  }
}

function putBack(view: ProgramView, level: Part): Html {
  return html`<form method="post" action="/admin/program/tiers/restored">${seenFields(view)}
<input type="hidden" name="tier" value="${JSON.stringify(level)}">
<s-button type="submit" accessibilityLabel="Put ${textOf(level, "name")} back">Put it back</s-button></form>`;
}

/** What there is now and would not be any more. */
function takenOut(levels: readonly Part[], { view, mayChange: isAllowed }: Shown): Html | null {
  const published = view.versions.at(-1)?.program.tiers?.levels ?? [];
  const gone = published.filter(({ id }) => levels.every((level) => level["id"] !== id));
  if (gone.length === 0) return null;
  return html`<s-section heading="Taken out by this draft" padding="none">
${table(
  [{ name: "Tier" }, { name: "Put back" }],
  gone.map((level) => [level.name, isAllowed ? putBack(view, { ...level }) : ""]),
)}
<s-box padding="base"><s-paragraph color="subdued">Their members keep what they have earned, and are in the tier that the others leave them.</s-paragraph></s-box>
</s-section>`;
}

function endSection(view: ProgramView): Html {
  return html`<s-section heading="Without tiers">
<s-stack direction="inline">${confirmed({
    id: "end-tiers",
    button: "Take all tiers out",
    heading: "Take all tiers out of the draft?",
    action: "/admin/program/tiers/ended",
    submit: "Take them out",
    isCritical: true,
    text: "Their names, thresholds and gifts are gone from the draft. What is published stays until you publish, and discarding the draft brings it back.",
    fields: seenFields(view),
  })}</s-stack>
</s-section>`;
}

const BACK = { path: "/tiers", name: "Tiers" };

/** One tier. */
export const tierPage: Page = {
  path: "/tiers/edit",
  name: null,
  show: async (c) => {
    const { rooms, shop } = c.var;
    const [view, isAllowed] = await Promise.all([readProgramView(rooms, shop), mayChange(c)]);
    const content = contentOf(view);
    const tiers = tiersOf(content);
    const id = c.req.query("id");
    const tier = levelsOf(content).find((level) => level["id"] === id) ?? null;
    if (tiers === null || (id !== undefined && tier === null))
      return pageFrame(
        { heading: "Tier", back: BACK },
        banner("info", "This tier is not in the draft", "It was removed, or the draft was discarded or published."),
      );
    const terms = { basis: basisOf(tiers), currency: shop.currency, isDisabled: !isAllowed };
    const buttons = html`<s-stack direction="inline" gap="base"><s-button type="submit" variant="primary">${tier === null ? "Add to the draft" : "Save in the draft"}</s-button><s-button href="/tiers">Back to the tiers</s-button></s-stack>`;
    return pageFrame(
      { heading: tier === null ? "Add a tier" : textOf(tier, "name"), back: BACK },
      isAllowed ? null : lookOnly(),
      html`<form method="post" action="/admin/program/tiers/level" data-save-bar data-again>
${seenFields(view, tier)}
<input type="hidden" name="id" value="${textOf(tier, "id")}">
${tierFields(tier, terms)}
${isAllowed ? buttons : ""}
</form>`,
    );
  },
};
