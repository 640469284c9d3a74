/**
 * Plots as SVG, drawn here: no script runs in the browser. Each is drawn for a wide and for a narrow screen, and the style shows one of them. Text
 * has the page's own colour; the series' colours are seen on light and on dark, and differ by sign and stroke as well.
 */
import { scaleLinear } from "d3-scale";
import { line, symbol, symbolCircle, symbolDiamond, symbolSquare, symbolTriangle } from "d3-shape";
import { html } from "hono/html";
import type { Html } from "./page.ts";

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

export interface PlotText {
  /** Unlike any other's on the page. */
  readonly id: string;
  readonly title: string;
  /** For those who do not see it: what it shows. */
  readonly description: string;
  /** What the numbers count. */
  readonly axis: string;
  /** A number at an axis, short. */
  readonly tick: (value: number) => string;
}

export interface LinePlot extends PlotText {
  readonly xAxis: string;
  /** One for each step. */
  readonly labels: readonly string[];
  readonly series: readonly Series[];
}

export interface BarPlot extends PlotText {
  readonly bars: readonly { readonly name: string; readonly value: number; readonly told: string }[];
}

interface Size {
  readonly name: "wide" | "narrow";
  readonly width: number;
  readonly height: number;
}

const SIZES: readonly Size[] = [
  { name: "wide", width: 640, height: 300 },
  { name: "narrow", width: 320, height: 260 },
];

/** Each at least 3 to 1 against white and against a dark page. */
const LOOKS = [
  { colour: "#2c6ecb", dash: "none", sign: symbolCircle },
  { colour: "#b5530a", dash: "7 4", sign: symbolSquare },
  { colour: "#1c7f54", dash: "2 4", sign: symbolTriangle },
  { colour: "#9a4bbd", dash: "10 3 2 3", sign: symbolDiamond },
] as const;

type Look = (typeof LOOKS)[number];

const LETTER_WIDTH = 7;
const TICKS = 5;
/** More signs than this would hide their line. */
const MOST_SIGNS = 40;

/** Lines over time, with what each of them is. */
export function linePlot(plot: LinePlot): Html {
  return framed(
    plot,
    SIZES.map((size) => lines(plot, size)),
    plot.series.length > 1 ? legend(plot.series) : null,
  );
}

/** Bars with their names above and their numbers at their ends. */
export function barPlot(plot: BarPlot): Html {
  return framed(
    plot,
    SIZES.map((size) => bars(plot, size)),
    null,
  );
}

function framed({ id }: PlotText, drawings: readonly Html[], below: Html | null): Html {
  return html`<div class="lojal-plot" id="${id}">${drawings}${below ?? ""}</div>`;
}

function drawing({ id, title, description }: PlotText, size: Size, content: Html): Html {
  const { name, width, height } = size;
  const own = `${id}-${name}`;
  return html`<svg class="lojal-plot-${name}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${own}-title ${own}-description">
<title id="${own}-title">${title}</title>
<desc id="${own}-description">${description}</desc>
${content}
</svg>
`;
}

function lookOf(index: number): Look {
  return LOOKS[index % LOOKS.length] ?? LOOKS[0];
}

function lines(plot: LinePlot, size: Size): Html {
  const { labels, series, tick, axis, xAxis } = plot;
  const all = series.flatMap(({ values }) => values);
  const bounds = [Math.min(0, ...all), Math.max(1, ...all)] as const;
  const scale = scaleLinear().domain(bounds).nice(TICKS);
  // Points are whole.
  const ticks = scale.ticks(TICKS).filter(Number.isInteger);
  const left = 12 + LETTER_WIDTH * Math.max(...ticks.map((value) => tick(value).length));
  const [right, top, bottom] = [size.width - 28, 28, size.height - 46];
  const y = scale.range([bottom, top]);
  const x = scaleLinear()
    .domain([0, Math.max(1, labels.length - 1)])
    .range([left + 20, right]);
  return drawing(
    plot,
    size,
    html`<text class="lojal-plot-axis" x="0" y="12">${axis}</text>
${ticks.map(
  (
    value,
  ) => html`<line class="lojal-plot-grid" x1="${left}" x2="${size.width}" y1="${place(y(value))}" y2="${place(y(value))}"></line>
<text x="${left - 6}" y="${place(y(value) + 4)}" text-anchor="end">${tick(value)}</text>
`,
)}
${shownLabels(labels, right - left).map(
  (index) => html`<text x="${place(x(index))}" y="${bottom + 18}" text-anchor="middle">${labels[index]}</text>
`,
)}
<text class="lojal-plot-axis" x="${place((left + right) / 2)}" y="${size.height - 6}" text-anchor="middle">${xAxis}</text>
${series.map((one, index) => curve(one, lookOf(index), x, y))}`,
  );
}

type Scale = (value: number) => number;

function curve({ values }: Series, look: Look, x: Scale, y: Scale): Html {
  const path = line<number>((_, index) => x(index), y).digits(1)(values);
  const sign = signOf(look);
  return html`<path d="${path}" fill="none" stroke="${look.colour}" stroke-width="2" stroke-dasharray="${look.dash}"></path>
${
  values.length > MOST_SIGNS
    ? ""
    : values.map(
        (value, index) =>
          html`<path d="${sign}" transform="translate(${place(x(index))} ${place(y(value))})" fill="${look.colour}"></path>
`,
      )
}`;
}

function signOf({ sign }: Look): string {
  return symbol(sign, 36).digits(1)() ?? "";
}

/** As many as there is room for. */
function shownLabels(labels: readonly string[], width: number): number[] {
  const longest = Math.max(1, ...labels.map((label) => label.length));
  const room = Math.max(1, Math.floor(width / (LETTER_WIDTH * (longest + 2))));
  const every = Math.ceil((labels.length - 1) / room) || 1;
  const indexes = labels.map((_, index) => index);
  return indexes.filter((index) => index % every === 0);
}

function legend(series: readonly Series[]): Html {
  return html`<ul class="lojal-plot-legend">${series.map(({ name }, index) => {
    const look = lookOf(index);
    return html`<li><svg viewBox="0 0 36 12" width="36" height="12" aria-hidden="true"><path d="M0 6H36" stroke="${look.colour}" stroke-width="2" stroke-dasharray="${look.dash}"></path><path d="${signOf(look)}" transform="translate(18 6)" fill="${look.colour}"></path></svg> ${name}</li>`;
  })}</ul>`;
}

const BAR_STEP = 40;

function bars(plot: BarPlot, { name, width }: Size): Html {
  const { bars: all, axis, tick } = plot;
  const longest = Math.max(...all.map(({ told }) => told.length));
  const end = width - 16 - LETTER_WIDTH * longest;
  const [top, bottom] = [24, 24 + all.length * BAR_STEP];
  const scale = scaleLinear()
    .domain([0, Math.max(1, ...all.map(({ value }) => value))])
    .nice(TICKS)
    .range([0, end]);
  const ticks = scale.ticks(name === "wide" ? TICKS : 3).filter(Number.isInteger);
  return drawing(
    plot,
    { name, width, height: bottom + 24 },
    html`<text class="lojal-plot-axis" x="0" y="12">${axis}</text>
${ticks.map(
  (
    value,
  ) => html`<line class="lojal-plot-grid" x1="${place(scale(value))}" x2="${place(scale(value))}" y1="${top}" y2="${bottom}"></line>
<text x="${place(scale(value))}" y="${bottom + 16}" text-anchor="${value === 0 ? "start" : "middle"}">${tick(value)}</text>
`,
)}
${all.map(
  ({ name: called, value, told }, index) => html`<text x="0" y="${top + index * BAR_STEP + 14}">${called}</text>
<rect x="0" y="${top + index * BAR_STEP + 19}" width="${place(Math.max(value > 0 ? 1 : 0, scale(value)))}" height="14" rx="2" fill="${LOOKS[0].colour}"></rect>
<text x="${place(scale(value) + 6)}" y="${top + index * BAR_STEP + 31}">${told}</text>
`,
)}`,
  );
}

/** To a tenth of a pixel. */
function place(at: number): number {
  return Math.round(at * 10) / 10;
}
