/**
 * Admin API tokens at rest: AES-GCM under a key that is not in the database, bound to the shop they belong to. The text names its key, so that
 * keys can be rotated: `v2.KEY.IV.TEXT`. Texts of before (`v1.IV.TEXT`) name none, and are tried with each.
 */
import { hexOf } from "../domain/hex.ts";

/** 32 bytes in base64 each: the key to seal with, then the one before it while a rotation lasts. */
export type TokenKeys = readonly [current: string, ...earlier: string[]];

const IV_BYTES = 12;
const KEY_ID_BYTES = 6;

interface SealingKey {
  readonly id: string;
  readonly key: CryptoKey;
}

/** Importing a key costs more than using it, and there are one or two of them. */
const imported = new Map<string, Promise<SealingKey>>();

/** Seals a token for storage, under the first of the keys. */
export async function sealToken(token: string, domain: string, [current]: TokenKeys): Promise<string> {
  const { id, key } = await sealingKeyOf(current);
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const prefix = `v2.${id}`;
  const sealed = await crypto.subtle.encrypt(
    parametersOf(iv, `${prefix}.${domain}`),
    key,
    new TextEncoder().encode(token),
  );
  return [prefix, toBase64(iv), toBase64(new Uint8Array(sealed))].join(".");
}

/** The token again. Throws when no key, or another shop, or another text is the one it was sealed with. */
export async function openToken(sealed: string, domain: string, keys: TokenKeys): Promise<string> {
  const [format, ...parts] = sealed.split(".");
  if (format === "v1" && parts.length === 2) return openNameless(parts, domain, keys);
  const [keyId, iv, text] = parts;
  if (format !== "v2" || parts.length !== 3 || !keyId || !iv || !text)
    throw new Error("A sealed token has an unknown format.");
  for (const candidate of keys) {
    const { id, key } = await sealingKeyOf(candidate);
    if (id === keyId) return decrypt(key, iv, text, `v2.${id}.${domain}`);
  }
  throw new Error("A token is sealed under a key that is not here.");
}

/** Whether it is sealed as one would be sealed now; another one is to be sealed anew. */
export async function isSealedAnew(sealed: string, [current]: TokenKeys): Promise<boolean> {
  return sealed.startsWith(`v2.${(await sealingKeyOf(current)).id}.`);
}

async function openNameless([iv = "", text = ""]: readonly string[], domain: string, keys: TokenKeys): Promise<string> {
  for (const candidate of keys.slice(1)) {
    const { key } = await sealingKeyOf(candidate);
    const opened = await decrypt(key, iv, text, domain).catch(() => null);
    if (opened !== null) return opened;
  }
  return decrypt((await sealingKeyOf(keys[0])).key, iv, text, domain);
}

async function decrypt(key: CryptoKey, iv: string, text: string, bound: string): Promise<string> {
  const opened = await crypto.subtle.decrypt(parametersOf(fromBase64(iv), bound), key, fromBase64(text));
  return new TextDecoder().decode(opened);
}

function parametersOf(iv: Uint8Array<ArrayBuffer>, bound: string) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(bound) };
}

function sealingKeyOf(key: string): Promise<SealingKey> {
  const known = imported.get(key);
  if (known) return known;
  const made = importKey(key);
  imported.set(key, made);
  return made;
}

/** A key's name is the beginning of its hash: it tells nothing of the key, and is the same everywhere. */
async function importKey(text: string): Promise<SealingKey> {
  const bytes = fromBase64(text);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const id = hexOf(hash.subarray(0, KEY_ID_BYTES));
  return { id, key: await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]) };
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
