/** Reads that go on page by page: each of whom they tell comes once, also at the borders of the pages. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderBody } from "../../dev/test-orders.ts";
import { addMembers, newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { forgetCustomer } from "../flows/forget-customer.ts";
import { mergeCustomers } from "../flows/merge-customers.ts";
import { settleOrders } from "../flows/settle-orders.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.close());

const buy = (customerId: string, orderIds: readonly string[]) =>
  settleOrders(
    world.rooms,
    orderIds.map((id) => orderJob(world, id, { kind: "state", body: orderBody({ customerId }) })),
  );
/** So many members, numbered from 1 on. */
const addFirst = (count: number, columns?: Parameters<typeof addMembers>[3]) =>
  addMembers(world, world.shop.id, [1, count], columns);

describe("past orders", () => {
  const page = async (after: { memberId: string; orderId: string | null } | null, pageSize: number) => {
    const { members, next } = await world.rooms.ledger.pastOrders(world.shop.id, after, pageSize);
    const told = members.map(({ customerId, isContinued, orders }) => [
      customerId,
      isContinued,
      orders.map(({ orderId }) => orderId).join(" "),
    ]);
    return { told, next, memberIds: members.map(({ memberId }) => memberId) };
  };

  test("that fill a page to its end are the last one", async () => {
    await buy("7001", ["1", "2"]);
    await buy("7002", ["3"]);
    const found = await page(null, 3);
    expect([found.told, found.next]).toEqual([
      [
        ["7001", false, "1 2"],
        ["7002", false, "3"],
      ],
      null,
    ]);
  });

  test("of somebody with more than a page holds come in parts of a page, and the next member begins anew", async () => {
    await buy("7001", ["1", "2", "3", "4", "5"]);
    await buy("7002", ["6"]);
    const first = await page(null, 2);
    expect([first.told, first.next]).toEqual([
      [["7001", false, "1 2"]],
      { memberId: first.memberIds[0], orderId: "2" },
    ]);
    const second = await page(first.next, 2);
    expect([second.told, second.next?.orderId]).toEqual([[["7001", true, "3 4"]], "4"]);
    const third = await page(second.next, 2);
    expect([third.told, third.next]).toEqual([
      [
        ["7001", true, "5"],
        ["7002", false, "6"],
      ],
      null,
    ]);
    // The rest of a member's orders is gone since the page before, as it is where they became part of somebody else.
    const beyond = await page({ memberId: first.memberIds[0] ?? "", orderId: "5" }, 2);
    expect(beyond.told).toEqual([["7002", false, "6"]]);
  });
});

describe("the pilot's members", () => {
  const pilot = (after: string, way: "pilot" | "tag" = "pilot") =>
    world.rooms.ledger.pilotMembers(world.shop.id, after, way);
  const isIn = (way: string) => `[{"atMs": 1000, "isMember": true, "by": "${way}"}]`;

  test("are read over pages of five hundred, each of them once, to the end", async () => {
    await addFirst(501, { membership: `'${isIn("pilot")}'::json` });
    const first = await pilot("0");
    expect([first.customerIds.length, first.next]).toEqual([500, "500"]);
    const second = await pilot("500");
    expect([second.customerIds, second.next]).toEqual([["8501"], null]);
  });

  test("are those who are in by the way that is asked for, and not who left, was merged, or was forgotten", async () => {
    const left = `[{"atMs": 1000, "isMember": true, "by": "pilot"}, {"atMs": 2000, "isMember": false, "by": "pilot"}]`;
    await addFirst(6, {
      membership: `(case id when 1 then '${isIn("tag")}' when 2 then '${left}' when 3 then '[]' else '${isIn("pilot")}' end)::json`,
    });
    await mergeCustomers(world.rooms, world.shop, { keptCustomerId: "8004", mergedCustomerId: "8005" });
    await forgetCustomer(world.rooms, world.shop, "8006", null);
    expect(await pilot("0")).toEqual({ customerIds: ["8004"], next: null });
    expect(await pilot("0", "tag")).toEqual({ customerIds: ["8001"], next: null });
  });
});

describe("members for the merchant's list", () => {
  const page = (filter: "all" | "available" | "pending" | "owed", before: string | null = null) =>
    world.rooms.ledger.memberPage({ shopId: world.shop.id, filter, before });
  const from = (highest: number, count: number) => Array.from({ length: count }, (_, index) => String(highest - index));

  test("of a full page have no further one; with one more they have, and that one is on it", async () => {
    await addFirst(50);
    expect(await page("all")).toEqual({ memberIds: from(50, 50), next: null });
    await addMembers(world, world.shop.id, [51, 51]);
    const first = await page("all");
    expect(first).toEqual({ memberIds: from(51, 50), next: "2" });
    expect(await page("all", first.next)).toEqual({ memberIds: ["1"], next: null });
  });

  test("who are few among many are looked for so far and no further, and the next page goes on from there", async () => {
    // A page looks at a thousand of those who owe, and all of these were forgotten but the first two.
    await addFirst(1_002, { owed: "5" });
    await world.look("update members set customer_id = null, forgotten_at = now() where id > 2");
    const first = await page("owed");
    expect(first).toEqual({ memberIds: [], next: "3" });
    expect(await page("owed", first.next)).toEqual({ memberIds: ["2", "1"], next: null });
  });
});

describe("open experiences", () => {
  const choose = (from: number, to: number) =>
    world.look(
      `insert into redemptions (shop_id, id, member_id, reward, cost, code, state, fingerprint, program_version, created_at, ends_at)
       select $1, 'r' || lpad(n::text, 3, '0'), 1, '{"id": "visit", "kind": "experience", "name": "A visit"}', 500, 'CODE-' || n, 'issued', '', 1,
              '2026-01-01'::timestamptz + make_interval(mins => n / 2), 'infinity'
       from generate_series($2::integer, $3::integer) n`,
      [world.shop.id, from, to],
    );
  const page = async (after: string | null) => {
    const { experiences, next } = await world.rooms.ledger.openExperiences(world.shop.id, after);
    return { ids: experiences.map(({ id }) => id), next };
  };
  const ids = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => `r${String(from + index).padStart(3, "0")}`);

  test("of a full page have no further one; with one more they have, and the longest waiting come first", async () => {
    await addFirst(1);
    await choose(1, 50);
    expect(await page(null)).toEqual({ ids: ids(1, 50), next: null });
    await choose(51, 51);
    const first = await page(null);
    expect(first).toEqual({ ids: ids(1, 50), next: "r050" });
    expect(await page(first.next)).toEqual({ ids: ["r051"], next: null });
  });
});
