import { describe, expect, test } from "vitest";
import { Book, DAY_MS, NOW_MS, rulesWith } from "../../dev/test-book.ts";
import { accountAt } from "./due.ts";
import { dayIsOver, type ExpiryRule, expiryOf, expiryTerms, lastDayBefore, monthsAfter } from "./expiry.ts";
import { PROGRAM_DEFAULTS, type ProgramVersion, shopRules } from "./program.ts";

const at = (text: string): number => Date.parse(`${text}Z`);
const moment = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString().slice(0, 16));
const afterAvailable = (months: number): ExpiryRule => ({ kind: "after-available", months });
const afterInactivity = (months: number): ExpiryRule => ({ kind: "after-inactivity", months });

function versions(...rules: [since: string, rule: ExpiryRule | null, published?: string][]): ProgramVersion[] {
  return rules.map(([since, expiry, published = since], index) => ({
    version: index + 1,
    inForceFromMs: at(since),
    publishedAtMs: at(published),
    program: { earn: { points: 1, perMinor: 100 }, pendingDays: 0, rewards: [], ...PROGRAM_DEFAULTS, expiry },
  }));
}

function expiryUnder(list: readonly ProgramVersion[], availableAt: string, lastActivity: string | null = null) {
  const lot = { orderId: null, availableAtMs: at(availableAt), fixedExpiryMs: null };
  return moment(expiryOf(lot, expiryTerms(list), lastActivity === null ? null : at(lastActivity)));
}

describe("points expire", () => {
  test("months after they became available, when that day is over everywhere (I10)", () => {
    const rule = versions(["2026-01-01T00:00", afterAvailable(12)]);
    expect(expiryUnder(rule, "2026-03-10T15:30")).toBe("2027-03-11T12:00");
  });
  test("then also where the member did something later", () => {
    const rule = versions(["2026-01-01T00:00", afterAvailable(12)]);
    expect(expiryUnder(rule, "2026-03-10T15:30", "2026-09-01T08:00")).toBe("2027-03-11T12:00");
  });
  test("after the day that people are told, and not on it", () => {
    for (const on of ["2026-12-31T00:00", "2026-12-31T15:30", "2026-12-31T23:59"])
      expect(lastDayBefore(dayIsOver(at(on)))).toBe("2026-12-31");
    // On a date of its own: noon is when a day is over for the last people on Earth.
    expect(lastDayBefore(at("2027-01-01T11:59"))).toBe("2026-12-31");
    expect(lastDayBefore(at("2027-01-01T12:01"))).toBe("2027-01-01");
  });
  test("on a short month's last day, where the day does not exist", () => {
    expect(moment(monthsAfter(at("2026-01-31T10:00"), 1))).toBe("2026-02-28T10:00");
    expect(moment(monthsAfter(at("2027-08-31T10:00"), 6))).toBe("2028-02-29T10:00");
    expect(moment(monthsAfter(at("2026-12-15T10:00"), 1))).toBe("2027-01-15T10:00");
  });
  test("months after the member's last activity, all of them together", () => {
    const rule = versions(["2026-01-01T00:00", afterInactivity(6)]);
    expect(expiryUnder(rule, "2026-02-01T00:00", "2026-05-05T08:00")).toBe("2026-11-06T12:00");
    expect(expiryUnder(rule, "2026-02-01T00:00")).toBe("2026-08-02T12:00");
  });
  test("never, without a rule", () => {
    expect(expiryUnder(versions(["2026-01-01T00:00", null]), "2026-02-01T00:00")).toBe(null);
    expect(expiryUnder([], "2026-02-01T00:00")).toBe(null);
  });
  test("on their own date, whatever the program says", () => {
    const lot = { orderId: null, availableAtMs: 0, fixedExpiryMs: 17 };
    expect(expiryOf(lot, expiryTerms(versions(["2026-01-01T00:00", afterAvailable(1)])), null)).toBe(17);
  });
});

describe("a change of the rule", () => {
  test("switching expiry on starts the clock that day", () => {
    const list = versions(["2020-01-01T00:00", null], ["2026-06-01T09:00", afterAvailable(12)]);
    expect(expiryUnder(list, "2021-01-01T00:00")).toBe("2027-06-02T12:00");
    expect(expiryUnder(list, "2026-07-01T00:00")).toBe("2027-07-02T12:00");
  });
  test("a rule begins no earlier than it was published, however far back it is dated", () => {
    const list = versions(["2000-01-01T00:00", afterAvailable(12), "2026-06-01T00:00"]);
    expect(expiryUnder(list, "2020-01-01T00:00")).toBe("2027-06-02T12:00");
  });
  test("other changes of the program leave the clock running", () => {
    const list = versions(["2026-01-01T00:00", afterAvailable(12)], ["2026-06-01T00:00", afterAvailable(12)]);
    expect(expiryUnder(list, "2026-02-01T00:00")).toBe("2027-02-02T12:00");
  });
  test("a shorter life counts from the day it begins: nobody's points vanish overnight", () => {
    const list = versions(["2020-01-01T00:00", afterAvailable(24)], ["2026-06-01T00:00", afterAvailable(6)]);
    expect(expiryUnder(list, "2025-01-01T00:00")).toBe("2026-12-02T12:00");
  });
  test("what an ended rule had made expire stays expired; what it had not, lives on", () => {
    const list = versions(["2020-01-01T00:00", afterAvailable(12)], ["2026-06-01T00:00", null]);
    expect(expiryUnder(list, "2025-01-01T00:00")).toBe("2026-01-02T12:00");
    expect(expiryUnder(list, "2026-01-01T00:00")).toBe(null);
  });
});

describe("in a book", () => {
  const yearly = rulesWith(0, { expiry: afterAvailable(12) });
  const expiresAtMs = monthsAfter(NOW_MS, 12) + 1.5 * DAY_MS;

  test("expiry is right on read and booked once, and says so", () => {
    const book = new Book();
    book.rules = yearly;
    book.settle("1", 10_000);
    expect(accountAt(book.account, yearly, expiresAtMs - 1).available).toBe(100);
    expect(accountAt(book.account, yearly, expiresAtMs).available).toBe(0);
    book.sweep(expiresAtMs);
    book.sweep(expiresAtMs + DAY_MS);
    expect(book.entries.map(({ kind, points }) => [kind, points])).toEqual([
      ["earn", 100],
      ["expire", -100],
    ]);
    expect(book.account.lots[0]).toMatchObject({ expired: true, remaining: 0 });
  });
  test("a lot whose expiry is booked is never filled again, also when the rule has gone", () => {
    const book = new Book();
    book.rules = yearly;
    book.settle("1", 10_000);
    book.hold("a");
    book.sweep(expiresAtMs);
    book.rules = shopRules("USD", [
      ...yearly.versions,
      {
        version: 2,
        inForceFromMs: expiresAtMs + DAY_MS,
        publishedAtMs: 0,
        program: { earn: { points: 1, perMinor: 100 }, pendingDays: 0, rewards: [], ...PROGRAM_DEFAULTS },
      },
    ]);
    book.release("a", expiresAtMs + 2 * DAY_MS);
    expect(book.pots()).toMatchObject({ available: 50, held: 0 });
    expect(book.account.lots.map(({ id, remaining }) => [id, remaining])).toEqual([
      ["order:1:1", 0],
      ["release:a/1", 50],
    ]);
  });
  test("an order or a choice of a reward keeps the points of a member alive, a refund does not", () => {
    const book = new Book();
    book.rules = rulesWith(0, { expiry: afterInactivity(1) });
    book.settle("1", 10_000, NOW_MS, book.rules, { createdAtMs: NOW_MS });
    const later = NOW_MS + 25 * DAY_MS;
    book.hold("a", later);
    const refunded = later + 20 * DAY_MS;
    book.settle("1", 9_000, refunded, book.rules, { createdAtMs: NOW_MS });
    expect(book.account.lastActivityMs).toBe(later);
    expect(accountAt(book.account, book.rules, monthsAfter(later, 1)).available).toBe(40);
    expect(accountAt(book.account, book.rules, monthsAfter(later, 1) + 1.5 * DAY_MS).available).toBe(0);
  });
  test("what has expired by inactivity stays expired when the member comes back", () => {
    const book = new Book();
    book.rules = rulesWith(0, { expiry: afterInactivity(1) });
    book.settle("1", 10_000, NOW_MS, book.rules, { createdAtMs: NOW_MS });
    const later = NOW_MS + 60 * DAY_MS;
    book.settle("2", 1_000, later, book.rules, { createdAtMs: later });
    expect(book.pots()).toMatchObject({ available: 10 });
  });
});
