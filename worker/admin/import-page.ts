/** Balances come along from a file, and what the shop has leaves as files: the page of both, and one of each import. */
import { html } from "hono/html";
import { mayAct } from "../flows/act-as-staff.ts";
import { problem } from "../http/problem.ts";
import type { ImportState } from "../shops/imports.ts";
import { type Formats, formatsOf } from "./formats.ts";
import { refusedTable } from "./import-report.ts";
import {
  banner,
  confirmed,
  emptyState,
  facts,
  figures,
  type Html,
  morePages,
  type Page,
  pageFrame,
  refreshing,
  table,
} from "./page.ts";

const IMPORTS_PER_PAGE = 20;
const ROWS_PER_PAGE = 50;
const REFRESH_SECONDS = 2;
const IMPORT_ID = /^[\w-]{1,64}$/;

/** Each format by its columns; docs/import-export.md says more. */
const FORMATS = [
  ["lojal", "lojal: customer_id or email, points; available_on, expires_on where wanted"],
  ["smile", "smile: email, points"],
  ["loyaltylion", "loyaltylion: email, points as the first two columns"],
  ["yotpo", "yotpo: Email, Points Balance"],
] as const;

export const importPage: Page = {
  path: "/import",
  name: "Import and export",
  show: async (c) => {
    const before = c.req.query("before") ?? null;
    if (before !== null && !IMPORT_ID.test(before)) return problem(c, "invalid-request", "This list has no such page.");
    const { rooms, shop, session } = c.var;
    const [imports, may] = await Promise.all([
      rooms.imports.list(shop.id, IMPORTS_PER_PAGE + 1, before),
      mayAct(rooms, shop, session.staffId),
    ]);
    const shown = imports.slice(0, IMPORTS_PER_PAGE);
    const next = imports.length > IMPORTS_PER_PAGE ? (shown.at(-1)?.id ?? null) : null;
    const format = formatsOf(c);
    const isUnderWay = (state: ImportState) => (state.isUndoBegun ? !state.isUndone : !state.isFinished);
    return pageFrame(
      { heading: "Import and export" },
      may ? null : banner("info", "You may look, not change", "Your number is not among those who may act."),
      ...shown.filter(isUnderWay).map((state) => underWay(state, format)),
      may ? chooseFile() : null,
      html`<div data-result tabindex="-1" aria-live="polite"></div>`,
      earlier(shown, format, next),
      may ? exports() : null,
    );
  },
};

function chooseFile(): Html {
  return html`<s-section heading="Bring balances along">
<form id="choose" method="post" action="/admin/import-file" data-file="file">
<s-stack gap="base">
<s-paragraph>A file of customers and their points. It is checked first, and nothing is written before you say so. Rows with a fault are told with the reason; the others are imported.</s-paragraph>
<s-drop-zone name="file" label="File" accept=".csv,.txt,text/csv" required></s-drop-zone>
<s-select name="format" label="Columns" details="Other columns are not read. Capitals, and the order of columns, do not matter.">${FORMATS.map(
    ([value, text]) => html`<s-option value="${value}" ${value === "lojal" ? "selected" : ""}>${text}</s-option>`,
  )}</s-select>
<s-checkbox name="adds" value="true" label="Add to what earlier imports brought" details="Without it, customers who got points from an import that is not undone are refused."></s-checkbox>
<div data-bar aria-live="polite"></div>
<s-stack direction="inline" gap="base"><s-button type="submit" variant="primary">Check the file</s-button></s-stack>
<s-paragraph color="subdued">Points are digits alone. E-mails are looked up at Shopify and not kept. While the file is checked, keep this page open; the import then goes on by itself. At most 100,000 rows and 10 MB; the operator's command takes more.</s-paragraph>
</s-stack>
</form>
</s-section>`;
}

const HEADINGS: Readonly<Partial<Record<Phase, string>>> = {
  stopped: "An import has stopped",
  undoing: "An import is being undone",
  "undo-stopped": "An undoing has stopped",
};

function underWay(state: ImportState, format: Formats): Html {
  return html`<s-section heading="${HEADINGS[phaseOf(state)] ?? "An import is under way"}">${progressOf(state, format)}</s-section>`;
}

/** What staff can do with one that is not at its end, beside undoing it. */
function ways(state: ImportState): Html | null {
  const way = (path: string, text: string) =>
    html`<form id="${path}" method="post" action="/admin/import/${state.id}/${path}"><s-stack direction="inline"><s-button type="submit">${text}</s-button></s-stack></form>`;
  const phase = phaseOf(state);
  if (phase === "going" || phase === "with-its-file") return way("stop", "Stop it");
  const canGoOn = phase === "undo-stopped" || (phase === "stopped" && state.stoppedWhy !== "expired");
  return canGoOn ? way("go-on", "Go on") : null;
}

/** Where an import stands. */
type Phase =
  | "with-its-file"
  | "handing-over"
  | "going"
  | "stopped"
  | "finished"
  | "undoing"
  | "undo-stopped"
  | "undone";

function phaseOf(state: ImportState): Phase {
  if (state.isUndone) return "undone";
  if (state.isUndoBegun) return state.stoppedWhy === null ? "undoing" : "undo-stopped";
  if (state.isFinished) return "finished";
  if (state.stoppedWhy !== null) return "stopped";
  if (!state.isKept) return "with-its-file";
  return state.keptThroughRow >= state.lastRow ? "going" : "handing-over";
}

/** How far an import is, or its undoing: while it goes on, the page asks for this again and again. */
export function progressOf(state: ImportState, { number, moment, points }: Formats): Html {
  const { id, rowsTotal, rowsPosted, rowsEmpty, rowsRefused, pointsPosted, pointsTaken, pointsLeft } = state;
  const phase = phaseOf(state);
  if (phase === "undone" || phase === "finished") return html`<div data-done><s-paragraph>Done.</s-paragraph></div>`;
  const done = state.isUndoBegun ? pointsTaken + pointsLeft : rowsPosted + rowsEmpty + rowsRefused;
  const total = state.isUndoBegun ? pointsPosted : rowsTotal;
  const far = state.isUndoBegun
    ? `${number(done)} of ${points(total)} looked at.`
    : `${number(done)} of ${number(total)} rows, begun ${moment(state.begunAtMs)}.`;
  const content = html`<s-stack gap="small-200">
<s-progress value="${total === 0 ? 0 : Math.floor((100 * done) / total)}" max="100" accessibilityLabel="Progress"></s-progress>
<s-paragraph>${far} ${wordsOf(phase, state)}</s-paragraph>
<s-link href="/import/${id}">Open this import</s-link>
</s-stack>`;
  // What has stopped says so, and stands as it is.
  return phase === "stopped" || phase === "undo-stopped"
    ? html`<div>${content}</div>`
    : refreshing(`/admin/import/${id}/progress`, REFRESH_SECONDS, content);
}

const STOPPED: Readonly<Record<NonNullable<ImportState["stoppedWhy"]>, string>> = {
  staff: "It was stopped. Open the import to let it go on, or to undo it.",
  failed:
    "It failed several times in a row and has stopped. Open the import and let it go on; if it stops again, tell whoever runs the app.",
  expired:
    "It has stopped, and its rows are no longer here: they are kept for a day. Choose the same file again: it goes on where it was, and brings nothing twice.",
};

function wordsOf(phase: Phase, { stoppedWhy, failures }: ImportState): string {
  if (phase === "undo-stopped") return "It failed several times in a row. Open the import, and go on.";
  if (phase === "stopped" && stoppedWhy !== null) return STOPPED[stoppedWhy];
  if (phase === "with-its-file")
    return "Its rows do not wait here: the operator’s command imports them from the file, or the page it was begun in was closed before it handed any over. Choose the same file again, where nobody is at it: it goes on where it was, and brings nothing twice.";
  if (phase === "handing-over")
    return "The file is being handed over: keep the page it was begun in open for a moment. Was it closed? Choose the same file again: it goes on where it was, and brings nothing twice.";
  if (failures > 0) return "The last try failed. It is tried again by itself.";
  return "It goes on by itself: this page may be closed.";
}

const BADGES: Readonly<Record<Phase, readonly [tone: string, text: string]>> = {
  "with-its-file": ["info", "Not handed over"],
  "handing-over": ["info", "Being handed over"],
  going: ["info", "Under way"],
  stopped: ["warning", "Stopped"],
  finished: ["success", "Imported"],
  undoing: ["warning", "Being undone"],
  "undo-stopped": ["warning", "Undoing stopped"],
  undone: ["neutral", "Undone"],
};

function stateOf(state: ImportState): Html {
  const [tone, text] = BADGES[phaseOf(state)];
  return html`<s-badge tone="${tone}">${text}</s-badge>`;
}

function earlier(imports: readonly ImportState[], { number, moment }: Formats, next: string | null): Html {
  const rows = imports.map((state) => [
    html`<s-link href="/import/${state.id}">${moment(state.begunAtMs)}</s-link>`,
    stateOf(state),
    state.format,
    number(state.rowsPosted),
    number(state.rowsRefused),
    number(state.pointsPosted),
  ]);
  const columns = [
    { name: "Begun" },
    { name: "State" },
    { name: "Columns" },
    { name: "Rows imported", isNumeric: true },
    { name: "Rows refused", isNumeric: true },
    { name: "Points", isNumeric: true },
  ];
  return html`<s-section heading="Imports" padding="none">${
    rows.length === 0
      ? emptyState("No imports yet", "Each import is listed here, and can be undone.")
      : table(columns, rows)
  }${morePages(next === null ? null : `/import?before=${next}`) ?? ""}</s-section>`;
}

const EXPORTS = [
  ["members", "members.csv", "Members with their balances", "One row for each, for a spreadsheet."],
  ["entries", "entries.csv", "All movements of points", "Every entry with its cause, for a spreadsheet."],
  [
    "shop",
    "shop.ndjson",
    "The whole shop",
    "Program versions, members, entries: it comes back anywhere this app runs, to the same balances.",
  ],
] as const;

function exports(): Html {
  return html`<s-section heading="Take your data along">
<s-stack gap="base">${EXPORTS.map(
    ([what, file, name, text]) =>
      html`<s-stack direction="inline" gap="base" justifyContent="space-between" alignItems="center"><s-stack gap="small-200"><s-text type="strong">${name}</s-text><s-text color="subdued">${text}</s-text></s-stack><s-button data-download="/admin/export/${what}" data-file="${file}" accessibilityLabel="Save ${file}">Save ${file}</s-button></s-stack>`,
  )}
<s-paragraph color="subdued">The files hold customers' numbers, and codes that are still good: keep them to yourselves. A shop of some ten thousand members is better taken by the operator's command.</s-paragraph>
</s-stack>
</s-section>`;
}

export const oneImportPage: Page = {
  path: "/import/:id",
  name: null,
  show: async (c) => {
    const id = c.req.param("id") ?? "";
    const after = c.req.query("after") ?? "0";
    const { rooms, shop, session } = c.var;
    const state = IMPORT_ID.test(id) ? await rooms.imports.find(shop.id, id) : null;
    if (state === null || !/^\d{1,9}$/.test(after)) return problem(c, "not-found", "There is no such import.");
    const [refused, may] = await Promise.all([
      rooms.imports.refusedAfter(shop.id, id, Number(after), ROWS_PER_PAGE + 1),
      mayAct(rooms, shop, session.staffId),
    ]);
    const shown = refused.slice(0, ROWS_PER_PAGE);
    const format = formatsOf(c);
    const isUnderWay = state.isUndoBegun ? !state.isUndone : !state.isFinished;
    return pageFrame(
      {
        heading: `Import of ${format.moment(state.begunAtMs)}`,
        back: { path: "/import", name: "Import and export" },
        ...(may && !state.isUndoBegun ? { actions: undoDialog(state, format) } : {}),
      },
      isUnderWay ? underWay(state, format) : null,
      isUnderWay && may ? ways(state) : null,
      outcome(state, format),
      html`<s-section heading="Rows that were refused" padding="none">
${shown.length === 0 ? emptyState("No row was refused", "Every row of the file was read.") : refusedTable(shown, format)}
${shown.length === 0 ? "" : html`<s-stack direction="inline" padding="base"><s-button data-download="/admin/import/${id}/refused" data-file="refused.csv">Save as CSV</s-button></s-stack>`}
${morePages(refused.length > ROWS_PER_PAGE ? `/import/${id}?after=${shown.at(-1)?.row}` : null, "More rows") ?? ""}
</s-section>`,
    );
  },
};

function outcome(state: ImportState, { number, points }: Formats): Html {
  const who = state.begunBy === "operator" ? "The app’s operator" : `Staff ${state.begunBy}`;
  return html`<s-section heading="What it brought"><s-stack gap="base">
${figures([
  { name: "Rows imported", value: number(state.rowsPosted) },
  { name: "Points", value: number(state.pointsPosted) },
  { name: "Rows refused", value: number(state.rowsRefused) },
  { name: "Rows of 0 points", value: number(state.rowsEmpty), note: "They bring nothing." },
])}
${facts([
  ["State", stateOf(state)],
  ["Begun by", who],
  ["Columns", state.format],
  ...(state.isUndoBegun
    ? ([
        ["Taken back", points(state.pointsTaken)],
        ["Not there any more: spent, in codes, expired or moved", points(state.pointsLeft)],
      ] as const)
    : []),
])}
</s-stack></s-section>`;
}

function undoDialog(state: ImportState, { points }: Formats): Html {
  return confirmed({
    id: "undo",
    button: "Undo this import",
    slot: "primary-action",
    isCritical: true,
    heading: "Undo this import?",
    action: `/admin/import/${state.id}/undo`,
    submit: "Undo it",
    text: `It ${state.isFinished ? "brought" : "has brought"} ${points(state.pointsPosted)}${state.isFinished ? "" : " so far, and stops first"}. What is still there of them is taken back; what was spent stays spent, and nobody comes to owe anything. The undoing itself cannot be undone, but the file can be imported anew.`,
  });
}
