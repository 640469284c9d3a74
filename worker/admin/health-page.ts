/** Whether all is well: the comparison with Shopify, each day's proof, and what had no effect, with a way to run it again. */
import { Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { askReplay } from "../flows/ask-replay.ts";
import { reconcileNow } from "../flows/reconcile-now.ts";
import { type Health, isOpen, viewHealth, type Worry, worriesOf } from "../flows/view-health.ts";
import type { RequestContext } from "../http/context.ts";
import { problem } from "../http/problem.ts";
import type { SweepProgress } from "../shops/sweeps.ts";
import { type Formats, formatsOf } from "./formats.ts";
import { done, readForm, staffDoor } from "./forms.ts";
import { otherCurrencyNote } from "./other-currency-page.ts";
import { banner, confirmed, emptyState, facts, type Html, type Page, pageFrame, refreshing, table } from "./page.ts";

const REFRESH_SECONDS = 2;

/** What each worry means to a merchant. */
export const WORRIES: Readonly<Record<Worry, readonly [heading: string, text: string]>> = {
  "books-differ": [
    "A balance does not add up",
    "The entries of at least one account do not sum to its balance. Tell whoever runs the app.",
  ],
  "orders-differ": [
    "Some orders differ from Shopify",
    "They are read again by themselves, ever more rarely. Compare now to have them read at once.",
  ],
  "work-failed": ["Some work has failed", "It is listed below, and can be run again."],
  "sweep-late": [
    "The comparison with Shopify is late",
    "It is made every few minutes, and has not ended for an hour. Compare now to begin it.",
  ],
  "painting-late": [
    "Some balances at your storefront are old",
    "They have waited for an hour to be written to Shopify.",
  ],
};

export const healthPage: Page = {
  path: "/health",
  name: "Health",
  show: async (c) => {
    const health = await viewHealth(c.var.rooms, c.var.shop);
    const worries = worriesOf(health, c.var.rooms.nowMs());
    const format = formatsOf(c);
    return pageFrame(
      { heading: "Health" },
      worries.length === 0
        ? nothingWrong(health)
        : html`${worries.map((worry) => banner(worry === "books-differ" ? "critical" : "warning", ...WORRIES[worry]))}`,
      comparison(health.sweep, format),
      differences(health, format),
      statements(health, format),
      setAside(health, format),
      otherCurrency(health, format),
      painting(health, format),
    );
  },
};

export const healthForms = new Hono<RequestContext>();

healthForms.post("/reconcile", ...staffDoor, async (c) => {
  await reconcileNow(c.var.rooms, c.var.shop, c.var.session.staffId);
  return done(c, "Comparing with Shopify …");
});

/** How far the comparison is: the page asks for this again and again. */
healthForms.get("/reconcile", ...staffDoor, async (c) => {
  const progress = await c.var.rooms.sweeps.progress(c.var.shop.id);
  return c.html(progressOf(progress, formatsOf(c)));
});

const replayForm = z.object({
  id: z.union([z.literal("all"), z.string().regex(/^\d{1,18}$/, "There is no such delivery.")]),
});

healthForms.post("/replay", ...staffDoor, async (c) => {
  const form = await readForm(c, replayForm);
  if ("problem" in form) return form.problem;
  const { id } = form.fields;
  const asked = await askReplay(c.var.rooms, c.var.shop, c.var.session.staffId, id === "all" ? "all" : [id]);
  if (asked === 0) return problem(c, "invalid-request", "There is nothing to run again.");
  return done(c, `${formatsOf(c).number(asked)} will be run again within a minute.`);
});

/** Orders are known to be settled once they were compared with Shopify's. */
function nothingWrong({ sweep }: Health): Html {
  return typeof sweep?.finishedAtMs === "number"
    ? banner("success", "All is well", "Every order of Shopify's is settled, every balance adds up, and nothing waits.")
    : banner(
        "info",
        "Nothing wrong is known",
        "Your orders were not compared with Shopify's yet. That begins by itself, or now, below.",
      );
}

function comparison(progress: SweepProgress | null, format: Formats): Html {
  return html`<s-section heading="Compared with Shopify">
${progressOf(progress, format)}
<form method="post" action="/admin/health/reconcile"><s-stack direction="inline"><s-button type="submit">Compare now</s-button></s-stack></form>
</s-section>`;
}

/** While it goes on, this asks for itself again; when it has ended, the whole page is shown anew. */
function progressOf(progress: SweepProgress | null, { number, moment }: Formats): Html {
  if (progress === null)
    return html`<div data-done><s-paragraph>The first comparison begins within a minute.</s-paragraph></div>`;
  const { isUnderWay, isDue, ordersListed, ordersDiffering, finishedAtMs, failures } = progress;
  const seen = `${number(ordersListed)} orders looked at, ${number(ordersDiffering)} of them differed`;
  if (failures > 0)
    return html`<div data-done><s-paragraph tone="caution">Shopify could not be asked, ${number(failures)} times in a row. It is tried again by itself.</s-paragraph></div>`;
  if (isUnderWay || isDue)
    return refreshing(
      "/admin/health/reconcile",
      REFRESH_SECONDS,
      html`<s-stack gap="small-200"><s-spinner accessibilityLabel="Comparing"></s-spinner><s-paragraph>Comparing: ${seen} so far.</s-paragraph></s-stack>`,
    );
  return html`<div data-done><s-paragraph>${
    finishedAtMs === null ? "Not compared yet." : `Last compared ${moment(finishedAtMs)}: ${seen}.`
  }</s-paragraph></div>`;
}

function differences({ differences: open }: Health, { moment }: Formats): Html | null {
  if (open.length === 0) return null;
  const rows = open.map(({ orderId, reason, updatedAtMs, askedAtMs }) => [
    `Order ${orderId}`,
    reason,
    moment(updatedAtMs),
    moment(askedAtMs),
  ]);
  return html`<s-section heading="Orders that differ" padding="none">${table(
    [{ name: "Order" }, { name: "Why" }, { name: "Changed" }, { name: "Read again" }],
    rows,
  )}</s-section>`;
}

function statements({ statements: days }: Health, { number }: Formats): Html {
  const rows = days.map(
    ({ day, isFinal, ordersKnown, ordersSettled, ordersMended, accountsChecked, accountsDiffering }) => {
      const isRight = ordersSettled === ordersKnown && accountsDiffering === 0;
      return [
        isFinal ? day : `${day} so far`,
        html`<s-badge tone="${isRight ? "success" : "warning"}">${isRight ? "Adds up" : "Differs"}</s-badge>`,
        `${number(ordersSettled)} of ${number(ordersKnown)}`,
        number(ordersMended),
        `${number(accountsChecked)}, ${number(accountsDiffering)} differ`,
      ];
    },
  );
  const columns = [
    { name: "Day (UTC)" },
    { name: "Proof" },
    { name: "Orders settled", isNumeric: true },
    { name: "Mended", isNumeric: true },
    { name: "Accounts checked", isNumeric: true },
  ];
  return html`<s-section heading="Day by day" padding="none">${
    rows.length === 0
      ? emptyState(
          "No day yet",
          "At the end of a comparison each day is proven: its orders against Shopify, its entries against the balances.",
        )
      : table(columns, rows)
  }</s-section>`;
}

function setAside({ setAside: all }: Health, { number, moment }: Formats): Html {
  const open = all.filter(isOpen);
  const rows = all.map(
    ({ id, topic, reason, fault, attempts, canBeReplayed, recordedAtMs, replayDueAtMs, replayedAtMs }) => [
      topic,
      html`${reason}${fault === null ? "" : html` <s-text color="subdued">(${fault})</s-text>`}`,
      number(attempts),
      moment(recordedAtMs),
      replayedAtMs !== null
        ? `Run again ${moment(replayedAtMs)}`
        : replayDueAtMs !== null
          ? html`<s-badge tone="info">Runs within a minute</s-badge>`
          : canBeReplayed
            ? html`<form method="post" action="/admin/health/replay"><input type="hidden" name="id" value="${id}"><s-button type="submit" accessibilityLabel="Run again: ${topic} of ${moment(recordedAtMs)}">Run again</s-button></form>`
            : "Nothing to run",
    ],
  );
  const columns = [
    { name: "What" },
    { name: "Why" },
    { name: "Tries", isNumeric: true },
    { name: "When" },
    { name: "Action" },
  ];
  return html`<s-section heading="Set aside" padding="none">
${
  open.length < 2
    ? ""
    : html`<s-stack direction="inline" padding="base">${confirmed({
        id: "replay-all",
        button: `Run all ${number(open.length)} again`,
        heading: "Run all of them again?",
        action: "/admin/health/replay",
        submit: "Run again",
        text: "Work that had its effect already has no second one.",
        fields: html`<input type="hidden" name="id" value="all">`,
      })}</s-stack>`
}
${rows.length === 0 ? emptyState("Nothing was set aside", "What cannot be read, or failed for good, is kept here and can be run again.") : table(columns, rows)}
</s-section>`;
}

function otherCurrency({ otherCurrency: count }: Health, { number }: Formats): Html | null {
  const note = otherCurrencyNote(count, number);
  return note === null ? null : html`<s-section heading="Orders in another currency">${note}</s-section>`;
}

function painting({ unpainted: { members, oldestMs } }: Health, { number }: Formats): Html {
  return html`<s-section heading="Balances at your storefront">${facts([
    ["Members whose newest balance is not written yet", number(members)],
    ["The oldest waits for", members === 0 ? "–" : `${number(Math.ceil(oldestMs / 60_000))} min`],
  ])}</s-section>`;
}
