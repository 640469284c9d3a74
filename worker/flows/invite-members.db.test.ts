import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orderBody } from "../../dev/test-orders.ts";
import { newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import type { Program } from "../domain/program.ts";
import { publishDraft, saveDraft } from "./edit-program.ts";
import { inviteMembers, MOST_INVITED } from "./invite-members.ts";
import { readMembership, readRewards } from "./read-member.ts";
import { redeemReward } from "./redeem-reward.ts";
import { settleOrders } from "./settle-orders.ts";

let world: TestWorld;
let [revision, version, orders] = [0, 1, 0];
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.close());

async function publish(changes: Partial<Program>): Promise<void> {
  const [newest] = await world.look<{ program: object }>(
    "select program from program_versions order by version desc limit 1",
  );
  const content = { ...newest?.program, ...changes };
  await saveDraft(world.rooms, world.shop, "42", { content, basedOn: version, revision });
  const published = await publishDraft(world.rooms, world.shop, "42", { revision: revision + 1, inForceFromMs: null });
  expect(published.kind).toBe("published");
  revision += 2;
  version += 1;
}

/** The points of an order of 600.00 that is placed and paid at this moment. */
async function buy(customerId: string): Promise<number> {
  orders += 1;
  const [now] = await world.look<{ ms: string }>(
    "select (extract(epoch from clock_timestamp()) * 1000)::bigint::text as ms",
  );
  const atMs = Number(now?.ms) + 1;
  const body = orderBody({
    customerId,
    amountMinor: 60_000,
    createdAtMs: atMs,
    processedAtMs: atMs,
    updatedAtMs: atMs,
  });
  await settleOrders(world.rooms, [orderJob(world, String(orders), { kind: "state", body })]);
  const [row] = await world.look<{ posted: number }>("select posted::int from order_states where order_id = $1", [
    String(orders),
  ]);
  return row?.posted ?? -1;
}
const put = (customerIds: string[], isInvited = true) =>
  inviteMembers(world.rooms, world.shop, "staff:42", { customerIds, isInvited });
const list = async () => (await world.rooms.ledger.pilotMembers(world.shop.id, "0")).customerIds;

describe("a pilot", () => {
  test("earns for those on its list and for nobody else, from when they were put on it", async () => {
    await publish({ membership: "pilot" });
    expect(await buy("7001")).toBe(0);
    expect(await put(["7001", "7002", "7001"])).toEqual({ kind: "done", changed: 2 });
    expect([await buy("7001"), await buy("7003")]).toEqual([600, 0]);
    expect(await readMembership(world.rooms, world.shop, "7001")).toBe(true);
    expect(await readMembership(world.rooms, world.shop, "7003")).toBe(false);
    expect(await list()).toEqual(["7001", "7002"]);
  });
  test("is told once, and taken back", async () => {
    expect(await put(["7001", "7002"])).toEqual({ kind: "done", changed: 0 });
    expect(await put(["7002"], false)).toEqual({ kind: "done", changed: 1 });
    expect(await list()).toEqual(["7001"]);
    expect(await buy("7002")).toBe(0);
    const { acts } = await world.rooms.audit.page(world.shop.id, null);
    expect(acts.slice(0, 2).map(({ actor, action, detail }) => ({ actor, action, detail }))).toEqual([
      { actor: "staff:42", action: "pilot-removed", detail: { members: 1 } },
      { actor: "staff:42", action: "pilot-invited", detail: { members: 2 } },
    ]);
  });
  test("takes whole lists, and refuses what is no list of customers", async () => {
    const many = Array.from({ length: MOST_INVITED }, (_, index) => String(8_000 + index));
    const answers = await Promise.all([put(many), put(many)]);
    expect(answers.map((answer) => (answer.kind === "done" ? answer.changed : 0)).sort((a, b) => a - b)).toEqual([
      0, 250,
    ]);
    for (const wrong of [[...many, "9000"], ["0"], ["x"], ["12 or 1=1"]])
      expect(await put(wrong)).toMatchObject({ refusal: { code: "invalid-request" } });
  });
  test("goes live: everybody earns, and what was sold during the pilot stays as it was", async () => {
    await publish({ membership: "everybody" });
    expect(await buy("7003")).toBe(600);
    expect(await world.look("select posted::int from order_states where order_id = '3'")).toEqual([{ posted: 0 }]);
  });
});

describe("a paused program", () => {
  const redeem = (redemptionId: string) =>
    redeemReward(world.rooms, world.shop, "7001", { redemptionId, rewardId: "off-500", points: null });
  const id = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;
  test("lets nobody earn and nobody choose; balances stay, codes stay, and it goes on where it was", async () => {
    await world.look("update shops set access_token_sealed = null");
    world.rooms.shops.forget(world.shop.domain);
    const held = await redeem(id(1));
    expect(held).toMatchObject({ kind: "redemption", available: 100 });
    await publish({ state: "paused" });
    expect(await buy("7001")).toBe(0);
    expect(await readRewards(world.rooms, world.shop, "7001")).toEqual([]);
    expect(await redeem(id(2))).toEqual({ kind: "refused", refusal: { code: "program-paused" } });
    expect(await redeem(id(1))).toMatchObject({ kind: "redemption", redemption: { id: id(1) } });
    expect(await world.look("select available::int, held::int from accounts where available > 0")).toContainEqual({
      available: 100,
      held: 500,
    });
    await publish({ state: "live" });
    expect(await buy("7001")).toBe(600);
    expect(await redeem(id(2))).toMatchObject({ kind: "redemption" });
  });
});
