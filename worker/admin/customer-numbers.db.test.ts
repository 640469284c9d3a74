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
