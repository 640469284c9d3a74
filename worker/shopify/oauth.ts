/**
 * The two ways to a shop's offline token: a session token is exchanged for a pair, and a refresh token for the next pair. The library asks; what
 * it leaves out is added: a time limit, and what an answer means.
 */
import { HttpResponseError, RequestedTokenType, type Session } from "@shopify/shopify-api";
import { type AppCredentials, libraryWith } from "./library.ts";

/** So long Shopify may take: an answer after that is as good as lost. */
export const GRANT_TIMEOUT_MS = 5_000;

/** Tokens that expire, and how long they are good from now. */
export interface TokenPair {
  readonly accessToken: string;
  readonly accessMs: number;
  readonly refreshToken: string;
  readonly refreshMs: number;
}

export type Grant =
  | { readonly kind: "granted"; readonly pair: TokenPair }
  /** What was offered for it is good no more: asking again will not help. */
  | { readonly kind: "refused" }
  /** Nobody knows whether there is a new pair at Shopify, or it had no time. The same may be offered again. */
  | { readonly kind: "unknown"; readonly httpStatus: number | null };

/** The pair for a session token of a merchant who has the app open. Every pair before it is revoked. */
export function exchangeSession(credentials: AppCredentials, shop: string, sessionToken: string): Promise<Grant> {
  return askFor(
    () =>
      libraryWith(credentials).auth.tokenExchange({
        shop,
        sessionToken,
        requestedTokenType: RequestedTokenType.OfflineAccessToken,
        expiring: true,
      }),
    isDeadSession,
  );
}

/** The next pair. Until it is used the refresh token stays good, so that a lost answer can be asked for again. */
export function refreshPair(credentials: AppCredentials, shop: string, refreshToken: string): Promise<Grant> {
  return askFor(() => libraryWith(credentials).auth.refreshToken({ shop, refreshToken }), isDeadRefresh);
}

interface OAuthError {
  readonly error?: unknown;
  readonly error_description?: unknown;
}

/** A session token that expired, was signed for another app, or of a shop that has removed the app. */
function isDeadSession(status: number, { error }: OAuthError): boolean {
  return status === 400 && (error === "invalid_subject_token" || error === "invalid_grant");
}

/** Only Shopify's own words for it: a wrong client secret is a 401 too, and must not cost every shop its token. */
function isDeadRefresh(status: number, { error, error_description: description }: OAuthError): boolean {
  if (status !== 400 && status !== 401) return false;
  return error === "invalid_grant" || (error === "invalid_request" && /active refresh_token/.test(String(description)));
}

async function askFor(
  ask: () => Promise<{ session: Session }>,
  isDead: (status: number, answer: OAuthError) => boolean,
): Promise<Grant> {
  try {
    const { session } = await inTime(ask());
    const pair = pairOf(session, Date.now());
    // An answer that leaves something out is no pair.
    return pair === null ? { kind: "unknown", httpStatus: 200 } : { kind: "granted", pair };
  } catch (fault) {
    if (!(fault instanceof HttpResponseError)) return { kind: "unknown", httpStatus: null };
    const { code, body } = fault.response;
    const answer = typeof body === "object" && body !== null ? (body as OAuthError) : {};
    return isDead(code, answer) ? { kind: "refused" } : { kind: "unknown", httpStatus: code };
  }
}

/** The library has no time limit of its own. A request that is given up may still arrive. */
async function inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("Shopify took too long.")), GRANT_TIMEOUT_MS);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => undefined);
  }
}

function pairOf(session: Session, nowMs: number): TokenPair | null {
  const { accessToken, expires, refreshToken, refreshTokenExpires } = session;
  if (!accessToken || !expires || !refreshToken || !refreshTokenExpires) return null;
  const span = (end: Date) => Math.floor(end.getTime() - nowMs);
  const pair = { accessToken, accessMs: span(expires), refreshToken, refreshMs: span(refreshTokenExpires) };
  return Number.isFinite(pair.accessMs) && Number.isFinite(pair.refreshMs) ? pair : null;
}
