/** Entries of older programs record less: the explanation says less then, and nothing that the full one would not say. */
import { expect, test } from "vitest";
import type { EntryDetail, EntryKind } from "../account.ts";
import type { Explained } from "./arithmetic.ts";
import { explainEntry } from "./explain.ts";

const AT_MS = Date.parse("2026-06-15T00:00:00Z");
const entry = (kind: EntryKind, changes: Partial<Explained>): Explained => {
  const { pending = 0, available = 0, owed = 0 } = changes;
  return {
    kind,
    points: pending + available - owed,
    pending,
    available,
    held: 0,
    owed,
    programVersion: 3,
    detail: {},
    ...changes,
  };
};
const told = (one: Explained) => {
  const { summary, steps } = explainEntry(one, "en");
  const plain = (text: string): string => text.replaceAll("\u00a0", " ");
  return { summary: plain(summary), steps: steps.map(({ part, text }) => `${part}: ${plain(text)}`), of: steps };
};
/** The same entry without some of its facts, in every combination. */
function lacking(one: Explained, facts: readonly (keyof EntryDetail)[]): Explained[] {
  return Array.from({ length: 2 ** facts.length }, (_, choice) => {
    const gone = new Set<string>(facts.filter((_fact, index) => (choice >> index) % 2 === 1));
    const detail = Object.fromEntries(Object.entries(one.detail).filter(([name]) => !gone.has(name)));
    return { ...one, detail };
  });
}

const EARNED = entry("earn", {
  available: 749,
  detail: {
    orderName: "#1001",
    eligibleMinor: 14_990,
    currency: "USD",
    earn: { points: 5, perMinor: 100 },
    lines: [
      { lineId: "11", netMinor: 8_990, points: 449 },
      { lineId: "12", netMinor: 5_990, points: 300 },
    ],
    targetPoints: 749,
    postedPoints: 0,
  },
});
const RETURNED = entry("return", {
  available: 200,
  detail: {
    rewardName: "Kaffe",
    costPoints: 500,
    targetPoints: 200,
    postedPoints: 0,
    returnedPoints: 200,
    refunded: { partMinor: 4_000, ofMinor: 10_000 },
    currency: "USD",
  },
});

test("of an order, without any of its facts", () => {
  const full = told(EARNED).steps;
  const less = ["line: Line: 449 points", "line: Line: 300 points", "worth: Worth: 749 points"];
  for (const one of lacking(EARNED, ["currency", "earn", "eligibleMinor", "targetPoints", "postedPoints", "lines"])) {
    const { steps, of, summary } = told(one);
    expect([...full, ...less]).toEqual(expect.arrayContaining(steps));
    expect(of.flatMap(({ lineId }) => lineId ?? [])).toEqual(one.detail.lines ? ["11", "12"] : []);
    const { eligibleMinor, currency, earn, targetPoints } = one.detail;
    const hasBasis = eligibleMinor !== undefined && currency !== undefined && earn !== undefined;
    expect(summary).toBe(`Order #1001 earned 749 points${hasBasis ? ": 149.90 USD at 5 points per 1.00 USD" : ""}.`);
    expect(steps.filter((step) => step.startsWith("worth"))).toHaveLength(targetPoints === undefined ? 0 : 1);
    expect(steps.filter((step) => step.startsWith("rule"))).toHaveLength(earn && currency ? 1 : 0);
  }
});

test("of a return, without any of its facts", () => {
  const full = told(RETURNED).steps;
  const whole = told({ ...RETURNED, detail: { ...RETURNED.detail, targetPoints: 500 } }).steps;
  expect(whole).not.toContain("share: Nothing of the order is left, so the whole price belongs back");
  for (const one of lacking(RETURNED, [
    "rewardName",
    "costPoints",
    "targetPoints",
    "postedPoints",
    "refunded",
    "currency",
    "returnedPoints",
  ]))
    expect(full).toEqual(expect.arrayContaining(told(one).steps));
});

test("of a use after the release, without its price", () => {
  expect(
    told(
      entry("reclaim", { available: -5, detail: { reason: "used-after-release", targetPoints: 5, postedPoints: 10 } }),
    ).steps,
  ).toEqual(["version: Program version 3, in force when the reward was chosen", "pot: Available: −5 points"]);
});

test("a worth that is not what the amounts come to is told without them", () => {
  const worth = (changes: EntryDetail) =>
    told({ ...EARNED, detail: { ...EARNED.detail, ...changes } }).steps.filter((step) => step.startsWith("worth"));
  expect(worth({ targetPoints: 750 })).toEqual(["worth: Worth: 750 points"]);
  expect(worth({ earn: { points: 5, perMinor: 0 } })).toEqual(["worth: Worth: 749 points"]);
  expect(worth({ net: { minor: -1 }, targetPoints: 0 })).toEqual(["worth: Worth: 0 points"]);
  expect(worth({ net: { minor: 0 }, targetPoints: 0 })).toEqual(["worth: Worth: 0.00 USD × 5 ÷ 1.00 USD = 0 points"]);
});

test("an order of which nothing is left is told by its amounts", () => {
  const detail = {
    ...EARNED.detail,
    eligibleMinor: 0,
    lines: [],
    targetPoints: 0,
    postedPoints: 749,
    reason: "nothing-left",
  };
  expect(told(entry("claw-back", { available: -749, detail })).steps).toContain(
    "worth: Worth: 0.00 USD × 5 ÷ 1.00 USD = 0 points",
  );
});

test("amount and rate stand in the sentence only where nothing else counts", () => {
  for (const more of [
    { net: { minor: 14_990 } },
    { kept: { partMinor: 1, ofMinor: 1 } },
    { paid: { paidMinor: 1, ofMinor: 1 } },
    { multiplier: 20_000 },
  ])
    expect(told({ ...EARNED, detail: { ...EARNED.detail, ...more } }).summary).toBe("Order #1001 earned 749 points.");
});

test("a version is named where there is one; before the first there is none, and it is said", () => {
  const version = (programVersion: number | null) =>
    told({ ...EARNED, programVersion }).steps.filter((step) => step.startsWith("version"));
  expect(version(null)).toEqual([]);
  expect(version(0)).toHaveLength(1);
  expect(version(0)).not.toEqual(version(3).map((step) => step.replace("3", "0")));
});

test("only points that wait have a date from which they can be used", () => {
  const detail = { availableAtMs: AT_MS };
  expect(told(entry("open", { available: 5, detail })).steps).toEqual(["pot: Available: +5 points"]);
  expect(told(entry("open", { available: 5, detail })).summary).not.toContain("2026");
  expect(told(entry("open", { pending: 5 })).summary).not.toContain("can be used");
  expect(told(entry("open", { pending: 5 })).steps).toEqual(["pot: Pending: +5 points"]);
  expect(told(entry("mature", { pending: -5, available: 5, detail })).steps).toContain("pot: Pending: −5 points");
});

test("staff's words are their own, but for a full stop at the end", () => {
  const said = (reason: string) => told(entry("adjust", { available: 5, detail: { reason } })).summary;
  expect(said("No. 5 was late.")).toBe("The shop added 5 points: “No. 5 was late”.");
});

test("other lines are told only where the amounts of all lines are known, and the worth comes out", () => {
  const net = { minor: 45_001, parts: 3 };
  const rest = (detail: EntryDetail) =>
    told({ ...EARNED, detail: { ...EARNED.detail, net, ...detail } }).steps.filter((text) =>
      text.includes("Other lines"),
    );
  expect(rest({ targetPoints: 750 })).toEqual(["line: Other lines and roundings: 0.61 USD ÷ 3"]);
  expect(rest({ targetPoints: 749 })).toEqual([]);
  const [first, second] = EARNED.detail.lines ?? [];
  if (!first || !second) throw new Error("no lines");
  expect(rest({ targetPoints: 750, lines: [first, { lineId: second.lineId, points: second.points }] })).toEqual([]);
});
