/** Cancellations that broke off between Shopify and the ledger: the points come back, and no dead code stays issued (I8). */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Local, startLocal } from "./local.ts";
import { claimPort } from "./processes.ts";
import { shop as domain } from "./settings.ts";

let local: Local;
let database: pg.Pool;
beforeAll(async () => {
  const [workerPort, storePort] = [await claimPort(0, "The worker"), await claimPort(0, "The local store")];
  local = await startLocal({ workerPort, storePort, durable: false, say: () => undefined, log: () => undefined });
  database = new pg.Pool({ connectionString: local.databaseUrl, max: 1 });
}, 60_000);
afterAll(async () => {
  await database.end();
  await local.stop();
});

const post = (path: string, body: object, customerId = ""): Promise<Response> =>
  fetch(`${local.storeUrl}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", cookie: `customer=${customerId}` },
    body: JSON.stringify(body),
  });
const ask = async (path: string, customerId: string): Promise<Record<string, unknown>> =>
  (await (
    await fetch(`${local.storeUrl}/apps/lojal${path}`, { headers: { cookie: `customer=${customerId}` } })
  ).json()) as Record<string, unknown>;

/** A shopper with 1,000 points who redeems 500 of them. */
async function redeemed(customerId: string, fault?: string): Promise<{ id: string; code: string; status: number }> {
  await post("/switchboard/buy", { customer_id: customerId, total: "100.00" });
  await vi.waitFor(async () => expect(await ask("/member", customerId)).toMatchObject({ available: 1000 }), 10_000);
  if (fault) await post("/switchboard/faults", { next: 1, fault, operation: "discountCodeBasicCreate" });
  const id = randomUUID();
  const { status } = await post("/apps/lojal/redemptions", { id, reward_id: "off-500" }, customerId);
  const { rows } = await database.query<{ code: string }>("select code from redemptions where id = $1", [id]);
  return { id, code: rows[0]?.code ?? "", status };
}

const releasedWithPoints = (id: string, customerId: string) =>
  vi.waitFor(async () => {
    expect(await ask(`/redemptions/${id}`, customerId)).toMatchObject({ state: "released", available: 1000 });
  }, 15_000);

test("a hold whose code was given up before it was made is released, not issued with a dead code", async () => {
  const { id, code, status } = await redeemed("9101", "500");
  expect(status).toBe(202);
  // What a cancellation leaves at Shopify when it dies after it took the code's place.
  const shop = local.shopify.state.shop(domain);
  const past = new Date(Date.now() - 60_000);
  shop?.discounts.create({
    title: `Lojal: 5.00 USD off (${id})`,
    code,
    startsAt: past,
    endsAt: past,
    customers: ["9101"],
    items: null,
    value: { kind: "amount", minor: 500, eachItem: false },
    minimumSubtotal: null,
    minimumQuantity: null,
    usageLimit: 1,
    appliesOncePerCustomer: true,
    combinesWith: { order: false, product: false, shipping: true },
    tags: [],
  });
  await releasedWithPoints(id, "9101");
});

test("an issued code that was switched off and not given back is given back by the sweep", async () => {
  const { id, code, status } = await redeemed("9102");
  expect(status).toBe(201);
  const discounts = local.shopify.state.shop(domain)?.discounts;
  const discount = discounts?.findByCode(code);
  if (discount) discounts?.deactivate(discount);
  await database.query("update redemptions set due_at = now() where id = $1", [id]);
  await local.sweep();
  await releasedWithPoints(id, "9102");
});

test("a good code that the sweep looks at stays as it is, and is looked at again after its end", async () => {
  const { id } = await redeemed("9103");
  await database.query("update redemptions set due_at = now() where id = $1", [id]);
  await local.sweep();
  await vi.waitFor(async () => {
    const { rows } = await database.query(
      "select state, due_at > ends_at as after_its_end from redemptions where id = $1",
      [id],
    );
    expect(rows).toEqual([{ state: "issued", after_its_end: true }]);
  }, 10_000);
});
