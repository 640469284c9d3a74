/** Collections and tags that earn nothing, on a real database: what is learned of them is kept with its time, and an order is settled by it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { KnownGroups } from "../../dev/known-groups.ts";
import { publishProgram, simpleProgram } from "../../dev/publish-program.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import type { OrderNews } from "../domain/order.ts";
import { NO_EXCLUSIONS } from "../domain/program.ts";
import { readBalance, readExplainedHistory } from "./read-member.ts";
import { settleOrders } from "./settle-orders.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

const MINUTE = 60_000;
const SALE = { key: "tag:sale", title: "Sale" };

async function publishExcluding(exclusions: object, inForceFrom = "2000-01-01"): Promise<void> {
  const { shop, database } = world;
  const simple = simpleProgram({ currency: "USD", points: 1, perMinor: 100, pendingDays: 0, rewards: [] });
  const program = { ...simple, exclusions: { ...NO_EXCLUSIONS, ...exclusions } };
  await publishProgram(database.superuserUrl, {
    domain: shop.domain,
    currency: "USD",
    program,
    inForceFrom,
    accessToken: "test-token",
  });
}
const note = (productIds: readonly string[], { isNamed = true, seenVersion = 2, group = SALE } = {}) =>
  world.rooms.groups.note(world.shop.id, { ...group, productIds }, { seenVersion, isNamed });
const lines = [{ ...productLine("1", 10_000), productId: "501" }, productLine("2", 2_000)];
const order = (createdAtMs: number, changes: Parameters<typeof orderBody>[0] = {}): OrderNews => ({
  kind: "state",
  body: orderBody({ createdAtMs, lines, ...changes }),
});
const settle = (...jobs: readonly (readonly [string, OrderNews])[]) =>
  settleOrders(
    world.rooms,
    jobs.map(([id, news]) => orderJob(world, id, news)),
  );
const posted = () => world.look("select order_id, posted::int from order_states order by order_id");

describe("an order is settled by what was known of a group when it was created", () => {
  test("and what is learned later changes neither its refund nor its edit", async () => {
    await note(["501"], { isNamed: false, seenVersion: 1 });
    await publishExcluding({ tags: ["Sale"] });
    const now = Date.now();
    await settle(["1", order(now)]);
    expect(await readBalance(world.rooms, world.shop, "7001")).toMatchObject({ available: 20 });

    expect(await note([])).toBe(true);
    const later = now + 5 * MINUTE;
    const refund = {
      id: "r1",
      lines: [{ lineId: "2", quantity: 1, subtotalMinor: 500, taxMinor: 0 }],
      beyondLinesMinor: 0,
      beyondLinesTaxMinor: 0,
    };
    // By itself: no other news names a product, only the order as it is known.
    await settle(["1", { kind: "refund", refund }]);
    await settle(["2", order(later)], ["3", order(now)]);
    expect(await posted()).toEqual([
      { order_id: "1", posted: 15 },
      { order_id: "2", posted: 120 },
      { order_id: "3", posted: 20 },
    ]);
    // Another line of a product that was in the group then.
    const added = [...lines, { ...productLine("3", 3_000), productId: "501" }];
    await settle(
      ["1", order(now, { lines: added, updatedAtMs: later })],
      ["2", order(later, { lines: added, updatedAtMs: later })],
    );
    expect(await posted()).toMatchObject([{ posted: 15 }, { posted: 150 }, { posted: 20 }]);
  });

  test("a batch is two round trips, with groups as without", async () => {
    await note(["501"], { isNamed: false, seenVersion: 1 });
    await publishExcluding({ tags: ["Sale"] });
    await settle(["0", order(Date.now())]);
    const { load, commitOrLoad } = world.rooms.ledger;
    let trips = 0;
    const ledger = {
      ...world.rooms.ledger,
      load: (...args: Parameters<typeof load>) => ++trips && load(...args),
      commitOrLoad: (...args: Parameters<typeof commitOrLoad>) => ++trips && commitOrLoad(...args),
    };
    const jobs = Array.from({ length: 20 }, (_, index) => orderJob(world, `b${index}`, order(Date.now())));
    await settleOrders({ ...world.rooms, ledger: ledger as typeof world.rooms.ledger }, jobs);
    expect(trips).toBe(2);
    expect(await readBalance(world.rooms, world.shop, "7001")).toMatchObject({ available: 21 * 20 });
  });

  test("a race that is lost is answered with the groups too", async () => {
    await note(["501"], { isNamed: false, seenVersion: 1 });
    await publishExcluding({ tags: ["Sale"] });
    const now = Date.now();
    await settle(["1", order(now)]);
    const { load } = world.rooms.ledger;
    let isFirst = true;
    const ledger = Object.assign(Object.create(world.rooms.ledger) as typeof world.rooms.ledger, {
      load: async (...args: Parameters<typeof load>) => {
        const loaded = await load(...args);
        // Somebody else is faster.
        if (isFirst) {
          isFirst = false;
          await settle(["2", order(now)]);
        }
        return loaded;
      },
    });
    await settleOrders({ ...world.rooms, ledger }, [orderJob(world, "3", order(now))]);
    expect(await posted()).toMatchObject([{ posted: 20 }, { posted: 20 }, { posted: 20 }]);
  });

  test("an explanation says what was not counted", async () => {
    await note(["501"], { isNamed: false, seenVersion: 1 });
    await publishExcluding({ tags: ["Sale"] });
    await settle(["1", order(Date.now())]);
    const { entries } = await readExplainedHistory(world.rooms, world.shop, "7001", null, "en");
    expect(JSON.stringify(entries)).toContain("Not counted: products with the tag “Sale”");
  });
});

describe("what is known of a group", () => {
  test("is kept as the model of it keeps it, whatever is read in whatever order", async () => {
    const model = new KnownGroups();
    const readings = [["501", "502"], ["502"], ["502", "503"], ["501"], [], ["503", "501"], ["503"]];
    for (const [at, ids] of readings.entries()) {
      const isNamed = at > 2;
      const before = Date.now();
      expect(await note(ids, { isNamed, seenVersion: 1 })).toBe(true);
      model.note(SALE.key, ids, { isNamed, nowMs: before });
    }
    const known = await world.rooms.groups.membershipsOf(world.shop.id, ["501", "502", "503", "504"]);
    const shapeOf = (all: readonly { productId: string; sinceMs: number | null; untilMs: number | null }[]) =>
      all.map(({ productId, sinceMs, untilMs }) => `${productId} ${sinceMs !== null} ${untilMs !== null}`).sort();
    expect(shapeOf(known)).toEqual(shapeOf([...model.memberships().values()].flat()));
    for (const { sinceMs } of known) expect((sinceMs ?? Number.POSITIVE_INFINITY) > Date.now()).toBe(true);
  });

  test("is not written where a version was published since the group was looked at", async () => {
    await publishExcluding({ tags: ["Sale"] });
    expect(await note(["501"], { isNamed: false, seenVersion: 1 })).toBe(false);
    expect(await world.look("select 1 from product_groups")).toEqual([]);
  });

  test("holds ten thousands of products, and is read anew in one statement", async () => {
    const ids = Array.from({ length: 30_000 }, (_, index) => String(9_000_000_000_000 + index));
    const began = performance.now();
    await note(ids, { isNamed: false, seenVersion: 1 });
    const first = performance.now();
    await note(ids.slice(100), { isNamed: true, seenVersion: 1 });
    const second = performance.now();
    const rows = await world.look(
      "select count(*)::int as rows, count(until)::int as ended from product_group_members",
    );
    expect(rows).toEqual([{ rows: 30_000, ended: 100 }]);
    // Each is far below what a request may take.
    expect(Math.max(first - began, second - first)).toBeLessThan(30_000);
  });

  test("goes with its shop's export and comes back the same", async () => {
    await note(["501", "502"], { isNamed: false, seenVersion: 1 });
    await note(["502", "503"], { seenVersion: 1 });
    const { lines: exported, next } = await world.rooms.groups.exportLines(world.shop.id, "", 100);
    expect(next).toBeNull();
    const before = await world.look("select * from product_group_members order by product_id, since");
    await world.look("delete from product_groups");
    await world.rooms.groups.restoreLines(world.shop.id, exported);
    expect(await world.look("select * from product_group_members order by product_id, since")).toEqual(before);
    const one = await world.rooms.groups.exportLines(world.shop.id, "", 1);
    const two = await world.rooms.groups.exportLines(world.shop.id, one.next ?? "", 100);
    expect([...one.lines, ...two.lines]).toEqual(exported);
  });
});
