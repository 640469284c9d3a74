/** Test helper: the admin's pages over a shop of the local Shopify, in one browser for a file of tests. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { launchBrowser } from "../browser.ts";
import * as shop from "../connected-shop.fixture.ts";
import { type FramedAdmin, openFramedAdmin } from "./framed-admin.fixture.ts";

/** Registers what goes before and after each test, and returns how a page is opened, and the one that was opened first. Whatever a page logged as a fault fails its test. */
export function connectedAdmin(network: shop.Network) {
  let browser: Browser;
  let opened: FramedAdmin[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(() => shop.openShopify(network));
  afterEach(async () => {
    const faults = opened.flatMap((one) => one.faults);
    for (const one of opened) await one.close();
    opened = [];
    await shop.closeShopify();
    expect(faults).toEqual([]);
  });
  const open = async (path: string, width = 1280): Promise<FramedAdmin> => {
    const admin = await openFramedAdmin(browser, {
      rooms: shop.newRooms(),
      shop: shop.domain,
      tokenOf: () => shop.session().token,
      width,
      local: shop.local,
    });
    opened.push(admin);
    await admin.open(path);
    return admin;
  };
  const first = (): FramedAdmin => {
    const [admin] = opened;
    if (!admin) throw new Error("No page is open.");
    return admin;
  };
  return { open, first };
}
