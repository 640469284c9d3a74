/** Each block looks as it did when it was last looked at (baselines/), and the comparison sees what an eye would, and nothing else. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findBrowser } from "../browser.ts";
import {
  blocks,
  compare,
  difference,
  isAlike,
  isSameHand,
  openMainState,
  photograph,
  photographAgain,
  shrink,
  views,
} from "./baselines.ts";
import { ShopperBed } from "./shopper.fixture.ts";

let bed: ShopperBed;

beforeAll(async () => {
  if (findBrowser()) bed = await ShopperBed.open();
});
afterAll(() => bed?.close());
afterEach(() => bed.leave());

function blockOf(name: string) {
  const block = blocks.find((one) => one.name === name);
  if (!block) throw new Error(`No block is called ${name}.`);
  return block;
}

const narrow = { width: 360, scheme: "light" } as const;
const remove = "(part) => part.remove()";

describe.skipIf(!findBrowser())("the blocks look as they did", { timeout: 120_000 }, () => {
  test.each(views)("at $width px, $scheme", async (view) => {
    await openMainState(bed, view);
    const sameHand = await isSameHand(bed.page);
    for (const block of blocks) {
      const found = await difference(bed.page, block, view, await photograph(bed, block));
      expect(found && isAlike(found, sameHand), `${block.name} ${JSON.stringify(found)}`).toBe(true);
    }
  });

  test.each([
    ["one button that is gone", "cart", "[data-reach=within] .lojal-button", remove],
    ["one quiet button that is gone", "cart", "[name=cancel]", remove],
    ["one row of history that is gone", "page", "[data-lojal=history] > li:last-child", remove],
    [
      "a small badge in another colour",
      "cart",
      "[data-on] .lojal-applied",
      "(part) => { part.style.color = 'green'; }",
    ],
    ["a bar that is empty", "cart", "[data-reach=further]", "(part) => part.style.setProperty('--lojal-part', '0%')"],
    ["a style sheet that is gone", "cart", "link[href*='lojal.css']", remove],
  ])("the comparison sees %s", async (_, name, selector, change) => {
    const block = blockOf(name);
    await openMainState(bed, narrow);
    const before = await shrink(bed.page, await photograph(bed, block));
    expect((await compare(bed.page, before, await photographAgain(bed, block))).cells).toEqual([]);
    await bed.page.evaluate(`[document.querySelector(${JSON.stringify(selector)})].forEach(${change})`);
    const found = await compare(bed.page, before, await photographAgain(bed, block));
    expect(isAlike(found, true), JSON.stringify(found)).toBe(false);
  });

  test("the same page twice is not a difference", async () => {
    const pictures: Buffer[] = [];
    for (const _ of ["once", "twice"]) {
      await openMainState(bed, narrow);
      pictures.push(await photograph(bed, blockOf("page")));
      if (pictures.length === 1) await bed.leave();
    }
    const [first, second] = pictures;
    if (!first || !second) throw new Error("There are not two pictures.");
    expect((await compare(bed.page, await shrink(bed.page, first), second)).cells).toEqual([]);
  });
});
