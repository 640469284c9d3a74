/** Carts in memory, and what a cart is worth: lines, codes and what they take off, in minor units of the shop. */
import { randomUUID } from "node:crypto";
import type { CartLine } from "../shopify/checkout.ts";
import type { LocalProduct, LocalVariant } from "../shopify/sample-products.ts";
import type { CodeAnswer, StoreCart, StorefrontDeps, StoreShop } from "./deps.ts";

export interface HeldCart {
  readonly token: string;
  lines: CartLine[];
  codes: string[];
}

export class Carts {
  readonly #carts = new Map<string, HeldCart>();

  /** The cart with this token; a token from before a restart, or none, gets a new one. */
  open(token: string | undefined): HeldCart {
    const known = this.#carts.get(token ?? "");
    if (known !== undefined) return known;
    const cart: HeldCart = { token: randomUUID(), lines: [], codes: [] };
    this.#carts.set(cart.token, cart);
    return cart;
  }
}

export function quantityOf(cart: HeldCart, variantId: string): number {
  return cart.lines.find((line) => line.variantId === variantId)?.quantity ?? 0;
}

/** Sets a line's quantity; 0 removes it, a new variant goes last. */
export function setQuantity(cart: HeldCart, variantId: string, quantity: number): void {
  const line = { variantId, quantity: Math.min(Math.max(Math.trunc(quantity) || 0, 0), 999) };
  const known = cart.lines.some((other) => other.variantId === variantId);
  const lines = known
    ? cart.lines.map((other) => (other.variantId === variantId ? line : other))
    : [...cart.lines, line];
  cart.lines = lines.filter(({ quantity: left }) => left > 0);
}

/** A comma-separated list replaces all codes, as at Shopify; the same code in another case is the same code. */
export function setCodes(cart: HeldCart, list: string): void {
  const byFolded = new Map<string, string>();
  for (const code of list.split(",").map((text) => text.trim())) {
    if (code !== "" && !byFolded.has(code.toLowerCase())) byFolded.set(code.toLowerCase(), code);
  }
  cart.codes = [...byFolded.values()];
}

export interface PricedLine {
  readonly product: LocalProduct;
  readonly variant: LocalVariant;
  readonly quantity: number;
  readonly priceMinor: number;
}

export interface PricedCart {
  readonly token: string;
  readonly lines: readonly PricedLine[];
  readonly quantity: number;
  readonly subtotalMinor: number;
  readonly codes: readonly CodeAnswer[];
  readonly totalMinor: number;
}

export async function priceCart(
  cart: HeldCart,
  shop: StoreShop,
  customerId: string | null,
  deps: StorefrontDeps,
): Promise<PricedCart> {
  const lines = cart.lines.flatMap(({ variantId, quantity }): PricedLine[] => {
    for (const product of shop.products) {
      const variant = product.variants.find(({ id }) => id === variantId);
      if (variant !== undefined) return [{ product, variant, quantity, priceMinor: variant.price * quantity }];
    }
    return [];
  });
  const subtotalMinor = lines.reduce((sum, line) => sum + line.priceMinor, 0);
  const quantity = lines.reduce((sum, line) => sum + line.quantity, 0);
  const known: StoreCart = { lines: cart.lines, subtotalMinor, quantity };
  const codes = cart.codes.length === 0 ? [] : await deps.evaluateCodes(known, customerId, cart.codes);
  const off = codes.reduce((sum, code) => sum + (code.applicable ? code.discountMinor : 0), 0);
  return { token: cart.token, lines, quantity, subtotalMinor, codes, totalMinor: Math.max(subtotalMinor - off, 0) };
}
