/** What Liquid paints from the metafields alone, without a request to the app. */
import { beforeEach, describe, expect, test } from "vitest";
import { emptySummary, FakeShop, type MemberSummary, simpleProgram } from "./fake-shop.ts";
import { createStorefront } from "./storefront.ts";

const day = 86_400;
const now = Math.floor(Date.now() / 1000);
let shop: FakeShop;
let cookies: Map<string, string>;
let app: ReturnType<typeof createStorefront>;

beforeEach(() => {
  shop = new FakeShop();
  app = createStorefront(shop);
  cookies = new Map();
});

async function visit(path: string, form?: Record<string, string>): Promise<string> {
  const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
  const init = form === undefined ? { headers } : { method: "POST", headers, body: new URLSearchParams(form) };
  const response = await app.request(path, init);
  for (const cookie of response.headers.getSetCookie()) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    cookies.set(name, value);
  }
  return response.text();
}

function variantOf(handle: string, index = 0): string {
  return shop.store.products.find((product) => product.handle === handle)?.variants[index]?.id ?? "";
}

async function cartOf(summary: Partial<MemberSummary> | null, handle = "wool-throw"): Promise<string> {
  if (summary !== null) shop.members.set("7", { ...emptySummary, ...summary });
  cookies.set("customer", "7");
  await visit("/cart/add", { id: variantOf(handle) });
  return textOf(await visit("/cart"));
}

/** Without scripts and tags: what a shopper reads; hidden parts are left out. */
function textOf(html: string): string {
  const block = /<lojal-[\s\S]*<\/lojal-[\w-]+>/.exec(html)?.[0] ?? "";
  return block
    .replace(/<(script|template|style)[\s\S]*?<\/\1>/g, "")
    .replace(/<(\w+)[^>]*\shidden(?=[\s>])[^>]*>[\s\S]*?<\/\1>/g, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

describe("the product page", () => {
  test("says what the chosen variant earns", async () => {
    cookies.set("customer", "7");
    const variant = variantOf("linen-shirt", 2);
    expect(textOf(await visit("/products/linen-shirt"))).toBe("Earn 89 points You have 0 points.");
    expect(textOf(await visit(`/products/linen-shirt?variant=${variant}`))).toBe("Earn 94 points You have 0 points.");
  });
  test("tells a guest how to collect them", async () => {
    const html = await visit("/products/wool-throw");
    expect(textOf(html)).toBe("Earn 149 points Sign in or create an account to collect them.");
    expect(html).toContain('href="/account/login"');
  });
  test("lists a sentence for each variant only when prices differ", async () => {
    expect(await visit("/products/stoneware-mug")).not.toContain("application/json");
    expect(await visit("/products/linen-shirt")).toContain(`"${variantOf("linen-shirt", 2)}":"Earn 94 points"`);
  });
  test("says nothing on a gift card, which never earns", async () => {
    expect(await visit("/products/gift-card")).not.toContain("<lojal-");
  });
  test("counts whole yen, which Liquid writes as hundredths", async () => {
    shop.store.currency = "JPY";
    shop.program = { ...simpleProgram, currency: "JPY", earn: { points: 1, per_minor: 100 } };
    expect(textOf(await visit("/products/linen-shirt"))).toContain("Earn 89 points");
    expect(await visit("/products/linen-shirt")).toContain("¥8,900");
  });
  test("names no number where prices are not in the program's currency", async () => {
    shop.store.currency = "EUR";
    expect(textOf(await visit("/products/linen-shirt"))).toContain("Earn points with this purchase");
  });
  test("says 'up to' where tax is inside the price", async () => {
    shop.store.taxesIncluded = true;
    expect(textOf(await visit("/products/linen-shirt"))).toContain("Earn up to 89 points");
  });
});

describe("the cart block", () => {
  test("gives a rich member the rewards within reach", async () => {
    const text = await cartOf({ available: 1200 });
    expect(text).toContain("Your points 1,200 This cart earns 149 points.");
    expect(text).toContain("$50.00 off 500 points Redeem $200.00 off 2,000 points 800 to go");
  });
  test("tells a poor member how far it is", async () => {
    const text = await cartOf({ available: 12 });
    expect(text).toContain("488 to go");
    expect(text).not.toContain("Redeem");
  });
  test("knows a customer who has no summary yet", async () => {
    expect(await cartOf(null)).toContain("Your points 0");
  });
  test("shows a guest what the cart would earn and how to join", async () => {
    await visit("/cart/add", { id: variantOf("wool-throw") });
    const html = await visit("/cart");
    expect(textOf(html)).toContain("This cart earns 149 points. Sign in or create an account");
    expect(html).not.toContain('name="reward_id"');
  });
  test("renders nothing without a program", async () => {
    shop.program = null;
    expect(await cartOf({ available: 1200 })).toBe("");
    expect(await visit("/products/linen-shirt")).not.toContain("<lojal-");
  });
  test("moves points that matured since the summary was written", async () => {
    const maturing = [
      { points: 80, at: now - 5 },
      { points: 30, at: now + 3 * day },
    ];
    const text = await cartOf({ available: 1000, pending: 110, maturing });
    expect(text).toContain("Your points 1,080");
    expect(text).toContain("30 points on the way, ready on");
  });
  test("lets matured points pay what is owed first", async () => {
    const text = await cartOf({ pending: 80, owed: 100, maturing: [{ points: 80, at: now - 5 }] });
    expect(text).toContain("Your points 0");
    expect(text).toContain("20 points were taken back after a return");
  });
  test("says what is owed", async () => {
    expect(await cartOf({ owed: 1300 })).toContain("1,300 points were taken back");
  });
  test("drops expired points and names the next that will expire", async () => {
    const expiring = [
      { points: 300, at: now + 40 * day },
      { points: 100, at: now - 5 },
      { points: 50, at: now + 9 * day },
    ];
    const text = await cartOf({ available: 1000, expiring });
    expect(text).toContain("Your points 900");
    expect(text).toContain("50 points expire on");
  });
  test("lists codes that are still good, and not those that ended", async () => {
    const codes = [
      { id: "a", code: "LOJAL-GOOD", name: "$50.00 off", ends_at: now + day },
      { id: "b", code: "LOJAL-GONE", name: "$50.00 off", ends_at: now - day },
    ];
    const text = await cartOf({ codes });
    expect(text).toContain("LOJAL-GOOD");
    expect(text).not.toContain("LOJAL-GONE");
  });
  test("counts no gift cards", async () => {
    expect(await cartOf({}, "gift-card")).not.toContain("This cart earns");
  });
  test("escapes what a merchant wrote", async () => {
    shop.program = { ...simpleProgram, rewards: [{ id: "x", name: "<img src=x>", kind: "amount_off", cost: 5 }] };
    await cartOf({ available: 10 });
    expect(await visit("/cart")).not.toContain("<img src=x>");
  });
  test.each(["en", "sv", "nb", "da", "fi", "de", "fr"])("is complete in %s", async (locale) => {
    const maturing = [{ points: 30, at: now + 3 * day }];
    const codes = [{ id: "a", code: "LOJAL-GOOD", name: "50", ends_at: now + day }];
    await cartOf({ available: 1200, pending: 30, owed: 5, maturing, expiring: maturing, codes });
    for (const path of ["/cart", "/products/linen-shirt"]) {
      const html = await visit(`${path}?locale=${locale}`);
      expect(html).not.toMatch(/translation missing|Liquid error/);
    }
  });
});

describe("the shop around it", () => {
  test("applies the codes it is given, all at once, and keeps what does not apply", async () => {
    shop.redemptions.set("1", { id: "1", reward_id: "r-50", code: "LOJAL-A", cost: 500, state: "issued" });
    await cartOf({ available: 1200 });
    const answer = JSON.parse(await visit("/cart/update.js", { discount: "lojal-a,NOPE,nope" }));
    expect(answer.discount_codes).toEqual([
      { code: "lojal-a", applicable: true },
      { code: "NOPE", applicable: false },
    ]);
    expect(answer.total_price).toBe(9999);
    expect(textOf(await visit("/cart"))).toContain("This cart earns 99 points.");
  });
  test("renders single sections", async () => {
    const sections = JSON.parse(await visit("/cart?sections=cart-items,nothing"));
    expect(sections["cart-items"]).toContain('id="shopify-section-cart-items"');
    expect(sections.nothing).toBeNull();
  });
  test("takes an order, empties the cart, and says what it earns", async () => {
    await cartOf({ available: 1200 });
    const thanks = await visit("/checkout", {});
    expect(thanks).toContain("#1001");
    expect(thanks).toContain('<dd id="points">149</dd>');
    expect(await visit("/cart")).toContain("There is nothing in it yet");
  });
  test("sends the app who is signed in, and never a redirect elsewhere", async () => {
    expect((await app.request("/apps/lojal/member")).status).toBe(401);
    const form = new URLSearchParams({ customer_id: "7", return_to: "//evil.example" });
    const response = await app.request("/account/switch", { method: "POST", body: form });
    expect(response.headers.get("location")).toBe("/");
  });
});
