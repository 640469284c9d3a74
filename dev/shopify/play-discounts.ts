/** Code discounts in the Admin API: the mutations, the look-ups, and how a discount reads. */

import { formatMoney } from "../../worker/domain/money.ts";
import { notPlayed } from "./admin-errors.ts";
import { type Args, listConnection } from "./connection.ts";
import { classOf, type DiscountTerms, type LocalDiscount } from "./discount-book.ts";
import {
  type DiscountInput,
  type DiscountUserError,
  type InputContext,
  inputErrors,
  termsOf,
} from "./discount-input.ts";
import { graphqlDecimal } from "./money.ts";
import { customerView } from "./play-customers.ts";
import { metafieldFields } from "./play-metafields.ts";
import type { LocalShop } from "./shop-state.ts";

const argumentOf = { basic: "basicCodeDiscount", "free-shipping": "freeShippingCodeDiscount" } as const;
type Kind = keyof typeof argumentOf;

/** The fields of `Mutation` that concern code discounts. */
export function discountMutations(shop: LocalShop) {
  return {
    discountCodeBasicCreate: (args: Args) => create(shop, "basic", args),
    discountCodeFreeShippingCreate: (args: Args) => create(shop, "free-shipping", args),
    discountCodeBasicUpdate: (args: Args) => update(shop, "basic", args),
    discountCodeFreeShippingUpdate: (args: Args) => update(shop, "free-shipping", args),
    discountCodeActivate: (args: Args) => change(shop, args, (discount) => shop.discounts.activate(discount)),
    discountCodeDeactivate: (args: Args) => change(shop, args, (discount) => shop.discounts.deactivate(discount)),
    discountCodeDelete: (args: Args) => remove(shop, args),
  };
}

/** The fields of `QueryRoot` that concern code discounts. */
export function discountQueries(shop: LocalShop) {
  return {
    codeDiscountNodeByCode: (args: Args) => {
      const discount = shop.discounts.findByCode(String(args["code"]));
      return discount === undefined ? null : codeNode(shop, discount);
    },
    discountNode: (args: Args) => {
      const discount = shop.discounts.find(String(args["id"]));
      return discount === undefined ? null : discountNode(shop, discount);
    },
    discountNodes: (args: Args) => {
      if (args["sortKey"] !== undefined && args["sortKey"] !== "CREATED_AT" && args["sortKey"] !== "ID")
        throw notPlayed(`discountNodes sorted by ${String(args["sortKey"])}`);
      const matches = discountFilter(shop, args["query"]);
      const nodes = shop.discounts.all().filter(matches);
      return listConnection(
        nodes.map((discount) => discountNode(shop, discount)),
        args,
      );
    },
  };
}

function payload(shop: LocalShop, discount: LocalDiscount | undefined, userErrors: readonly DiscountUserError[]) {
  return { codeDiscountNode: discount === undefined ? null : codeNode(shop, discount), userErrors };
}

const unknownDiscount: DiscountUserError = {
  field: ["id"],
  message: "Discount does not exist",
  code: null,
  extraInfo: null,
};

function create(shop: LocalShop, kind: Kind, args: Args) {
  const context: InputContext = { shop, kind, argument: argumentOf[kind] };
  const input = args[context.argument] as DiscountInput;
  const errors = inputErrors(context, input);
  if (errors.length > 0) return payload(shop, undefined, errors);
  const defaults: DiscountTerms = {
    title: "",
    code: "",
    startsAt: shop.clock(),
    endsAt: null,
    customers: "all",
    value: { kind: "free-shipping", maximumShipping: null },
    items: null,
    minimumSubtotal: null,
    minimumQuantity: null,
    usageLimit: null,
    appliesOncePerCustomer: false,
    combinesWith: { order: false, product: false, shipping: false },
    tags: [],
  };
  return payload(shop, shop.discounts.create({ ...defaults, ...termsOf(context, input) }), []);
}

function update(shop: LocalShop, kind: Kind, args: Args) {
  const existing = shop.discounts.find(String(args["id"]));
  if (existing === undefined) return payload(shop, undefined, [unknownDiscount]);
  if ((existing.value.kind === "free-shipping") !== (kind === "free-shipping"))
    throw notPlayed("changing a discount into one of another type");
  const context: InputContext = { shop, kind, argument: argumentOf[kind], existing };
  const input = args[context.argument] as DiscountInput;
  const errors = inputErrors(context, input);
  if (errors.length > 0) return payload(shop, undefined, errors);
  shop.discounts.update(existing, termsOf(context, input));
  return payload(shop, existing, []);
}

function change(shop: LocalShop, args: Args, effect: (discount: LocalDiscount) => void) {
  const discount = shop.discounts.find(String(args["id"]));
  if (discount === undefined) return payload(shop, undefined, [unknownDiscount]);
  effect(discount);
  return payload(shop, discount, []);
}

function remove(shop: LocalShop, args: Args) {
  const discount = shop.discounts.find(String(args["id"]));
  if (discount === undefined) return { deletedCodeDiscountId: null, userErrors: [unknownDiscount] };
  shop.discounts.delete(discount);
  return { deletedCodeDiscountId: discount.gid, userErrors: [] };
}

/** The filter for a search text of `title:…`, `status:…` and `code:…`; plain words search the title. */
function discountFilter(shop: LocalShop, query: unknown): (discount: LocalDiscount) => boolean {
  if (typeof query !== "string" || query.trim() === "") return () => true;
  const terms = query.match(/(?:[^\s"']+:)?(?:"[^"]*"|'[^']*'|\S+)/g) ?? [];
  const tests = terms
    .filter((term) => term !== "AND")
    .map((term) => {
      const [, name = "title", raw = ""] = /^(?:(\w+):)?(.*)$/s.exec(term) ?? [];
      const value = raw.replace(/^["']|["']$/g, "").toLowerCase();
      if (name === "status") return (d: LocalDiscount) => shop.discounts.status(d).toLowerCase() === value;
      if (name === "code") return (d: LocalDiscount) => d.code.toLowerCase() === value;
      if (name === "title") return (d: LocalDiscount) => d.title.toLowerCase().includes(value.replace(/\*$/, ""));
      throw notPlayed(`discountNodes with the filter ${name}`);
    });
  return (discount) => tests.every((test) => test(discount));
}

/** A discount as a `DiscountCodeNode`. */
export function codeNode(shop: LocalShop, discount: LocalDiscount) {
  return {
    __typename: "DiscountCodeNode",
    id: discount.gid,
    codeDiscount: () => discountView(shop, discount),
    ...metafieldFields(shop, discount.gid),
  };
}

/** The same discount as a `DiscountNode`. */
export function discountNode(shop: LocalShop, discount: LocalDiscount) {
  return {
    __typename: "DiscountNode",
    id: discount.gid.replace("/DiscountCodeNode/", "/DiscountNode/"),
    discount: () => discountView(shop, discount),
    ...metafieldFields(shop, discount.gid),
  };
}

function discountView(shop: LocalShop, discount: LocalDiscount) {
  const money = (minor: number) => ({
    __typename: "MoneyV2",
    amount: graphqlDecimal(formatMoney(minor, shop.currency)),
    currencyCode: shop.currency,
  });
  const { value } = discount;
  return {
    __typename: value.kind === "free-shipping" ? "DiscountCodeFreeShipping" : "DiscountCodeBasic",
    title: discount.title,
    status: shop.discounts.status(discount),
    startsAt: discount.startsAt.toISOString(),
    endsAt: discount.endsAt?.toISOString() ?? null,
    createdAt: discount.createdAt.toISOString(),
    updatedAt: discount.updatedAt.toISOString(),
    usageLimit: discount.usageLimit,
    appliesOncePerCustomer: discount.appliesOncePerCustomer,
    asyncUsageCount: shop.discounts.shownUses(discount),
    discountClasses: [classOf(discount).toUpperCase()],
    tags: discount.tags,
    codesCount: { count: 1, precision: "EXACT" },
    codes: (args: Args) => listConnection([codeView(shop, discount)], args),
    combinesWith: {
      orderDiscounts: discount.combinesWith.order,
      productDiscounts: discount.combinesWith.product,
      shippingDiscounts: discount.combinesWith.shipping,
    },
    context: () => contextView(shop, discount),
    minimumRequirement: minimumView(discount, money),
    ...(value.kind === "free-shipping"
      ? {
          destinationSelection: { __typename: "DiscountCountryAll", allCountries: true },
          maximumShippingPrice: value.maximumShipping === null ? null : money(value.maximumShipping),
        }
      : {
          customerGets: { items: () => itemsView(discount), value: valueView(value, money) },
        }),
  };
}

function itemsView(discount: LocalDiscount) {
  if (discount.items !== null) throw notPlayed("the chosen items of a discount");
  return { __typename: "AllDiscountItems", allItems: true };
}

type Money = (minor: number) => unknown;

function valueView(value: Exclude<LocalDiscount["value"], { kind: "free-shipping" }>, money: Money) {
  return value.kind === "percentage"
    ? { __typename: "DiscountPercentage", percentage: value.fraction }
    : { __typename: "DiscountAmount", amount: money(value.minor), appliesOnEachItem: value.eachItem };
}

function minimumView(discount: LocalDiscount, money: Money) {
  if (discount.minimumSubtotal !== null)
    return {
      __typename: "DiscountMinimumSubtotal",
      greaterThanOrEqualToSubtotal: money(discount.minimumSubtotal),
    };
  if (discount.minimumQuantity === null) return null;
  return { __typename: "DiscountMinimumQuantity", greaterThanOrEqualToQuantity: String(discount.minimumQuantity) };
}

function contextView(shop: LocalShop, discount: LocalDiscount) {
  if (discount.customers === "all") return { __typename: "DiscountBuyerSelectionAll", all: "ALL" };
  const customers = discount.customers.map((id) => customerView(shop, shop.adoptCustomer(id)));
  return { __typename: "DiscountCustomers", customers };
}

function codeView(shop: LocalShop, discount: LocalDiscount) {
  return { id: discount.codeGid, code: discount.code, asyncUsageCount: shop.discounts.shownUses(discount) };
}
