/** Test helper: orders as the rules see them. */
import type { OrderBody, OrderLine } from "../worker/domain/order.ts";

/** An order of one product line, paid at a moment long past. */
export function orderBody(changes: Partial<OrderBody> & { amountMinor?: number } = {}): OrderBody {
  const { amountMinor = 10_000, ...rest } = changes;
  return {
    name: "#1001",
    updatedAtMs: Date.parse("2026-01-02T00:00:00Z"),
    triggeredAtMs: 0,
    createdAtMs: Date.parse("2026-01-01T00:00:00Z"),
    processedAtMs: Date.parse("2026-01-01T00:00:00Z"),
    customerId: "7001",
    currency: "USD",
    test: false,
    cancelled: false,
    status: "paid",
    taxesIncluded: false,
    totalMinor: amountMinor,
    outstandingMinor: 0,
    codes: [],
    lines: [productLine("1", amountMinor)],
    refunds: [],
    ...rest,
  };
}

export function productLine(id: string, priceMinor: number, quantity = 1): OrderLine {
  return {
    id,
    kind: "product",
    priceMinor,
    quantity,
    currentQuantity: null,
    discountMinor: 0,
    taxMinor: 0,
    codeDiscounts: {},
  };
}

/** An order in the shape of a webhook's body with so many different lines, a third of them refunded, one by one; 2.00 to 11.00 each. */
export function largeOrder(lines: number, changes: Readonly<Record<string, unknown>> = {}) {
  const price = (index: number) => `${2 + (index % 10)}.00`;
  const line_items = Array.from({ length: lines }, (_, index) => ({
    id: 14_000_000_000_000 + index * 7_919,
    name: `Sample product ${index} in a colour of its own`,
    sku: `SKU-${(index * 2_654_435_761) % 1_000_003}`,
    price: price(index),
    quantity: 1,
    current_quantity: index % 3 === 0 ? 0 : 1,
    tax_lines: [{ price: `0.${10 + (index % 90)}`, rate: 0.05, title: "VAT" }],
  }));
  const refunds = line_items.flatMap((line, index) =>
    index % 3 === 0
      ? {
          id: 940_000_000_000 + index * 104_729,
          created_at: "2026-01-02T10:00:00Z",
          refund_line_items: [{ line_item_id: line.id, quantity: 1, subtotal: line.price, total_tax: "0.00" }],
          order_adjustments: [],
        }
      : [],
  );
  return {
    id: 9_300_000_000_001,
    name: "#5001",
    created_at: "2026-01-01T10:00:00Z",
    updated_at: "2026-01-03T10:00:00Z",
    currency: "USD",
    financial_status: "partially_refunded",
    total_price: "0.00",
    total_outstanding: "0.00",
    customer: { id: 7_001 },
    line_items,
    refunds,
    ...changes,
  };
}

/** What is left of `largeOrder` in whole units: the lines that were not refunded. */
export function largeOrderWorth(lines: number): number {
  let worth = 0;
  for (let index = 0; index < lines; index++) if (index % 3 !== 0) worth += 2 + (index % 10);
  return worth;
}
