/** The pages of a program's rewards, in a browser: every kind, what is wrong with one, their order, and Shopify's permission. */
import { describe, expect, test, vi } from "vitest";
import { findBrowser } from "../../dev/browser.ts";
import * as shop from "../../dev/connected-shop.fixture.ts";
import { connectedAdmin } from "../../dev/shopify-admin/connected-admin.fixture.ts";

const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

const { open } = connectedAdmin(network);

const drafted = async () =>
  (
    await shop.look<{ rewards: Record<string, unknown>[] }>(
      "select content -> 'rewards' as rewards from program_drafts",
    )
  )[0]?.rewards ?? [];

async function publishRewards(...rewards: readonly object[]): Promise<void> {
  const program = { earn: { points: 10, perMinor: 10_000 }, pendingDays: 14, rewards };
  await shop.openApp();
  await shop.look(
    `insert into program_versions (shop_id, version, in_force_from, program) select id, 1, now() - interval '1 day', $1 from shops`,
    [program],
  );
  await shop.look("update shops set newest_program_version = 1");
}

const OFF = { id: "off-500", name: "50 off", kind: "amount_off", cost: 500, valueMinor: 5_000 };
const CARE = { id: "care", name: "A consultation", kind: "donation", cost: 900, valueMinor: 9_000 };

const KINDS: readonly (readonly [kind: string, fields: Readonly<Record<string, string>>, stored: object])[] = [
  ["Amount off", { "Amount off (SEK)": "50.50" }, { kind: "amount_off", valueMinor: 5_050 }],
  ["Percentage off", { "Percent off": "15" }, { kind: "percentage_off", percent: 15 }],
  [
    "Free shipping",
    { "Only shipping that costs no more than (SEK)": "99" },
    { kind: "free_shipping", maximumShippingMinor: 9_900 },
  ],
  [
    "Free product",
    {
      "Most that is taken off: the price of one product (SEK)": "120",
      "Products, of which one is free": "https://admin.shopify.com/store/x/products/4711?a=1",
    },
    { kind: "free_product", valueMinor: 12_000, items: { products: ["4711"], collections: [] } },
  ],
  ["Store credit", { "Store credit (SEK)": "50" }, { kind: "store_credit", valueMinor: 5_000 }],
  ["Gift card", { "Value of the gift card (SEK)": "50" }, { kind: "gift_card", valueMinor: 5_000 }],
  ["Donation", { "Amount given (SEK)": "50" }, { kind: "donation", valueMinor: 5_000 }],
  ["Experience", {}, { kind: "experience", valueMinor: 0 }],
];

const browserPath = findBrowser();
if (!browserPath) console.warn("No Chromium on this machine: the admin's tests are skipped. Set CHROMIUM_PATH.");

describe.skipIf(!browserPath)("the pages of the rewards", () => {
  test.each([360, 1280])(
    "lead at %i pixels from none to one of each kind, and axe finds no fault",
    async (width) => {
      const { app, axe, overflow, settled, toast } = await open("/rewards", width);
      await app.getByText("No rewards yet").waitFor();
      expect([await overflow(), await axe()]).toEqual([0, []]);
      for (const [kind, fields] of KINDS) {
        await app
          .getByRole("link", { name: /Add (a|the first) reward/ })
          .first()
          .click();
        await settled("Add a reward");
        await app.getByRole("link", { name: kind, exact: true }).click();
        await settled(`Add: ${kind.toLowerCase()}`);
        expect([kind, await overflow()]).toEqual([kind, 0]);
        if (kind === "Free product") expect(await axe()).toEqual([]);
        await app.getByLabel("Name", { exact: true }).fill(`Our ${kind}`);
        await app.getByLabel("Price in points").fill("500");
        for (const [label, value] of Object.entries(fields)) await app.getByLabel(label, { exact: true }).fill(value);
        await app.getByRole("button", { name: "Add to the draft" }).click();
        await toast("Added to the draft.");
        await settled("Rewards");
      }
      const rewards = await drafted();
      expect(rewards).toHaveLength(KINDS.length);
      KINDS.forEach(([kind, , stored], index) => {
        expect(rewards[index]).toMatchObject({ name: `Our ${kind}`, cost: 500, ...stored });
      });
      expect([await overflow(), await axe()]).toEqual([0, []]);
    },
    120_000,
  );

  test("a reward with steps and all conditions is stored as it was entered, and shown so again", async () => {
    const { app, settled, toast } = await open("/rewards/edit?kind=amount_off");
    const fields = {
      Name: "Five to fifty off",
      "Price in points": "100",
      "Amount off (SEK)": "5",
      "Fewest points": "100",
      "Most points": "1,000",
      Step: "100",
      "Only for orders from (SEK)": "299.95",
      "Only for these collections": "12\n13",
      "How often it can be had in all": "40",
      "How often each member can have it": "2",
      "Within how many days": "30",
      "Days that its code is good": "60",
    };
    for (const [label, value] of Object.entries(fields)) await app.getByLabel(label, { exact: true }).fill(value);
    await app.getByLabel("Discounts on products").check();
    await app.getByRole("button", { name: "Add to the draft" }).click();
    await toast("Added to the draft.");
    expect(await drafted()).toEqual([
      {
        id: "amount-off-100",
        name: "Five to fifty off",
        kind: "amount_off",
        cost: 100,
        valueMinor: 500,
        minimumMinor: 29_995,
        codeDays: 60,
        slider: { minPoints: 100, maxPoints: 1_000, stepPoints: 100 },
        items: { products: [], collections: ["12", "13"] },
        combinesWith: { order: false, product: true, shipping: true },
        stock: 40,
        limit: { times: 2, days: 30 },
      },
    ]);
    await app.getByText("40 of 40 left").waitFor();
    await app.getByText("Orders from SEK 299.95; only 2 collections; 2 times for each member in 30 days").waitFor();
    await app.getByRole("link", { name: "Five to fifty off" }).click();
    await settled("Five to fifty off");
    const again = { ...fields, "Most points": "1000", "Amount off (SEK)": "5.00" };
    for (const [label, value] of Object.entries(again))
      expect([label, await app.getByLabel(label, { exact: true }).inputValue()]).toEqual([label, value]);
  });

  test("what is wrong is said at its field by the program's own bounds, and nothing is stored", async () => {
    const { app } = await open("/rewards/edit?kind=amount_off");
    await app.getByLabel("Amount off (SEK)").fill("5.005");
    await app.getByRole("button", { name: "Add to the draft" }).click();
    await app.getByText("Enter an amount in SEK, such as 1000.50.").waitFor();
    await app.getByLabel("Amount off (SEK)").fill("5");
    await app.getByLabel("Fewest points").fill("100");
    await app.getByLabel("Days that its code is good").fill("366");
    await app.getByRole("button", { name: "Add to the draft" }).click();
    await app.getByText("365 at most.").waitFor();
    await app.getByText("Fill this in.").waitFor();
    expect(await app.getByText("Enter a whole number.").count()).toBe(3);
    expect(await drafted()).toEqual([]);
  });

  test("rewards are put in order by keyboard with the focus kept, and one that was removed is put back where it was", async () => {
    await publishRewards(OFF, CARE);
    const { app, page, toast } = await open("/rewards");
    await app.getByRole("button", { name: "Move A consultation up" }).focus();
    await page.keyboard.press("Enter");
    await toast("Moved up.");
    expect((await drafted()).map(({ id }) => id)).toEqual(["care", "off-500"]);
    await app.getByText("The rewards are listed in another order.").waitFor();
    await app.getByRole("button", { name: "Move A consultation down" }).focus();
    await page.keyboard.press("Enter");
    await toast("Moved down.");
    await app.getByText("Nothing differs from the newest version.").waitFor();
    await app.getByRole("button", { name: "Remove 50 off" }).click();
    await toast("Removed from the draft.");
    await app.getByText("The reward “50 off” is offered no more.").waitFor();
    await app.getByRole("button", { name: "Put 50 off back" }).first().click();
    await toast("Back in the draft.");
    await app.getByText("Nothing differs from the newest version.").waitFor();
  });

  test("a reward that was never published is put back, too, and its id is nobody else's", async () => {
    await publishRewards(OFF);
    const { app, toast, settled } = await open("/rewards/edit?kind=experience");
    await app.getByLabel("Name", { exact: true }).fill("A walk");
    await app.getByLabel("Price in points").fill("500");
    await app.getByRole("button", { name: "Add to the draft" }).click();
    await settled("Rewards");
    await app.getByRole("button", { name: "Remove A walk" }).click();
    await app.getByText("“A walk” is removed from the draft").waitFor();
    await app.getByRole("button", { name: "Put A walk back" }).click();
    await toast("Back in the draft.");
    expect((await drafted()).map(({ id }) => id)).toEqual(["off-500", "experience-500"]);
  });

  test("a kind that Shopify has not allowed says what is missing, and is allowed when the merchant grants it", async () => {
    const { app, page, toast } = await open("/rewards/edit?kind=gift_card");
    await app.getByText("Your shop has not allowed this app to give gift cards yet").waitFor();
    await app.getByText("Missing: read_gift_cards, write_gift_cards.").waitFor();
    page.once("dialog", (dialog) => dialog.dismiss());
    await app.getByRole("button", { name: "Ask Shopify for it" }).click();
    await toast("Nothing was granted.");
    page.once("dialog", (dialog) => dialog.accept());
    await app.getByRole("button", { name: "Ask Shopify for it" }).click();
    await toast("Thank you: Shopify allows it now.");
    await app.getByText("Your shop has not allowed").waitFor({ state: "hidden" });
    const [{ scopes } = { scopes: "" }] = await shop.look<{ scopes: string }>("select scopes from shops");
    expect(scopes.split(",")).toEqual(expect.arrayContaining(["read_gift_cards", "write_gift_cards"]));
  });

  test("of two who change one reward at once the second is told, loses nothing, and can keep both changes", async () => {
    await publishRewards(OFF);
    const first = await open("/rewards/edit?id=off-500");
    const second = await open("/rewards/edit?id=off-500");
    await first.app.getByLabel("Price in points").fill("400");
    await first.app.getByRole("button", { name: "Save in the draft" }).click();
    await first.toast("Saved in the draft.");
    await second.app.getByLabel("Name", { exact: true }).fill("Fifty off");
    await second.app.getByRole("button", { name: "Save in the draft" }).click();
    await second.app.getByText("Somebody has changed the draft").waitFor();
    await second.app.getByText(/^Staff 42 has saved, published or discarded it/).waitFor();
    expect(await second.app.getByLabel("Name", { exact: true }).inputValue()).toBe("Fifty off");
    expect(await drafted()).toMatchObject([{ name: "50 off", cost: 400 }]);
    await second.app.getByRole("button", { name: "Save mine on top" }).click();
    await second.toast("Saved in the draft.");
    expect(await drafted()).toMatchObject([{ name: "Fifty off", cost: 400 }]);
  });

  test("whoever may not change the program can look at all of it, and at nothing to press", async () => {
    await publishRewards(OFF);
    await shop.look("insert into shop_settings (shop_id, version, staff) select id, 1, array['7'] from shops");
    const { app, axe, settled } = await open("/rewards");
    await app.getByText("You may look, not change").waitFor();
    expect(await app.getByRole("button").count()).toBe(0);
    await app.getByRole("link", { name: "50 off" }).click();
    await settled("50 off");
    expect(await app.getByLabel("Price in points").isDisabled()).toBe(true);
    expect(await app.getByRole("button").count()).toBe(0);
    expect(await axe()).toEqual([]);
  });
});
