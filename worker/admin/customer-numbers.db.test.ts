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
  ["007", "Shopify’s customer numbers do not begin with a zero: leave it out."],
  ["7a", "A customer has a number."],
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
