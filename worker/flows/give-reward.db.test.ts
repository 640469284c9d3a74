/** A reward that the shop gives, and two books that staff make one. */
import { afterEach, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { endOf, openHoldingShop, type RewardDraft } from "../../dev/reward-shop.fixture.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { releaseHold } from "../domain/spending.ts";
import { type AuditAction, noteOf, staffActor } from "../program/audit.ts";
import type { NoteOn } from "./act-as-staff.ts";
import { undoAdjustment } from "./adjust-by-staff.ts";
import { adjustMember } from "./change-member.ts";
import { changeStaffRules } from "./change-staff-rules.ts";
import { giveReward } from "./give-reward.ts";
import { mergeByStaff } from "./merge-customers.ts";
import { readBalance } from "./read-member.ts";
import { decideOnRedemption } from "./redeem-reward.ts";
import { settleOrders } from "./settle-orders.ts";

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

/** All that the ledger has of everybody's points. */
const books = async () =>
  await Promise.all(
    ["entries", "lots", "accounts", "redemptions", "members"].map((table) =>
      world.look(`select to_jsonb(t) as row from ${table} t order by to_jsonb(t)::text`),
    ),
  );

test("a gift that cannot be had leaves no trace, however often it is asked for; its id never spends the customer's own points", async () => {
  await open(1_000, { kind: "amount_off", stock: 1 });
  await add("7001", 500);
  const last = crypto.randomUUID();
  await give("amount-off", last, "7002");
  const before = await books();
  const id = crypto.randomUUID();
  for (let time = 0; time < 2; time++) expect(endOf(await give("amount-off", id))).toBe("reward-sold-out");
  expect([await books(), await given()]).toEqual([before, 100]);
  expect(await acts()).toHaveLength(2);
  await decideOnRedemption(world.rooms, world.shop, "staff", last, (account, redemption, rules, nowMs) =>
    releaseHold(account, rules, redemption, "cancelled", nowMs),
  );
  expect(endOf(await give("amount-off", id))).toBe("held");
  expect([await available("7001"), await given()]).toEqual([500, 200]);
});

test("a gift to somebody who owes pays no debt in place of the reward: it is refused, and nothing is given", async () => {
  await open(1_000, { kind: "donation" });
  const hear = (more: object) =>
    settleOrders(world.rooms, [
      orderJob(world, "1", { kind: "state", body: orderBody({ customerId: "7001", ...more } as never) }),
    ]);
  await hear({ lines: [productLine("1", 5_000)] });
  await adjustMember(world.rooms, world.shop, "7001", { id: "spent", points: -40, reason: "Spent" });
  await hear({ lines: [productLine("1", 5_000)], updatedAtMs: Date.parse("2026-01-02T00:00:00Z"), cancelled: true });
  expect(await world.look("select owed::int from accounts")).toEqual([{ owed: 40 }]);
  const before = await books();
  const id = crypto.randomUUID();
  for (let time = 0; time < 2; time++)
    expect(await give("donation", id)).toMatchObject({ refusal: { code: "invalid-request" } });
  expect([await books(), await given()]).toEqual([before, 0]);
  // Once they owe nothing, the same id gives.
  await add("7001", 40);
  expect(endOf(await give("donation", id))).toBe("used");
  expect([await available("7001"), await given()]).toEqual([0, 100]);
});

test("a gift whose request broke off before the ledger has given nothing, and is given when it comes again", async () => {
  await open(100, { kind: "donation" });
  const id = crypto.randomUUID();
  const rooms = {
    ...world.rooms,
    ledger: { ...world.rooms.ledger, commitOrLoad: () => Promise.reject(new Error("The connection is lost.")) },
  };
  const request = { redemptionId: id, rewardId: "donation", points: null };
  const dies = giveReward(rooms, world.shop, "42", { customerId: "7001", request, note: noted("reward-given") });
  await expect(dies).rejects.toThrow("lost");
  expect(await world.look("select 1 from entries")).toEqual([]);
  expect(endOf(await give("donation", id))).toBe("used");
  expect([await available("7001"), await given()]).toEqual([0, 100]);
});

test("a gift is undone once its reward was given back, and not before: the customer never pays for it with their own points", async () => {
  await open(1_000, { kind: "amount_off" }, { kind: "donation" });
  await add("7001", 500);
  const [code, donation] = [crypto.randomUUID(), crypto.randomUUID()];
  await give("amount-off", code);
  await give("donation", donation);
  const undo = (id: string) => undoAdjustment(world.rooms, world.shop, "42", "7001", `adjust:gift-${id}`);
  for (const id of [code, donation]) expect(await undo(id)).toMatchObject({ refusal: { code: "invalid-request" } });
  expect([await available("7001"), await given()]).toEqual([500, 200]);
  await decideOnRedemption(world.rooms, world.shop, "staff", code, (account, redemption, rules, nowMs) =>
    releaseHold(account, rules, redemption, "cancelled", nowMs),
  );
  expect(await available("7001")).toBe(600);
  for (let time = 0; time < 2; time++) expect(await undo(code)).toEqual({ kind: "done", available: 500 });
  expect(await given()).toBe(100);
});

test("a gift whose price an earlier version of the worker took back is over", async () => {
  await open(1_000, { kind: "donation" });
  const id = crypto.randomUUID();
  const gift = { id: `gift-${id}`, points: 100, reason: "A gift: A donation" };
  await adjustMember(world.rooms, world.shop, "7001", gift);
  const taken = { id: `undo-gift-${id}`, points: -100, reason: "Not given: A donation" };
  await adjustMember(world.rooms, world.shop, "7001", taken);
  expect(endOf(await give("donation", id))).toBe("invalid-request");
  // One that broke off when its price was posted goes on.
  const half = crypto.randomUUID();
  await adjustMember(world.rooms, world.shop, "7001", { ...gift, id: `gift-${half}` });
  expect(endOf(await give("donation", half))).toBe("used");
  expect([await available("7001"), await given()]).toEqual([0, 0]);
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
