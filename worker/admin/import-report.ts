/** What is told of a file's rows: in a table, and as a file of its own. */
import { html } from "hono/html";
import { csvLine } from "../domain/csv-line.ts";
import { IMPORT_REASONS, type RefusedRow } from "../domain/import-format.ts";
import type { ImportReport } from "../domain/import-report.ts";
import type { Formats } from "./formats.ts";
import { figures, type Html, table } from "./page.ts";

const ROWS_PER_PAGE = 50;

/** Rows that are refused, each with why and what to do about it. */
export function refusedTable(rows: readonly RefusedRow[], { number }: Formats): Html {
  return table(
    [{ name: "Row" }, { name: "Column" }, { name: "Why" }, { name: "What to do" }],
    rows.map(({ row, column, reason }) => [number(row), column ?? "–", ...IMPORT_REASONS[reason]]),
  );
}

/** The same for a spreadsheet. */
export function refusedCsv(rows: readonly RefusedRow[]): string {
  const lines = rows.map(({ row, column, reason }) => csvLine([row, column, ...IMPORT_REASONS[reason]]));
  return `${csvLine(["row", "column", "why", "what_to_do"])}${lines.join("")}`;
}

/** What begins the import that was tried. */
export interface Tried {
  readonly digest: string;
  readonly layout: string;
  readonly adds: boolean;
  readonly rowsTotal: number;
  readonly lastRow: number;
  readonly unread: number;
}

/** What a dry run found; the rows that are refused from the one of this place on. */
export function reportSection(report: ImportReport, tried: Tried, from: number, format: Formats): Html {
  const { number, points } = format;
  const { refused, rowsToPost, rowsEmpty } = report;
  const shown = refused.slice(from, from + ROWS_PER_PAGE);
  return html`<s-stack gap="base"><s-section heading="What the file would bring"><s-stack gap="base">
${figures([
  { name: "Rows to import", value: number(rowsToPost) },
  { name: "Points", value: number(report.points) },
  { name: "Rows refused", value: number(refused.length) },
  { name: "Rows of 0 points", value: number(rowsEmpty), note: "They bring nothing." },
])}
${tried.unread === 0 ? "" : html`<s-paragraph color="subdued">Not read: ${number(tried.unread)} more columns.</s-paragraph>`}
${
  rowsToPost === 0
    ? html`<s-paragraph>There is nothing to import. Correct the file, and choose it again.</s-paragraph>`
    : html`<form id="begin" method="post" action="/admin/import-file/begin">
<input type="hidden" name="digest" value="${tried.digest}"><input type="hidden" name="layout" value="${tried.layout}">
<input type="hidden" name="adds" value="${String(tried.adds)}"><input type="hidden" name="rows" value="${tried.rowsTotal}"><input type="hidden" name="last" value="${tried.lastRow}">
<s-stack direction="inline" gap="base" alignItems="center"><s-button type="submit" variant="primary">Import ${points(report.points)}</s-button><s-text color="subdued">Nothing is written yet. It can be undone.</s-text></s-stack>
</form>`
}
</s-stack></s-section>
${
  refused.length === 0
    ? ""
    : html`<s-section heading="Rows that are refused" padding="none">${refusedTable(shown, format)}
<s-stack direction="inline" gap="base" padding="base" alignItems="center">
${from === 0 ? "" : html`<s-button data-report="${Math.max(0, from - ROWS_PER_PAGE)}">Rows before</s-button>`}
${from + ROWS_PER_PAGE >= refused.length ? "" : html`<s-button data-report="${from + ROWS_PER_PAGE}">More rows</s-button>`}
<s-text color="subdued">${number(from + 1)} to ${number(from + shown.length)} of ${number(refused.length)}</s-text>
<s-button data-report-file="refused.csv">Save all as CSV</s-button>
</s-stack></s-section>`
}</s-stack>`;
}
