/** The blocks for everybody: every state by axe, narrow and enlarged pages, the keyboard, right to left, forced colours, a page that stands still. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findBrowser } from "../browser.ts";
import { allRewards, type FakeShop, type MemberSummary, simpleProgram, tiers } from "./fake-shop.ts";
import { layoutShift, tooWide, watchOurMoves } from "./in-page.ts";
import { ShopperBed } from "./shopper.fixture.ts";

const soon = Math.floor(Date.now() / 1000) + 9 * 86_400;
const everything = { ...simpleProgram, ...allRewards, tiers };
const paused = { state: "paused", earn: { points: 0, per_minor: 0 }, rewards: [], further_rewards: [] };
const rich: Partial<MemberSummary> = {
  available: 1200,
  tier: { id: "gold", name: "Gold", multiplier: 15000, until: null },
  next_tier: { id: "gold", name: "Gold", missing: 500 },
  expiring: [{ points: 100, at: soon }],
  codes: [{ id: "a", code: "LOJAL-7KQ2M9TD", name: "$50.00 off", ends_at: soon, minimum_minor: 3000 }],
};
const paths = ["/", "/cart", "/products/linen-shirt", "/pages/loyalty"];

// Written as text, because this project's types know no browser.
const focusedName = "document.activeElement.value || document.activeElement.tagName";

let bed: ShopperBed;
let shop: FakeShop;
let page: Page;
let origin: string;

beforeAll(async () => {
  if (findBrowser()) bed = await ShopperBed.open();
});
afterAll(() => bed?.close());
beforeEach(async () => {
  await bed.renew(360, 800);
  ({ shop, page, origin } = bed);
  shop.program = everything;
});
afterEach(() => bed.leave());

describe.skipIf(!findBrowser())("the blocks, for everybody", { timeout: 120_000 }, () => {
  test.each([
    ["a guest", null, {}],
    ["a new member", {}, {}],
    ["a member in debt", { owed: 300, pending: 40 }, {}],
    ["a paused program", rich, paused],
    ["a pilot's member", { ...rich, pilot: true }, { membership: "pilot" }],
    ["somebody who has left", { joined: false }, {}],
  ] as const)("axe finds nothing: %s", async (_, member, program) => {
    shop.program = { ...everything, ...program };
    if (member) await bed.signIn(member);
    for (const path of ["/cart", "/pages/loyalty"]) {
      await page.goto(origin + path);
      const summary = page.locator(".lojal-launcher summary");
      if (await summary.count()) await summary.click();
      expect(await bed.faults(), path).toEqual([]);
    }
  });

  test("at 320 px, with text of twice the size, and right to left, nothing is wider than the page", async () => {
    await bed.signIn(rich);
    for (const [width, style] of [
      [320, "html { direction: ltr }"],
      [640, "html { font-size: 200% }"],
      [320, "html { direction: rtl }"],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      for (const path of paths) {
        await page.goto(origin + path);
        await page.addStyleTag({ content: style });
        expect(await page.evaluate(tooWide), `${path} ${width} ${style}`).toBe(0);
      }
    }
  });

  test("no page asks the app anything, and nothing on it moves while it loads", async () => {
    await bed.signIn(rich);
    for (const path of paths) {
      await page.goto(origin + path);
      expect(await page.evaluate(layoutShift), path).toBe(0);
    }
    expect(shop.requests).toEqual([]);
  });

  test.each([360, 1280])("at %i pixels nothing of ours moves in a page that comes in pieces", async (width) => {
    await bed.signIn(rich);
    await page.setViewportSize({ width, height: 860 });
    await page.addInitScript({ content: watchOurMoves });
    bed.comesInPieces = true;
    for (const path of paths) {
      await page.goto(origin + path);
      await page.evaluate(layoutShift);
      expect(await page.evaluate("ourMoves"), path).toEqual([]);
    }
  });

  test("with forced colours and reduced motion, a bar is seen and does not move", async () => {
    await bed.signIn({ available: 450 });
    await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
    await page.goto(`${origin}/pages/loyalty`);
    const style = await page.evaluate(`(() => {
      const bar = document.querySelector("[data-lojal=bar]:not([hidden]) .lojal-bar");
      const fill = getComputedStyle(bar, "::before");
      return [fill.backgroundColor !== "rgba(0, 0, 0, 0)", getComputedStyle(bar).borderTopStyle, fill.transitionDuration];
    })()`);
    expect(style).toEqual([true, "solid", "0s"]);
  });

  test("the keyboard reaches each reward, the choice of points and the codes, in their order", async () => {
    await bed.signIn(rich);
    await page.goto(`${origin}/pages/loyalty`);
    await page.locator(".lojal-page select").focus();
    const reached: unknown[] = [];
    for (let turn = 0; turn < 11; turn++) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate(focusedName));
    }
    const rewards = ["r-some", "r-ship", "r-pct", "r-gold", "r-50", "r-mug", "r-credit", "r-card", "r-give"];
    expect(reached).toEqual([...rewards, "/cart", "1"]);
  });

  test("the launcher opens and closes by the keyboard, in its place, without any script", async () => {
    await bed.signIn(rich);
    await page.goto(origin);
    const summary = page.locator(".lojal-launcher summary");
    const before = await summary.boundingBox();
    await summary.focus();
    await page.keyboard.press("Enter");
    expect(await page.locator(".lojal-launcher__panel").isVisible()).toBe(true);
    expect(await summary.boundingBox()).toEqual(before);
    const panel = await page.locator(".lojal-launcher__panel").boundingBox();
    expect(panel && panel.x >= 0 && panel.y >= 0 && panel.x + panel.width <= 360).toBe(true);
    await page.keyboard.press("Enter");
    expect(await page.locator(".lojal-launcher__panel").isVisible()).toBe(false);
    expect(await page.locator("script[src*=lojal]").count()).toBe(0);
  });

  test("a change of the balance is told in the live region", async () => {
    await bed.signIn(rich);
    await page.goto(`${origin}/pages/loyalty`);
    expect(await page.locator("[role=status]").textContent()).toBe("");
    await page.getByRole("button", { name: "Redeem" }).nth(1).click();
    await page.locator("[role=status]", { hasText: "is ready" }).waitFor();
    expect(await page.locator("[data-lojal=available]").textContent()).toBe("1,000");
  });
});
