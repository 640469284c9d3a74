/** Explanations: every kind and reason in every language, true numbers, and a reason for every debit. */
import { describe, expect, test } from "vitest";
import { TERMS, typographyFaults } from "../../../dev/typography.ts";
import type { EntryDetail, EntryKind } from "../account.ts";
import type { Explained } from "./arithmetic.ts";
import { explainEntry } from "./explain.ts";
import { LANGUAGES, type Language, languageOf, TEXTS } from "./languages.ts";
import type { LossReason } from "./texts.ts";

const others = LANGUAGES.filter((language) => language !== "en");

function entry(
  kind: EntryKind,
  pots: Partial<Pick<Explained, "pending" | "available" | "held" | "owed">>,
  detail: EntryDetail = {},
): Explained {
  const { pending = 0, available = 0, held = 0, owed = 0 } = pots;
  const programVersion = ["mature", "expire", "adjust", "open", "merge"].includes(kind) ? null : 3;
  return { kind, points: pending + available - owed, pending, available, held, owed, programVersion, detail };
}

const ORDER = { orderName: "#1001" } as const;
const REWARD = { rewardName: "Kaffe", costPoints: 500 } as const;
const AMOUNTS = {
  ...ORDER,
  eligibleMinor: 14_990,
  currency: "USD",
  earn: { points: 5, perMinor: 100 },
  lines: [
    { lineId: "11", netMinor: 8_990, points: 449 },
    { lineId: "12", netMinor: 5_990, points: 300 },
  ],
  targetPoints: 749,
  postedPoints: 0,
} as const satisfies EntryDetail;
const availableAtMs = Date.parse("2026-06-15T00:00:00Z");

const LOSSES = Object.keys(TEXTS.en.sentences.losses) as LossReason[];

/** Every kind with every reason there is, at the numbers given. */
function samples(count: number): [name: string, entry: Explained][] {
  const loss = (reason: LossReason): [string, Explained] => [
    `claw-back ${reason}`,
    entry("claw-back", { available: -count, owed: 0 }, { ...ORDER, targetPoints: 0, postedPoints: count, reason }),
  ];
  const held = { available: -count, held: count };
  const spent = { held: -count };
  const back = { available: count };
  const returned = { ...ORDER, ...REWARD, targetPoints: count, postedPoints: 0, returnedPoints: count };
  const refunded = { refunded: { partMinor: 2_000, ofMinor: 5_000 }, currency: "USD" };
  return [
    ["earn", entry("earn", { pending: count }, { ...AMOUNTS, availableAtMs })],
    ["earn more", entry("earn", back, { ...ORDER, targetPoints: 100 + count, postedPoints: 100 })],
    ["earn that pays", entry("earn", { available: 0, owed: -count }, ORDER)],
    ["earn of which nothing else is known", entry("earn", back)],
    [
      "earn of a part, by a tier",
      entry("earn", back, {
        ...AMOUNTS,
        paid: { paidMinor: 5_000, ofMinor: 19_900 },
        net: { minor: 40_000, parts: 3 },
        kept: { partMinor: 13_990, ofMinor: 14_990 },
        multiplier: 15_000,
        targetPoints: 234,
      }),
    ],
    [
      "earn of what is in no group",
      entry("earn", back, {
        ...AMOUNTS,
        notCounted: [
          { kind: "collection", title: "Outlet" },
          { kind: "tag", title: "sale" },
        ],
      }),
    ],
    ...LOSSES.map(loss),
    ["claw-back owed", entry("claw-back", { pending: -count, available: -count, owed: count }, AMOUNTS)],
    [
      "claw-back forgiven",
      entry(
        "claw-back",
        { available: -count },
        { ...ORDER, reason: "cancelled", targetPoints: 0, postedPoints: 2 * count, forgivenPoints: count },
      ),
    ],
    [
      "claw-back expired",
      entry(
        "claw-back",
        { available: -count },
        { ...ORDER, reason: "cancelled", targetPoints: 0, postedPoints: 2 * count, lapsedPoints: count },
      ),
    ],
    ["mature", entry("mature", { pending: -count, available: count }, ORDER)],
    ["mature that pays", entry("mature", { pending: -count - 1, available: 1, owed: -count })],
    ["expire", entry("expire", { available: -count })],
    ["expire on a date", entry("expire", { available: -count }, { expiry: null })],
    [
      "expire by age",
      entry("expire", { available: -count }, { ...ORDER, expiry: { kind: "after-available", months: 12 } }),
    ],
    ["expire by rest", entry("expire", { available: -count }, { expiry: { kind: "after-inactivity", months: 1 } })],
    ["hold", entry("hold", held, REWARD)],
    ["hold donation", entry("hold", held, { ...REWARD, reason: "donation" })],
    ["use", entry("use", spent, { ...REWARD, ...ORDER })],
    ["use donation", entry("use", spent, { ...REWARD, reason: "donation" })],
    ...["cancelled", "expired", "refused", "something new"].map((reason): [string, Explained] => [
      `release ${reason}`,
      entry("release", { ...back, held: -count }, { ...REWARD, reason }),
    ]),
    ["release that pays", entry("release", { owed: -count, held: -count }, REWARD)],
    [
      "reclaim used-after-release",
      entry("reclaim", { owed: count }, { ...REWARD, ...ORDER, reason: "used-after-release" }),
    ],
    [
      "reclaim refund-undone",
      entry(
        "reclaim",
        { available: -count },
        {
          ...returned,
          ...refunded,
          targetPoints: 200,
          postedPoints: 200 + count,
          reason: "refund-undone",
        },
      ),
    ],
    ...["cancelled", "deleted", "refunded"].map((reason): [string, Explained] => [
      `return ${reason}`,
      entry("return", back, { ...returned, reason }),
    ]),
    [
      "return in part",
      entry("return", back, { ...returned, ...refunded, targetPoints: 200, postedPoints: 200 - count }),
    ],
    ["adjust up", entry("adjust", back, { reason: "Tack!" })],
    ["adjust down", entry("adjust", { available: -count }, { reason: "Tack!" })],
    ["adjust without a word", entry("adjust", { available: -count })],
    ["open", entry("open", { pending: count }, { availableAtMs })],
    ["gift", entry("gift", back, { tierName: "Kaffe" })],
    ["gift of a tier without a name", entry("gift", { available: count })],
    ["merge in", entry("merge", { available: count, held: count, owed: 2 }, { reason: "moved-in" })],
    ["merge out", entry("merge", { available: -count, held: -count, owed: -2 }, { reason: "moved-out" })],
    ["merge out, long ago", entry("merge", { available: -count })],
  ];
}

const all = [...samples(1), ...samples(2), ...samples(1_234_567)];
const textsOf = (one: Explained, language: Language): string[] => {
  const { summary, steps } = explainEntry(one, language);
  return [summary, ...steps.map(({ text }) => text)];
};
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
const summaryIn = (language: Language, one: Explained): string => plain(explainEntry(one, language).summary);
const stepsIn = (language: Language, one: Explained): string[] =>
  explainEntry(one, language).steps.map(({ text }) => plain(text));

describe.each(LANGUAGES)("in %s", (language) => {
  test("every kind with every reason has whole sentences, and no hole where a fact should be", () => {
    for (const [name, one] of all) {
      const { summary, steps } = explainEntry(one, language);
      expect(summary, name).toMatch(/^\p{Lu}.*\.$|^[\d\p{Z}.,]+ .*\.$/u);
      expect(steps.length, name).toBeGreaterThan(0);
      for (const text of textsOf(one, language)) {
        expect(text, name).toMatch(/\p{L}/u);
        expect(typographyFaults(language, text), `${name}: ${text}`).toEqual([]);
        expect(text, name).not.toMatch(/undefined|NaN|\bnull\b|Infinity|\[object|[{}$]|=>| {2}|\s[.,]|\.\.|^\s|\s$/);
      }
    }
  });

  test("points, rewards, codes and tiers are called what the storefront calls them", () => {
    const { points, steps, sentences } = TEXTS[language];
    expect(points(2)).toMatch(TERMS[language].point);
    expect(steps.reward("x")).toMatch(TERMS[language].reward);
    expect(sentences.released("expired", "x", 2)).toMatch(TERMS[language].code);
    expect(sentences.gift("x", 2)).toMatch(TERMS[language].tier);
  });

  test("every debit says why, and names what it is about", () => {
    for (const [name, one] of all.filter(([, { points }]) => points < 0)) {
      const { summary } = explainEntry(one, language);
      if (one.kind === "claw-back" || one.kind === "reclaim") expect(summary, name).toContain("#1001");
      if (one.kind === "hold" || one.kind === "reclaim") expect(summary, name).toContain("Kaffe");
      if (name === "adjust down") expect(summary).toContain("Tack!");
      if (name === "expire by age") expect(summary).toContain("12");
      const bare = summary.replace(/[\d\p{Z}.,:]+|#1001|Kaffe/gu, " ").split(" ");
      expect(bare.filter(Boolean).length, `${name}: ${summary}`).toBeGreaterThan(3);
    }
    const reasons = LOSSES.map((reason) => TEXTS[language].sentences.losses[reason](null));
    expect(new Set(reasons).size).toBe(LOSSES.length);
  });

  test("what is owed, forgiven or paid is said", () => {
    const { sentences } = TEXTS[language];
    for (const [name, one] of all.filter(([, { kind }]) => kind !== "merge")) {
      const { summary } = explainEntry(one, language);
      if (one.owed > 0) expect(summary, name).toContain(sentences.owed(one.owed));
      if (one.owed < 0) expect(summary, name).toContain(sentences.repaid(-one.owed));
      const { forgivenPoints = 0 } = one.detail;
      if (forgivenPoints > 0) expect(summary, name).toContain(sentences.forgiven(forgivenPoints));
    }
  });
});

describe.each(others)("%s", (language) => {
  test("has no English left over", () => {
    const english = /\b(the|were|of|and|now|been|back|with|from|taken|they|it|its|reward|order|used|after)\b/i;
    for (const [name, one] of all) {
      const translated = textsOf(one, language);
      for (const [index, text] of textsOf(one, "en").entries()) expect(translated[index], name).not.toBe(text);
      for (const text of translated) expect(text, name).not.toMatch(english);
    }
  });
  test("writes numbers as its readers do", () => {
    const { number, money, date, decimal } = TEXTS[language];
    const own = (digits: number) =>
      new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    expect(number(1_234_567)).toBe(own(0).format(1_234_567));
    expect(money(123_450, "USD")).toBe(`${own(2).format(1_234.5)}\u00a0USD`);
    expect(money(123_450, "KWD")).toBe(`${own(3).format(123.45)}\u00a0KWD`);
    expect(money(123_450, "JPY")).toBe(`${own(0).format(123_450)}\u00a0JPY`);
    expect(decimal("749.5")).toBe(own(1).format(749.5));
    expect(date(availableAtMs)).toMatch(/2026/);
  });
});

describe("numbers", () => {
  test("money has the decimals of its currency, and below zero a true minus", () => {
    const { money, number, signed } = TEXTS.en;
    expect([money(5, "USD"), money(123_450, "JPY"), money(123_450, "KWD"), money(-1, "USD")].map(plain)).toEqual([
      "0.05 USD",
      "123,450 JPY",
      "123.450 KWD",
      "−0.01 USD",
    ]);
    expect([number(-1_000), signed(1_000), signed(0)]).toEqual(["−1,000", "+1,000", "0"]);
    expect(plain(money(Number.MAX_SAFE_INTEGER, "EUR"))).toBe("90,071,992,547,409.91 EUR");
  });
  test.each([
    ["en", "1 point was taken back: the order was deleted.", "2 points were taken back: the order was deleted."],
    ["sv", "1 poäng drogs tillbaka: beställningen raderades.", "2 poäng drogs tillbaka: beställningen raderades."],
    [
      "nb",
      "1 poeng ble trukket tilbake: bestillingen ble slettet.",
      "2 poeng ble trukket tilbake: bestillingen ble slettet.",
    ],
    ["da", "1 point blev trukket tilbage: ordren blev slettet.", "2 point blev trukket tilbage: ordren blev slettet."],
    ["fi", "1 piste peruttiin: tilaus poistettiin.", "2 pistettä peruttiin: tilaus poistettiin."],
    [
      "de",
      "1 Punkt wurde abgezogen: Die Bestellung wurde gelöscht.",
      "2 Punkte wurden abgezogen: Die Bestellung wurde gelöscht.",
    ],
    [
      "fr",
      "1 point a été repris : la commande a été supprimée.",
      "2 points ont été repris : la commande a été supprimée.",
    ],
  ] as const)("one and many in %s", (language, one, many) => {
    const lost = (points: number) => entry("claw-back", { available: -points }, { reason: "deleted" });
    expect([summaryIn(language, lost(1)), summaryIn(language, lost(2))]).toEqual([one, many]);
  });
  test("a Finnish object has its own form, French counts zero as one", () => {
    const gift = (points: number) => summaryIn("fi", entry("adjust", { available: points }, { reason: "Kiitos" }));
    expect([gift(1), gift(2)]).toEqual(["Kauppa lisäsi 1 pisteen: ”Kiitos”.", "Kauppa lisäsi 2 pistettä: ”Kiitos”."]);
    expect([0, 1, 2].map(TEXTS.fr.points)).toEqual(["0 point", "1 point", "2 points"]);
    expect([0, 1, 2].map(TEXTS.de.points)).toEqual(["0 Punkte", "1 Punkt", "2 Punkte"]);
  });
  test("staff's words keep their own full stop to themselves", () => {
    expect(summaryIn("en", entry("adjust", { available: 5 }, { reason: " Sorry for the wait. " }))).toBe(
      "The shop added 5 points: “Sorry for the wait”.",
    );
  });
});

describe("the unfolding", () => {
  test("of an order: lines, what they come to, rule, version, worth, what was counted before, pots", () => {
    const one = entry("claw-back", { pending: -10, available: -30, owed: 10 }, { ...AMOUNTS, postedPoints: 799 });
    expect(stepsIn("en", one)).toEqual([
      "Order #1001",
      "Line of 89.90 USD: 449 points",
      "Line of 59.90 USD: 300 points",
      "Other lines and roundings: 0.10 USD",
      "Together 149.90 USD: products after discounts and refunds, without tax and shipping",
      "Rule: 5 points per 1.00 USD",
      "Program version 3, in force when the order was placed",
      "Worth: 149.90 USD × 5 ÷ 1.00 USD = 749.5, rounded down to 749 points",
      "749 (worth now) − 799 (counted before) = −50 points",
      "Pending: −10 points",
      "Available: −30 points",
      "Owed: +10 points",
      "−10 (pending) − 30 (available) − 10 (owed) = −50 points",
    ]);
    expect(explainEntry(one, "en").steps.flatMap(({ lineId }) => lineId ?? [])).toEqual(["11", "12"]);
  });
  test.each([
    ["en", "without tax and shipping", "with tax and without shipping"],
    ["sv", "utan skatt och frakt", "med skatt och utan frakt"],
    ["nb", "uten avgift og frakt", "med avgift og uten frakt"],
    ["da", "uden moms og fragt", "med moms og uden fragt"],
    ["fi", "ilman veroa ja toimitusta", "verot mukaan lukien ja ilman toimitusta"],
    ["de", "ohne Steuer und Versand", "inklusive Steuer und ohne Versand"],
    ["fr", "hors taxes et livraison", "taxes comprises et hors livraison"],
  ] as const)("of an order says in %s whether tax is in the amount", (language, without, withTax) => {
    const together = (detail: EntryDetail) =>
      stepsIn(language, entry("earn", { available: 749 }, detail)).find((text) => text.includes("149"));
    expect(together(AMOUNTS)).toMatch(new RegExp(`[,\\s]${without}$`));
    expect(together({ ...AMOUNTS, withTax: true })).toMatch(new RegExp(`[,\\s]${withTax}$`));
  });
  test("of a part of an order: each share is a factor, and so is the tier's multiplier", () => {
    const detail = {
      ...AMOUNTS,
      lines: [],
      net: { minor: 40_000, parts: 3 },
      kept: { partMinor: 13_990, ofMinor: 14_990 },
      paid: { paidMinor: 5_000, ofMinor: 19_900 },
      multiplier: 12_500,
      targetPoints: 195,
    };
    expect(stepsIn("en", entry("earn", { available: 195 }, detail))).toEqual([
      "Order #1001",
      "Together 400.00 USD ÷ 3: products after discounts and refunds, without tax and shipping",
      "Money was refunded beyond the lines: 139.90 USD of 149.90 USD is left, and every line counts in that proportion",
      "Paid so far: 50.00 USD of 199.00 USD, and the order counts in that proportion",
      "Rule: 5 points per 1.00 USD",
      "Multiplier of the tier: × 1.25",
      "Program version 3, in force when the order was placed",
      "Worth: (400.00 USD ÷ 3) × 139.90 USD ÷ 149.90 USD × 50.00 USD ÷ 199.00 USD × 5 ÷ 1.00 USD × 1.25 = 195.412…, rounded down to 195 points",
      "195 (worth now) − 0 (counted before) = 195 points",
      "Available: +195 points",
    ]);
  });
  test("of an order that is worth nothing says why instead", () => {
    const detail = { ...AMOUNTS, eligibleMinor: 0, lines: [], targetPoints: 0, postedPoints: 749, reason: "cancelled" };
    expect(stepsIn("en", entry("claw-back", { available: -749 }, detail))).toContain(
      "Worth: 0 points (order #1001 was cancelled)",
    );
  });
  test("of points that came back: the share of the discount, the price, what was back before", () => {
    const detail = {
      ...ORDER,
      ...REWARD,
      reason: "refunded",
      refunded: { partMinor: 2_000, ofMinor: 3_000 },
      currency: "USD",
      targetPoints: 333,
      postedPoints: 100,
    };
    expect(stepsIn("en", entry("return", { available: 233 }, detail))).toEqual([
      "Order #1001",
      "Reward: “Kaffe”",
      "Price: 500 points",
      "Program version 3, in force when the reward was chosen",
      "Of the reward’s discount of 30.00 USD, 20.00 USD belonged to what was refunded",
      "Belongs back: 500 points × 20.00 USD ÷ 30.00 USD = 333.333…, rounded down to 333 points",
      "333 (belongs back now) − 100 (was back before) = 233 points",
      "Available: +233 points",
    ]);
  });
  test("never shows a sum that does not come out: an older entry says less, and nothing false", () => {
    const { lines: _, ...amounts } = AMOUNTS;
    const rounded = { ...amounts, eligibleMinor: 13_990, lines: [{ lineId: "11", points: 698 }], targetPoints: 698 };
    expect(stepsIn("en", entry("earn", { available: 698 }, rounded))).toEqual([
      "Order #1001",
      "Line: 698 points",
      "Together 139.90 USD: products after discounts and refunds, without tax and shipping",
      "Rule: 5 points per 1.00 USD",
      "Program version 3, in force when the order was placed",
      "Worth: 698 points",
      "698 (worth now) − 0 (counted before) = 698 points",
      "Available: +698 points",
    ]);
    const forgiven = { ...ORDER, reason: "cancelled", targetPoints: 0, postedPoints: 749 };
    expect(stepsIn("en", entry("claw-back", { available: -700 }, forgiven)).join()).not.toContain("749");
    const old = { ...REWARD, ...ORDER, returnedPoints: 300 };
    expect(stepsIn("en", entry("return", { available: 200 }, old))).toContain(
      "300 (belongs back now) − 100 (was back before) = 200 points",
    );
    expect(stepsIn("en", entry("earn", { available: 5 }))).toEqual([
      "Program version 3, in force when the order was placed",
      "Available: +5 points",
    ]);
  });
});

test("a locale asks for its language; what we do not speak is answered in English", () => {
  const asked = ["sv", "sv-SE", "NB-no", "no", "nn-NO", "fr-CA", "de_AT", "pt-BR", "", undefined, null, "toString"];
  expect(asked.map(languageOf)).toEqual(["sv", "sv", "nb", "nb", "nb", "fr", "de", "en", "en", "en", "en", "en"]);
});
