import { describe, expect, test } from "vitest";
import { rulesWith, tiersOf } from "../../dev/test-book.ts";
import { type ProgramVersion, type ShopRules, shopRules } from "./program.ts";
import { type Contribution, moveProgress, NO_PROGRESS, type Progress } from "./progress.ts";
import { comingGifts, multiplierOn, nextTierMs, standingAt, type TierRules, tierAt } from "./tiers.ts";

const DAY = 86_400_000;
const ms = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const dayNumber = (day: string): number => ms(day) / DAY;

function progressOf(...orders: readonly [day: string, some: Partial<Contribution>][]): Progress {
  return orders.reduce((progress, [day, some]) => {
    const one = { day: dayNumber(day), points: 0, spentMinor: 0, orders: 0, memberships: [], ...some } as const;
    return moveProgress(progress, null, one, one.day);
  }, NO_PROGRESS);
}

const spend = (...orders: readonly [string, number][]): Progress =>
  progressOf(...orders.map(([day, spentMinor]): [string, Partial<Contribution>] => [day, { spentMinor, orders: 1 }]));

const bySpend = (more: Partial<TierRules> = {}): TierRules => ({
  ...tiersOf({ id: "silver", threshold: 100 }, { id: "gold", threshold: 500, multiplier: 15_000 }),
  basis: "spend",
  ...more,
});
const rules = (tiers: TierRules, pendingDays = 0): ShopRules => rulesWith(pendingDays, { tiers });

function tierOn(progress: Progress, tiers: TierRules, day: string): string | null {
  return tierAt(progress, rules(tiers), ms(day)).tier?.id ?? null;
}

describe("a tier in a rolling year", () => {
  const progress = spend(["2026-01-10", 300], ["2026-03-15", 250]);
  test("is reached on the day of the order that reaches it, and lost on the day a year after one it needs", () => {
    expect(tierOn(progress, bySpend(), "2026-03-14")).toBe("silver");
    expect(tierOn(progress, bySpend(), "2026-03-15")).toBe("gold");
    expect(tierOn(progress, bySpend(), "2027-01-09")).toBe("gold");
    expect(tierOn(progress, bySpend(), "2027-01-10")).toBe("silver");
    expect(tierOn(progress, bySpend(), "2027-03-14")).toBe("silver");
    expect(tierOn(progress, bySpend(), "2027-03-15")).toBe(null);
  });
  test("tells since when, until when, and what is missing for the next one", () => {
    expect(standingAt(progress, rules(bySpend()), ms("2026-06-01"))).toMatchObject({
      rank: 2,
      sinceMs: ms("2026-03-15"),
      untilMs: ms("2027-01-10"),
      counted: 550,
      next: null,
    });
    expect(standingAt(progress, rules(bySpend()), ms("2027-01-10"))).toMatchObject({
      tier: { id: "silver" },
      sinceMs: ms("2027-01-10"),
      untilMs: ms("2027-03-15"),
      counted: 250,
      next: { tier: { id: "gold" }, missing: 250 },
    });
  });
  test("is kept for the months of grace after time has taken it", () => {
    const tiers = bySpend({ graceMonths: 2 });
    expect(tierOn(progress, tiers, "2027-03-09")).toBe("gold");
    expect(tierOn(progress, tiers, "2027-03-10")).toBe("silver");
    expect(standingAt(progress, rules(tiers), ms("2027-02-01"))).toMatchObject({
      rank: 2,
      sinceMs: ms("2026-03-15"),
      untilMs: ms("2027-03-10"),
      counted: 250,
    });
  });
  test("is kept by the best day of the grace, also one between its first day and today", () => {
    const between = spend(["2026-01-10", 300], ["2026-12-20", 250]);
    const tiers = bySpend({ graceMonths: 2 });
    expect(
      ["2026-12-19", "2026-12-20", "2027-02-25", "2027-03-09", "2027-03-10"].map((at) => tierOn(between, tiers, at)),
    ).toEqual(["silver", "gold", "gold", "gold", "silver"]);
  });
  test("counts the 29th of February until the end of the next year's", () => {
    const leap = spend(["2024-02-29", 100]);
    expect(tierOn(leap, bySpend(), "2025-02-28")).toBe("silver");
    expect(tierOn(leap, bySpend(), "2025-03-01")).toBe(null);
    expect(standingAt(leap, rules(bySpend()), ms("2025-01-01")).untilMs).toBe(ms("2025-03-01"));
  });
});

test("a tier of a calendar year ends with it in the shop's time zone, and with a year of grace with the next one", () => {
  const progress = spend(["2026-11-02", 100]);
  const tiers = bySpend({ period: "calendar-year" });
  const stockholm = shopRules("USD", rules(tiers).versions, "Europe/Stockholm");
  expect(tierAt(progress, stockholm, Date.parse("2026-12-31T22:59:59Z")).rank).toBe(1);
  expect(tierAt(progress, stockholm, Date.parse("2026-12-31T23:00:00Z")).rank).toBe(0);
  expect(standingAt(progress, stockholm, ms("2026-12-01")).untilMs).toBe(Date.parse("2026-12-31T23:00:00Z"));
  const graced = bySpend({ period: "calendar-year", graceMonths: 12 });
  expect(tierOn(progress, graced, "2027-12-31")).toBe("silver");
  expect(tierOn(progress, graced, "2028-01-01")).toBe(null);
});

test("a tier for life is never lost by time, however much is folded away", () => {
  const early = spend(["2020-05-05", 400]);
  const one = { day: dayNumber("2026-05-05"), points: 0, spentMinor: 100, orders: 1, memberships: [] } as const;
  const progress = moveProgress(early, null, one, one.day);
  expect(progress.days).toHaveLength(1);
  const standing = standingAt(progress, rules(bySpend({ period: "lifetime" })), ms("2030-01-01"));
  expect(standing).toMatchObject({ rank: 2, untilMs: null, counted: 500 });
});

test("what a refund takes away is gone as though it had never been: grace is for what time takes", () => {
  const order = { day: dayNumber("2026-05-05"), points: 0, spentMinor: 500, orders: 1, memberships: [] } as const;
  const bought = moveProgress(NO_PROGRESS, null, order, order.day);
  const refunded = moveProgress(bought, order, { ...order, spentMinor: 120 }, order.day + 3);
  const tiers = bySpend({ graceMonths: 12 });
  expect(tierOn(bought, tiers, "2026-05-08")).toBe("gold");
  expect(tierOn(refunded, tiers, "2026-05-08")).toBe("silver");
});

describe("a tier that was bought", () => {
  const tiers = tiersOf(
    { id: "free", threshold: 0 },
    { id: "prime", threshold: null, membership: { productIds: ["9"], months: 12 } },
  );
  const bought = (...days: readonly string[]) =>
    progressOf(...days.map((day): [string, object] => [day, { memberships: [{ tierId: "prime", months: 12 }] }]));
  test("lasts for its months, and whoever renews early loses none of them", () => {
    expect(tierOn(NO_PROGRESS, tiers, "2026-01-01")).toBe("free");
    expect(tierOn(bought("2026-01-31"), tiers, "2027-01-30")).toBe("prime");
    expect(tierOn(bought("2026-01-31"), tiers, "2027-01-31")).toBe("free");
    const renewed = bought("2026-01-31", "2026-12-24");
    expect(tierOn(renewed, tiers, "2028-01-30")).toBe("prime");
    expect(standingAt(renewed, rules(tiers), ms("2027-01-01"))).toMatchObject({
      sinceMs: ms("2026-01-31"),
      untilMs: ms("2028-01-31"),
      next: null,
    });
  });
  test("is had since a day that nobody can tell, where what was done then is folded together", () => {
    const since = (fromDay: string) => {
      const [day, until] = [fromDay, "2026-01-31"].map(dayNumber) as [number, number];
      const earlier = [until, 0, 0, 1] as const;
      const progress: Progress = { ...NO_PROGRESS, earlier, memberships: [{ day, tierId: "prime", months: 12 }] };
      return standingAt(progress, rules(tiers), ms("2026-06-01")).sinceMs;
    };
    expect([since("2026-01-30"), since("2026-01-31"), since("2026-02-01")]).toEqual([null, null, ms("2026-02-01")]);
  });
  test("is taken away by its refund, and leaves the other one that was bought", () => {
    const [one, other] = ["2026-01-31", "2026-12-24"].map(dayNumber);
    const order = (day: number | undefined): Contribution => ({
      day: day ?? 0,
      points: 0,
      spentMinor: 0,
      orders: 0,
      memberships: [{ tierId: "prime", months: 12 }],
    });
    const both = [one, other].reduce((sum, day) => moveProgress(sum, null, order(day), 0), NO_PROGRESS);
    const left = moveProgress(both, order(one), { ...order(one), memberships: [] }, 0);
    expect(left.memberships).toEqual([{ day: other, tierId: "prime", months: 12 }]);
  });
});

test("the rules are those of the version in force at the moment that is asked for", () => {
  const [version] = rules(bySpend()).versions as [ProgramVersion];
  const lower = { ...version.program, tiers: bySpend({ levels: tiersOf({ id: "only", threshold: 1 }).levels }) };
  const june = ms("2026-06-01");
  const both = shopRules("USD", [version, { version: 2, inForceFromMs: june, publishedAtMs: 0, program: lower }]);
  const progress = spend(["2026-05-01", 600]);
  expect(tierAt(progress, both, june - 1).tier?.id).toBe("gold");
  expect(tierAt(progress, both, june).tier?.id).toBe("only");
  expect(tierAt(progress, rulesWith(0), june)).toEqual({ tier: null, rank: 0 });
});

describe("a member has a tier", () => {
  const [silver] = rules(bySpend()).versions as [ProgramVersion];
  const none = { ...silver.program, tiers: null };
  const since = (at: string, ...later: readonly Partial<ProgramVersion>[]): string | null => {
    const versions = later.map((one, index) => ({ ...silver, publishedAtMs: 0, version: index + 2, ...one }));
    const standing = standingAt(spend(["2026-01-10", 300]), shopRules("USD", [silver, ...versions]), ms(at));
    return standing.sinceMs === null ? null : new Date(standing.sinceMs).toISOString().slice(0, 10);
  };
  test("no longer than the program has had tiers without a break", () => {
    expect(since("2026-06-15")).toBe("2026-01-10");
    const without = { inForceFromMs: ms("2026-03-01"), program: none };
    const again = { inForceFromMs: ms("2026-05-01") };
    expect(since("2026-06-15", without, again)).toBe("2026-05-01");
    expect(since("2026-06-15", again, { inForceFromMs: ms("2026-06-01") })).toBe("2026-01-10");
    expect(since("2026-05-01", without, again)).toBe("2026-05-01");
    expect(since("2026-06-15", { inForceFromMs: ms("2026-07-01"), program: none })).toBe("2026-01-10");
    expect(since("2026-06-15", again, { inForceFromMs: ms("2026-07-01"), program: none })).toBe("2026-01-10");
  });
  test("not before anybody could know of it", () => {
    const march = ms("2026-03-01");
    const without = { inForceFromMs: march, publishedAtMs: march, program: none };
    expect(since("2026-06-15", without, { inForceFromMs: march, publishedAtMs: ms("2026-05-20") })).toBe("2026-05-20");
  });
});

test("an order earns by the tier of the day it was created", () => {
  const progress = spend(["2026-05-01", 600]);
  expect(multiplierOn(progress, bySpend(), dayNumber("2026-04-30"))).toBe(10_000);
  expect(multiplierOn(progress, bySpend(), dayNumber("2026-05-01"))).toBe(15_000);
  expect(multiplierOn(progress, null, dayNumber("2026-05-01"))).toBe(10_000);
});

describe("an entry gift", () => {
  const tiers = bySpend({
    levels: tiersOf({ id: "silver", threshold: 100, giftPoints: 5 }, { id: "gold", threshold: 500, giftPoints: 50 })
      .levels,
  });
  const told = (progress: Progress, ruled: ShopRules, at: string) =>
    comingGifts(progress, ruled, ms(at)).map(({ tier, dueMs }) => [
      tier.id,
      new Date(dueMs).toISOString().slice(0, 10),
    ]);
  test("is due when what reached the tier can no longer be returned, each tier's on its way up", () => {
    const progress = spend(["2026-01-10", 300], ["2026-03-15", 250]);
    expect(told(progress, rules(tiers, 14), "2026-04-01")).toEqual([
      ["silver", "2026-01-25"],
      ["gold", "2026-03-30"],
    ]);
    expect(told({ ...progress, gifts: ["silver"] }, rules(tiers), "2026-04-01")).toEqual([["gold", "2026-03-15"]]);
  });
  test("is not lost where the tier is, before anybody looks", () => {
    const progress = spend(["2026-12-28", 100]);
    const yearly = rules({ ...tiers, period: "calendar-year" }, 14);
    expect(told(progress, yearly, "2027-06-01")).toEqual([["silver", "2027-01-12"]]);
  });
  test("that is offered late is given to whoever has the tier then, and to nobody who had it before", () => {
    const { versions } = rules(tiers);
    const late = versions.map((version) => ({ ...version, publishedAtMs: ms("2026-06-01") }));
    const ruled = shopRules("USD", late);
    expect(told(spend(["2026-01-10", 300]), ruled, "2026-06-02")).toEqual([["silver", "2026-06-01"]]);
    expect(told(spend(["2025-01-10", 300]), ruled, "2026-06-02")).toEqual([]);
  });
  test("comes in the sequence of the days, not of the tiers", () => {
    const [first] = rules(tiers).versions as [ProgramVersion];
    const [silver, gold] = tiers.levels;
    if (!silver || !gold) throw new Error("Two tiers were made.");
    const goldAlone = { ...first.program, tiers: { ...tiers, levels: [{ ...silver, giftPoints: 0 }, gold] } };
    const both = [
      { ...first, program: goldAlone },
      { ...first, version: 2, inForceFromMs: ms("2026-06-01"), publishedAtMs: ms("2026-06-01") },
    ];
    expect(told(spend(["2026-01-10", 600]), shopRules("USD", both), "2026-06-02")).toEqual([
      ["gold", "2026-01-10"],
      ["silver", "2026-06-01"],
    ]);
  });
  test("is given for a tier that was bought, from its first day, also before it was reached by spending", () => {
    const bought = tiersOf({ id: "gold", threshold: 500, giftPoints: 50 });
    const progress: Progress = {
      ...spend(["2026-05-01", 600]),
      memberships: [{ day: dayNumber("2026-02-01"), tierId: "gold", months: 1 }],
    };
    expect(told(progress, rules({ ...bought, basis: "spend" }), "2026-06-02")).toEqual([["gold", "2026-02-01"]]);
  });
  test("of what was reached so long ago that days are folded together is due on the day after them", () => {
    const progress: Progress = { ...NO_PROGRESS, earlier: [dayNumber("2020-05-05"), 0, 600, 1] };
    const lifelong = rules({ ...tiers, period: "lifetime" });
    expect(told(progress, lifelong, "2026-06-02")).toEqual([
      ["silver", "2020-05-06"],
      ["gold", "2020-05-06"],
    ]);
  });
  test("and each fall make the member due again", () => {
    const progress = spend(["2026-01-10", 300]);
    expect(nextTierMs(progress, rules(tiers, 14), ms("2026-01-10"))).toBe(ms("2026-01-25"));
    expect(nextTierMs({ ...progress, gifts: ["silver"] }, rules(tiers, 14), ms("2026-01-25"))).toBe(ms("2027-01-10"));
    expect(nextTierMs({ ...progress, gifts: ["silver"] }, rules(tiers, 14), ms("2027-01-10"))).toBe(null);
  });
});
