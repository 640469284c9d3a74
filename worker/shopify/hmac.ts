/** Shopify signs with HMAC-SHA256 under the app's secret; comparing is the platform's, in constant time. */

/** Making a key of a secret costs more than using it, and there are one or two of them. */
const keys = new Map<string, CryptoKey>();

/** Whether `signature` is the one of `signed` under one of these secrets: while a secret is rotated, there are two. */
export async function isSignedBy(
  secrets: readonly string[],
  signature: Uint8Array<ArrayBuffer>,
  signed: BufferSource,
): Promise<boolean> {
  for (const secret of secrets)
    if (await crypto.subtle.verify("HMAC", await keyOf(secret), signature, signed)) return true;
  return false;
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const known = keys.get(secret);
  if (known) return known;
  const bytes = new TextEncoder().encode(secret);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  keys.set(secret, key);
  return key;
}
