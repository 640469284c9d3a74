/**
 * What the page of imports and exports sends: a file is taken apart and checked page by page, and what the check found is handed over, to be imported
 * without the page; files of what there is go out.
 */
import { Hono } from "hono";
import * as z from "zod";
import { CUSTOMER_NUMBER } from "../domain/account.ts";
import {
  IMPORT_FORMATS,
  IMPORT_REASONS,
  type ImportReason,
  MOST_POINTS_AT_ONCE,
  SeenCustomers,
} from "../domain/import-format.ts";
import { joinPages } from "../domain/import-report.ts";
import { mayAct, noteThenAct } from "../flows/act-as-staff.ts";
import { exportEntriesCsv, exportMembersCsv } from "../flows/export-csv.ts";
import { exportShop } from "../flows/export-shop.ts";
import { handOver, resumeImport, stopImport } from "../flows/go-on-import.ts";
import { beginImport, checkRows, type PageRefusal, ROWS_PER_PAGE } from "../flows/import-members.ts";
import { readImportFile, withoutUnread } from "../flows/read-import-file.ts";
import { undoLater } from "../flows/undo-import.ts";
import type { RequestContext } from "../http/context.ts";
import { problem, refused } from "../http/problem.ts";
import { formatsOf } from "./formats.ts";
import { answered, done, fileDoor, readForm, staffDoor } from "./forms.ts";
import { progressOf } from "./import-page.ts";
import { refusedCsv, reportSection } from "./import-report.ts";
import type { AdminContext } from "./page.ts";

const MEGABYTE = 1024 * 1024;
const MOST_FILE_BYTES = 10 * MEGABYTE;
const MOST_REPORT_BYTES = 16 * MEGABYTE;
const MOST_REFUSED_ROWS = 100_000;
/** As many of the dry run's pages as one request hands over. */
const MOST_PAGES = 10;
/** The end of the year 2100. */
const LAST_MS = Date.UTC(2101, 0);

/** Rows without anything in them count, too. */
const MOST_ROW = 10_000_000;

const number = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const placesSchema = z.partialRecord(
  z.enum(["customer_id", "email", "points", "available_on", "expires_on"]),
  number.max(10_000),
);
const layoutSchema = z.object({
  format: z.enum(IMPORT_FORMATS),
  hasHeader: z.boolean(),
  width: number.max(10_000),
  places: placesSchema.transform((places) => ({ ...places }) as Readonly<Record<string, number>>),
});
const rowsSchema = z
  .array(z.tuple([number, z.array(z.string().max(501)).max(10_000)]))
  .max(ROWS_PER_PAGE)
  .transform((rows) => rows.map(([row, cells]) => ({ row, cells })));
const isReason = (text: string): text is ImportReason => text in IMPORT_REASONS;
const refusedRow = z.object({
  row: number,
  column: z.enum(["customer_id", "email", "points", "available_on", "expires_on"]).nullable(),
  reason: z.string().refine(isReason),
});
const moment = number.max(LAST_MS);
const namedRow = z.object({
  row: number,
  customerId: z.string().regex(CUSTOMER_NUMBER),
  points: number.max(MOST_POINTS_AT_ONCE),
  availableAtMs: moment,
  expiresAtMs: moment.nullable(),
});
const pageSchema = z.object({
  /** The page's last row. */
  through: number.max(MOST_ROW),
  refused: z.array(refusedRow),
  named: z.array(namedRow),
});
const carrySchema = z.object({
  layout: layoutSchema,
  adds: z.boolean(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  rowsTotal: number,
  lastRow: number,
  unread: number,
});

const WHY: Readonly<Record<PageRefusal, string>> = {
  "email-denied":
    "Shopify does not let this app look customers up by e-mail: that needs level 2 of its protected customer data. Give customer ids instead.",
  "no-access": "The shop has no access token, so that no e-mail can be looked up. Open the app anew.",
  "unknown-import": "There is no such import.",
  undone: "This import is undone.",
  stopped: "This import is stopped: let it go on from its own page, and choose the file again.",
};

/** A file on its way to becoming an import. */
export const importFile = new Hono<RequestContext>();

importFile.post("/", ...fileDoor(MOST_FILE_BYTES, "A file has at most 10 MB."), async (c) => {
  const wish = z
    .object({ format: z.enum(IMPORT_FORMATS), adds: z.literal("true").optional() })
    .safeParse({ format: c.req.query("format"), adds: c.req.query("adds") });
  if (!wish.success) return problem(c, "invalid-request", "Choose what columns the file has.");
  const adds = wish.data.adds === "true";
  const answer = await readImportFile(new Uint8Array(await c.req.arrayBuffer()), { format: wish.data.format, adds });
  if (answer.kind === "refused")
    return problem(c, "invalid-request", answer.why, { fields: { file: "This file cannot be read." } });
  const { layout, rows, digest, unread } = answer.file;
  const lastRow = rows.at(-1)?.row ?? 0;
  const carry = { layout, adds, digest, rowsTotal: rows.length, lastRow, unread: unread.length };
  return c.json({
    work: {
      path: "/admin/import-file/check",
      end: "/admin/import-file/report",
      usesRows: true,
      rows: withoutUnread(answer.file).map(({ row, cells }) => [row, cells]),
      carry,
    },
  });
});

importFile.post("/check", ...fileDoor(MEGABYTE, "A page of rows is smaller."), async (c) => {
  const form = await readForm(c, z.object({ carry: carrySchema, after: number, rows: rowsSchema }));
  if ("problem" in form) return form.problem;
  const { carry, after, rows } = form.fields;
  const answer = await checkRows(c.var.rooms, c.var.shop, carry, rows, new SeenCustomers());
  switch (answer.kind) {
    case "refused":
      return problem(c, "invalid-request", WHY[answer.why]);
    case "later":
      return c.json({ after, waitSeconds: answer.delaySeconds });
    case "checked":
      return c.json({ keep: { through: rows.at(-1)?.row ?? after, refused: answer.refused, named: answer.named } });
  }
});

importFile.post("/report", ...fileDoor(MOST_REPORT_BYTES, "A report is smaller."), async (c) => {
  const form = await readForm(
    c,
    z.object({
      carry: carrySchema,
      kept: z.array(pageSchema),
      from: number.default(0),
      as: z.literal("csv").optional(),
    }),
  );
  if ("problem" in form) return form.problem;
  const { carry, kept, from, as } = form.fields;
  const report = joinPages(kept);
  if (as === "csv") return csv(c, refusedCsv(report.refused));
  return c.html(reportSection(report, { ...carry, layout: JSON.stringify(carry.layout) }, from, formatsOf(c)));
});

const wholeNumber = z
  .string()
  .regex(/^\d{1,7}$/)
  .transform(Number);
const beginForm = z.object({
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  layout: z
    .string()
    .max(2_000)
    .transform((text, context) => {
      const parsed = layoutSchema.safeParse(safely(text));
      if (parsed.success) return parsed.data;
      context.addIssue("Choose the file anew.");
      return z.NEVER;
    }),
  adds: z.stringbool(),
  rows: wholeNumber,
  last: wholeNumber,
});

importFile.post("/begin", ...staffDoor, async (c) => {
  const form = await readForm(c, beginForm);
  if ("problem" in form) return form.problem;
  const { digest, layout, adds, rows: rowsTotal, last: lastRow } = form.fields;
  const { rooms, shop, session } = c.var;
  if (!(await mayAct(rooms, shop, session.staffId))) return refused(c, { code: "not-permitted" });
  const wanted = { id: crypto.randomUUID(), digest, layout, adds, begunBy: session.staffId, rowsTotal, lastRow };
  const { id, lastRowDone, keptThroughRow, isFinished, stoppedWhy } = await beginImport(rooms, shop, wanted);
  if (isFinished) return c.json({ toast: "This file is imported already.", to: `/import/${id}` });
  if (stoppedWhy === "staff")
    return c.json({ toast: "This import is stopped: let it go on first.", to: `/import/${id}` });
  if (keptThroughRow >= lastRow) return c.json({ toast: "This file is here already.", to: `/import/${id}` });
  const after = Math.max(lastRowDone, keptThroughRow);
  const work = { path: `/admin/import/${id}/hand-over`, usesKept: true, after, toast: HANDED_OVER };
  return c.json({ toast: "Handing the file over …", work });
});

const HANDED_OVER = "The import goes on by itself. You may close this page.";

/** An import that was begun. */
export const importForms = new Hono<RequestContext>();

importForms.post("/:id/hand-over", ...fileDoor(MEGABYTE, "A page of rows is smaller."), async (c) => {
  const form = await readForm(c, z.object({ after: number, pages: z.array(pageSchema).min(1).max(MOST_PAGES) }));
  if ("problem" in form) return form.problem;
  const { rooms, shop, session } = c.var;
  const { after: afterRow, pages } = form.fields;
  if (!(await mayAct(rooms, shop, session.staffId))) return refused(c, { code: "not-permitted" });
  const state = await handOver(rooms, shop, c.req.param("id"), {
    afterRow,
    throughRow: Math.max(...pages.map(({ through }) => through)),
    named: pages.flatMap(({ named }) => named),
    refused: pages.flatMap((page) => page.refused),
  });
  if (state === null) return problem(c, "not-found", WHY["unknown-import"]);
  if (state.isUndoBegun) return problem(c, "invalid-request", WHY.undone);
  // Nothing of it was kept, and the page would hand the same rows over again and again.
  if (state.stoppedWhy === "staff") return problem(c, "invalid-request", WHY.stopped);
  const after = Math.max(state.lastRowDone, state.keptThroughRow);
  return c.json({ after, done: state.isFinished || after >= state.lastRow });
});

importForms.post("/:id/undo", ...staffDoor, async (c) => {
  const { rooms, shop, session } = c.var;
  if (!(await mayAct(rooms, shop, session.staffId))) return refused(c, { code: "not-permitted" });
  const answer = await undoLater(rooms, shop, { importId: c.req.param("id"), by: session.staffId });
  if (answer.kind === "refused") return problem(c, "not-found", WHY[answer.why]);
  return done(c, "It is being undone. You may close this page.");
});

importForms.post("/:id/stop", ...staffDoor, async (c) => {
  const { rooms, shop, session } = c.var;
  const answer = await stopImport(rooms, shop, session.staffId, c.req.param("id"));
  if (answer.kind === "unknown") return problem(c, "not-found", WHY["unknown-import"]);
  return answered(c, answer, ({ hasChanged }) => (hasChanged ? "The import stops." : NOTHING_STOPPED));
});

importForms.post("/:id/go-on", ...staffDoor, async (c) => {
  const { rooms, shop, session } = c.var;
  const answer = await resumeImport(rooms, shop, session.staffId, c.req.param("id"));
  if (answer.kind === "unknown") return problem(c, "not-found", WHY["unknown-import"]);
  return answered(c, answer, ({ hasChanged, state }) => {
    if (!state.isFinished && !state.isKept && !state.isUndoBegun) return MAY_GO_ON;
    return hasChanged ? "The import goes on." : NOTHING_STOOD;
  });
});

const NOTHING_STOPPED = "Nothing was stopped: look at the page again.";
const NOTHING_STOOD = "It was not stopped: look at the page again.";
/** Its rows are in its file alone. */
const MAY_GO_ON = "It may go on: choose the same file again, or have the operator run the command again.";

importForms.get("/:id/progress", ...staffDoor, async (c) => {
  const state = await c.var.rooms.imports.find(c.var.shop.id, c.req.param("id"));
  return state === null ? problem(c, "not-found", WHY["unknown-import"]) : c.html(progressOf(state, formatsOf(c)));
});

importForms.get("/:id/refused", ...staffDoor, async (c) => {
  const { rooms, shop } = c.var;
  return csv(c, refusedCsv(await rooms.imports.refusedAfter(shop.id, c.req.param("id"), 0, MOST_REFUSED_ROWS)));
});

function csv(c: AdminContext, text: string): Response {
  c.header("Content-Type", "text/csv; charset=utf-8");
  return c.body(text);
}

function safely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export const exportFiles = new Hono<RequestContext>();

const EXPORTS = { members: exportMembersCsv, entries: exportEntriesCsv, shop: exportShop } as const;

exportFiles.get("/:what{members|entries|shop}", ...staffDoor, async (c) => {
  const what = z.enum(["members", "entries", "shop"]).parse(c.req.param("what"));
  const { rooms, shop, session } = c.var;
  // Written down before the first line goes out.
  const act = { staffId: session.staffId, action: "export-made", detail: { what } } as const;
  const answer = await noteThenAct(rooms, shop, act, () => Promise.resolve({ kind: "begun" }));
  if (answer.kind === "refused" && "refusal" in answer) return refused(c, answer.refusal);
  c.header("Content-Type", what === "shop" ? "application/x-ndjson" : "text/csv; charset=utf-8");
  return c.body(streamed(EXPORTS[what](rooms, shop)));
});

/** Line after line as they are read: whoever saves it slowly has it read slowly. A fault breaks the answer off, so that no half file passes for one. */
function streamed(lines: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await lines.return(undefined);
    },
  });
}
