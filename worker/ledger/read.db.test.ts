import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderBody } from "../../dev/test-orders.ts";
import { newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { bookDueMembers } from "../flows/book-due.ts";
import { redeemReward } from "../flows/redeem-reward.ts";
import { settleOrders } from "../flows/settle-orders.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld({ pendingDays: 20 });
});
afterEach(() => world.close());

const news = (changes: Parameters<typeof orderBody>[0]) => ({ kind: "state", body: orderBody(changes) }) as const;
const longAgoMs = Date.parse("2026-01-01T00:00:00Z");
const history = (after: string | null) =>
  world.rooms.ledger.history({ shopId: world.shop.id, customerId: "7001", after });
const buy = (orderIds: readonly string[], changes: Parameters<typeof orderBody>[0] = {}) =>
  settleOrders(
    world.rooms,
    orderIds.map((id) => orderJob(world, id, news({ name: `#${id}`, ...changes }))),
  );

describe("a history", () => {
  test("of a full page has no further one; with one entry more it has, and that one is on it", async () => {
    await buy(Array.from({ length: 50 }, (_, index) => String(1_000 + index)));
    const full = await history(null);
    expect([full.entries.length, full.next]).toEqual([50, null]);

    await buy(["2000"]);
    const first = await history(null);
    expect(first.entries).toHaveLength(50);
    expect(first.entries[0]?.key).toBe("order:2000:1");
    expect(first.next).toBe(first.entries.at(-1)?.id);
    const second = await history(first.next);
    expect([second.entries.length, second.next]).toEqual([1, null]);
    expect(new Set([...first.entries, ...second.entries].map(({ id }) => id)).size).toBe(51);
  });

  test("names each entry's order as it was called then, and where the entry does not say as it is called now", async () => {
    await buy(["1"], { processedAtMs: Date.now() });
    await buy(["1"], { name: "#renamed", processedAtMs: Date.now(), updatedAtMs: Date.parse("2026-02-01T00:00:00Z") });
    await world.look("update lots set available_at = now() - interval '1 minute'");
    const [account] = await world.look<{ id: string }>("select member_id::text as id from accounts");
    await bookDueMembers(world.rooms, world.shop, [account?.id ?? ""]);
    const { entries } = await history(null);
    expect(entries.map(({ kind, detail }) => [kind, detail.orderName])).toEqual([
      ["mature", "#renamed"],
      ["earn", "#1"],
    ]);
    // What else an entry says is told as well.
    expect(entries[1]?.detail).toMatchObject({ eligibleMinor: 10_000 });
  });

  test("of what no order caused names none", async () => {
    await buy(["1"], { processedAtMs: longAgoMs, amountMinor: 50_000 });
    await redeemReward(world.rooms, world.shop, "7001", {
      redemptionId: "11111111-0000-4000-8000-000000000001",
      rewardId: "off-500",
      points: null,
    });
    const [hold] = (await history(null)).entries;
    expect([hold?.kind, Object.keys(hold?.detail ?? {}).includes("orderName")]).toEqual(["hold", false]);
  });
});

test("the codes that can be used tell the least that an order must come to, where there is one", async () => {
  await buy(["1"], { processedAtMs: longAgoMs, amountMinor: 100_000 });
  const ids = ["11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"];
  for (const redemptionId of ids)
    await redeemReward(world.rooms, world.shop, "7001", { redemptionId, rewardId: "off-500", points: null });
  await world.look(
    "update redemptions set state = 'issued', discount_id = 'gid://shopify/DiscountCodeNode/' || id, ends_at = now() + interval '1 day'",
  );
  await world.look(`update redemptions set reward = jsonb_set(reward::jsonb, '{minimumMinor}', '2000') where id = $1`, [
    ids[1],
  ]);
  const [member] = await world.look<{ id: string }>("select id::text from members");
  const codes = await world.rooms.ledger.liveCodes(world.shop.id, [member?.id ?? ""]);
  expect(Object.fromEntries(codes.map(({ id, minimumMinor }) => [id, minimumMinor]))).toEqual({
    [ids[0] ?? ""]: null,
    [ids[1] ?? ""]: 2_000,
  });
});

/** Members with a point each, without a history of it. */
const people = (count: number) =>
  world.look(
    `with made as (
       insert into members (shop_id, customer_id) select $1, 'c' || n from generate_series(1, $2) n returning shop_id, id
     )
     insert into accounts (shop_id, member_id, pending, available, held, owed, membership)
     select shop_id, id, 0, 1, 0, 0, '[]' from made`,
    [world.shop.id, count],
  );

describe("members one after another", () => {
  test("are read in the order of their numbers, each once, as many as asked for", async () => {
    await people(5);
    const all = (await world.look<{ id: string }>("select id::text from members order by members.id")).map(
      ({ id }) => id,
    );
    const two = (id: string) => world.rooms.ledger.membersAfter(world.shop.id, id, 2);
    expect(await two("0")).toEqual(all.slice(0, 2));
    expect(await two(all[1] ?? "")).toEqual(all.slice(2, 4));
    expect(await two(all[3] ?? "")).toEqual(all.slice(4));
    expect(await two(all[4] ?? "")).toEqual([]);
  });

  test("are called to the sweep five thousand at a time, and the last one tells from where to go on", async () => {
    await people(5_001);
    const called = async () => {
      const [row] = await world.look<{ count: number; last: string }>(
        "select count(*)::int as count, max(member_id)::text as last from accounts where next_due_at <= now()",
      );
      return row;
    };
    const next = await world.rooms.ledger.callToSweep(world.shop.id, "0");
    expect(await called()).toEqual({ count: 5_000, last: next });
    expect(await world.rooms.ledger.callToSweep(world.shop.id, next ?? "")).toBeNull();
    expect((await called())?.count).toBe(5_001);
  });
});
