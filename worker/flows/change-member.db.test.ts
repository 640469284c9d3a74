import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { addShop, newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { dayIsOver } from "../domain/expiry.ts";
import { adjustMember, bringBalance, joinOrLeave } from "./change-member.ts";
import { mergeCustomers } from "./merge-customers.ts";
import { readBalance, readExplainedHistory, readMembership, readRedemptionList } from "./read-member.ts";
import { redeemReward } from "./redeem-reward.ts";
import { settleOrders } from "./settle-orders.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

const balance = (customerId: string) => readBalance(world.rooms, world.shop, customerId);
const buy = (orderId: string, customerId: string | null, amountMinor: number, changes = {}) =>
  settleOrders(world.rooms, [
    orderJob(world, orderId, { kind: "state", body: orderBody({ customerId, amountMinor, ...changes }) }),
  ]);

describe("staff and members", () => {
  test("an adjustment is posted once for its id, also sixteen times at once, and another under that id is refused", async () => {
    const adjustment = { id: "a1", points: 120, reason: "for the long wait" };
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => adjustMember(world.rooms, world.shop, "7001", adjustment)),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set(['{"kind":"done","available":120}']),
    );
    expect(await adjustMember(world.rooms, world.shop, "7001", { ...adjustment, points: 121 })).toMatchObject({
      refusal: { code: "different-request" },
    });
    expect(
      await adjustMember(world.rooms, world.shop, "7001", { id: "a2", points: -121, reason: "too many" }),
    ).toMatchObject({
      refusal: { code: "insufficient-points", needed: 121, available: 120 },
    });
    expect(await world.look("select kind, points::int, actor from entries")).toEqual([
      { kind: "adjust", points: 120, actor: "staff" },
    ]);
  });
  test("an opening balance keeps the date it came with", async () => {
    const expiresAtMs = dayIsOver(Date.parse("2100-01-31T00:00:00Z"));
    const brought = { id: "row-1", points: 300, availableAtMs: 0, expiresAtMs };
    await bringBalance(world.rooms, world.shop, "7001", brought);
    await bringBalance(world.rooms, world.shop, "7001", brought);
    expect(await balance("7001")).toMatchObject({ available: 300, expiring: [{ points: 300, on: "2100-01-31" }] });
  });
  test("who leaves keeps the balance and earns nothing for new orders, until they join again", async () => {
    await buy("1", "7001", 1_000);
    expect(await readMembership(world.rooms, world.shop, "7001")).toBe(true);
    expect(await joinOrLeave(world.rooms, world.shop, "7001", false)).toEqual({ kind: "done", available: 10 });
    expect(await readMembership(world.rooms, world.shop, "7001")).toBe(false);
    const [clock] = await world.look<{ now: Date }>("select now() + interval '1 second' as now");
    const placedAtMs = clock?.now.getTime() ?? 0;
    await buy("2", "7001", 2_000, { createdAtMs: placedAtMs, processedAtMs: placedAtMs });
    await joinOrLeave(world.rooms, world.shop, "7001", true);
    await buy("3", "7001", 4_000);
    expect(await balance("7001")).toMatchObject({ available: 50 });
    expect(await world.look("select reason from order_states where order_id = '2'")).toEqual([
      { reason: "not-a-member" },
    ]);
  });
});

describe("customers who are merged", () => {
  const merge = (keptCustomerId: string, mergedCustomerId: string) =>
    mergeCustomers(world.rooms, world.shop, { keptCustomerId, mergedCustomerId });

  test("have one balance; orders and codes of both go on there; told twice, it happens once", async () => {
    await buy("1", "7001", 60_000);
    await buy("2", "7002", 10_000);
    const request = { redemptionId: "5d8c6f4e-0000-4000-8000-000000000001", rewardId: "off-500", points: null };
    await redeemReward(world.rooms, world.shop, "7001", request);
    await Promise.all([merge("7002", "7001"), merge("7002", "7001")]);
    await merge("7002", "7001");
    expect(await balance("7002")).toMatchObject({ available: 200, held: 500 });
    expect(await balance("7001")).toEqual(await balance("7002"));
    const history = await readExplainedHistory(world.rooms, world.shop, "7002", null);
    expect(history.entries.map((entry) => entry.kind)).toEqual(["merge", "merge", "hold", "earn", "earn"]);
    expect(history.entries.reduce((sum, entry) => sum + entry.points, 0)).toBe(200);
    expect((await readRedemptionList(world.rooms, world.shop, "7002")).redemptions).toHaveLength(1);

    await buy("1", "7001", 50_000, { updatedAtMs: 9e12 });
    await buy("3", "7001", 5_000);
    expect(await balance("7002")).toMatchObject({ available: 150, held: 500 });
    const [code] = await world.look<{ code: string }>("select code from redemptions");
    await buy("4", "7002", 0, { codes: [code?.code] });
    expect(await balance("7002")).toMatchObject({ available: 150, held: 0 });
    expect(await world.look("select count(*)::int as n from entries where kind = 'merge'")).toEqual([{ n: 2 }]);
  });
  test("again with a third: everybody's book is the last one's", async () => {
    await buy("1", "7001", 1_000);
    await buy("2", "7002", 2_000);
    await buy("3", "7003", 4_000);
    await merge("7002", "7001");
    await merge("7003", "7002");
    for (const customerId of ["7001", "7002", "7003"])
      expect(await balance(customerId)).toMatchObject({ available: 70 });
    await buy("1", "7001", 0, { updatedAtMs: 9e12 });
    expect(await balance("7003")).toMatchObject({ available: 60 });
  });
  test("before either has bought anything: later news of the merged one is the kept one's", async () => {
    await merge("7002", "7001");
    await buy("1", "7001", 3_000);
    expect(await balance("7002")).toMatchObject({ available: 30 });
  });
  test("have what either was forgiven of an order that left them: it comes back for the rest alone", async () => {
    await addShop(world, world.shop.domain, { owing: "stop-at-zero" });
    const goes = (customerId: string | null, updatedAtMs: number) => buy("1", customerId, 60_000, { updatedAtMs });
    await goes("7001", 9e12);
    const request = { redemptionId: "5d8c6f4e-0000-4000-8000-000000000001", rewardId: "off-500", points: null };
    await redeemReward(world.rooms, world.shop, "7001", request);
    await goes("7009", 9e12 + 1);
    expect(await balance("7001")).toMatchObject({ available: 0, held: 500, owed: 0 });
    await goes(null, 9e12 + 2);
    await merge("7002", "7001");
    await merge("7003", "7002");
    await goes("7003", 9e12 + 3);
    expect(await balance("7003")).toMatchObject({ available: 100, held: 500, owed: 0 });
    expect(
      await world.look("select posted::int, forgiven::int, left_behind::int, left_with from order_states"),
    ).toEqual([{ posted: 600, forgiven: 0, left_behind: 0, left_with: null }]);
  });
  test("while both buy: nothing is lost, whoever is first", async () => {
    const orders = Array.from({ length: 4 }, (_, index) => buy(`${index}`, index % 2 === 0 ? "7001" : "7002", 1_000));
    await Promise.all([...orders, merge("7002", "7001")]);
    expect(await balance("7002")).toMatchObject({ available: 40 });
  });
});
