/** Where nobody told us a shop's time zone, pages that tell days and moments say that these are UTC. */
import { beforeAll, expect, test, vi } from "vitest";
import { askedAdmin } from "../../dev/shopify-admin/asked-admin.fixture.ts";
import type { Outside } from "../../dev/test-tenants.ts";
import { saveDraft } from "../flows/edit-program.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

const admin = askedAdmin(outside);
beforeAll(async () => {
  const { tenants, shop } = admin;
  await tenants.earn({ shop: shop.domain, customer: "7001" }, 100);
  const content = { earn: { points: 2, perMinor: 100 }, pendingDays: 0, rewards: [] };
  await saveDraft(tenants.world.rooms, shop, "42", { content, basedOn: 1, revision: 0 });
  await tenants.world.look(
    `insert into program_versions (shop_id, version, in_force_from, program)
     select shop_id, 2, '2099-07-01T10:00:00Z', program from program_versions where shop_id = $1`,
    [shop.id],
  );
  await tenants.world.look("update shops set newest_program_version = 2 where id = $1", [shop.id]);
});

async function textOf(path: string, timeZone: string | null): Promise<string> {
  const { tenants, shop } = admin;
  await tenants.world.look("update shops set time_zone = $1 where id = $2", [timeZone, shop.id]);
  tenants.world.rooms.shops.forget(shop.domain);
  return await admin.textOf(path);
}

test.each([
  [
    "/admin/figures",
    "Days are UTC: the time zone of your shop is not known yet.",
    "Days are those of your shop: Asia/Tokyo.",
  ],
  ["/admin/figures/summary", "Time zone,UTC", "Time zone,Asia/Tokyo"],
  ["/admin/program", "time zone is not known yet: this is UTC.", "In force from (Asia/Tokyo)"],
  ["/admin/program", "Version 2 begins at 2099-07-01 10:00 (UTC)", "Version 2 begins at 2099-07-01 19:00 (Asia/Tokyo)"],
])("%s says UTC, and the shop's zone once it is known", async (path, unknown, known) => {
  expect(await textOf(path, null)).toContain(unknown);
  const text = await textOf(path, "Asia/Tokyo");
  expect(text).toContain(known);
  expect(text).not.toContain(unknown);
});
