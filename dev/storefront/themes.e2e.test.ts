/** The blocks in themes whose own rules, for every element of a kind, reach into them. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findBrowser } from "../browser.ts";
import { allRewards, type MemberSummary, simpleProgram, tiers } from "./fake-shop.ts";
import { cutParts, focusUnseen } from "./in-page.ts";
import { ShopperBed } from "./shopper.fixture.ts";

const soon = Math.floor(Date.now() / 1000) + 9 * 86_400;
const longWord = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
const member: Partial<MemberSummary> = {
  available: 1200,
  tier: { id: "silver", name: longWord, multiplier: 10000, until: null },
  next_tier: { id: "gold", name: longWord, missing: 500 },
  codes: [{ id: "a", code: "LOJAL-7KQ2M9TD", name: longWord, ends_at: soon }],
};
const paths = ["/products/linen-shirt", "/", "/cart", "/pages/loyalty"];

let bed: ShopperBed;
let page: Page;

beforeAll(async () => {
  if (findBrowser()) bed = await ShopperBed.open();
});
afterAll(() => bed?.close());
beforeEach(async () => {
  await bed.renew(320, 700);
  page = bed.page;
  bed.shop.program = { ...simpleProgram, ...allRewards, tiers };
});
afterEach(() => bed.leave());

/** The page in a theme with these rules, every fold of it open. */
async function visit(path: string, rules: string): Promise<void> {
  await page.goto(bed.origin + path);
  await page.addStyleTag({ content: rules });
  await page.evaluate("document.querySelectorAll('[class*=lojal] details').forEach((part) => { part.open = true; })");
}

describe.skipIf(!findBrowser())("in a theme that", () => {
  test("gives what is hidden a display, it stays hidden", async () => {
    await bed.signIn({ ...member, joined: false });
    for (const path of paths) {
      await visit(path, "[hidden] { display: block } p { display: block }");
      const shown =
        "[...document.querySelectorAll('[class*=lojal] [hidden]')].filter((part) => part.checkVisibility()).length";
      expect(await page.evaluate(shown), path).toBe(0);
    }
  });

  test("insists that what is hidden is, a form without script still says what came of it", async () => {
    await bed.signIn(member);
    await visit("/cart#lojal-no-rewards", "[hidden] { display: none !important }");
    expect(await page.locator(".lojal-said:visible").allTextContents()).toEqual([
      "That was not possible. Your points are safe.",
    ]);
  });

  test("takes out what is empty, the line that will speak is there before it does", async () => {
    await bed.signIn(member);
    await visit("/cart", "p:empty, div:empty, ul:empty { display: none }");
    const display = "getComputedStyle(document.querySelector('#lojal-rewards [role=status]')).display";
    expect(await page.evaluate(display)).toBe("block");
  });

  test("makes grids of forms and lists, and headings and buttons of one line, long words break", async () => {
    const [reward] = simpleProgram.rewards;
    bed.shop.program = {
      ...{ ...simpleProgram, ...allRewards, tiers: { ...tiers, levels: [{ ...tiers.levels[1], name: longWord }] } },
      rewards: [{ ...reward, name: longWord }],
    };
    await bed.signIn(member);
    for (const path of paths) {
      await visit(
        path,
        "form, ul { display: grid } h2, h3, button { white-space: nowrap } * { letter-spacing: 0.15em }",
      );
      expect(await page.evaluate(cutParts), path).toEqual([]);
    }
  });

  test("counts in rem of 10 px, what the focus scrolls to stays clear of the launcher", async () => {
    await bed.signIn(member);
    await page.goto(bed.origin);
    await page.addStyleTag({ content: "html { font-size: 62.5% } body { font-size: 1.6rem }" });
    const [clear, taken] = (await page.evaluate(`[
      parseFloat(getComputedStyle(document.documentElement).scrollPaddingBlockEnd),
      innerHeight - document.querySelector(".lojal-launcher").getBoundingClientRect().top,
    ]`)) as [number, number];
    expect(clear).toBeGreaterThan(taken);
  });

  test("takes outlines away, the launcher's panel shows that it has the focus, too", async () => {
    await bed.signIn(member);
    await visit("/", "*:focus { outline: 0 }");
    await page.locator(".lojal-launcher summary").focus();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(focusUnseen)).toBe("");
  });

  test("has half-transparent text, smaller print is no share of a share", async () => {
    await bed.signIn(member);
    await visit("/cart", "body { color: rgb(0 0 0 / 75%) }");
    const alphaOf = "getComputedStyle(document.querySelector('#lojal-rewards .lojal-muted')).color";
    expect(await page.evaluate(alphaOf)).toMatch(/ 0\.76\)$/);
  });

  test("takes the marks of all folds away, ours have their own", async () => {
    await bed.signIn(member);
    await visit("/pages/loyalty", "summary { list-style: none } summary::-webkit-details-marker { display: none }");
    const mark = "getComputedStyle(document.querySelector('.lojal-fold summary'), '::before').content";
    expect(await page.evaluate(mark)).toContain("−");
  });

  test("has buttons of its own, the launcher is not seen through, also under a pointer", async () => {
    await bed.signIn(member);
    await visit("/", "button:hover, summary:hover { opacity: 1 }");
    const button = page.locator(".lojal-launcher summary");
    const colour = "getComputedStyle(document.querySelector('.lojal-launcher summary')).backgroundColor";
    const opaque = /^rgb\(/;
    expect(await page.evaluate(colour)).toMatch(opaque);
    await button.hover();
    expect(await page.evaluate(colour)).toMatch(opaque);
  });

  test("sets lines close, the balance's button and link are far enough apart to be hit", async () => {
    await bed.signIn({ ...member, joined: false });
    await visit("/", "* { margin: 0 } form { margin: 0 }");
    expect((await bed.faults()).filter((fault) => fault.startsWith("target-size"))).toEqual([]);
  });
});
