/** Session tokens as App Bridge hands them to an app in the admin: signed with the app's secret, good for a minute. */
import { createHmac, timingSafeEqual } from "node:crypto";

const LIFE_SECONDS = 60;

export interface SessionClaims {
  readonly iss: string;
  readonly dest: string;
  readonly aud: string;
  readonly sub: string;
  readonly exp: number;
  readonly nbf: number;
  readonly iat: number;
  readonly jti: string;
  readonly sid: string;
}

/** What a token for a merchant of this shop says. */
export function sessionClaims(shop: string, apiKey: string, now: Date): SessionClaims {
  const seconds = Math.floor(now.getTime() / 1000);
  return {
    iss: `https://${shop}/admin`,
    dest: `https://${shop}`,
    aud: apiKey,
    sub: "42",
    exp: seconds + LIFE_SECONDS,
    nbf: seconds,
    iat: seconds,
    jti: crypto.randomUUID(),
    sid: crypto.randomUUID(),
  };
}

/** Signs claims, or whatever a forger puts in their place. */
export function signSession(claims: object, secret: string, header: object = { alg: "HS256", typ: "JWT" }): string {
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${signed}.${signatureOf(signed, secret)}`;
}

/** Whether Shopify would take it back: one that it signed for this shop and app, and that is good now. */
export function isSession(token: string, expected: { shop: string; apiKey: string; secret: string; now: Date }) {
  const [header = "", body = "", signature = ""] = token.split(".");
  const right = Buffer.from(signatureOf(`${header}.${body}`, expected.secret));
  const given = Buffer.from(signature);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return false;
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as SessionClaims;
  const seconds = expected.now.getTime() / 1000;
  return (
    claims.dest === `https://${expected.shop}` &&
    claims.aud === expected.apiKey &&
    claims.nbf <= seconds + 1 &&
    seconds < claims.exp
  );
}

function signatureOf(signed: string, secret: string): string {
  return createHmac("sha256", secret).update(signed).digest("base64url");
}
