/** The page of a program's tiers, in a browser: from none to some, what is wrong with one, and two who work on them at once. */
import { describe, expect, test, vi } from "vitest";
import { findBrowser } from "../../dev/browser.ts";
import * as shop from "../../dev/connected-shop.fixture.ts";
import { connectedAdmin } from "../../dev/shopify-admin/connected-admin.fixture.ts";

const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

const { open, first: admin } = connectedAdmin(network);

const drafted = async () =>
  (
    await shop.look<{ tiers: Record<string, unknown> | null }>("select content -> 'tiers' as tiers from program_drafts")
  )[0]?.tiers;

const TIERS = {
  basis: "spend",
  period: "lifetime",
  levels: [
    { id: "silver", name: "Silver", threshold: 100_000 },
    { id: "gold", name: "Gold", threshold: 500_000, multiplier: 15_000 },
  ],
};

async function publishTiers(): Promise<void> {
  const rewards = [{ id: "off-500", name: "50 off", kind: "amount_off", cost: 500, valueMinor: 5_000 }];
  const program = { earn: { points: 10, perMinor: 10_000 }, pendingDays: 14, rewards, tiers: TIERS };
  await shop.openApp();
  await shop.look(
    `insert into program_versions (shop_id, version, in_force_from, program) select id, 1, now() - interval '1 day', $1 from shops`,
    [program],
  );
  await shop.look("update shops set newest_program_version = 1");
}

const browserPath = findBrowser();
if (!browserPath) console.warn("No Chromium on this machine: the admin's tests are skipped. Set CHROMIUM_PATH.");

describe.skipIf(!browserPath)("the page of the tiers", () => {
  test.each([360, 1280])(
    "leads at %i pixels from none to two, lowest first, and axe finds no fault",
    async (width) => {
      const { app, axe, overflow, settled, toast } = await open("/tiers", width);
      await app.getByText("No tiers yet").waitFor();
      expect([await overflow(), await axe()]).toEqual([0, []]);
      await app.getByRole("link", { name: "Begin with tiers" }).click();
      await app.getByLabel("What counts").selectOption("spend");
      await app.getByLabel("Months of grace").fill("3");
      await app.getByLabel("Tag customers with").fill("loyalty-");
      await app.getByRole("button", { name: "Put tiers into the draft" }).click();
      await app.getByText("No tier yet").waitFor();
      await app.getByText("tiers.levels: A program with tiers has at least one tier.", { exact: true }).waitFor();
      await app.getByRole("link", { name: "Add the first tier" }).click();
      await settled("Add a tier");
      await app.getByLabel("Name", { exact: true }).fill("Guld");
      await app.getByLabel("What it takes (SEK)").fill("5000.50");
      await app.getByLabel("Its members earn so many times the points").fill("1,5");
      await app.getByLabel("Points as a gift when it is reached").fill("200");
      await app.getByLabel("Products that give the tier", { exact: true }).fill("gid://shopify/Product/77");
      await app.getByLabel("Months that each of them gives").fill("12");
      expect([await overflow(), await axe()]).toEqual([0, []]);
      await app.getByRole("button", { name: "Add to the draft" }).click();
      await toast("Added to the draft.");
      await app.getByRole("link", { name: "Add a tier" }).click();
      await settled("Add a tier");
      await app.getByLabel("Name", { exact: true }).fill("Silver");
      await app.getByLabel("What it takes (SEK)").fill("1000");
      await app.getByRole("button", { name: "Add to the draft" }).click();
      await settled("Tiers");
      expect(await drafted()).toEqual({
        basis: "spend",
        tierPoints: null,
        period: "rolling-year",
        graceMonths: 3,
        tagPrefix: "loyalty-",
        levels: [
          { id: "silver", name: "Silver", threshold: 100_000, multiplier: 10_000, giftPoints: 0, membership: null },
          {
            id: "guld",
            name: "Guld",
            threshold: 500_050,
            multiplier: 15_000,
            giftPoints: 200,
            membership: { productIds: ["77"], months: 12 },
          },
        ],
      });
      await app.getByText("SEK 5,000.50 spent in twelve months", { exact: true }).waitFor();
      await app.getByText("1.5 times the points", { exact: true }).waitFor();
      expect([await overflow(), await axe()]).toEqual([0, []]);
    },
    120_000,
  );

  test("what is wrong with a tier is said at its field, and what is wrong with another one before publishing", async () => {
    await publishTiers();
    const { app, settled } = await open("/tiers/edit?id=gold");
    await app.getByLabel("Its members earn so many times the points").fill("0.5");
    await app.getByLabel("What it takes (SEK)").fill("");
    await app.getByRole("button", { name: "Save in the draft" }).click();
    await app.getByText("1 or more.").waitFor();
    await app.getByText("Nobody could reach Gold: it needs a threshold, or a product that gives it.").waitFor();
    expect(await drafted()).toBeUndefined();
    await admin().open("/tiers/edit?id=silver");
    await app.getByLabel("Its members earn so many times the points").fill("2");
    await app.getByRole("button", { name: "Save in the draft" }).click();
    await settled("Tiers");
    await app.getByText(/Gold must not earn less than a tier below it/).waitFor();
    expect(await app.getByRole("button", { name: "Publish" }).count()).toBe(0);
  });

  test("thresholds read the same when money counts in place of points, and grow exactly", async () => {
    await publishTiers();
    const { app, toast } = await open("/tiers");
    await app.getByLabel("What counts").selectOption("points");
    await app.getByRole("button", { name: "Save draft" }).click();
    await toast("Draft saved.");
    await app.getByText("1,000 points ever").waitFor();
    expect(await drafted()).toMatchObject({ basis: "points", levels: [{ threshold: 1_000 }, { threshold: 5_000 }] });
  });

  test("a tier that was removed is put back, and all of them are taken out only when that is confirmed", async () => {
    await publishTiers();
    const { app, toast } = await open("/tiers");
    await app.getByRole("button", { name: "Remove Silver" }).click();
    await toast("Removed from the draft.");
    await app.getByText("“Silver” is removed from the draft").waitFor();
    await app.getByRole("button", { name: "Put Silver back" }).first().click();
    await toast("Back in the draft.");
    await app.getByText("Nothing differs from the newest version.").waitFor();
    await app.getByRole("button", { name: "Take all tiers out" }).click();
    await app.getByRole("button", { name: "Take them out" }).click();
    await toast("The draft has no tiers.");
    expect(await drafted()).toBeNull();
    await app.getByRole("button", { name: "Put Gold back" }).click();
    await app.getByRole("link", { name: "Gold" }).waitFor();
    expect(await drafted()).toMatchObject({
      basis: "spend",
      period: "lifetime",
      levels: [{ id: "gold", threshold: 500_000 }],
    });
  });

  test("of two who work at once, each on another tier, the second is told and both changes stay", async () => {
    await publishTiers();
    const first = await open("/tiers/edit?id=gold");
    const second = await open("/tiers/edit?id=silver");
    await first.app.getByLabel("What it takes (SEK)").fill("6000");
    await first.app.getByRole("button", { name: "Save in the draft" }).click();
    await first.toast("Saved in the draft.");
    await second.app.getByLabel("Points as a gift when it is reached").fill("100");
    await second.app.getByRole("button", { name: "Save in the draft" }).click();
    await second.app.getByText("Somebody has changed the draft").waitFor();
    await second.app.getByRole("button", { name: "Save mine on top" }).click();
    await second.toast("Saved in the draft.");
    expect(await drafted()).toMatchObject({ levels: [{ giftPoints: 100 }, { threshold: 600_000 }] });
  });
});
