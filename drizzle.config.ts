import { defineConfig } from "drizzle-kit";

// `MIGRATION_DATABASE_URL` is the database owner's connection string; the worker's own login may not change tables.
export default defineConfig({
  dialect: "postgresql",
  schema: "./worker/db/schema.ts",
  out: "./migrations",
  dbCredentials: { url: process.env["MIGRATION_DATABASE_URL"] ?? "" },
});
