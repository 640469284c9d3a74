/** Each block looks as it did when it was last looked at (baselines/), and the comparison sees what an eye would. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findBrowser } from "../browser.ts";
import { blocks, difference, isAlike, openMainState, photograph, views } from "./baselines.ts";
import { ShopperBed } from "./shopper.fixture.ts";

let bed: ShopperBed;

beforeAll(async () => {
  if (findBrowser()) bed = await ShopperBed.open();
});
afterAll(() => bed?.close());
afterEach(() => bed.leave());

describe.skipIf(!findBrowser())("the blocks look as they did", () => {
  test.each(views)("at $width px, $scheme", async (view) => {
    await openMainState(bed, view);
    for (const block of blocks) {
      const found = await difference(bed.page, block, view, await photograph(bed, block));
      expect(found && isAlike(found), `${block.name} ${JSON.stringify(found)}`).toBe(true);
    }
  });

  test.each([
    ["a style sheet that is gone", "link[href*='lojal.css']", "(part) => part.remove()"],
    ["buttons that are gone", ".lojal-button", "(part) => part.remove()"],
    ["colours turned round", ".lojal-cart", "(part) => { part.style.filter = 'invert(1)'; }"],
    ["a list that is gone", ".lojal-list", "(part) => part.remove()"],
  ])("the comparison sees %s", async (_, selector, change) => {
    const view = views.find(({ width, scheme }) => width === 360 && scheme === "light");
    const cart = blocks.find(({ name }) => name === "cart");
    if (!view || !cart) throw new Error("The cart at 360 px is not among the pictures.");
    await openMainState(bed, view);
    await photograph(bed, cart);
    await bed.page.evaluate(`document.querySelectorAll("${selector}").forEach(${change})`);
    const changed = await bed.page.locator(cart.part).screenshot();
    const found = await difference(bed.page, cart, view, changed);
    expect(found && isAlike(found), JSON.stringify(found)).toBe(false);
  });
});
