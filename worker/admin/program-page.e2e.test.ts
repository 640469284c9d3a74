/** The page of a shop's program, in a browser, from the first draft to the version that is in force. */
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
      await app.getByLabel("Tax on products").selectOption("Earns points, like their prices");
      await app.getByRole("button", { name: "Save draft" }).click();
      await app.getByText("Orders earn 12 points per 100.00 SEK.").waitFor();
      await app.getByText("Tax on products earns points, like their prices.").waitFor();
      await app.getByRole("link", { name: "Look at past orders" }).click();
      await app.getByText("0 of 0 orders looked at.").waitFor();
      expect(await overflow()).toBe(0);
      expect(await axe()).toEqual([]);
      await app.getByRole("button", { name: "Publish" }).first().click();
      await app.getByRole("button", { name: "Publish" }).last().click();
      await app.getByText(/^1, since/).waitFor();
      await app.getByText("Earns points, too").waitFor();
      expect(
        await shop.look(
          "select version, program -> 'earn' ->> 'points' as points, program -> 'taxEarns' as tax, published_by from program_versions",
        ),
      ).toEqual([{ version: 1, points: "12", tax: true, published_by: "staff:42" }]);
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

  test("of two who publish at once the second is told what the first one published, and what to do", async () => {
    const first = await open("/program");
    await first.app.getByLabel("Points", { exact: true }).fill("12");
    await first.app.getByRole("button", { name: "Save draft" }).click();
    await first.app.getByText("Orders earn 12 points per 100.00 SEK.").waitFor();
    const second = await open("/rewards");
    for (const { app } of [first, second]) await app.getByRole("button", { name: "Publish" }).first().click();
    await first.app.getByRole("button", { name: "Publish" }).last().click();
    await first.toast("Version 1 is published.");
    await second.app.getByRole("button", { name: "Publish" }).last().click();
    await second.app.getByText("Somebody has published a newer version").waitFor();
    await second.app.getByText("Version 1 was published meanwhile by staff 42", { exact: false }).waitFor();
    await second.app.getByRole("listitem").getByText("Orders earn 12 points per 100.00 SEK.").last().waitFor();
    await second.app.getByRole("button", { name: "Show it as it is now" }).click();
    await second.app.getByRole("button", { name: "Publish" }).first().waitFor({ state: "detached" });
    await second.app.getByText("No rewards yet").waitFor();
    expect(await shop.look("select version from program_versions")).toEqual([{ version: 1 }]);
  });

  test("a version begins when the shop's clocks say so, and what they never say is told at the field", async () => {
    const { app, toast } = await open("/program");
    await app.getByLabel("Points", { exact: true }).fill("12");
    await app.getByRole("button", { name: "Save draft" }).click();
    await app.getByRole("button", { name: "Publish" }).first().click();
    const begins = app.getByLabel("In force from (Europe/Stockholm)");
    await begins.fill("2099-03-29 02:30");
    await app.getByRole("button", { name: "Publish" }).last().click();
    await app.getByText("Clocks in Europe/Stockholm never show this time.").waitFor();
    await begins.fill("2099-12-01");
    await app.getByRole("button", { name: "Publish" }).last().click();
    await toast("Version 1 is published.");
    const rows = await shop.look<{ at: Date }>("select in_force_from as at from program_versions");
    expect(rows.map(({ at }) => at.toISOString())).toEqual(["2099-11-30T23:00:00.000Z"]);
    await app.getByText("Dec 1, 2099, 12:00 AM").first().waitFor();
  });

  test("what is out of bounds is said at its field, and what was typed stays", async () => {
    const { app } = await open("/program");
    await app.getByLabel("Days that points wait before they can be used").fill("91");
    await app.getByLabel("Points expire").selectOption("after-available");
    await app.getByLabel("for every … SEK spent").fill("1.005");
    await app.getByRole("button", { name: "Save draft" }).click();
    await app.getByText("Enter an amount in SEK, such as 1000.50.").waitFor();
    await app.getByLabel("for every … SEK spent").fill("100");
    await app.getByRole("button", { name: "Save draft" }).click();
    await app.getByText("90 at most.").waitFor();
    await app.getByText("Enter a whole number.").waitFor();
    expect(await app.getByLabel("Days that points wait before they can be used").inputValue()).toBe("91");
    expect(await shop.look("select 1 from program_drafts")).toEqual([]);
  });
});
