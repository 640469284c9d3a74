/** What is in a collection, or has a tag, as Shopify tells it: page by page, of products only their numbers. */
import type { ProductGroup } from "../domain/product-groups.ts";
import type { AdminApi } from "./admin-api.ts";
import { AdminApiFailure } from "./admin-failure.ts";
import { numberOf } from "./order-reader.ts";
import { hasTag, tagQuery } from "./tag-search.ts";

/** What a shop grants when a program first names a group, or somebody first chooses from Shopify's list. */
export const GROUP_SCOPE = "read_products";

/** Shopify pages through no more objects of one list. */
export const LARGEST_GROUP = 25_000;

export const READ_COLLECTION = `#graphql
  query LojalReadCollection($id: ID!, $after: String) {
    collection(id: $id) {
      title
      products(first: 250, after: $after, sortKey: ID) {
        nodes { id }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`;

export const READ_TAGGED = `#graphql
  query LojalReadTagged($query: String!, $after: String) {
    products(first: 250, after: $after, sortKey: ID, query: $query) {
      nodes { id tags }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

export type GroupReading =
  | { readonly kind: "read"; readonly title: string; readonly productIds: readonly string[] }
  /** Shopify has no such collection. */
  | { readonly kind: "gone" }
  /** The shop has not allowed it. */
  | { readonly kind: "denied" }
  /** More pages than were to be read. Of a tag a page may bring few: what is only like it is found, too. */
  | { readonly kind: "unfinished" };

/** Whether the shop may be asked; before it is known what was granted, Shopify says so itself. */
export function mayReadGroups(scopes: string | null): boolean {
  if (scopes === null) return true;
  return scopes.split(",").some((scope) => [GROUP_SCOPE, "write_products"].includes(scope.trim()));
}

/** Reads all of a group, as far as `mostPages` go. Throws AdminApiFailure where Shopify does not answer. */
export async function readGroup(api: AdminApi, group: ProductGroup, mostPages: number): Promise<GroupReading> {
  const productIds: string[] = [];
  let title = group.name.trim();
  let after: string | null = null;
  try {
    for (let page = 1; page <= mostPages; page++) {
      const found: GroupPage | null =
        group.kind === "collection"
          ? await collectionPage(api, group.name, after)
          : await taggedPage(api, title, after);
      if (found === null) return { kind: "gone" };
      productIds.push(...found.productIds);
      title = found.title ?? title;
      if (found.next === null) return { kind: "read", title, productIds };
      after = found.next;
    }
    return { kind: "unfinished" };
  } catch (fault) {
    if (fault instanceof AdminApiFailure && fault.kind === "access-denied") return { kind: "denied" };
    throw fault;
  }
}

interface GroupPage {
  readonly title?: string;
  readonly productIds: readonly string[];
  readonly next: string | null;
}

async function collectionPage(api: AdminApi, number: string, after: string | null): Promise<GroupPage | null> {
  const { collection } = await api.request(READ_COLLECTION, { id: `gid://shopify/Collection/${number}`, after });
  if (collection === null) return null;
  const { title, products } = collection;
  return { title, productIds: products.nodes.map(({ id }) => numberOf(id)), next: nextOf(products.pageInfo) };
}

async function taggedPage(api: AdminApi, tag: string, after: string | null): Promise<GroupPage> {
  const { products } = await api.request(READ_TAGGED, { query: tagQuery(tag), after });
  const tagged = products.nodes.filter(({ tags }) => hasTag(tags, tag));
  return { productIds: tagged.map(({ id }) => numberOf(id)), next: nextOf(products.pageInfo) };
}

function nextOf({ hasNextPage, endCursor }: { readonly hasNextPage: boolean; readonly endCursor: string | null }) {
  return hasNextPage ? endCursor : null;
}
