/**
 * `npm run pictures:storefront`: every block in every state, at both widths, light and dark, in two languages, on contact sheets in test-output/contact-sheets/;
 * and one picture of each block for docs/storefront.md. The shop is one in memory: nothing else has to run.
 */
import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { serve } from "@hono/node-server";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../browser.ts";
import { allRewards, emptySummary, FakeShop, type MemberSummary, simpleProgram, tiers } from "./fake-shop.ts";
import { createStorefront } from "./storefront.ts";

const root = resolve(import.meta.dirname, "../..");
const sheets = join(root, "test-output/contact-sheets");
const docs = join(root, "docs/pictures");
/** Of a picture on a sheet: one of a wide page is made smaller, and can still be read. */
const WIDEST_PX = 640;
const soon = Math.floor(Date.now() / 1000) + 9 * 86_400;

interface State {
  readonly name: string;
  /** Null = nobody is signed in. */
  readonly member: Partial<MemberSummary> | null;
  readonly program?: object;
}

const paused = { state: "paused", earn: { points: 0, per_minor: 0 }, rewards: [], further_rewards: [] };
const silver = { id: "silver", name: "Silver", multiplier: 10000, until: null };
const gold = { id: "gold", name: "Gold", multiplier: 15000, until: null };
const codes = [{ id: "a", code: "LOJAL-7KQ2M9TD", name: "$50.00 off", ends_at: soon }];
const rich = {
  ...{ available: 1200, pending: 80, tier: gold, codes },
  ...{ maturing: [{ points: 80, at: soon }], expiring: [{ points: 100, at: soon }] },
};

const states: readonly State[] = [
  { name: "guest", member: null },
  { name: "new member", member: { tier: silver, next_tier: { id: "gold", name: "Gold", missing: 50_000 } } },
  { name: "rich member", member: rich },
  { name: "owes points", member: { owed: 300, pending: 40 } },
  { name: "paused", member: rich, program: paused },
  { name: "pilot, on its list", member: { ...rich, pilot: true }, program: { membership: "pilot" } },
  { name: "not joined", member: { joined: false, available: 250 } },
];

const blocks = [
  { name: "product", path: "/products/wool-throw", part: ".product__facts" },
  { name: "balance", path: "/", part: ".hero" },
  { name: "launcher", path: "/", part: ".lojal-launcher__panel" },
  { name: "cart", path: "/cart", part: ".lojal-cart" },
  { name: "page", path: "/pages/loyalty", part: ".lojal-page" },
] as const;

const views = ["en", "de"].flatMap((locale) =>
  [360, 1280].flatMap((width) => (["light", "dark"] as const).map((scheme) => ({ width, scheme, locale }))),
);

mkdirSync(sheets, { recursive: true });
const shop = new FakeShop();
const server = serve({ fetch: createStorefront(shop).fetch, port: 0, hostname: "127.0.0.1" });
await new Promise((ready) => server.once("listening", ready));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const browser = await launchBrowser();
try {
  for (const view of views) await makeSheet(browser, view);
} finally {
  await browser.close();
  server.close();
}
process.exit(0);

interface View {
  readonly width: number;
  readonly scheme: "light" | "dark";
  readonly locale: string;
}

async function makeSheet(from: Browser, { width, scheme, locale }: View): Promise<void> {
  const rows: string[] = [];
  for (const state of states) {
    shop.program = { ...simpleProgram, ...allRewards, tiers, ...state.program };
    if (state.member) shop.members.set("7", { ...emptySummary, ...state.member });
    const context = await from.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
    const cookies = { locale, ...(state.member ? { customer: "7" } : {}) };
    await context.addCookies(Object.entries(cookies).map(([name, value]) => ({ name, value, url: origin })));
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    await page.goto(`${origin}/products/wool-throw`);
    await page.locator("#buy button").click();
    await page.waitForURL("**/cart");
    const shots: string[] = [];
    for (const block of blocks) {
      const picture = await photograph(page, block);
      const isForDocs = state.name === "rich member" && width === 1280 && scheme === "light" && locale === "en";
      if (picture && isForDocs) await photograph(page, block, join(docs, `storefront-${block.name}.png`));
      shots.push(`<td>${picture ? `<img src="data:image/png;base64,${picture}">` : "nothing is shown"}</td>`);
    }
    rows.push(`<tr><th>${state.name}</th>${shots.join("")}</tr>`);
    await context.close();
  }
  await writeSheet(from, rows, Math.min(width, WIDEST_PX), join(sheets, `blocks-${width}-${scheme}-${locale}.png`));
}

/** Null where the block shows nothing. */
async function photograph(page: Page, block: (typeof blocks)[number], path?: string): Promise<string | null> {
  await page.goto(origin + block.path);
  const part = page.locator(block.part).first();
  if ((await part.count()) === 0) return null;
  if (block.name === "launcher") await page.locator(".lojal-launcher summary").click();
  // It lies over whatever is photographed behind it.
  else await page.addStyleTag({ content: ".lojal-launcher { display: none }" });
  const picture = await part.screenshot(path === undefined ? {} : { path });
  return picture.toString("base64");
}

async function writeSheet(from: Browser, rows: readonly string[], width: number, path: string): Promise<void> {
  const page = await from.newPage({ viewport: { width: blocks.length * (width + 20) + 200, height: 600 } });
  const head = `<tr><th></th>${blocks.map(({ name }) => `<th>${name}</th>`).join("")}</tr>`;
  const style = `body{font:16px sans-serif}td,th{vertical-align:top;padding:8px;border:1px solid #999}img{max-width:${width}px}`;
  await page.setContent(`<style>${style}</style><table>${head}${rows.join("")}</table>`);
  await page.screenshot({ path, fullPage: true });
  await page.close();
  console.error(path);
}
