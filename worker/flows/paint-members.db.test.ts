import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Network, openPaintedShop, type PaintedShop } from "../../dev/painted-shop.fixture.ts";
import { addShop } from "../../dev/test-rooms.ts";
import { fanOut } from "./fan-out.ts";
import { forgetCustomer } from "./forget-customer.ts";
import { mergeCustomers } from "./merge-customers.ts";
import { paintMembers } from "./paint-members.ts";
import { runJobs } from "./run-jobs.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted((): Network => {
  const network: Network = { answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

const SET = "LojalSetMetafields";
const READ = "LojalReadPainted";

let shop: PaintedShop;
beforeEach(async () => {
  shop = await openPaintedShop(network);
});
afterEach(() => shop.world.close());

const memberId = async (customerId = "7001") =>
  (await shop.world.look<{ id: string }>("select id from members where customer_id = $1", [customerId]))[0]?.id ?? "";
const paint = async (...customerIds: string[]) => {
  const { world } = shop;
  const ids = await Promise.all((customerIds.length > 0 ? customerIds : ["7001"]).map(memberId));
  return paintMembers(world.rooms, world.shop, ids);
};
const writes = () => shop.asked.filter((operation) => operation === SET).length;
const late = () => shop.world.look("select member_id from painted_members where due_at is not null");

describe("what is written", () => {
  test("is the balance for Liquid, and for segments the points and the day on which the next ones expire", async () => {
    await shop.give(120);
    await shop.work();
    expect(shop.asked).toEqual([SET]);
    expect(JSON.parse(shop.metafield("loyalty")?.value ?? "")).toMatchObject({ v: 1, available: 120, version: 1 });
    expect(shop.metafield("points")).toMatchObject({ type: "number_integer", value: "120" });
    // Nothing expires in this program: there is no such day.
    expect(shop.metafield("next_expiry")).toBeUndefined();
    expect(shop.metafield("tier")).toBeUndefined();
  });

  test("the day of the next expiry follows the points; when they are gone it is a day that never comes", async () => {
    await shop.give(50);
    await shop.world.look("update lots set expires_at = '2999-02-01T00:00:00Z'");
    await paint();
    expect(shop.metafield("next_expiry")).toMatchObject({ type: "date", value: "2999-01-31" });
    await shop.give(-50);
    await paint();
    expect(shop.metafield("next_expiry")?.value).toBe("9999-12-31");
    await paint();
    expect(writes()).toBe(2);
  });

  test("what is there already is not asked for again", async () => {
    await shop.give(10);
    await paint();
    await paint();
    await paint();
    expect(shop.asked).toEqual([SET]);
  });

  test("ten changes of one member that lie in one batch are one write", async () => {
    for (let change = 0; change < 10; change++) await shop.give(1);
    await shop.work();
    expect(shop.asked).toEqual([SET]);
    expect(shop.shown()).toBe(10);
  });

  test("a change waits some seconds for the next ones of the same member", async () => {
    const send = vi.spyOn(shop.world.queue, "send");
    await shop.give(1);
    expect(send).toHaveBeenLastCalledWith([expect.objectContaining({ kind: "paint-members" })], { delaySeconds: 2 });
  });

  test("fifty members are five calls of ten points, two when their points stay as they were, and one reading more when nothing is known", async () => {
    const customers = Array.from({ length: 50 }, (_, index) => String(7001 + index));
    for (const customer of customers) await shop.give(5, customer);
    const cost = async () => {
      const before = { calls: shop.asked.length, points: shop.cost };
      await paint(...customers);
      return { calls: shop.asked.length - before.calls, points: shop.cost - before.points };
    };
    expect(await cost()).toEqual({ calls: 5, points: 50 });
    expect(await cost()).toEqual({ calls: 0, points: 0 });
    // Another code, another date: the points stay.
    await shop.world.look("update painted_members set content = 'another'");
    expect(await cost()).toEqual({ calls: 2, points: 20 });
    // After a restore: two refused calls, a reading, and two calls that find the points right.
    await shop.world.look("update painted_members set content = 'another', digest = 'another'");
    expect((await cost()).calls).toBe(2 + 1 + 2);
  });

  test("a customer who is gone at Shopify is left out, holds up nobody, and is not late for ever", async () => {
    for (const customer of ["7001", "7002", "7003"]) await shop.give(7, customer);
    shop.own.deleteCustomer("7002");
    await shop.work();
    expect([shop.shown("7001"), shop.shown("7002"), shop.shown("7003")]).toEqual([7, undefined, 7]);
    await shop.age();
    expect(await fanOut(shop.world.rooms)).toMatchObject({ unpainted: 0 });
  });

  test("nothing is written of who was forgotten or merged, and they are not late", async () => {
    const { world } = shop;
    for (const customer of ["7001", "7002", "7003"]) await shop.give(7, customer);
    await shop.age();
    await fanOut(world.rooms);
    expect(await late()).toHaveLength(3);
    await forgetCustomer(world.rooms, world.shop, "7001", "a delivery");
    await mergeCustomers(world.rooms, world.shop, { keptCustomerId: "7003", mergedCustomerId: "7002" });
    await shop.work();
    expect([shop.shown("7001"), shop.shown("7002"), shop.shown("7003")]).toEqual([undefined, undefined, 14]);
    expect(await late()).toEqual([]);
    await fanOut(world.rooms);
    expect(await late()).toEqual([]);
  });
});

describe("of two workers, whoever read the ledger later has the last word", () => {
  /** Holds the next write back until somebody lets it go. */
  function holdWrite(): { held: Promise<void>; letGo: () => void } {
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let isHeld = false;
    shop.between = async (operation, answer) => {
      if (operation === SET && !isHeld) {
        isHeld = true;
        reached.resolve();
        await released.promise;
      }
      return answer();
    };
    return { held: reached.promise, letGo: () => released.resolve() };
  }

  test.each([
    { what: "never painted", before: 0 },
    { what: "painted before", before: 1 },
  ])("where the member was $what", async ({ before }) => {
    await shop.give(10);
    if (before > 0) await paint();
    await shop.give(1);
    const { held, letGo } = holdWrite();
    const slow = paint();
    await held;
    await shop.give(100);
    await paint();
    expect(shop.shown()).toBe(111);
    letGo();
    await slow;
    expect(shop.shown()).toBe(111);
    expect(shop.metafield("points")?.value).toBe("111");
    // What is remembered is what is there: the next write needs no look at Shopify.
    shop.asked.length = 0;
    await shop.give(1000);
    await paint();
    expect(shop.asked).toEqual([SET]);
    expect(shop.shown()).toBe(1111);
  });

  test("in what is remembered, too: whoever read earlier and notes later is not noted", async () => {
    const { paintings } = shop.world.rooms;
    await shop.give(10);
    const id = await memberId();
    const written = (digest: string, version: number) => {
      return { memberId: id, version, content: digest, digest, points: version, nextExpiry: null, tier: null };
    };
    await paintings.note(shop.world.shop.id, 2_000, [written("later", 2)]);
    await paintings.note(shop.world.shop.id, 1_000, [written("earlier", 1)]);
    expect((await paintings.remembered(shop.world.shop.id, [id])).get(id)).toMatchObject({
      digest: "later",
      points: 2,
    });
  });

  test("whatever crosses whatever: three painters, changes between them, held and let go in any order", async () => {
    let total = 0;
    const run = async (turns: readonly number[]) => {
      const gates: (() => void)[] = [];
      shop.between = async (operation, answer) => {
        if (operation === SET) await new Promise<void>((resolve) => gates.push(resolve));
        return answer();
      };
      const painters: Promise<unknown>[] = [];
      // A history without any change has nothing to show: each begins with one.
      for (const turn of [0, ...turns]) {
        if (turn < 2) {
          await shop.give(1);
          total += 1;
          painters.push(paint());
        } else gates.splice(turn % (gates.length + 1), 1)[0]?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
      let isOver = false;
      const all = Promise.all(painters).finally(() => {
        isOver = true;
      });
      while (!isOver) {
        gates.pop()?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await all;
      expect(shop.shown()).toBe(total);
      expect(shop.metafield("points")?.value).toBe(String(total));
    };
    await fc.assert(fc.asyncProperty(fc.array(fc.nat(6), { minLength: 3, maxLength: 9 }), run), { numRuns: 25 });
  });
});

describe("what breaks off is repaired", () => {
  test("when the answer to a write is lost, the next try looks at Shopify, and writes the newest balance", async () => {
    await shop.give(10);
    await paint();
    await shop.give(5);
    shop.between = async (operation, answer) => {
      await answer();
      throw new TypeError(`the answer to ${operation} is lost`);
    };
    await expect(paint()).rejects.toThrow();
    expect(shop.shown()).toBe(15);
    shop.between = (_, answer) => answer();
    await shop.give(1);
    shop.asked.length = 0;
    await paint();
    expect(shop.asked).toEqual([SET, READ, SET]);
    expect(shop.shown()).toBe(16);
    await shop.give(1);
    await paint();
    expect(shop.asked).toEqual([SET, READ, SET, SET]);
  });

  test("what is remembered and not at Shopify any more is written in full", async () => {
    await shop.give(10);
    await shop.world.look("update lots set expires_at = '2999-02-01T00:00:00Z'");
    await paint();
    shop.own.metafields.forgetValues();
    await shop.world.look("update lots set expires_at = '2999-03-01T00:00:00Z'");
    await paint();
    expect(shop.shown()).toBe(10);
    expect(shop.metafield("points")?.value).toBe("10");
    expect(shop.metafield("next_expiry")?.value).toBe("2999-02-28");
  });

  test("a painting that the queue refused is found by the cron a minute later, told as late, and mended", async () => {
    const { world } = shop;
    await shop.give(1);
    await paint();
    await shop.age();
    const refusing = vi.spyOn(world.queue, "send").mockRejectedValue(new Error("the queue refuses"));
    await shop.give(10);
    await shop.give(20, "7002");
    refusing.mockRestore();
    expect(await fanOut(world.rooms)).toMatchObject({ unpainted: 0, paintLagMs: 0 });
    await shop.age();
    const found = await fanOut(world.rooms);
    expect(found).toMatchObject({ unpainted: 2, byKind: { "paint-members": 1 } });
    expect(found.paintLagMs).toBeGreaterThanOrEqual(90_000);
    await shop.work();
    expect([shop.shown("7001"), shop.shown("7002")]).toEqual([11, 20]);
    expect(await fanOut(world.rooms)).toMatchObject({ unpainted: 0, paintLagMs: 0 });
    expect(await late()).toEqual([]);
  });

  test("a change that no shopper sees makes nobody late", async () => {
    await shop.give(10);
    await paint();
    // As news of an order does that is worth what it was.
    await shop.world.look("update accounts set version = version + 1");
    await shop.age();
    expect(await fanOut(shop.world.rooms)).toMatchObject({ unpainted: 0 });
  });

  test("a late member is asked for once in ten minutes, and told until it is painted", async () => {
    const { world } = shop;
    await shop.give(10);
    world.queue.jobs.length = 0;
    await shop.age();
    expect((await fanOut(world.rooms)).byKind).toMatchObject({ "paint-members": 1 });
    const again = await fanOut(world.rooms);
    expect(again.byKind).not.toHaveProperty("paint-members");
    expect(again.unpainted).toBe(1);
    await world.look("update painted_members set due_at = due_at - interval '10 minutes'");
    expect((await fanOut(world.rooms)).byKind).toMatchObject({ "paint-members": 1 });
  });

  test("a late member who was painted meanwhile costs no write", async () => {
    const { world } = shop;
    await shop.give(10);
    await shop.age();
    await fanOut(world.rooms);
    expect(await late()).toHaveLength(1);
    await paint();
    await runJobs(
      world.rooms,
      world.queue.jobs.filter(({ kind }) => kind === "paint-members"),
    );
    expect(shop.asked).toEqual([SET]);
    expect(await late()).toEqual([]);
  });

  test("nobody is late in a shop that has no app", async () => {
    const { world } = shop;
    const gone = await addShop(world, "gone-shop.myshopify.com");
    await world.look("update shops set uninstalled_at = now() where id = $1", [gone.id]);
    await world.look("insert into members (shop_id, customer_id) values ($1, '1')", [gone.id]);
    await shop.give(10);
    await world.look("update shops set access_token_sealed = null");
    await shop.age();
    expect(await fanOut(world.rooms)).toMatchObject({ unpainted: 0 });
  });
});
