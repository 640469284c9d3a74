import { expect, test } from "vitest";
import { codeKey, tokenKey } from "../../dev/settings.ts";
import { discountCode } from "./discount-code.ts";

const ID = "5d8c6f4e-0000-4000-8000-000000000001";

test("the same redemption always has the same code, easy to read and to type", async () => {
  const code = await discountCode(ID, "a.myshopify.com", codeKey);
  expect(code).toMatch(/^LOJAL-[0-9A-HJKMNP-TV-Z]{12}$/);
  expect(await discountCode(ID, "a.myshopify.com", codeKey)).toBe(code);
});

test("another redemption, shop or key has another code", async () => {
  const codes = await Promise.all([
    discountCode(ID, "a.myshopify.com", codeKey),
    discountCode(ID.replace("1", "2"), "a.myshopify.com", codeKey),
    discountCode(ID, "b.myshopify.com", codeKey),
    discountCode(ID, "a.myshopify.com", tokenKey),
  ]);
  expect(new Set(codes).size).toBe(4);
});
