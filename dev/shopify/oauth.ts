/**
 * `POST https://{shop}.myshopify.com/admin/oauth/access_token` of the local shops: a session token is exchanged for an offline token, a refresh
 * token for the next pair. Its faults are ordered like those of the Admin API, whose calls these are too: as `access_token`, or by the grant,
 * `token-exchange` or `refresh_token`.
 */
import { DropConnection } from "./drop-connection.ts";
import type { FaultName, Faults } from "./faults.ts";
import { isSession } from "./session-token.ts";
import type { LocalShop, LocalShopify } from "./shop-state.ts";
import { ACCESS_SECONDS, type IssuedPair, REFRESH_SECONDS } from "./token-issuer.ts";

export interface OAuthOptions {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly faults: Faults;
  readonly wait: (ms: number) => Promise<void>;
}

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";
const OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token";
const TIMEOUT_MS = 30_000;
const LATE_MS = 8_000;

/** Whether a request to a shop is one for a token. */
export function asksForToken(request: Request): boolean {
  return new URL(request.url).pathname === "/admin/oauth/access_token";
}

/** Answers requests for tokens. Throws a DropConnection where the network would break off. */
export function createOAuth(shopify: LocalShopify, options: OAuthOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const shop = shopify.shop(new URL(request.url).hostname);
    if (shop === undefined) return Response.json({ errors: "Not Found" }, { status: 404 });
    if (request.method !== "POST") return Response.json({ errors: "Method Not Allowed" }, { status: 405 });
    const asked = await fieldsOf(request);
    if (asked === null) return refusal(400, "invalid_request", "The body cannot be read");
    const proceed = () => grant(shop, asked, { ...options, now: shopify.clock() });
    const name = asked["grant_type"] === EXCHANGE ? "token-exchange" : (asked["grant_type"] ?? "");
    const fault = options.faults.take(shop.domain, ["access_token", name]);
    return fault === undefined ? proceed() : await suffer(fault, proceed, options.wait);
  };
}

type Fields = Readonly<Record<string, string>>;

async function fieldsOf(request: Request): Promise<Fields | null> {
  const text = await request.text();
  const isJson = (request.headers.get("content-type") ?? "").startsWith("application/json");
  try {
    const body = isJson ? (JSON.parse(text) as Record<string, unknown>) : Object.fromEntries(new URLSearchParams(text));
    return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]));
  } catch {
    return null;
  }
}

function grant(shop: LocalShop, asked: Fields, app: { apiKey: string; apiSecret: string; now: Date }): Response {
  if (asked["client_id"] !== app.apiKey) return refusal(400, "application_cannot_be_found", "No such application");
  if (asked["client_secret"] !== app.apiSecret) return refusal(401, "invalid_client", "The client secret is wrong");
  if (asked["grant_type"] === "refresh_token") {
    const pair = shop.isAppInstalled ? shop.tokens.refresh(asked["refresh_token"] ?? "") : null;
    return pair === null
      ? refusal(401, "invalid_request", "This request requires an active refresh_token")
      : granted(shop, pair);
  }
  if (asked["grant_type"] !== EXCHANGE) return refusal(400, "unsupported_grant_type", "No such grant");
  if (asked["subject_token_type"] !== ID_TOKEN || asked["requested_token_type"] !== OFFLINE)
    return refusal(400, "invalid_request", "Only session tokens are exchanged here, for offline tokens");
  const expected = { shop: shop.domain, apiKey: app.apiKey, secret: app.apiSecret, now: app.now };
  if (!shop.isAppInstalled || !isSession(asked["subject_token"] ?? "", expected))
    return refusal(400, "invalid_subject_token", "The session token is not valid");
  if (asked["expiring"] === "1") return granted(shop, shop.tokens.exchange());
  const access_token = shop.tokens.permanent();
  shop.accessTokens.add(access_token);
  return Response.json({ access_token, scope: scopeOf(shop) });
}

function granted(shop: LocalShop, { access, refresh }: IssuedPair): Response {
  return Response.json({
    access_token: access,
    scope: scopeOf(shop),
    expires_in: ACCESS_SECONDS,
    refresh_token: refresh,
    refresh_token_expires_in: REFRESH_SECONDS,
  });
}

function scopeOf(shop: LocalShop): string {
  return [...shop.scopes].join(",");
}

function refusal(status: number, error: string, error_description: string): Response {
  return Response.json({ error, error_description }, { status, headers: { "x-request-id": crypto.randomUUID() } });
}

const statuses: Partial<Record<FaultName, number>> = {
  throttle: 429,
  "429": 429,
  "500": 500,
  "502": 502,
  "503": 503,
  "401": 401,
  "402": 402,
  "423": 423,
  "graphql-error": 500,
  "user-errors": 500,
  refuse: 403,
};

async function suffer(fault: FaultName, proceed: () => Response, wait: OAuthOptions["wait"]): Promise<Response> {
  const status = statuses[fault];
  if (status !== undefined) return Response.json({ errors: "as ordered" }, { status });
  if (fault === "late") void wait(LATE_MS).then(proceed);
  else if (fault !== "timeout-before") {
    const answer = proceed();
    if (fault === "no-cost" || fault === "wrong-cost") return answer;
    if (fault === "empty-data") return Response.json({});
    if (fault === "bad-json") return new Response((await answer.text()).slice(0, -7), { status: answer.status });
    if (fault === "not-json") return new Response("<!DOCTYPE html><title>Something went wrong</title>");
  }
  if (fault.startsWith("timeout")) await wait(TIMEOUT_MS);
  throw new DropConnection(`The local Shopify dropped the connection, as ordered: ${fault}`);
}
