/** What a request carries through the routes. */
import type { Rooms } from "../flows/rooms.ts";
import type { Shop } from "../shops/shops.ts";

export interface RequestContext {
  readonly Bindings: { readonly [name: string]: unknown };
  readonly Variables: {
    rooms: Rooms;
    /** Set by the proxy check, and by nothing else. */
    shop: Shop;
    customerId: string;
  };
}
