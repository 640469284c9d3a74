/**
 * Test helper: two shops with shoppers who have something to lose, the app in this process, and a Shopify for both. Whoever imports it gets
 * that Shopify in place of the internet: the official client takes the network as it finds it when it is loaded.
 */
import { createApp } from "../worker/app.ts";
import { settleOrders } from "../worker/flows/settle-orders.ts";
import type { Limits } from "../worker/http/limits.ts";
import type { Shop } from "../worker/shops/shops.ts";
import { noLimits } from "./no-limits.ts";
import type { RunningLocalShopify } from "./shopify/local-shopify.ts";
import { quietShopify } from "./shopify/quiet-shopify.ts";
import { orderBody } from "./test-orders.ts";
import { proxyQuery, sign } from "./test-requests.ts";
import { addShop, newWorld, type TestWorld } from "./test-rooms.ts";

/** What the worker asks of the world outside; a test puts its own answer in between. */
export interface Outside {
  answer(request: Request): Promise<Response>;
  /** Every host that was asked. */
  readonly hosts: Set<string>;
}

export interface Shopper {
  readonly shop: string;
  readonly customer: string;
}

export interface Tenants {
  readonly world: TestWorld;
  readonly shopify: RunningLocalShopify;
  readonly shops: readonly [Shop, Shop];
  /** Any request, as it comes. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** As Shopify's proxy sends it for a shopper. */
  ask(shopper: Shopper, path: string, json?: unknown, method?: string): Promise<Response>;
  earn(shopper: Shopper, points: number): Promise<void>;
  /** A redemption of 500 points whose code exists. */
  redeem(shopper: Shopper): Promise<{ readonly id: string; readonly code: string }>;
  close(): Promise<void>;
}

const REWARDS = ["500:50.00"];

export async function newTenants(outside: Outside, limits: () => Limits = noLimits): Promise<Tenants> {
  const world = await newWorld({ rewards: REWARDS });
  const second = await addShop(world, "second-shop.myshopify.com", { rewards: REWARDS });
  const shopify = quietShopify();
  for (const { domain } of [world.shop, second])
    shopify.state.putShop({ domain, currency: "USD", accessToken: "test-token" });
  outside.answer = (request) => shopify.adminApi(request);
  const app = createApp(() => world.rooms, limits);
  const fetchApp = async (path: string, init: RequestInit = {}) => await app.request(`https://lojal.test${path}`, init);
  const ask: Tenants["ask"] = (shopper, path, json, method = json === undefined ? "GET" : "POST") => {
    const body = typeof json === "string" ? json : JSON.stringify(json);
    const headers = { "Content-Type": "application/json" };
    const url = `/proxy${path}?${sign(proxyQuery(shopper))}`;
    return fetchApp(url, json === undefined ? { method } : { method, headers, body });
  };
  let orders = 0;
  return {
    world,
    shopify,
    shops: [world.shop, second],
    fetch: fetchApp,
    ask,
    earn: async ({ shop, customer }, points) => {
      orders += 1;
      const body = orderBody({ customerId: customer, amountMinor: points * 100 });
      const job = { kind: "order", shop, topic: "orders/paid", deliveryId: null } as const;
      await settleOrders(world.rooms, [{ ...job, orderId: String(orders), news: { kind: "state", body } }]);
    },
    redeem: async (shopper) => {
      const answer = await ask(shopper, "/redemptions", { id: crypto.randomUUID(), reward_id: "off-500" });
      const body = (await answer.json()) as { id: string; code: string };
      if (answer.status !== 201) throw new Error(`A redemption was answered ${answer.status}.`);
      return body;
    },
    close: () => world.close(),
  };
}
