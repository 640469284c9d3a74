import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { deliver, personOf, post, takeDeliveries } from "../../dev/test-deliveries.ts";
import { orderText } from "../../dev/test-requests.ts";
import { newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import { finishRedemption } from "./finish-redemptions.ts";
import { redeemReward } from "./redeem-reward.ts";
import { runJobs } from "./run-jobs.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
  // Without a token nobody asks Shopify.
  await world.look("update shops set access_token_sealed = null");
  world.rooms.shops.forget(world.shop.domain);
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

const CUSTOMER = "770000001";
const bodyOf = (points: number, orderId = 1, more: object = {}, customer = CUSTOMER) =>
  JSON.stringify({ ...(JSON.parse(orderText({ customer, orderId }, points)) as object), ...more });
const order = (points: number, orderId = 1, more: object = {}, customer = CUSTOMER) =>
  deliver(world, { topic: "orders/updated", body: bodyOf(points, orderId, more, customer) });
const merge = (kept: string, gone: string) =>
  deliver(world, {
    topic: "customers/merge",
    body: {
      status: "completed",
      admin_graphql_api_customer_kept_id: `gid://shopify/Customer/${kept}`,
      admin_graphql_api_customer_deleted_id: `gid://shopify/Customer/${gone}`,
    },
  });
const forget = (customer = CUSTOMER, deliveryId = "forget-1") =>
  deliver(world, {
    topic: "customers/redact",
    deliveryId,
    body: { shop_domain: world.shop.domain, customer: personOf(customer), orders_to_redact: [1] },
  });
const ask = (customer = CUSTOMER, id = 1) =>
  deliver(world, {
    topic: "customers/data_request",
    body: { customer: personOf(customer), orders_requested: [1], data_request: { id } },
  });
const hold = async () => {
  const redemptionId = crypto.randomUUID();
  const shop = { ...world.shop, accessTokenSealed: null };
  await redeemReward(world.rooms, shop, CUSTOMER, { redemptionId, rewardId: "off-500", points: null });
  return redemptionId;
};
const accounts = () =>
  world.look<{ customer: string | null; available: number; held: number; owed: number }>(
    `select m.customer_id as customer, a.available::int, a.held::int, a.owed::int
     from members m join accounts a on a.member_id = m.id where m.merged_into is null order by m.id`,
  );

/** Where in the whole database a text stands: table and column. */
async function placesOf(text: string): Promise<string[]> {
  const columns = await world.look<{ table_name: string; column_name: string }>(
    `select table_name, column_name from information_schema.columns
     where table_schema = 'public' and data_type in ('text', 'json', 'jsonb')`,
  );
  const places: string[] = [];
  for (const { table_name: table, column_name: column } of columns)
    if ((await world.look(`select 1 from ${table} where ${column}::text like '%' || $1 || '%'`, [text])).length > 0)
      places.push(`${table}.${column}`);
  return places;
}

describe("customers/redact", () => {
  test("the person is gone from every table, and every point is where it was", async () => {
    await order(700);
    await order(200, 2, {}, "770000002");
    await merge(CUSTOMER, "770000002");
    await hold();
    await ask();
    await world.rooms.shops.setAside([
      { shop: world.shop.domain, topic: "orders/paid", reason: "failed", deliveryId: null, job: orderJobOf(3) },
      { shop: world.shop.domain, topic: "customers/merge", reason: "failed", deliveryId: null, job: mergeJob },
    ]);
    const before = await world.look("select id, kind, points, pending, available, held, owed from entries order by id");
    expect(await placesOf("770000001")).toHaveLength(5);
    await forget();
    for (const number of ["770000001", "770000002"]) expect(await placesOf(number)).toEqual([]);
    expect(
      await world.look("select id, kind, points, pending, available, held, owed from entries order by id"),
    ).toEqual(before);
    expect(await accounts()).toEqual([{ customer: null, available: 400, held: 500, owed: 0 }]);
    expect(await world.look("select count(*)::int from members where forgotten_at is not null")).toEqual([
      { count: 2 },
    ]);
    // An order's news can still be run again, without its customer; a merger of nobody cannot.
    expect(
      await world.look(
        "select job #>> '{news,body,customerId}' as customer, job ->> 'orderId' as id from set_aside order by id",
      ),
    ).toEqual([
      { customer: null, id: "3" },
      { customer: null, id: null },
    ]);
    const requests = await world.look(
      "select id, kind, customer_id, answer, done_at is not null as done from privacy_requests order by id",
    );
    expect(requests).toEqual([
      { id: "data-request:1", kind: "data-request", customer_id: null, answer: null, done: true },
      { id: "forget:forget-1", kind: "forget", customer_id: null, answer: null, done: true },
    ]);
    const [once] = await world.look("select * from accounts");
    await forget();
    expect((await world.look("select * from accounts"))[0]).toEqual(once);
    expect(await world.look("select 1 from privacy_requests")).toHaveLength(2);
  });

  test("an order stays with the person who was forgotten, whatever late news says of its customer, and its refunds claw back there", async () => {
    await order(700);
    await forget();
    await order(700);
    await order(300, 1, { updated_at: "2026-01-02T00:00:00Z" });
    await order(300, 1, { updated_at: "2026-01-03T00:00:00Z" }, "770000002");
    expect(await accounts()).toEqual([{ customer: null, available: 300, held: 0, owed: 0 }]);
    for (const number of ["770000001", "770000002"]) expect(await placesOf(number)).toEqual([]);
    await order(300, 1, { updated_at: "2026-01-04T00:00:00Z", cancelled_at: "2026-01-04T00:00:00Z" });
    expect(await accounts()).toEqual([{ customer: null, available: 0, held: 0, owed: 0 }]);
  });

  test("an exact repeat of an order's news after its person was forgotten writes nothing", async () => {
    await order(700);
    await forget();
    const [before] = await world.look("select revision, state::text from order_states");
    await order(700);
    expect(await world.look("select revision, state::text from order_states")).toEqual([before]);
  });

  test("a new order of the same customer begins a new member, who knows nothing of the old", async () => {
    await order(700);
    await forget();
    await order(50, 2);
    expect(await accounts()).toEqual([
      { customer: null, available: 700, held: 0, owed: 0 },
      { customer: CUSTOMER, available: 50, held: 0, owed: 0 },
    ]);
  });

  test("somebody we never met is forgotten as well: done, and written down", async () => {
    await forget("123456789");
    expect(await world.look("select kind, done_at is not null as done from privacy_requests")).toEqual([
      { kind: "forget", done: true },
    ]);
    expect(await placesOf("123456789")).toEqual([]);
  });

  test("orders that settle at the same moment leave no number behind", async () => {
    await order(100);
    for (let round = 2; round < 8; round++) {
      await post(world, {
        topic: "orders/updated",
        body: bodyOf(100, 1, { updated_at: `2026-01-0${round}T00:00:00Z` }),
      });
      const jobs = takeDeliveries(world);
      await Promise.all([runJobs(world.rooms, jobs), round === 4 ? forget() : null]);
    }
    expect(await placesOf(CUSTOMER)).toEqual([]);
    expect(await accounts()).toEqual([{ customer: null, available: 100, held: 0, owed: 0 }]);
  });

  test("a code of the forgotten runs out; a use of it is still booked", async () => {
    await order(700);
    const id = await hold();
    await world.look("update redemptions set state = 'issued', discount_id = 'gid://shopify/DiscountCodeNode/1'");
    await forget();
    await finishRedemption(world.rooms, { ...world.shop, accessTokenSealed: null }, id);
    expect(await accounts()).toEqual([{ customer: null, available: 200, held: 500, owed: 0 }]);
    const [{ code } = { code: "" }] = await world.look<{ code: string }>("select code from redemptions");
    await order(1, 2, { discount_codes: [{ code }] }, "770000003");
    expect(await world.look("select state from redemptions")).toEqual([{ state: "used" }]);
  });
});

describe("customers/data_request", () => {
  const answer = async () =>
    (
      await world.look<{ answer: Record<string, unknown>; days: number; customer_id: string | null }>(
        "select answer, customer_id, extract(day from expires_at - done_at)::int as days from privacy_requests",
      )
    )[0];

  test("everything that is held is told, for 30 days; asked again, the first answer stands", async () => {
    await order(700);
    await order(200, 2, {}, "770000002");
    await merge(CUSTOMER, "770000002");
    await hold();
    await ask();
    const found = await answer();
    expect(found).toMatchObject({ days: 30, customer_id: CUSTOMER });
    expect(found?.answer).toMatchObject({
      held: true,
      customer_ids: [CUSTOMER, "770000002"],
      balance: { available: 400, pending: 0, held: 500, owed: 0 },
      membership: [],
      orders: [
        { id: "1", name: "#1001", points: 700 },
        { id: "2", name: "#1001", points: 200 },
      ],
      redemptions: [{ cost: 500, state: "held", code: expect.stringMatching(/^LOJAL-/) }],
      set_aside: [],
    });
    const told = found?.answer as { entries: { kind: string; explained_by: object }[]; lots: object[] } | undefined;
    const { entries = [], lots = [] } = told ?? {};
    expect(entries.map(({ kind }) => kind)).toEqual(["earn", "earn", "merge", "merge", "hold"]);
    expect(entries[0]?.explained_by).toMatchObject({ orderName: "#1001", targetPoints: 700 });
    expect(lots).toHaveLength(3);
    await order(900, 3);
    await ask();
    expect(await answer()).toEqual(found);
  });

  test("of somebody we never met it is said that nothing is held, and their number is not kept", async () => {
    await ask("123456789");
    expect(await answer()).toMatchObject({ answer: { held: false }, customer_id: null });
    expect(await placesOf("123456789")).toEqual([]);
  });
});

const mergeJob = { kind: "merge-customers", keptCustomerId: "770000009", mergedCustomerId: "770000002" };
const orderJobOf = (orderId: number) => ({
  kind: "order",
  orderId: String(orderId),
  news: { kind: "state", body: { name: "#1003", customerId: CUSTOMER } },
});
