import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { auditLedger } from "../dev/audit.ts";
import { orderBody } from "../dev/test-orders.ts";
import { newWorld, orderJob, type TestWorld } from "../dev/test-rooms.ts";
import { settleOrders } from "../worker/flows/settle-orders.ts";
import { auditSince } from "./audit-since.ts";

let world: TestWorld;
let owner: pg.Client;

beforeEach(async () => {
  world = await newWorld();
  owner = new pg.Client({ connectionString: world.database.superuserUrl });
  await owner.connect();
});
afterEach(async () => {
  await owner?.end();
  await world?.close();
});

const paid = (orderId: string, customerId: string, updatedAtMs = 0) =>
  settleOrders(world.rooms, [
    orderJob(world, orderId, { kind: "state", body: orderBody({ customerId, updatedAtMs }) }),
  ]);

async function now(): Promise<Date> {
  const [row] = await world.look<{ now: Date }>("select clock_timestamp() as now");
  if (!row) throw new Error("The database has no time.");
  return row.now;
}

test("it looks at those alone whom history touched since then, and finds what the whole audit finds", async () => {
  await paid("1", "7001");
  await paid("2", "7002");
  const since = await now();
  await paid("3", "7002");
  expect([await auditLedger(world), await auditSince(owner, since)]).toEqual([[], []]);

  await world.look(
    "update accounts set available = available + 1 where member_id = (select id from members where customer_id = '7001')",
  );
  expect((await auditLedger(world)).length).toBeGreaterThan(0);
  expect(await auditSince(owner, since)).toEqual([]);

  await world.look(
    "update accounts set available = available + 1 where member_id = (select id from members where customer_id = '7002')",
  );
  const found = await auditSince(owner, since);
  expect(found.length).toBeGreaterThan(0);
  expect(await auditLedger(world)).toEqual(expect.arrayContaining(found));
});

test("an order that moved is looked at with both its customers", async () => {
  await paid("1", "7001");
  await paid("1", "7002", Date.parse("2026-02-01T00:00:00Z"));
  const since = await now();
  await paid("2", "7001");
  expect(await auditSince(owner, since)).toEqual([]);
});
