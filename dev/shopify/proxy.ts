/** Shopify's app proxy: the storefront's `/apps/lojal/*`, signed and handed on to the worker's `/proxy/*`. */
import { createHmac } from "node:crypto";
import type { Clock } from "./shop-state.ts";

/** Where the app's pages live on the storefront. */
export const proxyPrefix = "/apps/lojal";

export interface ProxyOptions {
  readonly workerUrl: () => string;
  readonly apiSecret: string;
  readonly clock: Clock;
  readonly send?: ((request: Request) => Promise<Response>) | undefined;
}

export interface Visitor {
  /** The shop's myshopify domain. */
  readonly shop: string;
  /** The customer who is logged in on the storefront, or nobody. */
  readonly customerId: string | null;
}

export type ProxyForwarder = (request: Request, visitor: Visitor) => Promise<Response>;

/**
 * Shopify's proxy signature: the decoded parameters without `signature`, repeats joined with a comma, as `name=value`
 * sorted by their bytes, with nothing between them; HMAC-SHA256 in hex.
 */
export function signProxyQuery(params: URLSearchParams, secret: string): string {
  const values = new Map<string, string[]>();
  for (const [name, value] of params) {
    if (name === "signature") continue;
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  const pairs = [...values].map(([name, all]) => Buffer.from(`${name}=${all.join(",")}`));
  return createHmac("sha256", secret)
    .update(Buffer.concat(pairs.sort(Buffer.compare)))
    .digest("hex");
}

/**
 * Forwards storefront requests to the worker. What the shopper put in the query goes along, as nobody knows that
 * Shopify takes it out: the worker must refuse a repeated `logged_in_customer_id` itself.
 */
export function createProxy(options: ProxyOptions): ProxyForwarder {
  const send = options.send ?? ((request: Request) => fetch(request));
  return async (request, visitor) => {
    const url = new URL(request.url);
    if (url.pathname !== proxyPrefix && !url.pathname.startsWith(`${proxyPrefix}/`))
      return new Response("Not Found", { status: 404 });
    const target = new URL(`${options.workerUrl()}/proxy${url.pathname.slice(proxyPrefix.length)}`);
    target.search = signedQuery(url.searchParams, visitor, options).toString();
    const hasBody = request.method !== "GET" && request.method !== "HEAD";
    const forwarded = new Request(target, {
      method: request.method,
      headers: forwardedHeaders(request.headers, visitor.shop),
      redirect: "manual",
      ...(hasBody ? { body: await request.arrayBuffer() } : {}),
    });
    return withoutCookies(await send(forwarded));
  };
}

function signedQuery(given: URLSearchParams, visitor: Visitor, options: ProxyOptions): URLSearchParams {
  const params = new URLSearchParams(given);
  params.append("shop", visitor.shop);
  params.append("logged_in_customer_id", visitor.customerId ?? "");
  params.append("path_prefix", proxyPrefix);
  params.append("timestamp", String(Math.floor(options.clock().getTime() / 1000)));
  params.append("signature", signProxyQuery(params, options.apiSecret));
  return params;
}

const notForwarded = ["cookie", "host", "connection", "content-length", "transfer-encoding", "accept-encoding"];

function forwardedHeaders(given: Headers, shop: string): Headers {
  const headers = new Headers(given);
  for (const name of notForwarded) headers.delete(name);
  headers.set("x-forwarded-host", shop);
  return headers;
}

function withoutCookies(response: Response): Response {
  const headers = new Headers(response.headers);
  // The body arrives decoded, so the headers about its coding would lie.
  for (const name of ["set-cookie", "content-encoding", "content-length", "transfer-encoding"]) headers.delete(name);
  return new Response(response.body, { status: response.status, headers });
}
