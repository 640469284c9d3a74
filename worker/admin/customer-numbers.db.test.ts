/** A customer has a number of Shopify's: the page of a member and its forms say what is wrong with any other. */
import { expect, test, vi } from "vitest";
import { askedAdmin } from "../../dev/shopify-admin/asked-admin.fixture.ts";
import type { Outside } from "../../dev/test-tenants.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

const admin = askedAdmin(outside);

test.each([
  ["007", "Shopify’s customer numbers do not begin with a zero: leave the zeros out."],
  ["7a", "Write Shopify’s customer number: the digits at the end of the customer’s address in your admin."],
])("of customer %s no page is shown and nothing is sent, and why is said", async (customer, detail) => {
  for (const answer of [
    await admin.ask(`/admin/members/${customer}`),
    await admin.ask(`/admin/members/${customer}/membership`, { member: "false" }),
  ])
    expect([answer.status, await answer.json()]).toEqual([404, expect.objectContaining({ detail })]);
  expect(await admin.tenants.world.look("select 1 from members where customer_id = $1", [customer])).toEqual([]);
});

test("nobody is merged with a number that Shopify does not write", async () => {
  const answer = await admin.ask("/admin/members/7001/merge", { other: "007" });
  expect([answer.status, await answer.json()]).toEqual([
    400,
    expect.objectContaining({ fields: { other: "Enter the other customer's number, without zeros before it." } }),
  ]);
});

test("zeros before a number are left out where somebody looks for a member", async () => {
  for (const typed of ["007", "7", "gid://shopify/Customer/007", "https://admin.shopify.com/store/x/customers/07?a=1"])
    expect(await admin.textOf(`/admin/members?${new URLSearchParams({ customer: typed })}`)).toContain(
      '<s-link href="/members/7">Open customer 7</s-link>',
    );
  expect(await admin.textOf("/admin/members?customer=000")).toContain("There is no customer number in this.");
});

test("a member's history that has no such page says where to begin", async () => {
  expect(await (await admin.ask("/admin/members/7001?after=x")).json()).toMatchObject({
    detail: "There is no such page of the history. Open the member again.",
  });
});

test("a file's row that has a zero before its customer's number is not taken from the page that reads the file", async () => {
  const { world } = admin.tenants;
  await admin.ask("/admin/import-file/begin", {
    digest: "0".repeat(64),
    layout: JSON.stringify({ format: "lojal", hasHeader: true, width: 2, places: { customer_id: 0, points: 1 } }),
    adds: "true",
    rows: "1",
    last: "2",
  });
  const [begun] = await world.rooms.imports.list(admin.shop.id, 1);
  const handOver = async (customerId: string) => {
    const row = { row: 2, customerId, points: 1, availableAtMs: 0, expiresAtMs: null };
    const pages = [{ through: 2, named: [row], refused: [] }];
    const answer = await admin.ask(`/admin/import/${begun?.id}/hand-over`, JSON.stringify({ after: 0, pages }));
    return [answer.status, await answer.json()];
  };
  expect(await handOver("007")).toMatchObject([400, { fields: { "pages.0.named.0.customerId": expect.anything() } }]);
  expect(await handOver("7")).toEqual([200, { after: 2, done: true }]);
});
