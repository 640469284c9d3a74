/** The table of the merchant's API keys. Part of schema.ts, which is what others import. */
import { boolean, date, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

export const apiKeys = pgTable(
  "api_keys",
  {
    shopId: integer("shop_id").notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    mayWrite: boolean("may_write").notNull(),
    secretSha256: text("secret_sha256").notNull(),
    place: integer("place").notNull(),
    madeBy: text("made_by").notNull(),
    madeAt: moment("made_at").notNull().defaultNow(),
    usedOn: date("used_on"),
    revokedBy: text("revoked_by"),
    revokedAt: moment("revoked_at"),
  },
  (t) => [primaryKey({ name: "api_keys_pkey", columns: [t.shopId, t.id] })],
);
