import { afterEach, beforeEach, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { newWorld, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import type { OrderNews } from "../domain/order.ts";
import { discountCode } from "../shopify/discount-code.ts";
import { cancelRedemption } from "./cancel-redemption.ts";
import type { Decider, End } from "./commit-decision.ts";
import { finishRedemption } from "./finish-redemptions.ts";
import { readBalance, readRedemptionList } from "./read-member.ts";
import type { RedeemAnswer } from "./redeem-reward.ts";
import { redeemReward } from "./redeem-reward.ts";
import type { Rooms } from "./rooms.ts";
import { settleOrders } from "./settle-orders.ts";
import { Turns } from "./turns.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
  // Without a token nobody asks Shopify: the hold itself is what these tests are about.
  await world.look("update shops set access_token_sealed = null");
  world.rooms.shops.forget(world.shop.domain);
  world = { ...world, shop: { ...world.shop, accessTokenSealed: null } };
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

const earn = (points: number, orderId = "1") =>
  settleOrders(world.rooms, [
    orderJob(world, orderId, { kind: "state", body: orderBody({ amountMinor: points * 100 }) }),
  ]);
const redeem = (id = crypto.randomUUID(), rewardId = "off-500", points: number | null = null) =>
  redeemReward(world.rooms, world.shop, "7001", { redemptionId: id, rewardId, points });
const codeOf = (answer: RedeemAnswer) => (answer.kind === "refused" ? answer.refusal.code : answer.redemption.state);

test("of sixteen redemptions at once, only as many are held as the balance can pay (I2)", async () => {
  await earn(1_700);
  const answers = await Promise.all(Array.from({ length: 16 }, () => redeem()));
  expect(answers.map(codeOf).filter((code) => code === "held")).toHaveLength(3);
  expect(answers.map(codeOf).filter((code) => code === "insufficient-points")).toHaveLength(13);
  expect(await readBalance(world.rooms, world.shop, "7001")).toMatchObject({ available: 200, held: 1_500, owed: 0 });
});

test("the same id sixteen times at once is one hold and one answer (I9)", async () => {
  await earn(1_700);
  const id = crypto.randomUUID();
  const answers = await Promise.all(Array.from({ length: 16 }, () => redeem(id)));
  expect(new Set(answers.map((answer) => (answer.kind === "redemption" ? answer.redemption.code : "")))).toHaveProperty(
    "size",
    1,
  );
  expect(await readBalance(world.rooms, world.shop, "7001")).toMatchObject({ available: 1_200, held: 500 });
});

/** The rooms of an isolate of its own over the same database, and what it has asked of the ledger; `beforeCommit` may be somebody else's success. */
function isolate(
  beforeCommit: () => Promise<unknown> = () => Promise.resolve(),
  turns: Turns<Decider, End> = new Turns(),
) {
  const { ledger } = world.rooms;
  const asked = { loads: 0, commits: 0 };
  const rooms: Rooms = {
    ...world.rooms,
    turns,
    ledger: {
      ...ledger,
      load: (wanted, options) => {
        asked.loads += 1;
        return ledger.load(wanted, options);
      },
      commitOrLoad: async (units, options) => {
        asked.commits += 1;
        await beforeCommit();
        return ledger.commitOrLoad(units, options);
      },
    },
  };
  const one = (id = crypto.randomUUID()) =>
    redeemReward(rooms, world.shop, "7001", { redemptionId: id, rewardId: "off-500", points: null });
  return { asked, one };
}

/** Turns that tell when so many have come. */
class Meeting extends Turns<Decider, End> {
  readonly #all = Promise.withResolvers<void>();
  #left: number;

  constructor(many: number) {
    super();
    this.#left = many;
  }

  get allHere(): Promise<void> {
    return this.#all.promise;
  }

  override take(...asked: Parameters<Turns<Decider, End>["take"]>) {
    this.#left -= 1;
    if (this.#left === 0) this.#all.resolve();
    return super.take(...asked);
  }
}

test("sixteen redemptions that meet in one isolate are two commits", async () => {
  await earn(8_000);
  const turns = new Meeting(16);
  const { asked, one } = isolate(() => turns.allHere, turns);
  const answers = await Promise.all(Array.from({ length: 16 }, () => one()));
  expect(answers.map(codeOf)).toEqual(Array.from({ length: 16 }, () => "held"));
  expect(asked).toEqual({ loads: 2, commits: 2 });
  const balances = answers.map((answer) => (answer.kind === "redemption" ? answer.available : -1));
  expect(balances.sort((a, b) => b - a)).toEqual(Array.from({ length: 16 }, (_, index) => 7_500 - 500 * index));
  expect(await readBalance(world.rooms, world.shop, "7001")).toMatchObject({ available: 0, held: 8_000 });
});

test("redemptions decided together that lose a race are decided again, each on what the others leave (I2)", async () => {
  await earn(2_500);
  let races = 0;
  const { one } = isolate(async () => {
    races += 1;
    if (races === 2) await redeem();
  });
  const ids = Array.from({ length: 6 }, () => crypto.randomUUID());
  const asked = [...ids, ...ids.slice(0, 1)];
  const codes = (await Promise.all(asked.map((id) => one(id)))).map(codeOf);
  // Five times 500 points, of which one redemption came from elsewhere; and a repeat is what it repeats.
  expect(asked.filter((id, index) => codes[index] === "held" && asked.indexOf(id) === index)).toHaveLength(4);
  expect(codes.every((code) => code === "held" || code === "insufficient-points")).toBe(true);
  expect(codes[6]).toBe(codes[0]);
  expect(await world.look("select 1 from redemptions where state = 'held'")).toHaveLength(5);
  expect(await readBalance(world.rooms, world.shop, "7001")).toMatchObject({ available: 0, held: 2_500 });
});

test("one that the database refuses stops none of those it is decided with", async () => {
  await earn(8_000);
  // Somebody's code has come to be another redemption's.
  const taken = crypto.randomUUID();
  const code = await discountCode(taken, world.shop.domain, world.rooms.settings.CODE_KEY);
  await redeem();
  await world.look("update redemptions set code = $1", [code]);
  const { one } = isolate();
  const outcomes = await Promise.allSettled([one(), one(), one(taken), one()]);
  expect(outcomes.map((outcome) => (outcome.status === "fulfilled" ? codeOf(outcome.value) : "a fault"))).toEqual([
    "held",
    "held",
    "try-again",
    "held",
  ]);
});

test("sixteen redemptions at once from sixteen isolates all end, in a bounded number of commits", async () => {
  await earn(8_000);
  const { asked, one } = isolate();
  expect(codeOf(await one())).toBe("held");
  expect(asked).toEqual({ loads: 1, commits: 1 });
  const isolates = Array.from({ length: 15 }, () => isolate());
  const answers = await Promise.all(isolates.map((apart) => apart.one()));
  expect(answers.map(codeOf)).toEqual(Array.from({ length: 15 }, () => "held"));
  for (const apart of isolates) {
    asked.loads += apart.asked.loads;
    asked.commits += apart.asked.commits;
  }
  expect(await readBalance(world.rooms, world.shop, "7001")).toMatchObject({ available: 0, held: 8_000 });
  // Fifteen who all lost until it was their turn would commit 120 times. Only who has paused loads again.
  expect(asked.commits).toBeLessThanOrEqual(1 + 120);
  expect(asked.loads).toBeLessThanOrEqual(asked.commits);
});

test("a race that was lost once costs one more round trip: three in all", async () => {
  await earn(1_000);
  const { ledger } = world.rooms;
  const asked: string[] = [];
  let hasRaced = false;
  const rooms: Rooms = {
    ...world.rooms,
    ledger: {
      ...ledger,
      load: (wanted, options) => {
        asked.push("load");
        return ledger.load(wanted, options);
      },
      commitOrLoad: async (units, options) => {
        asked.push("commit");
        if (!hasRaced) {
          hasRaced = true;
          await redeem();
        }
        return ledger.commitOrLoad(units, options);
      },
    },
  };
  const request = { redemptionId: crypto.randomUUID(), rewardId: "off-500", points: null };
  expect(codeOf(await redeemReward(rooms, world.shop, "7001", request))).toBe("held");
  expect(asked).toEqual(["load", "commit", "commit"]);
});

test("a repeat is answered before any balance is looked at", async () => {
  await earn(500);
  const id = crypto.randomUUID();
  expect(codeOf(await redeem(id))).toBe("held");
  expect(codeOf(await redeem(id))).toBe("held");
  expect(codeOf(await redeem())).toBe("insufficient-points");
});

test("the same id with another request, or by another shopper, is refused", async () => {
  await earn(1_000);
  const id = crypto.randomUUID();
  await redeem(id);
  expect(codeOf(await redeem(id, "off-500", 500))).toBe("different-request");
  const request = { redemptionId: id, rewardId: "off-500", points: null };
  expect(codeOf(await redeemReward(world.rooms, world.shop, "7002", request))).toBe("different-request");
});

test("what cannot be had leaves no trace", async () => {
  await earn(499);
  const before = await world.look("select * from accounts");
  expect(codeOf(await redeem())).toBe("insufficient-points");
  expect(codeOf(await redeem(undefined, "no-such-reward"))).toBe("unknown-reward");
  expect(codeOf(await redeem(undefined, "off-500", 400))).toBe("invalid-request");
  expect(await world.look("select * from accounts")).toEqual(before);
  expect(await world.look("select 1 from redemptions")).toEqual([]);
});

test("an order that used the code spends the hold, paid or not, once", async () => {
  await earn(500);
  const answer = await redeem();
  if (answer.kind === "refused") throw new Error("The redemption was refused.");
  const used = orderBody({ status: "pending", codes: [answer.redemption.code] });
  for (let time = 0; time < 3; time++)
    await settleOrders(world.rooms, [orderJob(world, "2", { kind: "state", body: used })]);
  expect(await readBalance(world.rooms, world.shop, "7001")).toMatchObject({ available: 0, held: 0, owed: 0 });
  expect(await world.look("select state, used_by_order from redemptions")).toEqual([
    { state: "used", used_by_order: "2" },
  ]);
});

test("points spent on an order come back as it is refunded, whichever delivery says so, once", async () => {
  await earn(500);
  const answer = await redeem();
  if (answer.kind === "refused") throw new Error("The redemption was refused.");
  const { code } = answer.redemption;
  const line = (id: string, off: number) => ({ ...productLine(id, 10_000), codeDiscounts: { [code]: off } });
  const body = orderBody({ codes: [code], lines: [line("1", 3_000), line("2", 2_000)], status: "pending" });
  const refund = {
    id: "r1",
    lines: [{ lineId: "1", quantity: 1, subtotalMinor: 7_000, taxMinor: 0 }],
    beyondLinesMinor: 0,
    beyondLinesTaxMinor: 0,
  };
  const settle = (...news: OrderNews[]) =>
    settleOrders(
      world.rooms,
      news.map((one) => orderJob(world, "2", one)),
    );
  await settle({ kind: "state", body });
  for (let time = 0; time < 2; time++) await settle({ kind: "refund", refund });
  expect(await readBalance(world.rooms, world.shop, "7001")).toMatchObject({ available: 300, held: 0 });
  await settle({
    kind: "state",
    body: { ...body, updatedAtMs: body.updatedAtMs + 1, cancelled: true, refunds: [refund] },
  });
  expect(await readBalance(world.rooms, world.shop, "7001")).toMatchObject({ available: 500, held: 0, owed: 0 });
  expect(await world.look("select remaining::int from lots")).toEqual([{ remaining: 500 }]);
});

test("a redemption that the sweep cannot finish is looked at ever more rarely, so that it keeps no other waiting", async () => {
  await earn(500);
  const id = crypto.randomUUID();
  await redeem(id);
  const past = "created_at = now() - interval '20 days', ends_at = now() - interval '10 days', due_at = now()";
  await world.look(`update redemptions set state = 'issued', discount_id = 'gid://x', ${past}`);
  await finishRedemption(world.rooms, world.shop, id);
  const looks = await world.look("select state, due_at > now() + interval '5 hours' as much_later from redemptions");
  expect(looks).toEqual([{ state: "issued", much_later: true }]);
});

test("a donation is spent as it is chosen: once, without a code to anybody, and not to be cancelled", async () => {
  await world.look(
    `with next as (update shops set newest_program_version = 2 returning id)
     insert into program_versions (shop_id, version, in_force_from, program)
     select id, 2, '2020-01-01', jsonb_set(p.program, '{rewards,0,kind}', '"donation"')
     from next join program_versions p on p.shop_id = next.id and p.version = 1`,
  );
  await earn(1_200);
  const id = crypto.randomUUID();
  const answers = await Promise.all([redeem(id), redeem(id), redeem(id)]);
  expect(answers.map(codeOf)).toEqual(["used", "used", "used"]);
  expect(await readBalance(world.rooms, world.shop, "7001")).toMatchObject({ available: 700, held: 0 });
  expect((await readRedemptionList(world.rooms, world.shop, "7001")).redemptions).toMatchObject([
    { state: "used", code: null },
  ]);
  expect(await cancelRedemption(world.rooms, world.shop, "7001", id)).toMatchObject({
    refusal: { code: "already-used" },
  });
  expect(await world.rooms.ledger.due(world.shop.id)).toEqual({ redemptionIds: [], memberIds: [] });
});
