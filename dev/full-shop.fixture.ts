/** Test helper: a shop with rows in every table that has rows of a shop. */

import { redeemReward } from "../worker/flows/redeem-reward.ts";
import { noteOf } from "../worker/program/audit.ts";
import { deliver } from "./test-deliveries.ts";
import { orderText } from "./test-requests.ts";
import type { TestWorld } from "./test-rooms.ts";

export async function fillShop(
  world: TestWorld,
  shop: { readonly id: number; readonly domain: string },
): Promise<void> {
  const { id, domain } = shop;
  for (const [index, customer] of ["7001", "7002", "7003"].entries())
    await deliver(world, {
      topic: "orders/paid",
      shop: domain,
      body: orderText({ customer, orderId: index + 1 }, 600),
    });
  await deliver(world, {
    topic: "customers/merge",
    shop: domain,
    body: {
      status: "completed",
      admin_graphql_api_customer_kept_id: "gid://shopify/Customer/7001",
      admin_graphql_api_customer_deleted_id: "gid://shopify/Customer/7002",
    },
  });
  await redeemReward(world.rooms, { ...world.shop, id, domain, accessTokenSealed: null }, "7001", {
    redemptionId: crypto.randomUUID(),
    rewardId: "off-500",
    points: null,
  });
  await deliver(world, {
    topic: "customers/data_request",
    shop: domain,
    body: { customer: { id: 7001 }, data_request: { id: 1 } },
  });
  await deliver(world, { topic: "themes/publish", shop: domain, body: {} });
  await world.look("insert into sweeps (shop_id, read_to, due_at) values ($1, now(), now())", [id]);
  await world.look(
    `insert into statements (shop_id, day, taken_at, proven_at, is_final, orders_known, orders_settled, orders_mended, accounts_checked,
       accounts_differing, members, pending, available, held, owed) values ($1, '2026-11-01', now(), now(), true, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0)`,
    [id],
  );
  await world.look(
    "insert into order_differences (shop_id, day, order_id, reason, changed_at) values ($1, '2026-11-01', '1', 'older-state', now())",
    [id],
  );
  await world.look("insert into paintings (shop_id) values ($1)", [id]);
  await world.look("insert into program_drafts (shop_id, based_on, saved_by) values ($1, 1, 'operator')", [id]);
  await world.look("insert into audit_entries (shop_id, actor, action) values ($1, 'operator', 'publish')", [id]);
  await world.look(
    `insert into imports (shop_id, id, digest, format, begun_by, rows_total, last_row) values ($1, 'i', 'd', 'lojal', 'operator', 1, 2)`,
    [id],
  );
  await world.look(
    `insert into import_rows (shop_id, import_id, row_number, outcome, member_id, points)
     select shop_id, 'i', 2, 'posted', min(member_id), 5 from accounts where shop_id = $1 group by shop_id`,
    [id],
  );
  const group = { key: "tag:sale", title: "Sale", productIds: ["501"] };
  await world.rooms.groups.note(id, group, { seenVersion: 1, isNamed: false });
  const note = noteOf(id, { actor: "staff:42", action: "settings-changed", detail: {} });
  await world.rooms.staff.change(id, 0, { budgetPoints: 100, staff: ["42"], showsNames: false }, note);
  await world.rooms.staff.take(id, "gift", "42", 10);
  await world.look(
    `insert into api_keys (shop_id, id, name, may_write, secret_sha256, place, made_by)
     values ($1, '0123456789ab', 'Till', true, repeat('0', 64), 1, '42')`,
    [id],
  );
  await world.look("insert into reward_stocks (shop_id, reward_id, taken) values ($1, 'tree', 0)", [id]);
  await world.look(
    "insert into painted_members (shop_id, member_id, version, read_at) select shop_id, member_id, 1, now() from accounts where shop_id = $1",
    [id],
  );
}
