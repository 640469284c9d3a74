/**
 * Balances brought along by a file, in a browser: tried, handed over, imported without the page, seen again in another browser, undone; and what is
 * there saved as files.
 */
import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { findBrowser, launchBrowser } from "../../dev/browser.ts";
import { apiKey, apiSecret } from "../../dev/settings.ts";
import { sessionClaims, signSession } from "../../dev/shopify/session-token.ts";
import { type FramedAdmin, openFramedAdmin } from "../../dev/shopify-admin/framed-admin.fixture.ts";
import { newTenants, type Outside, type Tenants } from "../../dev/test-tenants.ts";
import { beginImport } from "../flows/import-members.ts";
import { runJobs } from "../flows/run-jobs.ts";

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
});
afterAll(() => browser?.close());
beforeEach(async () => {
  tenants = await newTenants(outside);
});
afterEach(async () => {
  const faults = admin?.faults ?? [];
  await admin?.close();
  admin = null;
  await tenants.close();
  expect(faults).toEqual([]);
});

async function open(path: string, width = 1280): Promise<FramedAdmin> {
  const shop = tenants.shops[0].domain;
  const tokenOf = () => signSession({ ...sessionClaims(shop, apiKey, new Date()), sub: "42" }, apiSecret);
  await admin?.close();
  admin = await openFramedAdmin(browser, { rooms: tenants.world.rooms, shop, tokenOf, width });
  await admin.open(path);
  return admin;
}

const choose = ({ app }: FramedAdmin, text: string) =>
  app.getByLabel("File").setInputFiles({ name: "balances.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
const press = ({ app }: FramedAdmin, name: string | RegExp) => app.getByRole("button", { name }).first().click();
const shows = ({ app }: FramedAdmin, text: string | RegExp) => app.getByText(text).first().waitFor();
/** A badge: that word and no other. */
const isIn = ({ app }: FramedAdmin, state: string) => app.getByText(state, { exact: true }).first().waitFor();
const pots = () =>
  tenants.world.look(
    "select m.customer_id, a.available::int from members m join accounts a on a.member_id = m.id order by m.customer_id",
  );

/** What the worker does of imports without any page: at most so many jobs. */
async function workOn(most = 100): Promise<void> {
  const { rooms, queue } = tenants.world;
  for (let done = 0; done < most; done++) {
    const at = queue.jobs.findIndex(({ kind }) => kind === "go-on-import");
    if (at < 0) return;
    expect(await runJobs(rooms, queue.jobs.splice(at, 1))).toEqual([null]);
  }
}
const BY_ITSELF = "The import goes on by itself. You may close this page.";

async function saved({ page }: FramedAdmin, save: Promise<void>): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent("download"), save]);
  return await readFile(await download.path(), "utf8");
}

const FAULTY = `customer_id,points,name
7001,500,Ada
7002,"1,000",Bo
7003,20,Cy
7001,10,Ada
`;

const browserPath = findBrowser();
if (!browserPath) console.warn("No Chromium on this machine: the admin's tests are skipped. Set CHROMIUM_PATH.");

describe.skipIf(!browserPath)("a file of balances", () => {
  test.each([360, 1280])(
    "is tried, imported and undone at %i pixels, and axe finds no fault on the way",
    async (width) => {
      const one = await open("/import", width);
      const isSound = async () => expect([await one.overflow(), await one.axe()]).toEqual([0, []]);
      await shows(one, "No imports yet");
      await choose(one, FAULTY);
      await press(one, "Check the file");
      await shows(one, "The number has a separator in it, and 1,000 can be a thousand or one.");
      await shows(one, "This customer has a row further up; that one counts.");
      await isSound();
      expect(await tenants.world.look("select 1 from imports")).toEqual([]);
      const csv = await saved(one, press(one, "Save all as CSV"));
      expect(csv).toMatch(/^row,column,why,what_to_do\r\n3,points,"The number has a separator/);
      await press(one, "Import 520 points");
      await one.toast(BY_ITSELF);
      await shows(one, "It goes on by itself: this page may be closed.");
      await isSound();
      await workOn();
      await isIn(one, "Imported");
      expect(await pots()).toEqual([
        { customer_id: "7001", available: 500 },
        { customer_id: "7003", available: 20 },
      ]);
      await one.app.getByRole("link", { name: /20\d\d/ }).click();
      await one.settled(/Import of/);
      await shows(one, "This customer has a row further up; that one counts.");
      await isSound();
      await press(one, "Undo this import");
      await press(one, "Undo it");
      await one.toast("It is being undone. You may close this page.");
      await workOn();
      await isIn(one, "Undone");
      await shows(one, "520 points");
      await isSound();
      expect(await pots()).toEqual([
        { customer_id: "7001", available: 0 },
        { customer_id: "7003", available: 0 },
      ]);
    },
    60_000,
  );

  const MANY = Array.from({ length: 2_900 }, (_, at) => `${8000 + (at % 2_899)},1`);
  const posted = () => tenants.world.look("select count(*)::int as posted from entries where kind = 'open'");

  async function bring(one: FramedAdmin, text: string): Promise<void> {
    await choose(one, text);
    await press(one, "Check the file");
    await press(one, /^Import [\d,]+ points$/);
  }

  test("of many pages ends though its page is closed, and another browser sees how far it is, stops it and lets it go on", async () => {
    const one = await open("/import");
    await bring(one, `customer_id,points\n${MANY.join("\n")}\n`);
    await one.toast(BY_ITSELF);
    await one.close();
    await workOn(1);
    const two = await open("/import");
    await shows(two, "An import is under way");
    await shows(two, "2,000 of 2,900 rows");
    await two.app.getByRole("link", { name: "Open this import" }).click();
    await two.settled(/Import of/);
    await press(two, "Stop it");
    await two.toast("The import stops.");
    await workOn();
    await shows(two, "An import has stopped");
    expect([await two.overflow(), await two.axe()]).toEqual([0, []]);
    await press(two, "Go on");
    await two.toast("The import goes on.");
    await workOn();
    await isIn(two, "Imported");
    expect(await posted()).toEqual([{ posted: 2_899 }]);
  });

  test("that the operator's command alone is at is stopped on its page, and may go on when staff say so", async () => {
    const { world, shops } = tenants;
    const layout = { format: "lojal", hasHeader: true, width: 2, places: { customer_id: 0, points: 1 } } as const;
    const shop = await world.rooms.shops.findOne(shops[0].domain, world.rooms.nowMs());
    if (shop === null) throw new Error("The test's shop was not found.");
    const id = crypto.randomUUID();
    const wanted = { id, digest: id, layout, adds: false, begunBy: "operator", rowsTotal: 3, lastRow: 4 };
    await beginImport(world.rooms, shop, wanted);
    const one = await open(`/import/${id}`);
    await isIn(one, "Not handed over");
    await press(one, "Stop it");
    await one.toast("The import stops.");
    await isIn(one, "Stopped");
    await press(one, "Go on");
    await one.toast("It may go on: choose the same file again, or have the operator run the command again.");
    await isIn(one, "Not handed over");
    await press(one, "Stop it");
    await isIn(one, "Stopped");
  });

  test("that was not handed over as a whole imports nothing, says so, and goes on with the same file", async () => {
    const text = `customer_id,points\n${MANY.join("\n")}\n`;
    const one = await open("/import");
    // After some rows nobody answers any more.
    let answered = 0;
    await one.page.context().route("**/hand-over", async (route) => {
      answered += 1;
      if (answered === 1) await route.fallback();
      else if (answered === 2) await route.fulfill({ status: 500, body: "{}" });
    });
    await bring(one, text);
    await shows(one, "Was it closed? Choose the same file again");
    await workOn();
    expect(await posted()).toEqual([{ posted: 0 }]);
    const two = await open("/import");
    await bring(two, text);
    await two.toast(BY_ITSELF);
    await workOn();
    expect(await posted()).toEqual([{ posted: 2_899 }]);
  });

  test("that is none is told at its field", async () => {
    const one = await open("/import");
    await press(one, "Check the file");
    await shows(one, "Choose a file.");
    await choose(one, "name,balance\nAda,5\n");
    await press(one, "Check the file");
    await shows(one, 'The first line names no column "points".');
  });

  test("is saved as it is: members, entries and the whole shop", async () => {
    await tenants.earn({ shop: tenants.shops[0].domain, customer: "7001" }, 300);
    const one = await open("/import");
    expect(await saved(one, press(one, "Save members.csv"))).toContain("7001,300,0,0,0,,");
    expect(await saved(one, press(one, "Save entries.csv"))).toMatch(/7001,.*,earn,300/);
    expect(await saved(one, press(one, "Save shop.ndjson"))).toMatch(/\{"end":.*\}\n$/);
    const acts = await tenants.world.look("select actor, detail ->> 'what' as what from audit_entries order by id");
    expect(acts).toEqual(["members", "entries", "shop"].map((what) => ({ actor: "staff:42", what })));
  });
});
