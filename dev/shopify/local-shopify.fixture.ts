/** A local Shopify of one shop for tests: a hand-wound clock, a worker that keeps what it was sent, no waiting. */
import { createLocalShopify, type RunningLocalShopify } from "./local-shopify.ts";
import type { LocalShop } from "./shop-state.ts";

export const apiSecret = "lojal-dev-secret";

export interface Received {
  readonly topic: string;
  readonly headers: Headers;
  readonly text: string;
}

export interface World {
  readonly shopify: RunningLocalShopify;
  readonly shop: LocalShop;
  readonly received: Received[];
  /** What the worker answers from now on; null breaks the connection. */
  answerWith(status: number | null): void;
  pass(ms: number): void;
  /** One Admin API call with the shop's good token. */
  call(query: string, variables?: object, token?: string): Promise<Answer>;
  /** One call of the switchboard. */
  press(path: string, body?: object | string): Promise<{ status: number; body: Record<string, unknown> }>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** What stands at a path such as `data.shop.name` or `errors.0.message`; undefined when nothing does. */
  at(path: string): unknown;
}

/** A world of its own for one test. */
export function newWorld(options: { scopes?: string[]; currency?: string; usageLagMs?: number } = {}): World {
  let now = Date.parse("2026-11-22T10:00:00.250Z");
  let status: number | null = 200;
  const received: Received[] = [];
  const shopify = createLocalShopify({
    apiKey: "lojal-dev-key",
    apiSecret,
    workerUrl: () => "http://worker.test",
    clock: () => new Date(now),
    log: () => undefined,
    wait: () => Promise.resolve(),
    usageLagMs: options.usageLagMs,
    webhooks: {
      concurrency: 1,
      send: async (_url, init) => {
        const headers = new Headers(init.headers);
        const text = new TextDecoder().decode(init.body as Uint8Array);
        received.push({ topic: headers.get("x-shopify-topic") ?? "", headers, text });
        if (status === null) throw new TypeError("connection refused");
        return new Response(null, { status });
      },
    },
  });
  const domain = "lojal-dev.myshopify.com";
  const currency = options.currency ?? "EUR";
  const shop = shopify.state.putShop({ domain, currency, accessToken: "good", scopes: options.scopes });
  return {
    shopify,
    shop,
    received,
    answerWith: (next) => {
      status = next;
    },
    pass: (ms) => {
      now += ms;
    },
    call: (query, variables = {}, token = "good") => call(shopify, { query, variables }, token),
    press: (path, body) => press(shopify, path, body),
  };
}

async function call(shopify: RunningLocalShopify, body: object, token: string): Promise<Answer> {
  const response = await shopify.adminApi(
    new Request("https://lojal-dev.myshopify.com/admin/api/2026-10/graphql.json", {
      method: "POST",
      headers: { "content-type": "application/json", "x-shopify-access-token": token },
      body: JSON.stringify(body),
    }),
  );
  const answered: unknown = await response.json();
  const at = (path: string) =>
    path.split(".").reduce<unknown>((holder, name) => (holder as Record<string, unknown> | null)?.[name], answered);
  return { status: response.status, body: answered, at };
}

async function press(shopify: RunningLocalShopify, path: string, body: object | string | undefined) {
  const response = await shopify.switchboard.request(
    `/switchboard/${path}`,
    body === undefined
      ? {}
      : {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: typeof body === "string" ? body : JSON.stringify(body),
        },
  );
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export const createCode = `mutation Create($input: DiscountCodeBasicInput!) {
  discountCodeBasicCreate(basicCodeDiscount: $input) {
    codeDiscountNode { id codeDiscount { ... on DiscountCodeBasic { title status asyncUsageCount codes(first: 1) { nodes { code } } } } }
    userErrors { field message code extraInfo }
  }
}`;

/** The input for one shopper's code, once: as the app makes it. */
export function codeInput(changes: object = {}): object {
  return {
    title: "Lojal 5.00",
    code: "LOJAL-ABCD",
    startsAt: "2026-11-22T09:00:00Z",
    endsAt: "2026-12-22T09:00:00Z",
    context: { customers: { add: ["gid://shopify/Customer/7001"] } },
    customerGets: { items: { all: true }, value: { discountAmount: { amount: "5.00", appliesOnEachItem: false } } },
    appliesOncePerCustomer: true,
    usageLimit: 1,
    combinesWith: { orderDiscounts: false, productDiscounts: true, shippingDiscounts: true },
    ...changes,
  };
}
