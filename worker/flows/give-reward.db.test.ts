/** A reward that the shop gives, and two books that staff make one. */
import { afterEach, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { endOf, openHoldingShop, type RewardDraft } from "../../dev/reward-shop.fixture.ts";
import type { TestWorld } from "../../dev/test-rooms.ts";
import { releaseHold } from "../domain/spending.ts";
import { type AuditAction, noteOf, staffActor } from "../program/audit.ts";
import type { NoteOn } from "./act-as-staff.ts";
import { adjustMember } from "./change-member.ts";
import { changeStaffRules } from "./change-staff-rules.ts";
import { giveReward } from "./give-reward.ts";
import { mergeByStaff } from "./merge-customers.ts";
import { readBalance } from "./read-member.ts";
import { decideOnRedemption } from "./redeem-reward.ts";

let world: TestWorld;
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

async function open(budgetPoints: number | null, ...drafts: RewardDraft[]): Promise<void> {
  world = await openHoldingShop(drafts);
  await changeStaffRules(world.rooms, world.shop, "42", { version: 0, budgetPoints, staff: null, showsNames: false });
}

const noted =
  (action: AuditAction): NoteOn =>
  () =>
    noteOf(world.shop.id, { actor: staffActor("42"), action, detail: {} });
const acts = async () =>
  (await world.look<{ action: string }>("select action from audit_entries order by id")).map(({ action }) => action);
const give = (rewardId: string, redemptionId: string = crypto.randomUUID(), customerId = "7001") =>
  giveReward(world.rooms, world.shop, "42", {
    customerId,
    request: { redemptionId, rewardId, points: null },
    note: noted("reward-given"),
  });
const add = (customerId: string, points: number) =>
  adjustMember(world.rooms, world.shop, customerId, { id: `own-${customerId}`, points, reason: "Their own" });
const given = async () => (await world.rooms.staff.rules(world.shop.id)).givenPoints;
const available = async (customerId: string) => (await readBalance(world.rooms, world.shop, customerId)).available;

test("a gift costs the customer nothing and the month's budget its price, however often and at once it is asked for", async () => {
  await open(1_000, { kind: "donation" });
  await add("7001", 30);
  const id = crypto.randomUUID();
  const answers = await Promise.all(Array.from({ length: 4 }, () => give("donation", id)));
  expect(answers.map(endOf)).toEqual(Array(4).fill("used"));
  expect(endOf(await give("donation", id))).toBe("used");
  expect([await available("7001"), await given()]).toEqual([30, 100]);
  expect(await world.look("select 1 from redemptions")).toHaveLength(1);
  expect((await acts()).filter((action) => action === "reward-given")).toHaveLength(1);
});

test("what the budget does not hold is not given", async () => {
  await open(99, { kind: "donation" });
  expect(endOf(await give("donation"))).toBe("budget-spent");
  expect(await world.look("select 1 from entries")).toEqual([]);
});

test("a gift that cannot be had takes its price back, into the budget too; its id never spends the customer's own points", async () => {
  await open(1_000, { kind: "amount_off", stock: 1 });
  await add("7001", 500);
  const last = crypto.randomUUID();
  await give("amount-off", last, "7002");
  const id = crypto.randomUUID();
  expect(endOf(await give("amount-off", id))).toBe("reward-sold-out");
  expect([await available("7001"), await given()]).toEqual([500, 100]);
  await decideOnRedemption(world.rooms, world.shop, "staff", last, (account, redemption, rules, nowMs) =>
    releaseHold(account, rules, redemption, "cancelled", nowMs),
  );
  expect(endOf(await give("amount-off", id))).toBe("invalid-request");
  expect(await available("7001")).toBe(500);
});

test("staff make two books one, for good; a mistyped number or the same one moves nothing", async () => {
  await open(null, { kind: "donation" });
  await add("7001", 30);
  await add("7002", 12);
  const merge = (mergedCustomerId: string) =>
    mergeByStaff(world.rooms, world.shop, { keptCustomerId: "7001", mergedCustomerId }, noted("points-moved"));
  for (const wrong of ["7001", "7999"])
    expect(await merge(wrong)).toMatchObject({ refusal: { code: "invalid-request" } });
  expect(await world.look("select 1 from members where customer_id = '7999'")).toEqual([]);
  for (let time = 0; time < 2; time++) expect(await merge("7002")).toEqual({ kind: "done", available: 42 });
  expect(await available("7002")).toBe(42);
  expect((await acts()).filter((action) => action === "points-moved")).toHaveLength(1);
});
