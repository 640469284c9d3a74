import { hexOf } from "../domain/hex.ts";

/** The checksum of a text in UTF-8, in hex. */
export async function sha256(text: string): Promise<string> {
  return hexOf(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
