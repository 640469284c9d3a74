/**
 * Who is the shopper? Only Shopify's signature on the app proxy's query says so.
 * The library's own check sorts parameter names by locale and accepts repeats; Shopify sorts `name=value` by bytes. A test holds both
 * side by side (https://shopify.dev/docs/apps/build/online-store/app-proxies/authenticate-app-proxies).
 */

import { CUSTOMER_NUMBER } from "../domain/account.ts";
import { SHOP_DOMAIN } from "../domain/shop-domain.ts";
import { isSignedBy } from "./hmac.ts";

const SINGLE = ["shop", "path_prefix", "timestamp", "signature", "logged_in_customer_id"] as const;
const FRESH_SECONDS = 90;
export interface Shopper {
  readonly shop: string;
  readonly customerId: string;
}

export type ProxyVerdict =
  | { readonly verified: true; readonly shopper: Shopper }
  | { readonly verified: false; readonly reason: "bad-signature" | "stale" | "signed-out" };

/** `query` is the request's decoded query, signed under one of the app's secrets; `nowMs` the present. */
export async function verifyProxy(
  query: URLSearchParams,
  secrets: readonly string[],
  nowMs: number,
): Promise<ProxyVerdict> {
  const signature = fromHex(query.get("signature") ?? "");
  const repeated = SINGLE.some((name) => query.getAll(name).length > 1);
  if (signature === null || repeated) return { verified: false, reason: "bad-signature" };
  const genuine = await isSignedBy(secrets, signature, signedText(query));
  if (!genuine) return { verified: false, reason: "bad-signature" };

  const shop = query.get("shop") ?? "";
  const timestamp = query.get("timestamp") ?? "";
  if (!SHOP_DOMAIN.test(shop) || !query.get("path_prefix") || !/^\d{1,12}$/.test(timestamp))
    return { verified: false, reason: "bad-signature" };
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > FRESH_SECONDS) return { verified: false, reason: "stale" };
  const customerId = query.get("logged_in_customer_id") ?? "";
  if (!CUSTOMER_NUMBER.test(customerId)) return { verified: false, reason: "signed-out" };
  return { verified: true, shopper: { shop, customerId } };
}

/** Decoded pairs without the signature, repeats joined by commas, sorted by bytes, nothing between. */
function signedText(query: URLSearchParams): Uint8Array<ArrayBuffer> {
  const names = [...new Set(query.keys())].filter((name) => name !== "signature");
  const encoder = new TextEncoder();
  const pairs = names.map((name) => encoder.encode(`${name}=${query.getAll(name).join(",")}`)).sort(byBytes);
  const text = new Uint8Array(pairs.reduce((length, pair) => length + pair.length, 0));
  let at = 0;
  for (const pair of pairs) {
    text.set(pair, at);
    at += pair.length;
  }
  return text;
}

function byBytes(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function fromHex(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[0-9a-f]{64}$/.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
