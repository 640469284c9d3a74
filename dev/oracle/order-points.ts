/**
 * A second opinion on what an order is worth, written apart from the product: plain arithmetic on the body as Shopify sent it. It shares no
 * code with worker/ and stays that way; product rules are restated here in the shortest form that is right.
 */

type Body = Record<string, unknown>;

/** Millionths of a currency unit, so that every decimal in a body is exact. */
const UNIT = 1_000_000n;

function decimal(text: unknown): bigint {
  const [whole = "0", fraction = ""] = String(text ?? "0")
    .replace("-", "")
    .split(".");
  const size = BigInt(whole) * UNIT + BigInt(fraction.slice(0, 6).padEnd(6, "0"));
  return String(text).startsWith("-") ? -size : size;
}

function amount(object: Body, field: string): bigint {
  const set = object[`${field}_set`] as { shop_money?: { amount?: unknown } } | undefined;
  return decimal(set?.shop_money?.amount ?? object[field] ?? "0");
}

function all(object: Body, field: string): Body[] {
  return (object[field] as Body[] | undefined) ?? [];
}

function add(amounts: bigint[]): bigint {
  return amounts.reduce((sum, one) => sum + one, 0n);
}

/** Points for an order body at `points` per `perUnits` whole currency units (a decimal text such as "100.00"). */
export function oraclePoints(order: Body, rate: { points: number; perUnits: string }, shopCurrency: string): number {
  const status = String(order["financial_status"] ?? "pending");
  const worthless = ["pending", "authorized", "expired", "voided"].includes(status);
  if (order["test"] === true || order["cancelled_at"] || worthless || order["currency"] !== shopCurrency) return 0;

  const refundLines = all(order, "refunds").flatMap((refund) => all(refund, "refund_line_items"));
  let everything = 0n;
  let earning = 0n;
  for (const line of all(order, "line_items")) {
    const refunded = refundLines.filter((part) => String(part["line_item_id"]) === String(line["id"]));
    const discounts = line["discount_allocations"]
      ? add(all(line, "discount_allocations").map((one) => amount(one, "amount")))
      : amount(line, "total_discount");
    const left =
      amount(line, "price") * BigInt(Number(line["quantity"])) -
      discounts -
      add(refunded.map((part) => amount(part, "subtotal")));
    const tax =
      add(all(line, "tax_lines").map((one) => amount(one, "price"))) -
      add(refunded.map((part) => amount(part, "total_tax")));
    everything += left;
    const isTip = Boolean(line["tip"] ?? line["tip_payment_gateway"] ?? line["tip_payment_method"]);
    if (line["gift_card"] !== true && !isTip) earning += order["taxes_included"] === true ? left - tax : left;
  }
  const beyond = add(all(order, "refunds").map((refund) => beyondLines(refund, order["taxes_included"] === true)));
  const kept = everything > beyond ? everything - beyond : 0n;

  const total = decimal((order["current_total_price"] ?? order["total_price"]) as string);
  const outstanding = decimal((order["total_outstanding"] ?? order["total_price"]) as string);
  const [paid, ofTotal] = status === "partially_paid" && total > 0n ? [total - outstanding, total] : [1n, 1n];
  if (earning <= 0n || everything <= 0n) return 0;
  return Number((earning * kept * paid * BigInt(rate.points)) / (everything * ofTotal * decimal(rate.perUnits)));
}

function beyondLines(refund: Body, taxesIncluded: boolean): bigint {
  const others = all(refund, "order_adjustments").filter(
    (one) => one["kind"] !== "shipping_refund" && one["reason"] !== "Shipping refund",
  );
  const given = -add(others.map((one) => amount(one, "amount")));
  if (given <= 0n) return 0n;
  const tax = -add(others.map((one) => amount(one, "tax_amount")));
  return taxesIncluded && tax > 0n ? given + tax : given;
}
