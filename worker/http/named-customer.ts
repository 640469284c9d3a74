/** A customer in the path, behind a door that lets staff or the merchant's own software in: the proxy's shopper is never named so. */
import type { Context, MiddlewareHandler } from "hono";
import { CUSTOMER_NUMBER } from "../domain/account.ts";
import type { RequestContext } from "./context.ts";
import { problem } from "./problem.ts";

/** The answer where what stands for a customer is no number of Shopify's. */
export function noSuchCustomer(c: Context<RequestContext>, text: string): Response {
  const isPadded = /^0\d+$/.test(text);
  return problem(
    c,
    "not-found",
    isPadded
      ? "Shopify’s customer numbers do not begin with a zero: leave the zeros out."
      : "Write Shopify’s customer number: the digits at the end of the customer’s address in your admin.",
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
