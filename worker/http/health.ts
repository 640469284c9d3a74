/** Is the worker there, and its database? */
import { Hono } from "hono";
import type { RequestContext } from "./context.ts";
import { limited } from "./limits.ts";

export const health = new Hono<RequestContext>();

health.get("/", async (c) => {
  // Each asks the database, and anybody may ask.
  const tooMany = await limited(c, "health", c.req.header("CF-Connecting-IP") ?? "");
  if (tooMany) return tooMany;
  const startedMs = Date.now();
  try {
    await c.var.rooms.ledger.ping();
    return c.json({ ok: true, database_ms: Date.now() - startedMs });
  } catch {
    return c.json({ ok: false, database_ms: null }, 503);
  }
});
