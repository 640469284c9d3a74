/**
 * Who has the app open in Shopify's admin? The session token that App Bridge sends along says so, and nothing else. The library checks its
 * signature (HS256 alone), its times with ten seconds of tolerance where it has any, and its audience. It lets tokens through that do not say
 * when they end, whose issuer is not the shop they are for, or that are for no shop at all: a test holds both side by side
 * (https://shopify.dev/docs/apps/build/authentication-authorization/session-tokens).
 */
import * as z from "zod";
import { libraryWith } from "./library.ts";

export interface VerifiedSession {
  readonly shop: string;
  /** To be exchanged for a token of the shop's; it is good for a minute. */
  readonly token: string;
  /** Shopify's number of whoever has the app open. */
  readonly staffId: string;
  /** The secret that signed it: while a secret is rotated, there are two. */
  readonly secret: string;
}

export type SessionVerdict =
  | { readonly verified: true; readonly session: VerifiedSession }
  | { readonly verified: false; readonly reason: "missing" | "bad" };

const DESTINATION = /^https:\/\/([a-z0-9][a-z0-9-]*\.myshopify\.com)$/;

const claims = z.object({
  iss: z.string(),
  dest: z.string().regex(DESTINATION),
  exp: z.number(),
  nbf: z.number(),
  sub: z.string().regex(/^\d{1,20}$/),
});

/** `authorization` is the request's header; `secrets` are the app's, the present one first. */
export async function verifySession(
  authorization: string | null,
  apiKey: string,
  secrets: readonly string[],
): Promise<SessionVerdict> {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(authorization ?? "")?.[1];
  if (token === undefined) return { verified: false, reason: authorization === null ? "missing" : "bad" };
  for (const apiSecret of secrets) {
    const payload = await decode(token, { apiKey, apiSecret });
    const found = payload === null ? null : namedIn(payload);
    if (found !== null) return { verified: true, session: { ...found, token, secret: apiSecret } };
  }
  return { verified: false, reason: "bad" };
}

async function decode(token: string, credentials: { apiKey: string; apiSecret: string }): Promise<unknown> {
  try {
    return await libraryWith(credentials).session.decodeSessionToken(token);
  } catch {
    return null; // Its message holds the token.
  }
}

function namedIn(payload: unknown): Pick<VerifiedSession, "shop" | "staffId"> | null {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) return null;
  const { iss, dest, sub: staffId } = parsed.data;
  const shop = iss === `${dest}/admin` ? DESTINATION.exec(dest)?.[1] : undefined;
  return shop === undefined ? null : { shop, staffId };
}
