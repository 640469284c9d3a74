/**
 * What customers are called, asked while somebody looks and kept nowhere. First and last name alone: Shopify's `displayName` is an e-mail or a phone
 * number where there is no name, and needs permission for these, too.
 */
import type { AdminApi } from "./admin-api.ts";
import { AdminApiFailure } from "./admin-failure.ts";
import { numberOf } from "./order-reader.ts";

/** One object each is what it costs. A customer who is gone at Shopify is null. */
export const READ_NAMES = `#graphql
  query LojalReadNames($ids: [ID!]!) {
    nodes(ids: $ids) { ... on Customer { id firstName lastName } }
  }
`;

export const SEARCH_NAMES = `#graphql
  query LojalSearchNames($query: String!, $most: Int!) {
    customers(first: $most, query: $query, sortKey: ID) { nodes { id firstName lastName } }
  }
`;

/** So many ids are taken at once. */
const MOST_IDS = 250;
const MOST_FOUND = 20;
const MOST_WORDS = 5;

/** By customer number; who has no name is not in it. */
export type NamesByCustomer = ReadonlyMap<string, string>;

export type NamesAnswer =
  | { readonly kind: "named"; readonly names: NamesByCustomer }
  /** The app may not read names: Shopify's protected customer data, level 2. */
  | { readonly kind: "denied" };

/** The names of these customers. Throws AdminApiFailure where Shopify does not answer. */
export function readNames(api: AdminApi, customerIds: readonly string[]): Promise<NamesAnswer> {
  const ids = customerIds.slice(0, MOST_IDS).map((id) => `gid://shopify/Customer/${id}`);
  return unlessDenied(async () => (await api.request(READ_NAMES, { ids })).nodes);
}

/** Customers each of whose names begin with one of these words. What is no word finds nobody. */
export function searchNames(api: AdminApi, text: string): Promise<NamesAnswer> {
  const query = nameQuery(text);
  if (query === null) return Promise.resolve({ kind: "named", names: new Map() });
  return unlessDenied(async () => (await api.request(SEARCH_NAMES, { query, most: MOST_FOUND })).customers.nodes);
}

/** In Shopify's search syntax: letters and digits alone go in, so that nothing that was typed is an operator. Null where there are none. */
export function nameQuery(text: string): string | null {
  const words = text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const wanted = words.slice(0, MOST_WORDS).map((word) => `(first_name:${word}* OR last_name:${word}*)`);
  return wanted.length === 0 ? null : wanted.join(" AND ");
}

interface Named {
  readonly id?: string;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
}

async function unlessDenied(ask: () => Promise<readonly (Named | null)[]>): Promise<NamesAnswer> {
  try {
    return { kind: "named", names: namesIn(await ask()) };
  } catch (fault) {
    if (fault instanceof AdminApiFailure && fault.kind === "access-denied") return { kind: "denied" };
    throw fault;
  }
}

function namesIn(nodes: readonly (Named | null)[]): NamesByCustomer {
  const named = nodes.flatMap((node) => {
    const name = [node?.firstName, node?.lastName].filter(Boolean).join(" ").trim();
    return node?.id === undefined || name === "" ? [] : [[numberOf(node.id), name] as const];
  });
  return new Map(named);
}
