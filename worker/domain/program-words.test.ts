import { describe, expect, test } from "vitest";
import { changeInWords, FIVE_OFF, programWith } from "../../dev/test-program-words.ts";
import { NO_EXCLUSIONS } from "./program.ts";
import { differenceInWords } from "./program-words.ts";

const afterAvailable = { expiry: { kind: "after-available", months: 12 } };
const afterInactivity = { expiry: { kind: "after-inactivity", months: 1 } };

describe("a change of the program is told as a merchant would say it", () => {
  test.each([
    [
      {},
      { earn: { points: 12, perMinor: 10_000 } },
      "Orders earn 12 points per 100.00 EUR instead of 10 points per 100.00 EUR.",
    ],
    [
      {},
      { earn: { points: 1, perMinor: 100 } },
      "Orders earn 1 point per 1.00 EUR instead of 10 points per 100.00 EUR.",
    ],
    [{}, { pendingDays: 30 }, "Points wait 30 days before they can be used instead of 14 days."],
    [{}, { pendingDays: 0 }, "Points can be used at once instead of after 14 days."],
    [{ pendingDays: 1 }, { pendingDays: 0 }, "Points can be used at once instead of after 1 day."],
    [{}, afterAvailable, "Points expire 12 months after they became available."],
    [
      afterAvailable,
      afterInactivity,
      "Points expire 1 month after the member’s last activity instead of 12 months after they became available.",
    ],
    [afterInactivity, {}, "Points do not expire any more (they did 1 month after the member’s last activity)."],
    [
      {},
      { owing: "stop-at-zero" },
      "What a refund can no longer take back, because it was spent, is forgiven; balances stop at zero.",
    ],
    [
      { owing: "stop-at-zero" },
      {},
      "What a refund can no longer take back, because it was spent, is owed, and paid by coming points.",
    ],
    [{}, { returnSpent: false }, "Points that were spent on an order do not come back when it is refunded."],
    [{ returnSpent: false }, {}, "Points that were spent on an order come back as it is refunded."],
    [{}, { taxEarns: true }, "Tax on products earns points, like their prices."],
    [{ taxEarns: true }, {}, "Tax on products earns no points."],
    [{}, { membership: "joined" }, "Only customers who joined take part."],
    [{}, { membership: "pilot" }, "Only customers on the pilot's list take part."],
    [{ membership: "pilot" }, {}, "Everybody with a customer account takes part."],
    [
      {},
      { state: "paused" },
      "The program is paused: nobody earns or chooses a reward. Balances stay, and codes go on being good.",
    ],
    [{ state: "paused" }, {}, "The program is live: orders earn and rewards can be chosen."],
  ])("from %j to %j", (before, after, sentence) => {
    expect(changeInWords(after, before)).toEqual([sentence]);
  });

  test("with amounts of currencies that have no cents", () => {
    expect(changeInWords({ earn: { points: 1, perMinor: 100 } }, {}, "JPY")).toEqual([
      "Orders earn 1 point per 100 JPY instead of 10 points per 10000 JPY.",
    ]);
  });
});

describe("what is left out is told as a merchant would say it", () => {
  const excluding = (changes: Record<string, readonly string[]>) => ({ exclusions: { ...NO_EXCLUSIONS, ...changes } });
  test.each([
    [{ productIds: ["7"] }, "Products with the number 7"],
    [{ collectionIds: ["9"] }, "Products of the collection with the number 9"],
    [{ tags: ["sale"] }, "Products with the tag “sale”"],
    [{ vendors: ["Acme"] }, "Products of Acme"],
    [{ channels: ["pos"] }, "Orders from the channel “pos”"],
  ])("%j", (changes, what) => {
    expect(changeInWords(excluding(changes))).toEqual([`${what} earn nothing.`]);
    expect(changeInWords({}, excluding(changes))).toEqual([`${what} earn points again.`]);
  });

  test("also where nothing differs but how it is listed", () => {
    expect(changeInWords(excluding({ tags: ["b", "a"] }), excluding({ tags: ["a", "b"] }))).toEqual([
      "Exclusions, tags in another order.",
    ]);
  });
});

test("a first program is told whole: each reward of it is new, and what it leaves out earns nothing", () => {
  const exclusions = { ...NO_EXCLUSIONS, vendors: ["Acme"] };
  const rewards = [FIVE_OFF, { ...FIVE_OFF, id: "tour", name: "A tour", kind: "experience", cost: 1, valueMinor: 0 }];
  expect(differenceInWords(null, programWith({ rewards, exclusions }), "EUR")).toEqual([
    "Orders earn 10 points per 100.00 EUR.",
    "Points wait 14 days before they can be used.",
    "The reward “5 off” is new: it takes 5.00 EUR off, costs 500 points and is good for 30 days.",
    "The reward “A tour” is new: it is something that you do by hand and costs 1 point.",
    "Points do not expire.",
    "What a refund can no longer take back, because it was spent, is owed, and paid by coming points.",
    "Points that were spent on an order come back as it is refunded.",
    "Everybody with a customer account takes part.",
    "Products of Acme earn nothing.",
    "Tax on products earns no points.",
    "The program is live: orders earn and rewards can be chosen.",
    "The program has no tiers.",
  ]);
  const sentences = differenceInWords(null, programWith({ ...afterAvailable, pendingDays: 0, rewards: [] }), "EUR");
  expect(sentences.slice(1, 3)).toEqual([
    "Points can be used at once.",
    "Points expire 12 months after they became available.",
  ]);
});
