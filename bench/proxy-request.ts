/** A shopper's request as Shopify's app proxy signs it. */
import { apiSecret } from "../dev/settings.ts";
import { signProxyQuery } from "../dev/shopify/proxy.ts";

export function signedQuery({ shop, customer }: { readonly shop: string; readonly customer: string }): URLSearchParams {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const query = new URLSearchParams({ shop, path_prefix: "/apps/lojal", timestamp, logged_in_customer_id: customer });
  query.set("signature", signProxyQuery(query, apiSecret));
  return query;
}
