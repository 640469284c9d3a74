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
