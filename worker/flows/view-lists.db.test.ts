/** The lists that staff look through: members by what they have and by tier, acts by kind, by who did them and by customer. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Network, openPaintedShop, type PaintedShop } from "../../dev/painted-shop.fixture.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { orderJob } from "../../dev/test-rooms.ts";
import { adjustByStaff } from "./adjust-by-staff.ts";
import { forgetCustomer } from "./forget-customer.ts";
import { settleOrders } from "./settle-orders.ts";
import { type ActsWanted, viewActs } from "./view-acts.ts";
import { listMembers, type MembersWanted } from "./view-members.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted((): Network => {
  const network: Network = { answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

let shop: PaintedShop;
beforeEach(async () => {
  shop = await openPaintedShop(network);
});
afterEach(() => shop.world.close());

const buy = (customerId: string, amountMinor: number) =>
  settleOrders(shop.world.rooms, [
    orderJob(shop.world, `of-${customerId}`, { kind: "state", body: orderBody({ customerId, amountMinor }) }),
  ]);
const members = async (wanted: Partial<MembersWanted>) => {
  const list = await listMembers(shop.world.rooms, shop.world.shop, {
    filter: "all",
    tier: null,
    before: null,
    ...wanted,
  });
  return { ...list, told: list.members.map(({ customerId, tier }) => `${customerId} ${tier?.id ?? "-"}`) };
};

test("members are listed with their tiers, and those of one tier by themselves", async () => {
  const levels = [
    { id: "silver", name: "Silver", threshold: 10_000 },
    { id: "gold", name: "Gold", threshold: 30_000 },
  ];
  await shop.world.look(
    `with next as (update shops set newest_program_version = 2 returning id)
     insert into program_versions (shop_id, version, in_force_from, program)
     select id, 2, p.in_force_from + interval '1 second', p.program || jsonb_build_object('tiers', $1::jsonb)
     from next join program_versions p on p.shop_id = next.id`,
    [JSON.stringify({ basis: "spend", period: "lifetime", levels })],
  );
  for (const [customerId, spent] of [
    ["7001", 5_000],
    ["7002", 10_000],
    ["7003", 40_000],
    ["7004", 20_000],
  ] as const)
    await buy(customerId, spent);
  await shop.work();
  expect((await members({})).tiers.map(({ name }) => name)).toEqual(["Silver", "Gold"]);
  expect((await members({})).told).toEqual(["7004 silver", "7003 gold", "7002 silver", "7001 -"]);
  expect((await members({ tier: "silver" })).told).toEqual(["7004 silver", "7002 silver"]);
  expect((await members({ tier: "gold" })).told).toEqual(["7003 gold"]);
  // Written as silver, and gold by now.
  await shop.world.look("update painted_members set tier = 'silver' where tier = 'gold' and shop_id = $1", [
    shop.world.shop.id,
  ]);
  expect((await members({ tier: "silver" })).told).toEqual(["7004 silver", "7002 silver"]);
  await forgetCustomer(shop.world.rooms, shop.world.shop, "7004", null);
  expect((await members({ tier: "silver" })).told).toEqual(["7002 silver"]);
});

test("each page of members goes on where the one before ended, by each filter, and nobody is left out or comes twice", async () => {
  await shop.world.look(
    `with made as (insert into members (shop_id, customer_id) select $1, (8000 + n)::text from generate_series(1, 120) n returning id, customer_id)
     insert into accounts (shop_id, member_id, available, pending, owed)
     select $1, id, case when customer_id::int % 2 = 0 then 5 else 0 end, 0, case when customer_id::int % 2 = 1 then 5 else 0 end from made`,
    [shop.world.shop.id],
  );
  for (const [filter, expected] of [
    ["all", 120],
    ["available", 60],
    ["owed", 60],
    ["pending", 0],
  ] as const) {
    const found: string[] = [];
    let before: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof members>> = await members({ filter, before });
      found.push(...page.members.map(({ customerId }) => customerId));
      before = page.next;
    } while (before !== null);
    expect([filter, found.length, new Set(found).size]).toEqual([filter, expected, expected]);
    expect(found).toEqual(found.toSorted((a, b) => Number(b) - Number(a)));
  }
});

test("acts are found by kind, by who did them, and by the customer, who is named as long as they are known", async () => {
  const { rooms, shop: own } = shop.world;
  const give = (staffId: string, customerId: string) =>
    adjustByStaff(rooms, own, staffId, customerId, { id: crypto.randomUUID(), points: 5, reason: "A gift" });
  await give("42", "7001");
  await give("43", "7002");
  await give("42", "7002");
  await rooms.audit.record(own.id, { actor: "staff:43", action: "settings-changed", detail: {} });
  const acts = async (wanted: Partial<ActsWanted>) => {
    const all = { after: null, action: null, staffId: null, keyId: null, customerId: null };
    const page = await viewActs(rooms, own, { ...all, ...wanted });
    return page.acts.map(({ actor, action, customerId }) => `${actor} ${action} ${customerId ?? "-"}`);
  };
  const [first, second, third] = ["42 points-adjusted 7001", "43 points-adjusted 7002", "42 points-adjusted 7002"].map(
    (line) => `staff:${line}`,
  );
  expect(await acts({})).toEqual(["staff:43 settings-changed -", third, second, first]);
  expect(await acts({ action: "points-adjusted" })).toEqual([third, second, first]);
  expect(await acts({ staffId: "43" })).toEqual(["staff:43 settings-changed -", second]);
  expect(await acts({ customerId: "7002" })).toEqual([third, second]);
  expect(await acts({ customerId: "7002", staffId: "43" })).toEqual([second]);
  expect(await acts({ customerId: "7999" })).toEqual([]);
  await forgetCustomer(rooms, own, "7002", null);
  expect(await acts({ action: "points-adjusted" })).toEqual([
    "staff:42 points-adjusted -",
    "staff:43 points-adjusted -",
    first,
  ]);
});
