/** What a merchant sees first: what needs doing, the way to a program that runs, how it does, whether all is well. */
import { html } from "hono/html";
import { FIGURE_DAYS, type Home, readHome } from "../flows/read-home.ts";
import { type Formats, formatsOf } from "./formats.ts";
import { WORRIES } from "./health-page.ts";
import { otherCurrencyNote } from "./other-currency-page.ts";
import { banner, figures, type Html, type Page, pageFrame } from "./page.ts";

export const homePage: Page = {
  path: "/",
  name: "Home",
  show: async (c) => {
    const [home, draft] = await Promise.all([readHome(c.var.rooms, c.var.shop), c.var.rooms.desk.draft(c.var.shop.id)]);
    const format = formatsOf(c);
    return pageFrame(
      { heading: "Lojal" },
      toDo(home),
      guide(home, draft.content !== null),
      keyFigures(home, format),
      health(home, format),
    );
  },
};

function toDo({ missingScopes, worries }: Home): Html | null {
  const all = [
    ...(missingScopes.length === 0
      ? []
      : [
          banner(
            "warning",
            "Your shop has not granted all that the app needs",
            `Missing: ${missingScopes.join(", ")}.`,
          ),
        ]),
    ...worries.map((worry) =>
      banner("warning", WORRIES[worry][0], html`${WORRIES[worry][1]} <s-link href="/health">Look at it</s-link>`),
    ),
  ];
  return all.length === 0 ? null : html`${all}`;
}

/** Each step, and whether it is done. It is there until all are. */
function guide({ shop, programVersion, isPainted, holdings }: Home, hasDraft: boolean): Html {
  const published =
    programVersion === null
      ? "No program is published yet: orders earn no points."
      : `Version ${programVersion} of your program is published${isPainted ? "." : "; your storefront shows it within a minute."}`;
  const steps = [
    { isDone: true, text: `${shop} is connected.` },
    { isDone: programVersion !== null, text: published },
    { isDone: isPainted, text: "The blocks of your theme show points: add them in the theme editor, under Apps." },
    { isDone: holdings.members > 0, text: "A first order has earned points." },
  ];
  const next = hasDraft ? "Go on with your draft" : "Choose a program to begin with";
  const left = steps.filter(({ isDone }) => !isDone).length;
  return html`<s-section heading="${left === 0 ? "Your loyalty program" : "Set it up"}">
<s-stack gap="small">${steps.map(
    ({ isDone, text }) =>
      html`<s-stack direction="inline" gap="small-200"><s-badge tone="${isDone ? "success" : "neutral"}">${isDone ? "Done" : "To do"}</s-badge><s-text>${text}</s-text></s-stack>`,
  )}
${programVersion === null ? html`<s-stack direction="inline"><s-button variant="primary" href="/setup">${next}</s-button></s-stack>` : ""}</s-stack>
</s-section>`;
}

function keyFigures({ holdings, figures: inDays }: Home, { number }: Formats): Html {
  const { pending, available, held, owed } = holdings;
  const outstanding = pending + available + held;
  return html`<s-section heading="Key figures">
${figures([
  { name: "Members", value: number(inDays.members), note: "With an account." },
  { name: "Active", value: number(inDays.activeMembers), note: `Bought or chose a reward in ${FIGURE_DAYS} days.` },
  { name: "Points issued", value: number(inDays.issued), note: `In ${FIGURE_DAYS} days.` },
  { name: "Points redeemed", value: number(inDays.redeemed), note: `Used in ${FIGURE_DAYS} days.` },
  {
    name: "Points outstanding",
    value: number(outstanding),
    note: "Held by members: to spend, on their way, in codes.",
  },
  { name: "Points owed", value: number(owed), note: "Spent, and their orders refunded." },
])}
<s-stack direction="inline" gap="base"><s-link href="/figures">All figures, and what each of them is</s-link> <s-link href="/members">See all members</s-link></s-stack>
</s-section>`;
}

function health({ worries, otherCurrency }: Home, { number }: Formats): Html {
  const isWell = worries.length === 0;
  return html`<s-section heading="Health"><s-stack direction="inline" gap="small-200">
<s-badge tone="${isWell ? "success" : "warning"}">${isWell ? "All is well" : "Something needs a look"}</s-badge>
<s-link href="/health">Deliveries, daily proof, comparison with Shopify</s-link>
</s-stack>
${otherCurrencyNote(otherCurrency, number) ?? ""}</s-section>`;
}
