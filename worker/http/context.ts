/** What a request carries through the routes. */
import type { Context } from "hono";
import type { Env } from "../env.ts";
import type { Rooms } from "../flows/rooms.ts";
import type { RequestNotes } from "../log.ts";
import type { Shop } from "../shops/shops.ts";

export interface RequestContext {
  readonly Bindings: Env;
  readonly Variables: {
    rooms: Rooms;
    /** What the request's event will say besides route, status and time. */
    notes: RequestNotes;
    /** Set by the proxy check, and by nothing else. */
    shop: Shop;
    customerId: string;
  };
}

/** Adds to what the request's event will say. */
export function note(c: Context<RequestContext>, notes: RequestNotes): void {
  c.set("notes", { ...c.var.notes, ...notes });
}
