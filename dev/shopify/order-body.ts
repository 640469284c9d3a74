/** Writes orders and refunds in the shape of Shopify's REST bodies, version 2026-10. */
import { formatMoney } from "../../worker/domain/money.ts";
import { idNumber, type Json, type JsonObject } from "./exact-json.ts";

/** `{shop_money, presentment_money}`; the local shops sell in one currency, so both are the same. */
export function moneySet(minor: number, currency: string): JsonObject {
  const money = (): JsonObject => ({ amount: formatMoney(minor, currency), currency_code: currency });
  return { shop_money: money(), presentment_money: money() };
}

/** `name` as decimal text and `name_set` as a money set. */
export function amount(name: string, minor: number, currency: string): JsonObject {
  return { [name]: formatMoney(minor, currency), [`${name}_set`]: moneySet(minor, currency) };
}

/** A time as Shopify writes it: whole seconds, in the shop's time zone, such as `2026-11-22T10:00:00+01:00`. */
export function timeInZone(time: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "longOffset",
  }).formatToParts(time);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? "";
  const offset = part("timeZoneName").replace("GMT", "") || "+00:00";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}:${part("second")}${offset}`;
}

export interface OrderLine {
  readonly id: string;
  readonly productId: string | null;
  readonly variantId: string | null;
  readonly title: string;
  readonly variantTitle: string | null;
  readonly sku: string;
  readonly vendor: string | null;
  readonly isGiftCard: boolean;
  readonly unitPrice: number;
  readonly quantity: number;
  readonly tax: number;
  /** Amounts by the index of their discount application. */
  readonly allocations: readonly { readonly application: number; readonly minor: number }[];
}

export interface AppliedCode {
  readonly code: string;
  readonly minor: number;
  readonly type: "fixed_amount" | "percentage" | "shipping";
  /** What the code grants: the amount, or the percentage as `"10.0"`. */
  readonly value: string;
  readonly allocation: "across" | "each" | "one";
  /** Whether it is for the whole order or for chosen products. */
  readonly selection: "all" | "entitled";
}

export interface OrderDraft {
  readonly id: string;
  readonly number: number;
  readonly currency: string;
  readonly at: string;
  readonly customerId: string | null;
  readonly lines: readonly OrderLine[];
  readonly codes: readonly AppliedCode[];
  readonly shipping: { readonly id: string; readonly price: number; readonly discount: number } | null;
  readonly tax: { readonly basisPoints: number; readonly isIncluded: boolean };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** The body of a paid order. */
export function orderBody(draft: OrderDraft): JsonObject {
  const { currency, lines } = draft;
  const gross = sum(lines.map((line) => line.unitPrice * line.quantity));
  const lineDiscounts = sum(lines.flatMap((line) => line.allocations.map(({ minor }) => minor)));
  const tax = sum(lines.map((line) => line.tax));
  const shipping = draft.shipping === null ? 0 : draft.shipping.price - draft.shipping.discount;
  const subtotal = gross - lineDiscounts;
  const total = subtotal + shipping + (draft.tax.isIncluded ? 0 : tax);
  const discounts = lineDiscounts + (draft.shipping?.discount ?? 0);
  const now = { created_at: draft.at, processed_at: draft.at, updated_at: draft.at };
  return {
    id: idNumber(draft.id),
    admin_graphql_api_id: `gid://shopify/Order/${draft.id}`,
    app_id: 580_111,
    buyer_accepts_marketing: false,
    cancel_reason: null,
    cancelled_at: null,
    closed_at: null,
    confirmed: true,
    ...now,
    currency,
    presentment_currency: currency,
    ...currentTotals({ subtotal, discounts, total, tax, shipping }, currency),
    customer_locale: "en",
    discount_codes: draft.codes.map(({ code, minor, type }) => ({ code, amount: formatMoney(minor, currency), type })),
    estimated_taxes: false,
    financial_status: "paid",
    fulfillment_status: null,
    name: `#${draft.number}`,
    note: null,
    note_attributes: [],
    number: draft.number - 1000,
    order_number: draft.number,
    payment_gateway_names: ["bogus"],
    source_name: "web",
    ...amount("subtotal_price", subtotal, currency),
    tags: "",
    tax_exempt: false,
    tax_lines: taxLines(draft, tax),
    taxes_included: draft.tax.isIncluded,
    test: false,
    total_discounts: formatMoney(discounts, currency),
    total_discounts_set: moneySet(discounts, currency),
    ...amount("total_line_items_price", gross, currency),
    total_outstanding: formatMoney(0, currency),
    ...amount("total_price", total, currency),
    total_shipping_price_set: moneySet(draft.shipping?.price ?? 0, currency),
    ...amount("total_tax", tax, currency),
    total_tip_received: formatMoney(0, currency),
    total_weight: 0,
    user_id: null,
    customer: customerBody(draft),
    discount_applications: draft.codes.map(applicationBody),
    fulfillments: [],
    line_items: lines.map((line) => lineBody(line, draft)),
    payment_terms: null,
    refunds: [],
    shipping_lines: shippingBody(draft),
    returns: [],
  };
}

export interface Totals {
  readonly subtotal: number;
  readonly discounts: number;
  readonly total: number;
  readonly tax: number;
  readonly shipping: number;
}

/** The `current_*` members: what is left of the order after its refunds. */
export function currentTotals(totals: Totals, currency: string): JsonObject {
  return {
    current_shipping_price_set: moneySet(totals.shipping, currency),
    ...amount("current_subtotal_price", totals.subtotal, currency),
    current_total_additional_fees_set: null,
    ...amount("current_total_discounts", totals.discounts, currency),
    current_total_duties_set: null,
    ...amount("current_total_price", totals.total, currency),
    ...amount("current_total_tax", totals.tax, currency),
  };
}

function customerBody(draft: OrderDraft): Json {
  if (draft.customerId === null) return null;
  const { customerId: id, at, currency } = draft;
  return {
    id: idNumber(id),
    created_at: at,
    updated_at: at,
    state: "enabled",
    note: null,
    verified_email: true,
    tax_exempt: false,
    tags: "",
    currency,
    tax_exemptions: [],
    admin_graphql_api_id: `gid://shopify/Customer/${id}`,
  };
}

function applicationBody(code: AppliedCode): JsonObject {
  return {
    target_type: code.type === "shipping" ? "shipping_line" : "line_item",
    type: "discount_code",
    value: code.value,
    value_type: code.type === "fixed_amount" ? "fixed_amount" : "percentage",
    allocation_method: code.allocation,
    target_selection: code.selection,
    code: code.code,
  };
}

function taxLines(draft: OrderDraft, minor: number): JsonObject[] {
  if (draft.tax.basisPoints === 0) return [];
  const rate = draft.tax.basisPoints / 10_000;
  return [{ title: "VAT", rate, channel_liable: false, ...amount("price", minor, draft.currency) }];
}

function lineBody(line: OrderLine, draft: OrderDraft): JsonObject {
  const { currency } = draft;
  const name = line.variantTitle === null ? line.title : `${line.title} - ${line.variantTitle}`;
  return {
    id: idNumber(line.id),
    admin_graphql_api_id: `gid://shopify/LineItem/${line.id}`,
    attributed_staffs: [],
    current_quantity: line.quantity,
    fulfillable_quantity: line.quantity,
    fulfillment_service: "manual",
    fulfillment_status: null,
    gift_card: line.isGiftCard,
    grams: 0,
    name,
    ...amount("price", line.unitPrice, currency),
    product_exists: line.productId !== null,
    product_id: line.productId === null ? null : idNumber(line.productId),
    properties: [],
    quantity: line.quantity,
    requires_shipping: !line.isGiftCard,
    sku: line.sku,
    taxable: !line.isGiftCard,
    title: line.title,
    ...amount("total_discount", 0, currency),
    variant_id: line.variantId === null ? null : idNumber(line.variantId),
    variant_inventory_management: null,
    variant_title: line.variantTitle,
    vendor: line.vendor,
    tax_lines: taxLines(draft, line.tax).filter(() => line.tax > 0),
    duties: [],
    discount_allocations: line.allocations.map(({ application, minor }) => ({
      ...amount("amount", minor, currency),
      discount_application_index: application,
    })),
  };
}

function shippingBody(draft: OrderDraft): JsonObject[] {
  const { shipping, currency } = draft;
  if (shipping === null) return [];
  const index = draft.codes.findIndex(({ type }) => type === "shipping");
  const paid = shipping.price - shipping.discount;
  return [
    {
      id: idNumber(shipping.id),
      code: "Standard",
      current_discounted_price_set: moneySet(paid, currency),
      ...amount("discounted_price", paid, currency),
      is_removed: false,
      ...amount("price", shipping.price, currency),
      source: "shopify",
      title: "Standard",
      tax_lines: [],
      discount_allocations:
        shipping.discount === 0
          ? []
          : [{ ...amount("amount", shipping.discount, currency), discount_application_index: index }],
    },
  ];
}
