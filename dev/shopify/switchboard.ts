/** The switchboard of the local store: makes things happen that at Shopify a shopper, a merchant or bad luck would. */

import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { formatMoney } from "../../worker/domain/money.ts";
import { checkout } from "./checkout.ts";
import {
  customerIdOf,
  idText,
  isObject,
  type JsonObject,
  memberSource,
  objectsOf,
  parseExact,
  textOf,
} from "./exact-json.ts";
import { type Faults, faultNames } from "./faults.ts";
import { orderEditBody } from "./order-edits.ts";
import { cancel, type RefundResult, refund } from "./refunds.ts";
import { devShopDomain, type LocalOrder, type LocalShop, type LocalShopify } from "./shop-state.ts";
import { switchboardPage } from "./switchboard-page.ts";
import type { Delivery, Webhooks } from "./webhooks.ts";

export interface SwitchboardParts {
  readonly state: LocalShopify;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
}

/** The routes under `/switchboard`; every error is one JSON line `{"error":"…"}`. */
export function createSwitchboard(parts: SwitchboardParts): Hono {
  const app = new Hono();
  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
    console.error(error);
    return c.json({ error: "The switchboard failed; its log says how" }, 500);
  });
  app.notFound((c) => c.json({ error: `The switchboard has no ${c.req.method} ${c.req.path}` }, 404));
  app.get("/switchboard", (c) => c.html(switchboardPage()));
  shopRoutes(app, parts);
  tradeRoutes(app, parts);
  listRoutes(app, parts);
  mischiefRoutes(app, parts);
  return app;
}

const digits = z.union([z.string().regex(/^\d+$/), z.int().nonnegative()]).transform(String);
const money = z.union([z.string(), z.number()]).transform(String);
const domain = z.string().regex(/^[a-z0-9][a-z0-9-]*\.myshopify\.com$/, "a domain like x.myshopify.com");
const shopField = domain.default(devShopDomain);

const shopSettings = z.object({
  domain,
  currency: z.string().regex(/^[A-Z]{3}$/, "three capital letters"),
  access_token: z.string().min(1).optional(),
  name: z.string().min(1).optional(),
  timezone: z.string().refine(isTimezone, "an IANA time zone").optional(),
  scopes: z.array(z.string()).optional(),
  tax_basis_points: z.int().min(0).max(10_000).optional(),
  taxes_included: z.boolean().optional(),
  plan: z.enum(["standard", "advanced", "plus"]).optional(),
});

const purchase = z.object({
  shop: shopField,
  customer_id: digits.nullish(),
  total: money.optional(),
  lines: z.array(z.object({ variant_id: digits, quantity: z.int() })).optional(),
  code: z.string().nullish(),
  codes: z.array(z.string()).optional(),
  shipping: money.optional(),
});

const refundRequest = z.object({
  shop: shopField,
  order_id: digits,
  amount: money.optional(),
  lines: z
    .array(z.object({ line_item_id: digits.optional(), index: z.int().optional(), quantity: z.int() }))
    .optional(),
});

const cancelRequest = z.object({ shop: shopField, order_id: digits, refund: z.boolean().optional() });

const faultOrder = z.object({
  next: z.int().min(0).max(1000),
  fault: z.enum(faultNames),
  shop: domain.optional(),
  operation: z.string().min(1).optional(),
});

const mischief = z.object({
  hold: z.boolean().optional(),
  duplicate: z.int().min(0).max(100).optional(),
  shuffle: z.boolean().optional(),
  seed: z.int().optional(),
});

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

async function read<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  let body: unknown;
  try {
    body = await c.req.json();
  } catch {
    throw new HTTPException(400, { message: "The body is not JSON" });
  }
  return check(schema, body);
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  throw new HTTPException(400, { message: faults.join("; ") });
}

function shopOf(parts: SwitchboardParts, name: string): LocalShop {
  const shop = parts.state.shop(name);
  if (shop === undefined) throw new HTTPException(404, { message: `The local Shopify has no shop ${name}` });
  return shop;
}

function asked(parts: SwitchboardParts, c: Context): LocalShop {
  return shopOf(parts, c.req.query("shop") ?? devShopDomain);
}

function shopRoutes(app: Hono, parts: SwitchboardParts): void {
  app.post("/switchboard/shops", async (c) => {
    const { access_token, tax_basis_points, taxes_included, ...rest } = await read(c, shopSettings);
    const isNew = parts.state.shop(rest.domain) === undefined;
    const shop = parts.state.putShop({
      ...rest,
      accessToken: access_token,
      taxBasisPoints: tax_basis_points,
      taxesIncluded: taxes_included,
    });
    return c.json(shopView(shop), isNew ? 201 : 200);
  });
  app.get("/switchboard/shops", (c) => c.json({ shops: parts.state.shops().map(shopView) }));
}

function shopView(shop: LocalShop) {
  const { domain, name, currency, timezone } = shop;
  const products = shop.products.map(({ title, handle, variants }) => ({
    title,
    handle,
    variants: variants.map(({ id, title, price }) => ({ id, title, price: formatMoney(price, currency) })),
  }));
  return {
    domain,
    name,
    currency,
    timezone,
    scopes: [...shop.scopes],
    customers: [...shop.customers.keys()],
    products,
  };
}

function tradeRoutes(app: Hono, parts: SwitchboardParts): void {
  app.post("/switchboard/orders", async (c) => c.json(await takeOrder(parts, await c.req.text())));
  app.post("/switchboard/buy", async (c) => {
    const wish = await read(c, purchase);
    const shop = shopOf(parts, wish.shop);
    if (wish.total === undefined && wish.lines === undefined)
      throw new HTTPException(400, { message: "total: a purchase names a total or lines" });
    const bought = await checkout(shop, parts.webhooks, {
      customerId: wish.customer_id ?? null,
      total: wish.total,
      lines: wish.lines?.map(({ variant_id, quantity }) => ({ variantId: variant_id, quantity })),
      codes: [...(wish.codes ?? []), ...(wish.code ? [wish.code] : [])],
      shipping: wish.shipping,
    });
    if (!bought.ok) return c.json({ error: bought.reason, code: bought.code }, 422);
    return c.json({ ...orderSummary(bought.order), deliveries: bought.deliveries.map(deliverySummary) }, 201);
  });
  app.post("/switchboard/refund", async (c) => {
    const request = await read(c, refundRequest);
    return answerRefund(c, await refund(shopOf(parts, request.shop), parts.webhooks, request));
  });
  app.post("/switchboard/cancel", async (c) => {
    const request = await read(c, cancelRequest);
    return answerRefund(c, await cancel(shopOf(parts, request.shop), parts.webhooks, request));
  });
}

function answerRefund(c: Context, result: RefundResult): Response {
  if (!result.ok)
    return c.json({ error: result.reason, code: result.code }, result.code === "unknown-order" ? 404 : 422);
  const refundId = result.refund === null ? null : (idText(result.refund["id"]) ?? null);
  const deliveries = result.deliveries.map(deliverySummary);
  return c.json({ ...orderSummary(result.order), refund_id: refundId, deliveries });
}

const orderTopic = z.enum([
  "orders/create",
  "orders/paid",
  "orders/updated",
  "orders/cancelled",
  "orders/fulfilled",
  "orders/edited",
]);
const orderEnvelope = z.object({ shop: shopField, topic: orderTopic.optional() });

/** Works on the source text: the webhook carries the order's bytes as they came, not as a double would round them. */
async function takeOrder(parts: SwitchboardParts, text: string) {
  let envelope: JsonObject;
  try {
    const parsed = parseExact(text);
    if (!isObject(parsed)) throw new SyntaxError("no object");
    envelope = parsed;
  } catch {
    throw new HTTPException(400, { message: "The body is not a JSON object" });
  }
  const { order: body, ...rest } = envelope;
  const { shop: name, topic } = check(orderEnvelope, rest);
  const source = memberSource(text, "order");
  if (!isObject(body) || source === undefined)
    throw new HTTPException(400, { message: "order: an order body is missing" });
  const shop = shopOf(parts, name);
  const taken = shop.takeOrder(source, body);
  if (taken === undefined) throw new HTTPException(422, { message: "order: the body has no id" });
  markUses(shop, taken.order);
  // An edit is told by what it changed: the app has to read the order.
  const told = topic === "orders/edited" ? orderEditBody(shop, taken.before, taken.order) : source;
  const sent = parts.webhooks.emit(shop, topic ?? topicOf(body, taken.before), told);
  await sent.tried;
  return { ...orderSummary(taken.order), deliveries: sent.deliveries.map(deliverySummary) };
}

/** An order from outside uses the codes it names, like one from the checkout. */
function markUses(shop: LocalShop, order: LocalOrder): void {
  const customer = customerIdOf(order.body);
  for (const { code } of objectsOf(order.body["discount_codes"])) {
    const discount = shop.discounts.findByCode(textOf(code) ?? "");
    if (discount === undefined || discount.uses.some(({ orderGid }) => orderGid === order.gid)) continue;
    discount.uses.push({ orderGid: order.gid, customerId: customer ?? null, at: shop.clock() });
  }
}

function topicOf(body: JsonObject, before: JsonObject | undefined): string {
  if (before === undefined) return "orders/create";
  return body["cancelled_at"] && !before["cancelled_at"] ? "orders/cancelled" : "orders/updated";
}

function orderSummary(order: LocalOrder) {
  const { body } = order;
  const customer = customerIdOf(body) ?? null;
  return {
    order_id: order.gid.split("/").at(-1) ?? "",
    name: textOf(body["name"]) ?? null,
    customer_id: customer,
    total_price: textOf(body["total_price"]) ?? null,
    current_total_price: textOf(body["current_total_price"]) ?? null,
    currency: textOf(body["currency"]) ?? null,
    financial_status: textOf(body["financial_status"]) ?? null,
    cancelled_at: textOf(body["cancelled_at"]) ?? null,
    updated_at: textOf(body["updated_at"]) ?? null,
  };
}

function deliverySummary(delivery: Delivery) {
  const { webhookId: id, eventId: event_id, topic, shop, state, attempts, lastStatus: last_status } = delivery;
  return { id, event_id, topic, shop, state, attempts, last_status };
}

function listRoutes(app: Hono, parts: SwitchboardParts): void {
  app.get("/switchboard/orders", (c) =>
    c.json({ orders: [...asked(parts, c).orders.values()].map(orderSummary).reverse() }),
  );
  app.get("/switchboard/discounts", (c) => {
    const shop = asked(parts, c);
    return c.json({
      discounts: shop.discounts
        .all()
        .map((discount) => discountView(shop, discount))
        .reverse(),
    });
  });
}

function discountView(shop: LocalShop, discount: ReturnType<LocalShop["discounts"]["all"]>[number]) {
  const { value, customers } = discount;
  const worth = {
    amount: () => (value.kind === "amount" ? formatMoney(value.minor, shop.currency) : ""),
    percentage: () => (value.kind === "percentage" ? `${Math.round(value.fraction * 1e6) / 1e4}%` : ""),
    "free-shipping": () => "free shipping",
  };
  return {
    code: discount.code,
    title: discount.title,
    customer: customers === "all" ? null : (customers[0] ?? null),
    customers,
    state: shop.discounts.status(discount).toLowerCase(),
    uses: discount.uses.length,
    usage_limit: discount.usageLimit,
    value: worth[value.kind](),
    minimum: discount.minimumSubtotal === null ? null : formatMoney(discount.minimumSubtotal, shop.currency),
    starts_at: discount.startsAt.toISOString(),
    ends_at: discount.endsAt?.toISOString() ?? null,
    id: discount.gid,
  };
}

function mischiefRoutes(app: Hono, parts: SwitchboardParts): void {
  app.post("/switchboard/faults", async (c) => {
    const order = await read(c, faultOrder);
    if (order.next === 0) parts.faults.clear();
    else parts.faults.order(order);
    return c.json({ waiting: parts.faults.waiting() });
  });
  app.get("/switchboard/faults", (c) => c.json({ waiting: parts.faults.waiting() }));
  app.post("/switchboard/webhooks", async (c) => {
    const { seed } = parts.webhooks.misbehave(await read(c, mischief));
    return c.json({ ...parts.webhooks.settings(), ...(seed === null ? {} : { seed }) });
  });
  app.get("/switchboard/webhooks", (c) => {
    const shop = c.req.query("shop");
    const wanted = parts.webhooks.deliveries().filter((delivery) => shop === undefined || delivery.shop === shop);
    const limit = Math.max(1, Number(c.req.query("limit") ?? "1000") || 1000);
    return c.json({ ...parts.webhooks.settings(), deliveries: wanted.slice(-limit).map(deliverySummary) });
  });
}
