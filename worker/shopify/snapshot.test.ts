import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSnapshot } from "./snapshot.ts";

const folder = join(import.meta.dirname, "../../dev/fixtures/webhooks");
const fixture = (name: string): string => readFileSync(join(folder, name), "utf8");
const bodyOf = (text: string, topic = "orders/updated") => {
  const verdict = readSnapshot(topic, text, 0);
  if (verdict.kind !== "order" || verdict.snapshot.news.kind !== "state") throw new Error(JSON.stringify(verdict));
  return { orderId: verdict.snapshot.orderId, ...verdict.snapshot.news.body };
};
const minimal = (changes: object = {}, text = ""): string =>
  JSON.stringify({
    id: 1,
    created_at: "2026-01-01T00:00:00Z",
    currency: "USD",
    total_price: "1.00",
    line_items: [],
    ...changes,
  }) + text;

test("ids beyond 2^53 keep every digit, also where only the number says them", () => {
  const text = minimal({ customer: { id: "ID" }, line_items: [{ id: "ID", quantity: 1, price: "1.00" }] }).replaceAll(
    '"ID"',
    "820982911946154508",
  );
  const body = bodyOf(text);
  expect(body.customerId).toBe("820982911946154508");
  expect(body.lines[0]?.id).toBe("820982911946154508");
});

test("the global id is preferred: numeric ids have been rounded on their way", () => {
  expect(bodyOf(fixture("orders_create__shopify_doc_sample_2026_07.json")).orderId).toBe("820982911946154508");
});

test("a guest's customer is absent or null", () => {
  expect(bodyOf(minimal()).customerId).toBeNull();
  expect(bodyOf(minimal({ customer: null })).customerId).toBeNull();
});

test("amounts are read by the currency's exponent, sets before plain amounts", () => {
  const line = {
    id: 1,
    quantity: 1,
    price: "99.00",
    price_set: { shop_money: { amount: "5900", currency_code: "JPY" } },
  };
  expect(bodyOf(minimal({ currency: "JPY", line_items: [line] })).lines[0]?.priceMinor).toBe(5_900);
});

test("an amount that a float has been through is rounded, not refused", () => {
  const line = { id: 1, quantity: 1, price: "195.66000000000003" };
  expect(bodyOf(minimal({ line_items: [line] })).lines[0]?.priceMinor).toBe(19_566);
});

test("an amount below zero that would earn points out of nothing is unreadable; what may be below zero is read", () => {
  const line = { id: 1, quantity: 1, price: "100.00" };
  const refund = (changes: object) => ({
    refunds: [{ id: 5, refund_line_items: [{ line_item_id: 1, quantity: 1, ...changes }] }],
  });
  const lineWith = (changes: object) => ({ line_items: [{ ...line, ...changes }] });
  for (const changes of [
    lineWith({ price: "-100.00" }),
    lineWith({ price_set: { shop_money: { amount: "-100.00", currency_code: "USD" } } }),
    lineWith({ discount_allocations: [{ amount: "-0.01" }] }),
    lineWith({ total_discount: "-0.01" }),
    refund({ subtotal: -5_000 }),
  ]) {
    const expected = { kind: "set-aside", reason: "unreadable", detail: "an amount is below zero" };
    expect(readSnapshot("orders/paid", minimal(changes), 0)).toEqual(expected);
  }
  const adjusted = { order_adjustments: [{ amount: "-2.92", tax_amount: "-0.10" }] };
  const body = bodyOf(
    minimal({
      total_outstanding: "-5.00",
      ...lineWith({ total_discount: "-0.00", tax_lines: [{ price: "-0.01" }] }),
      refunds: [{ id: 5, ...adjusted }],
    }),
  );
  expect(body).toMatchObject({ outstandingMinor: -500, lines: [{ discountMinor: 0, taxMinor: 0 }] });
  expect(body.refunds).toMatchObject([{ beyondLinesMinor: 292, beyondLinesTaxMinor: 10 }]);
});

test("a moment is a date written out in full, of a year that an order can be of", () => {
  const read = (created_at: unknown) => readSnapshot("orders/paid", minimal({ created_at }), 0);
  const fine = [
    "0001-01-02T00:00:00Z",
    "2026-11-27T10:00:00Z",
    "2008-01-10T11:00:00-05:00",
    "2026-11-27T10:00:00.123+14:00",
    "1900-01-01",
  ];
  for (const one of fine) expect(read(one).kind).toBe("order");
  const absurd = [0, -1, 20_261_127, "0", "yesterday", "", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00+14:00"];
  for (const one of [...absurd, "9999-12-31T23:59:59Z", "+275760-09-13T00:00:00Z"])
    expect(read(one)).toEqual({ kind: "set-aside", reason: "unreadable", detail: "created_at: not a moment in time" });
});

test("codes are upper case, once each, from both places that name them", () => {
  const body = bodyOf(
    minimal({
      discount_codes: [{ code: "lojal-1 " }],
      discount_applications: [
        { type: "discount_code", code: "LOJAL-1" },
        { type: "manual", title: "x" },
      ],
    }),
  );
  expect(body.codes).toEqual(["LOJAL-1"]);
});

describe("refunds", () => {
  const money = (amount: string) => ({ amount_set: { shop_money: { amount, currency_code: "GBP" } } });
  const refundOf = (changes: object) => {
    const verdict = readSnapshot("refunds/create", JSON.stringify({ id: 5, order_id: 1, ...changes }), 0);
    if (verdict.kind !== "order" || verdict.snapshot.news.kind !== "refund") throw new Error(JSON.stringify(verdict));
    return verdict.snapshot.news.refund;
  };
  test("shipping refunds lower nothing, in all three shapes", () => {
    const old = [
      { kind: "shipping_refund", ...money("-3.95") },
      { kind: "shipping_refund", ...money("3.95") },
      { kind: "shipping_refund", ...money("-3.95") },
    ];
    expect(refundOf({ order_adjustments: old }).beyondLinesMinor).toBe(0);
    expect(refundOf({ order_adjustments: [{ reason: "Shipping refund", ...money("-5.00") }] }).beyondLinesMinor).toBe(
      0,
    );
    expect(
      refundOf({ refund_shipping_lines: [{ subtotal_amount_set: { shop_money: { amount: "5.00" } } }] })
        .beyondLinesMinor,
    ).toBe(0);
  });
  test("an amount beyond lines counts; less than the lines are worth is told as what was held back", () => {
    const beyond = (...amounts: string[]) =>
      refundOf({ order_adjustments: amounts.map((one) => ({ reason: "Refund discrepancy", ...money(one) })) });
    expect(beyond("-2.92").beyondLinesMinor).toBe(292);
    expect(beyond("89.64").beyondLinesMinor).toBe(-8_964);
    expect(beyond("71.39", "-71.39").beyondLinesMinor).toBe(0);
  });
  test("a refund that names no currency is set aside: the order's next state brings it in the right one", () => {
    const verdict = readSnapshot(
      "refunds/create",
      JSON.stringify({ id: 5, order_id: 1, order_adjustments: [{ amount: "-5900" }] }),
      0,
    );
    expect(verdict).toMatchObject({ kind: "set-aside", detail: "the refund names no currency" });
  });
});

test("what is there and empty is as good as absent", () => {
  const line = { id: 1, quantity: 1, price: "1.00", price_set: {} };
  const body = bodyOf(minimal({ customer: {}, discount_codes: [{ code: null }], line_items: [line] }));
  expect(body).toMatchObject({ customerId: null, codes: [], lines: [{ priceMinor: 100 }] });
});

test.each([
  ["not JSON", "<html>", "not JSON"],
  ["no order", "{}", "line_items"],
  ["a list", "[]", "expected object"],
  ["an amount that is none", minimal({ line_items: [{ id: 1, quantity: 1, price: "a lot" }] }), "not a decimal"],
  ["a negative quantity", minimal({ line_items: [{ id: 1, quantity: -1, price: "1.00" }] }), "quantity"],
])("%s is set aside with the reason, and never with a value", (_, text, reason) => {
  const verdict = readSnapshot("orders/paid", text, 0);
  expect(verdict).toMatchObject({ kind: "set-aside", reason: "unreadable", detail: expect.stringContaining(reason) });
});

test("any JSON under any topic is read or set aside, and nothing is thrown (F14)", () => {
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 4 }),
      fc.constantFrom("orders/paid", "refunds/create", "orders/delete", "orders/edited", "customers/merge", "x/y"),
      (text, topic) => {
        expect(["order", "set-aside"]).toContain(readSnapshot(topic, text, 0).kind);
      },
    ),
    { numRuns: 2_000 },
  );
});

test("no name, e-mail, phone or address of any fixture passes", () => {
  for (const file of readdirSync(folder).filter((name) => name.startsWith("orders_"))) {
    const text = fixture(file);
    const passed = JSON.stringify(readSnapshot("orders/updated", text, 0));
    const whole = JSON.parse(text) as {
      email?: string;
      customer?: Record<string, string>;
      shipping_address?: Record<string, string>;
    };
    const personal = [
      whole.email,
      whole.customer?.["email"],
      whole.customer?.["first_name"],
      whole.customer?.["last_name"],
      whole.customer?.["phone"],
      whole.shipping_address?.["address1"],
      whole.shipping_address?.["name"],
    ];
    for (const value of personal) if (value && value.length > 3) expect(passed).not.toContain(value);
  }
});

test("an edit names the order to read, by every digit", () => {
  const text = fixture("orders_edited__shopify_doc_sample_2026_07.json").replace(
    /"order_id": \d+/,
    '"order_id": 820982911946154508',
  );
  expect(readSnapshot("orders/edited", text, 0)).toEqual({ kind: "read-order", orderId: "820982911946154508" });
  expect(readSnapshot("orders/edited", "{}", 0)).toMatchObject({ kind: "set-aside", reason: "unreadable" });
});

describe("customers/merge", () => {
  const whole = JSON.parse(fixture("customers_merge__shopify_doc_sample_2026_07.json")) as object;
  const merge = (changes: object) => readSnapshot("customers/merge", JSON.stringify({ ...whole, ...changes }), 0);
  test("a completed merge names who stays and who is gone", () => {
    expect(merge({ status: "completed", errors: [] })).toEqual({
      kind: "merge-customers",
      merger: { keptCustomerId: "1", mergedCustomerId: "2" },
    });
    expect(merge({ status: "COMPLETED" }).kind).toBe("merge-customers");
  });
  test.each(["failed", "in_progress", "requested", "something_new"])(
    "a merge that is %s has no effect, and passes no name",
    (status) => {
      expect(merge({ status })).toEqual({ kind: "set-aside", reason: "merge-not-completed", detail: null });
    },
  );
  test("a merge of nobody is unreadable", () => {
    expect(merge({ status: "completed", admin_graphql_api_customer_kept_id: "gid://shopify/Order/1" })).toMatchObject({
      kind: "set-aside",
      reason: "unreadable",
    });
  });
});
