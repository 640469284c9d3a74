/** Collections and tags are read at Shopify before a program that excludes them is published, and each day after. */
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { type Network, openPaintedShop, type PaintedShop } from "../../dev/painted-shop.fixture.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { orderJob } from "../../dev/test-rooms.ts";

// Before Shopify's client is loaded: it keeps the fetch it finds.
const network = vi.hoisted(() => {
  const held: Network = { answer: () => Promise.reject(new Error("nobody answers")) };
  const real = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    return new URL(request.url).hostname.endsWith(".myshopify.com") ? held.answer(request) : real(request);
  };
  return held;
});

const { publishDraft, saveDraft } = await import("./edit-program.ts");
const { readGroups, readGroupsLater, readGroupsNow } = await import("./read-groups.ts");
const { runJobs } = await import("./run-jobs.ts");
const { settleOrders } = await import("./settle-orders.ts");
const { askWhatIf } = await import("./what-if.ts");

let at: PaintedShop;
beforeEach(async () => {
  at = await openPaintedShop(network);
  at.own.scopes.add("read_products");
  onTestFinished(async () => {
    expect(await auditLedger(at.world)).toEqual([]);
    await at.world.close();
  });
});

const product = (handle: string) => {
  const found = at.own.products.find((one) => one.handle === handle);
  if (!found) throw new Error(`no product ${handle}`);
  return found;
};
const collectionOf = (handle: string) => product(handle).collections[0] ?? "";
const tag = (handle: string, tags: readonly string[]) => {
  at.own.products = at.own.products.map((one) => (one.handle === handle ? { ...one, tags } : one));
};
async function draft(exclusions: object): Promise<number> {
  const { rooms, shop } = at.world;
  const all = { productIds: [], vendors: [], channels: [], ...exclusions };
  const content = { earn: { points: 1, perMinor: 100 }, pendingDays: 0, rewards: [], exclusions: all };
  const { versions } = await rooms.programs.programsOf(shop.id, Number.MAX_SAFE_INTEGER, Date.now());
  const { revision } = await rooms.desk.draft(shop.id);
  const answer = await saveDraft(rooms, shop, "42", { content, basedOn: versions.at(-1)?.version ?? 0, revision });
  if (answer.kind !== "saved") throw new Error(JSON.stringify(answer));
  return answer.revision;
}
const publish = async (exclusions: object) => {
  const revision = await draft(exclusions);
  return publishDraft(at.world.rooms, at.world.shop, "42", { revision, inForceFromMs: null });
};
async function buy(id: string, createdAtMs = Date.now()): Promise<void> {
  const line = (handle: string, number: string, priceMinor: number) => ({
    ...productLine(number, priceMinor),
    productId: product(handle).id,
  });
  const lines = [line("linen-shirt", "1", 10_000), line("wool-throw", "2", 2_000), line("coffee-beans", "3", 300)];
  const body = orderBody({ createdAtMs, lines });
  await settleOrders(at.world.rooms, [orderJob(at.world, id, { kind: "state", body })]);
}
const worths = async () =>
  Object.fromEntries(
    (await at.world.look<{ order_id: string; posted: number }>("select order_id, posted::int from order_states")).map(
      ({ order_id, posted }) => [order_id, posted],
    ),
  );
const MINUTE = 60_000;

describe("a version that names collections and tags is published", () => {
  test("once they are read: from its first order on their products earn nothing", async () => {
    const answer = await publish({ collectionIds: [collectionOf("linen-shirt")], tags: ["Wool"] });
    expect(answer).toMatchObject({ kind: "published", version: 2 });
    await buy("1");
    expect(await worths()).toEqual({ 1: 3 });
    const known = await at.world.rooms.groups.known(at.world.shop.id);
    expect(known.map(({ title, products }) => [title, products])).toEqual([
      ["Clothing", 1],
      ["Wool", 1],
    ]);
  });

  test("and a tag is that tag, not one that has its word", async () => {
    tag("linen-shirt", ["sale ends soon"]);
    tag("wool-throw", ["SALE"]);
    expect(await publish({ tags: ["sale"] })).toMatchObject({ kind: "published" });
    await buy("1");
    expect(await worths()).toEqual({ 1: 103 });
    tag("coffee-beans", ["it's \\ all"]);
    expect(await publish({ tags: ["It's \\ all"] })).toMatchObject({ kind: "published" });
    expect(await at.world.rooms.groups.membershipsOf(at.world.shop.id, [product("coffee-beans").id])).toHaveLength(1);
  });

  const away = () => {
    at.between = () => Promise.resolve(new Response("", { status: 500 }));
  };
  test.each([
    ["denied", "the shop has not allowed it", () => at.own.scopes.delete("read_products")],
    ["away", "Shopify does not answer", away],
    ["gone", "there is no such collection", () => at.own.collections.clear()],
  ] as const)("but not where it is %s: %s", async (why, _, change) => {
    const collectionIds = [collectionOf("linen-shirt")];
    change();
    expect(await publish({ collectionIds })).toEqual({
      kind: "refused",
      refusal: { code: "unread-groups", why, groups: [`collection:${collectionIds[0]}`] },
    });
    const { rooms, shop } = at.world;
    const { versions } = await rooms.programs.programsOf(shop.id, Number.MAX_SAFE_INTEGER, Date.now());
    expect(versions).toHaveLength(1);
  });

  test("and one without groups asks Shopify nothing", async () => {
    at.asked.length = 0;
    expect(await publish({ vendors: ["Northlight"] })).toMatchObject({ kind: "published" });
    expect(at.asked).toEqual([]);
  });

  test("where a group is large: when a job has read it", async () => {
    const id = collectionOf("linen-shirt");
    // The local clock stands still: with the smallest plan's bucket the second reading would wait for ever.
    at.own.plan = "plus";
    at.own.products = [
      ...at.own.products,
      ...Array.from({ length: 6_000 }, (_, index) => ({
        ...product("linen-shirt"),
        id: String(8_000_000_000 + index),
        handle: `h${index}`,
      })),
    ];
    expect(await publish({ collectionIds: [id] })).toMatchObject({
      refusal: { code: "unread-groups", why: "under-way" },
    });
    expect(await at.work()).toMatchObject([{ kind: "read-groups" }]);
    const pages = Math.ceil(6_001 / 250);
    expect(at.asked.slice(-pages)).toEqual(Array.from({ length: pages }, () => "LojalReadCollection"));
    const { revision } = await at.world.rooms.desk.draft(at.world.shop.id);
    const answer = await publishDraft(at.world.rooms, at.world.shop, "42", { revision, inForceFromMs: null });
    expect(answer).toMatchObject({ kind: "published" });
  });
});

/** So long after the last reading that the next one is due. */
const later = async (by: string) => {
  await at.world.look(`update product_groups set read_at = read_at - interval '${by}'`);
  await at.world.look(
    `update group_readings set ended_at = ended_at - interval '${by}', asked_at = asked_at - interval '${by}',
                               doubted_since = doubted_since - interval '${by}'`,
  );
};

describe("each day they are read again", () => {
  test("what changed counts for orders from then on, and an order before keeps what it had", async () => {
    await publish({ tags: ["sale"] });
    tag("linen-shirt", ["sale"]);
    await buy("1");
    await later("1 day");
    await readGroups(at.world.rooms, at.world.shop);
    await buy("1");
    await buy("2", Date.now() + 2 * MINUTE);
    expect(await worths()).toEqual({ 1: 123, 2: 23 });
  });

  test("a collection that was deleted holds nothing from then on", async () => {
    await publish({ collectionIds: [collectionOf("linen-shirt")] });
    at.own.collections.clear();
    await later("1 day");
    await readGroups(at.world.rooms, at.world.shop);
    await buy("1", Date.now() + 2 * MINUTE);
    expect(await worths()).toEqual({ 1: 123 });
  });

  test("for the program in force and those to come; a shop whose programs name none has no such work", async () => {
    const { rooms, shop, queue } = at.world;
    await readGroupsLater(rooms, shop);
    expect(queue.jobs).toEqual([]);
    await publish({ tags: ["sale"] });
    queue.jobs.length = 0;
    await readGroupsLater(rooms, shop);
    expect(queue.jobs).toEqual([{ kind: "read-groups", shop: shop.domain }]);
    await publish({});
    queue.jobs.length = 0;
    await readGroupsLater(rooms, shop);
    expect(queue.jobs).toEqual([]);
  });
});

/** So many more products with the tag. */
const tagMany = (count: number, name: string) => {
  const one = product("linen-shirt");
  const many = Array.from({ length: count }, (_, index) => ({
    ...one,
    ...{ id: String(8_000_000_000 + index), handle: `h${index}`, tags: [name] },
  }));
  at.own.products = [...at.own.products, ...many];
};
const untagAll = () => {
  at.own.products = at.own.products.map((one) => ({ ...one, tags: [] }));
};
const readingOf = async (key: string) => (await at.world.rooms.groups.readings(at.world.shop.id)).get(key);
const knownProducts = async () => (await at.world.rooms.groups.known(at.world.shop.id)).map(({ products }) => products);

describe("a reading that misses most of what was known", () => {
  test("is not believed, and when a second one says the same it is", async () => {
    tagMany(20, "sale");
    await publish({ tags: ["sale"] });
    const before = at.own.products;
    await later("1 day");
    untagAll();
    const { rooms, shop } = at.world;
    await readGroups(rooms, shop);
    expect([await knownProducts(), await readingOf("tag:sale")]).toMatchObject([
      [20],
      { outcome: "doubted", products: 0 },
    ]);
    // It is made again by itself. Too soon it says nothing, and back again there is no doubt.
    expect(at.world.queue.jobs).toEqual([{ kind: "read-groups", shop: shop.domain }]);
    await readGroups(rooms, shop);
    expect(await knownProducts()).toEqual([20]);
    at.own.products = before;
    await later("11 minutes");
    await readGroups(rooms, shop);
    expect(await readingOf("tag:sale")).toMatchObject({ outcome: "read", products: 20, doubtedSinceMs: null });
    untagAll();
    await later("1 day");
    await readGroups(rooms, shop);
    expect(await knownProducts()).toEqual([20]);
    await later("11 minutes");
    await readGroups(rooms, shop);
    expect([await knownProducts(), await readingOf("tag:sale")]).toMatchObject([[0], { outcome: "read", products: 0 }]);
  });

  test("is made again by itself: what else was read meanwhile is not", async () => {
    tagMany(20, "sale");
    tag("wool-throw", ["wool"]);
    await publish({ tags: ["sale", "wool"] });
    await later("1 day");
    at.own.products = at.own.products.filter(({ tags }) => !tags.includes("sale"));
    const { rooms, shop } = at.world;
    at.asked.length = 0;
    await readGroups(rooms, shop);
    expect(at.asked).toHaveLength(2);
    await later("11 minutes");
    await readGroups(rooms, shop);
    expect(at.asked).toHaveLength(3);
    expect([await readingOf("tag:sale"), await readingOf("tag:wool")]).toMatchObject([
      { outcome: "read", products: 0 },
      { outcome: "read", products: 1 },
    ]);
  });

  test("as a version is published leaves out what was known, and half of it is believed at once", async () => {
    tagMany(20, "sale");
    await publish({ tags: ["sale"] });
    untagAll();
    expect(await publish({ tags: ["sale"], vendors: ["x"] })).toMatchObject({ kind: "published" });
    expect([await knownProducts(), await readingOf("tag:sale")]).toMatchObject([[20], { outcome: "doubted" }]);
    at.own.products = at.own.products.map((one, place) => (place % 2 === 0 ? { ...one, tags: ["sale"] } : one));
    await publish({ tags: ["sale"] });
    expect((await knownProducts())[0]).toBeGreaterThanOrEqual(10);
    expect(await readingOf("tag:sale")).toMatchObject({ outcome: "read" });
  });
});

test("a group that is too large to be read is told as one, with no end to wait for, until somebody asks again", async () => {
  at.own.plan = "plus";
  // Shopify's search finds it, and it is not one: what passes is fewer than what Shopify lists.
  tag("linen-shirt", ["sale ends soon"]);
  tagMany(25_001, "sale");
  expect(await publish({ tags: ["sale"] })).toMatchObject({ refusal: { why: "under-way" } });
  await at.work();
  expect(await readingOf("tag:sale")).toMatchObject({ outcome: "too-large" });
  expect(await publish({ tags: ["sale"] })).toMatchObject({ refusal: { why: "too-large", groups: ["tag:sale"] } });
  expect(at.world.queue.jobs).toEqual([]);
  at.own.products = at.own.products.slice(0, 1_000);
  await readGroupsNow(at.world.rooms, at.world.shop, "42", ["tag:sale"]);
  await at.work();
  expect(await readingOf("tag:sale")).toMatchObject({ outcome: "read" });
  expect(await publish({ tags: ["sale"] })).toMatchObject({ kind: "published" });
}, 60_000);

test("a tag among thousands that are only like it is read to its end by a job, and then published with", async () => {
  at.own.plan = "plus";
  tagMany(5_001, "sale ends soon");
  tag("linen-shirt", ["sale"]);
  expect(await publish({ tags: ["sale"] })).toMatchObject({ refusal: { why: "under-way" } });
  await at.work();
  expect(await readingOf("tag:sale")).toMatchObject({ outcome: "read" });
  expect(await publish({ tags: ["sale"] })).toMatchObject({ kind: "published" });
}, 60_000);

test("what staff have read now is read, however lately it was, and once", async () => {
  await publish({ tags: ["sale"] });
  const { rooms, shop } = at.world;
  tag("linen-shirt", ["sale"]);
  await readGroupsNow(rooms, shop, "42", ["tag:sale"]);
  at.asked.length = 0;
  await at.work();
  await readGroups(rooms, shop);
  expect([await knownProducts(), at.asked]).toEqual([[1], ["LojalReadTagged"]]);
});

describe("an order that only Shopify has told of", () => {
  async function readAt(scopes: string): Promise<void> {
    const { rooms, shop } = at.world;
    await at.world.look("update shops set scopes = $1", [scopes]);
    rooms.shops.forget(shop.domain);
    const created = new Date().toISOString();
    const body = {
      ...{ id: 77, admin_graphql_api_id: "gid://shopify/Order/77", name: "#77", currency: "USD" },
      ...{ created_at: created, processed_at: created, updated_at: created, financial_status: "paid" },
      ...{ total_price: "100.00", total_outstanding: "0.00", customer: { id: 7001 } },
      line_items: [
        {
          id: 1,
          title: "Shirt",
          price: "100.00",
          quantity: 1,
          product_id: Number(product("linen-shirt").id),
          vendor: "N",
        },
      ],
    };
    at.own.takeOrder(JSON.stringify(body), body);
    const job = { kind: "read-order", shop: shop.domain, topic: "sweep", deliveryId: null, orderId: "77" } as const;
    expect(await runJobs(rooms, [job])).toEqual([null]);
  }

  test("earns nothing for a product that is left out, where the shop lets the app see its products", async () => {
    await publish({ productIds: [product("linen-shirt").id] });
    await readAt("read_orders,read_products");
    expect(await worths()).toEqual({ 77: 0 });
  });

  test("is read without its products where the permission was taken back, or never given", async () => {
    await publish({ productIds: [product("linen-shirt").id] });
    at.own.scopes.delete("read_products");
    at.asked.length = 0;
    await readAt("read_orders,read_products");
    expect([await worths(), at.asked]).toEqual([{ 77: 100 }, ["LojalReadOrder", "LojalReadOrder"]]);
    await readAt("read_orders");
    expect(at.asked).toHaveLength(3);
  });
});

test("a draft is tried on past orders with what its groups hold now, and the ledger agrees with its own version", async () => {
  await buy("1");
  await publish({ tags: ["wool"] });
  await buy("2");
  const revision = await draft({ tags: ["wool", "linen"] });
  const answer = await askWhatIf(at.world.rooms, at.world.shop, { revision, sinceMs: 0, after: null });
  if (answer.kind !== "what-if") throw new Error(JSON.stringify(answer));
  const { ledgerPoints, differing, today, draft: under } = answer.whatIf;
  expect({ ledgerPoints, differing, today: today?.points, draft: under.points }).toEqual({
    ...{ ledgerPoints: 123 + 103, differing: 0 },
    ...{ today: 2 * 103, draft: 2 * 3 },
  });
});
