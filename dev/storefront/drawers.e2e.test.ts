/** Themes with a cart drawer: it hears of each code that a block puts on the cart or takes off, and a block inside it outlives each painting of it. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findBrowser } from "../browser.ts";
import type { Drawer } from "./deps.ts";
import { ShopperBed } from "./shopper.fixture.ts";

let bed: ShopperBed;
let page: Page;

beforeAll(async () => {
  if (findBrowser()) bed = await ShopperBed.open();
});
afterAll(() => bed?.close());
beforeEach(async () => {
  await bed.renew(800);
  page = bed.page;
});
afterEach(() => bed.leave());

// What a theme tells after it has changed the cart by itself. Written as text, because this project's types know no browser.
const news: Record<Drawer, string> = {
  dawn: "publish(PUB_SUB_EVENTS.cartUpdate, {})",
  horizon: `document.dispatchEvent(new CustomEvent("cart:update", { bubbles: true, detail: { data: {} } }))`,
  // Another app has changed it, and asks.
  refresh: `document.documentElement.dispatchEvent(new CustomEvent("cart:refresh", { bubbles: true }))`,
  actions: `tell("shopify:cart:lines-update", Promise.resolve())`,
};
const isOpen = "document.querySelector('#drawer').open";
const focused = "document.querySelector('#drawer lojal-cart-rewards :focus')?.name";
const doubleIds =
  "[...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, at, all) => all.indexOf(id) !== at)";

/** A page of a shop whose drawer is like this, with the throw in the cart. */
async function open(drawer: Drawer, path: string): Promise<void> {
  bed.shop.drawer = drawer;
  await bed.signIn({ available: 1200 });
  await bed.openCart();
  await page.goto(bed.origin + path);
}
const total = (text: string) => page.locator("#drawer-total", { hasText: text }).waitFor({ state: "attached" });
const redeem = (where: string) => page.locator(where).getByRole("button", { name: "Redeem" }).first().click();
const said = (where: string, text: string | RegExp) =>
  page.locator(`${where} [data-lojal=status]`).filter({ hasText: text }).waitFor();
const undo = (where: string) => page.locator(where).getByRole("button", { name: "Undo" }).click();
const throwId = () => bed.shop.store.products.find(({ handle }) => handle === "wool-throw")?.variants[0]?.id ?? "";

describe.skipIf(!findBrowser()).each(["dawn", "horizon", "refresh", "actions"] as const)(
  "a drawer that follows the cart like %s",
  (drawer) => {
    test("shows what a block on the page has put on the cart, and has taken off it, by one write each", async () => {
      await open(drawer, "/pages/loyalty");
      const writes: string[] = [];
      page.on("request", (request) => {
        if (request.method() === "POST" && request.url().includes("/cart")) writes.push(request.url());
      });
      await total("$149.99");
      await redeem(".lojal-page");
      await said(".lojal-page", /is in your cart/);
      await total("$99.99");
      await undo(".lojal-page");
      await said(".lojal-page", "The code is cancelled and your points are back.");
      await total("$149.99");
      expect(writes).toHaveLength(2);
    });

    test("keeps the focus where it was in the block, whenever it is painted", async () => {
      await open(drawer, "/products/linen-shirt");
      await page.evaluate("document.querySelector('#drawer').showModal()");
      await page.locator("#drawer").getByRole("button", { name: "Redeem" }).first().focus();
      await page.keyboard.press("Enter");
      await said("#drawer", /is in your cart/);
      await total("$99.99");
      expect(await page.evaluate(focused)).toBe("reward_id");
      await page.request.post(`${bed.origin}/cart/change.js`, { data: { id: throwId(), quantity: 2 } });
      await page.evaluate(`void ${news[drawer]}`);
      await total("$249.98");
      expect(await page.evaluate(focused)).toBe("reward_id");
      await page.locator("#drawer").getByRole("button", { name: "Close" }).focus();
      await page.request.post(`${bed.origin}/cart/change.js`, { data: { id: throwId(), quantity: 1 } });
      await page.evaluate(`void ${news[drawer]}`);
      await total("$99.99");
      // What was not in the block is not its own.
      expect(await page.evaluate(focused)).toBeUndefined();
    });

    test("and a block on the page list the same code, and no id stands twice", async () => {
      await open(drawer, "/pages/loyalty");
      await redeem(".lojal-page");
      await said(".lojal-page", /is in your cart/);
      for (const where of [".lojal-page", "#drawer"])
        await page.locator(`${where} [data-lojal=list] li`).waitFor({ state: "attached" });
      expect(await page.evaluate(doubleIds)).toEqual([]);
    });

    test("keeps the block in it alive, on a product's page: open, with what it said, and going on", async () => {
      await open(drawer, "/products/linen-shirt");
      await page.evaluate("document.querySelector('#drawer').showModal()");
      await redeem("#drawer");
      await said("#drawer", /is in your cart/);
      await total("$99.99");
      expect(await page.evaluate(isOpen)).toBe(true);
      await page.request.post(`${bed.origin}/cart/change.js`, { data: { id: throwId(), quantity: 2 } });
      await page.evaluate(`void ${news[drawer]}`);
      await total("$249.98");
      await page.locator("#drawer [data-lojal=earns]", { hasText: "249 points" }).waitFor();
      await said("#drawer", /is in your cart/);
      expect(await page.locator("#drawer [data-lojal=list] li").getByText("In your cart").isVisible()).toBe(true);
      await undo("#drawer");
      await said("#drawer", "The code is cancelled and your points are back.");
      await total("$299.98");
      expect(await page.evaluate(isOpen)).toBe(true);
      expect(bed.shop.redemptions.size).toBe(1);
    });
  },
);
