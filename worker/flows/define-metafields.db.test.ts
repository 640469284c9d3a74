import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Network, openPaintedShop, type PaintedShop } from "../../dev/painted-shop.fixture.ts";
import { DEFINITIONS, DEFINITIONS_VERSION } from "../shopify/metafield-definitions.ts";
import { defineMetafields } from "./define-metafields.ts";
import { fanOut } from "./fan-out.ts";
import type { Job } from "./jobs.ts";
import { repaintMembers } from "./repaint-members.ts";
import { runJobs } from "./run-jobs.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted((): Network => {
  const network: Network = { answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

let shop: PaintedShop;
beforeEach(async () => {
  shop = await openPaintedShop(network);
});
afterEach(() => shop.world.close());

const definition = (key: string) => shop.own.metafields.definition("CUSTOMER", "$app", key);
const row = async () => (await shop.world.look("select * from paintings"))[0] ?? {};
const is = (kind: Job["kind"]) => (job: Job) => job.kind === kind;
/** Runs what is queued of this kind, and what that queues. Returns how many jobs that were. */
async function workOn(kind: Job["kind"]): Promise<number> {
  const { queue, rooms } = shop.world;
  for (let ran = 0; ; ran++) {
    const jobs = queue.jobs.splice(0).filter(is(kind));
    if (jobs.length === 0) return ran;
    expect(await runJobs(rooms, jobs)).toEqual(jobs.map(() => null));
  }
}
/** So many members with seven points each, of whom nobody is painted. */
async function addMembers(count: number): Promise<void> {
  await shop.world.look(
    `with m as (insert into members (shop_id, customer_id) select 1, (7000 + n)::text from generate_series(1, $1::integer) n returning id)
     insert into accounts (shop_id, member_id, available) select 1, id, 7 from m`,
    [count],
  );
}
const painted = () =>
  shop.world.look<{ count: string }>("select count(*) from painted_members where digest is not null");

describe("a shop's definitions", () => {
  test("are made by the cron after it installed the app, and not again", async () => {
    expect((await fanOut(shop.world.rooms)).byKind).toMatchObject({ "define-metafields": 1 });
    await workOn("define-metafields");
    for (const { key, type } of DEFINITIONS) expect(definition(key)?.type).toBe(type);
    expect(DEFINITIONS.map(({ key }) => [key, definition(key)?.isAnalyticsQueryable])).toEqual([
      ["points", true],
      ["tier", true],
      ["next_expiry", true],
      ["loyalty", false],
    ]);
    expect(definition("loyalty")?.storefrontAccess).toBe("NONE");
    expect(await row()).toMatchObject({ definitions_version: DEFINITIONS_VERSION });
    expect((await fanOut(shop.world.rooms)).byKind).not.toHaveProperty("define-metafields");
  });

  test("are changed where they are otherwise, when the worker has a newer set of them", async () => {
    await defineMetafields(shop.world.rooms, shop.world.shop);
    const points = definition("points");
    if (points) shop.own.metafields.redefine({ ...points, name: "Earlier", isAnalyticsQueryable: false });
    await shop.world.look("update paintings set definitions_version = 0, define_due_at = now()");
    await fanOut(shop.world.rooms);
    await workOn("define-metafields");
    expect(definition("points")).toMatchObject({ name: "Loyalty points", isAnalyticsQueryable: true });
    expect(await row()).toMatchObject({ definitions_version: DEFINITIONS_VERSION });
  });

  test("are made again after it installed the app again, and all members are painted", async () => {
    await addMembers(3);
    await defineMetafields(shop.world.rooms, shop.world.shop);
    await repaintMembers(shop.world.rooms, shop.world.shop, null);
    shop.own.metafields.forgetValues();
    await shop.world.look("update paintings set defined_at = now() - interval '1 hour', define_due_at = now()");
    await shop.world.look("update shops set installed_at = now() - interval '1 minute'");
    await fanOut(shop.world.rooms);
    await workOn("define-metafields");
    await fanOut(shop.world.rooms);
    await workOn("repaint-members");
    expect([shop.shown("7001"), shop.shown("7002"), shop.shown("7003")]).toEqual([7, 7, 7]);
  });

  test("that Shopify refuses are tried again ten minutes later, and nothing is noted as defined", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue(undefined);
    shop.own.scopes.delete("write_customers");
    await fanOut(shop.world.rooms);
    await workOn("define-metafields");
    expect(log.mock.calls.flat().join()).toContain('"work":"define-metafields"');
    expect((await fanOut(shop.world.rooms)).byKind).not.toHaveProperty("define-metafields");
    shop.own.scopes.add("write_customers");
    await shop.world.look("update paintings set define_due_at = define_due_at - interval '10 minutes'");
    expect((await fanOut(shop.world.rooms)).byKind).toMatchObject({ "define-metafields": 1 });
    await workOn("define-metafields");
    expect(await row()).toMatchObject({ definitions_version: DEFINITIONS_VERSION });
    log.mockRestore();
  });

  test("of another type are told, and are not taken for ours", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue(undefined);
    const { shopify } = shop.store;
    expect(shopify.state.shop(shop.world.shop.domain)).toBe(shop.own);
    shop.own.metafields.define({
      ...{ ownerType: "CUSTOMER", namespace: "$app", key: "points", name: "Points", type: "single_line_text_field" },
      ...{ description: null, storefrontAccess: "NONE", isAnalyticsQueryable: false },
    });
    await defineMetafields(shop.world.rooms, shop.world.shop);
    expect(log.mock.calls.flat().join()).toContain('"code":"another-type"');
    expect(await row()).toMatchObject({ definitions_version: 0 });
    log.mockRestore();
  });
});

describe("painting all members anew", () => {
  test("goes page by page through the shop, and ends", async () => {
    await addMembers(205);
    await shop.world.rooms.paintings.askRepaint(shop.world.shop.id);
    expect((await fanOut(shop.world.rooms)).byKind).toMatchObject({ "repaint-members": 1 });
    expect(await workOn("repaint-members")).toBe(3);
    expect(await painted()).toEqual([{ count: "205" }]);
    expect(await row()).toMatchObject({ members_done: 205, due_at: null, finished_at: expect.any(Date) });
    expect((await fanOut(shop.world.rooms)).byKind).not.toHaveProperty("repaint-members");
  });

  test("writes what Shopify lost, though it is remembered as written", async () => {
    await addMembers(30);
    await shop.world.rooms.paintings.askRepaint(shop.world.shop.id);
    await repaintMembers(shop.world.rooms, shop.world.shop, null);
    shop.own.metafields.forgetValues();
    await shop.world.rooms.paintings.askRepaint(shop.world.shop.id);
    await repaintMembers(shop.world.rooms, shop.world.shop, null);
    expect([shop.shown("7001"), shop.metafield("points", "7030")?.value]).toEqual([7, "7"]);
  });

  test("goes on from its last page when a page died with its worker, a lease later", async () => {
    await addMembers(150);
    await shop.world.rooms.paintings.askRepaint(shop.world.shop.id);
    await repaintMembers(shop.world.rooms, shop.world.shop, null);
    shop.world.queue.jobs.length = 0;
    expect((await fanOut(shop.world.rooms)).byKind).not.toHaveProperty("repaint-members");
    await shop.world.look("update paintings set due_at = due_at - interval '3 minutes'");
    await fanOut(shop.world.rooms);
    expect(await workOn("repaint-members")).toBe(1);
    expect(await row()).toMatchObject({ members_done: 150, due_at: null });
    expect(await painted()).toEqual([{ count: "150" }]);
  });

  test("is done by one at a time: a job that comes twice, or too late, does nothing", async () => {
    await addMembers(150);
    await shop.world.rooms.paintings.askRepaint(shop.world.shop.id);
    await Promise.all([1, 2].map(() => repaintMembers(shop.world.rooms, shop.world.shop, null)));
    const next = shop.world.queue.jobs.filter(is("repaint-members"));
    expect(next).toHaveLength(1);
    await runJobs(shop.world.rooms, [...next, ...next]);
    expect(await row()).toMatchObject({ members_done: 150, due_at: null });
  });
});
