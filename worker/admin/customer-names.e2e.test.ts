/** Customers' names in the admin: shown to whoever switched them on, and nowhere else. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { findBrowser } from "../../dev/browser.ts";
import * as shop from "../../dev/connected-shop.fixture.ts";
import { noLimits } from "../../dev/no-limits.ts";
import { connectedAdmin } from "../../dev/shopify-admin/connected-admin.fixture.ts";
import { createApp } from "../app.ts";
import { adjustByStaff } from "../flows/adjust-by-staff.ts";
import { nameQuery } from "../shopify/customer-names.ts";

const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

const { open } = connectedAdmin(network);

const browserPath = findBrowser();
if (!browserPath) console.warn("No Chromium on this machine: the admin's tests are skipped. Set CHROMIUM_PATH.");

let lines: string[];
beforeEach(async () => {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  await shop.openApp();
  for (const [id, firstName, lastName] of [
    ["7001", "Ada-Lou", "Quillfeather"],
    ["7002", "<b>Bo</b>", null],
    ["7003", null, null],
  ] as const) {
    Object.assign(shop.local.adoptCustomer(id), { firstName, lastName, email: `kept-away-${id}@example.com` });
    const found = await theShop();
    const gift = { id: crypto.randomUUID(), points: 10, reason: "Welcome" };
    await adjustByStaff(shop.newRooms(), found, shop.session().staffId, id, gift);
  }
  shop.local.protectedDataLevel = 2;
});

async function theShop() {
  const rooms = shop.newRooms();
  const found = await rooms.shops.findOne(shop.domain, rooms.nowMs());
  if (!found) throw new Error("The test's shop was not found.");
  return found;
}

async function send(path: string, form?: Record<string, string>) {
  const headers = { Authorization: `Bearer ${shop.session().token}` };
  const init = form === undefined ? { headers } : { method: "POST", headers, body: new URLSearchParams(form) };
  const answer = await createApp(() => shop.newRooms(), noLimits).request(path, init);
  return { status: answer.status, cached: answer.headers.get("Cache-Control"), text: await answer.text() };
}

let version = 0;
beforeEach(() => {
  version = 0;
});
const switchNames = async (on: boolean) => {
  const form = { version: String(version++), budget: "", staff: "", ...(on ? { names: "yes" } : {}) };
  expect((await send("/admin/settings", form)).status).toBe(200);
};
const PAGES = ["/admin/members", "/admin/members/7001", "/admin/members/7777"];
const NUMBERS = /<s-link href="\/members\/7001">7001<\/s-link>/;

test("as long as nobody switched names on, Shopify is asked for none", async () => {
  const before = shop.timesAsked("graphql");
  for (const path of PAGES) expect((await send(path)).text).not.toMatch(/Quillfeather|Numbers only|Find by name/);
  expect((await send("/admin/customer-names", { name: "Ada" })).text).toMatch(/Names are switched off/);
  await switchNames(true);
  await switchNames(false);
  for (const path of PAGES) await send(path);
  expect(shop.timesAsked("graphql")).toBe(before);
});

test("a name is shown beside the number with one call of Shopify, and is kept nowhere: no row, no log, no cache", async () => {
  await switchNames(true);
  const before = shop.timesAsked("graphql");
  const list = await send("/admin/members");
  expect(shop.timesAsked("graphql")).toBe(before + 1);
  expect(list).toMatchObject({ status: 200, cached: "no-store" });
  expect(list.text).toMatch(NUMBERS);
  expect(list.text).toContain("Ada-Lou Quillfeather");
  expect(list.text).toContain("&lt;b&gt;Bo&lt;/b&gt;");
  expect(list.text).not.toMatch(/<b>Bo|kept-away/);
  const member = await send("/admin/members/7001");
  expect(member).toMatchObject({ status: 200, cached: "no-store" });
  expect(member.text).toContain('heading="Customer 7001, Ada-Lou Quillfeather"');
  const found = await send("/admin/customer-names", { name: "quill ada" });
  expect(found).toMatchObject({ status: 200, cached: "no-store" });
  expect(found.text).toMatch(NUMBERS);
  expect((await send("/admin/customer-names", { name: "quill bo" })).text).toMatch(/Nobody is called so/);
  const tables = await shop.look<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public'",
  );
  for (const { name } of tables) {
    const rows = await shop.look(`select to_jsonb(t)::text as row from ${name} t`);
    expect(JSON.stringify(rows), name).not.toMatch(/quill|ada-lou/i);
  }
  expect(lines.join("\n")).not.toMatch(/quill|ada-lou|\bbo\b/i);
  expect(await shop.look("select actor, detail from audit_entries where action = 'settings-changed'")).toEqual([
    { actor: `staff:${shop.session().staffId}`, detail: { budget: null, staff: null, showsNames: true } },
  ]);
});

test("a member's page asks for the shop's rules once, with names and without", async () => {
  const rooms = shop.newRooms();
  const rules = vi.spyOn(rooms.staff, "rules");
  const headers = { Authorization: `Bearer ${shop.session().token}` };
  for (const isOn of [true, false]) {
    await switchNames(isOn);
    rules.mockClear();
    const answer = await createApp(() => rooms, noLimits).request("/admin/members/7001", { headers });
    expect((await answer.text()).includes("Quillfeather")).toBe(isOn);
    expect(rules).toHaveBeenCalledTimes(1);
  }
});

test("where Shopify does not let the app, or does not answer, the page is whole with the numbers and says why", async () => {
  await switchNames(true);
  shop.local.protectedDataLevel = 1;
  for (const path of PAGES.slice(0, 2)) {
    const { status, text } = await send(path);
    expect([path, status]).toEqual([path, 200]);
    expect(text).toMatch(/Shopify does not let this app read the names of customers/);
  }
  expect((await send("/admin/members")).text).toMatch(NUMBERS);
  network.answer = () => Promise.resolve(new Response(null, { status: 503 }));
  for (const path of PAGES) expect((await send(path)).text).toMatch(/Shopify did not tell the names in time/);
  expect(lines.join("\n")).not.toMatch(/quill|ada-lou/i);
});

test("a Shopify that is slow holds no page up for longer than two seconds", async () => {
  await switchNames(true);
  let answer: (response: Response) => void = () => undefined;
  network.answer = () => new Promise((resolve) => (answer = resolve));
  const startedMs = performance.now();
  const { status, text } = await send("/admin/members");
  expect(status).toBe(200);
  expect(text).toMatch(/Shopify did not tell the names in time/);
  expect(text).toMatch(NUMBERS);
  expect(performance.now() - startedMs).toBeLessThan(4_500);
  answer(new Response(null, { status: 503 }));
});

test("nothing that is typed is an operator of Shopify's search", () => {
  expect(nameQuery("Ada* OR email:x@y")).toBe(
    ["ada", "or", "email", "x", "y"].map((word) => `(first_name:${word}* OR last_name:${word}*)`).join(" AND "),
  );
  expect(nameQuery(' ":*()-\\ ')).toBeNull();
});

describe.skipIf(!browserPath)("in a browser", () => {
  test.each([360, 1280])(
    "names are switched on and found by at %i pixels with the keyboard, and axe finds no fault",
    async (width) => {
      const { app, page, axe, overflow, settled, toast } = await open("/settings", width);
      await app.getByRole("switch", { name: "Show customers' names" }).focus();
      await page.keyboard.press("Space");
      await page.getByRole("button", { name: "Save" }).click();
      await toast("Saved.");
      expect([await overflow(), await axe()]).toEqual([0, []]);
      const admin = await open("/members", width);
      await admin.app.getByText("Ada-Lou Quillfeather").waitFor();
      expect([await admin.overflow(), await admin.axe()]).toEqual([0, []]);
      const find = async (name: string) => {
        await admin.app.getByLabel("Name", { exact: true }).fill(name);
        await admin.page.keyboard.press("Enter");
      };
      await find("quill");
      await admin.app.locator("#named").getByRole("link", { name: "7001" }).waitFor();
      // What was found before is no answer to a question that failed.
      await find(" ");
      await admin.app.getByText("Enter a name.").first().waitFor();
      expect(await admin.app.locator("#named").innerHTML()).toBe("");
      await find("quill");
      await admin.app.locator("#named").getByRole("link", { name: "7001" }).click();
      await admin.settled("Customer 7001, Ada-Lou Quillfeather");
      expect([await admin.overflow(), await admin.axe()]).toEqual([0, []]);
      expect(admin.page.url()).not.toContain("quill");
      await settled();
    },
    120_000,
  );
});
