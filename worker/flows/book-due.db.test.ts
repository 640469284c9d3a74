import { afterEach, beforeEach, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { bookDueMembers, dateMembersAnew } from "./book-due.ts";
import { readBalance } from "./read-member.ts";
import { settleOrders } from "./settle-orders.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

/** A program version with points that expire, in force since a moment long past. */
const publishExpiry = (months: number, since: string) =>
  world.look(
    `with next as (update shops set newest_program_version = newest_program_version + 1 returning id, newest_program_version)
     insert into program_versions (shop_id, version, in_force_from, published_at, program)
     select id, newest_program_version, $1, $1, p.program || jsonb_build_object('expiry', $2::jsonb)
     from next join program_versions p on p.shop_id = next.id and p.version = 1`,
    [since, JSON.stringify({ kind: "after-available", months })],
  );
const buy = (orderId: string, customerId: string) =>
  settleOrders(world.rooms, [orderJob(world, orderId, { kind: "state", body: orderBody({ customerId }) })]);

test("a balance is right as soon as points have expired, and the sweep books it once", async () => {
  await buy("1", "7001");
  await publishExpiry(1, "2026-03-01");
  expect(await readBalance(world.rooms, world.shop, "7001")).toMatchObject({ available: 0 });
  expect(await world.look("select available::int from accounts")).toEqual([{ available: 100 }]);
  const { memberIds: before } = await world.rooms.ledger.due(world.shop.id);
  expect(before).toEqual([]);
  await dateMembersAnew(world.rooms, world.shop, "0");
  const { memberIds } = await world.rooms.ledger.due(world.shop.id);
  expect(memberIds).toHaveLength(1);
  await bookDueMembers(world.rooms, world.shop, memberIds);
  await bookDueMembers(world.rooms, world.shop, memberIds);
  expect(await world.look("select kind, points::int, occurred_at::date::text as on from entries order by id")).toEqual([
    { kind: "earn", points: 100, on: expect.any(String) },
    { kind: "expire", points: -100, on: "2026-04-02" },
  ]);
  expect(await world.rooms.ledger.due(world.shop.id)).toEqual({ memberIds: [], redemptionIds: [] });
});

test("after a change of the rule the sweep knows when to look next, though nothing is due", async () => {
  await buy("1", "7001");
  await publishExpiry(100, "2026-03-01");
  await dateMembersAnew(world.rooms, world.shop, "0");
  const { memberIds } = await world.rooms.ledger.due(world.shop.id);
  await bookDueMembers(world.rooms, world.shop, memberIds);
  expect(await world.look("select next_due_at::date::text as on, version::int from accounts")).toEqual([
    { on: "2034-07-02", version: 2 },
  ]);
});

test("members are called to the sweep in their order, those without points left out", async () => {
  await settleOrders(
    world.rooms,
    Array.from({ length: 3 }, (_, index) =>
      orderJob(world, `${index}`, {
        kind: "state",
        body: orderBody({ customerId: `700${index}`, ...(index === 1 ? { amountMinor: 0, lines: [] } : {}) }),
      }),
    ),
  );
  await dateMembersAnew(world.rooms, world.shop, "0");
  expect((await world.rooms.ledger.due(world.shop.id)).memberIds).toHaveLength(2);
  expect(world.queue.jobs.filter((job) => job.kind === "date-anew")).toEqual([]);
});
