/** A local Shopify that answers what it is asked and tells nobody of anything: for worlds that post their own webhooks. */
import { apiKey, apiSecret } from "../settings.ts";
import { createLocalShopify, type RunningLocalShopify } from "./local-shopify.ts";

export function quietShopify(): RunningLocalShopify {
  return createLocalShopify({
    apiKey,
    apiSecret,
    workerUrl: () => "http://worker.test",
    clock: () => new Date(),
    log: () => undefined,
    webhooks: { concurrency: 1, send: () => Promise.resolve(new Response(null, { status: 200 })) },
  });
}
