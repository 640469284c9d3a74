/** The discount codes of one shop, and the rules by which a checkout takes or refuses them. */
import type { Clock } from "./shop-state.ts";

export type DiscountValue =
  | { readonly kind: "amount"; readonly minor: number; readonly eachItem: boolean }
  | { readonly kind: "percentage"; readonly fraction: number }
  | { readonly kind: "free-shipping"; readonly maximumShipping: number | null };

export interface DiscountItems {
  readonly products: readonly string[];
  readonly collections: readonly string[];
}

export type DiscountClass = "order" | "product" | "shipping";

export interface CombinesWith {
  readonly order: boolean;
  readonly product: boolean;
  readonly shipping: boolean;
}

export interface DiscountUse {
  readonly orderGid: string;
  readonly customerId: string | null;
  readonly at: Date;
}

/** What can be set; the rest of a discount is kept by the book. */
export interface DiscountTerms {
  title: string;
  code: string;
  startsAt: Date;
  endsAt: Date | null;
  /** Numeric ids of the customers it is for, or everybody. */
  customers: readonly string[] | "all";
  value: DiscountValue;
  /** The products or collections it is for; null = the whole order. */
  items: DiscountItems | null;
  minimumSubtotal: number | null;
  minimumQuantity: number | null;
  usageLimit: number | null;
  appliesOncePerCustomer: boolean;
  combinesWith: CombinesWith;
  tags: readonly string[];
}

export interface LocalDiscount extends DiscountTerms {
  readonly gid: string;
  readonly codeGid: string;
  readonly createdAt: Date;
  updatedAt: Date;
  readonly uses: DiscountUse[];
}

export type DiscountStatus = "ACTIVE" | "EXPIRED" | "SCHEDULED";

/** What a checkout says of a code that it does not take; `text` in words like those of Shopify's checkout. */
export interface CodeRefusal {
  readonly reason:
    | "unknown"
    | "expired"
    | "not-started"
    | "not-for-customer"
    | "used-up"
    | "already-used"
    | "minimum"
    | "not-combinable";
  readonly text: string;
}

export interface Cart {
  readonly customerId: string | null;
  readonly subtotal: number;
  readonly quantity: number;
}

/** All discounts of a shop. Codes are unique whatever their case. */
export class DiscountBook {
  readonly #byGid = new Map<string, LocalDiscount>();
  readonly #byCode = new Map<string, LocalDiscount>();
  readonly #context: { readonly clock: Clock; readonly newId: () => string; readonly usageLagMs: number };

  constructor(context: { clock: Clock; newId: () => string; usageLagMs: number }) {
    this.#context = context;
  }

  all(): LocalDiscount[] {
    return [...this.#byGid.values()];
  }

  /** By the id of a `DiscountCodeNode` or a `DiscountNode`: the same number in both. */
  find(gid: string): LocalDiscount | undefined {
    return this.#byGid.get(gid.replace("/DiscountNode/", "/DiscountCodeNode/"));
  }

  findByCode(code: string): LocalDiscount | undefined {
    return this.#byCode.get(folded(code));
  }

  create(terms: DiscountTerms): LocalDiscount {
    const now = this.#context.clock();
    const discount: LocalDiscount = {
      ...terms,
      gid: `gid://shopify/DiscountCodeNode/${this.#context.newId()}`,
      codeGid: `gid://shopify/DiscountRedeemCode/${this.#context.newId()}`,
      createdAt: now,
      updatedAt: now,
      uses: [],
    };
    this.#byGid.set(discount.gid, discount);
    this.#byCode.set(folded(discount.code), discount);
    return discount;
  }

  update(discount: LocalDiscount, changes: Partial<DiscountTerms>): void {
    this.#byCode.delete(folded(discount.code));
    Object.assign(discount, changes, { updatedAt: this.#context.clock() });
    this.#byCode.set(folded(discount.code), discount);
  }

  delete(discount: LocalDiscount): void {
    this.#byGid.delete(discount.gid);
    this.#byCode.delete(folded(discount.code));
  }

  /** Ends it now, as Shopify does: a deactivated discount is an expired one. */
  deactivate(discount: LocalDiscount): void {
    if (this.status(discount) !== "EXPIRED") this.update(discount, { endsAt: this.#context.clock() });
  }

  activate(discount: LocalDiscount): void {
    const now = this.#context.clock();
    if (this.status(discount) === "EXPIRED") this.update(discount, { endsAt: null });
    if (this.status(discount) === "SCHEDULED") this.update(discount, { startsAt: now });
  }

  status(discount: LocalDiscount): DiscountStatus {
    const now = this.#context.clock();
    if (discount.endsAt !== null && discount.endsAt <= now) return "EXPIRED";
    return discount.startsAt > now ? "SCHEDULED" : "ACTIVE";
  }

  /** The uses that Shopify's lagging counter already shows. */
  shownUses(discount: LocalDiscount): number {
    const until = this.#context.clock().getTime() - this.#context.usageLagMs;
    return discount.uses.filter((use) => use.at.getTime() <= until).length;
  }

  /** Why a checkout would refuse the code now; undefined when it takes it. The true uses count, not the shown ones. */
  refusal(code: string, cart: Cart): CodeRefusal | undefined {
    const discount = this.findByCode(code);
    if (discount === undefined) return { reason: "unknown", text: `${code}: Enter a valid discount code` };
    const status = this.status(discount);
    const mine = discount.uses.filter((use) => use.customerId !== null && use.customerId === cart.customerId);
    if (status === "EXPIRED") return { reason: "expired", text: `${code} discount code has expired` };
    if (status === "SCHEDULED") return { reason: "not-started", text: `${code} discount code isn't available yet` };
    if (!isFor(discount, cart.customerId))
      return { reason: "not-for-customer", text: `${code} discount code isn't available to you right now` };
    if (discount.appliesOncePerCustomer && mine.length > 0)
      return { reason: "already-used", text: `${code} discount code has already been used by this customer` };
    if (discount.usageLimit !== null && discount.uses.length >= discount.usageLimit)
      return { reason: "used-up", text: `${code} discount code has reached its usage limit` };
    if (cart.subtotal < (discount.minimumSubtotal ?? 0) || cart.quantity < (discount.minimumQuantity ?? 0))
      return {
        reason: "minimum",
        text: `${code} discount code isn't valid for the items in your cart: minimum not reached`,
      };
    return undefined;
  }
}

/** Which of Shopify's classes the discount belongs to. */
export function classOf(discount: DiscountTerms): DiscountClass {
  if (discount.value.kind === "free-shipping") return "shipping";
  const isOnProducts = discount.items !== null || (discount.value.kind === "amount" && discount.value.eachItem);
  return isOnProducts ? "product" : "order";
}

/** Two discounts combine only if each allows the class of the other. */
export function combine(a: DiscountTerms, b: DiscountTerms): boolean {
  return a.combinesWith[classOf(b)] && b.combinesWith[classOf(a)];
}

/** Whether the discount is for this product; a custom line has none. */
export function isEntitled(
  { items }: DiscountTerms,
  product: { readonly id: string; readonly collections: readonly string[] } | null,
): boolean {
  if (items === null) return true;
  if (product === null) return false;
  return items.products.includes(product.id) || product.collections.some((id) => items.collections.includes(id));
}

function folded(code: string): string {
  return code.trim().toLowerCase();
}

function isFor(discount: LocalDiscount, customerId: string | null): boolean {
  return discount.customers === "all" || (customerId !== null && discount.customers.includes(customerId));
}
