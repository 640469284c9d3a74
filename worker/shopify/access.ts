/** Whether a shop's token still opens its door: Shopify revokes it when the shop uninstalls the app. */
import { type AdminApi, AdminApiFailure } from "./admin-api.ts";

/** The smallest question there is; it needs no scope. */
export const ASK_ACCESS = "query LojalAskAccess { shop { id } }";

const REFUSALS: readonly (number | null)[] = [401, 403];

/** False when Shopify refuses the token. Throws AdminApiFailure when it says neither yes nor no. */
export async function hasAccess(api: AdminApi): Promise<boolean> {
  try {
    await api.request<{ readonly shop: { readonly id: string } }>(ASK_ACCESS, {});
    return true;
  } catch (fault) {
    if (fault instanceof AdminApiFailure && REFUSALS.includes(fault.httpStatus)) return false;
    throw fault;
  }
}
