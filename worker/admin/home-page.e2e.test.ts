/** The app in Shopify's admin, in a browser: framed by its shop's admin and nobody else, by its own policy. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { findBrowser, launchBrowser } from "../../dev/browser.ts";
import * as shop from "../../dev/connected-shop.fixture.ts";
import { type FramedAdmin, openFramedAdmin } from "../../dev/shopify-admin/framed-admin.fixture.ts";

const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

let browser: Browser;
let admin: FramedAdmin | null = null;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(() => shop.openShopify(network));
afterEach(async () => {
  await admin?.close();
  admin = null;
  await shop.closeShopify();
});

async function open(path: string, width = 1280, tokenOf = () => shop.session().token): Promise<FramedAdmin> {
  admin = await openFramedAdmin(browser, { rooms: shop.newRooms(), shop: shop.domain, tokenOf, width });
  await admin.open(path);
  return admin;
}

const browserPath = findBrowser();
if (!browserPath) console.warn("No Chromium on this machine: the admin's tests are skipped. Set CHROMIUM_PATH.");

describe.skipIf(!browserPath)("the app in Shopify's admin", () => {
  test.each([360, 1280])("shows its first page at %i pixels, without a fault, and axe finds none", async (width) => {
    const { app, faults, axe, overflow } = await open("/", width);
    await app.getByText(`${shop.domain} is connected.`).waitFor();
    expect(await overflow()).toBe(0);
    expect(await axe()).toEqual([]);
    expect(faults).toEqual([]);
  });

  test("is framed by nobody else", async () => {
    admin = await openFramedAdmin(browser, {
      rooms: shop.newRooms(),
      shop: shop.domain,
      tokenOf: () => shop.session().token,
      framedBy: "https://evil.example",
    });
    await admin.page.goto("https://evil.example/");
    await expect.poll(() => admin?.faults.join(" ")).toMatch(/frame-ancestors/);
    expect(await admin.app.locator("#page").count()).toBe(0);
  });

  test("with a token that is not taken asks for another one, once, and then says what to do", async () => {
    let asked = 0;
    const { app } = await open("/", 1280, () => {
      asked += 1;
      return "a.b.c";
    });
    await app.getByText("Open this app from the admin of your shop, under Apps.").waitFor();
    expect(asked).toBe(2);
  });
});
