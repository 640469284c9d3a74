/** What a request carries through the routes. */
import type { Context } from "hono";
import type { Env } from "../env.ts";
import type { Rooms } from "../flows/rooms.ts";
import type { RequestNotes } from "../log.ts";
import type { VerifiedSession } from "../shopify/verify-session.ts";
import type { Shop } from "../shops/shops.ts";
import type { Limits } from "./limits.ts";

export interface RequestContext {
  readonly Bindings: Env;
  readonly Variables: {
    rooms: Rooms;
    limits: Limits;
    /** What the request's event will say besides route, status and time. */
    notes: RequestNotes;
    /** Set by the proxy check, and by nothing else. */
    shop: Shop;
    customerId: string;
    /** Set by the session check, and by nothing else. */
    session: VerifiedSession;
  };
}

/** Adds to what the request's event will say. */
export function note(c: Context<RequestContext>, notes: RequestNotes): void {
  c.set("notes", { ...c.var.notes, ...notes });
}
