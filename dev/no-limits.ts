/** Where the worker runs in this process there is no Cloudflare to count: for benchmarks, fault runs and tests that ask more than a shopper may. */
import type { Limiter, Limits } from "../worker/http/limits.ts";

const open: Limiter = { limit: () => Promise.resolve({ success: true }) };

export const noLimits = (): Limits => ({
  shopperReads: open,
  shopperWrites: open,
  shop: open,
  health: open,
  apiAddress: open,
  apiKey: open,
});

/** The same as bindings of a worker's `env`. */
export const noLimitBindings = () => ({
  SHOPPER_READS: open,
  SHOPPER_WRITES: open,
  SHOP_REQUESTS: open,
  HEALTH_CHECKS: open,
  API_ADDRESSES: open,
  API_KEYS: open,
});
