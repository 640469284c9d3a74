import { describe, expect, test } from "vitest";
import { type JsonObject, objectsOf } from "./exact-json.ts";
import { codeInput, createCode, newWorld, type World } from "./local-shopify.fixture.ts";

const shopper = "7001";
const code = "LOJAL-ABCD";

async function worldWithCode(changes: object = {}): Promise<World> {
  const world = newWorld();
  const { at } = await world.call(createCode, { input: codeInput(changes) });
  expect(at("data.discountCodeBasicCreate.userErrors")).toEqual([]);
  return world;
}

function bodies(world: World, topic: string): JsonObject[] {
  return world.received.filter((each) => each.topic === topic).map(({ text }) => JSON.parse(text) as JsonObject);
}

describe("codes at the checkout", () => {
  test("the shopper's own code is taken once, whatever its case", async () => {
    const world = await worldWithCode();
    const buy = () => world.press("buy", { customer_id: shopper, total: "120.00", code: "lojal-abcd" });
    const first = await buy();
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ name: "#1001", total_price: "115.00", financial_status: "paid" });
    expect(await buy()).toMatchObject({ status: 422, body: { code: "already-used" } });
    expect((await world.press("discounts")).body["discounts"]).toMatchObject([
      { code, customer: shopper, state: "active", uses: 1, value: "5.00" },
    ]);
  });

  test.each([
    ["another customer", {}, "7002", 0, "not-for-customer"],
    ["a guest", {}, null, 0, "not-for-customer"],
    ["an expired code", {}, shopper, 31 * 86_400_000, "expired"],
    ["a code of tomorrow", { startsAt: "2026-11-23T09:00:00Z" }, shopper, 0, "not-started"],
    [
      "too small a cart",
      { minimumRequirement: { subtotal: { greaterThanOrEqualToSubtotal: "120.01" } } },
      shopper,
      0,
      "minimum",
    ],
  ])("%s is refused", async (_name, changes, customerId, passed, reason) => {
    const world = await worldWithCode(changes);
    world.pass(passed);
    const { status, body } = await world.press("buy", { customer_id: customerId, total: "120.00", code });
    expect({ status, code: body["code"] }).toEqual({ status: 422, code: reason });
    expect(String(body["error"])).toContain(code);
    expect(world.received).toEqual([]);
  });

  test("an unknown code is refused; the usage limit counts everybody's uses", async () => {
    const world = await worldWithCode({ context: { all: "ALL" }, appliesOncePerCustomer: false });
    expect((await world.press("buy", { total: "9.00", code: "NOPE" })).body["code"]).toBe("unknown");
    await world.press("buy", { customer_id: "1", total: "9.00", code });
    expect((await world.press("buy", { customer_id: "2", total: "9.00", code })).body["code"]).toBe("used-up");
  });

  test("two order discounts do not combine unless both say so", async () => {
    const world = await worldWithCode();
    await world.call(createCode, { input: codeInput({ code: "SECOND" }) });
    const { body } = await world.press("buy", { customer_id: shopper, total: "120.00", codes: [code, "SECOND"] });
    expect(body["code"]).toBe("not-combinable");
  });

  test("uses show late in asyncUsageCount, and count at once at the checkout", async () => {
    const world = newWorld({ usageLagMs: 60_000 });
    await world.call(createCode, { input: codeInput() });
    await world.press("buy", { customer_id: shopper, total: "120.00", code });
    const [discount] = world.shop.discounts.all();
    if (discount === undefined) throw new Error("no discount");
    expect(world.shop.discounts.shownUses(discount)).toBe(0);
    world.pass(60_000);
    expect(world.shop.discounts.shownUses(discount)).toBe(1);
  });
});

describe("the order's body", () => {
  test("a discount is spread over the lines to the cent, without the gift card", async () => {
    const world = await worldWithCode({
      customerGets: { items: { all: true }, value: { discountAmount: { amount: "10.00" } } },
    });
    const variants = ["linen-shirt", "stoneware-mug", "gift-card"].map((handle) => {
      const product = world.shop.products.find((each) => each.handle === handle);
      return { variantId: product?.variants[0]?.id ?? "", quantity: handle === "stoneware-mug" ? 3 : 1 };
    });
    const bought = await world.shopify.checkout(world.shop, { customerId: shopper, lines: variants, codes: [code] });
    expect(bought.ok).toBe(true);
    const [order] = bodies(world, "orders/create");
    const allocated = objectsOf(order?.["line_items"]).map(
      (line) => objectsOf(line["discount_allocations"])[0]?.["amount"],
    );
    expect(allocated).toEqual(["5.48", "4.52", undefined]);
    expect(order).toMatchObject({
      subtotal_price: "202.50",
      total_price: "202.50",
      total_discounts: "10.00",
      total_line_items_price: "212.50",
      current_total_price: "202.50",
      total_outstanding: "0.00",
      financial_status: "paid",
      test: false,
      created_at: "2026-11-22T11:00:00+01:00",
      customer: { admin_graphql_api_id: "gid://shopify/Customer/7001" },
      discount_codes: [{ code, amount: "10.00", type: "fixed_amount" }],
      discount_applications: [{ type: "discount_code", code, value: "10.00", value_type: "fixed_amount" }],
    });
  });

  test("orders/create and orders/paid carry the same state of a guest's order", async () => {
    const world = newWorld({ currency: "JPY" });
    await world.press("buy", { total: "5900" });
    expect(world.received.map(({ topic }) => topic)).toEqual(["orders/create", "orders/paid"]);
    expect(world.received[0]?.text).toBe(world.received[1]?.text);
    expect(bodies(world, "orders/paid")[0]).toMatchObject({ customer: null, total_price: "5900", currency: "JPY" });
    expect(await world.press("buy", { total: "59.50" })).toMatchObject({ status: 422 });
  });

  test("included tax is a share of the line, added tax comes on top", async () => {
    const world = newWorld();
    world.shop.taxBasisPoints = 2500;
    await world.press("buy", { total: "100.00" });
    expect(bodies(world, "orders/create")[0]).toMatchObject({
      total_price: "100.00",
      total_tax: "20.00",
      taxes_included: true,
    });
    world.shop.taxesIncluded = false;
    await world.press("buy", { total: "100.00" });
    expect(bodies(world, "orders/create")[1]).toMatchObject({
      total_price: "125.00",
      total_tax: "25.00",
      taxes_included: false,
    });
  });
});

describe("refunds and cancellations", () => {
  async function bought(world: World) {
    const throwVariant = world.shop.products.find(({ handle }) => handle === "stoneware-mug")?.variants[0]?.id;
    const { body } = await world.press("buy", {
      customer_id: shopper,
      lines: [{ variant_id: throwVariant, quantity: 3 }],
    });
    return String(body["order_id"]);
  }

  test("lines go back at their price after discounts, in parts that add up", async () => {
    const world = await worldWithCode();
    const variant = world.shop.products.find(({ handle }) => handle === "stoneware-mug")?.variants[0]?.id;
    const { body } = await world.press("buy", {
      customer_id: shopper,
      lines: [{ variant_id: variant, quantity: 3 }],
      code,
    });
    expect(body["total_price"]).toBe("68.50");
    const orderId = body["order_id"];
    for (const quantity of [1, 1, 1])
      await world.press("refund", { order_id: orderId, lines: [{ index: 0, quantity }] });
    const refunds = bodies(world, "refunds/create");
    const rows = refunds.map((made) => objectsOf(made["refund_line_items"])[0]);
    expect(rows.map((row) => row?.["subtotal"])).toEqual([22.83, 22.83, 22.84]);
    expect(rows[0]).toMatchObject({
      quantity: 1,
      subtotal_set: { shop_money: { amount: "22.83", currency_code: "EUR" } },
    });
    const states = bodies(world, "orders/updated").map((order) => [
      order["financial_status"],
      order["current_total_price"],
    ]);
    expect(states).toEqual([
      ["partially_refunded", "45.67"],
      ["partially_refunded", "22.84"],
      ["refunded", "0.00"],
    ]);
    const again = await world.press("refund", { order_id: orderId, lines: [{ index: 0, quantity: 1 }] });
    expect(again.status).toBe(422);
  });

  test("an amount becomes an adjustment without a kind, and stands in the next state of the order", async () => {
    const world = newWorld();
    const orderId = await bought(world);
    const { status, body } = await world.press("refund", { order_id: orderId, amount: "30.00" });
    expect(status).toBe(200);
    const [made] = bodies(world, "refunds/create");
    const [adjustment] = objectsOf(made?.["order_adjustments"]);
    expect(adjustment).toMatchObject({ amount: "-30.00", reason: "Refund discrepancy" });
    expect(adjustment).not.toHaveProperty("kind");
    expect(made).toMatchObject({
      refund_line_items: [],
      admin_graphql_api_id: `gid://shopify/Refund/${body["refund_id"]}`,
    });
    const [order] = bodies(world, "orders/updated");
    expect(order).toMatchObject({
      current_total_price: "43.50",
      total_price: "73.50",
      financial_status: "partially_refunded",
    });
    expect(objectsOf(order?.["refunds"])).toEqual([made]);
    expect((await world.press("refund", { order_id: orderId, amount: "43.51" })).status).toBe(422);
  });

  test("updated_at grows by whole seconds though the clock stands still", async () => {
    const world = newWorld();
    const orderId = await bought(world);
    await world.press("refund", { order_id: orderId, amount: "1.00" });
    await world.press("refund", { order_id: orderId, amount: "1.00" });
    await world.press("cancel", { order_id: orderId });
    const times = world.received.map(({ topic, text }) =>
      topic.startsWith("orders") ? (JSON.parse(text) as JsonObject)["updated_at"] : null,
    );
    expect([...new Set(times.filter((time) => time !== null))]).toEqual(
      ["00", "01", "02", "03"].map((second) => `2026-11-22T11:00:${second}+01:00`),
    );
  });

  test("a cancelled order keeps its subtotal, gives all back, and is cancelled once", async () => {
    const world = newWorld();
    const orderId = await bought(world);
    expect((await world.press("cancel", { order_id: orderId })).status).toBe(200);
    expect(bodies(world, "orders/cancelled")[0]).toMatchObject({
      cancel_reason: "customer",
      financial_status: "refunded",
      subtotal_price: "73.50",
      current_subtotal_price: "0.00",
    });
    expect((await world.press("cancel", { order_id: orderId })).status).toBe(422);
    expect((await world.press("cancel", { order_id: "1" })).status).toBe(404);
  });
});

describe("orders read back", () => {
  test("pages follow updated_at, and the amounts are those of the webhooks", async () => {
    const world = newWorld();
    for (const total of ["10.00", "20.00", "30.00"]) {
      await world.press("buy", { customer_id: shopper, total });
      world.pass(60_000);
    }
    const query = `query Orders($after: String) { orders(first: 2, after: $after, sortKey: UPDATED_AT, query: "updated_at:>='2026-11-22T10:00:30Z'") {
      nodes { name displayFinancialStatus updatedAt customer { id } currentTotalPriceSet { shopMoney { amount currencyCode } }
        lineItems(first: 5) { nodes { id quantity currentQuantity isGiftCard originalUnitPriceSet { shopMoney { amount } } } } refunds { id } }
      pageInfo { hasNextPage endCursor } } }`;
    const first = await world.call(query);
    expect(first.at("errors")).toBeUndefined();
    expect(first.at("data.orders.nodes")).toMatchObject([
      {
        name: "#1002",
        displayFinancialStatus: "PAID",
        updatedAt: "2026-11-22T10:01:00Z",
        customer: { id: "gid://shopify/Customer/7001" },
      },
      { name: "#1003", currentTotalPriceSet: { shopMoney: { amount: "30.0", currencyCode: "EUR" } } },
    ]);
    expect(first.at("data.orders.pageInfo.hasNextPage")).toBe(false);
    const all = query.replace("10:00:30", "09:00:00");
    const page = await world.call(all);
    expect(page.at("data.orders.pageInfo.hasNextPage")).toBe(true);
    const next = await world.call(all, { after: page.at("data.orders.pageInfo.endCursor") });
    expect(next.at("data.orders.nodes")).toMatchObject([{ name: "#1003" }]);
  });

  test("orders older than 60 days are hidden without read_all_orders", async () => {
    const world = newWorld({ scopes: ["read_orders", "read_customers"] });
    await world.press("buy", { total: "10.00" });
    const read = async () => (await world.call("{ orders(first: 5) { nodes { name } } }")).at("data.orders.nodes");
    expect(await read()).toHaveLength(1);
    world.pass(61 * 86_400_000);
    expect(await read()).toEqual([]);
  });
});
