/** A customer in the path, behind a door that lets staff or the merchant's own software in: the proxy's shopper is never named so. */
import type { Context, MiddlewareHandler } from "hono";
import type { RequestContext } from "./context.ts";
import { problem } from "./problem.ts";

/** As Shopify writes it: with a zero before it, it would be somebody else. */
export const CUSTOMER_NUMBER = /^[1-9]\d{0,19}$/;

/** The answer where what stands for a customer is no number of Shopify's. */
export function noSuchCustomer(c: Context<RequestContext>, text: string): Response {
  const isPadded = /^0\d+$/.test(text);
  return problem(
    c,
    "not-found",
    isPadded ? "Shopify’s customer numbers do not begin with a zero: leave it out." : "A customer has a number.",
  );
}

/** Sets `customerId`. */
export const namedCustomer: MiddlewareHandler<RequestContext> = async (c, next) => {
  const customerId = c.req.param("customer") ?? "";
  if (!CUSTOMER_NUMBER.test(customerId)) return noSuchCustomer(c, customerId);
  c.set("customerId", customerId);
  await next();
  return undefined;
};
