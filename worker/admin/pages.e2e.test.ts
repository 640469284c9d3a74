/** The merchant's pages in a browser, framed as in Shopify's admin: every form, both widths, the keyboard, axe, and what may not be done. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { findBrowser, launchBrowser } from "../../dev/browser.ts";
import { apiKey, apiSecret } from "../../dev/settings.ts";
import { sessionClaims, signSession } from "../../dev/shopify/session-token.ts";
import { type FramedAdmin, openFramedAdmin } from "../../dev/shopify-admin/framed-admin.fixture.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { newTenants, type Outside, type Tenants } from "../../dev/test-tenants.ts";
import { settleOrders } from "../flows/settle-orders.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

let browser: Browser;
let tenants: Tenants;
let shop: string;
let admin: FramedAdmin | null = null;
beforeAll(async () => {
  browser = await launchBrowser();
  tenants = await newTenants(outside);
  shop = tenants.shops[0].domain;
});
afterAll(async () => {
  await tenants?.close();
  await browser?.close();
});
afterEach(async () => {
  const faults = admin?.faults ?? [];
  await admin?.close();
  admin = null;
  expect(faults).toEqual([]);
});

async function open(
  path: string,
  width = 1280,
  staff = "42",
  colorScheme: "light" | "dark" = "light",
): Promise<FramedAdmin> {
  const tokenOf = () => signSession({ ...sessionClaims(shop, apiKey, new Date()), sub: staff }, apiSecret);
  admin = await openFramedAdmin(browser, { rooms: tenants.world.rooms, shop, tokenOf, width, colorScheme });
  await admin.open(path);
  return admin;
}

const press = (name: string) => admin?.app.getByRole("button", { name, exact: true }).click();
const shows = (text: string | RegExp) => admin?.app.getByText(text).first().waitFor();

const browserPath = findBrowser();
if (!browserPath) console.warn("No Chromium on this machine: the admin's tests are skipped. Set CHROMIUM_PATH.");

describe.skipIf(!browserPath)("the merchant's pages", () => {
  test.each([360, 1280])(
    "all fit %i pixels, and axe finds nothing in any of them",
    async (width) => {
      await tenants.earn({ shop, customer: "7001" }, 1_200);
      await tenants.redeem({ shop, customer: "7001" });
      const failed = {
        shop,
        topic: "orders/paid",
        reason: "failed",
        deliveryId: null,
        job: { kind: "nothing" },
        attempts: 100,
      };
      await tenants.world.rooms.shops.setAside([failed, failed]);
      const inEuro = orderBody({ currency: "EUR", customerId: "7001" });
      const order = { kind: "order", shop, topic: "orders/paid", deliveryId: null, orderId: "6000000000001" } as const;
      await settleOrders(tenants.world.rooms, [{ ...order, news: { kind: "state", body: inEuro } }]);
      const { axe, overflow } = await open("/", width);
      for (const path of [
        "/",
        "/members",
        "/members?filter=owed",
        "/members/7001",
        "/members/1",
        "/health",
        "/other-currency",
        "/settings",
        "/words?language=sv",
        "/import",
        "/acts",
        "/acts?kind=code-cancelled",
      ]) {
        await admin?.open(path);
        expect([path, await overflow(), await axe()]).toEqual([path, 0, []]);
      }
    },
    120_000,
  );

  test("a member is found by the address of their page, given points by keyboard alone, and that is undone", async () => {
    await tenants.earn({ shop, customer: "7002" }, 100);
    const { app, page, toast, settled } = await open("/members");
    await app.getByLabel("Customer").fill("https://admin.shopify.com/store/x/customers/7002?a=1");
    await page.keyboard.press("Enter");
    await app.getByRole("link", { name: "Open customer 7002" }).click();
    await settled("Customer 7002");
    await app.getByRole("button", { name: "Adjust points" }).focus();
    await page.keyboard.press("Enter");
    await app.getByLabel("Points", { exact: true }).focus();
    await page.keyboard.type("50");
    await page.keyboard.press("Tab");
    await page.keyboard.type("<b>late</b>");
    await page.keyboard.press("Enter");
    await toast("Adjusted: 150 points to spend now.");
    await shows(/<b>late<\/b>/);
    await press("Undo");
    await press("Undo it");
    await toast("Undone: 100 points to spend now.");
  });

  test("what is wrong in a form is said at its field, and nothing is booked", async () => {
    const { app } = await open("/members/7003");
    await press("Adjust points");
    await app.getByLabel("Points", { exact: true }).fill("many");
    await press("Adjust");
    await shows("Enter a whole number.");
    await shows("Say why: the customer reads it.");
    const rows = await tenants.world.look("select 1 from members where customer_id = '7003'");
    expect(rows).toEqual([]);
  });

  test("at the counter a reward is redeemed for the customer, and its code cancelled again", async () => {
    await tenants.earn({ shop, customer: "7004" }, 600);
    const { toast } = await open("/members/7004");
    await press("Redeem");
    await toast(/The code is LOJAL-\w+\./);
    await press("Cancel");
    await press("Cancel the code");
    await toast("Cancelled: 500 points are back.");
  });

  test("a reward is given as a gift of the shop's, and another customer's points are moved here", async () => {
    for (const customer of ["7014", "7015"]) await tenants.earn({ shop, customer }, 10);
    const { app, toast } = await open("/members/7014");
    await app.getByLabel("A gift of the shop's").check();
    await press("Redeem");
    await toast(/The code is LOJAL-\w+\./);
    await press("Move points here");
    await app.getByLabel("The other customer's number").fill("7015");
    await press("Move for good");
    await toast("Moved: 20 points to spend now.");
  });

  test("a customer leaves and comes back, and is forgotten only by their number, for good", async () => {
    await tenants.earn({ shop, customer: "7005" }, 10);
    const { app, toast, settled } = await open("/members/7005");
    await press("Take out of the program");
    await press("Take out");
    await toast("Out of the program.");
    await press("Take back into the program");
    await press("Take back in");
    await toast("Back in the program.");
    await press("Forget this customer");
    await app.getByLabel("Type the customer's number to confirm").fill("7006");
    await press("Forget for good");
    await shows("This is another number.");
    await app.getByLabel("Type the customer's number to confirm").fill("7005");
    await press("Forget for good");
    await toast("Forgotten.");
    await settled("Members");
    expect(await tenants.world.look("select 1 from members where customer_id = '7005'")).toEqual([]);
  });

  test("what a reward is called in a language is entered with the save bar, and is there when the language is chosen again", async () => {
    const { app, page, toast, axe, overflow } = await open("/settings", 360);
    await app.getByRole("link", { name: "Say what your rewards and tiers are called in each" }).click();
    await app.getByLabel("Language of your storefront").selectOption("sv");
    await press("Show");
    await shows("Rewards in Swedish");
    const [reward] =
      (await tenants.world.rooms.programs.programsOf(tenants.shops[0].id, 1, Date.now())).versions[0]?.program
        .rewards ?? [];
    const field = app.getByLabel(reward?.name ?? "", { exact: true });
    await field.fill("Rabatt");
    await page.getByRole("button", { name: "Save" }).click();
    await toast("Saved.");
    expect([await overflow(), await axe()]).toEqual([0, []]);
    await admin?.open("/words?language=de");
    expect(await field.inputValue()).toBe("");
    await admin?.open("/words?language=sv");
    expect(await field.inputValue()).toBe("Rabatt");
  });

  test("settings are saved by the save bar, discarded by it, and keep those who are not on the list from acting", async () => {
    const { app, page, toast } = await open("/settings");
    const budget = app.getByLabel("Points that staff may give in a month");
    await budget.fill("70");
    await page.getByRole("button", { name: "Discard" }).click();
    expect(await budget.inputValue()).toBe("");
    await budget.fill("70");
    await app.getByLabel("Who may act on members").fill("42");
    await page.getByRole("button", { name: "Save" }).click();
    await toast("Saved.");
    await page.getByRole("button", { name: "Save" }).waitFor({ state: "hidden" });
    await admin?.open("/members/7007");
    await press("Adjust points");
    await app.getByLabel("Points", { exact: true }).fill("71");
    await app.getByLabel("Reason").fill("Much");
    await press("Adjust");
    await shows("More than this month's budget has left");
    const faults = admin?.faults ?? [];
    await admin?.close();
    expect(faults).toEqual([]);
    await open("/members/7007", 1280, "43");
    await shows("You may look, not change");
    expect(await admin?.app.getByRole("button", { name: "Adjust points" }).count()).toBe(0);
    await tenants.world.look("delete from shop_settings");
  });

  test.each([
    [360, "light"],
    [1280, "dark"],
  ] as const)(
    "a key is made by keyboard, shown this once, used, and revoked, at %i pixels, %s",
    async (width, colorScheme) => {
      const { app, page, axe, overflow, toast } = await open("/settings", width, "42", colorScheme);
      const name = `Till <b>${width}</b>`;
      await app.getByRole("button", { name: "Make a key" }).focus();
      await page.keyboard.press("Enter");
      await shows("Enter a name.");
      await app.getByLabel("Name", { exact: true }).fill(name);
      await app.getByLabel("What it may do").selectOption("read-write");
      await app.getByRole("button", { name: "Make a key" }).focus();
      await page.keyboard.press("Enter");
      const shown = app.getByLabel("The new key");
      await shown.waitFor();
      const key = await shown.inputValue();
      expect(key).toMatch(/^lojal_test-shop_[0-9a-f]{12}_[0-9a-f]{64}$/);
      expect(await shown.evaluate((field) => field.hasAttribute("readonly"))).toBe(true);
      expect([await overflow(), await axe()]).toEqual([0, []]);
      const ask = () => tenants.fetch("/api/v1/rewards", { headers: { Authorization: `Bearer ${key}` } });
      expect((await ask()).status).toBe(200);
      // What is refused takes nothing away of what is shown this once.
      await app.getByRole("button", { name: "Make a key" }).focus();
      await app.getByLabel("Name", { exact: true }).fill("");
      await press("Make a key");
      await shows("Enter a name.");
      expect(await shown.inputValue()).toBe(key);
      await admin?.open("/settings");
      expect(await app.getByLabel("The new key").count()).toBe(0);
      expect(await app.locator("body").innerHTML()).not.toContain(key.slice(-64));
      await shows(name);
      // Each of a list has a name of its own.
      const revoke = `Revoke “${name}”, ${key.split("_")[2]}`;
      await press(revoke);
      await press("Revoke for good");
      await toast("Revoked.");
      expect((await ask()).status).toBe(401);
      await app.getByRole("button", { name: revoke, exact: true }).waitFor({ state: "detached" });
      expect([await overflow(), await axe()]).toEqual([0, []]);
      await app
        .getByRole("link", { name: /^lojal_test-shop_/ })
        .first()
        .click();
      await admin?.settled("Who did what");
      await shows("Nothing like this");
    },
  );

  test("health compares with Shopify when asked, and runs again what failed", async () => {
    await tenants.world.rooms.sweeps.claim(tenants.shops[0].id, null);
    await tenants.world.look(
      "update sweeps set reads_from = null, reads_until = null, finished_at = now(), due_at = now() + interval '1 hour'",
    );
    const failed = { shop, topic: "orders/create", reason: "failed", deliveryId: null, job: { kind: "nothing" } };
    await tenants.world.rooms.shops.setAside([failed]);
    const { app, toast } = await open("/health");
    await press("Compare now");
    await toast("Comparing with Shopify …");
    await shows(/Comparing: 0 orders looked at/);
    expect(tenants.world.queue.jobs).toContainEqual({ kind: "sweep-orders", shop, lease: null });
    await tenants.world.look("update sweeps set due_at = now() + interval '1 hour', orders_listed = 12");
    await shows(/Last compared .*: 12 orders looked at/);
    await app
      .getByRole("button", { name: /Run again: orders\/create/ })
      .first()
      .click();
    await toast("1 will be run again within a minute.");
  });
});
