/** The code of a redemption derives from its id: every retry sends the same text, and Shopify's uniqueness does the rest. */

// No I, L, O or U: nothing to misread on a phone, and no words.
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 12;

/** "LOJAL-7K3M9QXW2B4T": 60 bits of a keyed hash of shop and redemption. `key` is 32 bytes in base64. */
export async function discountCode(redemptionId: string, shop: string, key: string): Promise<string> {
  const bytes = Uint8Array.from(atob(key), (character) => character.charCodeAt(0));
  const secret = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const hash = await crypto.subtle.sign("HMAC", secret, new TextEncoder().encode(`${shop}/${redemptionId}`));
  const text = Array.from(new Uint8Array(hash).subarray(0, LENGTH), (byte) => ALPHABET.charAt(byte % ALPHABET.length));
  return `LOJAL-${text.join("")}`;
}
