/** The door that reads a body whole, within a size and a time, before a route sees it. */
import type { MiddlewareHandler } from "hono";
import { type BodyBounds, readBody } from "./body.ts";
import type { RequestContext } from "./context.ts";
import { problem } from "./problem.ts";

/** `tooLarge` says to whoever sends more what a body here is like. */
export function boundedBody(bounds: BodyBounds, tooLarge: string): MiddlewareHandler<RequestContext> {
  return async (c, next) => {
    if (c.req.raw.body === null) return next();
    const body = await readBody(c.req.raw, bounds);
    if (body === "too-large") return problem(c, body, tooLarge);
    if (body === "too-slow") return problem(c, body);
    c.req.raw = new Request(c.req.raw, { body });
    return next();
  };
}
