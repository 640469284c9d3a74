import fc from "fast-check";
import pg from "pg";
import { afterEach, describe, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { restoreShop } from "../../dev/export-file.ts";
import { propertyRuns } from "../../dev/property-runs.ts";
import { publishRewards } from "../../dev/reward-shop.fixture.ts";
import { localSettings } from "../../dev/settings.ts";
import { newDatabase } from "../../dev/test-bed.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { KeptQueue, newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { openRooms } from "../app.ts";
import { adjustByStaff } from "./adjust-by-staff.ts";
import { cancelRedemption } from "./cancel-redemption.ts";
import { adjustMember, bringBalance, joinOrLeave } from "./change-member.ts";
import { changeStaffRules } from "./change-staff-rules.ts";
import { exportEntriesCsv, exportMembersCsv } from "./export-csv.ts";
import { exportShop } from "./export-shop.ts";
import { forgetCustomer } from "./forget-customer.ts";
import { mergeCustomers } from "./merge-customers.ts";
import { readBalance } from "./read-member.ts";
import { redeemReward } from "./redeem-reward.ts";
import { readExport, restorePage } from "./restore-shop.ts";
import { settleOrders } from "./settle-orders.ts";

const worlds: TestWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) {
    expect(await auditLedger(world)).toEqual([]);
    await world.close();
  }
});

async function shopWithAPast(): Promise<TestWorld> {
  const world = await newWorld({ pendingDays: 14, rewards: ["100:10.00"] });
  worlds.push(world);
  return world;
}

/** A deployment that has nothing but the shop, installed. `others` have used its numbers before. */
async function emptyWorld(domain: string): Promise<TestWorld> {
  const database = await newDatabase();
  const pool = new pg.Pool({ connectionString: database.superuserUrl, max: 2 });
  pool.on("error", () => undefined);
  const look = async <Row extends pg.QueryResultRow>(query: string, values: unknown[] = []) =>
    (await pool.query<Row>(query, values)).rows;
  await look("insert into shops (domain, currency) values ('another.myshopify.com', 'EUR'), ($1, 'USD')", [domain]);
  const queue = new KeptQueue();
  const rooms = openRooms(localSettings(database.name), queue);
  const shop = await rooms.shops.findOne(domain, rooms.nowMs());
  if (!shop) throw new Error("The test's shop was not found.");
  const close = async () => {
    await pool.end();
    await database.drop();
  };
  const world: TestWorld = { database, rooms, queue, shop, look, close };
  worlds.push(world);
  return world;
}

const order = (world: TestWorld, id: string, customerId: string | null, amountMinor: number, changes: object = {}) => {
  const processedAtMs = Date.parse("2026-01-01");
  const body = orderBody({ customerId, lines: [productLine("1", amountMinor)], processedAtMs, ...changes });
  return settleOrders(world.rooms, [orderJob(world, id, { kind: "state", body })]);
};

/** Everything that can happen to a member: orders, a refund, codes held and used, points owed, a merger, somebody who left, somebody forgotten. */
async function livePast(world: TestWorld): Promise<void> {
  const { rooms, shop } = world;
  await changeStaffRules(rooms, shop, "42", { version: 0, budgetPoints: 100, staff: ["42"], showsNames: false });
  await adjustByStaff(rooms, shop, "42", "7001", { id: "gift", points: 60, reason: "A gift" });
  const group = { key: "tag:sale", title: "Sale", productIds: ["501", "502"] };
  await rooms.groups.note(shop.id, group, { seenVersion: 1, isNamed: false });
  await rooms.groups.note(shop.id, { ...group, productIds: ["502"] }, { seenVersion: 1, isNamed: true });
  const redeem = async (customerId: string) => {
    const redemptionId = crypto.randomUUID();
    const answer = await redeemReward(rooms, shop, customerId, { redemptionId, rewardId: "off-100", points: null });
    return answer.kind === "redemption" ? { redemptionId, code: answer.redemption.code } : { redemptionId, code: "" };
  };
  await order(world, "1", "7001", 30_000);
  await order(world, "2", "7002", 15_000);
  await order(world, "3", null, 5_000);
  await order(world, "4", "7003", 5_000, { processedAtMs: Date.now() });
  const used = await redeem("7001");
  await order(world, "5", "7001", 9_000, { codes: [used.code] });
  const cancelled = await redeem("7001");
  await cancelRedemption(rooms, shop, "7001", cancelled.redemptionId);
  await redeem("7002");
  await order(world, "2", "7002", 0, { updatedAtMs: Date.parse("2026-02-01") });
  await adjustMember(rooms, shop, "7004", { id: "a", points: 12, reason: '=1+1, "so"' });
  await bringBalance(rooms, shop, "7005", {
    id: "b",
    points: 40,
    availableAtMs: 0,
    expiresAtMs: Date.parse("2090-01-01"),
  });
  await mergeCustomers(rooms, shop, { keptCustomerId: "7006", mergedCustomerId: "7005" });
  await mergeCustomers(rooms, shop, { keptCustomerId: "7004", mergedCustomerId: "7006" });
  await joinOrLeave(rooms, shop, "7003", false);
  await order(world, "6", "7009", 4_000);
  await forgetCustomer(rooms, shop, "7009", "forget:1");
}

async function exported(world: TestWorld): Promise<string[]> {
  let text = "";
  for await (const part of exportShop(world.rooms, world.shop)) text += part;
  return text.trimEnd().split("\n");
}

const TABLES = [
  "program_versions",
  "product_groups",
  "product_group_members",
  "shop_settings",
  "budget_months",
  "budget_grants",
  "members",
  "accounts",
  "lots",
  "entries",
  "allocations",
  "order_states",
  "redemptions",
];
/** Every row of the books, letter by letter; but for the shop's own number. */
async function books(world: TestWorld): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const table of TABLES) {
    const rows = await world.look<{ row: string }>(
      `select regexp_replace(row_to_json(t)::text, '"shop_id":[0-9]+', '') as row from ${table} t where shop_id = $1`,
      [world.shop.id],
    );
    all[table] = rows.map(({ row }) => row).sort();
  }
  return all;
}

describe("a whole shop", () => {
  test("comes back in an empty deployment row by row, also what has passed, who was merged, and who was forgotten", async () => {
    const source = await shopWithAPast();
    await livePast(source);
    const target = await emptyWorld(source.shop.domain);
    const lines = await exported(source);
    const proof = await restoreShop(target.rooms, target.shop, () => lines);
    expect(proof).toMatchObject({ accountsDiffering: 0 });
    expect(await books(target)).toEqual(await books(source));
    expect((await books(target))["lots"]?.length).toBeGreaterThan(5);
    expect(await exported(target)).toHaveLength(lines.length);
    const balances = (world: TestWorld) =>
      Promise.all(["7001", "7002", "7003", "7004", "7005"].map((id) => readBalance(world.rooms, world.shop, id)));
    expect(await balances(target)).toEqual(await balances(source));
  });

  test("has the same tiers, the same stocks of rewards, and the same budget left", async () => {
    const source = await shopWithAPast();
    const { rooms, shop } = source;
    const badge = { kind: "experience", id: "badge", cost: 10, limit: { times: 1, days: 30 } } as const;
    const levels = [{ id: "gold", name: "Gold", threshold: 30_000 }];
    await publishRewards(source, [{ ...badge, stock: 1 }]);
    const choose = async (customerId: string, daysAgo: number) => {
      const redemptionId = crypto.randomUUID();
      const answer = await redeemReward(rooms, shop, customerId, { redemptionId, rewardId: "badge", points: null });
      await source.look(
        "update redemptions set created_at = created_at - make_interval(days => $2::int) where id = $1",
        [redemptionId, daysAgo],
      );
      return answer.kind === "redemption" ? redemptionId : answer.refusal.code;
    };
    for (const customerId of ["7001", "7002"]) await order(source, customerId, customerId, 40_000);
    const first = await choose("7001", 80);
    // A version with more of it: what the first one had is one of three. Once in thirty days, and again after forty.
    await publishRewards(source, [{ ...badge, stock: 3 }]);
    await source.look(
      `with next as (update shops set newest_program_version = 4 where id = $2 returning id)
       insert into program_versions (shop_id, version, in_force_from, program)
       select id, 4, p.in_force_from, p.program || $1::jsonb from next join program_versions p on p.shop_id = next.id and p.version = 3`,
      [JSON.stringify({ tiers: { basis: "spend", period: "lifetime", levels } }), shop.id],
    );
    await choose("7001", 40);
    await choose("7001", 0);
    await cancelRedemption(rooms, shop, "7001", first);
    await choose("7002", 0);
    await order(source, "9", "7001", 1_000);
    await changeStaffRules(rooms, shop, "42", { version: 0, budgetPoints: 100, staff: ["42"], showsNames: false });
    await adjustByStaff(rooms, shop, "42", "7001", { id: "gift", points: 60, reason: "A gift" });
    const target = await emptyWorld(shop.domain);
    const lines = await exported(source);
    await restoreShop(target.rooms, target.shop, () => lines);
    const told = async (world: TestWorld) => ({
      stocks: await world.look("select reward_id, taken::int from reward_stocks where shop_id = $1", [world.shop.id]),
      balances: await Promise.all(["7001", "7002"].map((id) => readBalance(world.rooms, world.shop, id))),
      staff: await world.rooms.staff.rules(world.shop.id),
    });
    expect(await told(target)).toEqual(await told(source));
    expect(await told(target)).toMatchObject({
      stocks: [{ reward_id: "badge", taken: 3 }],
      balances: [{ tier: "Gold" }, {}],
      staff: { budgetPoints: 100, givenPoints: 60, staff: ["42"], showsNames: false },
    });
    expect(await books(target)).toEqual(await books(source));
    // And the guard stands there as it does here.
    const { rooms: there, shop: back } = target;
    await order(target, "10", "7003", 40_000);
    const choosing = (customerId: string) =>
      redeemReward(there, back, customerId, { redemptionId: crypto.randomUUID(), rewardId: "badge", points: null });
    expect(await choosing("7002")).toMatchObject({ refusal: { code: "reward-limit-reached" } });
    expect(await choosing("7003")).toMatchObject({ refusal: { code: "reward-sold-out" } });
  });

  test("goes on there as it would have here: later, after a refund, and with numbers that nobody has", async () => {
    const source = await shopWithAPast();
    await livePast(source);
    const target = await emptyWorld(source.shop.domain);
    const lines = await exported(source);
    await restoreShop(target.rooms, target.shop, () => lines);
    for (const world of [source, target]) {
      await order(world, "1", "7001", 10_000, { updatedAtMs: Date.parse("2026-03-01") });
      await order(world, "5", "7001", 0, { updatedAtMs: Date.parse("2026-03-02") });
      await order(world, "7", "8000", 1_000);
      await adjustMember(world.rooms, world.shop, "7004", { id: "c", points: -20, reason: "a mistake" });
    }
    const state = (world: TestWorld) =>
      world.look(
        `select m.customer_id, a.pending, a.available, a.held, a.owed from accounts a join members m on m.shop_id = a.shop_id and m.id = a.member_id
         where a.shop_id = $1 order by a.member_id`,
        [world.shop.id],
      );
    expect(await state(target)).toEqual(await state(source));
    const keys = (world: TestWorld) =>
      world.look("select key from entries where shop_id = $1 order by id", [world.shop.id]);
    expect(await keys(target)).toEqual(await keys(source));
  });

  test("is restored once: again, and from wherever it broke off", async () => {
    const source = await shopWithAPast();
    await livePast(source);
    const target = await emptyWorld(source.shop.domain);
    const lines = await exported(source);
    const restoreLines = target.rooms.ledger.restoreLines;
    let calls = 0;
    const breaking = {
      ...target.rooms,
      ledger: {
        ...target.rooms.ledger,
        restoreLines: async (...given: Parameters<typeof restoreLines>) => {
          calls += 1;
          await restoreLines(...given);
          if (calls === 2) throw new Error("broken off");
        },
      },
    };
    await expect(restoreShop(breaking, target.shop, () => lines)).rejects.toThrow("broken off");
    await restoreShop(target.rooms, target.shop, () => lines);
    await restoreShop(target.rooms, target.shop, () => lines);
    expect(await books(target)).toEqual(await books(source));
  });

  test("is refused where something is there, where it is another's, and where the file is not whole", async () => {
    const source = await shopWithAPast();
    await livePast(source);
    const lines = await exported(source);
    const target = await emptyWorld(source.shop.domain);
    const restore = (some: readonly string[], world = target, shop = world.shop) =>
      restoreShop(world.rooms, shop, () => some);
    await expect(restore(lines, source)).rejects.toThrow(/^The shop has members/);
    const other = await target.rooms.shops.findOne("another.myshopify.com", target.rooms.nowMs());
    await expect(restore(lines, target, other ?? target.shop)).rejects.toThrow(/^The file is of another shop/);
    const inEuro = [String(lines[0]).replace("USD", "EUR"), ...lines.slice(1)];
    await expect(restore(inEuro)).rejects.toThrow(/another currency/);
    for (const [what, broken] of Object.entries({
      cut: lines.slice(0, -1),
      "with a row taken out": lines.filter((line) => !line.includes('"order:1:1","kind"')),
      "with a number changed": lines.map((line) => line.replace('"available":300', '"available":301')),
      "with a page taken out": [...lines.slice(0, 2), ...lines.slice(4)],
      "of another kind": ['{"a":1}'],
      empty: [],
    }))
      await expect(restore(broken), what).rejects.toThrow(/Nothing is written|no export/);
    expect((await books(target))["members"]).toEqual([]);
  });

  test("is refused by a deployment that does not know a setting of its program, before anything of the page is written", async () => {
    const target = await emptyWorld("newer.myshopify.com");
    const program = { earn: { points: 1, perMinor: 100 }, pendingDays: 0, rewards: [], moonEarns: true };
    const row = (of: object) => JSON.stringify({ shop_id: 1, ...of });
    const lines = [
      { table: "product_groups", row: row({ key: "tag:sale", title: "sale", asked_at: "2026-01-01" }) },
      { table: "program_versions", row: row({ version: 1, program }) },
    ];
    const place = { digest: "0".repeat(64), page: 1 };
    expect(await restorePage(target.rooms, target.shop, { lines }, place)).toEqual({ kind: "refused", why: "newer" });
    expect(await target.look("select 1 from program_versions union all select 1 from product_groups")).toEqual([]);
  });

  test("names customers by their numbers, and has every table of the books", async () => {
    const source = await shopWithAPast();
    await livePast(source);
    const kinds = new Set((await exported(source)).map((line) => /^\{"(\w+)"/.exec(line)?.[1]));
    expect([...kinds].sort()).toEqual(["check", "end", "lojal_export", "mergers", ...TABLES].sort());
    // By itself, and not within some hash or moment.
    expect((await exported(source)).join("\n")).not.toMatch(/\b7009\b/);
    const tables = await source.look<{ name: string }>(
      "select table_name as name from information_schema.columns where column_name = 'shop_id' and table_schema = 'public'",
    );
    const leftOut = {
      sweeps: "read anew",
      statements: "proofs of days that are over here",
      order_differences: "found anew",
      privacy_requests: "answered here",
      painted_members: "written anew",
      paintings: "written anew",
      imports: "done here",
      import_rows: "done here",
      group_readings: "read anew",
      program_drafts: "not published",
      api_keys: "of this deployment: whatever uses one is given another",
      audit_entries: "who did what here",
      reward_stocks: "counted from redemptions",
    };
    expect(tables.map(({ name }) => name).filter((name) => !TABLES.includes(name) && !(name in leftOut))).toEqual([]);
  });
});

test("any export restores the same, and an export of that is the same file", { timeout: 180_000 }, async () => {
  const step = fc.record({
    what: fc.constantFrom("order", "refund", "redeem", "adjust", "bring", "merge"),
    customer: fc.nat(5),
    amount: fc.integer({ min: 1, max: 400 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
      const source = await newWorld({ rewards: ["50:5.00"] });
      const target = await emptyWorld(source.shop.domain);
      try {
        for (const [at, { what, customer, amount }] of steps.entries()) {
          const { rooms, shop } = source;
          const customerId = String(7000 + customer);
          if (what === "order") await order(source, String(customer), customerId, amount * 100, { updatedAtMs: at });
          else if (what === "refund") await order(source, String(customer), customerId, amount, { updatedAtMs: at });
          else if (what === "adjust")
            await adjustMember(rooms, shop, customerId, { id: String(at), points: amount, reason: "x" });
          else if (what === "bring")
            await bringBalance(rooms, shop, customerId, {
              id: String(at),
              points: amount,
              availableAtMs: 0,
              expiresAtMs: null,
            });
          else if (what === "merge")
            await mergeCustomers(rooms, shop, {
              keptCustomerId: customerId,
              mergedCustomerId: String(7000 + (amount % 6)),
            });
          else {
            const redemptionId = crypto.randomUUID();
            await redeemReward(rooms, shop, customerId, { redemptionId, rewardId: "off-50", points: null });
            if (amount % 2 === 0) await cancelRedemption(rooms, shop, customerId, redemptionId);
          }
        }
        const lines = await exported(source);
        await restoreShop(target.rooms, target.shop, () => lines);
        expect(await books(target)).toEqual(await books(source));
      } finally {
        await source.close();
      }
    }),
    { numRuns: propertyRuns(8) },
  );
});

test("a file is read line by line, and ends with what is wrong", async () => {
  const parts = [];
  for await (const part of readExport(["nonsense"])) parts.push(part);
  expect(parts).toEqual([{ kind: "broken", line: 1, why: "This is no export of a shop." }]);
});

test("lists for a spreadsheet hold every member and entry, and nothing that it would run", async () => {
  const source = await shopWithAPast();
  await livePast(source);
  const text = async (parts: AsyncIterable<string>) => {
    let all = "";
    for await (const part of parts) all += part;
    return all;
  };
  const members = await text(exportMembersCsv(source.rooms, source.shop));
  expect(members.split("\r\n")[0]).toBe("customer_id,available,pending,held,owed,next_expiry,next_expiry_points");
  expect(members).toContain("\r\n7004,52,0,0,0,2089-12-31,40\r\n");
  expect(members).toContain("\r\n7003,0,50,0,0,,\r\n");
  expect(members).not.toContain("7009");
  const entries = await text(exportEntriesCsv(source.rooms, source.shop));
  const [{ count } = { count: 0 }] = await source.look<{ count: number }>("select count(*)::int from entries");
  expect(entries.trimEnd().split("\r\n")).toHaveLength(count + 1);
  expect(entries).toContain(`"'=1+1, ""so"""`);
  expect(entries).not.toMatch(/(^|,|\n)"?[=+@]/);
});
