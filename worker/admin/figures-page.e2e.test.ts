/** The page of figures in a browser: ranges, definitions, plots with their tables, files, both widths, light and dark, and by keyboard. */
import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { findBrowser, launchBrowser } from "../../dev/browser.ts";
import { apiKey, apiSecret } from "../../dev/settings.ts";
import { sessionClaims, signSession } from "../../dev/shopify/session-token.ts";
import { type FramedAdmin, openFramedAdmin } from "../../dev/shopify-admin/framed-admin.fixture.ts";
import { newTenants, type Outside, type Tenants } from "../../dev/test-tenants.ts";
import { FIGURES } from "../domain/figures.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

let browser: Browser;
let tenants: Tenants;
let admin: FramedAdmin | null = null;
beforeAll(async () => {
  browser = await launchBrowser();
  tenants = await newTenants(outside);
  const [{ domain: shop }] = tenants.shops;
  for (const [customer, points] of [
    ["7001", 1_200],
    ["7001", 340],
    ["7002", 5_600],
    ["7003", 80],
  ] as const)
    await tenants.earn({ shop, customer }, points);
  await tenants.redeem({ shop, customer: "7002" });
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

async function open(path: string, { width = 1280, of = 0 }: { width?: number; of?: 0 | 1 } = {}): Promise<FramedAdmin> {
  const shop = tenants.shops[of].domain;
  const tokenOf = () => signSession({ ...sessionClaims(shop, apiKey, new Date()), sub: "42" }, apiSecret);
  admin = await openFramedAdmin(browser, { rooms: tenants.world.rooms, shop, tokenOf, width });
  await admin.open(path);
  return admin;
}

const browserPath = findBrowser();
if (!browserPath) console.warn("No Chromium on this machine: the admin's tests are skipped. Set CHROMIUM_PATH.");

describe.skipIf(!browserPath)("the page of figures", () => {
  test.each([360, 1280])(
    "fits %i pixels, in light and dark, for 30, 90 and 365 days, and axe finds nothing",
    async (width) => {
      const { axe, overflow, page } = await open("/figures", { width });
      for (const days of [30, 90, 365]) {
        await admin?.open(`/figures?days=${days}`);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          expect([days, colorScheme, await overflow(), await axe()]).toEqual([days, colorScheme, 0, []]);
        }
      }
    },
    120_000,
  );

  test("dates are chosen by keyboard, what is wrong is said at its field, and days of before are shown", async () => {
    const { app, page, settled } = await open("/figures");
    await app.getByRole("link", { name: "Last 90 days" }).focus();
    await page.keyboard.press("Enter");
    await app.getByText("Seven days from").first().waitFor();
    await app.getByLabel("From", { exact: true }).fill("2020-01-31");
    await app.getByLabel("To", { exact: true }).fill("2020-01-01");
    await page.keyboard.press("Enter");
    await app.getByText("The last day is before the first.").waitFor();
    await app.getByLabel("To", { exact: true }).fill("2020-02-02");
    await page.keyboard.press("Enter");
    await settled("Figures");
    await app.getByText("Nothing was booked then: choose other days.").waitFor();
  });

  test("every figure opens into its definition, by keyboard", async () => {
    const { app, page } = await open("/figures");
    const shown = ["activeMembers", "newMembers", "repeatRate", "issued", "takenBack", "redeemed", "expired"] as const;
    for (const figure of [...shown, "redemptionRate", "members", "outstanding", "owed", "liability"] as const) {
      const { name, definition } = FIGURES[figure];
      await app
        .locator("summary", { hasText: new RegExp(`^${name}$`) })
        .first()
        .focus();
      await page.keyboard.press("Space");
      await app.getByText(definition).first().waitFor({ state: "visible" });
    }
  });

  test("each plot has a name and a description, and beside it a table with the same numbers", async () => {
    const { app } = await open("/figures?days=30");
    const plots = app.getByRole("img");
    expect(await plots.count()).toBe(4);
    await app.getByRole("img", { name: "Points outstanding", exact: false }).first().waitFor();
    const { earned, owed } = await sums();
    await app.getByRole("img", { name: new RegExp(`Points issued: ${earned.toLocaleString("en")};`) }).waitFor();
    const table = app.locator("s-table", { hasText: "Outstanding at the end" });
    expect(await table.textContent()).toContain(earned.toLocaleString("en"));
    expect(owed).toBe(0);
  });

  test("the days as a file add up to the entries", async () => {
    const { app, page } = await open("/figures?days=30");
    const downloading = page.waitForEvent("download");
    await app.getByRole("button", { name: "Day by day" }).click();
    const file = await downloading;
    expect(file.suggestedFilename()).toMatch(/^lojal-days-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);
    const [header = "", ...lines] = (await readFile(await file.path(), "utf8")).trim().split("\r\n");
    expect(header).toContain(`Day,${FIGURES.earned.name}`);
    const earned = lines.reduce((sum, line) => sum + Number(line.split(",")[1]), 0);
    expect([lines.length, earned]).toEqual([30, (await sums()).earned]);
    expect(Number(lines.at(-1)?.split(",").at(-1))).toBe(earned);
  });

  test("a shop without orders is told when figures begin", async () => {
    const { app, axe } = await open("/figures", { of: 1 });
    await app.getByText("No figures yet").waitFor();
    expect(await axe()).toEqual([]);
  });
});

async function sums() {
  const [row] = await tenants.world.look<{ earned: number; owed: number }>(
    "select sum(points) filter (where kind = 'earn')::int as earned, sum(owed)::int as owed from entries",
  );
  return row ?? { earned: 0, owed: 0 };
}
