/** The tables of the collections and tags whose products earn nothing. Part of schema.ts, which is what others import. */
import { integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

export const productGroups = pgTable(
  "product_groups",
  {
    shopId: integer("shop_id").notNull(),
    groupKey: text("group_key").notNull(),
    title: text("title").notNull(),
    readAt: moment("read_at").notNull(),
    products: integer("products").notNull(),
  },
  (t) => [primaryKey({ name: "product_groups_pkey", columns: [t.shopId, t.groupKey] })],
);

export const groupReadings = pgTable(
  "group_readings",
  {
    shopId: integer("shop_id").notNull(),
    groupKey: text("group_key").notNull(),
    askedAt: moment("asked_at"),
    endedAt: moment("ended_at"),
    outcome: text("outcome"),
    products: integer("products"),
    doubtedSince: moment("doubted_since"),
  },
  (t) => [primaryKey({ name: "group_readings_pkey", columns: [t.shopId, t.groupKey] })],
);

export const productGroupMembers = pgTable(
  "product_group_members",
  {
    shopId: integer("shop_id").notNull(),
    productId: text("product_id").notNull(),
    groupKey: text("group_key").notNull(),
    since: moment("since").notNull(),
    until: moment("until"),
  },
  (t) => [primaryKey({ name: "product_group_members_pkey", columns: [t.shopId, t.productId, t.groupKey, t.since] })],
);
