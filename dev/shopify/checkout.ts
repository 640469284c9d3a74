/** The checkout of a local shop: honours codes as Shopify does, makes a paid order, and tells the app. */
import { formatMoney } from "../../worker/domain/money.ts";
import { classOf, combine, isEntitled, type LocalDiscount } from "./discount-book.ts";
import type { JsonObject } from "./exact-json.ts";
import { parseMinor, spread } from "./money.ts";
import { type AppliedCode, type OrderLine, orderBody, timeInZone } from "./order-body.ts";
import type { LocalProduct } from "./sample-products.ts";
import type { LocalOrder, LocalShop } from "./shop-state.ts";
import type { Delivery, Webhooks } from "./webhooks.ts";

export interface CartLine {
  readonly variantId: string;
  readonly quantity: number;
}

export interface Purchase {
  /** Numeric id of the customer, or null for a guest. */
  readonly customerId: string | null;
  readonly lines?: readonly CartLine[] | undefined;
  /** Instead of lines: one custom line of this price before codes, such as `"120.00"`. */
  readonly total?: string | undefined;
  readonly codes?: readonly string[] | undefined;
  /** Price of the shipping, none when absent. */
  readonly shipping?: string | undefined;
}

export type CheckoutResult =
  | { readonly ok: true; readonly order: LocalOrder; readonly deliveries: readonly Delivery[] }
  | { readonly ok: false; readonly reason: string; readonly code: string };

const no = (code: string, reason: string): CheckoutResult => ({ ok: false, code, reason });

interface Priced extends Omit<OrderLine, "tax" | "allocations"> {
  readonly gross: number;
  /** Null for a custom line. */
  readonly product: LocalProduct | null;
}

/** Buys. Resolves when `orders/create` and `orders/paid` were each tried once. */
export async function checkout(shop: LocalShop, webhooks: Webhooks, purchase: Purchase): Promise<CheckoutResult> {
  const lines = priceLines(shop, purchase);
  if (typeof lines === "string") return no("bad-cart", lines);
  const shipping = purchase.shipping === undefined ? 0 : parseMinor(purchase.shipping, shop.currency);
  if (shipping === undefined || shipping < 0) return no("bad-cart", "The shipping is no amount of the shop's currency");
  if (purchase.customerId !== null && !/^\d+$/.test(purchase.customerId))
    return no("bad-customer", "A customer id is a row of digits");
  const found = findCodes(shop, purchase, lines);
  if (!Array.isArray(found)) return found;
  const priced = applyDiscounts(shop, found, lines, shipping);
  const id = shop.newId();
  const body = orderBody({
    id,
    number: shop.nextOrderNumber(),
    currency: shop.currency,
    at: timeInZone(shop.clock(), shop.timezone),
    customerId: purchase.customerId,
    tax: { basisPoints: shop.taxBasisPoints, isIncluded: shop.taxesIncluded },
    ...priced,
    shipping:
      purchase.shipping === undefined ? null : { id: shop.newId(), price: shipping, discount: priced.shippingDiscount },
  });
  const order = place(shop, body, purchase, found);
  const eventId = crypto.randomUUID();
  const sent = ["orders/create", "orders/paid"].map((topic) => webhooks.emit(shop, topic, order.source, eventId));
  await Promise.all(sent.map(({ tried }) => tried));
  return { ok: true, order, deliveries: sent.flatMap(({ deliveries }) => deliveries) };
}

function place(shop: LocalShop, body: JsonObject, purchase: Purchase, used: readonly LocalDiscount[]): LocalOrder {
  const taken = shop.takeOrder(JSON.stringify(body), body);
  if (taken === undefined) throw new Error("The checkout wrote an order without an id");
  for (const discount of used)
    discount.uses.push({ orderGid: taken.order.gid, customerId: purchase.customerId, at: shop.clock() });
  return taken.order;
}

function priceLines(shop: LocalShop, purchase: Purchase): Priced[] | string {
  if (purchase.lines === undefined) {
    const total = parseMinor(purchase.total ?? "", shop.currency);
    if (total === undefined || total < 0) return `The total is no amount of ${shop.currency}`;
    return [customLine(shop, total)];
  }
  const lines: Priced[] = [];
  for (const { variantId, quantity } of purchase.lines) {
    const product = shop.products.find(({ variants }) => variants.some(({ id }) => id === variantId));
    const variant = product?.variants.find(({ id }) => id === variantId);
    if (product === undefined || variant === undefined) return `The shop has no variant ${variantId}`;
    if (!Number.isSafeInteger(quantity) || quantity < 1) return "A quantity is a whole number from 1";
    lines.push({
      id: shop.newId(),
      productId: product.id,
      variantId,
      title: product.title,
      variantTitle: variant.title === "Default Title" ? null : variant.title,
      sku: variant.sku,
      vendor: product.vendor,
      isGiftCard: product.isGiftCard,
      unitPrice: variant.price,
      quantity,
      gross: variant.price * quantity,
      product,
    });
  }
  return lines.length === 0 ? "The cart is empty" : lines;
}

function customLine(shop: LocalShop, total: number): Priced {
  return {
    id: shop.newId(),
    productId: null,
    variantId: null,
    title: "Custom item",
    variantTitle: null,
    sku: "",
    vendor: null,
    isGiftCard: false,
    unitPrice: total,
    quantity: 1,
    gross: total,
    product: null,
  };
}

/** The discounts of the codes, or why one of them is not taken. */
function findCodes(shop: LocalShop, purchase: Purchase, lines: readonly Priced[]): LocalDiscount[] | CheckoutResult {
  const found: LocalDiscount[] = [];
  for (const code of purchase.codes ?? []) {
    const discount = shop.discounts.findByCode(code);
    // A minimum is of what the code is for.
    const eligible = lines.filter(
      (line) => !line.isGiftCard && (discount === undefined || isEntitled(discount, line.product)),
    );
    const refused = shop.discounts.refusal(code, {
      customerId: purchase.customerId,
      subtotal: eligible.reduce((total, line) => total + line.gross, 0),
      quantity: eligible.reduce((total, line) => total + line.quantity, 0),
    });
    if (refused !== undefined) return no(refused.reason, refused.text);
    if (discount === undefined || found.includes(discount)) continue;
    if (eligible.length === 0)
      return no("nothing-eligible", `${code} discount code isn't valid for the items in your cart`);
    if (!found.every((other) => combine(other, discount)))
      return no("not-combinable", `${code} discount code can't be combined with the other discounts`);
    found.push(discount);
  }
  return found;
}

function applyDiscounts(
  shop: LocalShop,
  discounts: readonly LocalDiscount[],
  lines: readonly Priced[],
  shipping: number,
) {
  // Gift cards are sold at their price: no code touches them.
  const left = lines.map((line) => (line.isGiftCard ? 0 : line.gross));
  const allocations = lines.map((): { application: number; minor: number }[] => []);
  let shippingDiscount = 0;
  // A line takes one product discount; those come before what is taken off the order.
  const hasProductDiscount = lines.map(() => false);
  const apply = (discount: LocalDiscount, application: number): AppliedCode => {
    if (discount.value.kind === "free-shipping") {
      const isCovered = discount.value.maximumShipping === null || shipping <= discount.value.maximumShipping;
      shippingDiscount = isCovered ? shipping : 0;
      const code = { code: discount.code, minor: shippingDiscount, selection: "all" } as const;
      return { ...code, type: "shipping", value: "100.0", allocation: "each" };
    }
    const isOnProducts = classOf(discount) === "product";
    const open = left.map((minor, index) => {
      const isTaken = isOnProducts && hasProductDiscount[index] === true;
      return !isTaken && isEntitled(discount, lines[index]?.product ?? null) ? minor : 0;
    });
    const parts = takeOff(discount.value, lines, open);
    for (const [index, minor] of parts.entries()) {
      if (minor === 0) continue;
      left[index] = (left[index] ?? 0) - minor;
      allocations[index]?.push({ application, minor });
      if (isOnProducts) hasProductDiscount[index] = true;
    }
    return appliedCode(shop, discount, discount.value, parts);
  };
  const applied = discounts.map((discount, application) => ({ discount, application }));
  const inTurn = applied.toSorted((a, b) => TURNS.indexOf(classOf(a.discount)) - TURNS.indexOf(classOf(b.discount)));
  const done = inTurn.map(({ discount, application }) => ({ application, code: apply(discount, application) }));
  const codes = done.toSorted((a, b) => a.application - b.application).map(({ code }) => code);
  const withTax = lines.map(({ gross, product: _, ...line }, index): OrderLine => {
    const parts = allocations[index] ?? [];
    const net = gross - parts.reduce((total, { minor }) => total + minor, 0);
    return { ...line, allocations: parts, tax: line.isGiftCard ? 0 : taxOf(shop, net) };
  });
  return { codes, lines: withTax, shippingDiscount };
}

const TURNS = ["product", "order", "shipping"];

type LineValue = Exclude<LocalDiscount["value"], { kind: "free-shipping" }>;

/**
 * What a code of this value takes off each line, of which so much is `left` after the codes before it. Gift cards are sold at their price:
 * nothing of them is left to any code.
 */
export function takeOff(
  value: LineValue,
  lines: readonly Pick<Priced, "isGiftCard" | "quantity">[],
  left: readonly number[],
): number[] {
  if (value.kind === "amount" && value.eachItem)
    return lines.map((line, index) => Math.min(left[index] ?? 0, line.isGiftCard ? 0 : value.minor * line.quantity));
  const whole = left.reduce((total, part) => total + part, 0);
  const wanted = value.kind === "amount" ? value.minor : share(whole, Math.round(value.fraction * 1e6), 1e6);
  return spread(Math.min(wanted, whole), left);
}

function appliedCode(
  shop: LocalShop,
  discount: LocalDiscount,
  value: LineValue,
  parts: readonly number[],
): AppliedCode {
  const minor = parts.reduce((total, part) => total + part, 0);
  const selection = discount.items === null ? "all" : "entitled";
  if (value.kind === "percentage") {
    const percent = Math.round(value.fraction * 1e6) / 1e4;
    const text = Number.isInteger(percent) ? `${percent}.0` : String(percent);
    return { code: discount.code, minor, type: "percentage", value: text, allocation: "across", selection };
  }
  const text = formatMoney(value.minor, shop.currency);
  const allocation = value.eachItem ? "each" : "across";
  return { code: discount.code, minor, type: "fixed_amount", value: text, allocation, selection };
}

function taxOf(shop: LocalShop, net: number): number {
  const rate = shop.taxBasisPoints;
  return share(net, rate, shop.taxesIncluded ? 10_000 + rate : 10_000);
}

/** `whole × part ÷ of`, rounded half up, exact whatever the size. */
function share(whole: number, part: number, of: number): number {
  return Number((BigInt(whole) * BigInt(part) * 2n + BigInt(of)) / (BigInt(of) * 2n));
}
