/** How the program does over days that are chosen: figures with their definitions, plots with their tables, and files. */
import { Hono } from "hono";
import { html } from "hono/html";
import { DEFAULT_TIME_ZONE, isoDay, startOfDay } from "../domain/calendar.ts";
import { FIGURES, type FigureName, issuedOf, MOST_DAYS, PRESET_DAYS } from "../domain/figures.ts";
import { type Share, SPLITS } from "../domain/liability.ts";
import { FIGURES_FILES, type FiguresFile, figuresCsv, summaryOf } from "../flows/figures-csv.ts";
import { type Cost, type FiguresAnswer, type FiguresView, readFigures, type Step } from "../flows/read-figures.ts";
import type { RequestContext } from "../http/context.ts";
import { problem } from "../http/problem.ts";
import { donationsSection } from "./donations-section.ts";
import { type Formats, formatsOf } from "./formats.ts";
import { staffDoor } from "./forms.ts";
import { type AdminContext, defined, emptyState, type Html, type Page, pageFrame, table } from "./page.ts";
import { barPlot, linePlot } from "./plots.ts";

export const figuresPage: Page = {
  path: "/figures",
  name: "Figures",
  show: async (c) => {
    const asked = askedIn(c);
    const answer = await readFigures(c.var.rooms, c.var.shop, asked);
    const form = rangeForm(answer, asked);
    if (answer.kind === "no-range") return pageFrame({ heading: "Figures" }, form);
    const { figures } = answer;
    if (figures.members === 0 && figures.liability.points === 0 && figures.flows.entries === 0)
      return pageFrame({ heading: "Figures" }, form, nothingYet());
    const format = formatsOf(c);
    const shown: Shown = { figures, format, zone: answer.timeZone ?? DEFAULT_TIME_ZONE };
    return pageFrame(
      { heading: "Figures" },
      form,
      numbers(shown),
      movementsPlot(shown),
      outstandingPlot(shown),
      splitPlot(shown, "byAge"),
      splitPlot(shown, "byExpiry"),
      donationsSection(figures.donations, format),
      files(figures),
    );
  },
};

interface Shown {
  readonly figures: FiguresView;
  readonly format: Formats;
  readonly zone: string;
}

interface Asked {
  readonly days?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

function askedIn(c: AdminContext): Asked {
  const { days, from, to } = c.req.query();
  return { days, from, to };
}

function rangeForm(answer: FiguresAnswer, asked: Asked): Html {
  const { timeZone, today } = answer;
  const range = answer.kind === "figures" ? answer.figures.range : null;
  const isPreset = (days: number) => range?.toDay === today && range.fromDay === today - days + 1;
  const error = (field: "from" | "to") =>
    answer.kind === "no-range" && answer.fault.field === field ? html`error="${answer.fault.message}"` : "";
  const value = (field: "from" | "to", day: number | undefined) =>
    day === undefined ? (asked[field] ?? "") : isoDay(day);
  const whose =
    timeZone === null
      ? "Days are UTC: the time zone of your shop is not known yet."
      : `Days are those of your shop: ${timeZone}.`;
  return html`<s-section heading="Which days">
<s-stack gap="base">
<s-stack direction="inline" gap="small-200">${PRESET_DAYS.map(
    (days) =>
      html`<s-button variant="${isPreset(days) ? "primary" : "secondary"}" href="/figures?days=${days}">Last ${days} days</s-button>`,
  )}</s-stack>
<form method="get" action="/figures"><s-stack gap="base">
<s-grid gridTemplateColumns="repeat(auto-fit, minmax(140px, 1fr))" gap="base">
<s-date-field name="from" label="From" value="${value("from", range?.fromDay)}" ${error("from")}></s-date-field>
<s-date-field name="to" label="To" value="${value("to", range?.toDay)}" ${error("to")}></s-date-field>
</s-grid>
<s-stack direction="inline" gap="base"><s-button type="submit">Show</s-button></s-stack>
</s-stack></form>
<s-paragraph color="subdued">${whose} A movement belongs to the day on which it was booked, so that a day that is over stays as it is. ${MOST_DAYS} days at most.</s-paragraph>
</s-stack>
</s-section>`;
}

function nothingYet(): Html {
  return html`<s-section>${emptyState(
    "No figures yet",
    "They begin with the first order that earns points, as soon as a program is published.",
    html`<s-button href="/program">Look at the program</s-button>`,
  )}</s-section>`;
}

function tiles(all: readonly { readonly figure: FigureName; readonly value: string; readonly note?: string }[]): Html {
  return html`<s-grid gridTemplateColumns="repeat(auto-fit, minmax(150px, 1fr))" gap="base">${all.map(
    ({ figure, value, note }) => html`<s-grid-item><s-stack gap="small-200">
${defined(FIGURES[figure].name, FIGURES[figure].definition)}
<span class="lojal-figure">${value}</span>
${note ? html`<s-text color="subdued">${note}</s-text>` : ""}
</s-stack></s-grid-item>`,
  )}</s-grid>`;
}

function numbers(shown: Shown): Html {
  const { figures, format } = shown;
  const all = summaryOf(figures);
  const tile = (figure: Exclude<FigureName, "liability">, note?: string) => {
    const value = all[figure];
    const isRate = FIGURES[figure].unit === "percent";
    const told = value === null ? "–" : isRate ? format.percent(value) : format.number(value);
    return { figure, value: told, ...(note === undefined ? {} : { note }) };
  };
  const { buyers, repeatBuyers, range } = figures;
  const days = rangeInWords(range, shown);
  return html`<s-section heading="In these days: ${days}">
${tiles([
  tile("activeMembers"),
  tile("newMembers"),
  tile("repeatRate", `${format.number(repeatBuyers)} of ${format.number(buyers)} who bought`),
  tile("issued"),
  tile("takenBack"),
  tile("redeemed"),
  tile("expired"),
  tile("redemptionRate"),
])}
</s-section>
<s-section heading="Now">
${tiles([tile("members"), tile("outstanding"), tile("owed"), liabilityTile(figures, format)])}
</s-section>`;
}

function liabilityTile({ costs }: FiguresView, { money }: Formats) {
  const figure = "liability" as const;
  if (costs === null) return { figure, value: "–", note: "Cannot be told: no reward is worth an amount of money." };
  const { least, most } = costs;
  const value = money(least.wholeMinor);
  if (most.wholeMinor === least.wholeMinor) return { figure, value, note: `By “${least.by.reward}”.` };
  return { figure, value, note: `By “${least.by.reward}”; ${money(most.wholeMinor)} by “${most.by.reward}”.` };
}

function rangeInWords({ fromDay, toDay }: { readonly fromDay: number; readonly toDay: number }, shown: Shown): string {
  const { format, zone } = shown;
  return format.days(startOfDay(fromDay, zone), startOfDay(toDay, zone));
}

/** What a step is called in a table, and at an axis. The year is in the heading, and with the months. */
function stepName(step: Step, shown: Shown): string {
  const { figures, format, zone } = shown;
  const [from, to] = [startOfDay(step.fromDay, zone), startOfDay(step.toDay, zone)];
  if (figures.unit === "week") return format.shortDays(from, to);
  return figures.unit === "month" ? format.month(from) : format.shortDay(from);
}

function stepLabel({ fromDay }: Step, { figures, format, zone }: Shown): string {
  const at = startOfDay(fromDay, zone);
  return figures.unit === "month" ? format.month(at) : format.shortDay(at);
}

const STEP_COLUMNS = { day: "Day", week: "Days", month: "Month" } as const;
const STEP_AXES = { day: "Day", week: "Seven days from", month: "Month" } as const;

/** A plot, and beside it the table of what it shows. */
function beside(heading: string, about: Html, plot: Html, shownTable: Html): Html {
  return html`<s-section heading="${heading}">
<s-stack gap="base">
${about}
<s-grid gridTemplateColumns="repeat(auto-fit, minmax(min(100%, 380px), 1fr))" gap="large">
<s-grid-item>${plot}</s-grid-item>
<s-grid-item>${shownTable}</s-grid-item>
</s-grid>
</s-stack>
</s-section>`;
}

const MOVED = ["issued", "takenBack", "redeemed", "expired"] as const satisfies readonly FigureName[];

function movementsPlot(shown: Shown): Html {
  const { figures, format } = shown;
  const heading = "Points issued, taken back, redeemed and expired";
  if (figures.flows.entries === 0)
    return html`<s-section heading="${heading}">${emptyState("Nothing in these days", "Nothing was booked then: choose other days.")}</s-section>`;
  const value = ({ flows }: Step, figure: (typeof MOVED)[number]) =>
    figure === "issued" ? issuedOf(flows) : flows[figure];
  const { steps, unit } = figures;
  const sums = MOVED.map(
    (figure) =>
      `${FIGURES[figure].name}: ${format.number(figure === "issued" ? issuedOf(figures.flows) : figures.flows[figure])}`,
  );
  return beside(
    heading,
    html`<div>${MOVED.map((figure) => defined(FIGURES[figure].name, FIGURES[figure].definition))}</div>`,
    linePlot({
      id: "plot-movements",
      title: heading,
      description: `Four lines over ${rangeInWords(figures.range, shown)}. In all: ${sums.join("; ")}. The table beside has every number.`,
      axis: "Points",
      xAxis: STEP_AXES[unit],
      tick: format.compact,
      labels: steps.map((step) => stepLabel(step, shown)),
      series: MOVED.map((figure) => ({
        name: FIGURES[figure].name,
        values: steps.map((step) => value(step, figure)),
      })),
    }),
    table(
      [
        { name: STEP_COLUMNS[unit] },
        ...MOVED.map((figure) => ({
          name: FIGURES[figure].name.replace(/^Points (.)/, (_, first) => first.toUpperCase()),
          isNumeric: true,
        })),
      ],
      steps.map((step) => [
        html`<span class="lojal-day">${stepName(step, shown)}</span>`,
        ...MOVED.map((figure) => format.number(value(step, figure))),
      ]),
    ),
  );
}

function outstandingPlot(shown: Shown): Html {
  const { figures, format } = shown;
  const { name, definition } = FIGURES.outstanding;
  const { steps, unit } = figures;
  const [first, last] = [steps[0]?.outstanding ?? 0, steps.at(-1)?.outstanding ?? 0];
  return beside(
    name,
    defined("What is counted", definition),
    linePlot({
      id: "plot-outstanding",
      title: name,
      description: `A line over ${rangeInWords(figures.range, shown)}, from ${format.number(first)} to ${format.number(last)} points. The table beside has every number.`,
      axis: "Points at the end",
      xAxis: STEP_AXES[unit],
      tick: format.compact,
      labels: steps.map((step) => stepLabel(step, shown)),
      series: [{ name, values: steps.map(({ outstanding }) => outstanding) }],
    }),
    table(
      [{ name: STEP_COLUMNS[unit] }, { name: "Outstanding at the end", isNumeric: true }],
      steps.map((step) => [stepName(step, shown), format.number(step.outstanding)]),
    ),
  );
}

function splitPlot({ figures, format }: Shown, split: "byAge" | "byExpiry"): Html {
  const { name, definition } = SPLITS[split];
  const { liability, costs } = figures;
  const shares = liability[split];
  const minorOf = (cost: Cost) => (split === "byAge" ? cost.byAgeMinor : cost.byExpiryMinor);
  const told = costs === null ? null : withOne(costs);
  const line = (called: string, points: number, minors: readonly (number | undefined)[]) => [
    called,
    format.number(points),
    ...minors.map((minor) => format.money(minor ?? 0)),
  ];
  return beside(
    name,
    defined("What is counted", definition),
    barPlot({
      id: split === "byAge" ? "plot-age" : "plot-expiry",
      title: name,
      description: `${shares.map(({ name: called, points }) => `${called}: ${format.number(points)}`).join("; ")}.`,
      axis: "Points, now",
      tick: format.compact,
      bars: shares.map(({ name: called, points }) => ({ name: called, value: points, told: format.number(points) })),
    }),
    table(
      [
        { name: split === "byAge" ? "Since" : "Expires" },
        { name: "Points", isNumeric: true },
        ...(told ?? []).map((cost) => ({ name: `Cost by “${cost.by.reward}”`, isNumeric: true })),
      ],
      [
        ...shares.map((share: Share, index) =>
          line(
            share.name,
            share.points,
            (told ?? []).map((cost) => minorOf(cost)[index]),
          ),
        ),
        line(
          "All",
          liability.points,
          (told ?? []).map((cost) => cost.wholeMinor),
        ),
      ],
    ),
  );
}

/** One column where both rewards cost the same. */
function withOne({ least, most }: { readonly least: Cost; readonly most: Cost }): readonly Cost[] {
  return least.by.reward === most.by.reward ? [least] : [least, most];
}

const FILES: Readonly<Record<FiguresFile, string>> = {
  days: "Day by day",
  outstanding: "Outstanding points by age and expiry",
  donations: "Donations",
  summary: "All figures with their definitions",
};

function files({ range, donations }: FiguresView): Html {
  const [from, to] = [isoDay(range.fromDay), isoDay(range.toDay)];
  return html`<s-section heading="As files (CSV)">
<s-stack direction="inline" gap="small-200">${FIGURES_FILES.filter(
    (file) => file !== "donations" || donations !== null,
  ).map(
    (file) =>
      html`<s-button data-download="/admin/figures/${file}?from=${from}&amp;to=${to}" data-file="lojal-${file}-${from}-${to}.csv">${FILES[file]}</s-button>`,
  )}</s-stack>
</s-section>`;
}

/** The same as files, for the same days. */
export const figuresFiles = new Hono<RequestContext>();

figuresFiles.get("/:file{days|outstanding|donations|summary}", ...staffDoor, async (c) => {
  const { rooms, shop } = c.var;
  const answer = await readFigures(rooms, shop, askedIn(c), { byDay: true });
  if (answer.kind === "no-range") {
    const { field, message } = answer.fault;
    return problem(c, "invalid-request", message, { fields: { [field]: message } });
  }
  const file = FIGURES_FILES.find((one) => one === c.req.param("file")) ?? "summary";
  c.header("Content-Type", "text/csv; charset=utf-8");
  return c.body(figuresCsv(file, answer.figures, answer, shop.currency));
});
