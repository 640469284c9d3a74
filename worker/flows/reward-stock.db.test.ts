/** Stock and limits under concurrency: decided in TypeScript, guarded in SQL. */
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { endOf, openHoldingShop, type RewardDraft } from "../../dev/reward-shop.fixture.ts";
import { localSettings } from "../../dev/settings.ts";
import { KeptQueue, type TestWorld } from "../../dev/test-rooms.ts";
import { openRooms } from "../app.ts";
import { releaseHold } from "../domain/spending.ts";
import { adjustMember } from "./change-member.ts";
import { experienceCancelled } from "./experiences.ts";
import { readRewards } from "./read-member.ts";
import { decideOnRedemption, redeemReward } from "./redeem-reward.ts";

let world: TestWorld;
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

async function open(...drafts: RewardDraft[]): Promise<void> {
  world = await openHoldingShop(drafts);
}

const give = (customerId: string, points = 10_000) =>
  adjustMember(world.rooms, world.shop, customerId, { id: `gift-${customerId}-${points}`, points, reason: "a gift" });
const redeem = (
  customerId: string,
  rewardId: string,
  rooms = world.rooms,
  redemptionId: string = crypto.randomUUID(),
) => redeemReward(rooms, world.shop, customerId, { redemptionId, rewardId, points: null });
const giveBack = (redemptionId: string) =>
  decideOnRedemption(world.rooms, world.shop, "shopper", redemptionId, (account, redemption, rules, nowMs) =>
    releaseHold(account, rules, redemption, "cancelled", nowMs),
  );
/** A worker of its own: it shares nothing with another but the database. */
const otherRooms = () => openRooms(localSettings(world.database.name), new KeptQueue());
const held = () => world.look("select id from redemptions where state not in ('released', 'failed')");
const many = (count: number) => Array.from({ length: count }, (_, index) => String(7001 + index));

test("of twelve shoppers for the last two, in workers of their own, exactly two get it, and the others lose no point", async () => {
  await open({ kind: "amount_off", stock: 2 });
  const shoppers = many(12);
  for (const shopper of shoppers) await give(shopper);
  const ends = await Promise.all(
    shoppers.map(async (shopper) => endOf(await redeem(shopper, "amount-off", otherRooms()))),
  );
  expect(ends.filter((end) => end === "held")).toHaveLength(2);
  expect(ends.filter((end) => end === "reward-sold-out")).toHaveLength(10);
  const [sums] = await world.look<{ held: string }>("select sum(held)::text as held from accounts");
  expect(sums?.held).toBe("200");
});

test("what is given back can be had again, once", async () => {
  await open({ kind: "amount_off", stock: 1 });
  for (const shopper of ["7001", "7002", "7003"]) await give(shopper);
  const id = crypto.randomUUID();
  expect(endOf(await redeem("7001", "amount-off", world.rooms, id))).toBe("held");
  expect(endOf(await redeem("7002", "amount-off"))).toBe("reward-sold-out");
  // The same request again has the same answer, though nothing is left.
  expect(endOf(await redeem("7001", "amount-off", world.rooms, id))).toBe("held");
  await Promise.all([giveBack(id), giveBack(id)]);
  const ends = await Promise.all(["7002", "7003"].map(async (shopper) => endOf(await redeem(shopper, "amount-off"))));
  expect(ends.sort()).toEqual(["held", "reward-sold-out"]);
});

test("the program is painted anew when the last one is taken, when one comes back, and not for any other", async () => {
  await open({ kind: "experience", stock: 2 });
  await give("7001");
  const queue = new KeptQueue();
  const rooms = openRooms(localSettings(world.database.name), queue);
  const paintings = () => queue.jobs.splice(0).filter(({ kind }) => kind === "paint-program").length;
  const id = crypto.randomUUID();
  await redeem("7001", "experience", rooms, id);
  expect(paintings()).toBe(0);
  await redeem("7001", "experience", rooms);
  expect(paintings()).toBe(1);
  await experienceCancelled(rooms, world.shop, "42", id);
  expect(paintings()).toBe(1);
});

test("a member at once in several workers and in one has it as often as the limit says, and no more", async () => {
  await open({ kind: "donation", limit: { times: 3, days: null } });
  await give("7001");
  const rooms = [world.rooms, world.rooms, world.rooms, otherRooms(), otherRooms(), otherRooms()];
  const ends = await Promise.all([...rooms, ...rooms].map(async (own) => endOf(await redeem("7001", "donation", own))));
  expect(ends.filter((end) => end === "used")).toHaveLength(3);
  expect(ends.filter((end) => end === "reward-limit-reached")).toHaveLength(9);
});

test("a limit within days begins anew when they have passed", async () => {
  await open({ kind: "donation", limit: { times: 1, days: 7 } });
  await give("7001");
  expect(endOf(await redeem("7001", "donation"))).toBe("used");
  expect(endOf(await redeem("7001", "donation"))).toBe("reward-limit-reached");
  await world.look("update redemptions set created_at = created_at - interval '7 days 1 minute'");
  expect(endOf(await redeem("7001", "donation"))).toBe("used");
});

test("the database refuses what nobody decided: one more than the stock, one more than the limit", async () => {
  await open({ kind: "donation", stock: 1 }, { kind: "experience", limit: { times: 1, days: null } });
  await give("7001");
  const ids = { donation: crypto.randomUUID(), experience: crypto.randomUUID() };
  for (const rewardId of ["donation", "experience"] as const)
    await redeem("7001", rewardId, world.rooms, ids[rewardId]);
  for (const id of [ids.donation, ids.experience]) {
    const again = `insert into redemptions select shop_id, gen_random_uuid()::text, version, member_id, reward, cost, code || '2', state,
      fingerprint, discount_id, program_version, created_at, ends_at, used_by_order, returned, returnings, reason, due_at, forgiven, taken
      from redemptions where id = $1`;
    await expect(world.look(again, [id])).rejects.toMatchObject({ code: "40001" });
  }
});

test("a reward without stock or limit leaves no row that others touch, and asks for no count", async () => {
  await open({ kind: "donation" });
  await give("7001");
  let counts = 0;
  const { ledger } = world.rooms;
  const rooms = {
    ...world.rooms,
    ledger: {
      ...ledger,
      rewardUses: (...asked: Parameters<typeof ledger.rewardUses>) => {
        counts += 1;
        return ledger.rewardUses(...asked);
      },
    },
  };
  expect(endOf(await redeem("7001", "donation", rooms))).toBe("used");
  expect([counts, await world.look("select * from reward_stocks")]).toEqual([0, []]);
});

test("the list of rewards says what is left, what stands in the way, and what a slider takes", async () => {
  const slider = { minPoints: 200, maxPoints: 1_000, stepPoints: 100 };
  await open(
    { kind: "donation", stock: 2, limit: { times: 1, days: null } },
    { kind: "amount_off", slider, minimumMinor: 5_000 },
    { kind: "experience", tiers: ["gold"] },
  );
  await give("7001", 300);
  await redeem("7001", "donation");
  expect(await readRewards(world.rooms, world.shop, "7001")).toEqual([
    {
      ...{ id: "donation", name: "A donation", kind: "donation", cost: 100, affordable: true },
      ...{ left: 1, obstacle: "reward-limit-reached" },
    },
    {
      ...{ id: "amount-off", name: "A amount_off", kind: "amount_off", cost: 200, affordable: true, minimum: "50.00" },
      slider: { min: 200, max: 1_000, step: 100, min_value: "10.00", step_value: "5.00" },
    },
    {
      id: "experience",
      name: "A experience",
      kind: "experience",
      cost: 100,
      affordable: true,
      obstacle: "tier-required",
    },
  ]);
});

test("whatever shoppers choose and give back at once, never more than the stock is out and never more than the limit", async () => {
  await open({ kind: "amount_off", stock: 3, limit: { times: 2, days: null } });
  const shoppers = many(4);
  for (const shopper of shoppers) await give(shopper);
  const workers = [world.rooms, otherRooms(), otherRooms()];
  const act = fc.record({ shopper: fc.constantFrom(...shoppers), worker: fc.nat(2), isBack: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(act, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      async (rounds) => {
        for (const round of rounds) {
          const out = await world.look<{ id: string }>("select id from redemptions where state = 'held' order by id");
          await Promise.all(
            round.map(({ shopper, worker, isBack }, index) => {
              const given = out[index];
              return isBack && given
                ? giveBack(given.id)
                : redeem(shopper, "amount-off", workers[worker] ?? world.rooms);
            }),
          );
          expect((await held()).length).toBeLessThanOrEqual(3);
          const most = await world.look<{ count: number }>(
            "select count(*)::int as count from redemptions where state not in ('released', 'failed') group by member_id",
          );
          for (const { count } of most) expect(count).toBeLessThanOrEqual(2);
          expect(await auditLedger(world)).toEqual([]);
        }
      },
    ),
    { numRuns: 12 },
  );
});
