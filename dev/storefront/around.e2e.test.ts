/** What happens around the blocks in a browser: other tabs, a network that goes, a sign-in that ends, themes that change the cart or paint it anew. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findBrowser } from "../browser.ts";
import { type FakeShop, simpleProgram } from "./fake-shop.ts";
import { morphSection, replaceSection } from "./in-page.ts";
import { ShopperBed } from "./shopper.fixture.ts";

let bed: ShopperBed;
let shop: FakeShop;
let page: Page;
let origin: string;

beforeAll(async () => {
  if (findBrowser()) bed = await ShopperBed.open();
});
afterAll(() => bed?.close());
beforeEach(async () => {
  await bed.renew(800);
  ({ shop, page, origin } = bed);
});
afterEach(() => bed.leave());

const OFFLINE = "No answer. Your points are safe; please try again.";

async function openCart(): Promise<void> {
  await bed.signIn({ available: 1200 });
  await bed.openCart();
}
const redeem = () => page.getByRole("button", { name: "Redeem" }).first().click();
const said = (text: string | RegExp) => page.locator("[data-lojal=status]").filter({ hasText: text }).waitFor();
const balanceIs = (text: string, where = page) => where.locator("[data-lojal=available]", { hasText: text }).waitFor();
const codes = (where = page) => where.locator("[data-lojal=list] li");
const asked = () => shop.requests.filter(({ path, method }) => path === "/redemptions" && method === "POST");
const idsAsked = () => new Set(asked().map(({ body }) => JSON.parse(body).id)).size;
/** Two of the throw in the cart, whoever put them there: it earns 299 points then. */
const doubleCart = () => {
  const id = shop.store.products.find(({ handle }) => handle === "wool-throw")?.variants[0]?.id ?? "";
  return page.request.post(`${origin}/cart/change.js`, { data: { id, quantity: 2 } });
};
const earnsTwice = () => page.locator("[data-lojal=earns]", { hasText: "299 points" }).waitFor();

describe.skipIf(!findBrowser())("around the blocks", () => {
  test("what one tab redeems or undoes, the other shows without a touch", async () => {
    await openCart();
    const other = await page.context().newPage();
    await other.goto(`${origin}/cart`);
    await redeem();
    await said(/is in your cart/);
    await balanceIs("700", other);
    await codes(other).getByText("In your cart").waitFor();
    expect(await codes(other).count()).toBe(1);
    await codes(other).getByRole("button", { name: "Undo" }).click();
    await balanceIs("1,200");
    await codes().waitFor({ state: "detached" });
    expect(shop.redemptions.size).toBe(1);
  });

  test("points that were spent elsewhere: said, and the block shows what is true", async () => {
    await openCart();
    await bed.signIn({ available: 300 });
    shop.mood = "refuses";
    await redeem();
    await said("You do not have enough points for this reward.");
    await balanceIs("300");
    expect(await page.getByText("200 to go").isVisible()).toBe(true);
    expect(await page.getByRole("button", { name: "Redeem" }).count()).toBe(0);
  });

  test("of two blocks in a section that is painted anew, each comes in its turn", async () => {
    const faults: string[] = [];
    page.on("pageerror", ({ message }) => faults.push(message));
    await openCart();
    await redeem();
    await said(/is in your cart/);
    await page.evaluate(`${replaceSection}.then(() => {
      const section = document.getElementById("shopify-section-cart-footer");
      const html = section.querySelector("lojal-cart-rewards").outerHTML;
      section.innerHTML = html + html.replaceAll("-rewards-", "-second-").replace('id="lojal-rewards"', 'id="lojal-second"');
    })`);
    await page.locator("#lojal-second [data-lojal=status]").waitFor({ state: "attached" });
    await page.evaluate("localStorage.setItem('lojal', 'news'); dispatchEvent(new Event('lojal'))");
    await page.locator("#lojal-second [data-lojal=codes] li", { hasText: "In your cart" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("of two taps on two rewards, the first counts", async () => {
    shop.program = { ...simpleProgram, rewards: simpleProgram.rewards.map((reward) => ({ ...reward, cost: 500 })) };
    await openCart();
    await page.evaluate("document.querySelectorAll('button[name=reward_id]').forEach((button) => button.click())");
    await said(/is in your cart/);
    expect(asked().map(({ body }) => JSON.parse(body).reward_id)).toEqual(["r-50"]);
  });

  test("a network that goes between the code and the cart: once it is back, the same code gets there", async () => {
    await openCart();
    await page.route("**/cart.js", (route) => route.abort());
    await redeem();
    await said(OFFLINE);
    await page.unroute("**/cart.js");
    await redeem();
    await said(/is in your cart/);
    expect([shop.redemptions.size, idsAsked(), await codes().count()]).toEqual([1, 1, 1]);
  });

  test("an id is kept until it is answered: over a request that never arrived, a lost answer, an ended sign-in and a reload", async () => {
    await openCart();
    await page.context().setOffline(true);
    await redeem();
    await said(OFFLINE);
    await page.context().setOffline(false);
    shop.mood = "loses-reply";
    await redeem();
    await said(OFFLINE);
    shop.mood = "signed-out";
    await redeem();
    await said("You are signed out. Please sign in again.");
    expect(await page.locator("[data-lojal=sign-in]").getByRole("link", { name: "Sign in" }).isVisible()).toBe(true);
    await page.reload();
    await page.getByRole("button", { name: "Redeem" }).first().focus();
    await said("You are signed out. Please sign in again.");
    shop.mood = "answers";
    await redeem();
    await said(/is in your cart/);
    expect([shop.redemptions.size, idsAsked()]).toEqual([1, 1]);
  });

  test("what one customer left unfinished is not asked for in another's name: the next one's first tap is theirs", async () => {
    await openCart();
    shop.mood = "loses-reply";
    await redeem();
    await said(OFFLINE);
    shop.mood = "answers";
    await bed.signIn({ available: 800 }, "8");
    await page.reload();
    await redeem();
    await said(/is in your cart/);
    await balanceIs("300");
    expect([...shop.redemptions.values()].map(({ customerId }) => customerId)).toEqual(["7", "8"]);
    expect(idsAsked()).toBe(2);
    const [first] = shop.redemptions.keys();
    expect(await page.evaluate("sessionStorage.lojal")).not.toContain(first);
  });

  test.each([
    ["Shopify's standard event, before it is done", "shopify:cart:lines-update"],
    ["Horizon's event", "cart:update"],
    ["an event of several other themes", "cart:change"],
    ["Horizon's event of a code", "discount:update"],
    ["another app's request to paint the cart anew", "cart:refresh"],
    ["Dawn's wire", "PUB_SUB_EVENTS"],
  ])("a theme that changes the cart is followed, by guests, too: %s", async (_, event) => {
    const wire =
      "globalThis.PUB_SUB_EVENTS = { cartUpdate: 'cart-update' }; globalThis.subscribe = (_, heard) => { globalThis.publish = heard; };";
    if (event === "PUB_SUB_EVENTS") await page.addInitScript({ content: wire });
    await bed.openCart();
    await page.locator("[data-lojal=earns]", { hasText: "149 points" }).waitFor();
    await page.evaluate(
      event === "PUB_SUB_EVENTS"
        ? "0"
        : `globalThis.publish = () => document.dispatchEvent(Object.assign(new Event("${event}", { bubbles: true }), { promise: globalThis.done }));
           globalThis.done = new Promise((resolve) => { globalThis.finish = resolve; }); 0`,
    );
    if (event.startsWith("shopify:")) {
      await page.evaluate("publish(); 0");
      await doubleCart();
      await page.evaluate("finish()");
    } else {
      await doubleCart();
      await page.evaluate("globalThis.done = undefined; publish(); 0");
    }
    await earnsTwice();
    expect(shop.requests).toEqual([]);
  });

  test("before a touch none of our elements is made; a script that is on the page twice does everything once", async () => {
    await openCart();
    await page.addScriptTag({ url: `${origin}/assets/lojal/lojal.js` });
    const isMade = "!!customElements.get('lojal-cart-rewards')";
    expect(await page.evaluate(isMade)).toBe(false);
    // What others keep in the browser is no news of ours.
    await page.evaluate("globalThis.heard = new Promise((resolve) => addEventListener('storage', resolve)); 0");
    const other = await page.context().newPage();
    await other.goto(`${origin}/cart`);
    await other.evaluate("localStorage.x = 1");
    await page.evaluate("heard.then(() => 0)");
    expect(await page.evaluate(isMade)).toBe(false);
    await page.locator("lojal-cart-rewards").hover();
    expect(await page.evaluate(isMade)).toBe(true);
    await redeem();
    await said(/is in your cart/);
    expect([asked().length, await codes().count()]).toEqual([1, 1]);
  });

  test("news only reads the cart: a theme that tells of each write of it hears of none", async () => {
    await openCart();
    const written: string[] = [];
    page.on("request", (request) => {
      if (request.method() !== "GET") written.push(request.url());
    });
    await doubleCart();
    await page.evaluate("document.dispatchEvent(new Event('cart:update', { bubbles: true }))");
    await earnsTwice();
    expect(written).toEqual([]);
  });

  test("where the browser's store is full, a code is made once and said to be there", async () => {
    await page.addInitScript({
      content: `Object.defineProperty(globalThis, "localStorage", { value: new Proxy({}, { set() { throw new DOMException("full", "QuotaExceededError"); } }) });`,
    });
    await openCart();
    await redeem();
    await codes().getByText("In your cart").waitFor();
    await page.locator("[aria-busy]").waitFor({ state: "detached" });
    expect(await page.locator("[data-lojal=status]").textContent()).toMatch(/is in your cart/);
    expect(shop.redemptions.size).toBe(1);
  });

  test("a cart that changed untold is read before a code is put on it", async () => {
    await openCart();
    await doubleCart();
    await redeem();
    await said(/is in your cart/);
    await page.locator("#total", { hasText: "$249.98" }).waitFor();
    await page.locator("[data-lojal=earns]", { hasText: "249 points" }).waitFor();
  });

  test("a theme that replaces the section: the new block knows what the old one knew, and goes on", async () => {
    await openCart();
    await redeem();
    await said(/is in your cart/);
    await page.evaluate(replaceSection);
    await balanceIs("700");
    await codes().getByText("In your cart").waitFor();
    await codes().getByRole("button", { name: "Undo" }).click();
    await said("The code is cancelled and your points are back.");
    await balanceIs("1,200");
  });

  test("a theme that takes the block out and puts it back later: the focus stays where it has moved to", async () => {
    await openCart();
    await redeem();
    await said(/is in your cart/);
    const focused = await page.evaluate(`(() => {
      const block = document.querySelector("lojal-cart-rewards");
      const had = !!block.querySelector(":focus");
      const place = block.parentNode;
      block.remove();
      document.querySelector("a").focus();
      place.append(block);
      return [had, document.activeElement.localName];
    })()`);
    expect(focused).toEqual([true, "a"]);
  });

  test("a theme that replaces the section while a code is being made: the code is there", async () => {
    await openCart();
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route("**/apps/lojal/redemptions", async (route) => {
      if (route.request().method() === "POST") await held;
      await route.continue();
    });
    await redeem();
    await page.evaluate(replaceSection);
    letGo();
    await codes().getByText("In your cart").waitFor();
    await balanceIs("700");
    expect(shop.redemptions.size).toBe(1);
  });

  test("totals in a section of their own follow, where the block is in another", async () => {
    await openCart();
    await page.evaluate(`{
      const apps = document.createElement("div");
      Object.assign(apps, { id: "shopify-section-apps", className: "shopify-section" });
      document.querySelector("main").append(apps);
      apps.append(document.querySelector("lojal-cart-rewards"));
    }`);
    const before = await page.locator("#total").textContent();
    await redeem();
    await said(/is in your cart/);
    expect(await page.locator("#total").textContent()).not.toBe(before);
  });

  test("a theme that morphs the section leaves the block's inside alone, and two taps stay one", async () => {
    await openCart();
    await page.route("**/apps/lojal/redemptions", async (route) => {
      // The theme paints while the app is asked; a second tap comes after that.
      if (asked().length === 0) {
        await page.evaluate(morphSection);
        await page.evaluate("document.querySelector('button[name=reward_id]').click()");
      }
      await route.continue();
    });
    await redeem();
    await said(/is in your cart/);
    await page.evaluate(morphSection);
    await said(/is in your cart/);
    expect(await codes().count()).toBe(1);
    expect(asked()).toHaveLength(1);
  });

  test("a product whose theme writes the variant late is followed when the theme says so", async () => {
    await page.goto(`${origin}/products/linen-shirt`);
    const large = shop.store.products.find(({ handle }) => handle === "linen-shirt")?.variants.at(-1)?.id;
    await page.evaluate(`document.querySelector("[name=id]").value = "${large}"`);
    await page.evaluate("document.dispatchEvent(new Event('variant:update', { bubbles: true }))");
    await page.locator("lojal-product-points [data-lojal=text]", { hasText: "Earn 94 points" }).waitFor();
  });

  test("a product whose theme tells first and writes the variant when it has fetched it is followed then", async () => {
    await page.goto(`${origin}/products/linen-shirt`);
    const large = shop.store.products.find(({ handle }) => handle === "linen-shirt")?.variants.at(-1)?.id;
    await page.evaluate(`
      globalThis.fetched = Promise.withResolvers();
      fetched.promise.then(() => { document.querySelector("[name=id]").value = "${large}"; });
      document.querySelector("[name=id]").form.dispatchEvent(
        Object.assign(new Event("shopify:product:select", { bubbles: true }), { promise: fetched.promise }),
      );
    `);
    await page.evaluate("fetched.resolve()");
    await page.locator("lojal-product-points [data-lojal=text]", { hasText: "Earn 94 points" }).waitFor();
  });
});
