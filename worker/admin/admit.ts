/** Behind the session check: the shop of the session, and how it writes numbers. */
import type { MiddlewareHandler } from "hono";
import { admitShop } from "../flows/install-shop.ts";
import type { RequestContext } from "../http/context.ts";
import { problem } from "../http/problem.ts";
import { badSession } from "../http/session.ts";

/** Sets `shop`. A shop that is not installed yet, or whose token is lost, is installed by whoever opens the app. */
export const admitted: MiddlewareHandler<RequestContext> = async (c, next) => {
  const { rooms, session } = c.var;
  const known = await rooms.shops.findOne(session.shop, rooms.nowMs());
  if (known?.isInstalled && known.accessTokenSealed !== null) {
    c.set("shop", known);
    await next();
    return undefined;
  }
  return await admittedAnew(c, next);
};

/** The same, after Shopify was asked whether it takes the token: for the page that a merchant opens first. */
export const admittedAnew: MiddlewareHandler<RequestContext> = async (c, next) => {
  const admission = await admitShop(c.var.rooms, c.var.session);
  switch (admission.kind) {
    case "refused":
      return badSession(c);
    case "try-again":
      return problem(c, "try-again", "Shopify did not answer, or the shop is being installed at this moment.");
    case "admitted": {
      c.set("shop", admission.shop);
      await next();
      return undefined;
    }
  }
};
