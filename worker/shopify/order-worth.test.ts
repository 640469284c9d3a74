/** What an order's body is worth, from the text that Shopify sends to the points: product rules by name, and a second opinion on random bodies. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { oraclePoints } from "../../dev/oracle/order-points.ts";
import { joinNews, type OrderNews, UNKNOWN_ORDER } from "../domain/order.ts";
import { PROGRAM_DEFAULTS, type ProgramVersion } from "../domain/program.ts";
import { settle } from "../domain/settlement.ts";
import { readSnapshot } from "./snapshot.ts";

type Body = Record<string, unknown>;

const program = (points: number, perMinor: number): ProgramVersion => ({
  version: 1,
  inForceFromMs: 0,
  publishedAtMs: 0,
  program: { earn: { points, perMinor }, pendingDays: 0, rewards: [], ...PROGRAM_DEFAULTS },
});
const ONE_PER_CENT = program(1, 1);

const newsOf = (topic: string, body: Body, triggeredAtMs = 0): OrderNews => {
  const verdict = readSnapshot(topic, JSON.stringify(body), triggeredAtMs);
  if (verdict.kind !== "order") throw new Error(JSON.stringify(verdict));
  return verdict.snapshot.news;
};
const joined = (news: readonly OrderNews[]) => news.reduce(joinNews, UNKNOWN_ORDER);
const settled = (body: Body, currency = "EUR", version = ONE_PER_CENT) =>
  settle(joined([newsOf("orders/updated", body)]), version, currency);
const worth = (body: Body, currency = "EUR", version = ONE_PER_CENT): number => settled(body, currency, version).points;

const money = (amount: string, currency = "EUR"): Body => ({
  shop_money: { amount, currency_code: currency },
  presentment_money: { amount: "999999.00", currency_code: "XTS" },
});
const line = (id: number, price: string, changes: Body = {}): Body => ({
  id,
  product_id: 1,
  quantity: 1,
  current_quantity: 1,
  price,
  price_set: money(price),
  gift_card: false,
  discount_allocations: [],
  tax_lines: [],
  ...changes,
});
const order = (changes: Body = {}): Body => ({
  id: 1,
  created_at: "2026-01-01T10:00:00Z",
  updated_at: "2026-01-01T10:00:00Z",
  currency: "EUR",
  presentment_currency: "XTS",
  financial_status: "paid",
  total_price: "100.00",
  current_total_price: "100.00",
  total_outstanding: "0.00",
  total_tip_received: "0.00",
  customer: { id: 7001 },
  line_items: [line(1, "100.00")],
  refunds: [],
  ...changes,
});
const refund = (id: number, changes: Body = {}): Body => ({
  id,
  order_id: 1,
  refund_line_items: [],
  order_adjustments: [],
  ...changes,
});
const back = (lineId: number, quantity: number, subtotal: string, changes: Body = {}): Body => ({
  line_item_id: lineId,
  quantity,
  subtotal: Number(subtotal),
  subtotal_set: money(subtotal),
  total_tax: 0,
  total_tax_set: money("0.00"),
  restock_type: "no_restock",
  ...changes,
});

describe("what earns", () => {
  test("product lines after discounts, by their allocations; older bodies only tell each line's total discount", () => {
    const allocated = line(1, "100.00", { discount_allocations: [{ amount: "9.99", amount_set: money("10.00") }] });
    expect(worth(order({ line_items: [allocated] }))).toBe(9_000);
    const old = line(1, "100.00", { total_discount: "10.00" });
    delete old["discount_allocations"];
    expect(worth(order({ line_items: [old] }))).toBe(9_000);
  });
  test("shipping and tips do not, in any shape that a tip is told", () => {
    const shipping_lines = [{ id: 9, price: "20.00", price_set: money("20.00") }];
    const tips = [
      line(2, "10.00", { product_id: null, tip: { payment_gateway: "bogus", payment_method: "Visa" } }),
      line(3, "10.00", { product_id: null, tip_payment_gateway: "bogus" }),
      line(4, "10.00", { product_id: null, tip_payment_gateway: null, tip_payment_method: null }),
    ];
    const tipped = { shipping_lines, total_tip_received: "30.00", line_items: [line(1, "100.00"), ...tips] };
    expect(worth(order(tipped))).toBe(10_000);
  });
  test("gift cards do not; custom lines do; what is paid with a gift card or store credit does", () => {
    const lines = [line(1, "50.00", { gift_card: true }), line(2, "70.00", { product_id: null, variant_id: null })];
    for (const gateway of ["gift_card", "shopify_store_credit", "bogus"])
      expect(worth(order({ line_items: lines, payment_gateway_names: [gateway] }))).toBe(7_000);
  });
  test("shop money always, presentment money never", () => {
    const body = order({
      line_items: [line(1, "100.00", { discount_allocations: [{ amount: "1.00", amount_set: money("5.00") }] })],
      refunds: [
        refund(5, { refund_line_items: [back(1, 1, "30.00")], order_adjustments: [{ amount_set: money("-5.00") }] }),
      ],
    });
    expect(worth(body)).toBe(6_000);
  });
  test.each([
    ["JPY", "5900", 59],
    ["VND", "120000", 1_200],
    ["KWD", "12.345", 123],
    ["USD", "59.00", 59],
  ])("%s counts in its own minor units", (currency, price, points) => {
    const lines = [line(1, price, { price_set: money(price, currency) })];
    expect(worth(order({ currency, line_items: lines }), currency, program(1, 100))).toBe(points);
  });
  test.each(["pos", "shopify_draft_order", "web", "755357713"])(
    "orders whose source is %s earn alike",
    (source_name) => {
      expect(worth(order({ source_name }))).toBe(10_000);
    },
  );
  test("guests' orders are worth what they would be with a customer", () => {
    expect(worth(order({ customer: null }))).toBe(10_000);
  });
  test("test, cancelled and voided orders do not, whatever else is said of them", () => {
    expect(settled(order({ test: true, financial_status: "refunded" })).reason).toBe("test-order");
    expect(settled(order({ cancelled_at: "2026-01-02T00:00:00Z" })).reason).toBe("cancelled");
    expect(settled(order({ financial_status: "voided" })).reason).toBe("cancelled");
    expect(settled(order(), "USD").reason).toBe("other-currency");
  });
});

describe("the paid share", () => {
  test.each([
    ["paid", "0.00", 10_000],
    ["paid", "40.00", 10_000],
    ["partially_refunded", "0.00", 10_000],
    ["refunded", "0.00", 10_000],
    ["partially_paid", "40.00", 6_000],
    ["partially_paid", "100.00", 0],
    ["partially_paid", "-5.00", 10_000],
    ["pending", "0.00", 0],
    ["authorized", "0.00", 0],
    ["expired", "0.00", 0],
    ["voided", "0.00", 0],
    ["something_new", "0.00", 0],
    [null, "0.00", 0],
  ])("%s with %s outstanding of 100.00 counts %i of 10000", (financial_status, total_outstanding, points) => {
    expect(worth(order({ financial_status, total_outstanding }))).toBe(points);
  });
  test("(total - outstanding) / total counts what is left of the order, and is rounded down with everything else at once", () => {
    // 90.00 left of 150.00, of which 50.00 are paid.
    const body = order({
      financial_status: "partially_paid",
      total_price: "150.00",
      current_total_price: "90.00",
      total_outstanding: "40.00",
      line_items: [line(1, "90.00"), line(2, "60.00", { current_quantity: 0 })],
    });
    expect(worth(body)).toBe(5_000);
    expect(worth(body, "EUR", program(1, 5_001))).toBe(0);
  });
});

describe("refunds", () => {
  test("shipping refunds lower nothing, in all three shapes", () => {
    const shapes = [
      { order_adjustments: [{ kind: "shipping_refund", amount: "-5.00", tax_amount: "-1.00" }] },
      { order_adjustments: [{ reason: "Shipping refund", amount_set: money("-5.00") }] },
      { refund_shipping_lines: [{ subtotal_amount_set: money("5.00") }] },
    ];
    for (const shape of shapes) expect(worth(order({ refunds: [refund(5, shape)] }))).toBe(10_000);
  });
  test("a line counts by its own subtotal, whatever was paid back for it and however it was", () => {
    const held = [{ reason: "Refund discrepancy", amount_set: money("25.00") }];
    const lines = [line(1, "100.00"), line(2, "40.00", { current_quantity: 0 })];
    for (const gateway of ["bogus", "gift_card", "shopify_store_credit"]) {
      const transactions = [{ amount: "15.00", gateway, kind: "refund", status: "success", currency: "EUR" }];
      const made = refund(5, { refund_line_items: [back(2, 1, "40.00")], order_adjustments: held, transactions });
      expect(worth(order({ line_items: lines, refunds: [made] }))).toBe(10_000);
    }
  });
  test("a refund that was pending and then went through is no money beyond lines", () => {
    const pair = [
      { reason: "Refund discrepancy", amount_set: money("40.00") },
      { reason: "Pending refund discrepancy", amount_set: money("-40.00") },
    ];
    const made = refund(5, { refund_line_items: [back(2, 1, "40.00")], order_adjustments: pair });
    const lines = [line(1, "100.00"), line(2, "40.00", { current_quantity: 0 })];
    expect(worth(order({ line_items: lines, refunds: [made] }))).toBe(10_000);
  });
});

describe("edits", () => {
  const two = line(1, "30.00", { quantity: 2, current_quantity: 2 });
  test("an added line and added units earn", () => {
    expect(worth(order({ line_items: [two, line(2, "15.00")] }))).toBe(7_500);
    expect(worth(order({ line_items: [{ ...two, quantity: 3, current_quantity: 3 }] }))).toBe(9_000);
  });
  test("removed units do not, with their share of discount and tax, whether a refund tells of them or not", () => {
    const sold = line(1, "30.00", {
      quantity: 3,
      current_quantity: 1,
      discount_allocations: [{ amount: "9.00" }],
      tax_lines: [{ price: "8.10" }],
    });
    const told = refund(5, {
      refund_line_items: [back(1, 2, "54.00", { total_tax_set: money("5.40"), restock_type: "cancel" })],
    });
    for (const refunds of [[], [told]]) {
      expect(worth(order({ line_items: [sold], refunds }))).toBe(2_700);
      expect(worth(order({ line_items: [sold], refunds, taxes_included: true }))).toBe(2_430);
    }
  });
  test("removed without money, and the money later in a refund of its own: the units count once", () => {
    const sold = { ...two, current_quantity: 1 };
    const removal = refund(5, {
      refund_line_items: [back(1, 1, "30.00")],
      order_adjustments: [{ reason: "Refund discrepancy", amount: "30.00" }],
    });
    const payment = refund(6, { order_adjustments: [{ reason: "Refund discrepancy", amount: "-30.00" }] });
    expect(worth(order({ line_items: [sold], refunds: [removal] }))).toBe(3_000);
    expect(worth(order({ line_items: [sold], refunds: [removal, payment] }))).toBe(3_000);
  });
  test("some units refunded and others removed: each is gone once", () => {
    const sold = line(1, "30.00", { quantity: 5, current_quantity: 2 });
    const returned = refund(5, { refund_line_items: [back(1, 2, "60.00")] });
    expect(worth(order({ line_items: [sold], refunds: [returned] }))).toBe(6_000);
  });
  test("one unit refunded and the other removed leaves nothing, although the refund's tax was rounded up", () => {
    const sold = line(1, "179.54", {
      quantity: 2,
      current_quantity: 0,
      discount_allocations: [{ amount: "114.90" }],
      tax_lines: [{ price: "14.65" }],
    });
    const made = refund(2, { refund_line_items: [back(1, 1, "122.09", { total_tax_set: money("7.33") })] });
    const body = order({ line_items: [sold], refunds: [made], taxes_included: true });
    expect(worth(body, "EUR", program(200, 100))).toBe(0);
  });
  test("a line removed whole is worth nothing, and so is its gift card or tip", () => {
    const gone = { current_quantity: 0 };
    const lines = [line(1, "30.00", gone), line(2, "50.00", { gift_card: true, ...gone }), line(3, "20.00")];
    expect(worth(order({ line_items: lines }))).toBe(2_000);
  });
  test("what is added and not paid yet does not count while the order is partly paid", () => {
    const body = order({
      financial_status: "partially_paid",
      total_price: "150.00",
      current_total_price: "150.00",
      total_outstanding: "50.00",
      line_items: [line(1, "100.00"), line(2, "50.00")],
    });
    expect(worth(body)).toBe(10_000);
    expect(worth({ ...body, financial_status: "paid", total_outstanding: "0.00" })).toBe(15_000);
  });
  test("an exchange: the returned line goes by its refund, the new one comes", () => {
    const exchange = refund(5, {
      return: { id: 77 },
      refund_line_items: [back(1, 1, "100.00", { restock_type: "return" })],
      order_adjustments: [{ reason: "Refund discrepancy", amount: "100.00" }],
    });
    const lines = [line(1, "100.00", { current_quantity: 0 }), line(2, "120.00")];
    expect(worth(order({ line_items: lines, refunds: [exchange] }))).toBe(12_000);
  });
});

describe("bodies of all versions", () => {
  const withoutCurrent = (body: Body): Body => {
    const strip = (one: Body): Body =>
      Object.fromEntries(Object.entries(one).filter(([name]) => !name.startsWith("current_")));
    return { ...strip(body), line_items: (body["line_items"] as Body[]).map(strip) };
  };
  test("with and without current_* they are worth the same where refunds tell all", () => {
    const lines = [
      line(1, "30.00", { quantity: 3, current_quantity: 1, discount_allocations: [{ amount: "9.00" }] }),
      line(2, "20.00"),
    ];
    const refunds = [refund(5, { refund_line_items: [back(1, 2, "54.00")] })];
    const body = order({ financial_status: "partially_refunded", line_items: lines, refunds });
    expect(worth(body)).toBe(4_700);
    expect(worth(withoutCurrent(body))).toBe(4_700);
    const partly = order({ financial_status: "partially_paid", total_outstanding: "25.00" });
    expect(worth(withoutCurrent(partly))).toBe(worth(partly));
  });
});

describe("a second opinion", () => {
  const cents = (minor: number): string => (minor / 100).toFixed(2);
  const oneLine = fc
    .record({
      price: fc.nat(30_000),
      quantity: fc.integer({ min: 1, max: 7 }),
      removed: fc.nat(2),
      returned: fc.nat(2),
      discount: fc.nat(100),
      taxRate: fc.constantFrom(0, 6, 25),
      kind: fc.constantFrom("product", "product", "product", "gift_card", "tip"),
      taxed: fc.boolean(),
    })
    .filter(({ quantity, removed, returned }) => removed + returned <= quantity);
  const bodies = fc
    .record({
      lines: fc.array(oneLine, { minLength: 1, maxLength: 5 }),
      status: fc.constantFrom("paid", "partially_paid", "partially_refunded", "refunded", "pending"),
      outstanding: fc.integer({ min: -500, max: 120_000 }),
      adjustments: fc.array(fc.integer({ min: -3_000, max: 3_000 }), { maxLength: 4 }),
      taxesIncluded: fc.boolean(),
    })
    .map(({ lines, status, outstanding, adjustments, taxesIncluded }) => {
      const whole = lines.map((one) => {
        const gross = one.price * one.quantity;
        const discount = Math.floor((gross * one.discount) / 200);
        return { gross, discount, tax: Math.floor(((gross - discount) * one.taxRate) / 100) };
      });
      const items = lines.map((one, index) =>
        line(index + 1, cents(one.price), {
          quantity: one.quantity,
          current_quantity: one.quantity - one.removed - one.returned,
          gift_card: one.kind === "gift_card",
          ...(one.kind === "tip" ? { tip_payment_gateway: "bogus" } : {}),
          discount_allocations: [{ amount: cents(whole[index]?.discount ?? 0) }],
          tax_lines: [{ price: cents(whole[index]?.tax ?? 0) }],
        }),
      );
      const parts = lines.flatMap((one, index) => {
        if (one.returned === 0) return [];
        const share = (minor: number): string => cents(Math.round((minor * one.returned) / one.quantity));
        const { gross = 0, discount = 0, tax = 0 } = whole[index] ?? {};
        const part = back(index + 1, one.returned, share(gross - discount), { total_tax_set: money(share(tax)) });
        if (!one.taxed) for (const name of ["total_tax", "total_tax_set"]) delete part[name];
        return [part];
      });
      const refunds = adjustments.map((minor, index) =>
        refund(index + 9, { order_adjustments: [{ amount: cents(minor), tax_amount: cents(Math.round(minor / 5)) }] }),
      );
      const total = whole.reduce((sum, one) => sum + one.gross - one.discount, 0);
      return order({
        financial_status: status,
        taxes_included: taxesIncluded,
        current_total_price: cents(total),
        total_outstanding: cents(outstanding),
        line_items: items,
        refunds: parts.length > 0 ? [...refunds, refund(2, { refund_line_items: parts })] : refunds,
      });
    });
  test("worked out apart, any body is worth the same", () => {
    fc.assert(
      fc.property(
        bodies,
        fc.integer({ min: 1, max: 999 }),
        fc.integer({ min: 1, max: 500 }),
        fc.boolean(),
        (body, points, perUnits, tax) => {
          const expected = oraclePoints(body, { points, perUnits: String(perUnits), tax }, "EUR");
          const { program: plain, ...version } = program(points, perUnits * 100);
          expect(worth(body, "EUR", { ...version, program: { ...plain, taxEarns: tax } })).toBe(expected);
        },
      ),
      { numRuns: 1_500 },
    );
  });
});
