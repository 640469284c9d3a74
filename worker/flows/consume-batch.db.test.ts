import { neonConfig } from "@neondatabase/serverless";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newWorld as newShopify } from "../../dev/shopify/local-shopify.fixture.ts";
import { largeOrder, largeOrderWorth, orderBody } from "../../dev/test-orders.ts";
import { addShop, newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { readSnapshot } from "../shopify/snapshot.ts";
import { consumeBatch, type Delivery, pauseSeconds } from "./consume-batch.ts";
import { fanOut } from "./fan-out.ts";
import { messageOf } from "./pack-job.ts";
import { MAX_RETRIES, QUEUE_NAMES } from "./queues.ts";
import { readBalance } from "./read-member.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await world.close();
});

type Answer = "acked" | number;

/** A batch of these bodies as the runtime hands it over; tells what was answered for each message. */
async function consume(
  bodies: readonly unknown[],
  { queue = QUEUE_NAMES.prompt as string, attempts = 1 } = {},
): Promise<(Answer | undefined)[]> {
  const answers: (Answer | undefined)[] = bodies.map(() => undefined);
  const messages = bodies.map((body, index): Delivery => {
    const answer = (value: Answer) => {
      answers[index] = value;
    };
    const told = {
      ack: () => answer("acked"),
      retry: ({ delaySeconds }: { delaySeconds: number }) => answer(delaySeconds),
    };
    return { body, attempts, timestamp: new Date(), ...told };
  });
  await consumeBatch(world.rooms, { queue, messages });
  return answers;
}

const order = (orderId: string, customerId = "7001") =>
  orderJob(world, orderId, { kind: "state", body: orderBody({ customerId }) });
const asides = () =>
  world.look(
    "select shop_domain, topic, reason, fault, attempts, job, replayed_at is not null as replayed from set_aside order by id",
  );
const available = async (customerId = "7001") => (await readBalance(world.rooms, world.shop, customerId)).available;

/** What the database is asked while something is done: each request is one round trip. Those that `isCut` are lost on their way. */
async function requestsOf(act: () => Promise<unknown>, isCut = (_text: string) => false): Promise<string[]> {
  const fetchBefore = neonConfig.fetchFunction as (url: string, init: { body: string }) => Promise<Response>;
  const requests: string[] = [];
  neonConfig.fetchFunction = (url: string, init: { body: string }) => {
    requests.push(init.body);
    return isCut(init.body) ? Promise.reject(new Error("cut")) : fetchBefore(url, init);
  };
  try {
    await act();
  } finally {
    neonConfig.fetchFunction = fetchBefore;
  }
  return requests;
}

test("a hundred orders of a hundred members, known and new, take two round trips", async () => {
  const known = Array.from({ length: 50 }, (_, index) => order(`a${index}`, String(8_000 + index)));
  await consume(known);
  const batch = Array.from({ length: 100 }, (_, index) => order(`b${index}`, String(8_000 + index)));
  expect(await requestsOf(() => consume(batch))).toHaveLength(2);
  expect(await world.look("select sum(available)::int as points from accounts")).toEqual([{ points: 15_000 }]);
});

describe("a message that cannot be done", () => {
  const unknown = [
    { kind: "of-another-version", shop: "test-shop.myshopify.com", topic: "orders/later" },
    { kind: "paint-members", shop: "test-shop.myshopify.com", memberIds: null },
    { kind: "packed", shop: "test-shop.myshopify.com", topic: "orders/paid", gzip: "not gzip" },
    "a text",
    null,
  ];

  test("comes back when this version does not know it, is recorded as unknown-job on its last try, and the others of its batch are done", async () => {
    const [first, ...early] = await consume([order("1"), ...unknown]);
    expect([first, ...early]).toEqual(["acked", ...unknown.map(() => 2)]);
    expect(await asides()).toEqual([]);
    const answers = await consume([...unknown, order("2")], { attempts: MAX_RETRIES });
    expect(answers).toEqual(Array(unknown.length + 1).fill("acked"));
    expect(await available()).toBe(200);
    const reasons = unknown.map((job) => ({ reason: "unknown-job", attempts: MAX_RETRIES, job }));
    expect(await asides()).toMatchObject(reasons);
    expect(await asides()).toMatchObject([
      { topic: "orders/later" },
      { topic: "paint-members" },
      {},
      { shop_domain: "" },
      {},
    ]);
  });

  test("of any kind comes back alone, ever later, and holds up no other", async () => {
    const shop = world.shop.domain;
    const broken = [
      { kind: "order", shop, topic: "orders/paid", deliveryId: null, orderId: "9", news: null },
      { kind: "set-aside", shop, topic: null, deliveryId: null, reason: "x" },
      { kind: "merge-customers", shop, topic: "customers/merge", deliveryId: null },
      { kind: "read-order", shop, topic: "orders/edited", deliveryId: null },
      { kind: "book-due", shop, memberIds: ["no number"] },
      { kind: "date-anew", shop, afterMemberId: "no number" },
      { kind: "finish-redemption", shop },
      { kind: "paint-members", shop, memberIds: ["no number"] },
    ];
    const jobs = broken.flatMap((job, index) => [job, order(String(index))]);
    const answers = await consume(jobs, { attempts: 3 });
    expect(answers.filter((_, index) => index % 2 === 1)).toEqual(broken.map(() => "acked"));
    expect(answers.filter((_, index) => index % 2 === 0)).toEqual(broken.map(() => 8));
    expect(await available()).toBe(100 * broken.length);
    expect(await asides()).toEqual([]);
  });

  test("is recorded on its last try with the fault's class and SQLSTATE, the tries and the job itself", async () => {
    await world.look("alter table accounts rename to accounts_elsewhere");
    const job = order("1");
    expect(await consume([job], { attempts: MAX_RETRIES - 1 })).toEqual([300]);
    expect(await consume([job], { attempts: MAX_RETRIES })).toEqual(["acked"]);
    await world.look("alter table accounts_elsewhere rename to accounts");
    expect(await asides()).toEqual([
      {
        shop_domain: world.shop.domain,
        topic: "orders/paid",
        reason: "failed",
        fault: expect.stringMatching(/^\w+ 42P01$/),
        attempts: MAX_RETRIES,
        job,
        replayed: false,
      },
    ]);
  });

  test("waits in the queue of what failed while the database is away, and is recorded from there", async () => {
    const away = async () => {
      expect(await consume([order("1")], { attempts: MAX_RETRIES })).toEqual([300]);
      expect(await consume([order("1")], { queue: QUEUE_NAMES.failed })).toEqual([300]);
      expect(await consume([order("1")], { queue: QUEUE_NAMES.failed, attempts: 12 })).toEqual([3_600]);
    };
    await requestsOf(away, () => true);
    expect(await consume([order("1")], { queue: QUEUE_NAMES.failed })).toEqual(["acked"]);
    expect(await asides()).toMatchObject([
      { reason: "failed", fault: null, attempts: MAX_RETRIES, job: { orderId: "1" } },
    ]);
  });

  test("keeps its content when the database is away for a moment while a batch is recorded row by row", async () => {
    // One of them Postgres refuses; the other meets the outage.
    await world.look("alter table set_aside add constraint refused check (topic <> 'refused')");
    const refused = { kind: "of-another-version", shop: world.shop.domain, topic: "refused" };
    let writes = 0;
    const isSecond = (text: string) => text.includes("insert into set_aside") && ++writes === 2;
    const broken = async () =>
      expect(await consume([order("1"), refused], { queue: QUEUE_NAMES.failed })).toEqual([300, 300]);
    await requestsOf(broken, isSecond);
    await world.look("alter table set_aside drop constraint refused");
    expect(await asides()).toEqual([]);
    expect(await consume([order("1"), refused], { queue: QUEUE_NAMES.failed })).toEqual(["acked", "acked"]);
    expect(await asides()).toMatchObject([{ job: { orderId: "1" } }, { job: refused }]);
  });

  test("is tried for about nine days in the queue of what failed, within the days that a queue keeps a message", () => {
    const pauses = Array.from({ length: MAX_RETRIES }, (_, index) => {
      return pauseSeconds(QUEUE_NAMES.failed, { attempts: index + 1 });
    });
    const days = pauses.reduce((sum, seconds) => sum + seconds, 0) / 86_400;
    expect(days).toBeGreaterThan(8.5);
    expect(days).toBeLessThan(13);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(86_400);
  });
});

test("an order of 700 lines, a third of them refunded, settles from its packed message", async () => {
  const verdict = readSnapshot("orders/updated", JSON.stringify(largeOrder(700)), 0);
  if (verdict.kind !== "order") throw new Error("not an order");
  const message = await messageOf({ ...order("1"), ...verdict.snapshot });
  expect(message.kind).toBe("packed");
  expect(await consume([message, order("2")])).toEqual(["acked", "acked"]);
  expect(await available()).toBe(largeOrderWorth(700) + 100);
});

test("what a batch of the second lane brings about stays in the second lane", async () => {
  await consume([order("1")]);
  await consume([order("2")], { queue: QUEUE_NAMES.bulk });
  expect(world.queue.jobs.map(({ kind }) => kind)).toEqual(["paint-members", "paint-members"]);
  expect(world.queue.lanes).toEqual(["prompt", "bulk"]);
});

describe("what was set aside", () => {
  /** One cron, and all that it queues, until nothing is queued any more. */
  async function runCron(): Promise<void> {
    await fanOut(world.rooms);
    while (world.queue.jobs.length > 0) {
      const jobs = world.queue.jobs
        .splice(0)
        .filter(({ kind }) => kind !== "paint-members" && kind !== "paint-program");
      if (jobs.length > 0) await consume(jobs, { queue: QUEUE_NAMES.bulk });
    }
  }
  const fail = (...jobs: unknown[]) => consume(jobs, { queue: QUEUE_NAMES.failed });

  test("is run again when somebody asks, once, and only what was asked for", async () => {
    await fail(order("1"), order("2"));
    await runCron();
    expect(await available()).toBe(0);
    const [, first] = await world.rooms.shops.listSetAside(world.shop.domain, 10);
    expect(first).toMatchObject({ reason: "failed", canBeReplayed: true, replayedAtMs: null });
    expect(await world.rooms.shops.askReplay(world.shop.domain, [first?.id ?? ""])).toBe(1);
    await runCron();
    expect(await available()).toBe(100);
    expect(await asides()).toMatchObject([{ replayed: true }, { replayed: false }]);
    expect(await world.rooms.shops.askReplay(world.shop.domain, "all")).toBe(1);
    await runCron();
    await runCron();
    expect(await available()).toBe(200);
    expect(await asides()).toMatchObject([{ replayed: true }, { replayed: true }]);
  });

  test("more than one message's work is run again by one cron, in pieces, and by nothing else", async () => {
    await fail(...Array.from({ length: 250 }, (_, index) => order(String(index))));
    await world.rooms.shops.askReplay(world.shop.domain, "all");
    await fanOut(world.rooms);
    await consume(world.queue.jobs.splice(0));
    const jobs = world.queue.jobs.splice(0);
    expect(jobs.map(({ kind }) => kind)).toEqual(Array(250).fill("order"));
    await consume(jobs);
    expect(await available()).toBe(25_000);
  });

  test("is queued again when the worker died before it could note that it was", async () => {
    await fail(order("1"));
    await world.rooms.shops.askReplay(world.shop.domain, "all");
    const replay = { kind: "replay-set-aside", shop: world.shop.domain };
    const dying = async () => expect(await consume([replay])).toEqual([2]);
    await requestsOf(dying, (text) => text.includes("replayed_at = case"));
    expect(world.queue.jobs.splice(0)).toMatchObject([{ kind: "order" }]);
    await runCron();
    expect(await available()).toBe(100);
    expect(await asides()).toMatchObject([{ replayed: true }]);
  });

  test("for a shop that was unknown is worth a replay once the shop is there", async () => {
    const domain = "late-shop.myshopify.com";
    await consume([{ ...order("1"), shop: domain }]);
    await world.rooms.shops.askReplay(domain, "all");
    await runCron();
    expect(await asides()).toMatchObject([{ reason: "unknown-shop", replayed: false }]);
    const shop = await addShop(world, domain);
    await runCron();
    expect((await readBalance(world.rooms, shop, "7001")).available).toBe(100);
    expect(await asides()).toMatchObject([{ reason: "unknown-shop", replayed: true }]);
  });

  test("keeps its wish when this version does not know its job, and cannot be asked for without one", async () => {
    await fail({ kind: "of-another-version", shop: world.shop.domain }, order("1"));
    await world.rooms.shops.setAside([{ shop: world.shop.domain, topic: "t", reason: "unreadable", deliveryId: null }]);
    expect(await world.rooms.shops.askReplay(world.shop.domain, "all")).toBe(2);
    await runCron();
    expect(await asides()).toMatchObject([{ replayed: false }, { replayed: true }, { replayed: false }]);
    expect(await world.look("select topic from set_aside where replay_due_at > now() + interval '59 minutes'")).toEqual(
      [{ topic: "of-another-version" }],
    );
    expect(await world.look("select 1 from set_aside where replay_due_at <= now()")).toEqual([]);
  });

  test("of one shop is not asked for, listed or noted in the name of another", async () => {
    await fail(order("1"));
    const other = await addShop(world, "other-shop.myshopify.com");
    const [{ id = "" } = {}] = await world.rooms.shops.listSetAside(world.shop.domain, 10);
    expect(await world.rooms.shops.listSetAside(other.domain, 10)).toEqual([]);
    expect(await world.rooms.shops.askReplay(other.domain, [id])).toBe(0);
    await world.rooms.shops.markReplayed(other.domain, { replayed: [id], postponed: [] });
    expect(await asides()).toMatchObject([{ replayed: false }]);
  });
});

describe("a shop that is closed at Shopify", () => {
  const reads = ["1", "2", "3"].map((orderId) => ({
    kind: "read-order",
    shop: "test-shop.myshopify.com",
    topic: "orders/edited",
    deliveryId: null,
    orderId,
  }));

  test.each(["402", "403", "423"])(
    "%s: its work comes back after half an hour, it is not asked for each job, and one event says why",
    async (status) => {
      let asked = 0;
      network.answer = () => {
        asked++;
        return Promise.resolve(
          Response.json({ errors: "closed" }, { status: Number(status), headers: { "x-request-id": "r-1" } }),
        );
      };
      const lines: string[] = [];
      vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
      expect(await consume(reads.slice(0, 1))).toEqual([1_800]);
      expect(await consume(reads)).toEqual([1_800, 1_800, 1_800]);
      expect(asked).toBe(1);
      const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(events.filter(({ event }) => event === "shopify")).toEqual([
        {
          event: "shopify",
          shop: world.shop.domain,
          operation: "LojalReadOrder",
          outcome: { "402": "unpaid", "403": "forbidden", "423": "locked" }[status],
          status: Number(status),
          requestId: "r-1",
          cost: null,
          durationMs: expect.any(Number) as number,
        },
      ]);
    },
  );

  test("it is not in the way of other shops in the same batch", async () => {
    const other = await addShop(world, "open-shop.myshopify.com");
    const store = newShopify({ currency: "USD" });
    store.shopify.state.putShop({ domain: other.domain, currency: "USD", accessToken: "test-token" });
    network.answer = (request) =>
      new URL(request.url).hostname === other.domain
        ? store.shopify.adminApi(request)
        : Promise.resolve(Response.json({ errors: "locked" }, { status: 423 }));
    const open = reads.map((job) => ({ ...job, shop: other.domain }));
    expect(await consume([...reads, ...open])).toEqual([1_800, 1_800, 1_800, "acked", "acked", "acked"]);
  });
});
