/** What a shop's token opens: whether it still opens its door (Shopify revokes it when the shop uninstalls the app), and which of its rooms. */
import type { AdminApi } from "./admin-api.ts";
import { AdminApiFailure } from "./admin-failure.ts";

/** The smallest question there is; it needs no scope. */
export const ASK_ACCESS = "query LojalAskAccess { shop { id } }";

const REFUSALS: readonly (number | null)[] = [401, 403];

/** False when Shopify refuses the token. Throws AdminApiFailure when it says neither yes nor no. */
export async function hasAccess(api: AdminApi): Promise<boolean> {
  try {
    await api.request(ASK_ACCESS, {});
    return true;
  } catch (fault) {
    if (fault instanceof AdminApiFailure && REFUSALS.includes(fault.httpStatus)) return false;
    throw fault;
  }
}

/** What the app cannot do without, as shopify.app.toml asks for it; a test holds the two together. */
export const NEEDED_SCOPES: readonly string[] = [
  "read_orders",
  "write_customers",
  "read_customer_merge",
  "write_discounts",
  "write_app_proxy",
];

/** Which of them a shop has not granted. Who may write may read. */
export function missingScopes(granted: string): string[] {
  const known = new Set(granted.split(","));
  return NEEDED_SCOPES.filter((scope) => !known.has(scope) && !known.has(scope.replace(/^read_/, "write_")));
}
