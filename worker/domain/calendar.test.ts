import { describe, expect, test } from "vitest";
import { addMonths, clockText, dayFromIso, dayOf, isoDay, momentAt, startOfDay, startOfYear } from "./calendar.ts";

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 86_400_000;
const text = (number: number): string => new Date(number * 86_400_000).toISOString().slice(0, 10);

describe("a day of the shop's calendar", () => {
  test.each([
    ["2026-12-31T22:59:59Z", "Europe/Stockholm", "2026-12-31"],
    ["2026-12-31T23:00:00Z", "Europe/Stockholm", "2027-01-01"],
    ["2026-12-31T22:59:59.999Z", "Europe/Stockholm", "2026-12-31"],
    ["2026-12-31T23:00:00.001Z", "Europe/Stockholm", "2027-01-01"],
    ["1969-12-31T23:00:00.001Z", "Europe/Stockholm", "1970-01-01"],
    ["2026-12-31T23:00:00Z", "America/Los_Angeles", "2026-12-31"],
    ["2026-12-31T10:00:00Z", "Pacific/Kiritimati", "2027-01-01"],
    ["2026-12-31T23:00:00Z", "UTC", "2026-12-31"],
    ["2026-12-31T23:00:00Z", "Nowhere/Land", "2026-12-31"],
  ])("at %s in %s is %s", (moment, zone, expected) => {
    expect(text(dayOf(Date.parse(moment), zone))).toBe(expected);
  });

  test.each([
    "UTC",
    "Europe/Stockholm",
    "America/St_Johns",
    "Asia/Kathmandu",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Beirut",
    "Australia/Lord_Howe",
  ])("begins in %s at its first moment, also where the clock skips midnight", (zone) => {
    for (let number = day("2026-01-01"); number < day("2027-01-02"); number++) {
      const start = startOfDay(number, zone);
      expect([dayOf(start, zone), dayOf(start - 1, zone)], text(number)).toEqual([number, number - 1]);
    }
  });

  test("is written as 2026-02-28, and in no other way", () => {
    for (const number of [0, day("2024-02-29"), day("2026-12-31")]) expect(dayFromIso(isoDay(number))).toBe(number);
    expect([isoDay(0), dayFromIso("2026-02-28")]).toEqual(["1970-01-01", day("2026-02-28")]);
    for (const other of [
      "",
      "2026-02-30",
      "2026-13-01",
      "2026-2-1",
      "1.2.2026",
      "2026-02-28T00:00",
      "+002026-02-28",
      "+010000-01-01",
      "-000001-01-01",
    ])
      expect(dayFromIso(other)).toBeNull();
  });

  test("some months later is the same day, or the last one of a shorter month", () => {
    expect(text(addMonths(day("2024-01-31"), 1))).toBe("2024-02-29");
    expect(text(addMonths(day("2024-03-31"), -1))).toBe("2024-02-29");
    expect(text(addMonths(day("2024-02-29"), 12))).toBe("2025-02-28");
    expect(text(addMonths(day("2026-11-15"), 14))).toBe("2028-01-15");
    expect(text(startOfYear(day("2026-11-15"), 1))).toBe("2027-01-01");
  });
});

describe("a time of a day by the shop's clocks", () => {
  const at = (text: string, zone: string): string | null => {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = text.split(/\D/).map(Number);
    const moment = momentAt(zone, { year, month, day, hour, minute });
    return moment === null ? null : new Date(moment).toISOString().slice(0, 16);
  };

  test.each([
    ["2026-12-01 00:00", "Europe/Stockholm", "2026-11-30T23:00"],
    ["2026-07-01 00:00", "Europe/Stockholm", "2026-06-30T22:00"],
    ["2026-12-01 09:30", "Asia/Kathmandu", "2026-12-01T03:45"],
    ["2026-12-01 00:00", "UTC", "2026-12-01T00:00"],
    ["2026-12-01 00:00", "Nowhere/Land", "2026-12-01T00:00"],
    ["2028-02-29 12:00", "America/Los_Angeles", "2028-02-29T20:00"],
    ["2026-03-29 03:30", "Europe/Stockholm", "2026-03-29T01:30"],
    ["2026-03-29 01:59", "Europe/Stockholm", "2026-03-29T00:59"],
  ])("%s in %s is %s UTC, and is written so", (text, zone, expected) => {
    expect(at(text, zone)).toBe(expected);
    expect(clockText(Date.parse(`${expected}:59Z`), zone)).toBe(text);
  });

  test("that clocks show twice is the first one, and one that they skip is none", () => {
    expect(at("2026-10-25 02:30", "Europe/Stockholm")).toBe("2026-10-25T00:30");
    expect(at("2026-03-29 02:30", "Europe/Stockholm")).toBeNull();
  });

  test.each([
    "2026-02-30 00:00",
    "2026-13-01 00:00",
    "2026-12-01 24:00",
    "2026-12-31 24:00",
    "2026-12-01 10:60",
    "2026-00-10 00:00",
  ])("%s is none", (text) => {
    expect(at(text, "Europe/Stockholm")).toBeNull();
  });
});
