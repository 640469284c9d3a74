/** What is asked of a shop when it installs the app. */
import * as z from "zod";
import type { AdminApi } from "./admin-api.ts";

/** It needs no scope: a merchant may have granted fewer than were asked for. */
export const READ_SHOP = `
  query LojalReadShop {
    shop { currencyCode ianaTimezone primaryDomain { localization { defaultLocale } } }
    currentAppInstallation { accessScopes { handle } }
  }
`;

export interface ShopDetails {
  readonly currency: string;
  readonly timeZone: string;
  readonly locale: string | null;
  /** Sorted, with commas between, as `app/scopes_update` is noted. */
  readonly scopes: string;
}

const answer = z.object({
  shop: z.object({
    currencyCode: z.string().regex(/^[A-Z]{3}$/),
    ianaTimezone: z.string().regex(/^[A-Za-z0-9_+/-]{1,64}$/),
    primaryDomain: z.object({
      localization: z.object({ defaultLocale: z.string().regex(/^[A-Za-z0-9-]{1,35}$/) }).nullish(),
    }),
  }),
  currentAppInstallation: z.object({ accessScopes: z.array(z.object({ handle: z.string().regex(/^[a-z_]+$/) })) }),
});

/** Throws AdminApiFailure, or where Shopify's answer is not what it should be. */
export async function readShopDetails(api: AdminApi): Promise<ShopDetails> {
  const { shop, currentAppInstallation } = answer.parse(await api.request(READ_SHOP, {}));
  return {
    currency: shop.currencyCode,
    timeZone: shop.ianaTimezone,
    locale: shop.primaryDomain.localization?.defaultLocale ?? null,
    scopes: [...new Set(currentAppInstallation.accessScopes.map(({ handle }) => handle))].sort().join(","),
  };
}
