/** Customers' tags, for what knows no metafields: e-mail tools, and other apps. The merchant's own tags stay as they are. */
import type { AdminApi } from "./admin-api.ts";
import { payloadOf } from "./admin-failure.ts";

export const ADD_TAGS = `#graphql
  mutation LojalAddTags($id: ID!, $tags: [String!]!) {
    tagsAdd(id: $id, tags: $tags) { userErrors { field message } }
  }
`;

export const REMOVE_TAGS = `#graphql
  mutation LojalRemoveTags($id: ID!, $tags: [String!]!) {
    tagsRemove(id: $id, tags: $tags) { userErrors { field message } }
  }
`;

/** Shopify takes at most so many in one list. */
const TAGS_PER_CALL = 250;

/**
 * Gives a customer this tag and takes those away; the new one comes first, so that nobody is without one in between. False when Shopify takes
 * none of it: the customer is not there any more, or has as many tags as one may have.
 */
export async function moveTag(
  api: AdminApi,
  customerId: string,
  { add, remove }: { readonly add: string | null; readonly remove: readonly string[] },
): Promise<boolean> {
  const id = `gid://shopify/Customer/${customerId}`;
  if (add !== null) {
    const { tagsAdd } = await api.request(ADD_TAGS, { id, tags: [add] });
    if (payloadOf(tagsAdd).userErrors.length > 0) return false;
  }
  for (let from = 0; from < remove.length; from += TAGS_PER_CALL) {
    const { tagsRemove } = await api.request(REMOVE_TAGS, { id, tags: remove.slice(from, from + TAGS_PER_CALL) });
    if (payloadOf(tagsRemove).userErrors.length > 0) return false;
  }
  return true;
}
