/** Is this delivery Shopify's? The bytes are verified before anything reads them. */
import { isSignedBy } from "./hmac.ts";

export interface VerifiedWebhook {
  readonly shop: string;
  readonly topic: string;
  readonly deliveryId: string | null;
  readonly triggeredAtMs: number;
  readonly text: string;
}

export type WebhookVerdict =
  | { readonly verified: true; readonly webhook: VerifiedWebhook }
  | { readonly verified: false; readonly reason: "bad-signature" | "missing-header"; readonly detail: string };

/**
 * Checks the base64 HMAC-SHA256 of the raw body under one of the app's secrets, in constant time, then the headers we rely on
 * (https://shopify.dev/docs/apps/build/webhooks/subscribe/https). A bad signature is told first: an unsigned caller learns nothing else.
 */
export async function verifyWebhook(
  headers: Headers,
  body: ArrayBuffer,
  secrets: readonly string[],
): Promise<WebhookVerdict> {
  const signature = fromBase64(headers.get("X-Shopify-Hmac-Sha256") ?? "");
  const genuine = signature !== null && (await isSignedBy(secrets, signature, body));
  if (!genuine)
    return { verified: false, reason: "bad-signature", detail: "The body does not carry Shopify's signature." };
  const shop = headers.get("X-Shopify-Shop-Domain")?.toLowerCase();
  const topic = headers.get("X-Shopify-Topic");
  if (!shop || !topic) {
    const missing = [shop ? [] : "X-Shopify-Shop-Domain", topic ? [] : "X-Shopify-Topic"].flat().join(", ");
    return { verified: false, reason: "missing-header", detail: `Missing header: ${missing}.` };
  }
  return {
    verified: true,
    webhook: {
      shop,
      topic,
      deliveryId: headers.get("X-Shopify-Webhook-Id"),
      triggeredAtMs: momentOf(headers.get("X-Shopify-Triggered-At")),
      text: new TextDecoder().decode(body),
    },
  };
}

function momentOf(header: string | null): number {
  const moment = header === null ? Number.NaN : Date.parse(header);
  return Number.isNaN(moment) ? 0 : moment;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  // 32 bytes have one spelling: the last letter's unused bits are zero.
  if (!/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text)) return null;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
