/** A merchant has just granted more, or less, in the admin: Shopify is asked at once, so that nobody waits for its webhook. */

import type { Refusal } from "../domain/refusal.ts";
import { AdminApiFailure } from "../shopify/admin-failure.ts";
import { readShopDetails } from "../shopify/shop-details.ts";
import type { Shop } from "../shops/shops.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";

export type ScopesAnswer =
  | { readonly kind: "noted"; readonly scopes: string }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export async function noteGrantedScopes(rooms: Rooms, shop: Shop): Promise<ScopesAnswer> {
  const api = await adminApiOf(rooms, shop);
  if (api === null) return unanswered();
  // Of before the question: later news of Shopify's own counts more.
  const askedMs = rooms.nowMs();
  try {
    const { scopes } = await readShopDetails(api);
    await rooms.shops.noteScopes(shop, scopes, askedMs);
    return { kind: "noted", scopes };
  } catch (fault) {
    if (fault instanceof AdminApiFailure) return unanswered();
    throw fault;
  }
}

function unanswered(): ScopesAnswer {
  return { kind: "refused", refusal: { code: "try-again", detail: "Shopify did not say what was granted." } };
}
