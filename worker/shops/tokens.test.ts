import { expect, test } from "vitest";
import { codeKey, tokenKey } from "../../dev/settings.ts";
import { openToken, sealToken } from "./tokens.ts";

test("a token comes back as it was, and is nowhere in its sealed form", async () => {
  const sealed = await sealToken("shpat_secret", "a.myshopify.com", tokenKey);
  expect(sealed).not.toContain("shpat");
  expect(await openToken(sealed, "a.myshopify.com", tokenKey)).toBe("shpat_secret");
});

test("the same token is sealed differently each time", async () => {
  expect(await sealToken("t", "a.myshopify.com", tokenKey)).not.toBe(await sealToken("t", "a.myshopify.com", tokenKey));
});

test("another key, another shop or a changed text does not open it", async () => {
  const sealed = await sealToken("shpat_secret", "a.myshopify.com", tokenKey);
  await expect(openToken(sealed, "a.myshopify.com", codeKey)).rejects.toThrow();
  await expect(openToken(sealed, "b.myshopify.com", tokenKey)).rejects.toThrow();
  await expect(openToken(`${sealed.slice(0, -4)}AAA=`, "a.myshopify.com", tokenKey)).rejects.toThrow();
  await expect(openToken("v9.a.b", "a.myshopify.com", tokenKey)).rejects.toThrow("unknown format");
});
