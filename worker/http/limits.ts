/**
 * How often somebody may ask. The numbers stand in wrangler.toml; Cloudflare counts them, each of its locations for itself. They bound what
 * one shopper and one shop can cost everybody else. The books do not lean on them: no number of requests makes a point.
 */
import type { Context } from "hono";
import type { Env } from "../env.ts";
import { faultFields } from "../log.ts";
import { note, type RequestContext } from "./context.ts";
import { problem } from "./problem.ts";

/** One of the counters: whether this key may go on. */
export type Limiter = Pick<RateLimit, "limit">;

export interface Limits {
  readonly shopperReads: Limiter;
  readonly shopperWrites: Limiter;
  readonly shop: Limiter;
  readonly health: Limiter;
  readonly apiAddress: Limiter;
  readonly apiKey: Limiter;
}

/** As the bindings of wrangler.toml are called. */
export function limitsOf(env: Env): Limits {
  return {
    shopperReads: env.SHOPPER_READS,
    shopperWrites: env.SHOPPER_WRITES,
    shop: env.SHOP_REQUESTS,
    health: env.HEALTH_CHECKS,
    apiAddress: env.API_ADDRESSES,
    apiKey: env.API_KEYS,
  };
}

/** The period that each limit counts over, which the binding does not tell; a test holds this and wrangler.toml together. */
export const PERIOD_SECONDS: Readonly<Record<keyof Limits, 10 | 60>> = {
  shopperReads: 60,
  shopperWrites: 60,
  shop: 10,
  health: 60,
  apiAddress: 60,
  apiKey: 60,
};

/** The answer for a request that is one too many; null for one that may go on. Asking counts. */
export async function limited(c: Context<RequestContext>, limit: keyof Limits, key: string): Promise<Response | null> {
  if (await mayGoOn(c, limit, key)) return null;
  note(c, { reason: limit });
  const answer = problem(c, "rate-limited", "Wait before you ask again.");
  answer.headers.set("Retry-After", String(PERIOD_SECONDS[limit]));
  return answer;
}

/** The same for a shopper, first of their own share and then of their shop's: who is over the first takes nothing of the second. */
export async function shopperLimited(
  c: Context<RequestContext>,
  { shop, customerId }: { readonly shop: string; readonly customerId: string },
): Promise<Response | null> {
  const isRead = c.req.method === "GET" || c.req.method === "HEAD";
  const own = await limited(c, isRead ? "shopperReads" : "shopperWrites", `${shop} ${customerId}`);
  return own ?? (await limited(c, "shop", shop));
}

/** A limiter that cannot be asked closes nothing: everybody may go on, and the event says so. */
async function mayGoOn(c: Context<RequestContext>, limit: keyof Limits, key: string): Promise<boolean> {
  try {
    return (await c.var.limits[limit].limit({ key })).success;
  } catch (fault) {
    note(c, { work: "limit", ...faultFields(fault) });
    return true;
  }
}
