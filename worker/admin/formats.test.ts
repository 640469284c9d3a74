/** Numbers as the shop writes them. */
import { expect, test } from "vitest";
import { dayIsOver } from "../domain/expiry.ts";
import { formatsFor } from "./formats.ts";

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

test("numbers, money and moments are written as the shop's language, currency and time zone have them", () => {
  const swedish = formatsFor({ locale: "sv", currency: "SEK", timeZone: "Europe/Stockholm" });
  expect(plain(swedish.number(1_234_567))).toBe("1 234 567");
  expect(plain(swedish.money(123_450))).toBe("1 234,50 kr");
  const american = formatsFor({ locale: "en", currency: "USD", timeZone: "America/New_York" });
  expect(american.money(123_450)).toBe("$1,234.50");
  expect(american.signed(-20)).toBe("-20");
  expect(american.points(1)).toBe("1 point");
  // Half past three in the night of London is the evening before in New York.
  expect(american.day(Date.parse("2026-03-01T03:30:00Z"))).toBe("Feb 28, 2026");
  expect(formatsFor({ locale: "en", currency: "JPY", timeZone: null }).money(5_900)).toBe("¥5,900");
  // More minor units than a float has digits for.
  expect(american.money(9_007_199_254_740_991)).toBe("$90,071,992,547,409.91");
});

test("the last day of points that expire is the one that shoppers are told, in every time zone", () => {
  const expiresAtMs = dayIsOver(Date.parse("2026-03-01T03:30:00Z"));
  for (const timeZone of ["Pacific/Kiritimati", "Asia/Tokyo", "Europe/Stockholm", "America/New_York", null])
    expect(formatsFor({ locale: "en", currency: "USD", timeZone }).lastDay(expiresAtMs)).toBe("Mar 1, 2026");
});

test("what no runtime knows falls back to English and UTC", () => {
  const { number, moment } = formatsFor({ locale: "not a language", currency: "USD", timeZone: "Mars/Olympus" });
  expect(number(1_000)).toBe("1,000");
  expect(plain(moment(Date.parse("2026-03-01T03:30:00Z")))).toBe("Mar 1, 2026, 3:30 AM");
});
