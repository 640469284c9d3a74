/** Shopify signs with HMAC-SHA256 under the app's secret; comparing is the platform's, in constant time. */

/** Whether `signature` is the one of `signed` under `secret`. */
export async function isSignedBy(
  secret: string,
  signature: Uint8Array<ArrayBuffer>,
  signed: BufferSource,
): Promise<boolean> {
  const bytes = new TextEncoder().encode(secret);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  return crypto.subtle.verify("HMAC", key, signature, signed);
}
