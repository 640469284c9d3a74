/** The local Shopify, whole: the only stand-in of the project, as strict as the real one where we know how. */
import type { Hono } from "hono";
import { type AdminApi, createAdminApi } from "./admin-api.ts";
import { type CheckoutResult, checkout, type Purchase } from "./checkout.ts";
import { Faults } from "./faults.ts";
import { asksForToken, createOAuth } from "./oauth.ts";
import { createProxy, type ProxyForwarder } from "./proxy.ts";
import { type CancelRequest, cancel, type RefundRequest, type RefundResult, refund } from "./refunds.ts";
import { type Clock, type LocalShop, LocalShopify } from "./shop-state.ts";
import { createSwitchboard } from "./switchboard.ts";
import { sleep, type WebhookOptions, Webhooks } from "./webhooks.ts";

export interface LocalShopifySettings {
  readonly apiKey: string;
  readonly apiSecret: string;
  /** Where the worker listens; asked anew for every request, since it may not run yet. */
  readonly workerUrl: () => string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** How long a use takes to show in `asyncUsageCount`. */
  readonly usageLagMs?: number | undefined;
  /** Waits out ordered timeouts and webhook back-off; tests hand in one that does not wait. */
  readonly wait?: ((ms: number) => Promise<void>) | undefined;
  readonly webhooks?: Pick<WebhookOptions, "concurrency" | "send"> | undefined;
  /** Carries proxied storefront requests to the worker; the network unless told. */
  readonly sendProxied?: ((request: Request) => Promise<Response>) | undefined;
}

export interface RunningLocalShopify {
  readonly state: LocalShopify;
  /** Answers `https://{shop}.myshopify.com/admin/…`: the Admin API, and requests for tokens; throws `DropConnection` where the network would break off. */
  readonly adminApi: AdminApi;
  /** The routes under `/switchboard`. */
  readonly switchboard: Hono;
  readonly webhooks: Webhooks;
  readonly proxy: ProxyForwarder;
  readonly faults: Faults;
  checkout(shop: LocalShop, purchase: Purchase): Promise<CheckoutResult>;
  refund(shop: LocalShop, request: RefundRequest): Promise<RefundResult>;
  cancel(shop: LocalShop, request: CancelRequest): Promise<RefundResult>;
  /** Resolves when no webhook is queued, on its way or waiting for a retry. */
  idle(): Promise<void>;
}

/** Builds a local Shopify without shops; `state.putShop` or `POST /switchboard/shops` adds them. */
export function createLocalShopify(settings: LocalShopifySettings): RunningLocalShopify {
  const { apiKey, apiSecret, workerUrl, clock, log } = settings;
  const wait = settings.wait ?? sleep;
  const state = new LocalShopify({ clock, usageLagMs: settings.usageLagMs });
  const faults = new Faults();
  const [adminApi, oauth] = [
    createAdminApi(state, { faults, wait }),
    createOAuth(state, { apiKey, apiSecret, faults, wait }),
  ];
  const webhooks = new Webhooks({ workerUrl, apiSecret, clock, log, wait, ...settings.webhooks });
  return {
    state,
    faults,
    webhooks,
    adminApi: (request) => (asksForToken(request) ? oauth(request) : adminApi(request)),
    proxy: createProxy({ workerUrl, apiSecret, clock, send: settings.sendProxied }),
    switchboard: createSwitchboard({ state, faults, webhooks }),
    checkout: (shop, purchase) => checkout(shop, webhooks, purchase),
    refund: (shop, request) => refund(shop, webhooks, request),
    cancel: (shop, request) => cancel(shop, webhooks, request),
    idle: () => webhooks.idle(),
  };
}
