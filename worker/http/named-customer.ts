/** A customer in the path, behind a door that lets staff or the merchant's own software in: the proxy's shopper is never named so. */
import type { MiddlewareHandler } from "hono";
import type { RequestContext } from "./context.ts";
import { problem } from "./problem.ts";

/** Sets `customerId`. */
export const namedCustomer: MiddlewareHandler<RequestContext> = async (c, next) => {
  const customerId = c.req.param("customer") ?? "";
  if (!/^\d{1,20}$/.test(customerId)) return problem(c, "not-found", "A customer has a number.");
  c.set("customerId", customerId);
  await next();
  return undefined;
};
