import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { addShop, newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import type { OrderBody } from "../domain/order.ts";
import type { PastCursor } from "../ledger/past-orders.ts";
import type { Shop } from "../shops/shops.ts";
import { publishDraft, saveDraft } from "./edit-program.ts";
import { forgetCustomer } from "./forget-customer.ts";
import { mergeCustomers } from "./merge-customers.ts";
import { readBalance } from "./read-member.ts";
import { settleOrders } from "./settle-orders.ts";
import { askWhatIf, type WhatIf } from "./what-if.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await newWorld();
  // Members with one to seven orders, some refunded in part, one cancelled, one of a guest.
  const jobs = Array.from({ length: 40 }, (_, index) => {
    const customerId = String(7001 + (index % 11));
    const lines = [productLine("1", 1_000 + index * 37, 3), productLine("2", 990)];
    const refunds =
      index % 5 === 0
        ? [
            {
              id: `9${index}`,
              lines: [{ lineId: "2", quantity: 1, subtotalMinor: 990, taxMinor: null }],
              beyondLinesMinor: 0,
              beyondLinesTaxMinor: 0,
            },
          ]
        : [];
    const body = orderBody({ customerId: index === 39 ? null : customerId, cancelled: index === 38, lines, refunds });
    return orderJob(world, String(5_000 + index), { kind: "state", body });
  });
  await settleOrders(world.rooms, jobs);
  await save({ earn: { points: 2, perMinor: 100 } }, 0);
});
afterAll(() => world.close());

const PROGRAM = {
  earn: { points: 1, perMinor: 100 },
  pendingDays: 0,
  rewards: [
    {
      id: "off-500",
      name: "50.00 USD off",
      kind: "amount_off",
      cost: 500,
      valueMinor: 5000,
      minimumMinor: null,
      codeDays: 30,
    },
  ],
};
const save = (changes: object, revision: number, basedOn = 1) =>
  saveDraft(world.rooms, world.shop, "42", { content: { ...PROGRAM, ...changes }, basedOn, revision });

async function ask(revision: number, after: string | null = null): Promise<WhatIf> {
  const answer = await askWhatIf(world.rooms, world.shop, { revision, sinceMs: 0, after });
  if (answer.kind === "refused") throw new Error(answer.refusal.code);
  return answer.whatIf;
}

/** All orders of a shop, page by page: in the order they came, whose they are, and how many members were begun. */
async function readInPages(shop: Shop, pageSize: number) {
  const seen: string[] = [];
  const members = new Set<string>();
  let [begun, after]: [number, PastCursor | null] = [0, null];
  do {
    const page = await world.rooms.ledger.pastOrders(shop.id, after, pageSize);
    for (const one of page.members) {
      if (!one.isContinued) begun += 1;
      members.add(one.memberId);
      seen.push(...one.orders.map(({ orderId }) => orderId));
    }
    after = page.next;
  } while (after !== null);
  return { seen, members, begun };
}

describe("the what-if", () => {
  test("shows the ledger to the point, the program of today as it, and the draft beside them", async () => {
    const [row] = await world.look<{ points: number; members: number; orders: number }>(
      `select sum(posted)::int as points, count(distinct member_id) filter (where posted > 0)::int as members, count(*)::int as orders
       from order_states where member_id is not null`,
    );
    const found = await ask(1);
    expect(found).toMatchObject({ done: 39, total: 39, next: null, orders: 39, differing: 0 });
    expect(found.ledgerPoints).toBe(row?.points);
    expect(found.today).toMatchObject({ points: row?.points, members: row?.members, earningOrders: 38 });
    expect(found.outstandingPoints).toBe(row?.points);
    expect(found.draft.points).toBeGreaterThan(2 * found.ledgerPoints - 1);
    expect(found.assumptions).toEqual({ redeemedPercent: 100, isRedeemedPercentKnown: false });
  });
  test("read in pages of any size meets each order once, whole members where they fit, and comes to the same", async () => {
    for (const pageSize of [1, 2, 3, 5, 39, 40]) {
      const { seen, members, begun } = await readInPages(world.shop, pageSize);
      expect([pageSize, new Set(seen).size, seen.length, begun]).toEqual([pageSize, 39, 39, members.size]);
    }
  });
  test("goes on from a cursor, and not from what is none or is another draft's", async () => {
    const { rooms, shop } = world;
    const cursor = btoa(
      JSON.stringify({
        revision: 1,
        sinceMs: 0,
        done: 30,
        place: { memberId: "9223372036854775807", orderId: null },
        totals: { orders: 39, usedPoints: 0, outstandingPoints: 10 },
        replay: { orders: 30, ledgerPoints: 7, differing: 0, today: SUMS, draft: SUMS },
      }),
    );
    expect(await ask(1, cursor)).toMatchObject({ done: 30, next: null, ledgerPoints: 7, draft: { points: 5 } });
    for (const after of ["", "%%%", btoa("{}"), btoa("[")])
      expect(await askWhatIf(rooms, shop, { revision: 1, sinceMs: 0, after })).toMatchObject({
        refusal: { code: "invalid-request" },
      });
    expect(await askWhatIf(rooms, shop, { revision: 2, sinceMs: 0, after: null })).toMatchObject({
      refusal: { code: "newer-draft", revision: 1 },
    });
  });
  test("of another shop's orders shows nothing", async () => {
    const other = await addShop(world, "other-shop.myshopify.com");
    await saveDraft(world.rooms, other, "42", { content: PROGRAM, basedOn: 1, revision: 0 });
    const answer = await askWhatIf(world.rooms, other, { revision: 1, sinceMs: 0, after: null });
    expect(answer).toMatchObject({ whatIf: { orders: 0, draft: { points: 0 } } });
  });
  test("of an order from before a change still says what its own version says", async () => {
    await publishDraft(world.rooms, world.shop, "42", { revision: 1, inForceFromMs: null });
    await save({}, 2, 2);
    const found = await ask(3);
    expect(found).toMatchObject({ differing: 0, draft: { points: found.ledgerPoints } });
    expect(found.today?.points).toBeGreaterThan(found.ledgerPoints);
  });
});

describe("the what-if of a program with tiers", () => {
  test("comes to the ledger, refunds, merged and forgotten customers included, and names the tiers that members are in", async () => {
    const { rooms } = world;
    const shop = await addShop(world, "tiers.myshopify.com");
    const levels = [
      { id: "silver", name: "Silver", threshold: 10_000, multiplier: 20_000 },
      { id: "gold", name: "Gold", threshold: 30_000, multiplier: 30_000 },
    ];
    const content = { ...PROGRAM, tiers: { basis: "spend", period: "lifetime", levels } };
    await saveDraft(rooms, shop, "42", { content, basedOn: 1, revision: 0 });
    await publishDraft(rooms, shop, "42", { revision: 1, inForceFromMs: null });
    await saveDraft(rooms, shop, "42", { content: { ...content, rewards: [] }, basedOn: 2, revision: 2 });
    const startMs = Date.now() + 60_000;
    const buy = async (orderId: string, customerId: string, minute: number, changes: Partial<OrderBody> = {}) => {
      const atMs = startMs + minute * 60_000;
      const body = orderBody({ customerId, createdAtMs: atMs, processedAtMs: atMs, updatedAtMs: atMs, ...changes });
      await settleOrders(rooms, [{ ...orderJob(world, orderId, { kind: "state", body }), shop: shop.domain }]);
    };
    for (const minute of [1, 2, 3, 4]) await buy(`71${minute}`, "7101", minute);
    // Takes silver from nobody's earlier order: those keep what was fixed.
    await buy("711", "7101", 1, { cancelled: true, updatedAtMs: startMs + 5 * 60_000 });
    await buy("715", "7101", 6);
    // Became one with a customer who has no order of their own.
    await buy("721", "7102", 1);
    await mergeCustomers(rooms, shop, { keptCustomerId: "7103", mergedCustomerId: "7102" });
    await buy("722", "7103", 2);
    await buy("731", "7104", 1);
    await forgetCustomer(rooms, shop, "7104", "a delivery");
    const answer = await askWhatIf(rooms, shop, { revision: 3, sinceMs: 0, after: null });
    if (answer.kind === "refused") throw new Error(answer.refusal.code);
    const { today, draft, ledgerPoints, differing } = answer.whatIf;
    // 100 + 200 + 200 + 300, less the first; one at gold's rate; 100 + 200; 100 of whoever was forgotten.
    expect([ledgerPoints, differing, today?.points, draft.points]).toEqual([1_400, 0, 1_400, 1_400]);
    const shown = await Promise.all(["7101", "7103"].map((customerId) => readBalance(rooms, shop, customerId)));
    expect(shown.map(({ tier }) => tier)).toEqual(["Gold", "Silver"]);
    expect([today?.membersByTier, draft.membersByTier]).toEqual([
      { gold: 1, silver: 1 },
      { gold: 1, silver: 1 },
    ]);
    expect(today).toMatchObject({ members: 3 });
    // Whoever was merged is read with the member they became part of.
    for (const pageSize of [1, 2, 3, 20]) {
      const { seen, members, begun } = await readInPages(shop, pageSize);
      expect([pageSize, seen, members.size, begun]).toEqual([
        pageSize,
        ["711", "712", "713", "714", "715", "721", "722", "731"],
        3,
        3,
      ]);
    }
  });
});

const SUMS = { earningOrders: 1, members: 1, points: 5, expiredPoints: 0, eligibleMinor: 500, membersByTier: {} };
