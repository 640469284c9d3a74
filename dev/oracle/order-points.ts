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

/** What an excluded collection or tag held, from a moment on until its next reading. */
export interface OracleReading {
  readonly group: string;
  readonly from: number;
  readonly products: readonly string[];
}

/** Whether any excluded group held the product by the last of its readings that counted when the order was created. */
function isOut(line: Body, order: Body, readings: readonly OracleReading[]): boolean {
  const created = Date.parse(String(order["created_at"]));
  return [...new Set(readings.map((reading) => reading.group))].some((group) => {
    const counting = readings.filter((reading) => reading.group === group && reading.from <= created);
    return counting.at(-1)?.products.includes(String(line["product_id"])) ?? false;
  });
}

/** Points for an order body at `points` per `perUnits` whole currency units (a decimal text such as "100.00"); `tax` earns, too, or does not. */
export function oraclePoints(
  order: Body,
  rate: { points: number; perUnits: string; tax?: boolean },
  shopCurrency: string,
  readings: readonly OracleReading[] = [],
): number {
  const status = String(order["financial_status"] ?? "pending");
  const worthless = ["pending", "authorized", "expired", "voided"].includes(status);
  if (order["test"] === true || order["cancelled_at"] || worthless || order["currency"] !== shopCurrency) return 0;

  const taxesIncluded = order["taxes_included"] === true;
  const taxEarns = rate.tax === true;
  const refundLines = all(order, "refunds").flatMap((refund) => all(refund, "refund_line_items"));
  const lines = all(order, "line_items");
  // A share of a line divides by its quantity; with their product under everything there is nothing to round.
  const under = lines.reduce((product, line) => product * (BigInt(Number(line["quantity"])) || 1n), 1n);
  let everything = 0n;
  let earning = 0n;
  let ordered = 0n;
  let isAllGone = true;
  for (const line of lines) {
    const refunded = refundLines.filter((part) => String(part["line_item_id"]) === String(line["id"]));
    const { left, tax } = remaining(line, refunded, under);
    // What the customer gave for it: with its tax, where that counts and was not in the price.
    const given = taxEarns && !taxesIncluded ? left + tax : left;
    everything += given;
    if (line["gift_card"] === true || isTip(line, order) || isOut(line, order, readings)) continue;
    earning += taxesIncluded && !taxEarns ? left - tax : given;
    const units = Number(line["quantity"]);
    ordered += BigInt(units);
    if (unitsOf(refunded) < units && Number(line["current_quantity"] ?? units) > 0) isAllGone = false;
  }
  // Refunds are rounded, and an edit's units are reckoned: less than a cent for each unit (two, where tax is set apart from prices or put
  // on them) is nothing, once the last of them is gone.
  const cent = UNIT / 10n ** BigInt(decimalsOf(shopCurrency));
  if (isAllGone && earning < ordered * cent * under * (taxesIncluded === taxEarns ? 1n : 2n)) return 0;
  const beyond = under * beyondLines(all(order, "refunds"), taxesIncluded || taxEarns);
  const kept = everything > beyond ? everything - beyond : 0n;

  const total = decimal((order["current_total_price"] ?? order["total_price"]) as string);
  const outstanding = decimal((order["total_outstanding"] ?? order["total_price"]) as string);
  const paidPart = outstanding < 0n ? total : outstanding > total ? 0n : total - outstanding;
  const [paid, ofTotal] = status === "partially_paid" && total > 0n ? [paidPart, total] : [1n, 1n];
  if (earning <= 0n || everything <= 0n) return 0;
  return Number(
    (earning * kept * paid * BigInt(rate.points)) / (under * everything * ofTotal * decimal(rate.perUnits)),
  );
}

/** What is left of a line, and the tax in it, both times `under`. */
function remaining(line: Body, refunded: readonly Body[], under: bigint): { left: bigint; tax: bigint } {
  const ordered = Number(line["quantity"]);
  if (ordered === 0) return { left: 0n, tax: 0n };
  const current = line["current_quantity"] ?? null;
  const missing = current === null ? 0 : ordered - Number(current) - unitsOf(refunded);
  const stayed = BigInt(ordered - Math.min(ordered, Math.max(0, missing)));
  const discounts = line["discount_allocations"]
    ? add(all(line, "discount_allocations").map((one) => amount(one, "amount")))
    : amount(line, "total_discount");
  const whole = amount(line, "price") * BigInt(ordered) - discounts;
  const wholeTax = add(all(line, "tax_lines").map((one) => amount(one, "price")));
  const silent = refunded.filter((part) => !part["total_tax_set"] && (part["total_tax"] ?? null) === null);
  const perUnit = under / BigInt(ordered);
  return {
    left: whole * stayed * perUnit - under * add(refunded.map((part) => amount(part, "subtotal"))),
    tax:
      wholeTax * (stayed - BigInt(unitsOf(silent))) * perUnit -
      under * add(refunded.map((part) => amount(part, "total_tax"))),
  };
}

function unitsOf(parts: readonly Body[]): number {
  return parts.reduce((sum, part) => sum + Number(part["quantity"]), 0);
}

/** ISO 4217's minor units. `Intl` follows custom instead, and shows some currencies with fewer decimals. */
function decimalsOf(currency: string): number {
  if ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".includes(currency)) return 0;
  return "BHD IQD JOD KWD LYD OMR TND".includes(currency) ? 3 : 2;
}

function isTip(line: Body, order: Body): boolean {
  const fields = [line["tip_payment_gateway"], line["tip_payment_method"]];
  if (line["tip"] || fields.some(Boolean)) return true;
  const isNullTip = fields.some((field) => field === null) && !line["product_id"];
  return isNullTip && decimal(order["total_tip_received"]) > 0n;
}

/** What all refunds gave that is no shipping and no line, less what they held back of their lines; below nothing is nothing. */
function beyondLines(refunds: readonly Body[], withTax: boolean): bigint {
  let beyond = 0n;
  for (const refund of refunds) {
    const others = all(refund, "order_adjustments").filter(
      (one) => one["kind"] !== "shipping_refund" && one["reason"] !== "Shipping refund",
    );
    const given = -add(others.map((one) => amount(one, "amount")));
    const tax = -add(others.map((one) => amount(one, "tax_amount")));
    const isSameWay = (given > 0n && tax > 0n) || (given < 0n && tax < 0n);
    beyond += withTax && isSameWay ? given + tax : given;
  }
  return beyond > 0n ? beyond : 0n;
}
