/** What a request carries through the routes. */
import type { Context } from "hono";
import type { Env } from "../env.ts";
import type { Rooms } from "../flows/rooms.ts";
import type { RequestNotes } from "../log.ts";
import type { VerifiedSession } from "../shopify/verify-session.ts";
import type { ApiKey } from "../shops/api-keys.ts";
import type { Shop } from "../shops/shops.ts";
import type { Limits } from "./limits.ts";

export interface RequestContext {
  readonly Bindings: Env;
  readonly Variables: {
    rooms: Rooms;
    limits: Limits;
    /** What the request's event will say besides route, status and time. */
    notes: RequestNotes;
    /** Set by the door that a request came through: the proxy's signature, a session, an API key. */
    shop: Shop;
    customerId: string;
    /** Set by the session check, and by nothing else. */
    session: VerifiedSession;
    /** Set by the check of an API key, and by nothing else. */
    apiKey: ApiKey;
  };
}

/** Adds to what the request's event will say. */
export function note(c: Context<RequestContext>, notes: RequestNotes): void {
  c.set("notes", { ...c.var.notes, ...notes });
}
