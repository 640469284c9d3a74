import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LocalOrder } from "../../dev/shopify/shop-state.ts";
import {
  afterFirstSweep,
  asked,
  askStore,
  buy,
  buyMany,
  change,
  closeShop,
  differences,
  idOf,
  isReading,
  isSweep,
  listings,
  makeDue,
  openShop,
  own,
  points,
  readings,
  row,
  statement,
  store,
  sweep,
  tell,
  work,
  world,
} from "../../dev/swept-shop.fixture.ts";
import { addShop } from "../../dev/test-rooms.ts";
import { fanOut } from "./fan-out.ts";
import { forgetCustomer } from "./forget-customer.ts";
import type { Job } from "./jobs.ts";
import { paintProgram } from "./paint-storefront.ts";
import { runJobs } from "./run-jobs.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

const DAY_MS = 86_400_000;

beforeEach(async () => {
  await openShop(network);
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await closeShop();
});

test("an order whose webhook never came is settled by one sweep", async () => {
  await afterFirstSweep();
  const order = await buy("120.00");
  await sweep();
  expect(await points()).toBe(120);
  expect(await row()).toMatchObject({ orders_listed: 1, orders_differing: 1, failures: 0, reads_from: null });
  expect(await differences()).toEqual([{ order_id: idOf(order), reason: "unknown-order", mended: true }]);
});

test("an older state is brought up to date", async () => {
  const order = await buy("120.00");
  await tell(order);
  await afterFirstSweep();
  store.pass(5_000);
  change(order, { financial_status: "voided", cancelled_at: "2026-11-26T12:00:00Z" });
  await sweep();
  expect(await points()).toBe(0);
  expect(await differences()).toEqual([{ order_id: idOf(order), reason: "older-state", mended: true }]);
});

test("of two changes within one second the second is not missed", async () => {
  const order = await buy("120.00");
  await tell(order);
  await afterFirstSweep();
  change(order, {
    updated_at: order.body["updated_at"] ?? null,
    financial_status: "voided",
    cancelled_at: "2026-11-26T12:00:00Z",
  });
  await sweep();
  expect(await points()).toBe(0);
});

test("orders that agree are not read, nor are deleted ones, nor those of people who were forgotten", async () => {
  const [agreeing, deleted, forgotten] = [await buy("10.00"), await buy("20.00", "7002"), await buy("30.00", "7003")];
  for (const order of [agreeing, deleted, forgotten]) await tell(order);
  const news = { kind: "deleted" } as const;
  const gone = {
    kind: "order",
    shop: world.shop.domain,
    topic: "orders/delete",
    deliveryId: null,
    orderId: idOf(deleted),
    news,
  };
  await runJobs(world.rooms, [gone as Job]);
  await forgetCustomer(world.rooms, world.shop, "7003", null);
  store.pass(5_000);
  for (const order of [deleted, forgotten]) change(order, { note: "changed" });
  await sweep();
  expect(await row()).toMatchObject({ orders_listed: 3, orders_differing: 0 });
  expect([listings(), readings()]).toEqual([2, 0]);
  expect(await points()).toBe(10);
});

test("a shop's first sweep reads 60 days back, page by page, and calls nothing a difference", async () => {
  store.pass(-50 * DAY_MS);
  await buy("80.00");
  store.pass(50 * DAY_MS);
  await sweep();
  expect(await points()).toBe(80);
  expect(await row()).toMatchObject({ orders_listed: 1, orders_differing: 1 });
  expect(await differences()).toEqual([]);
});

test("a sweep that dies between two pages goes on where it stopped, and nothing is skipped", async () => {
  await buyMany(300);
  await fanOut(world.rooms);
  const [first] = world.queue.jobs.splice(0).filter(isSweep);
  await runJobs(world.rooms, [first as Job]);
  expect(await row()).toMatchObject({ orders_listed: 250, orders_differing: 250, finished_at: null });
  // The queue is lost, with the next page and all that was to be read.
  const lost = world.queue.jobs.splice(0);
  expect(lost.filter(isReading)).toHaveLength(250);
  await fanOut(world.rooms);
  expect(world.queue.jobs.filter(isSweep)).toEqual([]);
  await makeDue();
  await fanOut(world.rooms);
  expect(await work(isSweep)).toHaveLength(1);
  expect(await row()).toMatchObject({ orders_listed: 300, orders_differing: 300, after_cursor: null });
  expect(listings()).toBe(2);
  // Whoever held it before comes too late.
  await runJobs(world.rooms, lost.filter(isSweep));
  expect(listings()).toBe(2);
});

test("two sweeps at once are one, and one page that comes twice is done once", async () => {
  const job: Job = { kind: "sweep-orders", shop: world.shop.domain, lease: null };
  await buyMany(251);
  await Promise.all([runJobs(world.rooms, [job]), runJobs(world.rooms, [job]), runJobs(world.rooms, [job])]);
  expect(listings()).toBe(1);
  const pages = world.queue.jobs.splice(0).filter(isSweep);
  expect(pages).toHaveLength(1);
  await Promise.all([runJobs(world.rooms, pages), runJobs(world.rooms, pages)]);
  expect(listings()).toBe(2);
});

test("what changes while it is listed is listed at the end", async () => {
  await afterFirstSweep();
  await buyMany(260);
  await tell(...own().orders.values());
  const [early] = [...own().orders.values()].sort((a, b) =>
    String(a.body["updated_at"]) < String(b.body["updated_at"]) ? -1 : 1,
  );
  await makeDue();
  await fanOut(world.rooms);
  const [first] = world.queue.jobs.splice(0).filter(isSweep);
  await runJobs(world.rooms, [first as Job]);
  store.pass(30_000);
  change(early as LocalOrder, { financial_status: "voided", cancelled_at: "2026-11-26T12:00:00Z" });
  const late = await buy("5.00", "7002");
  await work();
  expect(await points("7002")).toBe(5);
  expect(await points()).toBe(259);
  expect((await differences()).some(({ order_id }) => order_id === idOf(late))).toBe(true);
});

test.each([
  { plan: "standard", atOnce: 40, perStep: 20, lastDelay: 55 },
  { plan: "advanced", atOnce: 80, perStep: 40, lastDelay: 25 },
] as const)(
  "on the $plan plan reading what differs is spread over $lastDelay s, and the next page waits for it",
  async ({ plan, atOnce, perStep, lastDelay }) => {
    own().plan = plan;
    const sent = vi.spyOn(world.queue, "send");
    await buyMany(251);
    await fanOut(world.rooms);
    await runJobs(world.rooms, world.queue.jobs.splice(0).filter(isSweep));
    const delays = sent.mock.calls.flatMap(([jobs, options]) =>
      jobs
        .filter((job) => isReading(job) || (isSweep(job) && "lease" in job && job.lease !== null))
        .map(() => options?.delaySeconds ?? 0),
    );
    expect(delays.filter((delay) => delay === 0)).toHaveLength(atOnce);
    expect(delays.filter((delay) => delay === 5)).toHaveLength(perStep);
    expect(delays.at(-1)).toBe(Math.max(...delays));
    expect(delays.at(-1)).toBe(lastDelay);
  },
);

test("a throttled or failing Shopify makes the sweep rest, ever longer, and loses nothing", async () => {
  await afterFirstSweep();
  await buy("120.00");
  const pause = async () => {
    const [pause] = await world.look(
      "select round(extract(epoch from due_at - now())) as seconds, failures from sweeps",
    );
    return pause;
  };
  network.answer = () => Promise.resolve(new Response("", { status: 500 }));
  await sweep();
  expect(await pause()).toEqual({ seconds: "60", failures: 1 });
  network.answer = () => Promise.resolve(Response.json({ errors: "[API] Invalid API key" }, { status: 401 }));
  for (let failure = 2; failure < 9; failure++) await sweep();
  expect(await pause()).toEqual({ seconds: "3600", failures: 8 });
  network.answer = askStore;
  await sweep();
  expect(await points()).toBe(120);
  expect(await row()).toMatchObject({ failures: 0, orders_differing: 1 });
});

test("an uninstalled shop is not swept", async () => {
  await world.look("update shops set uninstalled_at = now()");
  await fanOut(world.rooms);
  expect(world.queue.jobs.filter(isSweep)).toEqual([]);
  await runJobs(world.rooms, [{ kind: "sweep-orders", shop: world.shop.domain, lease: null }]);
  expect(asked).toEqual([]);
  expect(await world.look("select * from sweeps")).toEqual([]);
});

test("an order that still differs is asked for again after a while, not with every sweep", async () => {
  await afterFirstSweep();
  await buy("120.00");
  const lose = async () => {
    await makeDue();
    await fanOut(world.rooms);
    await work(isSweep);
    return world.queue.jobs.splice(0).filter(isReading).length;
  };
  expect(await lose()).toBe(1);
  expect(await lose()).toBe(0);
  await world.look(
    "update order_differences set asked_at = now() - interval '11 minutes', found_at = now() - interval '11 minutes'",
  );
  expect(await lose()).toBe(1);
  await world.look(
    "update order_differences set asked_at = now() - interval '1 hour', found_at = now() - interval '1 day'",
  );
  expect(await lose()).toBe(0);
});

test("the day's statement has no difference after the repair, and says what was mended", async () => {
  await afterFirstSweep();
  const [told, untold] = [await buy("10.00"), await buy("20.00", "7002")];
  await tell(told);
  await makeDue();
  await fanOut(world.rooms);
  const jobs = await work(isSweep);
  expect(jobs).toHaveLength(1);
  const statementJobs = world.queue.jobs.filter((job) => job.kind === "take-statement");
  await runJobs(world.rooms, statementJobs);
  expect(await statement()).toMatchObject({
    orders_known: 2,
    orders_settled: 1,
    orders_mended: 0,
    accounts_differing: 0,
  });
  await work();
  await sweep();
  expect(await statement()).toMatchObject({
    orders_known: 2,
    orders_settled: 2,
    orders_mended: 1,
    accounts_differing: 0,
    members: 2,
    is_final: false,
  });
  const { pending, available } = await statement();
  expect(Number(pending) + Number(available)).toBe(30);
  expect(await differences()).toEqual([{ order_id: idOf(untold), reason: "unknown-order", mended: true }]);
});

test("an account that is not the sum of its entries is told, until it is again", async () => {
  await tell(await buy("10.00"));
  await world.look("update accounts set available = available + 1");
  await sweep();
  expect(await statement()).toMatchObject({ accounts_checked: 1, accounts_differing: 1 });
  // It stays told, however long ago its last entry is.
  await world.look(`begin; set local session_replication_role = replica;
    update entries set recorded_at = recorded_at - interval '5 hours'; commit`);
  await sweep();
  expect(await statement()).toMatchObject({ accounts_checked: 1, accounts_differing: 1 });
  await world.look("update accounts set available = available - 1");
  await sweep();
  expect(await statement()).toMatchObject({ accounts_checked: 1, accounts_differing: 0 });
});

test("a day that is over is stated once for good, and again only while something differs", async () => {
  await world.look("update shops set installed_at = now() - interval '3 days'");
  const days = async () => {
    await makeDue();
    await fanOut(world.rooms);
    await work(isSweep);
    const statements = world.queue.jobs.filter((job) => job.kind === "take-statement");
    await work();
    return statements.length;
  };
  expect(await days()).toBe(4);
  expect(await days()).toBeLessThanOrEqual(2);
  const final = await world.look("select is_final from statements where day < (now() at time zone 'utc')::date - 1");
  expect(final).toEqual([{ is_final: true }, { is_final: true }]);
  await world.look("update statements set orders_known = 1 where day = (now() at time zone 'utc')::date - 3");
  const before = await days();
  await world.look(
    "update statements set orders_known = 1, taken_at = now() - interval '2 days' where day = (now() at time zone 'utc')::date - 3",
  );
  expect(await days()).toBe(before + 1);
});

test("a statement of more orders than one page counts each of them once", async () => {
  await buyMany(300);
  await tell(...own().orders.values());
  await sweep();
  expect(listings()).toBe(4);
  expect(await statement()).toMatchObject({ orders_known: 300, orders_settled: 300 });
});

test("a shop's first program reaches back to what was sold before there was one, once", async () => {
  await world.look(`begin; set local session_replication_role = replica;
    delete from program_versions; update shops set newest_program_version = 0; commit`);
  world.rooms.shops.forget(world.shop.domain);
  await buy("120.00");
  await sweep();
  expect([readings(), await points()]).toEqual([1, 0]);
  await sweep();
  expect(readings()).toBe(1);

  const shop = await addShop(world, world.shop.domain, { since: "2000-01-01" });
  await paintProgram(world.rooms, shop);
  await fanOut(world.rooms);
  await work();
  expect([readings(), await points()]).toEqual([2, 120]);
  expect(await differences()).toEqual([]);
  await sweep();
  expect(readings()).toBe(2);
  expect(await statement()).toMatchObject({ orders_known: 1, orders_settled: 1 });
});
