/**
 * A merchant has the app open: their shop is installed, if it is not yet, or its token is had anew, if it has none that works. Shopify installs
 * the app by itself; what is left to do is to exchange the merchant's session token, to ask what the shop is like, and to write it down.
 */
import { tokenKeys } from "../env.ts";
import { isDatabaseAway, isTimedOut } from "../fault.ts";
import { faultFields, logEvent } from "../log.ts";
import { hasAccess, missingScopes } from "../shopify/access.ts";
import { type AdminApi, adminApi } from "../shopify/admin-api.ts";
import { AdminApiFailure } from "../shopify/admin-failure.ts";
import { exchangeSession, type Grant } from "../shopify/oauth.ts";
import { readShopDetails, type ShopDetails } from "../shopify/shop-details.ts";
import type { VerifiedSession } from "../shopify/verify-session.ts";
import type { Shop } from "../shops/shops.ts";
import type { Lease, NewTokens } from "../shops/token-book.ts";
import { sealToken } from "../shops/tokens.ts";
import { adminApiOf, mannerOf, type Rooms } from "./rooms.ts";
import { sealPair } from "./shop-access.ts";

export type Admission =
  | { readonly kind: "admitted"; readonly shop: Shop }
  /** Shopify does not take the session token: it is too old, or the app is not installed any more. */
  | { readonly kind: "refused" }
  /** Somebody else is installing it, or Shopify did not answer. */
  | { readonly kind: "try-again" };

const TRIES = 2;
/** While another request installs the same shop: about six seconds in all. */
const WAITS_MS = [200, 400, 700, 1_000, 1_300, 1_300, 1_300];

/** The shop of a session, installed and with a token that Shopify takes. Two requests at once end in one installation. */
export async function admitShop(rooms: Rooms, session: VerifiedSession): Promise<Admission> {
  for (const waitMs of WAITS_MS) {
    const shop = await rooms.shops.findOne(session.shop, rooms.nowMs());
    if (shop && (await isConnected(rooms, shop))) return { kind: "admitted", shop };
    const lease = await rooms.tokens.claimInstallation(session.shop, shop?.accessTokenSealed ?? null);
    if (lease) return await installShop(rooms, session, lease);
    rooms.shops.forget(session.shop);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  return { kind: "try-again" };
}

/** Whether Shopify takes the token that we have; also true when Shopify says neither yes nor no. */
async function isConnected(rooms: Rooms, shop: Shop): Promise<boolean> {
  const api = await adminApiOf(rooms, shop);
  if (api === null) return false;
  try {
    return await hasAccess(api);
  } catch (fault) {
    if (fault instanceof AdminApiFailure) return true;
    // Nothing is known of the token then: another one would end this one for nothing.
    if (isDatabaseAway(fault) || isTimedOut(fault)) throw fault;
    // A token that cannot be opened: its key is gone.
    return false;
  }
}

async function installShop(rooms: Rooms, session: VerifiedSession, lease: Lease): Promise<Admission> {
  const startedMs = rooms.nowMs();
  const tell = (outcome: string, more: object = {}) =>
    logEvent({
      event: "token",
      shop: session.shop,
      work: "install",
      outcome,
      durationMs: rooms.nowMs() - startedMs,
      ...more,
    });
  const grant = await exchangePatiently(rooms, session);
  if (grant.kind !== "granted") {
    await rooms.tokens.giveUp(lease, 0);
    tell(grant.kind === "refused" ? "refused" : "unanswered");
    return { kind: grant.kind === "refused" ? "refused" : "try-again" };
  }
  try {
    const pair = await sealPair(rooms, session.shop, grant.pair, null);
    const facts = await writeDown(rooms, lease, pair, apiWith(rooms, session, grant.pair.accessToken));
    const shop = await rooms.shops.findOne(session.shop, rooms.nowMs());
    if (facts === null || shop === null) return { kind: "try-again" };
    tell("installed", missingScopes(facts.scopes).length > 0 ? { reason: "scopes-missing" } : {});
    return { kind: "admitted", shop };
  } catch (fault) {
    await rooms.tokens.giveUp(lease, 0);
    tell("failed", faultFields(fault));
    return { kind: "try-again" };
  }
}

/**
 * Installs a shop whose token was made by its merchant and does not expire. Null when somebody else is at it, or the shop is being erased. Throws
 * AdminApiFailure when Shopify does not take the token.
 */
export async function installWithToken(rooms: Rooms, domain: string, token: string): Promise<ShopDetails | null> {
  const known = await rooms.shops.findOne(domain, rooms.nowMs());
  const lease = await rooms.tokens.claimInstallation(domain, known?.accessTokenSealed ?? null);
  if (lease === null) return null;
  const { SHOPIFY_API_SECRET: secret } = rooms.settings;
  const access = await sealToken(token, domain, tokenKeys(rooms.settings));
  const tokens = { access, refresh: null, earlierRefresh: null };
  try {
    const api = apiWith(rooms, { shop: domain, secret }, token);
    return await writeDown(rooms, lease, { tokens, accessMs: null, refreshMs: null }, api);
  } catch (fault) {
    await rooms.tokens.giveUp(lease, 0);
    throw fault;
  }
}

/** Asks what the shop is like, and writes it and its tokens down. Null when the lease is no longer ours. */
async function writeDown(rooms: Rooms, lease: Lease, tokens: NewTokens, api: AdminApi): Promise<ShopDetails | null> {
  const facts = await readShopDetails(api);
  const installed = await rooms.tokens.install(lease, tokens, facts);
  rooms.shops.forget(lease.domain);
  if (installed === null) return null;
  if (installed.currency !== facts.currency) await noteOtherCurrency(rooms, lease.domain);
  return facts;
}

/** A session token may be exchanged again where nobody heard the answer. */
async function exchangePatiently(rooms: Rooms, { shop, token, secret }: VerifiedSession): Promise<Grant> {
  const credentials = { apiKey: rooms.settings.SHOPIFY_API_KEY, apiSecret: secret };
  let grant: Grant = { kind: "unknown", httpStatus: null };
  for (let attempt = 1; attempt <= TRIES && grant.kind === "unknown"; attempt++)
    grant = await exchangeSession(credentials, shop, token);
  return grant;
}

/** Before the token is stored nothing else may need it: whatever is refused now, is. */
function apiWith(rooms: Rooms, { shop, secret }: Pick<VerifiedSession, "shop" | "secret">, token: string): AdminApi {
  const access = { token: () => Promise.resolve(token), renew: () => Promise.resolve(null) };
  return adminApi({ apiKey: rooms.settings.SHOPIFY_API_KEY, apiSecret: secret }, shop, access, mannerOf(rooms, shop));
}

/** What was earned stays in the currency it was earned in. */
function noteOtherCurrency(rooms: Rooms, shop: string): Promise<void> {
  return rooms.shops.setAside([{ shop, topic: "install", deliveryId: null, reason: "currency-changed" }]);
}
