/** Who has a tag at Shopify. Webhooks of customers tell no tags any more, so it is read. */
import type { AdminApi } from "./admin-api.ts";
import { numberOf } from "./order-reader.ts";
import { hasTag, tagQuery } from "./tag-search.ts";

/** What a search finds may be of a moment ago, and by a tag that is only like it: each one's tags say. */
export const LIST_TAGGED = `#graphql
  query LojalListTagged($query: String!, $after: String) {
    customers(first: 250, after: $after, sortKey: ID, query: $query) {
      nodes { id tags }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

export const READ_TAGS = `#graphql
  query LojalReadTags($ids: [ID!]!) {
    nodes(ids: $ids) { ... on Customer { id tags } }
  }
`;

/** So many ids are taken at once. */
export const TAGS_PER_CALL = 250;

/** What Shopify takes as a tag, but for what its search cannot ask for. */
export const TAG = /^[^,'"\\\p{C}]{1,255}$/u;

export interface TaggedPage {
  readonly customerIds: readonly string[];
  /** Null at the end. */
  readonly next: string | null;
}

/** A page of the customers who have this tag. Throws AdminApiFailure. */
export async function listTagged(api: AdminApi, tag: string, after: string | null): Promise<TaggedPage> {
  const { customers } = await api.request(LIST_TAGGED, { query: tagQuery(tag), after });
  const { hasNextPage, endCursor } = customers.pageInfo;
  return {
    customerIds: customers.nodes.filter(({ tags }) => hasTag(tags, tag)).map(({ id }) => numberOf(id)),
    next: hasNextPage ? endCursor : null,
  };
}

/** Those of these customers who have the tag at this moment; who is gone at Shopify has none. Throws AdminApiFailure. */
export async function stillTagged(
  api: AdminApi,
  tag: string,
  customerIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const ids = customerIds.map((id) => `gid://shopify/Customer/${id}`);
  const { nodes } = await api.request(READ_TAGS, { ids });
  return new Set(
    nodes.flatMap((node) => (node?.id !== undefined && hasTag(node.tags ?? [], tag) ? [numberOf(node.id)] : [])),
  );
}
