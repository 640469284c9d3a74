/** What the storefront asks of the rest: a shop, its metafields, its discounts, its checkout and the app behind the proxy. */

export interface StoreVariant {
  readonly id: string;
  readonly title: string;
  readonly sku: string;
  /** In minor units of the shop's currency. */
  readonly price: number;
}

export interface StoreProduct {
  readonly id: string;
  readonly handle: string;
  readonly title: string;
  readonly vendor: string;
  readonly type: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly isGiftCard: boolean;
  readonly variants: readonly StoreVariant[];
}

export interface StoreShop {
  readonly domain: string;
  readonly name: string;
  readonly currency: string;
  readonly timezone: string;
  readonly taxesIncluded: boolean;
  readonly products: readonly StoreProduct[];
}

export interface StoreLine {
  readonly variantId: string;
  readonly quantity: number;
}

export interface StoreCart {
  readonly lines: readonly StoreLine[];
  readonly subtotalMinor: number;
  readonly quantity: number;
}

/** What a checkout would say of one code on one cart. */
export interface CodeAnswer {
  readonly code: string;
  readonly applicable: boolean;
  readonly reason?: string | undefined;
  /** What it takes off the order; 0 when it does not apply. */
  readonly discountMinor: number;
}

export interface Metafield {
  readonly type: string;
  readonly value: string;
}

export type MetafieldOwner = { readonly kind: "customer"; readonly id: string } | { readonly kind: "app-installation" };

export interface CheckoutInput {
  readonly customerId: string | null;
  readonly lines: readonly StoreLine[];
  readonly codes: readonly string[];
}

export interface PlacedOrder {
  readonly id: string;
  readonly name: string;
  readonly totalMinor: number;
  readonly discounts: readonly { readonly code: string; readonly amountMinor: number }[];
}

export type CheckoutAnswer =
  | { readonly ok: true; readonly order: PlacedOrder }
  | { readonly ok: false; readonly reason: string };

/** Who asks through the app proxy: the shop signs this for the app, as Shopify does. */
export interface ProxyIdentity {
  readonly shop: string;
  readonly customerId: string | null;
}

type Eventually<T> = T | Promise<T>;

export interface StorefrontDeps {
  /** Read at each request, so that a shop may change while the storefront stands. */
  shop(): Eventually<StoreShop>;
  /** The namespace in the app's short form: `$app` or `lojal`. */
  getMetafield(owner: MetafieldOwner, namespace: string, key: string): Eventually<Metafield | null>;
  evaluateCodes(
    cart: StoreCart,
    customerId: string | null,
    codes: readonly string[],
  ): Eventually<readonly CodeAnswer[]>;
  checkout(input: CheckoutInput): Eventually<CheckoutAnswer>;
  /** The request as the browser made it, its path starting with `/apps/lojal`. */
  proxy(request: Request, identity: ProxyIdentity): Eventually<Response>;
  /** Customers that the account switch offers, by number. */
  customers(): Eventually<readonly string[]>;
}
