/** Admin API tokens at rest: AES-GCM under a key that is not in the database, bound to the shop they belong to. */

const FORMAT = "v1";
const IV_BYTES = 12;

/** Seals a token for storage. `key` is 32 bytes in base64. */
export async function sealToken(token: string, domain: string, key: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(
    parametersOf(iv, domain),
    await importKey(key),
    new TextEncoder().encode(token),
  );
  return [FORMAT, toBase64(iv), toBase64(new Uint8Array(sealed))].join(".");
}

/** The token again. Throws when the key, the shop or the text is not the one it was sealed with. */
export async function openToken(sealed: string, domain: string, key: string): Promise<string> {
  const [format, iv, text] = sealed.split(".");
  if (format !== FORMAT || !iv || !text) throw new Error("A sealed token has an unknown format.");
  const opened = await crypto.subtle.decrypt(
    parametersOf(fromBase64(iv), domain),
    await importKey(key),
    fromBase64(text),
  );
  return new TextDecoder().decode(opened);
}

function parametersOf(iv: Uint8Array<ArrayBuffer>, domain: string) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(domain) };
}

function importKey(key: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", fromBase64(key), "AES-GCM", false, ["encrypt", "decrypt"]);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
