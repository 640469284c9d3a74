/** The tables of what staff do: settings, a month's budget, imports. Part of schema.ts, which is what others import. */
import { boolean, date, integer, json, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, moment, points } from "./columns.ts";

export const shopSettings = pgTable("shop_settings", {
  shopId: integer("shop_id").primaryKey(),
  version: integer("version").notNull(),
  budgetPoints: points("budget_points"),
  staff: text("staff").array(),
  showsNames: boolean("shows_names").notNull().default(false),
  pilotTag: text("pilot_tag"),
  pilotTagReadAt: moment("pilot_tag_read_at"),
  pilotTagMembers: integer("pilot_tag_members"),
  words: json("words"),
  wordsVersion: integer("words_version").notNull().default(0),
});

export const budgetMonths = pgTable(
  "budget_months",
  {
    shopId: integer("shop_id").notNull(),
    month: date("month").notNull(),
    pointsGiven: points("points_given").notNull().default(0),
  },
  (t) => [primaryKey({ name: "budget_months_pkey", columns: [t.shopId, t.month] })],
);

export const budgetGrants = pgTable(
  "budget_grants",
  {
    shopId: integer("shop_id").notNull(),
    id: text("id").notNull(),
    staffId: text("staff_id").notNull(),
    month: date("month").notNull(),
    points: points("points").notNull(),
    returnedAt: moment("returned_at"),
  },
  (t) => [primaryKey({ name: "budget_grants_pkey", columns: [t.shopId, t.id] })],
);

export const imports = pgTable(
  "imports",
  {
    shopId: integer("shop_id").notNull(),
    id: text("id").notNull(),
    digest: text("digest").notNull(),
    format: text("format").notNull(),
    layout: json("layout"),
    adds: boolean("adds").notNull().default(false),
    begunBy: text("begun_by").notNull(),
    begunAt: moment("begun_at").notNull().defaultNow(),
    rowsTotal: integer("rows_total").notNull(),
    lastRow: integer("last_row").notNull(),
    lastRowDone: integer("last_row_done").notNull().default(0),
    rowsPosted: integer("rows_posted").notNull().default(0),
    rowsEmpty: integer("rows_empty").notNull().default(0),
    rowsRefused: integer("rows_refused").notNull().default(0),
    pointsPosted: points("points_posted").notNull().default(0),
    finishedAt: moment("finished_at"),
    undoBegunAt: moment("undo_begun_at"),
    undoBegunBy: text("undo_begun_by"),
    undoLastRow: integer("undo_last_row").notNull().default(0),
    pointsTaken: points("points_taken").notNull().default(0),
    pointsLeft: points("points_left").notNull().default(0),
    undoneAt: moment("undone_at"),
    keptThroughRow: integer("kept_through_row").notNull().default(0),
    keptUntil: moment("kept_until"),
    dueAt: moment("due_at"),
    failures: integer("failures").notNull().default(0),
    stoppedWhy: text("stopped_why"),
  },
  (t) => [primaryKey({ name: "imports_pkey", columns: [t.shopId, t.id] })],
);

export const importRows = pgTable(
  "import_rows",
  {
    shopId: integer("shop_id").notNull(),
    importId: text("import_id").notNull(),
    rowNumber: integer("row_number").notNull(),
    outcome: text("outcome").notNull(),
    memberId: id("member_id"),
    points: points("points"),
    columnName: text("column_name"),
    reason: text("reason"),
    pointsTaken: points("points_taken"),
    customerId: text("customer_id"),
    availableAt: moment("available_at"),
    expiresAt: moment("expires_at"),
  },
  (t) => [primaryKey({ name: "import_rows_pkey", columns: [t.shopId, t.importId, t.rowNumber] })],
);
