/** Is the worker there, and its database? */
import { Hono } from "hono";
import type { RequestContext } from "./context.ts";

export const health = new Hono<RequestContext>();

health.get("/", async (c) => {
  const startedMs = Date.now();
  c.header("Cache-Control", "no-store");
  try {
    await c.var.rooms.ledger.ping();
    return c.json({ ok: true, database_ms: Date.now() - startedMs });
  } catch {
    return c.json({ ok: false, database_ms: null }, 503);
  }
});
