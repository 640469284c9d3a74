import { describe, expect, test } from "vitest";
import { type JsonObject, parseExact } from "../../dev/shopify/exact-json.ts";
import { type Answer, codeInput, createCode, newWorld, type World } from "../../dev/shopify/local-shopify.fixture.ts";
import type { AdminApi } from "./admin-api.ts";
import { readOrderState } from "./order-reader.ts";
import { type OrderVerdict, readSnapshot } from "./snapshot.ts";

const apiOf = (world: World, onCall: (operation: string) => void = () => undefined): AdminApi => ({
  request: async <Data>(operation: string, variables: Record<string, unknown>): Promise<Data> => {
    onCall(operation);
    const answer: Answer = await world.call(operation, variables);
    if (answer.at("errors") !== undefined) throw new Error(JSON.stringify(answer.body));
    return answer.at("data") as Data;
  },
});

/** Puts a changed body into the shop, as an edit at Shopify would. */
function change(world: World, orderId: string, changed: (body: JsonObject) => JsonObject): string {
  const order = world.shop.order(orderId);
  if (!order) throw new Error("no such order");
  world.pass(60_000);
  const body = { ...changed(order.body), updated_at: world.shopify.state.clock().toISOString() };
  const source = JSON.stringify(body);
  world.shop.takeOrder(source, body);
  return source;
}

/** What a webhook tells, but for which products they were: that is not the app's to ask, and what a webhook told of it stays known. */
const webhookOf = (text: string, withProducts = false) => {
  const verdict = readSnapshot("orders/updated", text, 5);
  if (verdict.kind !== "order" || verdict.snapshot.news.kind !== "state") throw new Error(JSON.stringify(verdict));
  const { orderId, news } = verdict.snapshot;
  const lines = withProducts ? news.body.lines : news.body.lines.map(({ productId: _, ...line }) => line);
  const snapshot = { orderId, news: { kind: "state" as const, body: { ...news.body, lines } } };
  return { kind: "order" as const, snapshot };
};

function bodyOf(verdict: OrderVerdict | null) {
  if (verdict?.kind !== "order" || verdict.snapshot.news.kind !== "state") throw new Error("no order body");
  return verdict.snapshot.news.body;
}

async function expectAgreement(world: World, orderId: string): Promise<void> {
  const text = world.shop.order(orderId)?.source ?? "";
  expect(await readOrderState(apiOf(world), orderId, { readAtMs: 5, withProducts: false })).toEqual(webhookOf(text));
}

async function bought(currency: string, taxes: object = {}) {
  const world = newWorld({ currency });
  await world.press("shops", { domain: world.shop.domain, currency, tax_basis_points: 2_500, ...taxes });
  await world.call(createCode, { input: codeInput() });
  const variants = world.shop.products.map((product) => product.variants[0]?.id);
  const lines = variants.map((variant_id, index) => ({ variant_id, quantity: (index % 3) + 1 }));
  const { body } = await world.press("buy", { customer_id: "7001", lines, code: "LOJAL-ABCD", shipping: "9" });
  expect(body["error"]).toBeUndefined();
  return { world, orderId: String(body["order_id"]) };
}

describe("the order that is read is the order that a webhook brings", () => {
  test.each([
    ["EUR", { taxes_included: true }],
    ["EUR", { taxes_included: false }],
    ["JPY", {}],
    ["KWD", {}],
  ])(
    "in %s with %j: a code, taxes, gift cards, shipping, refunds with and without lines, a cancellation",
    async (currency, taxes) => {
      const { world, orderId } = await bought(currency, taxes);
      await expectAgreement(world, orderId);
      for (const refund of [{ lines: [{ index: 0, quantity: 1 }] }, { amount: "1" }]) {
        world.pass(60_000);
        expect((await world.press("refund", { order_id: orderId, ...refund })).body["error"]).toBeUndefined();
        await expectAgreement(world, orderId);
      }
      world.pass(60_000);
      await world.press("cancel", { order_id: orderId });
      await expectAgreement(world, orderId);
    },
  );

  test("guests, test orders, every payment status, edits that add and remove, tips, shipping refunds of old versions", async () => {
    const { world, orderId } = await bought("EUR");
    const lines = (body: JsonObject) => body["line_items"] as JsonObject[];
    change(world, orderId, (body) => ({ ...body, customer: null }));
    await expectAgreement(world, orderId);
    change(world, orderId, (body) => ({
      ...body,
      test: true,
      financial_status: "partially_paid",
      total_outstanding: "12.30",
    }));
    await expectAgreement(world, orderId);
    for (const status of ["pending", "authorized", "expired", "voided", "refunded"]) {
      change(world, orderId, (body) => ({ ...body, financial_status: status }));
      await expectAgreement(world, orderId);
    }
    const [edited] = lines(world.shop.order(orderId)?.body ?? {}).slice(-1);
    change(world, orderId, (body) => ({
      ...body,
      current_total_price: "55.00",
      current_total_price_set: { shop_money: { amount: "55.00", currency_code: "EUR" } },
      line_items: [
        ...lines(body).slice(0, -1),
        { ...edited, quantity: 4, current_quantity: 2 } as JsonObject,
        {
          ...edited,
          id: 991,
          admin_graphql_api_id: "gid://shopify/LineItem/991",
          discount_allocations: [],
        } as JsonObject,
      ],
      refunds: [
        {
          id: 77,
          admin_graphql_api_id: "gid://shopify/Refund/77",
          refund_line_items: [],
          order_adjustments: [
            { id: 1, kind: "shipping_refund", reason: "Shipping refund", amount: "-5.00", tax_amount: "0.00" },
          ],
        },
      ],
    }));
    await expectAgreement(world, orderId);
    change(world, orderId, (body) => ({
      ...body,
      total_tip_received: "7.00",
      line_items: [
        ...lines(body),
        tipLine(992, "Custom", { price: "7.00" }),
        tipLine(993, "Tip", { price: "7.00", tip_payment_gateway: "bogus" }),
      ],
    }));
    await expectAgreement(world, orderId);
  });

  const tipLine = (id: number, title: string, changes: JsonObject): JsonObject => ({
    id,
    admin_graphql_api_id: `gid://shopify/LineItem/${id}`,
    title,
    product_id: null,
    vendor: null,
    requires_shipping: false,
    gift_card: false,
    quantity: 1,
    current_quantity: 1,
    discount_allocations: [],
    tax_lines: [],
    ...changes,
  });

  test("bodies from before allocations, from before `current_*`, and with nothing said of what is outstanding", async () => {
    const { world, orderId } = await bought("EUR");
    change(world, orderId, (body) => {
      const old = Object.entries(body).filter(([name]) => !name.startsWith("current_") && name !== "total_outstanding");
      const lines = (body["line_items"] as JsonObject[]).map((line) => {
        const { discount_allocations: _, current_quantity: __, total_discount_set: ___, ...rest } = line;
        return { ...rest, total_discount: "1.50" } as JsonObject;
      });
      return { ...Object.fromEntries(old), financial_status: "partially_paid", line_items: lines } as JsonObject;
    });
    const text = world.shop.order(orderId)?.source ?? "";
    const read = await readOrderState(apiOf(world), orderId, { readAtMs: 5, withProducts: false });
    const [readBody, told] = [bodyOf(read), bodyOf(webhookOf(text))];
    expect(readBody.outstandingMinor).toBe(readBody.totalMinor);
    expect(readBody.lines.map((line) => line.discountMinor)).toEqual(told.lines.map(() => 150));
    // The Admin API always says how many units are left; such a body does not.
    const alike = (body: typeof told) => ({
      ...body,
      lines: body.lines.map((line) => ({ ...line, currentQuantity: null })),
    });
    expect(alike(readBody)).toEqual(alike(told));
  });

  test("ids beyond 2^53 keep every digit", async () => {
    const { world, orderId } = await bought("EUR");
    const big = "820982911946154508";
    const source = (world.shop.order(orderId)?.source ?? "").replaceAll(orderId, big);
    world.shop.takeOrder(source, parseExact(source) as JsonObject);
    await expectAgreement(world, big);
  });
});

describe("beyond the first page", () => {
  /** 120 lines, of which each is refunded once, in a refund that has 45 adjustments. */
  async function large() {
    const { world, orderId } = await bought("EUR");
    change(world, orderId, (body) => {
      const [one = {}] = body["line_items"] as JsonObject[];
      const ids = Array.from({ length: 120 }, (_, index) => 5_000 + index);
      const adjustments = Array.from({ length: 45 }, (_, id) => ({ id, amount: "-0.10", tax_amount: "-0.01" }));
      const rows = ids.map((id) => ({ id, line_item_id: id, quantity: 1, subtotal: 1, total_tax: 0.25 }));
      return {
        ...body,
        line_items: ids.map((id) => ({ ...one, id, admin_graphql_api_id: `gid://shopify/LineItem/${id}` })),
        refunds: [
          {
            id: 77,
            admin_graphql_api_id: "gid://shopify/Refund/77",
            refund_line_items: rows,
            order_adjustments: adjustments,
          },
        ],
      };
    });
    return { world, orderId };
  }
  test("lines, refund lines and adjustments are all there", async () => {
    const { world, orderId } = await large();
    await expectAgreement(world, orderId);
  });
  test("and so is what product each line is, where the shop has allowed it", async () => {
    const { world, orderId } = await large();
    world.shop.scopes.add("read_products");
    const verdict = await readOrderState(apiOf(world), orderId, { readAtMs: 5, withProducts: true });
    expect(verdict).toEqual(webhookOf(world.shop.order(orderId)?.source ?? "", true));
    expect(bodyOf(verdict).lines.every(({ productId }) => productId !== undefined)).toBe(true);
  });
  test("an order that changes between two pages is read from the start", async () => {
    const { world, orderId } = await large();
    let changes = 1;
    const api = apiOf(world, (operation) => {
      if (operation.includes("LojalReadMoreRefundLines") && changes-- > 0)
        change(world, orderId, (body) => ({ ...body, financial_status: "refunded" }));
    });
    const verdict = await readOrderState(api, orderId, { readAtMs: 5, withProducts: false });
    expect(verdict).toEqual(webhookOf(world.shop.order(orderId)?.source ?? ""));
    expect(bodyOf(verdict)).toMatchObject({ status: "refunded" });
  });
  test("an order that never stands still is left to a later try", async () => {
    const { world, orderId } = await large();
    const api = apiOf(world, (operation) => {
      if (operation.includes("LojalReadMoreLines")) change(world, orderId, (body) => body);
    });
    await expect(readOrderState(api, orderId, { readAtMs: 5, withProducts: false })).rejects.toThrow(
      "changed whenever",
    );
  });
});

test("an order that Shopify does not show is null: deleted, or older than 60 days", async () => {
  const { world, orderId } = await bought("EUR");
  expect(await readOrderState(apiOf(world), "404", { readAtMs: 5, withProducts: false })).toBeNull();
  world.pass(61 * 24 * 3_600_000);
  expect(await readOrderState(apiOf(world), orderId, { readAtMs: 5, withProducts: false })).toBeNull();
});
