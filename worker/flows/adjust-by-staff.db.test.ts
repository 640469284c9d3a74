/** What staff give, within the month's budget; who may; and undoing. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { importFile, readFile, undoFile } from "../../dev/import-file.ts";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import type { Shop } from "../shops/shops.ts";
import { adjustByStaff, undoAdjustment } from "./adjust-by-staff.ts";
import { changeStaffRules } from "./change-staff-rules.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.close());

let shops = 0;
/** A shop whose staff may give so many points in a month. */
async function shopWith(budgetPoints: number | null): Promise<Shop> {
  shops += 1;
  const shop = await addShop(world, `staffed-${shops}.myshopify.com`, {});
  await changeStaffRules(world.rooms, shop, "42", { version: 0, budgetPoints, staff: null, showsNames: false });
  return shop;
}

const give = (shop: Shop, points: number, id: string = crypto.randomUUID(), customer = "7001", staff = "42") =>
  adjustByStaff(world.rooms, shop, staff, customer, { id, points, reason: "A late parcel" });
const given = async (shop: Shop) => (await world.rooms.staff.rules(shop.id)).givenPoints;

test("many staff at once give no more than the month's budget holds, and every point of it that they can", async () => {
  const shop = await shopWith(500);
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      give(shop, 100, crypto.randomUUID(), String(7_100 + index), String(index)),
    ),
  );
  expect(answers.filter(({ kind }) => kind === "done")).toHaveLength(5);
  const refusals = answers.flatMap((answer) => (answer.kind === "refused" ? [answer.refusal] : []));
  expect(refusals).toEqual(Array(7).fill({ code: "budget-spent", budget: 500, given: 500 }));
  const [sum] = await world.look<{ points: string }>(
    "select sum(points)::text as points from entries where shop_id = $1",
    [shop.id],
  );
  expect([sum?.points, await given(shop)]).toEqual(["500", 500]);
});

test("the same adjustment, sent again and again and at once, is given once and counts once", async () => {
  const shop = await shopWith(100);
  const id = crypto.randomUUID();
  const answers = await Promise.all(Array.from({ length: 5 }, () => give(shop, 100, id)));
  expect(answers).toEqual(Array(5).fill({ kind: "done", available: 100 }));
  expect(await given(shop)).toBe(100);
});

/** What the books were given by staff, less what was undone. */
const postedBy = async (shop: Shop) => {
  const [sum] = await world.look<{ points: number }>(
    "select coalesce(sum(points), 0)::int as points from entries where shop_id = $1 and kind = 'adjust'",
    [shop.id],
  );
  return sum?.points;
};

/** Rooms whose ledger breaks off before it writes. */
const broken = (): typeof world.rooms => ({
  ...world.rooms,
  ledger: { ...world.rooms.ledger, commitOrLoad: () => Promise.reject(new Error("The connection is lost.")) },
});

test("a request that broke off before the ledger, and comes again with other points, counts as what it gives then", async () => {
  const shop = await shopWith(100);
  const id = crypto.randomUUID();
  const dies = adjustByStaff(broken(), shop, "42", "7001", { id, points: 1, reason: "A late parcel" });
  await expect(dies).rejects.toThrow("lost");
  expect(await given(shop)).toBe(1);
  expect(await give(shop, 50_000, id)).toMatchObject({ refusal: { code: "budget-spent", budget: 100 } });
  expect(await given(shop)).toBe(0);
  expect(await give(shop, 60, id)).toEqual({ kind: "done", available: 60 });
  expect([await given(shop), await postedBy(shop)]).toEqual([60, 60]);
  // What is posted stays what it was, and so does what it counts.
  for (const points of [1, 61, 100])
    expect(await give(shop, points, id)).toMatchObject({ refusal: { code: "different-request" } });
  expect([await given(shop), await postedBy(shop)]).toEqual([60, 60]);
});

test("what broke off in an earlier month counts in that one no more when it is given in this one with other points", async () => {
  const shop = await shopWith(100);
  const id = crypto.randomUUID();
  const dies = adjustByStaff(broken(), shop, "42", "7001", { id, points: 30, reason: "A late parcel" });
  await expect(dies).rejects.toThrow("lost");
  await world.look("insert into budget_months (shop_id, month, points_given) values ($1, '2020-01-01', 30)", [shop.id]);
  await world.look("update budget_grants set month = '2020-01-01' where shop_id = $1", [shop.id]);
  await world.look("update budget_months set points_given = 0 where shop_id = $1 and month > '2020-01-01'", [shop.id]);
  expect(await give(shop, 40, id)).toMatchObject({ kind: "done" });
  const months = "select points_given::int as given from budget_months where shop_id = $1 order by month";
  expect(await world.look(months, [shop.id])).toEqual([{ given: 0 }, { given: 40 }]);
});

test("of several requests with one id, at once, one is given, and the budget counts that one", async () => {
  for (let round = 0; round < 5; round++) {
    const shop = await shopWith(100);
    const id = crypto.randomUUID();
    const answers = await Promise.all(
      [1, 99, 50_000, 40].map((points, index) => give(shop, points, id, `71${index}1`)),
    );
    expect(answers.filter(({ kind }) => kind === "done")).toHaveLength(1);
    expect(await given(shop)).toBe(await postedBy(shop));
  }
});

test("an adjustment that comes again after it was undone counts nothing", async () => {
  const shop = await shopWith(100);
  const id = crypto.randomUUID();
  await give(shop, 100, id);
  await undoAdjustment(world.rooms, shop, "42", "7001", `adjust:${id}`);
  expect(await give(shop, 100, id)).toEqual({ kind: "done", available: 0 });
  expect(await given(shop)).toBe(0);
  expect(await give(shop, 100)).toEqual({ kind: "done", available: 100 });
});

test("what is given while somebody else returns the same id's points counts all the same", async () => {
  const shop = await shopWith(100);
  const id = crypto.randomUUID();
  let returns = 0;
  const rooms: typeof world.rooms = {
    ...world.rooms,
    ledger: {
      ...world.rooms.ledger,
      commitOrLoad: async (units, options) => {
        // Between the budget and the ledger another request of this id is refused.
        if (returns++ === 0) await world.rooms.staff.giveBack(shop.id, id);
        return await world.rooms.ledger.commitOrLoad(units, options);
      },
    },
  };
  const wanted = { id, points: 70, reason: "A late parcel" };
  expect(await adjustByStaff(rooms, shop, "42", "7001", wanted)).toEqual({ kind: "done", available: 70 });
  // Nor does a return that comes late.
  await world.rooms.staff.giveBack(shop.id, id);
  expect([await given(shop), await postedBy(shop)]).toEqual([70, 70]);
});

test("undone, the points are gone and back in the budget, however often it is asked for; an undoing is not undone", async () => {
  const shop = await shopWith(100);
  const id = crypto.randomUUID();
  await give(shop, 80, id);
  for (let time = 0; time < 2; time++)
    expect(await undoAdjustment(world.rooms, shop, "43", "7001", `adjust:${id}`)).toEqual({
      kind: "done",
      available: 0,
    });
  expect(await given(shop)).toBe(0);
  expect(await give(shop, 100)).toEqual({ kind: "done", available: 100 });
  for (const [customer, key] of [
    ["7001", `adjust:undo-${id}`],
    ["7002", `adjust:${id}`],
    ["7001", "order:1:1"],
  ] as const)
    expect(await undoAdjustment(world.rooms, shop, "43", customer, key)).toMatchObject({
      refusal: { code: "invalid-request" },
    });
});

test("what an import's undoing took cannot be given again by undoing that, nor come twice with the next import", async () => {
  const shop = await shopWith(10);
  const text = new TextEncoder().encode("customer_id,points\n7001,500\n");
  const file = await readFile(text, { format: "lojal", adds: false });
  const bring = () =>
    importFile(world.rooms, shop, file, { format: "lojal", adds: false, id: crypto.randomUUID(), begunBy: "operator" });
  const { id } = await bring();
  await undoFile(world.rooms, shop, id);
  expect(await undoAdjustment(world.rooms, shop, "42", "7001", `adjust:undo:${id}:2`)).toMatchObject({
    refusal: { code: "invalid-request" },
  });
  await bring();
  expect([await postedBy(shop), await give(shop, 5)]).toEqual([-500, { kind: "done", available: 505 }]);
});

test("what was given and is spent cannot be undone, and stays counted", async () => {
  const shop = await shopWith(100);
  const id = crypto.randomUUID();
  await give(shop, 80, id);
  await give(shop, -50);
  const refusal = { code: "insufficient-points", needed: 80, available: 30 };
  expect(await undoAdjustment(world.rooms, shop, "42", "7001", `adjust:${id}`)).toMatchObject({ refusal });
  expect(await given(shop)).toBe(80);
});

test("an adjustment that the rules refuse takes nothing from the budget", async () => {
  const shop = await shopWith(100);
  expect(await adjustByStaff(world.rooms, shop, "42", "7001", { id: "x", points: 60, reason: " " })).toMatchObject({
    refusal: { code: "invalid-request" },
  });
  expect(await given(shop)).toBe(0);
});

test("the budget is this month's: what was given in another does not count, and goes back there", async () => {
  const shop = await shopWith(100);
  const id = crypto.randomUUID();
  await give(shop, 100, id);
  const earlier = "insert into budget_months (shop_id, month, points_given) values ($1, '2020-01-01', 100)";
  await world.look(earlier, [shop.id]);
  await world.look("update budget_grants set month = '2020-01-01' where shop_id = $1", [shop.id]);
  await world.look("update budget_months set points_given = 0 where shop_id = $1 and month > '2020-01-01'", [shop.id]);
  expect(await give(shop, 100)).toMatchObject({ kind: "done" });
  expect(await undoAdjustment(world.rooms, shop, "42", "7001", `adjust:${id}`)).toMatchObject({ kind: "done" });
  const months = await world.look(
    "select points_given::int as given from budget_months where shop_id = $1 order by month",
    [shop.id],
  );
  expect(months).toEqual([{ given: 0 }, { given: 100 }]);
});

test("who is not on the list changes nothing; nobody takes themselves off it; two who change it at once do not overwrite each other", async () => {
  const shop = await shopWith(null);
  const rules = { budgetPoints: null, staff: ["42", "43"], showsNames: false };
  expect(await changeStaffRules(world.rooms, shop, "44", { version: 1, ...rules })).toMatchObject({
    refusal: { code: "invalid-request" },
  });
  const answers = await Promise.all(
    ["42", "43"].map((staff) => changeStaffRules(world.rooms, shop, staff, { version: 1, ...rules })),
  );
  expect(answers.map(({ kind }) => kind).sort()).toEqual(["done", "refused"]);
  expect(answers.find(({ kind }) => kind === "refused")).toMatchObject({ refusal: { code: "changed-meanwhile" } });
  const refused = { kind: "refused", refusal: { code: "not-permitted" } };
  expect(await give(shop, 10, "y", "7001", "44")).toEqual(refused);
  expect(await undoAdjustment(world.rooms, shop, "44", "7001", "adjust:y")).toEqual(refused);
  expect(
    await changeStaffRules(world.rooms, shop, "44", { version: 2, budgetPoints: null, staff: null, showsNames: false }),
  ).toEqual(refused);
  expect(await give(shop, 10, "y", "7001", "43")).toMatchObject({ kind: "done" });
});

test("after all of it, every book adds up", async () => {
  expect(await auditLedger(world)).toEqual([]);
});
