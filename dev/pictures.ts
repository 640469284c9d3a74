/** `npm run pictures`: the README's pictures, made from a real run: what the terminal said, and what a shopper sees after it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { type Local, startLocal } from "./local.ts";
import { playOrder } from "./play-order.ts";
import { claimPort } from "./processes.ts";

const folder = join(import.meta.dirname, "../docs/pictures");
const SHOPPER = "1073339470";

mkdirSync(folder, { recursive: true });
const said: string[] = [
  "$ npm ci && npm start",
  "Lojal on this machine: Postgres, the worker in workerd, a local Shopify, a storefront.",
  "",
];
const local = await startLocal({
  workerPort: await claimPort(0, "The worker"),
  storePort: await claimPort(0, "The local store"),
  durable: true,
  say: console.error,
  log: () => undefined,
});
const browser = await launchBrowser();
try {
  await playOrder(local, (line) => said.push(`  ${line}`));
  await photographTerminal(browser, said);
  await photographShop(browser, local);
} finally {
  await browser.close();
  await local.stop();
}
process.exit(0);

async function photographTerminal(browser: Browser, lines: readonly string[]): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1040, height: 200 }, deviceScaleFactor: 2 });
  const escaped = lines.map((line) => line.replaceAll("&", "&amp;").replaceAll("<", "&lt;")).join("\n");
  await page.setContent(
    `<body style="margin:0;background:#16181d"><pre style="margin:0;padding:24px 28px;color:#e6e3da;font:15px/1.55 monospace">${escaped}</pre>`,
  );
  await page.locator("pre").screenshot({ path: join(folder, "terminal.png") });
  await page.close();
}

async function photographShop(browser: Browser, local: Local): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 700 } });
  await context.addCookies([{ name: "customer", value: SHOPPER, url: local.storeUrl }]);
  const page = await context.newPage();
  await page.goto(`${local.storeUrl}/products/wool-throw`);
  await page.screenshot({ path: join(folder, "product.png") });
  await page.locator('button:has-text("Add to cart")').click();
  await page.goto(`${local.storeUrl}/cart`);
  await page.locator('button:has-text("Redeem")').first().click();
  await page.getByText("LOJAL-").first().waitFor();
  await page.locator("main").screenshot({ path: join(folder, "cart.png") });
  await context.close();
}
