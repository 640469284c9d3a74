/** Shopify's Liquid objects and the cart's JSON, made from what the storefront knows. */
import { Drop } from "liquidjs";
import type { LocalProduct, LocalVariant } from "../shopify/sample-products.ts";
import type { PricedCart, PricedLine } from "./carts.ts";
import type { MetafieldOwner, StorefrontDeps, StoreShop } from "./deps.ts";
import { liquidAmount, moneyFormat } from "./liquid-money.ts";

type LiquidObject = Record<string, unknown>;

/** `metafields.NAMESPACE.KEY`, asked for only when a template reads it. */
class Metafields extends Drop {
  readonly #read: (path: readonly string[]) => unknown;
  constructor(read: (path: readonly string[]) => unknown) {
    super();
    this.#read = read;
  }
  override liquidMethodMissing(name: string | number): unknown {
    return this.#read([String(name)]);
  }
}

export function metafieldsOf(owner: MetafieldOwner, deps: StorefrontDeps): Drop {
  return new Metafields(
    ([namespace = ""]) =>
      new Metafields(async ([key = ""]) => {
        const metafield = await deps.getMetafield(owner, namespace, key);
        if (metafield === null) return null;
        return {
          type: metafield.type,
          value: metafield.type === "json" ? JSON.parse(metafield.value) : metafield.value,
        };
      }),
  );
}

export function variantObject(product: LocalProduct, variant: LocalVariant, shop: StoreShop): LiquidObject {
  return {
    id: Number(variant.id),
    title: variant.title,
    sku: variant.sku,
    available: true,
    price: liquidAmount(variant.price, shop.currency),
    compare_at_price: null,
    url: `/products/${product.handle}?variant=${variant.id}`,
  };
}

export function productObject(product: LocalProduct, shop: StoreShop, variantId?: string): LiquidObject {
  const variants = product.variants.map((variant) => variantObject(product, variant, shop));
  const prices = product.variants.map(({ price }) => liquidAmount(price, shop.currency));
  const selected = variants.find(({ id }) => String(id) === variantId);
  return {
    id: Number(product.id),
    handle: product.handle,
    title: product.title,
    vendor: product.vendor,
    type: product.type,
    description: product.description,
    tags: product.tags,
    collections: product.collections.map((id) => ({ id: Number(id) })),
    url: `/products/${product.handle}`,
    available: true,
    "gift_card?": product.isGiftCard,
    selling_plan_groups: product.hasPlans ? [{ name: "Every month" }] : [],
    has_only_default_variant: product.variants.length === 1 && product.variants[0]?.title === "Default Title",
    variants,
    price: Math.min(...prices),
    price_min: Math.min(...prices),
    price_max: Math.max(...prices),
    price_varies: new Set(prices).size > 1,
    featured_image: { src: `/images/${product.handle}.svg`, alt: product.title },
    selected_variant: selected ?? null,
    selected_or_first_available_variant: selected ?? variants[0] ?? null,
  };
}

function lineObject(line: PricedLine, shop: StoreShop): LiquidObject {
  const amount = (minor: number) => liquidAmount(minor, shop.currency);
  const product = productObject(line.product, shop);
  return {
    id: Number(line.variant.id),
    variant_id: Number(line.variant.id),
    product_id: Number(line.product.id),
    key: `${line.variant.id}:${line.product.handle}`,
    title: line.product.title,
    quantity: line.quantity,
    gift_card: line.product.isGiftCard,
    url: `/products/${line.product.handle}?variant=${line.variant.id}`,
    price: amount(line.variant.price),
    final_price: amount(line.variant.price),
    original_line_price: amount(line.priceMinor),
    final_line_price: amount(line.priceMinor),
    product,
    variant: variantObject(line.product, line.variant, shop),
  };
}

function discountObjects(cart: PricedCart, shop: StoreShop): LiquidObject[] {
  return cart.codes
    .filter(({ applicable }) => applicable)
    .map(({ code, discountMinor }) => ({
      type: "discount_code",
      title: code,
      target_type: "line_item",
      target_selection: "all",
      total_allocated_amount: liquidAmount(discountMinor, shop.currency),
    }));
}

export function cartObject(cart: PricedCart, shop: StoreShop): LiquidObject {
  const discounts = discountObjects(cart, shop);
  return {
    items: cart.lines.map((line) => lineObject(line, shop)),
    item_count: cart.quantity,
    "empty?": cart.quantity === 0,
    currency: { iso_code: shop.currency },
    taxes_included: shop.taxesIncluded,
    items_subtotal_price: liquidAmount(cart.subtotalMinor, shop.currency),
    original_total_price: liquidAmount(cart.subtotalMinor, shop.currency),
    total_price: liquidAmount(cart.totalMinor, shop.currency),
    total_discount: liquidAmount(cart.subtotalMinor - cart.totalMinor, shop.currency),
    discount_applications: discounts,
    cart_level_discount_applications: discounts,
  };
}

/** What `/cart.js` answers. */
export function cartJson(cart: PricedCart, shop: StoreShop): LiquidObject {
  const { items, discount_applications: _, ...object } = cartObject(cart, shop);
  return {
    token: cart.token,
    item_count: object["item_count"],
    currency: shop.currency,
    items_subtotal_price: object["items_subtotal_price"],
    original_total_price: object["original_total_price"],
    total_price: object["total_price"],
    total_discount: object["total_discount"],
    cart_level_discount_applications: object["cart_level_discount_applications"],
    discount_codes: cart.codes.map(({ code, applicable }) => ({ code, applicable })),
    items: (items as LiquidObject[]).map(({ product: _product, variant, ...line }) => ({
      ...line,
      variant_title: (variant as LiquidObject)["title"],
    })),
  };
}

export function shopObject(shop: StoreShop): LiquidObject {
  return {
    name: shop.name,
    permanent_domain: shop.domain,
    domain: shop.domain,
    currency: shop.currency,
    money_format: moneyFormat(shop.currency),
    taxes_included: shop.taxesIncluded,
  };
}

export const routes: LiquidObject = {
  root_url: "/",
  cart_url: "/cart",
  cart_add_url: "/cart/add",
  cart_change_url: "/cart/change",
  cart_update_url: "/cart/update",
  account_url: "/account",
  account_login_url: "/account/login",
  account_register_url: "/account/register",
  account_logout_url: "/account/logout",
  all_products_collection_url: "/",
};
