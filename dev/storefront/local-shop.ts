/** The storefront's needs, met by a shop of the local Shopify. */

import { combine, type LocalDiscount } from "../shopify/discount-book.ts";
import { isObject, type Json, textOf } from "../shopify/exact-json.ts";
import type { RunningLocalShopify } from "../shopify/local-shopify.ts";
import { parseMinor } from "../shopify/money.ts";
import type { LocalOrder, LocalShop } from "../shopify/shop-state.ts";
import type { CodeAnswer, PlacedOrder, StoreCart, StorefrontDeps, StoreLine } from "./deps.ts";

/** Gift cards are sold at their price: no code touches them. */
function discountable(shop: LocalShop, lines: readonly StoreLine[]): { subtotal: number; quantity: number } {
  let [subtotal, sum] = [0, 0];
  for (const { variantId, quantity } of lines) {
    const product = shop.products.find(({ variants }) => variants.some(({ id }) => id === variantId));
    if (product === undefined || product.isGiftCard) continue;
    subtotal += quantity * (product.variants.find(({ id }) => id === variantId)?.price ?? 0);
    sum += quantity;
  }
  return { subtotal, quantity: sum };
}

function takesOff(discount: LocalDiscount, left: number, quantity: number): number {
  const { value } = discount;
  if (value.kind === "free-shipping") return 0;
  if (value.kind === "percentage") return Math.floor((left * Math.round(value.fraction * 1e6)) / 1e6);
  return Math.min(value.minor * (value.eachItem ? quantity : 1), left);
}

/** In the order given: a code that does not combine with one before it does not apply. */
function evaluate(shop: LocalShop, cart: StoreCart, customerId: string | null, codes: readonly string[]): CodeAnswer[] {
  const { subtotal, quantity } = discountable(shop, cart.lines);
  const taken: LocalDiscount[] = [];
  let left = subtotal;
  return codes.map((code) => {
    const refusal = shop.discounts.refusal(code, { customerId, subtotal, quantity });
    const discount = shop.discounts.findByCode(code);
    if (refusal !== undefined || discount === undefined || left === 0) {
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
    const discountMinor = takesOff(discount, left, quantity);
    taken.push(discount);
    left -= discountMinor;
    return { code, applicable: true, discountMinor };
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
    evaluateCodes: (cart, customerId, codes) => evaluate(known(), cart, customerId, codes),
    async checkout({ customerId, lines, codes }) {
      const shop = known();
      const { subtotal, quantity } = discountable(shop, lines);
      const used = evaluate(shop, { lines, subtotalMinor: subtotal, quantity }, customerId, codes);
      const result = await local.checkout(shop, { customerId, lines, codes });
      if (!result.ok) return { ok: false, reason: result.reason };
      return { ok: true, order: placed(result.order, shop.currency, used) };
    },
    proxy: (request, identity) => local.proxy(request, identity),
  };
}
