/** What Liquid reads: app-owned metafields, written 25 to a call. */
import type { AdminApi } from "./admin-api.ts";

export const SET_METAFIELDS = `#graphql
  mutation LojalSetMetafields($metafields: [MetafieldsSetInput!]!) {
    metafieldsSet(metafields: $metafields) {
      metafields { id }
      userErrors { field code message }
    }
  }
`;

export const APP_INSTALLATION = `#graphql
  query LojalAppInstallation { currentAppInstallation { id } }
`;

/** Shopify takes at most so many in one call. */
export const METAFIELDS_PER_CALL = 25;

export interface Metafield {
  readonly ownerId: string;
  readonly namespace: string;
  readonly key: string;
  readonly value: unknown;
}

/** `customer.metafields["$app"].loyalty` in Liquid. */
export function memberMetafield(customerId: string, value: unknown): Metafield {
  return { ownerId: `gid://shopify/Customer/${customerId}`, namespace: "$app", key: "loyalty", value };
}

/** `app.metafields.lojal.program` in Liquid. */
export async function programMetafield(api: AdminApi, value: unknown): Promise<Metafield> {
  const data = await api.request<{ currentAppInstallation: { id: string } }>(APP_INSTALLATION, {});
  return { ownerId: data.currentAppInstallation.id, namespace: "lojal", key: "program", value };
}

/**
 * Writes up to 25 metafields. Shopify takes all of a call or none: those it names as refused (a customer who is gone) are left out, and
 * the rest is written without them. Throws AdminApiFailure, or an Error with Shopify's words when it names none.
 */
export async function setMetafields(api: AdminApi, metafields: readonly Metafield[]): Promise<void> {
  if (metafields.length === 0) return;
  const data = await api.request<{ metafieldsSet: { userErrors: readonly MetafieldError[] } }>(SET_METAFIELDS, {
    metafields: metafields.map(({ value, ...rest }) => ({ ...rest, type: "json", value: JSON.stringify(value) })),
  });
  const { userErrors } = data.metafieldsSet;
  if (userErrors.length === 0) return;
  const refused = new Set(userErrors.map((error) => Number(error.field?.[1] ?? Number.NaN)));
  const accepted = metafields.filter((_, index) => !refused.has(index));
  if (accepted.length === metafields.length)
    throw new Error(`Shopify refused metafields: ${userErrors.map((error) => error.message).join("; ")}`);
  await setMetafields(api, accepted);
}

interface MetafieldError {
  /** Such as ["metafields", "3", "ownerId"]. */
  readonly field: readonly string[] | null;
  readonly message: string;
}
