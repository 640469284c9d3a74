/** Definitions of the customers' metafields: they make them known to segments, reports and the customer's page in the admin. */
import type { AdminApi } from "./admin-api.ts";
import { payloadOf } from "./admin-failure.ts";

export const DEFINE_METAFIELD = `#graphql
  mutation LojalDefineMetafield($definition: MetafieldDefinitionInput!) {
    metafieldDefinitionCreate(definition: $definition) {
      createdDefinition { id }
      userErrors { code }
    }
  }
`;

export const REDEFINE_METAFIELD = `#graphql
  mutation LojalRedefineMetafield($definition: MetafieldDefinitionUpdateInput!) {
    metafieldDefinitionUpdate(definition: $definition) {
      updatedDefinition { type { name } }
      userErrors { code }
    }
  }
`;

export interface Definition {
  readonly key: string;
  readonly type: "json" | "number_integer" | "single_line_text_field" | "date";
  readonly name: string;
  readonly description: string;
  /** Whether ShopifyQL can filter and group by it. */
  readonly isForReports: boolean;
}

/** To be raised with each change of what follows: shops with an earlier number have their definitions made anew, and all that is painted. */
export const DEFINITIONS_VERSION = 2;

/** All on the customer, in the namespace that is the app's own. A program without tiers leaves the tier unwritten. */
export const DEFINITIONS: readonly Definition[] = [
  {
    key: "points",
    type: "number_integer",
    name: "Loyalty points",
    description: "Points that can be spent now.",
    isForReports: true,
  },
  {
    key: "tier",
    type: "single_line_text_field",
    name: "Loyalty tier",
    description: "The tier of the loyalty program, where it has tiers.",
    isForReports: true,
  },
  {
    key: "next_expiry",
    type: "date",
    name: "Next expiry of points",
    description:
      "The last day on which the points that expire next can be spent. 9999-12-31 when no points expire any more.",
    isForReports: true,
  },
  {
    key: "loyalty",
    type: "json",
    name: "Loyalty balance",
    description: "What the storefront's blocks show: points, dates and codes.",
    isForReports: false,
  },
];

/** The metafield is defined as it should be; or Shopify says no, with its code. */
export type Defining = { readonly kind: "defined" } | { readonly kind: "refused"; readonly code: string };

/**
 * Makes a definition, or brings the one that is there to what it should be. Where Shopify does not let reports have the metafield, it is
 * defined without. Safe to repeat. Throws AdminApiFailure.
 */
export async function defineMetafield(api: AdminApi, definition: Definition): Promise<Defining> {
  const done = await createOrUpdate(api, definition, { inReports: definition.isForReports });
  if (done.kind === "defined" || done.code !== "INVALID_CAPABILITY") return done;
  return createOrUpdate(api, definition, { inReports: false });
}

async function createOrUpdate(
  api: AdminApi,
  { key, type, name, description }: Definition,
  { inReports }: { readonly inReports: boolean },
): Promise<Defining> {
  const wanted = {
    namespace: "$app",
    key,
    ownerType: "CUSTOMER" as const,
    name,
    description,
    // The merchant may read it; the storefront's own API may not: Liquid of this app's blocks reads it anyway.
    access: { admin: "MERCHANT_READ", storefront: "NONE" } as const,
    ...(inReports ? { capabilities: { analyticsQueryable: { enabled: true } } } : {}),
  };
  const created = await api.request(DEFINE_METAFIELD, {
    definition: { ...wanted, type },
  });
  const [refusal] = payloadOf(created.metafieldDefinitionCreate).userErrors;
  if (!refusal) return { kind: "defined" };
  if (refusal.code !== "TAKEN") return { kind: "refused", code: refusal.code ?? "unknown" };
  const updated = await api.request(REDEFINE_METAFIELD, { definition: wanted });
  const { updatedDefinition, userErrors } = payloadOf(updated.metafieldDefinitionUpdate);
  if (userErrors[0]) return { kind: "refused", code: userErrors[0].code ?? "unknown" };
  // A definition keeps its type for good.
  return updatedDefinition?.type.name === type ? { kind: "defined" } : { kind: "refused", code: "another-type" };
}
