/** The way of a new merchant, in a browser: from the first page to a program that is published, for a pilot or for everybody. */
import { describe, expect, test, vi } from "vitest";
import { findBrowser } from "../../dev/browser.ts";
import * as shop from "../../dev/connected-shop.fixture.ts";
import { connectedAdmin } from "../../dev/shopify-admin/connected-admin.fixture.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { settleOrders } from "../flows/settle-orders.ts";

const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

const { open } = connectedAdmin(network);

const browserPath = findBrowser();
if (!browserPath) console.warn("No Chromium on this machine: the admin's tests are skipped. Set CHROMIUM_PATH.");

describe.skipIf(!browserPath)("the setup guide", () => {
  test.each([360, 1280])(
    "leads at %i pixels by keyboard from the first page to a published pilot, and axe finds no fault",
    async (width) => {
      const { app, page, axe, overflow, settled, toast } = await open("/", width);
      const press = async (role: "link" | "button", name: string) => {
        await app.getByRole(role, { name, exact: true }).first().focus();
        await page.keyboard.press("Enter");
      };
      await press("link", "Choose a program to begin with");
      await settled("Choose a program to begin with");
      expect([await overflow(), await axe()]).toEqual([0, []]);
      await press("link", "Choose Simple");
      await settled("Simple");
      await press("button", "Make it my draft");
      await toast("It is your draft now: nothing is published yet.");
      await settled("Set up your program");
      await app.getByText("0 of 0 orders looked at.").waitFor();
      await app.getByText("Your orders of the last 60 days are being read from Shopify: 0 so far.").waitFor();
      await app.getByLabel("Who takes part", { exact: true }).selectOption("pilot");
      await press("button", "Save");
      await toast("Draft saved.");
      await app.getByText("0 on the list.").waitFor();
      await app.getByLabel("Tag", { exact: true }).fill("VIP");
      await press("button", "Use this tag");
      await toast("The tag is being read.");
      await app.getByText("It is being read from Shopify").waitFor();
      expect([await overflow(), await axe()]).toEqual([0, []]);
      await press("button", "Publish");
      await app.getByLabel("In force from (Europe/Stockholm)").waitFor();
      await app.getByRole("button", { name: "Publish" }).last().click();
      await toast("Version 1 is published.");
      expect(await shop.look("select program ->> 'membership' as membership from program_versions")).toEqual([
        { membership: "pilot" },
      ]);
    },
    120_000,
  );

  test("orders of before the first program are looked at under the draft, once they are read from Shopify", async () => {
    await shop.openApp();
    const rooms = shop.newRooms();
    const facts = { amountMinor: 100_000, currency: "SEK", createdAtMs: Date.now() - 86_400_000 };
    const job = { kind: "order", shop: shop.domain, topic: "orders/paid", deliveryId: null } as const;
    await settleOrders(rooms, [{ ...job, orderId: "1", news: { kind: "state", body: orderBody(facts) } }]);
    await shop.look(
      "insert into sweeps (shop_id, read_to, due_at, finished_at) select id, now(), now() + interval '1 hour', now() from shops",
    );
    const { app, settled } = await open("/setup?template=simple");
    await app.getByRole("button", { name: "Make it my draft" }).click();
    await settled("Set up your program");
    await app.getByText("1 of 1 orders looked at.").waitFor();
    await app.getByRole("row", { name: /Points earned – [1-9]/ }).waitFor();
    expect(await app.getByText("are being read from Shopify").count()).toBe(0);
  });

  test("a template that asks for products takes them, and what is left out is named before publishing", async () => {
    const { app, toast, settled } = await open("/setup?template=coffee");
    await app.getByLabel("Which cups are free for 150 points?", { exact: true }).fill("a cup");
    await app.getByRole("button", { name: "Make it my draft" }).click();
    await app.getByText("Write Shopify’s numbers or addresses of products, one a line.").waitFor();
    await app.getByLabel("Which cups are free for 150 points?", { exact: true }).fill("4711");
    await app.getByRole("button", { name: "Make it my draft" }).click();
    await toast("It is your draft now: nothing is published yet.");
    await settled("Set up your program");
    await app.getByText("This draft cannot be published").waitFor();
    await app.getByText("Something is missing in the draft").waitFor();
    const [{ items } = { items: null }] = await shop.look<{ items: unknown }>(
      `select reward -> 'items' as items from program_drafts, jsonb_array_elements(content -> 'rewards') reward where reward ->> 'id' = 'cup'`,
    );
    expect(items).toEqual({ products: ["4711"], collections: [] });
  });

  test("another template takes the place of a draft only when that is confirmed, and never of one that was not seen", async () => {
    const first = await open("/setup?template=simple");
    await first.app.getByRole("button", { name: "Make it my draft" }).click();
    await first.settled("Set up your program");
    const second = await open("/setup?template=beauty");
    await first.open("/tiers?begin=1");
    await first.app.getByRole("button", { name: "Put tiers into the draft" }).click();
    await first.app.getByText("No tier yet").waitFor();
    await second.app.getByRole("button", { name: "Put it in the place of my draft" }).click();
    await second.app.getByText("What the draft has now is gone.").waitFor();
    await second.app.getByRole("button", { name: "Replace it" }).click();
    await second.app.getByText("Somebody has changed the draft").waitFor();
    expect(await shop.look("select content -> 'tiers' ->> 'basis' as basis from program_drafts")).toEqual([
      { basis: "points" },
    ]);
  });
});
