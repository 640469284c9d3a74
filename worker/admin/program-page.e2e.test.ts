/** The page of a shop's program, in a browser, from the first draft to the version that is in force. */
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

async function open(path: string, width = 1280): Promise<FramedAdmin> {
  admin = await openFramedAdmin(browser, {
    rooms: shop.newRooms(),
    shop: shop.domain,
    tokenOf: () => shop.session().token,
    width,
  });
  await admin.open(path);
  return admin;
}

const browserPath = findBrowser();
if (!browserPath) console.warn("No Chromium on this machine: the admin's tests are skipped. Set CHROMIUM_PATH.");

describe.skipIf(!browserPath)("the page of the program", () => {
  test.each([360, 1280])(
    "leads at %i pixels from nothing to a program that is published, and axe finds no fault",
    async (width) => {
      const { app, faults, axe, overflow } = await open("/program", width);
      await app.getByText("No program yet").waitFor();
      expect(await axe()).toEqual([]);
      await app.getByLabel("Points", { exact: true }).fill("12");
      await app.getByRole("button", { name: "Save draft" }).click();
      await app.getByText("Orders earn 12 points per 100.00 SEK.").waitFor();
      await app.getByRole("link", { name: "Look at past orders" }).click();
      await app.getByText("0 of 0 orders looked at.").waitFor();
      expect(await overflow()).toBe(0);
      expect(await axe()).toEqual([]);
      await app.getByRole("button", { name: "Publish" }).first().click();
      await app.getByRole("button", { name: "Publish" }).last().click();
      await app.getByText(/^1, since/).waitFor();
      expect(
        await shop.look("select version, program -> 'earn' ->> 'points' as points, published_by from program_versions"),
      ).toEqual([{ version: 1, points: "12", published_by: "staff:42" }]);
      expect(faults).toEqual([]);
    },
  );

  test("tells whoever comes second what the first one did, and loses nothing of theirs", async () => {
    const { app } = await open("/program");
    await app.getByLabel("Points", { exact: true }).fill("12");
    await shop.look(
      `insert into program_drafts (shop_id, based_on, content, saved_by) select id, 0, '{"earn":{"points":3,"perMinor":10000}}', 'staff:43' from shops`,
    );
    await app.getByRole("button", { name: "Save draft" }).click();
    await app.getByText("Somebody has changed the draft").waitFor();
    expect(await app.getByLabel("Points", { exact: true }).inputValue()).toBe("12");
    expect(await shop.look("select saved_by from program_drafts")).toEqual([{ saved_by: "staff:43" }]);
  });
});
