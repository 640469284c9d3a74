import { expect, test } from "vitest";
import { orderBody } from "../../dev/test-orders.ts";
import { newWorld, orderJob } from "../../dev/test-rooms.ts";
import { adjustMember } from "../flows/change-member.ts";
import { settleOrders } from "../flows/settle-orders.ts";

test("what was outstanding at any past moment can be read from the entries (I17)", async () => {
  const world = await newWorld();
  const seen: { atText: string; outstanding: number }[] = [];
  const look = async () => {
    const [row] = await world.look<{ at_text: string; outstanding: number }>(
      "select clock_timestamp()::text as at_text, sum(pending + available + held - owed)::int as outstanding from accounts",
    );
    if (row) seen.push({ atText: row.at_text, outstanding: row.outstanding });
  };
  for (const amountMinor of [10_000, 4_000, 0, 7_000]) {
    const body = orderBody({ amountMinor, updatedAtMs: 1_800_000_000_000 + seen.length });
    await settleOrders(world.rooms, [orderJob(world, "1", { kind: "state", body })]);
    await look();
  }
  await adjustMember(world.rooms, world.shop, "7001", { id: "1", points: -30, reason: "a test" });
  await look();
  expect(seen.map(({ outstanding }) => outstanding)).toEqual([100, 40, 0, 70, 40]);
  for (const { atText, outstanding } of seen) {
    const past = await world.look(
      "select sum(points + held)::int as outstanding from entries where recorded_at <= $1::timestamptz",
      [atText],
    );
    expect(past).toEqual([{ outstanding }]);
  }
  await world.close();
});
