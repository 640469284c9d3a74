/** The way from nothing to a program: choose a template, see what it would have done to past orders, say who takes part, publish. */
import { html } from "hono/html";
import { type ProgramView, readProgramView } from "../flows/edit-program.ts";
import { BOUNDS } from "../program/bounds.ts";
import type { TemplateQuestion } from "../program/template-programs.ts";
import { type TemplateCard, templateCards } from "../program/templates.ts";
import { PAST_DAYS, type SweepProgress } from "../shops/sweeps.ts";
import { mayChange, seenFields } from "./draft-forms.ts";
import { contentOf, textOf } from "./draft-parts.ts";
import { draftChanges, draftNews } from "./draft-section.ts";
import { amountText, choiceField, lineField } from "./entered.ts";
import { type Formats, formatsOf } from "./formats.ts";
import { banner, confirmed, type Html, type Page, pageFrame } from "./page.ts";
import { pickedField } from "./picked.ts";
import { pilotSection } from "./pilot-section.ts";
import { MEMBERSHIPS } from "./program-fields.ts";
import { lookBack, WHAT_IF_DAYS } from "./program-page.ts";

const HOME = { path: "/", name: "Home" };

export const setupPage: Page = {
  path: "/setup",
  name: null,
  show: async (c) => {
    const { rooms, shop } = c.var;
    const [view, isAllowed] = await Promise.all([readProgramView(rooms, shop), mayChange(c)]);
    const cards = templateCards(shop.currency);
    const card = cards.find(({ id }) => id === c.req.query("template"));
    const hasDraft = view.draft.content !== null;
    if (card) return chosenTemplate(card, view, { currency: shop.currency, isAllowed });
    if (!hasDraft || c.req.query("choose") !== undefined)
      return pageFrame(
        { heading: "Choose a program to begin with", back: hasDraft ? { path: "/setup", name: "Your draft" } : HOME },
        draftNews(view, isAllowed),
        running(view),
        ...cards.map(templateSection),
        ownProgram(),
      );
    const format = formatsOf(c);
    return pageFrame(
      { heading: "Set up your program", back: HOME },
      draftNews(view, isAllowed),
      draftSection(),
      lookBackSection(view, await rooms.sweeps.progress(shop.id), format),
      membershipSection(view, isAllowed),
      isAllowed ? await pilotSection(c, view, format) : null,
      draftChanges(view, { mayChange: isAllowed, timeZone: shop.timeZone, format, hasWhatIf: true }),
    );
  },
};

function running({ inForce, draft }: ProgramView): Html | null {
  if (draft.content !== null)
    return banner("info", "You have a draft", "Whatever you choose here takes its place. What is published stays.");
  return inForce === null
    ? null
    : banner(
        "info",
        `Version ${inForce.version} of your program is in force`,
        "Whatever you choose here becomes a draft. Nothing changes before you publish it.",
      );
}

function templateSection({ id, name, description, shows, questions }: TemplateCard): Html {
  return html`<s-section heading="${name}">
<s-stack gap="base">
<s-paragraph>${description}</s-paragraph>
<s-unordered-list>${shows.map((line) => html`<s-list-item>${line}</s-list-item>`)}</s-unordered-list>
${questions.length === 0 ? "" : html`<s-paragraph color="subdued">It asks for products of yours.</s-paragraph>`}
<s-stack direction="inline"><s-button href="/setup?template=${id}" accessibilityLabel="Choose ${name}">Choose</s-button></s-stack>
</s-stack>
</s-section>`;
}

function ownProgram(): Html {
  return html`<s-section heading="None of these">
<s-paragraph>Begin with the rate alone, and add <s-link href="/rewards">rewards</s-link> and <s-link href="/tiers">tiers</s-link> as you like. <s-link href="/program">Enter your own program</s-link></s-paragraph>
</s-section>`;
}

/** What it asks, and the button that makes it the draft; where there is one, that is confirmed. */
function chosenTemplate(
  { id, name, description, shows, questions }: TemplateCard,
  view: ProgramView,
  { currency, isAllowed }: { readonly currency: string; readonly isAllowed: boolean },
): Html {
  const back = { path: "/setup?choose=1", name: "Programs to begin with" };
  const fields = html`${seenFields(view)}<input type="hidden" name="template" value="${id}">
${questions.map((question) => questionFields(question, currency))}`;
  const action = "/admin/program/template";
  const take =
    view.draft.content === null
      ? html`<form method="post" action="${action}"><s-stack gap="base">${fields}
<s-stack direction="inline"><s-button type="submit" variant="primary">Make it my draft</s-button></s-stack></s-stack></form>`
      : confirmed({
          id: "take-template",
          button: "Put it in the place of my draft",
          heading: "Replace the draft?",
          action,
          submit: "Replace it",
          isCritical: true,
          text: "What the draft has now is gone. The program in force stays as it is.",
          fields,
        });
  return pageFrame(
    { heading: name, back },
    draftNews({ ...view, faults: [], warnings: [] }, isAllowed),
    html`<s-section heading="What it is">
<s-stack gap="base"><s-paragraph>${description}</s-paragraph>
<s-unordered-list>${shows.map((line) => html`<s-list-item>${line}</s-list-item>`)}</s-unordered-list></s-stack>
</s-section>`,
    isAllowed
      ? html`<s-section heading="${questions.length === 0 ? "Nothing more is needed" : "What it needs of you"}">
<s-stack gap="base"><s-paragraph color="subdued">Everything can be changed afterwards: it is a draft${questions.length === 0 ? "" : ", and what you leave empty can be filled in later"}.</s-paragraph>
${take}</s-stack>
</s-section>`
      : null,
  );
}

const MOST_ANSWERED = {
  "free-products": BOUNDS.rewardItems,
  "membership-products": BOUNDS.membershipProducts,
} as const;

function questionFields({ id, kind, label, details, priceMinor }: TemplateQuestion, currency: string): Html {
  const price = html`${lineField(`price_${id}`, `What one of them costs (${currency})`, amountText(priceMinor, currency))}`;
  return html`${pickedField(`products_${id}`, label, [], { details: `${details} Shopify’s numbers or addresses, one a line.`, type: "product", bounds: MOST_ANSWERED[kind] })}
${priceMinor === null ? "" : price}`;
}

function draftSection(): Html {
  return html`<s-section heading="1. Your draft">
<s-paragraph>Change what you like: <s-link href="/program">the rate and the rules</s-link>, <s-link href="/rewards">the rewards</s-link>, <s-link href="/tiers">the tiers</s-link>. Or <s-link href="/setup?choose=1">choose another program to begin with</s-link>.</s-paragraph>
</s-section>`;
}

/** Orders of before the app was there come with the first comparison with Shopify. */
function lookBackSection({ draft, program, nowMs }: ProgramView, sweep: SweepProgress | null, format: Formats): Html {
  const isReading = sweep === null || sweep.finishedAtMs === null;
  const listed = format.number(sweep?.ordersListed ?? 0);
  return html`<s-section heading="2. What it would have done to your past orders">
${
  isReading
    ? html`<s-stack gap="base"><s-paragraph>Your orders of the last ${PAST_DAYS} days are being read from Shopify: ${listed} so far. It takes a few minutes.</s-paragraph>
<s-stack direction="inline"><s-button href="/setup">Look again</s-button></s-stack></s-stack>`
    : ""
}
${
  program === null
    ? html`<s-paragraph>Something is missing in the draft: it is named above. Then your orders can be looked at.</s-paragraph>`
    : html`<s-paragraph color="subdued">The orders of the last ${WHAT_IF_DAYS} days that are known here. Nothing is changed.</s-paragraph>${lookBack(draft.revision, nowMs)}`
}
</s-section>`;
}

function membershipSection(view: ProgramView, isAllowed: boolean): Html {
  const chosen = textOf(contentOf(view), "membership") || "everybody";
  return html`<form method="post" action="/admin/program/membership" data-again>${seenFields(view)}
<s-section heading="3. Who takes part">
<s-stack gap="base">
${choiceField("membership", "Who takes part", chosen, MEMBERSHIPS, { details: "Begin with a pilot to see it live with a few customers, and open it to everybody with a later version.", isDisabled: !isAllowed })}
${isAllowed ? html`<s-stack direction="inline"><s-button type="submit">Save</s-button></s-stack>` : ""}
</s-stack>
</s-section>
</form>`;
}
