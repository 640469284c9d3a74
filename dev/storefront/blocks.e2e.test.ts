/** The blocks in a browser: redeeming, applying, undoing, what happens when an answer is late, lost or a no; and axe. */
import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findBrowser } from "../browser.ts";
import { allRewards, emptySummary, type FakeShop, type MemberSummary, simpleProgram, tiers } from "./fake-shop.ts";
import { layoutShift, tooWide } from "./in-page.ts";
import { ShopperBed } from "./shopper.fixture.ts";

const pictures = "test-output/screenshots";
const soon = Math.floor(Date.now() / 1000) + 9 * 86_400;
const rich: Partial<MemberSummary> = {
  available: 1200,
  pending: 80,
  maturing: [{ points: 80, at: soon }],
  expiring: [{ points: 100, at: soon }],
};

// Written as text, because this project's types know no browser.
const focusIsInside = "document.activeElement?.closest('lojal-cart-rewards') != null";

let bed: ShopperBed;
let shop: FakeShop;
let page: Page;
let origin: string;

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  if (findBrowser()) bed = await ShopperBed.open();
});
afterAll(() => bed?.close());
beforeEach(async () => {
  await bed.renew(1280);
  ({ shop, page, origin } = bed);
  shop.members.set("7", { ...emptySummary, ...rich });
});
afterEach(() => bed.leave());

async function openCart(customer: string | null = "7", handle?: string): Promise<void> {
  if (customer !== null) await bed.signIn(shop.members.get(customer) ?? {}, customer);
  await bed.openCart(handle);
}

const status = () => page.locator("[data-lojal=status]");
const said = (text: string | RegExp) => status().filter({ hasText: text }).waitFor();
const redeem = () => page.getByRole("button", { name: "Redeem" }).first().click();
const asks = (path: string) => shop.requests.filter((request) => request.path === path && request.method === "POST");

const browserPath = findBrowser();
if (!browserPath) console.warn("No Chromium on this machine: the blocks' tests are skipped. Set CHROMIUM_PATH.");

describe.skipIf(!browserPath)("in the shopper's browser", () => {
  describe("redeeming", () => {
    test("one click makes the code, puts it on the cart, and the totals follow without leaving the page", async () => {
      await openCart();
      expect(shop.requests).toHaveLength(0);
      await page.evaluate("globalThis.stayed = true");
      await redeem();
      await said(/LOJAL-\w+ is in your cart\./);
      await page.locator("#total", { hasText: "$99.99" }).waitFor();
      expect(await page.locator("[data-lojal=available]").textContent()).toBe("700");
      expect(await page.locator("lojal-cart-rewards .lojal-code").first().textContent()).toMatch(/^LOJAL-/);
      expect(await page.locator("[data-lojal=earns]").textContent()).toContain("99 points");
      expect(await page.evaluate("globalThis.stayed")).toBe(true);
      expect(await page.locator("lojal-cart-rewards").getAttribute("aria-busy")).toBeNull();
      await page.screenshot({ path: `${pictures}/cart-redeemed-1280-light.png`, fullPage: true });
    });

    test("the code is named in the shop's word for it, in the language of the page", async () => {
      shop.program = { ...simpleProgram, words: { sv: { "$50.00 off": "Femtio kronor av" } } };
      await page.context().addCookies([{ name: "locale", value: "sv", url: origin }]);
      await openCart();
      await page.locator("button[name=reward_id]").first().click();
      const code = page.locator("lojal-cart-rewards li[data-code]");
      await code.waitFor();
      expect(await code.locator("[data-lojal=name]").textContent()).toBe("Femtio kronor av");
    });

    test("two clicks at once make one redemption", async () => {
      await openCart();
      await page.getByRole("button", { name: "Redeem" }).first().dblclick();
      await said(/is in your cart/);
      expect(shop.redemptions.size).toBe(1);
    });

    test("undo gives the points back and takes the code off the cart", async () => {
      await openCart();
      await redeem();
      await said(/is in your cart/);
      await page.getByRole("button", { name: "Undo" }).click();
      await said("The code is cancelled and your points are back.");
      await page.locator("#total", { hasText: "$149.99" }).waitFor();
      expect(await page.locator("[data-lojal=available]").textContent()).toBe("1,200");
      expect(await page.locator("[data-lojal=codes]").isVisible()).toBe(false);
    });

    test("undoing a used code says so and keeps everything", async () => {
      await openCart();
      await redeem();
      await said(/is in your cart/);
      for (const redemption of shop.redemptions.values()) redemption.state = "used";
      await page.getByRole("button", { name: "Undo" }).click();
      await said("This code has already been used.");
    });

    test("keeps the codes that are on the cart", async () => {
      await openCart();
      await page.request.post(`${origin}/cart/update.js`, { data: { discount: "SUMMER" } });
      await redeem();
      await said(/is in your cart/);
      const cart = await (await page.request.get(`${origin}/cart.js`)).json();
      expect(cart.discount_codes.map(({ code }: { code: string }) => code)).toEqual([
        "SUMMER",
        expect.stringMatching(/^LOJAL-/),
      ]);
    });

    test("a code that does not fit this cart stays the shopper's", async () => {
      shop.minimumMinor = 99_999;
      await openCart();
      await redeem();
      await said("does not fit this cart right now");
      expect(await page.getByRole("button", { name: "Use in cart" }).isVisible()).toBe(true);
    });
  });

  describe("rewards of all kinds", () => {
    const row = (name: string) => page.locator("li.lojal-row").filter({ hasText: name });
    const choose = (name: string) => row(name).getByRole("button", { name: "Redeem" }).click();
    beforeEach(() => {
      shop.program = { ...simpleProgram, ...allRewards, tiers };
      shop.members.set("7", { ...emptySummary, available: 3000 });
    });

    test.each(["A tenth off", "Shipping on us", "A mug"])(
      "%s is a code, made and applied by one click",
      async (name) => {
        await openCart();
        await choose(name);
        await said(/LOJAL-\w+ is in your cart\./);
        expect(await page.locator("[data-lojal=list] li").textContent()).toContain(name);
      },
    );

    test.each([
      ["Credit", "The store credit is yours. It is offered at checkout.", "2,300"],
      ["Plant a tree", "Thank you. The shop passes it on.", "2,100"],
      ["Tea with us", "It is yours. The shop arranges it with you.", "1,500"],
    ] as const)("%s is given at once, and needs no cart", async (name, sentence, left) => {
      await openCart();
      await choose(name);
      await said(sentence);
      expect(await page.locator("[data-lojal=available]").textContent()).toBe(left);
      expect(await page.locator("[data-lojal=codes]").isVisible()).toBe(false);
    });

    test("a gift card's number is said and listed at once, and again whenever it is asked for", async () => {
      await openCart();
      await page.getByRole("button", { name: "Show my gift cards" }).click();
      await said("You have no gift card yet.");
      await choose("A card");
      await said(/Your gift card: LOJAL-\w+\. Please keep this number\./);
      const number = page.locator("[data-lojal=list] li", { hasText: "A card" }).locator("code");
      const first = await number.textContent();
      expect(await page.getByRole("button", { name: "Undo" }).isVisible()).toBe(false);
      await page.reload();
      expect(await page.locator("[data-lojal=codes]").isVisible()).toBe(false);
      await page.getByRole("button", { name: "Show my gift cards" }).click();
      await said("Your gift cards are in the list.");
      expect(await number.textContent()).toBe(first);
    });

    test("as many points as are chosen are asked for, and what is dearer than the rest cannot be chosen then", async () => {
      await openCart();
      await page.getByLabel("How many points").selectOption("1500");
      await choose("As much as you like");
      await said(/is in your cart/);
      expect(JSON.parse(asks("/redemptions")[0]?.body ?? "")).toMatchObject({ reward_id: "r-some", points: 1500 });
      expect(await page.locator("[data-lojal=available]").textContent()).toBe("1,500");
      expect(await page.locator("option[value='1500']").isDisabled()).toBe(false);
      expect(await page.locator("option[value='1600']").isDisabled()).toBe(true);
    });

    test("the next reward moves on with the balance", async () => {
      shop.members.set("7", { ...emptySummary, available: 900 });
      await openCart();
      expect(await row("Tea with us").getByText("Next reward").isVisible()).toBe(true);
      await choose("A mug");
      await said(/is in your cart/);
      expect(await row("Tea with us").getByText("Next reward").isVisible()).toBe(false);
      expect(await row("$50.00 off").getByText("Next reward").isVisible()).toBe(true);
      expect(await row("$50.00 off").locator("[data-lojal=to-go]").textContent()).toBe("200 to go");
    });

    test("a code that does not combine says so, and stays the shopper's", async () => {
      shop.together = "only-the-first";
      await openCart();
      await page.request.post(`${origin}/cart/update.js`, { data: { discount: "SUMMER" } });
      await choose("A tenth off");
      await said(/LOJAL-\w+ cannot be combined with another discount in this cart\. It stays yours for later\./);
      expect(await page.getByRole("button", { name: "Use in cart" }).isVisible()).toBe(true);
    });

    test("a code that takes another one's place says so", async () => {
      shop.together = "only-the-last";
      await openCart();
      await page.request.post(`${origin}/cart/update.js`, { data: { discount: "SUMMER" } });
      await choose("A tenth off");
      await said(/LOJAL-\w+ is in your cart\. Another code there does not combine with it/);
    });

    test("a code that needs a dearer cart says from what", async () => {
      shop.minimumMinor = 99_999;
      await openCart();
      await choose("Shipping on us");
      await said(/does not fit this cart right now\. It stays yours for later\. On orders from \$30\.00/);
    });

    test("the last one was taken meanwhile: said, and nothing is spent", async () => {
      shop.mood = "sold-out";
      await openCart();
      await choose("A mug");
      await said("Somebody took the last one of this reward. Your points are safe.");
      expect(shop.redemptions.size).toBe(0);
    });
  });

  describe("the loyalty page", () => {
    const open = async () => {
      shop.program = { ...simpleProgram, ...allRewards, tiers };
      await page.context().addCookies([{ name: "customer", value: "7", url: origin }]);
      await page.goto(`${origin}/pages/loyalty`);
    };

    test("lists the history when it is asked for, its reasons folded", async () => {
      await open();
      expect(shop.requests).toHaveLength(0);
      await page.getByRole("button", { name: "Show my history" }).click();
      await said("Your history is listed below.");
      const rows = page.locator("[data-lojal=history] > li");
      expect(await rows.locator("[data-lojal=points]").allTextContents()).toEqual(["-30", "+1,230"]);
      await rows.nth(1).getByText("How this came about").click();
      expect(await rows.nth(1).getByText("A throw: 1,230 points.").isVisible()).toBe(true);
      expect(await page.getByRole("button", { name: "Show my history" }).isVisible()).toBe(false);
    });

    test("redeems with an empty cart, and keeps the code for later", async () => {
      await open();
      await redeem();
      await said(/Your code LOJAL-\w+ is ready/);
      await page.getByRole("button", { name: "Use in cart" }).click();
      await said(/Your code LOJAL-\w+ is ready/);
    });

    test("without script the history is a page, and leaving and joining again are forms", async () => {
      shop.program = { ...simpleProgram, ...allRewards, tiers };
      const plain = await bed.browser.newContext({ javaScriptEnabled: false });
      const tab = await plain.newPage();
      await plain.addCookies([{ name: "customer", value: "7", url: origin }]);
      await tab.goto(`${origin}/pages/loyalty`);
      // What does nothing without script takes no place.
      expect(await tab.locator(".lojal-scripted").count()).toBe(1);
      expect(await tab.locator(".lojal-scripted").boundingBox()).toBeNull();
      await tab.locator("summary", { hasText: "Leave the program" }).click();
      await tab.getByRole("button", { name: "Leave the program" }).click();
      await tab.waitForURL("**/pages/loyalty#lojal-done-loyalty");
      expect(
        await tab.locator(".lojal-said:target").getByText("Done. The page shows it in a moment.").isVisible(),
      ).toBe(true);
      await tab.locator(".lojal-page").getByRole("button", { name: "Join for free" }).click();
      await tab.getByRole("button", { name: "Show my history" }).waitFor();
      expect(shop.members.get("7")?.joined).toBe(true);
      const [request] = await Promise.all([
        tab.waitForRequest("**/apps/lojal/history*"),
        tab.getByRole("button", { name: "Show my history" }).click(),
      ]);
      expect(new URL(request.url()).search).toBe("?locale=en&view=page");
      await plain.close();
    });
  });

  describe("late, lost and refused", () => {
    test("a held redemption is asked for again, and then applied", async () => {
      shop.mood = "holds";
      await openCart();
      await redeem();
      await said("Your code is being made. Your points are safe.");
      for (const redemption of shop.redemptions.values()) redemption.state = "issued";
      await said(/is in your cart/);
      expect(shop.redemptions.size).toBe(1);
    });

    test("after a reload, the next touch brings what was being made", async () => {
      shop.mood = "holds";
      await openCart();
      await redeem();
      await said("Your code is being made");
      await page.reload();
      for (const redemption of shop.redemptions.values()) redemption.state = "issued";
      await page.getByRole("button", { name: "Redeem" }).first().focus();
      await said(/Your code LOJAL-\w+ is ready/);
      expect(shop.redemptions.size).toBe(1);
    });

    test("what has no code is said to be arranged, also when its reward is no longer offered", async () => {
      shop.program = { ...simpleProgram, ...allRewards };
      shop.mood = "holds";
      await bed.signIn({ available: 2000 });
      await bed.openCart();
      await page.locator("li", { hasText: "Tea with us" }).getByRole("button", { name: "Redeem" }).click();
      await said("Your code is being made");
      shop.program = simpleProgram;
      await page.reload();
      for (const redemption of shop.redemptions.values()) redemption.state = "issued";
      await page.getByRole("button", { name: "Redeem" }).first().focus();
      await said("It is yours. The shop arranges it with you.");
    });

    test.each(["A card", "Credit", "Plant a tree", "$50.00 off"])(
      "%s, given while the answer was lost, is said to have been had when its button is gone",
      async (name) => {
        shop.program = { ...simpleProgram, ...allRewards };
        shop.mood = "loses-reply";
        await bed.signIn({ available: 2000 });
        await bed.openCart();
        await page.locator("li", { hasText: name }).getByRole("button", { name: "Redeem" }).click();
        await said("No answer. Your points are safe; please try again.");
        for (const redemption of shop.redemptions.values()) redemption.state = "used";
        shop.program = { ...simpleProgram, rewards: simpleProgram.rewards.slice(1) };
        await page.reload();
        await page.getByRole("button", { name: "Redeem" }).first().focus();
        await said("You have already had this reward.");
        await page.waitForFunction("sessionStorage.getItem('lojal') === '{\"7\":null}'");
      },
    );

    test("what was spent meanwhile is no news", async () => {
      await openCart();
      await redeem();
      await said(/is in your cart/);
      for (const redemption of shop.redemptions.values()) redemption.state = "used";
      await page.reload();
      const asked = page.waitForResponse("**/apps/lojal/redemptions?*");
      await page.getByRole("button", { name: "Redeem" }).first().focus();
      await asked;
      await page.waitForFunction("sessionStorage.getItem('lojal') === '{\"7\":null}'");
      expect(await status().textContent()).toBe("");
    });

    test("a lost answer is asked for with the same id", async () => {
      shop.mood = "loses-reply";
      await openCart();
      await redeem();
      await said("No answer. Your points are safe; please try again.");
      shop.mood = "answers";
      await redeem();
      await said(/is in your cart/);
      expect(shop.redemptions.size).toBe(1);
      expect(new Set(asks("/redemptions").map(({ body }) => body)).size).toBe(1);
    });

    test("without a network nothing breaks", async () => {
      await openCart();
      await page.context().setOffline(true);
      await redeem();
      await said("No answer. Your points are safe; please try again.");
      await page.context().setOffline(false);
      await redeem();
      await said(/is in your cart/);
      expect(shop.redemptions.size).toBe(1);
    });

    test.each([
      ["refuses", "You do not have enough points for this reward."],
      ["signed-out", "You are signed out. Please sign in again."],
    ] as const)("%s: says why", async (mood, sentence) => {
      shop.mood = mood;
      await openCart();
      await redeem();
      await said(sentence);
      await page.screenshot({ path: `${pictures}/cart-${mood}.png` });
    });
  });

  describe("by keyboard and without script", () => {
    test("redeems with the keyboard, and the focus is never lost", async () => {
      await openCart();
      await page.getByRole("button", { name: "Redeem" }).first().focus();
      await page.keyboard.press("Enter");
      await said(/is in your cart/);
      await page.waitForFunction(focusIsInside);
      await page.keyboard.press("Tab");
      expect(await page.evaluate(focusIsInside)).toBe(true);
    });

    test.each([
      ["of two blocks, the one that the form is in says what came of it", "answers", /#lojal-done-loyalty$/, "Done."],
      ["and that it was not possible", "refuses", /#lojal-no-loyalty$/, "That was not possible."],
    ] as const)("%s", async (_, mood, address, sentence) => {
      shop.drawer = "dawn";
      shop.mood = mood;
      const plain = await bed.browser.newContext({ javaScriptEnabled: false });
      const tab = await plain.newPage();
      await plain.addCookies([{ name: "customer", value: "7", url: origin }]);
      await tab.goto(`${origin}/pages/loyalty`);
      await tab.locator(".lojal-page").getByRole("button", { name: "Redeem" }).first().click();
      await tab.waitForURL(address);
      expect(await tab.locator(".lojal-page .lojal-said:target").getByText(sentence).isVisible()).toBe(true);
      expect(await tab.locator(":target").count()).toBe(1);
      await plain.close();
    });

    test("the form posts by itself", async () => {
      const plain = await bed.browser.newContext({ javaScriptEnabled: false });
      const tab = await plain.newPage();
      await plain.addCookies([{ name: "customer", value: "7", url: origin }]);
      await tab.goto(`${origin}/cart`);
      const [request] = await Promise.all([
        tab.waitForRequest("**/apps/lojal/redemptions"),
        tab.getByRole("button", { name: "Redeem" }).first().click(),
      ]);
      expect([request.method(), request.postData()]).toEqual([
        "POST",
        expect.stringMatching(/^return_to=%2Fcart&block=rewards&once=\d{19}&reward_id=r-50$/),
      ]);
      await plain.close();
    });
  });

  describe("the product page", () => {
    test("follows the variant, and asks nobody", async () => {
      await page.goto(`${origin}/products/linen-shirt`);
      const text = page.locator("lojal-product-points [data-lojal=text]");
      expect(await text.textContent()).toBe("Earn 89 points");
      await page.getByLabel("Choose").selectOption({ label: "Large" });
      await text.filter({ hasText: "Earn 94 points" }).waitFor();
      expect(shop.requests).toHaveLength(0);
    });
  });

  describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
    test.each([360, 1280])(
      "at %i px, axe finds nothing and nothing is wider than the page",
      { timeout: 90_000 },
      async (width) => {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 860 });
        await openCart("7", "linen-shirt");
        shop.program = { ...simpleProgram, ...allRewards, tiers };
        const places = [
          ["cart", "/cart"],
          ["loyalty", "/pages/loyalty"],
          ["product", "/products/linen-shirt"],
          ["home", "/"],
        ] as const;
        for (const [name, path] of places) {
          await page.goto(origin + path);
          await page.screenshot({ path: `${pictures}/${name}-${width}-${colorScheme}.png`, fullPage: true });
          expect(await bed.faults(), name).toEqual([]);
          const overflow = await page.evaluate(tooWide);
          expect(overflow, name).toBe(0);
        }
      },
    );
  });

  test("nothing moves while the page loads, and right to left works", async () => {
    await openCart();
    const shift = await page.evaluate(layoutShift);
    expect(shift).toBe(0);
    await page.evaluate("document.documentElement.dir = 'rtl'");
    await page.screenshot({ path: `${pictures}/cart-rtl.png`, fullPage: true });
  });

  test("a guest and a member in debt are told so", async () => {
    await openCart(null);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.locator(".lojal-title").click();
    expect(asked).toEqual([]);
    await page.screenshot({ path: `${pictures}/cart-guest.png`, fullPage: true });
    shop.members.set("8", { ...emptySummary, owed: 300, pending: 40 });
    await openCart("8");
    await page.screenshot({ path: `${pictures}/cart-owes.png`, fullPage: true });
    expect(await page.locator(".lojal-note").textContent()).toContain("300 points were taken back");
  });
});
