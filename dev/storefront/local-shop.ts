/** The storefront's needs, met by a shop of the local Shopify. */

import { type CartLine, takeOff } from "../shopify/checkout.ts";
import { combine, isEntitled, type LocalDiscount } from "../shopify/discount-book.ts";
import { isObject, type Json, textOf } from "../shopify/exact-json.ts";
import type { RunningLocalShopify } from "../shopify/local-shopify.ts";
import { parseMinor } from "../shopify/money.ts";
import type { LocalProduct } from "../shopify/sample-products.ts";
import type { LocalOrder, LocalShop } from "../shopify/shop-state.ts";
import type { CodeAnswer, PlacedOrder, StorefrontDeps } from "./deps.ts";

interface Discountable {
  readonly isGiftCard: boolean;
  readonly quantity: number;
  readonly gross: number;
  readonly product: LocalProduct;
}

/** Gift cards are sold at their price: no code touches them. */
function discountable(shop: LocalShop, lines: readonly CartLine[]): Discountable[] {
  return lines.flatMap(({ variantId, quantity }) => {
    const product = shop.products.find(({ variants }) => variants.some(({ id }) => id === variantId));
    if (product === undefined || product.isGiftCard) return [];
    const price = product.variants.find(({ id }) => id === variantId)?.price ?? 0;
    return [{ isGiftCard: false, quantity, gross: quantity * price, product }];
  });
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

/** In the order given: a code that does not combine with one before it does not apply. */
function evaluate(
  shop: LocalShop,
  cart: readonly CartLine[],
  customerId: string | null,
  codes: readonly string[],
): CodeAnswer[] {
  const lines = discountable(shop, cart);
  const taken: LocalDiscount[] = [];
  let left = lines.map(({ gross }) => gross);
  return codes.map((code) => {
    const discount = shop.discounts.findByCode(code);
    const isFor = lines.map(({ product }) => discount === undefined || isEntitled(discount, product));
    const entitled = lines.filter((_, index) => isFor[index]);
    const [subtotal, quantity] = [
      sumOf(entitled.map(({ gross }) => gross)),
      sumOf(entitled.map((line) => line.quantity)),
    ];
    const refusal = shop.discounts.refusal(code, { customerId, subtotal, quantity });
    const open = left.map((part, index) => (isFor[index] ? part : 0));
    if (refusal !== undefined || discount === undefined || sumOf(open) === 0) {
      return { code, applicable: false, reason: refusal?.text, discountMinor: 0 };
    }
    if (!taken.every((other) => combine(other, discount))) {
      return {
        code,
        applicable: false,
        reason: `${code} can't be combined with the other discounts`,
        discountMinor: 0,
      };
    }
    taken.push(discount);
    const parts = discount.value.kind === "free-shipping" ? [] : takeOff(discount.value, lines, open);
    left = left.map((part, index) => part - (parts[index] ?? 0));
    return { code, applicable: true, discountMinor: sumOf(parts) };
  });
}

function placed({ gid, body }: LocalOrder, currency: string, used: readonly CodeAnswer[]): PlacedOrder {
  const minor = (value: Json | undefined): number => parseMinor(textOf(value) ?? "", currency) ?? 0;
  const given = body["discount_codes"];
  const fromBody = (Array.isArray(given) ? given : []).filter(isObject);
  return {
    id: gid.replace(/.*\//, ""),
    name: textOf(body["name"]) ?? "",
    totalMinor: minor(body["total_price"]),
    discounts:
      fromBody.length > 0
        ? fromBody.map((entry) => ({ code: textOf(entry["code"]) ?? "", amountMinor: minor(entry["amount"]) }))
        : used.map(({ code, discountMinor }) => ({ code, amountMinor: discountMinor })),
  };
}

/** `domain` must be a shop that the local Shopify knows. */
export function localStorefront(local: RunningLocalShopify, domain: string): StorefrontDeps {
  const known = (): LocalShop => {
    const shop = local.state.shop(domain);
    if (shop === undefined) throw new Error(`The local Shopify has no shop ${domain}`);
    return shop;
  };
  return {
    shop: known,
    customers: () => [...known().customers.keys()],
    getMetafield(owner, namespace, key) {
      const shop = known();
      const gid = owner.kind === "customer" ? `gid://shopify/Customer/${owner.id}` : shop.installationGid;
      return shop.metafields.find(gid, namespace, key) ?? null;
    },
    evaluateCodes: (cart, customerId, codes) => evaluate(known(), cart.lines, customerId, codes),
    async checkout({ customerId, lines, codes }) {
      const shop = known();
      const used = evaluate(shop, lines, customerId, codes);
      const result = await local.checkout(shop, { customerId, lines, codes });
      if (!result.ok) return { ok: false, reason: result.reason };
      return { ok: true, order: placed(result.order, shop.currency, used) };
    },
    proxy: (request, identity) => local.proxy(request, identity),
  };
}
