/** A redemption by its id, for the merchant's software: however many came since, and whichever of a merged customer's numbers it asks with. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { newKey, type TestKey } from "../../dev/test-keys.ts";
import { newTenants, type Outside, type Tenants } from "../../dev/test-tenants.ts";
import { mergeCustomers } from "../flows/merge-customers.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

let tenants: Tenants;
let key: TestKey;
beforeAll(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  tenants = await newTenants(outside);
  key = await newKey(tenants.world.rooms, tenants.shops[0]);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await tenants.close();
});

interface Listed {
  readonly id: string;
  readonly code: string;
}

async function told(customer: string, id = ""): Promise<unknown> {
  const answer = await tenants.fetch(`/api/v1/members/${customer}/redemptions${id && `/${id}`}`, {
    headers: { ...key.headers },
  });
  return await answer.json();
}
const listOf = async (customer: string) => ((await told(customer)) as { redemptions: Listed[] }).redemptions;

/** A customer with one redemption, as the list tells it. */
async function redeemed(customer: string): Promise<Listed> {
  const shopper = { shop: tenants.shops[0].domain, customer };
  await tenants.earn(shopper, 600);
  await tenants.redeem(shopper);
  const [one] = await listOf(customer);
  if (one === undefined) throw new Error("A reward that was chosen is not in the list.");
  return one;
}

test("is told after 200 newer ones, when the list has it no more", async () => {
  const oldest = await redeemed("7201");
  await tenants.world.look(
    `insert into redemptions select shop_id, gen_random_uuid()::text, version, member_id, reward, cost, code || number, state,
       fingerprint, discount_id, program_version, created_at + interval '1 second', ends_at, used_by_order, returned, returnings, reason, due_at,
       forgiven, taken
     from redemptions, generate_series(1, 200) as number where id = $1`,
    [oldest.id],
  );
  const list = await listOf("7201");
  expect([list.length, list.some(({ id }) => id === oldest.id)]).toEqual([200, false]);
  expect(await told("7201", oldest.id)).toEqual(oldest);
});

test("is told of customers who were merged by either's number, whosever it was", async () => {
  const both = [await redeemed("7211"), await redeemed("7212")];
  const merger = { keptCustomerId: "7211", mergedCustomerId: "7212" };
  await mergeCustomers(tenants.world.rooms, tenants.shops[0], merger);
  for (const customer of ["7211", "7212"]) for (const one of both) expect(await told(customer, one.id)).toEqual(one);
});
