/** Choosing products and collections from Shopify's own list, in a browser: what is chosen stands in the field, and what was typed stays. */
import { describe, expect, test, vi } from "vitest";
import { findBrowser } from "../../dev/browser.ts";
import * as shop from "../../dev/connected-shop.fixture.ts";
import { connectedAdmin } from "../../dev/shopify-admin/connected-admin.fixture.ts";
import type { FramedAdmin } from "../../dev/shopify-admin/framed-admin.fixture.ts";

const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

const { open } = connectedAdmin(network);

const idOf = (title: string) => shop.local.products.find((one) => one.title === title)?.id ?? "";
const FIELD = "Products that earn nothing";
const CHOOSE = `Choose products: ${FIELD}`;
const excluded = async () =>
  (
    await shop.look<{ exclusions: { productIds: string[]; collectionIds: string[] } }>(
      "select content -> 'exclusions' as exclusions from program_drafts",
    )
  )[0]?.exclusions;

/** Presses the button as somebody without a mouse does. */
async function press({ app, page }: FramedAdmin, name: string): Promise<void> {
  await app.getByRole("button", { name, exact: true }).focus();
  await page.keyboard.press("Enter");
}

const browserPath = findBrowser();
if (!browserPath) console.warn("No Chromium on this machine: the admin's tests are skipped. Set CHROMIUM_PATH.");

describe.skipIf(!browserPath)("choosing from Shopify's list", () => {
  test.each([360, 1280])(
    "at %i pixels puts two products into the field by keyboard, beside what was typed, and the save bar saves them",
    async (width) => {
      shop.local.scopes.add("read_products");
      const admin = await open("/program", width);
      const { app, page, axe, overflow, toast } = admin;
      const field = app.getByLabel(FIELD, { exact: true });
      const typed = `soon: a mug\nhttps://admin.shopify.com/store/x/products/${idOf("Wool throw")}?a=1`;
      await field.fill(typed);
      await press(admin, CHOOSE);
      const list = page.getByRole("dialog", { name: "Select products" });
      await list.waitFor();
      expect(await list.getByLabel("Wool throw").isChecked()).toBe(true);
      for (const title of ["Linen shirt", "Coffee beans, 250 g"]) {
        await list.getByLabel(title).focus();
        await page.keyboard.press("Space");
      }
      await list.getByRole("button", { name: "Select" }).focus();
      await page.keyboard.press("Enter");
      await app.getByText("3 chosen: Linen shirt; Wool throw; Coffee beans, 250 g.", { exact: true }).waitFor();
      const chosen = [idOf("Linen shirt"), idOf("Coffee beans, 250 g")];
      expect(await field.inputValue()).toBe(["soon:", "a", "mug", typed.split("\n")[1], ...chosen].join("\n"));
      expect([await overflow(), await axe()]).toEqual([0, []]);
      await field.fill([typed.split("\n")[1], ...chosen].join("\n"));
      await page.getByRole("button", { name: "Save" }).click();
      await toast("Draft saved.");
      expect((await excluded())?.productIds).toEqual([idOf("Wool throw"), ...chosen]);
    },
  );

  test("takes out what is no longer chosen and says so, and the save bar notices nothing but the list", async () => {
    shop.local.scopes.add("read_products");
    const admin = await open("/program");
    const { app, page, settled, toast } = admin;
    await app.getByLabel(FIELD, { exact: true }).fill(`4711,${idOf("Wool throw")}`);
    await app.getByRole("button", { name: "Save draft" }).click();
    await toast("Draft saved.");
    await settled();
    expect(await page.getByRole("region", { name: "Save bar" }).isVisible()).toBe(false);
    await press(admin, CHOOSE);
    const list = page.getByRole("dialog", { name: "Select products" });
    await list.getByLabel("Linen shirt").check();
    await list.getByRole("button", { name: "Select" }).click();
    const said = app.getByText("2 chosen: Linen shirt; Wool throw. Taken out: 4711.", { exact: true });
    expect(await said.getAttribute("tone")).toBe("warning");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await toast("Draft saved.");
    expect((await excluded())?.productIds).toEqual([idOf("Wool throw"), idOf("Linen shirt")]);
  });

  test("keeps what is typed while the list is open, and a second press meanwhile is none", async () => {
    shop.local.scopes.add("read_products");
    const admin = await open("/program");
    const { app, page } = admin;
    const field = app.getByLabel(FIELD, { exact: true });
    await field.fill("4711");
    await press(admin, CHOOSE);
    const list = page.getByRole("dialog", { name: "Select products" });
    await list.getByLabel("Linen shirt").check();
    await list.getByLabel("Wool throw").check();
    await field.fill(["4711", "4712", idOf("Wool throw")].join(","));
    for (const into of ["product_ids", "collection_ids"])
      await app.locator(`[data-into=${into}]`).dispatchEvent("click");
    await list.getByRole("button", { name: "Select" }).click();
    await app.getByText("2 chosen: Linen shirt; Wool throw.", { exact: false }).waitFor();
    expect((await field.inputValue()).split("\n")).toEqual(["4711", "4712", idOf("Wool throw"), idOf("Linen shirt")]);
    expect(await app.getByText("did not open", { exact: false }).count()).toBe(0);
    await press(admin, CHOOSE);
    await list.waitFor();
  });

  test("takes nothing out where the list gives nothing back of what was there, and says so", async () => {
    shop.local.scopes.add("read_products");
    const admin = await open("/program");
    const { app, page } = admin;
    const field = app.getByLabel(FIELD, { exact: true });
    await field.fill("4711 4712");
    await press(admin, CHOOSE);
    const list = page.getByRole("dialog", { name: "Select products" });
    await list.getByLabel("Linen shirt").check();
    await list.getByRole("button", { name: "Select" }).click();
    const said = app.getByText("1 chosen: Linen shirt. What was there before stays; delete it by hand.", {
      exact: true,
    });
    expect(await said.getAttribute("tone")).toBe("warning");
    expect(await field.inputValue()).toBe(["4711", "4712", idOf("Linen shirt")].join("\n"));
  });

  test("names ten of what was chosen and of what was taken out, and says that there is more", async () => {
    shop.local.scopes.add("read_products");
    const admin = await open("/program");
    const { app } = admin;
    const field = app.getByLabel(FIELD, { exact: true });
    await field.fill(Array.from({ length: 13 }, (_, index) => 4700 + index).join(" "));
    const chosen = [4712, ...Array.from({ length: 11 }, (_, index) => 4800 + index)];
    const answered = chosen.map((number) => ({ id: `gid://shopify/Product/${number}`, title: `No. ${number}` }));
    await field.evaluate(`void (shopify.resourcePicker = async () => (${JSON.stringify(answered)}))`);
    await press(admin, CHOOSE);
    const ten = (first: number, before = "") => Array.from({ length: 10 }, (_, index) => `${before}${first + index}`);
    await app
      .getByText(
        `12 chosen: ${["No. 4712", ...ten(4800, "No. ").slice(0, 9)].join("; ")}; … Taken out: ${ten(4700).join("; ")}; …`,
        { exact: true },
      )
      .waitFor();
    expect(await field.inputValue()).toBe(chosen.join("\n"));
  });

  test("changes nothing when it is cancelled: what was typed stays, and nothing is unsaved", async () => {
    shop.local.scopes.add("read_products");
    const admin = await open("/program");
    const { app, page } = admin;
    await press(admin, "Choose collections: Collections that earn nothing");
    const list = page.getByRole("dialog", { name: "Select collections" });
    await list.getByLabel("Home").check();
    await page.keyboard.press("Escape");
    await list.waitFor({ state: "detached" });
    expect(await page.getByRole("region", { name: "Save bar" }).isVisible()).toBe(false);
    expect(await app.getByLabel("Collections that earn nothing", { exact: true }).inputValue()).toBe("");
    await press(admin, "Choose collections: Collections that earn nothing");
    await list.getByLabel("Home").check();
    await list.getByRole("button", { name: "Select" }).click();
    await app.getByText("1 chosen: Home.", { exact: true }).waitFor();
    await page.getByRole("region", { name: "Save bar" }).waitFor();
  });

  test("offers as many as its page asks for, and no more", async () => {
    shop.local.scopes.add("read_products");
    const admin = await open("/program");
    const { app, page } = admin;
    await app
      .locator("[data-into=product_ids]")
      .evaluate("document.querySelector('[data-into=product_ids]').dataset.most = '2'");
    await press(admin, CHOOSE);
    const list = page.getByRole("dialog", { name: "Select products" });
    for (const title of ["Linen shirt", "Wool throw"]) await list.getByLabel(title).check();
    expect(await list.getByLabel("Stoneware mug").isDisabled()).toBe(true);
    await list.getByRole("button", { name: "Cancel" }).click();
  });

  test("asks the merchant first where Shopify wants their permission, and says what to do without it", async () => {
    const admin = await open("/rewards/edit?kind=free_product");
    const { app, page, axe } = admin;
    const name = "Choose products: Products, of which one is free";
    page.once("dialog", (dialog) => dialog.dismiss());
    await press(admin, name);
    await app
      .getByText("Lojal was not allowed to see your products. Type numbers or addresses", { exact: false })
      .waitFor();
    expect(await axe()).toEqual([]);
    page.once("dialog", (dialog) => dialog.accept());
    await press(admin, name);
    const list = page.getByRole("dialog", { name: "Select products" });
    await list.getByLabel("Linen shirt").check();
    await list.getByRole("button", { name: "Select" }).click();
    await app.getByText("1 chosen: Linen shirt.", { exact: true }).waitFor();
    const [{ scopes } = { scopes: "" }] = await shop.look<{ scopes: string }>("select scopes from shops");
    expect(scopes.split(",")).toContain("read_products");
  });

  test("says so where the list does not open, and the field still takes what is typed", async () => {
    const admin = await open("/rewards/edit?kind=free_product");
    const { app, axe } = admin;
    const field = app.getByLabel("Products, of which one is free", { exact: true });
    await field.fill("4711");
    await field.evaluate("void (shopify.scopes.query = async () => ({ granted: ['read_products'] }))");
    await press(admin, "Choose products: Products, of which one is free");
    await app.getByText("Shopify’s list did not open. Type numbers or addresses into the field instead.").waitFor();
    expect([await field.inputValue(), await axe()]).toEqual(["4711", []]);
  });

  test("is not offered where there is no such list, nor to whoever may not change the program", async () => {
    const { app, settled } = await open("/");
    await app.locator("#page").evaluate("shopify.resourcePicker = undefined");
    await app
      .locator("body")
      .evaluate(
        "document.querySelector('s-app-nav [href=\"/program\"]').dispatchEvent(new CustomEvent('shopify:navigate', { bubbles: true, cancelable: true }))",
      );
    await settled("Program");
    await app.getByLabel(FIELD, { exact: true }).waitFor();
    expect(await app.getByRole("button", { name: /^Choose/ }).count()).toBe(0);
    await shop.look("insert into shop_settings (shop_id, version, staff) select id, 1, array['7'] from shops");
    const other = await open("/program");
    await other.app.getByLabel(FIELD, { exact: true }).waitFor();
    expect(await other.app.getByRole("button", { name: /^Choose/ }).count()).toBe(0);
  });

  test("is refused by the local App Bridge where Shopify would not take what it is asked, or where it is not played", async () => {
    const { app } = await open("/program");
    const wrong = [
      { type: "customer" },
      { type: "product", filter: { variants: false }, most: 2 },
      { type: "product", filter: { variants: false }, multiple: 0 },
      { type: "product", filter: { variants: false }, action: "choose" },
      { type: "product", filter: { variants: false }, selectionIds: [{ id: "4711" }] },
      { type: "collection", selectionIds: [{ id: "gid://shopify/Product/1" }] },
      { type: "product" },
    ];
    const refused = await app
      .locator("body")
      .evaluate(
        `Promise.all(${JSON.stringify(wrong)}.map((one) => shopify.resourcePicker(one).then(() => "opened", ({ name }) => name)))`,
      );
    expect(refused).toEqual(wrong.map(() => "TypeError"));
  });
});
