/** The door of every admin request: whose session token is right, and which shop they are in. */
import type { MiddlewareHandler } from "hono";
import { signingSecrets } from "../env.ts";
import { verifySession } from "../shopify/verify-session.ts";
import { note, type RequestContext } from "./context.ts";
import { problem } from "./problem.ts";

/** App Bridge takes it as a sign to ask for another token, and to send the request once more. */
const RETRY_HEADER = "X-Shopify-Retry-Invalid-Session-Request";

/** Sets `session`; whoever has none is told 401. */
export const requireSession: MiddlewareHandler<RequestContext> = async (c, next) => {
  const { settings } = c.var.rooms;
  const authorization = c.req.header("Authorization") ?? null;
  const verdict = await verifySession(authorization, settings.SHOPIFY_API_KEY, signingSecrets(settings));
  if (!verdict.verified) return badSession(c);
  note(c, { shop: verdict.session.shop });
  c.set("session", verdict.session);
  await next();
  c.header("Cache-Control", "no-store");
  return undefined;
};

/** The answer to a session token that is not right, or that Shopify itself does not take any more. */
export function badSession(c: Parameters<typeof problem>[0]): Response {
  c.header(RETRY_HEADER, "1");
  return problem(c, "bad-session", "Open the app from Shopify's admin.");
}
