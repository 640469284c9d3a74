/** What the storefront asks of the rest: a shop, its metafields, its discounts, its checkout and the app behind the proxy. */
import type { CartLine } from "../shopify/checkout.ts";
import type { Visitor } from "../shopify/proxy.ts";
import type { LocalProduct } from "../shopify/sample-products.ts";

export interface StoreShop {
  readonly domain: string;
  readonly name: string;
  readonly currency: string;
  readonly timezone: string;
  readonly taxesIncluded: boolean;
  readonly products: readonly LocalProduct[];
}

export interface StoreCart {
  readonly lines: readonly CartLine[];
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
  readonly lines: readonly CartLine[];
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

type Eventually<T> = T | Promise<T>;

/** How a theme's drawer follows the cart: by publish and subscribe (Dawn), by events (Horizon), by being asked to (`cart:refresh`), or by Shopify's standard action that the theme has set up. */
export type Drawer = "dawn" | "horizon" | "refresh" | "actions";

export interface StorefrontDeps {
  /** Absent: the theme has a cart page only. */
  readonly drawer?: Drawer | undefined;
  /** False for the shop as it would be without the app: its theme has none of its blocks then. */
  readonly isAppInstalled?: boolean;
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
  proxy(request: Request, visitor: Visitor): Eventually<Response>;
  /** Customers that the account switch offers, by number. */
  customers(): Eventually<readonly string[]>;
}
