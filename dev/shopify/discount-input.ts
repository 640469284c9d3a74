/** The inputs of the discount mutations: what Shopify refuses, and what becomes of the rest. */
import { badRequest, notPlayed } from "./admin-errors.ts";
import type { DiscountTerms, DiscountValue, LocalDiscount } from "./discount-book.ts";
import { parseMinor } from "./money.ts";
import type { LocalShop } from "./shop-state.ts";

type Maybe<T> = T | null | undefined;

interface IdChanges {
  readonly add?: Maybe<readonly string[]>;
  readonly remove?: Maybe<readonly string[]>;
}

/** `DiscountCodeBasicInput` and `DiscountCodeFreeShippingInput`, as far as they go together. */
export interface DiscountInput {
  readonly title?: Maybe<string>;
  readonly code?: Maybe<string>;
  readonly startsAt?: Maybe<string>;
  readonly endsAt?: Maybe<string>;
  readonly context?: Maybe<{
    readonly all?: Maybe<string>;
    readonly customers?: Maybe<IdChanges>;
    readonly customerSegments?: Maybe<unknown>;
    readonly markets?: Maybe<unknown>;
  }>;
  readonly customerSelection?: Maybe<unknown>;
  readonly customerGets?: Maybe<{
    readonly items?: Maybe<{
      readonly all?: Maybe<boolean>;
      readonly products?: Maybe<{
        readonly productsToAdd?: Maybe<readonly string[]>;
        readonly productsToRemove?: Maybe<readonly string[]>;
        readonly productVariantsToAdd?: Maybe<readonly string[]>;
        readonly productVariantsToRemove?: Maybe<readonly string[]>;
      }>;
      readonly collections?: Maybe<IdChanges>;
    }>;
    readonly value?: Maybe<{
      readonly percentage?: Maybe<number>;
      readonly discountAmount?: Maybe<{ readonly amount?: Maybe<string>; readonly appliesOnEachItem?: Maybe<boolean> }>;
      readonly discountOnQuantity?: Maybe<unknown>;
    }>;
  }>;
  readonly minimumRequirement?: Maybe<{
    readonly subtotal?: Maybe<{ readonly greaterThanOrEqualToSubtotal?: Maybe<string> }>;
    readonly quantity?: Maybe<{ readonly greaterThanOrEqualToQuantity?: Maybe<string> }>;
  }>;
  readonly appliesOncePerCustomer?: Maybe<boolean>;
  readonly usageLimit?: Maybe<number>;
  readonly recurringCycleLimit?: Maybe<number>;
  readonly combinesWith?: Maybe<{
    readonly orderDiscounts?: Maybe<boolean>;
    readonly productDiscounts?: Maybe<boolean>;
    readonly shippingDiscounts?: Maybe<boolean>;
    readonly productDiscountsWithTagsOnSameCartLine?: Maybe<unknown>;
  }>;
  readonly tags?: Maybe<readonly string[]>;
  readonly destination?: Maybe<{ readonly all?: Maybe<boolean>; readonly countries?: Maybe<unknown> }>;
  readonly maximumShippingPrice?: Maybe<string>;
}

export interface DiscountUserError {
  readonly field: readonly string[];
  readonly message: string;
  readonly code: string | null;
  readonly extraInfo: null;
}

export interface InputContext {
  readonly shop: LocalShop;
  /** `basicCodeDiscount` or `freeShippingCodeDiscount`: the first part of every error's path. */
  readonly argument: string;
  readonly kind: "basic" | "free-shipping";
  /** The discount that an update changes. */
  readonly existing?: LocalDiscount | undefined;
}

type Say = (code: string, message: string, ...path: string[]) => void;

/** All that is wrong with the input. Throws where Shopify fails the whole field, and for what is not played here. */
export function inputErrors(context: InputContext, input: DiscountInput): DiscountUserError[] {
  refuseUnplayed(input);
  const errors: DiscountUserError[] = [];
  const say: Say = (code, message, ...path) => {
    errors.push({ field: [context.argument, ...path], message, code, extraInfo: null });
  };
  checkTitleAndCode(context, input, say);
  checkDates(context, input, say);
  checkContext(context, input, say);
  if (context.kind === "basic") checkValue(context, input, say);
  checkMinimum(context, input, say);
  if (typeof input.usageLimit === "number" && input.usageLimit < 1)
    say("GREATER_THAN", "Usage limit must be greater than 0", "usageLimit");
  if (context.kind === "free-shipping" && input.combinesWith?.shippingDiscounts === true) {
    const message = "The combinesWith settings are not valid for the discount class.";
    say("INVALID_COMBINES_WITH_FOR_DISCOUNT_CLASS", message, "combinesWith");
  }
  return errors;
}

function refuseUnplayed(input: DiscountInput): void {
  if (isSet(input.customerSelection)) throw notPlayed("customerSelection, which is deprecated: use context");
  if (isSet(input.context?.customerSegments)) throw notPlayed("discounts for customer segments");
  if (isSet(input.context?.markets)) throw notPlayed("discounts for markets");
  const { products } = input.customerGets?.items ?? {};
  if (isSet(products?.productVariantsToAdd) || isSet(products?.productVariantsToRemove))
    throw notPlayed("discounts on chosen variants");
  if (isSet(input.recurringCycleLimit)) throw notPlayed("discounts on subscriptions");
  if (isSet(input.destination?.countries)) throw notPlayed("free shipping to chosen countries");
  if (isSet(input.combinesWith?.productDiscountsWithTagsOnSameCartLine))
    throw notPlayed("productDiscountsWithTagsOnSameCartLine, which is for Plus shops");
}

function isSet(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function checkTitleAndCode(context: InputContext, input: DiscountInput, say: Say): void {
  const { existing, shop } = context;
  if (!existing || input.title !== undefined) {
    const title = input.title?.trim() ?? "";
    if (title === "") say("BLANK", "Title can't be blank", "title");
    if (title.length > 255) say("TOO_LONG", "Title is too long (maximum is 255 characters)", "title");
  }
  if (existing && input.code === undefined) return;
  const code = input.code?.trim() ?? "";
  if (code === "") say("BLANK", "Code can't be blank", "code");
  if (code.length > 255) say("TOO_LONG", "Code is too long (maximum is 255 characters)", "code");
  if (/[\r\n]/.test(code)) say("INVALID", "Code cannot contain newline characters.", "code");
  const holder = shop.discounts.findByCode(code);
  if (holder !== undefined && holder !== existing)
    say("TAKEN", "Code must be unique. Please try a different code.", "code");
}

function checkDates(context: InputContext, input: DiscountInput, say: Say): void {
  if (!context.existing && !isSet(input.startsAt)) say("BLANK", "Starts at can't be blank", "startsAt");
  const starts = input.startsAt ? new Date(input.startsAt) : context.existing?.startsAt;
  const ends = input.endsAt === undefined ? context.existing?.endsAt : input.endsAt && new Date(input.endsAt);
  if (starts && ends && ends <= starts) say("INVALID", "Ends at needs to be after starts_at", "endsAt");
}

const customerGid = /^gid:\/\/shopify\/Customer\/(\d+)$/;

function checkContext(context: InputContext, input: DiscountInput, say: Say): void {
  if (!isSet(input.context)) {
    if (!context.existing) say("BLANK", "Context must be set", "context");
    return;
  }
  const { add, remove } = input.context?.customers ?? {};
  if ((add ?? []).some((id) => (remove ?? []).includes(id)))
    throw badRequest("A customer id is present in `add` and `remove` fields");
  for (const id of [...(add ?? []), ...(remove ?? [])]) {
    if (customerGid.test(id)) continue;
    say("INVALID", `Customer with id: ${id.split("/").at(-1)} is invalid`, "context", "customers", "add");
  }
  if (input.context?.customers && !context.existing && (add ?? []).length === 0)
    say("BLANK", "Customers can't be blank", "context", "customers", "add");
}

function checkValue(context: InputContext, input: DiscountInput, say: Say): void {
  const gets = input.customerGets;
  if (context.existing && gets === undefined) return;
  const { percentage, discountAmount, discountOnQuantity } = gets?.value ?? {};
  const given = [percentage, discountAmount, discountOnQuantity].filter(isSet).length;
  if (given > 1) throw badRequest("A discount can only have one of percentage, discountOnQuantity or discountAmount.");
  const path = ["customerGets", "value"];
  if (isSet(discountOnQuantity)) {
    const message = "discountOnQuantity field is only permitted with bxgy discounts.";
    say("INVALID", message, ...path, "discountOnQuantity");
  } else if (given === 0) say("BLANK", "Discount value must be defined.", ...path);
  if (typeof percentage === "number" && !(percentage > 0 && percentage <= 1))
    say("VALUE_OUTSIDE_RANGE", "Value must be between 0.0 and 1.0", ...path, "percentage");
  if (discountAmount) checkAmount(context, discountAmount.amount, say, [...path, "discountAmount", "amount"]);
  checkItems(context, input, say);
}

const MOST_ITEMS = 100;

function checkItems({ shop, existing }: InputContext, input: DiscountInput, say: Say): void {
  const { all, products, collections } = input.customerGets?.items ?? {};
  const path = ["customerGets", "items"];
  const [productGids, collectionGids] = [products?.productsToAdd ?? [], collections?.add ?? []];
  if (!existing && all !== true && productGids.length + collectionGids.length === 0)
    say("BLANK", "Items in 'customer get' must be defined", ...path);
  if (all === true && productGids.length + collectionGids.length > 0)
    say("CONFLICT", "Cannot entitle all items in combination with chosen ones", ...path, "all");
  if (productGids.length > 0 && collectionGids.length > 0) {
    const message = "Cannot entitle collections in combination with product variants or products";
    say("CONFLICT", message, ...path, "collections", "add");
  }
  if (productGids.length > MOST_ITEMS) say("EXCEEDED_MAX", `Maximum number of products is ${MOST_ITEMS}`, ...path);
  if (collectionGids.length > MOST_ITEMS)
    say("EXCEEDED_MAX", `Maximum number of collections is ${MOST_ITEMS}`, ...path);
  const known = {
    Product: new Set(shop.products.map(({ id }) => id)),
    Collection: new Set(shop.products.flatMap((product) => product.collections)),
  };
  for (const gid of [...productGids, ...collectionGids]) {
    const type = productGids.includes(gid) ? "Product" : "Collection";
    if (known[type].has(numberOf(gid, type) ?? "")) continue;
    const field = type === "Product" ? ["products", "productsToAdd"] : ["collections", "add"];
    say("INVALID", `${type} with id: ${gid.split("/").at(-1)} is invalid`, ...path, ...field);
  }
}

function numberOf(gid: string, type: "Product" | "Collection"): string | undefined {
  return new RegExp(`^gid://shopify/${type}/(\\d+)$`).exec(gid)?.[1];
}

function checkAmount(context: InputContext, amount: Maybe<string>, say: Say, path: string[]): void {
  const minor = parseMinor(amount ?? "", context.shop.currency);
  if (!isSet(amount)) say("BLANK", "Amount can't be blank", ...path);
  else if (minor === undefined) say("INVALID", `Amount is no amount of ${context.shop.currency}`, ...path);
  else if (minor <= 0) say("GREATER_THAN", "Value must be greater than 0", ...path);
}

function checkMinimum(context: InputContext, input: DiscountInput, say: Say): void {
  const { subtotal, quantity } = input.minimumRequirement ?? {};
  const subtotalPath = ["minimumRequirement", "subtotal", "greaterThanOrEqualToSubtotal"];
  const quantityPath = ["minimumRequirement", "quantity", "greaterThanOrEqualToQuantity"];
  if (subtotal && quantity) {
    say("CONFLICT", "Minimum subtotal cannot be defined when minimum quantity is.", ...subtotalPath);
    say("CONFLICT", "Minimum quantity cannot be defined when minimum subtotal is.", ...quantityPath);
  }
  if (subtotal) checkAmount(context, subtotal.greaterThanOrEqualToSubtotal, say, subtotalPath);
}

/** The terms that the input sets; parts that it does not name are absent. The input must be free of errors. */
export function termsOf(context: InputContext, input: DiscountInput): Partial<DiscountTerms> {
  const { shop, existing } = context;
  const terms: Partial<DiscountTerms> = {};
  if (input.title) terms.title = input.title.trim();
  if (input.code) terms.code = input.code.trim();
  if (input.startsAt) terms.startsAt = new Date(input.startsAt);
  if (input.endsAt !== undefined) terms.endsAt = input.endsAt === null ? null : new Date(input.endsAt);
  if (input.context) terms.customers = customersOf(shop, input.context, existing);
  const value = discountValue(context, input);
  if (value !== undefined) terms.value = value;
  const items = discountItems(input);
  if (items !== undefined) terms.items = items;
  if (input.minimumRequirement !== undefined) {
    const { subtotal, quantity } = input.minimumRequirement ?? {};
    terms.minimumSubtotal = parseMinor(subtotal?.greaterThanOrEqualToSubtotal ?? "", shop.currency) ?? null;
    terms.minimumQuantity = quantity ? Number(quantity.greaterThanOrEqualToQuantity) : null;
  }
  if (input.usageLimit !== undefined) terms.usageLimit = input.usageLimit;
  if (isSet(input.appliesOncePerCustomer)) terms.appliesOncePerCustomer = input.appliesOncePerCustomer === true;
  if (input.combinesWith) {
    const { orderDiscounts, productDiscounts, shippingDiscounts } = input.combinesWith;
    terms.combinesWith = {
      order: orderDiscounts ?? false,
      product: productDiscounts ?? false,
      shipping: shippingDiscounts ?? false,
    };
  }
  if (input.tags) terms.tags = input.tags;
  return terms;
}

function customersOf(
  shop: LocalShop,
  context: NonNullable<DiscountInput["context"]>,
  existing: LocalDiscount | undefined,
): readonly string[] | "all" {
  if (isSet(context.all)) return "all";
  const ids = (gids: Maybe<readonly string[]>) => (gids ?? []).flatMap((gid) => customerGid.exec(gid)?.[1] ?? []);
  const removed = ids(context.customers?.remove);
  const before = existing === undefined || existing.customers === "all" ? [] : existing.customers;
  const after = [...new Set([...before, ...ids(context.customers?.add)])].filter((id) => !removed.includes(id));
  for (const id of after) shop.adoptCustomer(id);
  return after;
}

/** Undefined where the input says nothing of them. An update that takes some away is not played: nobody asks for it. */
function discountItems(input: DiscountInput): DiscountTerms["items"] | undefined {
  const items = input.customerGets?.items;
  if (!items) return undefined;
  if (isSet(items.products?.productsToRemove) || isSet(items.collections?.remove))
    throw notPlayed("taking items from a discount");
  if (items.all === true) return null;
  return {
    products: (items.products?.productsToAdd ?? []).flatMap((gid) => numberOf(gid, "Product") ?? []),
    collections: (items.collections?.add ?? []).flatMap((gid) => numberOf(gid, "Collection") ?? []),
  };
}

function discountValue(context: InputContext, input: DiscountInput): DiscountValue | undefined {
  const { shop, existing, kind } = context;
  if (kind === "free-shipping") {
    if (existing && input.maximumShippingPrice === undefined) return undefined;
    const maximumShipping = parseMinor(input.maximumShippingPrice ?? "", shop.currency) ?? null;
    return { kind: "free-shipping", maximumShipping };
  }
  const { percentage, discountAmount } = input.customerGets?.value ?? {};
  if (typeof percentage === "number") return { kind: "percentage", fraction: percentage };
  if (!discountAmount) return undefined;
  const minor = parseMinor(discountAmount.amount ?? "", shop.currency) ?? 0;
  return { kind: "amount", minor, eachItem: discountAmount.appliesOnEachItem ?? false };
}
