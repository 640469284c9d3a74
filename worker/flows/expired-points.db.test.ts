/** An order that is refunded when its points have expired already: nobody is asked for what they lost, whichever was heard of first. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { propertyRuns } from "../../dev/property-runs.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import type { OrderNews, Refund } from "../domain/order.ts";
import { releaseHold } from "../domain/spending.ts";
import { mergeCustomers } from "./merge-customers.ts";
import { readBalance, readExplainedHistory } from "./read-member.ts";
import { redeemReward } from "./redeem-reward.ts";
import { rulesOf } from "./rooms.ts";
import { settleOrders } from "./settle-orders.ts";

const DAY_MS = 86_400_000;
/** Long ago for a program whose points expire after a month. */
const longAgoMs = Date.now() - 90 * DAY_MS;

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld({ rewards: ["60:6.00"] });
  await world.look(
    `with next as (update shops set newest_program_version = 2 returning id)
     insert into program_versions (shop_id, version, in_force_from, published_at, program)
     select id, 2, p.in_force_from + interval '1 second', p.in_force_from, p.program || '{"expiry": {"kind": "after-available", "months": 1}}'
     from next join program_versions p on p.shop_id = next.id`,
  );
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

type Changes = Parameters<typeof orderBody>[0];
const LINES = [productLine("1", 10_000)];
const state = (changes: Changes): OrderNews => ({
  kind: "state",
  body: orderBody({ lines: LINES, createdAtMs: longAgoMs, processedAtMs: longAgoMs, ...changes }),
});
const hear = (orderId: string, ...news: OrderNews[]) =>
  settleOrders(
    world.rooms,
    news.map((one) => orderJob(world, orderId, one)),
  );
const balance = (customerId = "7001") => readBalance(world.rooms, world.shop, customerId);
/** 200 points that are there to be taken. */
const buyToday = (customerId = "7001") => {
  const lines = [productLine("1", 20_000)];
  return hear(`today-${customerId}`, state({ customerId, lines, createdAtMs: Date.now(), processedAtMs: Date.now() }));
};
/** 100 points as of now, that turn old between two news. */
const buyAndWait = async (between: () => Promise<unknown> = () => Promise.resolve()) => {
  const todayMs = Date.now();
  await hear("1", state({ createdAtMs: todayMs, processedAtMs: todayMs, updatedAtMs: todayMs }));
  await between();
  await world.look("update lots set available_at = available_at - interval '90 days' where order_id = '1'");
};
const cancelled = (changes: Changes = {}) => state({ cancelled: true, updatedAtMs: Date.now() + DAY_MS, ...changes });
const request = { redemptionId: "5d8c6f4e-0000-4000-8000-000000000001", rewardId: "off-60", points: null };
/** The held points come back, without a word to Shopify. */
async function release(): Promise<void> {
  const { ledger } = world.rooms;
  const wanted = [{ shopId: world.shop.id, redemptionIds: [request.redemptionId] }];
  const { books, nowMs } = await ledger.load(wanted, { open: false });
  const own = books.get(world.shop.id);
  const [account, redemption] = [own?.accounts[0] ?? null, own?.redemptions[0] ?? null];
  if (!own || !account || !redemption) throw new Error("The redemption was not found.");
  const rules = await rulesOf(world.rooms, world.shop, own);
  const decision = releaseHold(account, rules, redemption, "cancelled", nowMs);
  if (decision.kind !== "changes") throw new Error(`The points did not come back: ${decision.kind}.`);
  await ledger.commit([{ shopId: world.shop.id, actor: "shopper", changes: decision.changes }]);
}

describe("an order of long ago", () => {
  const [first, second]: [Refund, Refund] = [
    {
      id: "r1",
      lines: [{ lineId: "1", quantity: 1, subtotalMinor: 2_500, taxMinor: 0 }],
      beyondLinesMinor: 0,
      beyondLinesTaxMinor: 0,
    },
    { id: "r2", lines: [], beyondLinesMinor: 7_500, beyondLinesTaxMinor: 0 },
  ];
  const at = (hours: number) => longAgoMs + hours * 3_600_000;
  const news: OrderNews[] = [
    state({ updatedAtMs: at(1) }),
    state({ updatedAtMs: at(2), lines: [...LINES, productLine("2", 3_000)] }),
    { kind: "refund", refund: first },
    state({ updatedAtMs: at(3), refunds: [first], status: "partially_refunded" }),
    { kind: "refund", refund: second },
    state({ updatedAtMs: at(4), refunds: [first, second], status: "refunded" }),
  ];

  test("ends in the same balance, whatever order its news come in, with any repeats (I5)", async () => {
    let order = 0;
    const deliveries = fc
      .array(fc.constantFrom(...news), { maxLength: 6 })
      .chain((extra) => fc.shuffledSubarray([...news, ...extra], { minLength: news.length + extra.length }));
    await fc.assert(
      fc.asyncProperty(deliveries, fc.boolean(), async (sequence, isOneBatch) => {
        order += 1;
        const customerId = String(9_000 + order);
        await buyToday(customerId);
        const own = sequence.map(
          (one): OrderNews => (one.kind === "state" ? { kind: "state", body: { ...one.body, customerId } } : one),
        );
        if (isOneBatch) await hear(`h${order}`, ...own);
        else for (const one of own) await hear(`h${order}`, one);
        expect(await balance(customerId)).toMatchObject({ available: 200, pending: 0, owed: 0 });
      }),
      { numRuns: propertyRuns(40) },
    );
  });

  test("that is worth more again earns nothing twice, and is taken back no further", async () => {
    await buyToday();
    await hear("1", state({ updatedAtMs: at(1) }));
    await hear("1", cancelled({ updatedAtMs: at(2) }));
    await hear("1", state({ updatedAtMs: at(3) }));
    await hear("1", state({ updatedAtMs: at(4), lines: [productLine("1", 15_000)] }));
    await hear("1", cancelled({ updatedAtMs: at(5) }));
    expect(await balance()).toMatchObject({ available: 200, owed: 0 });
    expect(await world.look("select posted::int, forgiven::int from order_states where order_id = '1'")).toEqual([
      { posted: 150, forgiven: 150 },
    ]);
  });

  test("is found by whom its customer became part of", async () => {
    await buyToday("7002");
    await hear("1", state({ updatedAtMs: at(1) }));
    await mergeCustomers(world.rooms, world.shop, { keptCustomerId: "7003", mergedCustomerId: "7001" });
    await mergeCustomers(world.rooms, world.shop, { keptCustomerId: "7002", mergedCustomerId: "7003" });
    await hear("1", cancelled({ updatedAtMs: at(2) }));
    expect(await balance("7002")).toMatchObject({ available: 200, owed: 0 });
  });

  test("that moves leaves nothing owed to either customer, and comes back without earning again", async () => {
    await buyToday("7001");
    await buyToday("7002");
    for (const [hour, customerId] of [
      [1, "7001"],
      [2, "7002"],
      [3, "7001"],
    ] as const)
      await hear("1", state({ customerId, updatedAtMs: at(hour) }));
    expect([await balance("7001"), await balance("7002")]).toMatchObject([
      { available: 200, owed: 0 },
      { available: 200, owed: 0 },
    ]);
    await hear("1", cancelled({ updatedAtMs: at(4) }));
    expect([await balance("7001"), await balance("7002")]).toMatchObject([
      { available: 200, owed: 0 },
      { available: 200, owed: 0 },
    ]);
  });
});

test("what was spent of it is taken back, what expired of it is not, and the debit says so", async () => {
  await buyAndWait(() => redeemReward(world.rooms, world.shop, "7001", request));
  await hear("1", cancelled());
  expect(await balance()).toMatchObject({ available: 0, held: 60, owed: 60 });
  const { entries } = await readExplainedHistory(world.rooms, world.shop, "7001", null);
  const [debit] = entries;
  expect([debit?.points, debit?.explanation]).toEqual([
    -60,
    "60 points were taken back: order #1001 was cancelled. 40 points of this order had expired already. 60 points are owed: new points cover them first.",
  ]);
  expect(debit?.steps.map(({ text }) => text)).toContain(
    "0 (worth now) − 100 (counted before) + 40 (expired already) = −60 points",
  );
});

test.each([
  ["of which a lower worth was heard of before", [0, 5_000]],
  ["of which a lower worth was heard of after it", [5_000, 0]],
  ["of which it was heard of alone", [5_000]],
])("a part of an order %s leaves the same to be owed, where some of it was spent (I5)", async (_when, amounts) => {
  await buyAndWait(() => redeemReward(world.rooms, world.shop, "7001", request));
  for (const amountMinor of amounts) {
    // The part is the newer state, whenever it is heard of.
    const updatedAtMs = Date.now() + (amountMinor === 0 ? 1 : 2) * DAY_MS;
    await hear("1", state({ lines: [productLine("1", amountMinor)], updatedAtMs }));
  }
  expect(await balance()).toMatchObject({ available: 0, held: 60, owed: 50 });
});

test("points that came back and expired are not asked for either", async () => {
  await buyAndWait(() => redeemReward(world.rooms, world.shop, "7001", request));
  await release();
  // In grace, and then past it.
  expect(await balance()).toMatchObject({ available: 60, held: 0 });
  await world.look("update lots set expires_at = now() - interval '1 day' where expires_at is not null");
  await buyToday();
  await hear("1", cancelled());
  expect(await balance()).toMatchObject({ available: 200, owed: 0 });
});

test("what expired of it while it was another customer's is no excuse for what was spent of it since, when both become one", async () => {
  await hear("1", state({ updatedAtMs: longAgoMs + 1 }));
  // The second customer's points of it are of today; the first one's had expired.
  const today = { createdAtMs: longAgoMs, processedAtMs: Date.now(), customerId: "7002", updatedAtMs: longAgoMs + 2 };
  await hear("1", state(today));
  await redeemReward(world.rooms, world.shop, "7002", request);
  await mergeCustomers(world.rooms, world.shop, { keptCustomerId: "7002", mergedCustomerId: "7001" });
  await hear("1", cancelled({ customerId: "7002" }));
  expect(await balance("7002")).toMatchObject({ available: 0, held: 60, owed: 60 });
});
