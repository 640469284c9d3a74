import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ENTRY_KINDS } from "./account.ts";
import { dayOf, isoDay } from "./calendar.ts";
import {
  addFlows,
  DONATIONS,
  FIGURES,
  flowsOf,
  type Movement,
  momentsOf,
  NO_FLOWS,
  outstandingAfter,
  readRange,
  redemptionRate,
  repeatRate,
  stepsOf,
  stepUnitOf,
  todayIn,
} from "./figures.ts";
import { SPLITS } from "./liability.ts";
import { DAY_MS } from "./lots.ts";

const TODAY = Date.parse("2026-11-27T00:00:00Z") / DAY_MS;

describe("the days asked for", () => {
  test("are the last 30 where nothing is asked, and those chosen by one tap", () => {
    expect(readRange({}, TODAY)).toEqual({ range: { fromDay: TODAY - 29, toDay: TODAY } });
    expect(readRange({ days: "365" }, TODAY)).toEqual({ range: { fromDay: TODAY - 364, toDay: TODAY } });
    expect(readRange({ days: "31" }, TODAY)).toEqual({ range: { fromDay: TODAY - 29, toDay: TODAY } });
  });

  test("are two dates, both of them included; a last day that is still to come is today", () => {
    const range = { fromDay: TODAY - 26, toDay: TODAY };
    expect(readRange({ from: "2026-11-01", to: "2026-11-27" }, TODAY)).toEqual({ range });
    expect(readRange({ from: "2026-11-01", to: "2027-01-01" }, TODAY)).toEqual({ range });
    expect(readRange({ from: "2026-11-01" }, TODAY)).toEqual({ range });
  });

  test.each([
    [{ from: "2026-02-30", to: "" }, "from", "Write a day as 2026-02-28."],
    [{ from: "1.2.2026" }, "from", "Write a day as 2026-02-28."],
    [{ from: "2026-02-011" }, "from", "Write a day as 2026-02-28."],
    [{ from: "+002026-02-01" }, "from", "Write a day as 2026-02-28."],
    [{ from: "2026-2-1" }, "from", "Write a day as 2026-02-28."],
    [{ to: "2026-02-01" }, "from", "Write a day as 2026-02-28."],
    [{ from: "2026-02-01", to: "x" }, "to", "Write a day as 2026-02-28."],
    [{ from: "2026-11-28" }, "from", "This day is still to come."],
    [{ from: "2026-11-20", to: "2026-11-19" }, "to", "The last day is before the first."],
    [{ from: "2025-11-26" }, "from", "366 days at most."],
  ] as const)("%j is refused at its field", (asked, field, message) => {
    expect(readRange(asked, TODAY)).toEqual({ fault: { field, message } });
  });

  test("a year and a day are within the bound, and so is today alone", () => {
    expect(readRange({ from: "2025-11-27" }, TODAY)).toHaveProperty("range");
    const range = { fromDay: TODAY, toDay: TODAY };
    expect(readRange({ from: "2026-11-27" }, TODAY)).toEqual({ range });
  });

  test("end with the shop's own today, which may be another day than that of UTC", () => {
    const lateInTheEvening = Date.parse("2026-11-26T23:30:00Z");
    expect([todayIn("Europe/Stockholm", lateInTheEvening), todayIn("UTC", lateInTheEvening)]).toEqual([
      TODAY,
      TODAY - 1,
    ]);
  });
});

describe("steps", () => {
  test.each(["day", "week", "month"] as const)("by %s leave no day out and count none twice", (unit) => {
    const range = { fromDay: TODAY - 100, toDay: TODAY };
    const days = stepsOf(range, unit).flatMap(({ fromDay, toDay }) =>
      Array.from({ length: toDay - fromDay + 1 }, (_, index) => fromDay + index),
    );
    expect(days).toEqual(Array.from({ length: 101 }, (_, index) => range.fromDay + index));
  });

  test.each([
    ["day", 1, 31],
    ["week", 32, 120],
    ["month", 121, 366],
  ] as const)("are by %s from %i to %i days, so that a plot has some dozens at most", (unit, least, most) => {
    for (const days of [least, most]) {
      const range = { fromDay: TODAY - days + 1, toDay: TODAY };
      expect(stepUnitOf(range)).toBe(unit);
      expect(stepsOf(range, unit).length).toBeLessThanOrEqual(31);
    }
  });

  test.each([
    ["week", ["2026-01-20", "2026-01-27", "2026-02-03", "2026-02-10", "2026-02-17", "2026-02-24"]],
    ["month", ["2026-01-20", "2026-02-01"]],
  ] as const)("by %s begin seven days after one another, or with the month", (unit, begins) => {
    const [fromDay = 0, toDay = 0] = ["2026-01-20", "2026-02-26"].map((day) => Date.parse(day) / DAY_MS);
    expect(stepsOf({ fromDay, toDay }, unit).map((step) => isoDay(step.fromDay))).toEqual(begins);
  });

  test("begin with the shop's midnight, also on the days on which clocks are changed", () => {
    const fromDay = Date.parse("2026-10-24T00:00:00Z") / DAY_MS;
    const moments = momentsOf(stepsOf({ fromDay, toDay: fromDay + 2 }, "day"), "Europe/Stockholm");
    expect(moments.map((at) => new Date(at).toISOString())).toEqual([
      "2026-10-23T22:00:00.000Z",
      "2026-10-24T22:00:00.000Z",
      "2026-10-25T23:00:00.000Z",
      "2026-10-26T23:00:00.000Z",
    ]);
    expect(moments.map((at) => isoDay(dayOf(at, "Europe/Stockholm")))).toEqual([
      "2026-10-24",
      "2026-10-25",
      "2026-10-26",
      "2026-10-27",
    ]);
  });
});

const movement = (kind: Movement["kind"], points: number, held = 0, owed = 0): Movement => ({
  ...{ kind, points, held, owed },
  isGain: points > 0,
  entries: 1,
});

describe("what was booked", () => {
  test("counts in the figure that its kind says, and whatever does not add to the whole is no figure", () => {
    const flows = flowsOf([
      movement("earn", 749),
      movement("open", 30),
      movement("gift", 20),
      movement("adjust", 5),
      movement("adjust", -7),
      movement("mature", 0),
      movement("hold", -500, 500),
      movement("claw-back", -300, 0, 51),
      movement("release", 500, -500, -51),
      movement("hold", -100, 100),
      movement("use", 0, -100),
      movement("return", 40),
      movement("reclaim", -10),
      movement("expire", -9),
    ]);
    expect(flows).toEqual({
      ...{ earned: 749, brought: 30, given: 25, takenBack: 307, redeemed: 70, expired: 9, owedChange: 0 },
      outstandingChange: 749 + 30 + 25 - 307 - 70 - 9,
      entries: 14,
    });
  });

  test("of every kind changes what is outstanding by its figure and by what is owed", () => {
    for (const kind of ENTRY_KINDS) {
      const { earned, brought, given, takenBack, redeemed, expired, outstandingChange } = flowsOf([movement(kind, 8)]);
      const moved = earned + brought + given - takenBack - redeemed - expired;
      const onlyMoves = ["mature", "hold", "release", "merge"].includes(kind);
      expect([kind, moved]).toEqual([kind, onlyMoves ? 0 : outstandingChange]);
    }
  });
});

describe("what is outstanding", () => {
  test("stays while points wait in a code, and falls once the code is used", () => {
    expect(flowsOf([movement("hold", -100, 100)])).toEqual({ ...NO_FLOWS, entries: 1 });
    expect(flowsOf([movement("use", 0, -100)])).toEqual({
      ...NO_FLOWS,
      ...{ redeemed: 100, outstandingChange: -100, entries: 1 },
    });
  });

  test("falls by what is taken back less what becomes owed, and by what pays for it", () => {
    expect(flowsOf([movement("claw-back", -300, 0, 51)])).toEqual({
      ...NO_FLOWS,
      ...{ takenBack: 300, owedChange: 51, outstandingChange: -249, entries: 1 },
    });
    expect(flowsOf([movement("release", 500, -500, -51)])).toEqual({
      ...NO_FLOWS,
      ...{ owedChange: -51, outstandingChange: -51, entries: 1 },
    });
  });

  test("of two customers who become one is no figure of anything", () => {
    expect(flowsOf([movement("merge", -80), movement("merge", 80)])).toEqual({ ...NO_FLOWS, entries: 2 });
  });

  test("at the end of each step follows from what there is now and what was booked since", () => {
    const steps = [flowsOf([movement("earn", 100)]), NO_FLOWS, flowsOf([movement("expire", -30)])];
    // Before the first step there were 20.
    expect(outstandingAfter(steps, flowsOf([movement("earn", 5)]), 95)).toEqual([120, 120, 90]);
  });

  test("of several steps is told together as if they were one", () => {
    const some = [movement("earn", 749), movement("hold", -100, 100), movement("claw-back", -9, 0, 4)];
    const others = [movement("use", 0, -100), movement("open", 7), movement("adjust", -3)];
    expect(addFlows([flowsOf(some), flowsOf(others)])).toEqual(flowsOf([...some, ...others]));
  });
});

test("rates are shares of what their definitions say, and none where there is nothing to divide by", () => {
  expect(redemptionRate({ ...NO_FLOWS, earned: 700, brought: 200, given: 100, takenBack: 200, redeemed: 400 })).toBe(
    0.5,
  );
  expect(redemptionRate({ ...NO_FLOWS, earned: 200, takenBack: 200, redeemed: 400 })).toBe(null);
  expect(repeatRate({ buyers: 4, repeatBuyers: 1 })).toBe(0.25);
  expect(repeatRate({ buyers: 0, repeatBuyers: 0 })).toBe(null);
});

test("docs/figures.md has every definition, word for word", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/figures.md"), "utf8");
  for (const { name, definition } of [...Object.values(FIGURES), ...Object.values(SPLITS), DONATIONS])
    expect(page).toContain(`| ${name} | ${definition} |`);
});
