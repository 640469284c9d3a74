/**
 * What each block looks like in its main state: pictures of half the size, compared in fixed cells of 8 by 8 CSS pixels. A cell's mean may move a little, as edges are
 * smoothed a little differently; what is gone, moved or of another colour moves it by far more. That takes the same letters: where a machine has other fonts (a line of
 * text is kept for that), pictures are compared as a whole instead, in forty by forty cells whose neighbours may answer for them.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { allRewards, emptySummary, simpleProgram, tiers } from "./fake-shop.ts";
import type { ShopperBed } from "./shopper.fixture.ts";

const folder = `${import.meta.dirname}/baselines`;
/** A baseline has this share of the width. */
const SCALE = 0.5;
const CELL_PX = 8;
/** How far the mean of a cell may move, of 255. */
const CELL_BOUND = 3;
/** As many cells may move further. */
const CELLS_BOUND = 2;
const WHOLE_BOUNDS = { height: 0.12, share: 0.02 };
/** A day that stays the same in every picture: what has its date is text. */
const THAT_DAY = Date.UTC(2099, 4, 17, 12) / 1000;

export const views = [360, 1280].flatMap((width) => (["light", "dark"] as const).map((scheme) => ({ width, scheme })));
export const blocks = [
  { name: "product", path: "/products/wool-throw", part: "lojal-product-points" },
  { name: "balance", path: "/", part: ".lojal-product" },
  { name: "launcher", path: "/", part: ".lojal-launcher__panel" },
  { name: "cart", path: "/cart", part: ".lojal-cart" },
  { name: "page", path: "/pages/loyalty", part: ".lojal-page" },
] as const;

export type Block = (typeof blocks)[number];
export type View = (typeof views)[number];

/** The main state: a member of a tier, with points, some of them on the way, and two codes, one of them on the cart. */
export async function openMainState(bed: ShopperBed, { width, scheme }: View): Promise<void> {
  await bed.renew(width);
  const { shop, page, origin } = bed;
  shop.program = { ...simpleProgram, ...allRewards, tiers };
  const kept = { id: "a", code: "LOJAL-7KQ2M9TD", name: "$50.00 off", ends_at: THAT_DAY };
  const used = { id: "b", code: "LOJAL-W3X8PZ5R", name: "A tenth off", ends_at: THAT_DAY };
  shop.redemptions.set("b", { ...used, customerId: "7", reward_id: "r-pct", cost: 300, state: "issued" });
  await bed.signIn({
    ...emptySummary,
    ...{ available: 1200, pending: 80, maturing: [{ points: 80, at: THAT_DAY }] },
    tier: { id: "gold", name: "Gold", multiplier: 15000, until: null },
    codes: [kept, used],
  });
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
  await bed.openCart();
  await page.request.post(`${origin}/cart/update.js`, { data: { discount: used.code } });
}

/** A block as it is on its page now; the loyalty page with its history. */
export async function photograph(bed: ShopperBed, block: Block): Promise<Buffer> {
  const { page } = bed;
  await page.goto(bed.origin + block.path);
  if (block.name === "launcher") await page.locator(".lojal-launcher summary").click();
  else await page.addStyleTag({ content: ".lojal-launcher { display: none }" });
  if (block.name === "page") {
    await page.getByRole("button", { name: "Show my history" }).click();
    await page.locator("[data-lojal=status]").filter({ hasText: "listed below" }).waitFor();
    await page.locator("[aria-busy]").waitFor({ state: "detached" });
  }
  return photographAgain(bed, block);
}

/** The same block on the page that is open. */
export async function photographAgain({ page }: ShopperBed, { part }: Block): Promise<Buffer> {
  await page.mouse.move(0, 0);
  return await page.locator(part).first().screenshot({ animations: "disabled", caret: "hide" });
}

/** How this machine writes: a line in each kind of letters that the blocks have. */
async function handOf(page: Page): Promise<Buffer> {
  await page.evaluate(`document.body.insertAdjacentHTML("beforeend", \`<p class="hand" style="position: fixed; inset: 0 auto auto 0; z-index: 9; background: white; color: black">
    Earn 1,230 points <b>Your points</b> <small>Gåvor für später</small> <code class="lojal-code">LOJAL-7KQ2M9TD</code></p>\`)`);
  const picture = await page.locator(".hand").screenshot();
  await page.evaluate(`document.querySelector(".hand").remove()`);
  return picture;
}

const handFile = `${folder}/hand.png`;

/** Whether this machine writes as the one that the baselines are from. */
export async function isSameHand(page: Page): Promise<boolean> {
  const { cells } = await compare(page, readFileSync(handFile), await handOf(page));
  return cells.length === 0;
}

function fileOf({ name }: Block, { width, scheme }: View): string {
  return `${folder}/${name}-${width}-${scheme}.png`;
}

/** Makes this picture what is compared with from now on. */
export async function accept(page: Page, block: Block, view: View, picture: Buffer): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(block, view), await shrink(page, picture));
}

/** Makes this machine's way of writing the one of the baselines. */
export async function acceptHand(page: Page): Promise<void> {
  writeFileSync(handFile, await shrink(page, await handOf(page)));
}

const url = (picture: Buffer) => JSON.stringify(`data:image/png;base64,${picture.toString("base64")}`);

// Written as text, because this project's types know no browser.
const drawn = `const load = async (url) => createImageBitmap(await (await fetch(url)).blob());
const draw = (image, width, height) => {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  return { canvas, width, height, pixels: context.getImageData(0, 0, width, height).data };
};
const drawSmall = (image) => draw(image, Math.round(image.width * ${SCALE}), Math.round(image.height * ${SCALE}));`;

/** A picture as a baseline is kept. */
export async function shrink(page: Page, picture: Buffer): Promise<Buffer> {
  const small = await page.evaluate(
    `(async () => { ${drawn} return drawSmall(await load(${url(picture)})).canvas.toDataURL("image/png"); })()`,
  );
  return Buffer.from(String(small).replace(/^data:.*?,/, ""), "base64");
}

export interface Difference {
  /** The cells that moved, by where they begin in CSS pixels. */
  readonly cells: readonly string[];
  /** The new height over the baseline's. */
  readonly height: number;
  /** Of forty by forty cells, the share whose like is nowhere near in the other picture. */
  readonly share: number;
}

/** How far a picture has gone from a smaller one, as a baseline is. */
export async function compare(page: Page, small: Buffer, picture: Buffer): Promise<Difference> {
  return (await page.evaluate(`(async () => {
    ${drawn}
    const [before, now] = [await load(${url(small)}), await load(${url(picture)})];
    ${byCells}
    ${asAWhole}
    return { cells: cellsThatMoved(), height: now.height * ${SCALE} / before.height, share: shareThatMoved() };
  })()`)) as Difference;
}

const byCells = `const cellsThatMoved = () => {
  const size = ${CELL_PX * SCALE};
  const [one, other] = [draw(before, before.width, before.height), drawSmall(now)];
  const mean = ({ pixels, width, height }, left, top) => {
    const sum = [0, 0, 0, 0];
    for (let y = top; y < Math.min(top + size, height); y++)
      for (let x = left; x < Math.min(left + size, width); x++)
        sum.forEach((_, part) => { sum[part] += pixels[4 * (y * width + x) + part]; });
    return sum.map((part) => part / size / size);
  };
  const moved = [];
  for (let top = 0; top < Math.max(one.height, other.height); top += size)
    for (let left = 0; left < Math.max(one.width, other.width); left += size) {
      const [was, is] = [mean(one, left, top), mean(other, left, top)];
      if (was.some((part, at) => Math.abs(part - is[at]) > ${CELL_BOUND})) moved.push(left / ${SCALE} + "," + top / ${SCALE});
    }
  return moved;
};`;

const asAWhole = `const shareThatMoved = () => {
  const [columns, rows] = [40, 40];
  const [one, other] = [draw(before, columns, rows), draw(now, columns, rows)];
  const far = (from, to, at, near) => Math.max(...[0, 1, 2].map((part) => Math.abs(from.pixels[4 * at + part] - to.pixels[4 * near + part])));
  let unlike = 0;
  for (let at = 0; at < columns * rows; at++) {
    let [gone, come] = [255, 255];
    for (const down of [-1, 0, 1]) for (const along of [-1, 0, 1]) {
      const [column, row] = [(at % columns) + along, Math.floor(at / columns) + down];
      if (column >= 0 && row >= 0 && column < columns && row < rows) {
        gone = Math.min(gone, far(one, other, at, row * columns + column));
        come = Math.min(come, far(other, one, at, row * columns + column));
      }
    }
    if (Math.max(gone, come) > 24) unlike++;
  }
  return unlike / (columns * rows);
};`;

/** How far a block has gone from its baseline; null where there is none. */
export async function difference(page: Page, block: Block, view: View, picture: Buffer): Promise<Difference | null> {
  const file = fileOf(block, view);
  return existsSync(file) ? compare(page, readFileSync(file), picture) : null;
}

/** Whether it still looks as it did, to somebody who writes with the same hand or with another. */
export function isAlike({ cells, height, share }: Difference, sameHand: boolean): boolean {
  if (sameHand) return cells.length <= CELLS_BOUND;
  return Math.abs(height - 1) <= WHOLE_BOUNDS.height && share <= WHOLE_BOUNDS.share;
}
