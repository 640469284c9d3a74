/** The figures tie to the ledger: over random histories, written into a real Postgres, each of them is what a plain recount of the rows says. */
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plansOf, planText, recorded, tellPlans } from "../../bench/plan-recorder.ts";
import { historyArbitrary } from "../../dev/histories/generator.ts";
import { lived } from "../../dev/histories/play.ts";
import { PureLedger } from "../../dev/histories/pure-ledger.ts";
import { propertyRuns } from "../../dev/property-runs.ts";
import { simpleProgram } from "../../dev/publish-program.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import type { Entry } from "../domain/account.ts";
import { dayOf } from "../domain/calendar.ts";
import { expiryOf } from "../domain/expiry.ts";
import { addFlows, flowsOf, issuedOf, momentsOf, outstandingAfter, stepsOf } from "../domain/figures.ts";
import { AGE_DAYS, expiryQuestions, liabilityOf } from "../domain/liability.ts";
import { DAY_MS } from "../domain/lots.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world?.close());

let shops = 0;

/** The ledger's rows in a shop of their own, each entry recorded when it happened; nothing of Postgres is asked whether they may be. */
async function written(ledger: PureLedger): Promise<number> {
  shops += 1;
  const { id: shopId } = await addShop(world, `figures-${shops}.myshopify.com`);
  const members = [...ledger.accounts.keys()].map((memberId) => {
    const kept = ledger.presentMember(memberId);
    return { memberId, mergedInto: kept === memberId ? null : kept };
  });
  const client = new pg.Client({ connectionString: world.database.superuserUrl });
  await client.connect();
  try {
    await client.query("set session_replication_role = replica");
    for (const [statement, rows] of [
      [MEMBERS, members],
      [ACCOUNTS, [...ledger.accounts.values()]],
      [LOTS, [...ledger.lots.values()]],
      [REDEMPTIONS, [...ledger.redemptions.values()]],
      [ENTRIES, [...ledger.entries.values()]],
    ] as const)
      await client.query(statement, [shopId, JSON.stringify(rows)]);
  } finally {
    await client.end();
  }
  return shopId;
}

const MEMBERS = `
  insert into members (shop_id, id, customer_id, merged_into) overriding system value
  select $1, "memberId", "memberId"::text, "mergedInto" from json_to_recordset($2::json) as r ("memberId" bigint, "mergedInto" bigint)`;
const ACCOUNTS = `
  insert into accounts (shop_id, member_id, version, pending, available, held, owed, last_activity_at)
  select $1, "memberId", version, pending, available, held, owed, to_timestamp("lastActivityMs" / 1000.0)
  from json_to_recordset($2::json)
    as r ("memberId" bigint, version bigint, pending bigint, available bigint, held bigint, owed bigint, "lastActivityMs" bigint)`;
const LOTS = `
  insert into lots (shop_id, id, member_id, amount, remaining, available_at, expires_at, matured, expired)
  select $1, id, "memberId", amount, remaining, to_timestamp("availableAtMs" / 1000.0), to_timestamp("fixedExpiryMs" / 1000.0), matured, expired
  from json_to_recordset($2::json)
    as r (id text, "memberId" bigint, amount bigint, remaining bigint, "availableAtMs" bigint, "fixedExpiryMs" bigint, matured boolean, expired boolean)`;
const REDEMPTIONS = `
  insert into redemptions (shop_id, id, member_id, reward, cost, code, state, fingerprint, discount_id, used_by_order, program_version, created_at, ends_at)
  select $1, id, "memberId", reward, cost, code, state, fingerprint, "discountId", "usedByOrder", "programVersion", to_timestamp("createdAtMs" / 1000.0), to_timestamp("endsAtMs" / 1000.0)
  from json_to_recordset($2::json) as r (id text, "memberId" bigint, reward json, cost bigint, code text, state text, fingerprint text, "discountId" text, "usedByOrder" text,
    "programVersion" integer, "createdAtMs" bigint, "endsAtMs" bigint)`;
const ENTRIES = `
  insert into entries (shop_id, member_id, key, kind, points, pending, available, held, owed, order_id, redemption_id, actor, occurred_at, recorded_at, detail)
  select $1, "memberId", key, kind, points, pending, available, held, owed, "orderId", "redemptionId", 'sweep',
         to_timestamp("occurredAtMs" / 1000.0), to_timestamp("occurredAtMs" / 1000.0), '{}'
  from json_to_recordset($2::json)
    as r ("memberId" bigint, key text, kind text, points bigint, pending bigint, available bigint, held bigint, owed bigint, "orderId" text, "redemptionId" text, "occurredAtMs" bigint)`;

const sum = (numbers: readonly number[]) => numbers.reduce((whole, number) => whole + number, 0);

/** The figures of some entries, one by one, as docs/figures.md has them. */
function recount(entries: readonly Entry[]) {
  const pointsOf = (test: (entry: Entry) => boolean) => sum(entries.filter(test).map(({ points }) => points));
  const inCodes = sum(entries.filter(({ kind }) => kind === "use").map(({ held }) => held));
  return {
    earned: pointsOf(({ kind }) => kind === "earn"),
    brought: pointsOf(({ kind }) => kind === "open"),
    given: pointsOf(({ kind, points }) => kind === "gift" || (kind === "adjust" && points > 0)),
    takenBack: 0 - pointsOf(({ kind, points }) => kind === "claw-back" || (kind === "adjust" && points < 0)),
    redeemed: 0 - inCodes - pointsOf(({ kind }) => kind === "reclaim" || kind === "return"),
    expired: 0 - pointsOf(({ kind }) => kind === "expire"),
    owedChange: sum(entries.map(({ owed }) => owed)),
    outstandingChange: sum(entries.map(({ pending, available, held }) => pending + available + held)),
    entries: entries.length,
  };
}

const histories = fc.tuple(
  historyArbitrary(),
  fc.constantFrom("UTC", "Europe/Stockholm", "Pacific/Auckland", "America/New_York"),
);

describe("over any history", { timeout: 300_000 }, () => {
  test("each day's figures are those of its entries, all days are all entries, and what is outstanding follows from day to day", async () => {
    await fc.assert(
      fc.asyncProperty(histories, async ([history, timeZone]) => {
        const { ledger } = lived(history);
        const entries = [...ledger.entries.values()];
        fc.pre(entries.length > 0);
        const shopId = await written(ledger);
        const days = entries.map(({ occurredAtMs }) => dayOf(occurredAtMs, timeZone));
        const [fromDay, toDay] = [Math.min(...days), Math.max(...days)];
        // Of a history of years some days are looked at, and all of it month by month.
        const shown = stepsOf({ fromDay, toDay }, toDay - fromDay > 400 ? "month" : "day");
        const movements = await world.rooms.ledger.movements(shopId, momentsOf(shown, timeZone));
        const flows = movements.map(flowsOf);
        const steps = flows.slice(0, -1);
        const ofStep = shown.map((step) =>
          recount(entries.filter((_, index) => (days[index] ?? 0) >= step.fromDay && (days[index] ?? 0) <= step.toDay)),
        );
        expect(steps).toEqual(ofStep);
        expect(flows.at(-1)).toEqual(recount([]));
        expect(addFlows(steps)).toEqual(recount(entries));
        const pots = [...ledger.accounts.values()].map(({ pending, available, held }) => pending + available + held);
        const ends = outstandingAfter(steps, recount([]), sum(pots));
        let outstanding = 0;
        for (const [index, step] of steps.entries()) {
          // What orders and rewards do to it, and what is owed more, is all there is.
          outstanding += issuedOf(step) - step.takenBack - step.redeemed - step.expired + step.owedChange;
          expect(ends[index]).toBe(outstanding);
        }
      }),
      { numRuns: propertyRuns(40) },
    );
  });

  test("the liability is the sum of the open lots and of the points in codes, in both splits, and each share is that of its lots", async () => {
    await fc.assert(
      fc.asyncProperty(historyArbitrary(), async (history) => {
        const { ledger } = lived(history);
        const shopId = await written(ledger);
        const terms = ledger.rules.expiry;
        const { groups, held, owed, nowMs } = await world.rooms.ledger.outstanding(shopId, expiryQuestions(terms));
        const liability = liabilityOf(groups, held, { terms, nowMs });
        const accounts = [...ledger.accounts.values()];
        const open = [...ledger.lots.values()].filter(({ remaining }) => remaining > 0);
        expect(owed).toBe(sum(accounts.map((account) => account.owed)));
        expect(held).toBe(sum(accounts.map((account) => account.held)));
        expect(liability.points).toBe(sum(open.map(({ remaining }) => remaining)) + held);
        expect(liability.points).toBe(sum(accounts.map(({ pending, available }) => pending + available)) + held);
        const ages = liability.byAge.map(({ points }) => points);
        const expiries = liability.byExpiry.map(({ points }) => points);
        const bounds = [...AGE_DAYS, Number.POSITIVE_INFINITY];
        const pointsOf = (test: (lot: (typeof open)[number]) => boolean) =>
          sum(open.filter(test).map((lot) => lot.remaining));
        const isWithin = (value: number, index: number) =>
          value > (bounds[index - 1] ?? Number.NEGATIVE_INFINITY) && value <= (bounds[index] ?? 0);
        const ageOf = ({ availableAtMs }: (typeof open)[number]) => (nowMs - availableAtMs) / DAY_MS;
        expect(ages).toEqual([
          pointsOf((lot) => ageOf(lot) <= 0),
          ...bounds.map((_, index) => pointsOf((lot) => ageOf(lot) > 0 && isWithin(ageOf(lot), index))),
          held,
        ]);
        const daysLeft = (lot: (typeof open)[number]) => {
          const activityMs = ledger.accounts.get(lot.memberId)?.lastActivityMs ?? null;
          const expiresAtMs = expiryOf(lot, terms, activityMs);
          return expiresAtMs === null ? null : Math.floor(expiresAtMs / DAY_MS) - Math.floor(nowMs / DAY_MS);
        };
        expect(expiries).toEqual([
          ...bounds.map((_, index) =>
            pointsOf((lot) => {
              const days = daysLeft(lot);
              return days !== null && isWithin(days, index);
            }),
          ),
          pointsOf((lot) => daysLeft(lot) === null),
          held,
        ]);
      }),
      { numRuns: propertyRuns(40) },
    );
  });

  test("donations are those of the entries, by reward, and part of the points redeemed", async () => {
    let given = 0;
    await fc.assert(
      fc.asyncProperty(historyArbitrary(), fc.nat(1000), async (history, half) => {
        const { ledger } = lived(history);
        const shopId = await written(ledger);
        const entries = [...ledger.entries.values()];
        const moments = entries.map(({ occurredAtMs }) => occurredAtMs).sort((x, y) => x - y);
        const time = { fromMs: moments[half % Math.max(1, moments.length)] ?? 0, untilMs: (moments.at(-1) ?? 0) + 1 };
        const chosen = entries.flatMap((entry) => {
          const redemption = ledger.redemptions.get(entry.redemptionId ?? "");
          const isOne =
            entry.kind === "use" && redemption?.reward.kind === "donation" && entry.occurredAtMs >= time.fromMs;
          return isOne ? [{ reward: redemption.reward, points: redemption.cost }] : [];
        });
        given += chosen.length;
        const told = await world.rooms.ledger.donations(shopId, time);
        const expected = [...Map.groupBy(chosen, ({ reward }) => reward.id)].map(([rewardId, own]) => ({
          rewardId,
          times: own.length,
          points: sum(own.map(({ points }) => points)),
          valueMinor: sum(own.map(({ reward }) => reward.valueMinor)),
        }));
        expect(told.map(({ name: _, ...rest }) => rest).sort((a, b) => (a.rewardId < b.rewardId ? -1 : 1))).toEqual(
          expected.sort((a, b) => (a.rewardId < b.rewardId ? -1 : 1)),
        );
        const used = entries.filter(({ kind, occurredAtMs }) => kind === "use" && occurredAtMs >= time.fromMs);
        expect(sum(told.map(({ points }) => points))).toBeLessThanOrEqual(0 - sum(used.map(({ held }) => held)));
      }),
      // One history in nine has a donation within the time: among so many there is one.
      { numRuns: propertyRuns(100) },
    );
    expect(given).toBeGreaterThan(0);
  });

  test("active members, buyers and those who bought again are those of the entries; members who became one are one", async () => {
    await fc.assert(
      fc.asyncProperty(historyArbitrary(), fc.nat(1000), fc.nat(1000), async (history, a, b) => {
        const { ledger } = lived(history);
        const shopId = await written(ledger);
        const entries = [...ledger.entries.values()];
        const moments = entries.map(({ occurredAtMs }) => occurredAtMs).sort((x, y) => x - y);
        const chosen = [a, b].map((one) => moments[one % Math.max(1, moments.length)] ?? 0);
        const time = { fromMs: Math.min(...chosen), untilMs: Math.max(...chosen) };
        const within = entries.filter(
          (entry) => entry.occurredAtMs >= time.fromMs && entry.occurredAtMs < time.untilMs,
        );
        const did = within.filter(({ kind }) => kind === "earn" || kind === "hold");
        const orders = Map.groupBy(
          did.filter(({ kind }) => kind === "earn"),
          ({ memberId }) => ledger.presentMember(memberId),
        );
        const different = [...orders.values()].map((own) => new Set(own.map(({ orderId }) => orderId)).size);
        expect(await world.rooms.ledger.activity(shopId, time)).toEqual({
          active: new Set(did.map(({ memberId }) => ledger.presentMember(memberId))).size,
          buyers: orders.size,
          repeatBuyers: different.filter((count) => count > 1).length,
        });
        const present = [...ledger.accounts.keys()].filter((id) => ledger.presentMember(id) === id);
        expect((await world.rooms.ledger.countMembers(shopId, time)).members).toBe(present.length);
      }),
      { numRuns: propertyRuns(40) },
    );
  });
});

test("two members who bought once each, and became one, are one who bought again", async () => {
  const ledger = new PureLedger("USD");
  const nowMs = Date.parse("2026-11-01T12:00:00Z");
  const program = simpleProgram({ currency: "USD", points: 1, perMinor: 100, pendingDays: 0, rewards: [] });
  ledger.apply({ kind: "publish", inForceFromMs: 0, program }, nowMs);
  for (const customerId of ["1", "2"])
    ledger.apply({ kind: "order", orderId: customerId, body: orderBody({ customerId }) }, nowMs);
  const time = { fromMs: 0, untilMs: Date.now() };
  const apart = await written(ledger);
  expect(await world.rooms.ledger.activity(apart, time)).toEqual({ active: 2, buyers: 2, repeatBuyers: 0 });
  ledger.apply({ kind: "merge", keptCustomerId: "1", mergedCustomerId: "2" }, nowMs);
  const together = await written(ledger);
  expect(await world.rooms.ledger.activity(together, time)).toEqual({ active: 1, buyers: 1, repeatBuyers: 1 });
});

/** A thousand members with ten entries and two open lots each, over a year, among ten such shops. */
const MANY = `
  insert into members (shop_id, id, customer_id) overriding system value select $1, i, i::text from generate_series(1, 1000) i;
  insert into accounts (shop_id, member_id) select $1, i from generate_series(1, 1000) i;
  insert into entries (shop_id, member_id, key, kind, points, pending, available, held, owed, order_id, actor, occurred_at, recorded_at, detail)
  select $1 + 1000 * shop, 1 + i % 1000, 'order:' || i || ':1', 'earn', 1, 0, 1, 0, 0, i::text, 'shopify', at, at, '{}'
  from generate_series(1, 10000) i cross join generate_series(0, 9) shop cross join lateral (select now() - i * interval '52 minutes' as at) a;
  insert into lots (shop_id, id, member_id, amount, remaining, available_at, matured)
  select $1, 'lot:' || i, 1 + i % 1000, 1, case when i % 5 = 0 then 1 else 0 end, now() - i * interval '52 minutes', true
  from generate_series(1, 10000) i;
`;

test("days are read within their index alone, and open lots through theirs", async () => {
  const { id: shopId } = await addShop(world, "many.myshopify.com");
  const owner = new pg.Client({ connectionString: world.database.superuserUrl });
  await owner.connect();
  try {
    await owner.query("set session_replication_role = replica");
    await owner.query(MANY.replaceAll("$1", String(shopId)));
    await owner.query("reset session_replication_role");
    for (const table of ["entries", "lots", "accounts"]) await owner.query(`vacuum analyze ${table}`);
    await tellPlans(owner);
    const { ledger } = world.rooms;
    const [fromMs, untilMs] = [Date.now() - 30 * DAY_MS, Date.now()];
    const requests = await recorded(async () => {
      await ledger.movements(shopId, [fromMs, untilMs]);
      await ledger.activity(shopId, { fromMs, untilMs });
      await ledger.outstanding(shopId, { asksAvailable: true, asksActivity: false });
      await ledger.outstanding(shopId, { asksAvailable: false, asksActivity: true });
    });
    const plans = [];
    for (const request of requests)
      plans.push((await plansOf(owner, request)).map((plan) => planText(plan)).join("\n"));
    const withinDays = /Index Only Scan of entries by entries_by_day\n\s+where .*recorded_at >= .* AND .*recorded_at </;
    const withinLots = /Scan (of lots )?by lots_open_by_member/;
    for (const [index, expected] of [withinDays, withinDays, withinLots, withinLots].entries())
      expect(plans[index]).toMatch(expected);
  } finally {
    await owner.end();
  }
});
