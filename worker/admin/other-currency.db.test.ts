/** The list of orders that earned nothing because of their currency, and the ways to it. */
import { afterEach, expect, test, vi } from "vitest";
import { askedAdmin } from "../../dev/shopify-admin/asked-admin.fixture.ts";
import { orderBody } from "../../dev/test-orders.ts";
import type { Outside } from "../../dev/test-tenants.ts";
import { forgetCustomer } from "../flows/forget-customer.ts";
import { settleOrders } from "../flows/settle-orders.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

const admin = askedAdmin(outside);
afterEach(() => admin.tenants.world.look("delete from order_states"));

async function settle(orderId: string, changes: Parameters<typeof orderBody>[0]): Promise<void> {
  const { tenants, shop } = admin;
  const job = { kind: "order", shop: shop.domain, topic: "orders/paid", deliveryId: null } as const;
  await settleOrders(tenants.world.rooms, [{ ...job, orderId, news: { kind: "state", body: orderBody(changes) } }]);
}
/** What the ways to the list say. */
const notes = async () => {
  const found: (string | undefined)[] = [];
  for (const path of ["/admin/home", "/admin/health"])
    found.push(
      /<s-paragraph>([^<]* in another currency earned nothing\.[\s\S]*?)<\/s-paragraph>/.exec(
        await admin.textOf(path),
      )?.[1],
    );
  return found;
};

test("an order is told by its name, with its day, its money, its customer, and the ways to both; why, and what can be done", async () => {
  await settle("5001", { currency: "JPY", amountMinor: 5_900, name: "<b>#1</b>" });
  await settle("5002", { currency: "EUR", amountMinor: 4_250, name: "", customerId: null });
  const text = await admin.textOf("/admin/other-currency");
  expect(text).toContain(
    '<s-link href="https://admin.shopify.com/store/test-shop/orders/5001" target="_top">&lt;b&gt;#1&lt;/b&gt;</s-link>',
  );
  expect(text).toContain('orders/5002" target="_top">5002</s-link>');
  expect(text.match(/<s-table-cell>(?!<)[^<]*<\/s-table-cell>/g)).toEqual(
    [...["Jan 1, 2026", "EUR", "€42.50", "No customer"], ...["Jan 1, 2026", "JPY", "¥5,900"]].map(
      (cell) => `<s-table-cell>${cell}</s-table-cell>`,
    ),
  );
  expect(text).toContain('<s-link href="/members/7001">7001</s-link>');
  expect(text).toContain("Your points are counted in USD");
  expect(text).toContain("adjust their points");
});

test("Home and Health say how many there are, with the way to them, only where there are some", async () => {
  await settle("1", {});
  expect(await notes()).toEqual([undefined, undefined]);
  await settle("2", { currency: "EUR" });
  const one =
    '1 order in another currency earned nothing. <s-link href="/other-currency">See it, and what can be done</s-link>';
  expect(await notes()).toEqual([one, one]);
  await admin.tenants.world.look(
    `insert into order_states (shop_id, order_id, reason, state)
     select $1, n::text, 'other-currency', (select state from order_states where order_id = '2') from generate_series(10, 1010) n`,
    [admin.shop.id],
  );
  const many =
    'More than 1,000 orders in another currency earned nothing. <s-link href="/other-currency">See them, and what can be done</s-link>';
  expect(await notes()).toEqual([many, many]);
});

test("where there is none the page says what it is for, and a page beyond the last one that it is that", async () => {
  expect(await admin.textOf("/admin/other-currency")).toContain(
    "Your points are counted in USD. A paid order in another currency earns nothing, and would be listed here.",
  );
  const beyond = await admin.textOf("/admin/other-currency?before=1");
  expect([beyond.includes("No older ones"), beyond.includes("No order in")]).toEqual([true, false]);
});

test("a full page leads to the older ones, and a place that is none says where to begin", async () => {
  await settle("1", { currency: "EUR" });
  await admin.tenants.world.look(
    `insert into order_states (shop_id, order_id, reason, state)
     select $1, n::text, 'other-currency', (select state from order_states where order_id = '1') from generate_series(10, 59) n`,
    [admin.shop.id],
  );
  expect(await admin.textOf("/admin/other-currency")).toContain(
    '<s-button href="/other-currency?before=10">Older</s-button>',
  );
  const last = await admin.textOf("/admin/other-currency?before=10");
  expect([last.includes('orders/1"'), last.includes("Older<")]).toEqual([true, false]);
  const answer = await admin.ask("/admin/other-currency?before=x");
  expect([answer.status, await answer.json()]).toEqual([
    400,
    expect.objectContaining({ detail: "This list has no such page: open Health, and the list from there." }),
  ]);
});

test("an order of somebody who was forgotten is told without the person", async () => {
  await settle("1", { currency: "EUR", customerId: "7055" });
  await forgetCustomer(admin.tenants.world.rooms, admin.shop, "7055", null);
  const text = await admin.textOf("/admin/other-currency");
  expect([text.includes("<s-table-cell>Forgotten</s-table-cell>"), text.includes("7055")]).toEqual([true, false]);
});
