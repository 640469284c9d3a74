/**
 * A shop's token, whenever somebody needs it. One that ends soon, or that Shopify refuses, is refreshed by one worker at a time: whoever takes
 * the lease in the shop's row. The others go on with the old token while it is good, or wait for the new one. Whatever dies or is lost on the
 * way, the refresh token that is stored is good for another try: Shopify keeps it until the next one is used, and nobody uses a token
 * before it is stored.
 */
import { tokenKeys } from "../env.ts";
import { logEvent } from "../log.ts";
import type { AccessGrant } from "../shopify/admin-api.ts";
import { AdminApiFailure } from "../shopify/admin-failure.ts";
import { GRANT_TIMEOUT_MS, type Grant, refreshPair, type TokenPair } from "../shopify/oauth.ts";
import type { Shop } from "../shops/shops.ts";
import { EARLY_MS, type HeldTokens, LEASE_MS, type NewTokens, type StoredTokens } from "../shops/token-book.ts";
import { openToken, sealToken } from "../shops/tokens.ts";
import type { Rooms } from "./rooms.ts";

/** A token, and until when nobody needs to ask again, by this worker's clock; null for ever. */
interface UsableToken {
  readonly token: string;
  readonly freshUntilMs: number | null;
}

/** While another worker refreshes: about five seconds in all. */
const WAITS_MS = [100, 200, 400, 700, 1_000, 1_300, 1_300];
const TRIES = 2;
const PAUSE_MS = 300;
/** What is left of the lease for writing the pair down. */
const WRITING_MS = 5_000;
/** So long a token that ends soon is used on, before another one is asked for again. */
const OLD_DOES_MS = 30_000;
/** A shop that nobody needs is looked after again in so long, when Shopify did not answer. */
const LATER_SECONDS = 600;

/** The token of a shop that has one. Throws AdminApiFailure when none can be had now; its status is 401 when none can be had without the merchant. */
export function accessOf(rooms: Rooms, shop: Shop, sealed: string): AccessGrant {
  let usable: UsableToken | null = null;
  const remember = (next: UsableToken | null): string | null => {
    usable = next;
    return next?.token ?? null;
  };
  return {
    token: async () => {
      const nowMs = rooms.nowMs();
      if (usable && isFresh(usable.freshUntilMs, nowMs)) return usable.token;
      if (usable === null && isFresh(shop.tokenFreshUntilMs, nowMs)) {
        const token = await openToken(sealed, shop.domain, tokenKeys(rooms.settings));
        usable = { token, freshUntilMs: shop.tokenFreshUntilMs };
        return token;
      }
      const token = remember(await freshToken(rooms, shop.domain, null));
      if (token === null) throw new AdminApiFailure("none", "The shop has no token.", 401);
      return token;
    },
    renew: async (refused) => remember(await freshToken(rooms, shop.domain, refused)),
  };
}

function isFresh(untilMs: number | null, nowMs: number): boolean {
  return untilMs === null || nowMs < untilMs;
}

/** Another token than the refused one. Null when there is none without the merchant. Throws AdminApiFailure when none came in time. */
async function freshToken(rooms: Rooms, domain: string, refused: string | null): Promise<UsableToken | null> {
  for (const waitMs of WAITS_MS) {
    const stored = await rooms.tokens.read(domain);
    if (stored === null) {
      rooms.shops.forget(domain);
      return null;
    }
    const { access, refresh } = stored.tokens;
    const token = await openToken(access, domain, tokenKeys(rooms.settings));
    const leftMs = stored.accessLeftMs ?? Number.POSITIVE_INFINITY;
    const old = token === refused || leftMs <= 0 ? null : usableFor(rooms, token, stored);
    if (old && leftMs > EARLY_MS) return old;
    // A token that does not expire was refused: it was revoked.
    if (refresh === null) return null;
    const sinceMs = rooms.nowMs();
    const held = await rooms.tokens.claim(domain, access);
    const end = held ? await refreshHeld(rooms, held, sinceMs) : "not-ours";
    if (end === "lost") return null;
    if (typeof end !== "string") return end;
    // Somebody else has the lease, or Shopify did not answer: the old one will do for a while, and nobody waits again meanwhile.
    if (old) return { ...old, freshUntilMs: rooms.nowMs() + Math.min(leftMs, OLD_DOES_MS) };
    if (end === "unanswered") throw new AdminApiFailure("none", "The shop's token could not be refreshed.");
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  throw new AdminApiFailure("none", "The shop's token is being refreshed.");
}

function usableFor(rooms: Rooms, token: string, { accessLeftMs }: Pick<StoredTokens, "accessLeftMs">): UsableToken {
  return { token, freshUntilMs: accessLeftMs === null ? null : rooms.nowMs() + accessLeftMs - EARLY_MS };
}

/** What became of a refresh: the new token; or it is lost, was not answered, or the lease went to somebody else. */
type RefreshEnd = UsableToken | "lost" | "unanswered" | "not-ours";

/** Refreshes under a lease that was taken after this moment. The lease is over afterwards. */
export async function refreshHeld(rooms: Rooms, { lease, stored }: HeldTokens, sinceMs: number): Promise<RefreshEnd> {
  const { domain } = lease;
  const told = { event: "token", shop: domain, work: "refresh" } as const;
  const tellEnd = (outcome: string, status: number | null = null) =>
    logEvent({ ...told, outcome, durationMs: rooms.nowMs() - sinceMs, ...(status === null ? {} : { status }) });
  for (const sealed of offersOf(stored)) {
    const offer = await openToken(sealed, domain, tokenKeys(rooms.settings));
    const grant = await offerPatiently(rooms, domain, offer, sinceMs);
    if (grant.kind === "unknown") {
      await rooms.tokens.giveUp(lease, LATER_SECONDS);
      tellEnd("unanswered", grant.httpStatus);
      return "unanswered";
    }
    if (grant.kind === "refused") continue;
    const isOurs = await rooms.tokens.keep(lease, await sealPair(rooms, domain, grant.pair, offer));
    rooms.shops.forget(domain);
    tellEnd(isOurs ? "refreshed" : "overtaken");
    return isOurs ? usableFor(rooms, grant.pair.accessToken, { accessLeftMs: grant.pair.accessMs }) : "not-ours";
  }
  await rooms.tokens.lose(lease);
  rooms.shops.forget(domain);
  tellEnd("lost");
  return "lost";
}

/**
 * What can be offered for the next pair: the refresh token, and the one before it, which is good as long as the refresh token was not used: an
 * answer that nobody heard may have replaced the pair that is stored. Nothing, where its time is over.
 */
function offersOf({ tokens, refreshLeftMs }: StoredTokens): string[] {
  if (refreshLeftMs === null || refreshLeftMs <= 0) return [];
  return [tokens.refresh, tokens.earlierRefresh].filter((sealed) => sealed !== null);
}

/** Offers a refresh token, and once more where nobody knows what became of it; never when the lease could be over before the answer. */
async function offerPatiently(rooms: Rooms, domain: string, offer: string, sinceMs: number): Promise<Grant> {
  const { SHOPIFY_API_KEY: apiKey, SHOPIFY_API_SECRET: apiSecret } = rooms.settings;
  let grant: Grant = { kind: "unknown", httpStatus: null };
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    if (rooms.nowMs() - sinceMs > LEASE_MS - GRANT_TIMEOUT_MS - WRITING_MS) break;
    grant = await refreshPair({ apiKey, apiSecret }, domain, offer);
    if (grant.kind !== "unknown") break;
    if (attempt < TRIES) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return grant;
}

/** A pair as it is stored, with the refresh token that it was bought with; null for one that was exchanged. */
export async function sealPair(
  rooms: Rooms,
  domain: string,
  { accessToken, accessMs, refreshToken, refreshMs }: TokenPair,
  boughtWith: string | null,
): Promise<NewTokens> {
  const seal = (token: string) => sealToken(token, domain, tokenKeys(rooms.settings));
  const earlierRefresh = boughtWith === null ? null : await seal(boughtWith);
  const tokens = { access: await seal(accessToken), refresh: await seal(refreshToken), earlierRefresh };
  return { tokens, accessMs, refreshMs };
}
