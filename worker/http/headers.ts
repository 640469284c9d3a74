/** What every answer carries, whoever made it: a route that needs something else says so itself, and is left alone. */
import type { MiddlewareHandler } from "hono";
import type { RequestContext } from "./context.ts";

/** Nothing is kept, guessed, framed or run; a page of ours widens its own policy. */
export const BASE_HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=31536000",
  "X-Content-Type-Options": "nosniff",
};

export const baseHeaders: MiddlewareHandler<RequestContext> = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(BASE_HEADERS))
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
};
