import { expect, test } from "vitest";
import { codeKey, tokenKey } from "../../dev/settings.ts";
import { isSealedAnew, openToken, sealToken, type TokenKeys } from "./tokens.ts";

const shop = "a.myshopify.com";
const keys: TokenKeys = [tokenKey];
/** The current key, and the one before it. */
const rotating: TokenKeys = [codeKey, tokenKey];
/** Sealed by the first version: it does not name its key. */
const nameless = "v1.AAECAwQFBgcICQoL.WbN0QOQmxwtvXMGo6+/fSf4d03eNtcI4C/ykOQ==";

test("a token comes back as it was, and is nowhere in its sealed form", async () => {
  const sealed = await sealToken("shpat_secret", shop, keys);
  expect(sealed).not.toContain("shpat");
  expect(await openToken(sealed, shop, keys)).toBe("shpat_secret");
});

test("the same token is sealed differently each time", async () => {
  expect(await sealToken("t", shop, keys)).not.toBe(await sealToken("t", shop, keys));
});

test("another key, another shop, another key's name or a changed text does not open it", async () => {
  const sealed = await sealToken("shpat_secret", shop, keys);
  const [format, id = "", iv, text] = sealed.split(".");
  await expect(openToken(sealed, shop, [codeKey])).rejects.toThrow("a key that is not here");
  await expect(openToken(sealed, "b.myshopify.com", keys)).rejects.toThrow();
  await expect(openToken(`${sealed.slice(0, -4)}AAA=`, shop, keys)).rejects.toThrow();
  await expect(openToken([format, "0".repeat(12), iv, text].join("."), shop, keys)).rejects.toThrow();
  await expect(openToken(["v1", iv, text].join("."), shop, keys)).rejects.toThrow();
  for (const odd of ["", "v2", "v2.a.b", "v9.a.b.c", `${sealed}.d`, `v2..${iv}.${text}`, `v1.${id}`])
    await expect(openToken(odd, shop, keys)).rejects.toThrow("unknown format");
});

test("while keys are rotated, what the earlier key sealed opens, and what is sealed anew needs the new one alone", async () => {
  const old = await sealToken("shpat_secret", shop, keys);
  expect(await isSealedAnew(old, keys)).toBe(true);
  expect(await isSealedAnew(old, rotating)).toBe(false);
  const anew = await sealToken(await openToken(old, shop, rotating), shop, rotating);
  expect(await isSealedAnew(anew, rotating)).toBe(true);
  expect(await openToken(anew, shop, [codeKey])).toBe("shpat_secret");
  await expect(openToken(old, shop, [codeKey])).rejects.toThrow();
});

test("what the first version sealed still opens, also under the earlier key, and is to be sealed anew", async () => {
  for (const some of [keys, rotating]) {
    expect(await openToken(nameless, shop, some)).toBe("shpat_secret");
    expect(await isSealedAnew(nameless, some)).toBe(false);
  }
  await expect(openToken(nameless, shop, [codeKey])).rejects.toThrow();
  await expect(openToken(nameless, "b.myshopify.com", keys)).rejects.toThrow();
});
