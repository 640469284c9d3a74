/** Each block as somebody sees it who enlarges pages: nothing is cut, nothing scrolls to a side, and the focus is seen wherever it goes. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findBrowser } from "../browser.ts";
import { allRewards, type MemberSummary, simpleProgram, tiers } from "./fake-shop.ts";
import { cutParts, focusUnseen, tooWide } from "./in-page.ts";
import { ShopperBed } from "./shopper.fixture.ts";

const soon = Math.floor(Date.now() / 1000) + 9 * 86_400;
const rich: Partial<MemberSummary> = {
  ...{ available: 1200, pending: 80, maturing: [{ points: 80, at: soon }], expiring: [{ points: 100, at: soon }] },
  tier: { id: "silver", name: "Silver", multiplier: 10000, until: null },
  next_tier: { id: "gold", name: "Gold", missing: 500 },
  codes: [{ id: "a", code: "LOJAL-7KQ2M9TD", name: "$50.00 off", ends_at: soon, minimum_minor: 3000 }],
};
const pages = [
  ["product points", "/products/linen-shirt"],
  ["the balance and the launcher", "/"],
  ["cart rewards", "/cart"],
  ["the loyalty page", "/pages/loyalty"],
] as const;

/** Windows as a browser's own zoom leaves them: so many CSS pixels, each of them that many times as large. */
const zooms = [
  ["a window of 1280 px at 200 %", { width: 640, height: 512, times: 2 }],
  ["a window of 1280 px at 400 %, which is 320 px", { width: 320, height: 256, times: 4 }],
  ["a telephone of 320 px", { width: 320, height: 568, times: 1 }],
] as const;

let bed: ShopperBed;
let page: Page;

beforeAll(async () => {
  if (findBrowser()) bed = await ShopperBed.open();
});
afterAll(() => bed?.close());
afterEach(() => bed.leave());

async function open(locale: string, { width, height, times }: (typeof zooms)[number][1]): Promise<void> {
  await bed.renew(width, height);
  page = bed.page;
  bed.shop.program = { ...simpleProgram, ...allRewards, tiers };
  await bed.signIn(rich);
  await page.context().addCookies([{ name: "locale", value: locale, url: bed.origin }]);
  await bed.openCart();
  const session = await page.context().newCDPSession(page);
  const metrics = { width, height, deviceScaleFactor: times, mobile: false };
  await session.send("Emulation.setDeviceMetricsOverride", metrics);
}

/** Everything is opened that can be, so that it is looked at, too. */
async function unfold(path: string): Promise<void> {
  await page.evaluate("document.querySelectorAll('[class*=lojal] details').forEach((part) => { part.open = true; })");
  if (path !== "/pages/loyalty") return;
  await page.locator("[name=view]").click();
  await page.locator("[data-lojal=history] > li").first().waitFor();
}

describe.skipIf(!findBrowser()).each(zooms)("in %s", { timeout: 120_000 }, (_, zoom) => {
  test.each(["en", "de", "fi"])("nothing is cut and nothing scrolls to a side, in %s", async (locale) => {
    await open(locale, zoom);
    for (const [name, path] of pages) {
      await page.goto(bed.origin + path);
      expect(await page.evaluate("[innerWidth, devicePixelRatio]")).toEqual([zoom.width, zoom.times]);
      for (const state of ["folded", "unfolded"]) {
        if (state === "unfolded") await unfold(path);
        expect(await page.evaluate(cutParts), `${name}, ${state}`).toEqual([]);
        expect(await page.evaluate(tooWide), `${name}, ${state}`).toBe(0);
      }
    }
  });

  test("wherever the focus goes in a block, it is seen", async () => {
    await open("en", zoom);
    for (const [name, path] of pages) {
      await page.goto(bed.origin + path);
      const unseen: unknown[] = [];
      let reached = 0;
      for (let turn = 0; turn < 60; turn++) {
        await page.keyboard.press("Tab");
        const found = await page.evaluate(focusUnseen);
        if (found !== null) reached++;
        if (found) unseen.push(found);
        if (await page.evaluate("document.activeElement === document.body")) break;
      }
      expect(reached, name).toBeGreaterThan(0);
      expect(unseen, name).toEqual([]);
    }
  });
});
