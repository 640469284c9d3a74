import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as shop from "../../dev/swept-shop.fixture.ts";
import { fanOut } from "./fan-out.ts";
import type { Job } from "./jobs.ts";
import { runJobs } from "./run-jobs.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

beforeEach(async () => {
  await shop.openShop(network);
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await shop.closeShop();
});

const isStatement = (job: Job): boolean => job.kind === "take-statement";

/** Differences that were found and asked for so long ago. Nobody can mend them: Shopify knows no such orders. */
const findDiffering = (count: number, foundAgo: string, askedAgo: string) =>
  shop.world.look(
    `insert into order_differences (shop_id, day, order_id, reason, changed_at, found_at, asked_at)
     select s.id, now()::date, (9000000 + n)::text, 'unknown-order', now() - interval '1 day', now() - $2::interval, now() - $3::interval
     from shops s, generate_series(1, $1::integer) n`,
    [count, foundAgo, askedAgo],
  );
const setDiffering = (orderId: string, foundAgo: string, askedAgo: string) =>
  shop.world.look(
    `insert into order_differences (shop_id, day, order_id, reason, changed_at, found_at, asked_at)
     select s.id, now()::date, $1, 'older-state', now() - interval '1 day', now() - $2::interval, now() - $3::interval from shops s`,
    [orderId, foundAgo, askedAgo],
  );
const mended = async () =>
  (await shop.world.look("select order_id from order_differences where mended_at is not null")).map(
    (row) => row["order_id"],
  );

/** Sweeps without reading anything, and returns what is queued to be done after it. */
async function sweepOnly(): Promise<Job[]> {
  await shop.world.look("update sweeps set due_at = now()");
  await fanOut(shop.world.rooms);
  await shop.work(shop.isSweep);
  return shop.world.queue.jobs.splice(0);
}

test("however often one job looks at what differed, it reads 40 orders at once and then four a second", async () => {
  await shop.afterFirstSweep();
  const told = await shop.buy("10.00");
  await shop.tell(told);
  await shop.buy("20.00", "7002");
  await findDiffering(700, "1 hour", "50 minutes");
  await setDiffering(shop.idOf(told), "1 hour", "55 minutes");
  const sent = vi.spyOn(shop.world.queue, "send");
  await sweepOnly();
  const portions = new Map<number, number>();
  for (const [jobs, options] of sent.mock.calls) {
    const delay = options?.delaySeconds ?? 0;
    portions.set(delay, (portions.get(delay) ?? 0) + jobs.filter(shop.isReading).length);
  }
  expect(await mended()).toEqual([shop.idOf(told)]);
  expect(portions.get(0)).toBe(40);
  expect(portions.get(5)).toBe(20);
  expect([...portions.values()].reduce((sum, count) => sum + count)).toBe(701);
  expect(Math.max(...[...portions].map(([delay, count]) => (delay > 0 ? count : 0)))).toBe(20);
});

test("of the days of one sweep today's alone looks again, and books that were found right at the end of a day are not summed anew", async () => {
  await shop.world.look("update shops set installed_at = now() - interval '4 days'");
  await shop.sweep();
  await shop.world.look(
    `update statements set orders_known = 1, members = 77, taken_at = now() - interval '4 days', proven_at = now() - interval '4 days'
     where day < (now() at time zone 'utc')::date - 1`,
  );
  const looks = vi.spyOn(shop.world.rooms.statements, "openDifferences");
  await shop.sweep();
  expect(looks).toHaveBeenCalledTimes(2);
  const stated = await shop.world.look(
    `select orders_known, members, taken_at > now() - interval '1 hour' as is_new, proven_at > now() - interval '1 hour' as is_proven
     from statements where day < (now() at time zone 'utc')::date - 1`,
  );
  expect(stated).toEqual(stated.map(() => ({ orders_known: 0, members: 77, is_new: true, is_proven: false })));
  expect(stated).toHaveLength(3);
});

test("a second change within one second is mended once the order was read, not before", async () => {
  const order = await shop.buy("120.00");
  await shop.tell(order);
  await shop.afterFirstSweep();
  shop.change(order, {
    updated_at: order.body["updated_at"] ?? null,
    financial_status: "voided",
    cancelled_at: "2026-11-26T12:00:00Z",
  });
  const queued = await sweepOnly();
  expect(queued.filter(shop.isReading)).toHaveLength(1);
  await runJobs(shop.world.rooms, queued.filter(isStatement));
  expect(await mended()).toEqual([]);
  expect(await shop.statement()).toMatchObject({ orders_known: 1, orders_settled: 0, orders_mended: 0 });
  await runJobs(shop.world.rooms, queued.filter(shop.isReading));
  await shop.sweep();
  expect(await mended()).toEqual([shop.idOf(order)]);
  expect(await shop.statement()).toMatchObject({ orders_known: 1, orders_settled: 1, orders_mended: 1 });
});

test("an order whose webhook was on its way is mended once it was read, though the reading changes no points", async () => {
  await shop.afterFirstSweep();
  shop.store.pass(Date.now() - 60_000 - shop.store.shopify.state.clock().getTime());
  const order = await shop.buy("10.00");
  const queued = await sweepOnly();
  await shop.tell(order);
  await sweepOnly();
  expect(await mended()).toEqual([]);
  await runJobs(shop.world.rooms, queued.filter(shop.isReading));
  await sweepOnly();
  expect(await mended()).toEqual([shop.idOf(order)]);
  expect(await shop.points()).toBe(10);
});

test("an order that is read before it is recorded as differing is mended all the same", async () => {
  await shop.afterFirstSweep();
  const order = await shop.buy("10.00");
  const { queue, rooms } = shop.world;
  const send = queue.send.bind(queue);
  vi.spyOn(queue, "send").mockImplementation(async (jobs, options) => {
    if (jobs.some(shop.isReading)) await runJobs(rooms, jobs);
    else await send(jobs, options);
  });
  await sweepOnly();
  expect(await mended()).toEqual([shop.idOf(order)]);
});

test("an order that differs again after it was mended is new: it is asked for again after ten minutes", async () => {
  await shop.afterFirstSweep();
  const order = await shop.buy("120.00");
  await shop.sweep();
  expect(await mended()).toEqual([shop.idOf(order)]);
  await shop.world.look("update order_differences set found_at = now() - interval '10 hours'");
  shop.store.pass(5_000);
  shop.change(order, { financial_status: "voided", cancelled_at: "2026-11-26T12:00:00Z" });
  expect((await sweepOnly()).filter(shop.isReading)).toHaveLength(1);
  const [row] = await shop.world.look(
    "select mended_at, found_at > now() - interval '1 minute' as is_new from order_differences",
  );
  expect(row).toEqual({ mended_at: null, is_new: true });
});

test("a statement that could not be queued is taken with the next sweep", async () => {
  await shop.afterFirstSweep();
  await shop.buy("120.00");
  const { queue } = shop.world;
  const send = queue.send.bind(queue);
  const refusing = vi.spyOn(queue, "send").mockImplementation((jobs, options) => {
    return jobs.some(isStatement) ? Promise.reject(new Error("the queue refuses")) : send(jobs, options);
  });
  const queued = await sweepOnly();
  refusing.mockRestore();
  await runJobs(shop.world.rooms, queued);
  expect((await sweepOnly()).filter(isStatement)).not.toEqual([]);
  // It is queued once.
  expect((await sweepOnly()).filter(isStatement)).toEqual([]);
});

test("orders that nobody can mend do not hide the others", async () => {
  await shop.afterFirstSweep();
  const order = await shop.buy("10.00");
  await shop.tell(order);
  await findDiffering(500, "10 days", "1 day");
  await setDiffering(shop.idOf(order), "11 minutes", "11 minutes");
  await sweepOnly();
  expect(await mended()).toEqual([shop.idOf(order)]);
});

test("a difference is some shop's", async () => {
  const orphan = shop.world.look(
    "insert into order_differences (shop_id, day, order_id, reason, changed_at) values (-1, now()::date, '1', 'older-state', now())",
  );
  await expect(orphan).rejects.toThrow("order_differences_shop_fkey");
});
