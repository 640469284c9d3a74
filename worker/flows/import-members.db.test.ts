import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { checkFile, importFile, readFile, undoFile } from "../../dev/import-file.ts";
import { propertyRuns } from "../../dev/property-runs.ts";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import type { ImportFormat } from "../domain/import-format.ts";
import { openingKey } from "../domain/members.ts";
import type { Shop } from "../shops/shops.ts";
import { adjustMember, bringBalance } from "./change-member.ts";
import { importRows } from "./import-members.ts";
import { mergeCustomers } from "./merge-customers.ts";
import { redeemReward } from "./redeem-reward.ts";
import { undoImport } from "./undo-import.ts";

let world: TestWorld;
let shop: Shop;
let made = 0;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});
beforeEach(async () => {
  made += 1;
  shop = await addShop(world, `import-${made}.myshopify.com`);
});

const bytes = (text: string) => new TextEncoder().encode(text);
async function bring(
  text: string,
  options: { format?: ImportFormat; adds?: boolean; id?: string } = {},
  rooms = world.rooms,
) {
  const { format = "lojal", adds = false, id = crypto.randomUUID() } = options;
  const file = await readFile(bytes(text), { format, adds });
  return importFile(rooms, shop, file, { format, adds, id, begunBy: "operator" });
}
async function check(text: string, format: ImportFormat = "lojal") {
  return checkFile(world.rooms, shop, await readFile(bytes(text), { format, adds: false }), { adds: false });
}
async function pots(customerId: string) {
  const rows = await world.look<{ pending: string; available: string; held: string; owed: string }>(
    `select pending, available, held, owed from accounts a join members m on m.shop_id = a.shop_id and m.id = a.member_id
     where a.shop_id = $1 and m.customer_id = $2`,
    [shop.id, customerId],
  );
  return rows.map(({ pending, available, held, owed }) => [pending, available, held, owed].map(Number))[0];
}
const refusedOf = async (id: string) =>
  (await world.rooms.imports.refusedAfter(shop.id, id, 0, 100)).map(({ row, reason }) => `${row} ${reason}`);
const entries = () => world.look("select key from entries where shop_id = $1", [shop.id]);

const FILE = `customer_id,points,available_on,expires_on
7001,500,,
7002,"1,000",,
7003,20,2099-01-01,
7004,0,,
7001,10,,
,5,,
7005,-3,,
7006,30,,2030-01-31
`;

describe("a file with faults in it", () => {
  test("is told row by row before anything is written, and imported the same way", async () => {
    const report = await check(FILE);
    const expected = ["3 points-separated", "6 duplicate", "7 customer-missing", "8 points-negative"];
    expect(report.refused.map(({ row, reason }) => `${row} ${reason}`)).toEqual(expected);
    expect(report).toMatchObject({ rowsToPost: 3, rowsEmpty: 1, points: 550 });
    expect(await entries()).toEqual([]);
    const state = await bring(FILE);
    expect(state).toMatchObject({
      rowsTotal: 8,
      rowsPosted: 3,
      rowsEmpty: 1,
      rowsRefused: 4,
      pointsPosted: 550,
      isFinished: true,
    });
    expect(await refusedOf(state.id)).toEqual(expected);
    expect([await pots("7001"), await pots("7003"), await pots("7006")]).toEqual([
      [0, 500, 0, 0],
      [20, 0, 0, 0],
      [0, 30, 0, 0],
    ]);
    expect(await pots("7004")).toBeUndefined();
  });

  test("posts nothing twice: again, at once by several, and where a run broke off between the ledger and the note of it", async () => {
    const [first, ...others] = await Promise.all([bring(FILE), bring(FILE), bring(FILE)]);
    for (const other of others) expect(other).toEqual(first);
    expect(await bring(FILE)).toEqual(first);
    expect(await entries()).toHaveLength(3);
    await world.look(
      "update imports set last_row_done = 0, rows_posted = 0, rows_empty = 0, rows_refused = 0, points_posted = 0, finished_at = null where shop_id = $1",
      [shop.id],
    );
    await world.look("delete from import_rows where shop_id = $1", [shop.id]);
    expect(await bring(FILE)).toEqual(first);
    expect(await entries()).toHaveLength(3);
  });

  test("goes on where it was: a page from elsewhere is answered with the place", async () => {
    const { id } = await bring(FILE);
    const page = { afterRow: 2, throughRow: 3, rows: [{ row: 3, cells: ["7009", "5", "", ""] }] };
    expect(await importRows(world.rooms, shop, id, page)).toMatchObject({
      kind: "elsewhere",
      state: { lastRowDone: 9 },
    });
    expect(await importRows(world.rooms, shop, "none", page)).toEqual({ kind: "refused", why: "unknown-import" });
    expect(await pots("7009")).toBeUndefined();
  });
});

describe("a corrected file", () => {
  test("brings nobody a second balance, unless it is told to add", async () => {
    const first = await bring("customer_id,points\n7001,100\n");
    const text = "customer_id,points\n7001,100\n7002,50\n";
    expect((await check(text)).refused).toEqual([{ row: 2, column: null, reason: "imported-before" }]);
    const second = await bring(text);
    expect(await refusedOf(second.id)).toEqual(["2 imported-before"]);
    expect([await pots("7001"), await pots("7002")]).toEqual([
      [0, 100, 0, 0],
      [0, 50, 0, 0],
    ]);
    await bring("customer_id,points\n7001,7\n", { adds: true });
    expect(await pots("7001")).toEqual([0, 107, 0, 0]);
    await undoFile(world.rooms, shop, first.id);
    expect(await pots("7001")).toEqual([0, 7, 0, 0]);
  });

  test("finds a customer whom an earlier import knew by the number that was merged away", async () => {
    await bring("customer_id,points\n7001,100\n");
    await mergeCustomers(world.rooms, shop, { keptCustomerId: "7002", mergedCustomerId: "7001" });
    const state = await bring("customer_id,points\n7002,5\n7001,5\n");
    expect(await refusedOf(state.id)).toEqual(["2 imported-before", "3 imported-before"]);
    const adding = await bring("customer_id,points\n7002,5\n7001,6\n", { adds: true });
    expect(await refusedOf(adding.id)).toEqual(["3 duplicate"]);
    expect(await pots("7002")).toEqual([0, 105, 0, 0]);
  });
});

describe("another file for the same customers", () => {
  const rows = Array.from({ length: 40 }, (_, index) => `${7100 + index},100\n`).join("");

  test("at the same time brings nobody both balances: whoever commits later is refused", async () => {
    const [first, second] = await Promise.all([
      bring(`customer_id,points\n${rows}`),
      bring(`customer_id,points\n${rows}7201,1\n`),
    ]);
    expect(first.rowsPosted + second.rowsPosted).toBe(41);
    expect(first.rowsRefused + second.rowsRefused).toBe(40);
    const reasons = [...(await refusedOf(first.id)), ...(await refusedOf(second.id))];
    expect(new Set(reasons.map((told) => told.split(" ")[1]))).toEqual(new Set(["imported-before"]));
    expect(await world.look("select max(available)::int as most from accounts where shop_id = $1", [shop.id])).toEqual([
      { most: 100 },
    ]);
  });

  test("is refused what a page posted that died before the note of it, spent or not, until that import is undone", async () => {
    const dies = () => Promise.reject(new Error("The worker died."));
    const imports = new Proxy(world.rooms.imports, {
      get: (book, name) => (name === "note" ? dies : Reflect.get(book, name).bind(book)),
    });
    await expect(bring("customer_id,points\n7001,100\n7002,60\n", {}, { ...world.rooms, imports })).rejects.toThrow(
      "died",
    );
    await adjustMember(world.rooms, shop, "7002", { id: "spent", points: -60, reason: "spent" });
    const text = "customer_id,points\n7001,100\n7002,60\n7003,5\n";
    const expected = ["2 imported-before", "3 imported-before"];
    expect((await check(text)).refused.map(({ row, reason }) => `${row} ${reason}`)).toEqual(expected);
    const corrected = await bring(text);
    expect(await refusedOf(corrected.id)).toEqual(expected);
    expect([await pots("7001"), await pots("7002"), await pots("7003")]).toEqual([
      [0, 100, 0, 0],
      [0, 0, 0, 0],
      [0, 5, 0, 0],
    ]);
    const [broken] = (await world.rooms.imports.list(shop.id, 10)).filter(({ id }) => id !== corrected.id);
    await undoFile(world.rooms, shop, broken?.id ?? "");
    await undoFile(world.rooms, shop, corrected.id);
    expect(await bring(text)).toMatchObject({ rowsPosted: 3, rowsRefused: 0 });
  });
});

describe("an undo", () => {
  test("takes back what is there, also what is pending, and leaves all other points alone", async () => {
    await adjustMember(world.rooms, shop, "7001", { id: "a", points: 40, reason: "for your patience" });
    const { id } = await bring(FILE);
    const state = await undoFile(world.rooms, shop, id);
    expect(state).toMatchObject({ isUndone: true, pointsTaken: 550, pointsLeft: 0 });
    expect([await pots("7001"), await pots("7003"), await pots("7006")]).toEqual([
      [0, 40, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    const before = await entries();
    expect(await undoFile(world.rooms, shop, id)).toEqual(state);
    expect(await entries()).toEqual(before);
  });

  test("says what was spent, and nobody comes to owe it", async () => {
    const { id } = await bring("customer_id,points\n7001,800\n7002,60\n");
    const redemptionId = crypto.randomUUID();
    await redeemReward(world.rooms, shop, "7001", { redemptionId, rewardId: "off-500", points: null });
    const state = await undoFile(world.rooms, shop, id);
    expect(state).toMatchObject({ pointsTaken: 360, pointsLeft: 500 });
    expect(await pots("7001")).toEqual([0, 0, 500, 0]);
  });

  test("that broke off, or is done by two at once, takes each balance once", async () => {
    const { id } = await bring("customer_id,points\n7001,100\n7002,60\n");
    await Promise.all([undoFile(world.rooms, shop, id), undoFile(world.rooms, shop, id)]);
    await world.look("update imports set undo_last_row = 0, undone_at = null, points_taken = 0 where shop_id = $1", [
      shop.id,
    ]);
    await world.look("update import_rows set points_taken = null where shop_id = $1", [shop.id]);
    await bringBalance(world.rooms, shop, "7001", { id: "more", points: 5, availableAtMs: 0, expiresAtMs: null });
    expect(await undoFile(world.rooms, shop, id)).toMatchObject({ pointsTaken: 160, pointsLeft: 0 });
    expect(await pots("7001")).toEqual([0, 5, 0, 0]);
  });

  test("lets the same file be imported anew", async () => {
    const text = "customer_id,points\n7001,100\n";
    const { id } = await bring(text);
    await undoFile(world.rooms, shop, id);
    const again = await bring(text);
    expect(again.id).not.toBe(id);
    expect(await pots("7001")).toEqual([0, 100, 0, 0]);
    const page = { afterRow: 0, throughRow: 2, rows: [] };
    expect(await importRows(world.rooms, shop, id, page)).toEqual({ kind: "refused", why: "undone" });
  });

  test("finds points that a merger has moved no more, and says so", async () => {
    const { id } = await bring("customer_id,points\n7001,100\n");
    await mergeCustomers(world.rooms, shop, { keptCustomerId: "7002", mergedCustomerId: "7001" });
    expect(await undoFile(world.rooms, shop, id)).toMatchObject({ pointsTaken: 0, pointsLeft: 100 });
    expect(await pots("7002")).toEqual([0, 100, 0, 0]);
  });
});

test("an undo that a merger overtakes is told to come again, and then finds where everybody is", async () => {
  const { id } = await bring("customer_id,points\n7001,100\n7002,60\n");
  const { imports } = world.rooms;
  const merge = () => mergeCustomers(world.rooms, shop, { keptCustomerId: "7002", mergedCustomerId: "7001" });
  const overtaken = new Proxy(imports, {
    get: (book, name) =>
      name === "postedAfter"
        ? async (...asked: Parameters<typeof imports.postedAfter>) => {
            const rows = await imports.postedAfter(...asked);
            await merge();
            return rows;
          }
        : Reflect.get(book, name).bind(book),
  });
  const undo = { importId: id, by: "operator", reason: "import undone" };
  expect(await undoImport({ ...world.rooms, imports: overtaken }, shop, undo)).toMatchObject({ kind: "later" });
  expect(await undoImport(world.rooms, shop, undo)).toMatchObject({
    state: { isUndone: true, pointsTaken: 60, pointsLeft: 100 },
  });
  expect(await pots("7002")).toEqual([0, 100, 0, 0]);
});

test("points of an import have the dates that the file says, and are told as brought along", async () => {
  const { id } = await bring("customer_id,points,available_on,expires_on\n7001,5,2099-01-01,2099-06-30\n");
  expect(
    await world.look("select id, available_at, expires_at, matured from lots where shop_id = $1", [shop.id]),
  ).toEqual([
    {
      id: openingKey(`${id}:2`),
      available_at: new Date("2099-01-01"),
      expires_at: new Date("2099-07-01T12:00:00Z"),
      matured: false,
    },
  ]);
  expect(await world.look("select kind, actor from entries where shop_id = $1", [shop.id])).toEqual([
    { kind: "open", actor: "import" },
  ]);
});

test("the rows that are accepted add up to what is posted, and an undo leaves nothing of them", {
  timeout: 120_000,
}, async () => {
  const cell = fc.oneof(fc.nat(2_000).map(String), fc.constantFrom("", "1,000", "-5", "10.5", "x", "0"));
  const row = fc.tuple(fc.nat(30), cell);
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
      made += 1;
      shop = await addShop(world, `import-${made}.myshopify.com`);
      const text = `customer_id,points\n${rows.map(([id, points]) => `${7000 + id},"${points}"\n`).join("")}`;
      const report = await check(text);
      const state = await bring(text);
      expect([state.rowsPosted, state.pointsPosted, state.rowsRefused]).toEqual([
        report.rowsToPost,
        report.points,
        report.refused.length,
      ]);
      const sum = "select coalesce(sum(pending + available), 0)::int as sum from accounts where shop_id = $1";
      expect(await world.look(sum, [shop.id])).toEqual([{ sum: state.pointsPosted }]);
      expect(await undoFile(world.rooms, shop, state.id)).toMatchObject({
        pointsTaken: state.pointsPosted,
        pointsLeft: 0,
      });
      expect(await world.look(sum, [shop.id])).toEqual([{ sum: 0 }]);
    }),
    { numRuns: propertyRuns(25) },
  );
});
