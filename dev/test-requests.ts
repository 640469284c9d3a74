/** Test helpers: what Shopify posts and signs, and what every "no" looks like. Runs in Node and in workerd. */
import { expect } from "vitest";
import { apiSecret } from "./settings.ts";
import { signProxyQuery } from "./shopify/proxy.ts";
import { signWebhook } from "./shopify/webhooks.ts";

/** An order of one product line, paid long ago; at 1 point per 1.00 it is worth so many points. */
export function orderText(buyer: { readonly customer: string; readonly orderId?: number }, points: number): string {
  const amount = `${points}.00`;
  return JSON.stringify({
    id: buyer.orderId ?? 9_000_000 + Number(buyer.customer),
    name: "#1001",
    created_at: "2026-01-01T10:00:00Z",
    updated_at: "2026-01-01T10:00:00Z",
    currency: "USD",
    financial_status: "paid",
    total_price: amount,
    total_outstanding: "0.00",
    customer: { id: Number(buyer.customer) },
    line_items: [{ id: 1, price: amount, quantity: 1 }],
  });
}

/** The right signature of a webhook's body. */
export const right = (body: string): string => signWebhook(body, apiSecret);

export function webhookHeaders(shop: string, topic: string, signature: string): Record<string, string> {
  return {
    "Content-Type": "application/json",
    "X-Shopify-Topic": topic,
    "X-Shopify-Shop-Domain": shop,
    "X-Shopify-Hmac-Sha256": signature,
  };
}

export const secondsAgo = (seconds: number): string => String(Math.floor(Date.now() / 1000) - seconds);

/** The query that Shopify would send, before its signature. */
export function proxyQuery(visitor: { readonly shop: string; readonly customer: string }): URLSearchParams {
  const { shop, customer } = visitor;
  const timestamp = secondsAgo(0);
  return new URLSearchParams({ shop, path_prefix: "/apps/lojal", timestamp, logged_in_customer_id: customer });
}

/** Puts the signature on, and returns the same query. */
export function sign(query: URLSearchParams, secret = apiSecret): URLSearchParams {
  query.set("signature", signProxyQuery(query, secret));
  return query;
}

/** Every error is a whole problem document, and tells nothing of what lies behind it. */
export async function expectProblem(answer: Response, status: number, slug: string): Promise<Record<string, unknown>> {
  const text = await answer.text();
  expect([answer.status, answer.headers.get("content-type")], text).toEqual([status, "application/problem+json"]);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const problem = JSON.parse(text) as Record<string, unknown>;
  expect(problem).toMatchObject({ type: expect.stringMatching(new RegExp(`[:/]${slug}$`)), status });
  expect(problem["title"]).toMatch(/\w/);
  expect(text).not.toMatch(
    /postgres|neon|drizzle|sql|relation|permission|constraint|select |insert |shpat_|\bat \w+ \(/i,
  );
  return problem;
}
