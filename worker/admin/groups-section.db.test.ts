/** Collections and tags that earn nothing, from the page Program to the version that names them. */
import { expect, test, vi } from "vitest";
import { askedAdmin } from "../../dev/shopify-admin/asked-admin.fixture.ts";
import type { Outside } from "../../dev/test-tenants.ts";
import { runJobs } from "../flows/run-jobs.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

const admin = askedAdmin(outside);

const FORM = {
  ...{ points: "2", per: "1.00", pending_days: "0", membership: "everybody", state: "live" },
  ...{ expiry: "never", months: "", owing: "owe", return_spent: "yes", tax_earns: "no" },
};

test("they are entered, the permission is asked for, publishing without it is refused, and with it the page tells what was read", async () => {
  const { tenants, ask: send } = admin;
  const local = tenants.shopify.state.shop(tenants.shops[0].domain);
  const collection = local?.products.find(({ handle }) => handle === "linen-shirt")?.collections[0] ?? "";
  const grant = async (scopes: string) => {
    await tenants.world.look("update shops set scopes = $1", [scopes]);
    tenants.world.rooms.shops.forget(tenants.shops[0].domain);
  };
  await grant("read_orders");
  expect(await (await send("/admin/program")).text()).not.toContain("Collections and tags that earn nothing");
  const address = `https://admin.shopify.com/store/x/collections/${collection}`;
  const wrong = await send("/admin/program/draft", {
    ...{ ...FORM, revision: "0", based_on: "1", collection_ids: "the sale", tags: "wool" },
  });
  expect(await wrong.json()).toMatchObject({ fields: { collection_ids: expect.any(String) } });
  const saved = await send("/admin/program/draft", {
    ...{ ...FORM, revision: "0", based_on: "1", collection_ids: address, tags: "Wool\nwinter" },
  });
  expect(saved.status).toBe(200);
  const before = await (await send("/admin/program")).text();
  expect(before).toContain('data-scopes="read_products"');
  expect(before).toContain("When the draft is tried or published");
  expect(before).toContain(`Products of the collection with the number ${collection} earn nothing.`);
  expect(before).toContain("Products with the tag “Wool” earn nothing.");

  const refused = await send("/admin/program/publish", { revision: "1" });
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({
    type: "urn:lojal:problem:unread-groups",
    why: "denied",
    detail: expect.stringContaining("allow it on the page Program"),
  });

  local?.scopes.add("read_products");
  await grant("read_orders,read_products");
  expect((await send("/admin/program/publish", { revision: "1" })).status).toBe(200);
  const after = await (await send("/admin/program")).text();
  expect(after).not.toContain('data-scopes="read_products"');
  expect(after).toMatch(/Collection<[\s\S]*?Clothing<[\s\S]*?>1</);

  expect(after).toContain('action="/admin/program/groups/read"');
  expect(await (await send("/admin/program/groups")).text()).not.toContain("data-refresh");
  expect((await send("/admin/program/groups/read", {})).status).toBe(200);
  expect(await (await send("/admin/program/groups")).text()).toMatch(/data-refresh[\s\S]*Being read/);
  await runJobs(tenants.world.rooms, tenants.world.queue.jobs.splice(0));
  expect(await (await send("/admin/program/groups")).text()).not.toContain("data-refresh");
  const key = `collection:${collection}`;
  const told = async () => (await send("/admin/program/groups")).text();
  await tenants.world.rooms.groups.ended(tenants.shops[0].id, key, "too-large");
  expect(await told()).toContain("more than 25,000 products. Name smaller collections or tags");
  await tenants.world.rooms.groups.ended(tenants.shops[0].id, key, "doubted", 0);
  expect(await told()).toContain("That is believed when a second reading says so");
  await tenants.world.rooms.groups.ask(tenants.shops[0].id, [key]);
  await tenants.world.look(
    "update group_readings set asked_at = now() - interval '1 hour', ended_at = null, outcome = null, doubted_since = null",
  );
  expect(await told()).toMatch(/^<div>[\s\S]*Shopify has not answered/);
});
