/**
 * What each block looks like in its main state: small pictures that are compared cell by cell. A cell is the mean of some ten pixels, and its neighbours may answer for
 * it: other fonts, and other dates, change single letters and stay below the bounds; a style or several parts that are gone, or other colours, do not.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { allRewards, emptySummary, simpleProgram, tiers } from "./fake-shop.ts";
import type { ShopperBed } from "./shopper.fixture.ts";

const folder = `${import.meta.dirname}/baselines`;
/** A baseline has this share of the width. */
const SCALE = 0.5;
const DAY_S = 86_400;

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

/** The main state: a member of a tier, with points, some of them on the way, and a code. */
export async function openMainState(bed: ShopperBed, { width, scheme }: View): Promise<void> {
  const soon = Math.floor(Date.now() / 1000) + 9 * DAY_S;
  await bed.renew(width);
  bed.shop.program = { ...simpleProgram, ...allRewards, tiers };
  await bed.signIn({
    ...emptySummary,
    ...{ available: 1200, pending: 80, maturing: [{ points: 80, at: soon }] },
    tier: { id: "gold", name: "Gold", multiplier: 15000, until: null },
    codes: [{ id: "a", code: "LOJAL-7KQ2M9TD", name: "$50.00 off", ends_at: soon }],
  });
  await bed.page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
  await bed.openCart();
}

/** A block as it is on its page now. */
export async function photograph(bed: ShopperBed, { name, path, part }: Block): Promise<Buffer> {
  const { page } = bed;
  await page.goto(bed.origin + path);
  if (name === "launcher") await page.locator(".lojal-launcher summary").click();
  else await page.addStyleTag({ content: ".lojal-launcher { display: none }" });
  return await page.locator(part).first().screenshot({ animations: "disabled" });
}

function fileOf({ name }: Block, { width, scheme }: View): string {
  return `${folder}/${name}-${width}-${scheme}.png`;
}

/** Makes this picture what is compared with from now on. */
export async function accept(page: Page, block: Block, view: View, picture: Buffer): Promise<void> {
  const small = (await page.evaluate(shrunk(picture))) as string;
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(block, view), Buffer.from(small.replace(/^data:.*?,/, ""), "base64"));
}

const url = (picture: Buffer) => JSON.stringify(`data:image/png;base64,${picture.toString("base64")}`);

// Written as text, because this project's types know no browser.
const drawn = `const draw = async (url, width, height) => {
  const image = await createImageBitmap(await (await fetch(url)).blob());
  const canvas = document.createElement("canvas");
  canvas.width = width ?? Math.round(image.width * ${SCALE});
  canvas.height = height ?? Math.round(image.height * ${SCALE});
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return { canvas, image, pixels: context.getImageData(0, 0, canvas.width, canvas.height).data };
};`;

const shrunk = (picture: Buffer) =>
  `(async () => { ${drawn} return (await draw(${url(picture)})).canvas.toDataURL("image/png"); })()`;

export interface Difference {
  /** The new height over the baseline's. */
  readonly height: number;
  /** The share of cells whose like is nowhere near in the other picture. */
  readonly share: number;
}

/** How far a block has gone from its baseline; null where there is none. */
export async function difference(page: Page, block: Block, view: View, picture: Buffer): Promise<Difference | null> {
  const file = fileOf(block, view);
  if (!existsSync(file)) return null;
  return (await page.evaluate(`(async () => {
    ${drawn}
    const [columns, rows] = [40, 40];
    const [before, now] = [await draw(${url(readFileSync(file))}, columns, rows), await draw(${url(picture)}, columns, rows)];
    const far = (one, other, at, near) => Math.max(...[0, 1, 2].map((part) => Math.abs(one.pixels[4 * at + part] - other.pixels[4 * near + part])));
    let unlike = 0;
    for (let at = 0; at < columns * rows; at++) {
      let [gone, come] = [255, 255];
      for (const down of [-1, 0, 1]) for (const along of [-1, 0, 1]) {
        const [column, row] = [(at % columns) + along, Math.floor(at / columns) + down];
        if (column >= 0 && row >= 0 && column < columns && row < rows) {
          gone = Math.min(gone, far(before, now, at, row * columns + column));
          come = Math.min(come, far(now, before, at, row * columns + column));
        }
      }
      if (Math.max(gone, come) > 24) unlike++;
    }
    return { height: now.image.height * ${SCALE} / before.image.height, share: unlike / (columns * rows) };
  })()`)) as Difference;
}

export const BOUNDS = { height: 0.12, share: 0.02 };

/** Whether it still looks as it did. */
export function isAlike({ height, share }: Difference): boolean {
  return Math.abs(height - 1) <= BOUNDS.height && share <= BOUNDS.share;
}
