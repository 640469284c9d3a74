import { describe, expect, test } from "vitest";
import { Book, NOW_MS, rulesWith } from "../../dev/test-book.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { explainEntry } from "./explanation/explain.ts";
import { type Asker, PLAIN_ASKER, priceReward, type Reward, rewardObstacle, shownCode } from "./rewards.ts";
import { fulfilReward, holdForReward, releaseHold } from "./spending.ts";

const reward: Reward = {
  ...{ id: "off", name: "5.00 off", kind: "amount_off", cost: 100, valueMinor: 500, minimumMinor: null, codeDays: 30 },
};
const slider = { minPoints: 200, maxPoints: 1_000, stepPoints: 100 };

describe("a slider", () => {
  const ask = (points: number | null) => priceReward([{ ...reward, slider }], { rewardId: "off", points });

  test("lets the shopper choose the points, and what they are worth follows exactly", () => {
    expect(ask(700)).toEqual({ reward: { ...reward, cost: 700, valueMinor: 3_500, slider: null }, cost: 700 });
    expect(ask(null)).toMatchObject({ cost: 200, reward: { valueMinor: 1_000 } });
  });

  test.each([199, 100, 250, 1_100])("takes no %i points, and says which it takes", (points) => {
    const detail = "This reward takes 200 to 1000 points, in steps of 100.";
    expect(ask(points)).toEqual({ refusal: { code: "invalid-request", detail } });
  });
});

describe("a condition that is not met", () => {
  const asker = (more: Partial<Asker>): Asker => ({ ...PLAIN_ASKER, ...more });
  const used = (byAll: number, byMember: number) => ({ uses: { byAll, byMember, creditUnderWay: false } });

  test("of tiers refuses whoever has none or another one", () => {
    const gold = { ...reward, tiers: ["gold", "black"] };
    expect(rewardObstacle(gold, PLAIN_ASKER)).toMatchObject({ code: "tier-required", tiers: ["gold", "black"] });
    expect(rewardObstacle(gold, asker({ tier: "silver" }))).toMatchObject({ code: "tier-required" });
    expect(rewardObstacle(gold, asker({ tier: "black" }))).toBeNull();
  });

  test("of stock, of the limit, and of what the shop allows refuses, each by its own name", () => {
    const limited = { ...reward, limit: { times: 2, days: 7 } };
    expect(rewardObstacle({ ...reward, stock: 5 }, asker(used(4, 0)))).toBeNull();
    expect(rewardObstacle({ ...reward, stock: 5 }, asker(used(5, 0)))).toMatchObject({ code: "reward-sold-out" });
    expect(rewardObstacle(limited, asker(used(9, 1)))).toBeNull();
    expect(rewardObstacle(limited, asker(used(9, 2)))).toMatchObject({
      code: "reward-limit-reached",
      times: 2,
      days: 7,
    });
    const credit: Reward = { ...reward, kind: "store_credit" };
    expect(rewardObstacle(credit, asker({ withheld: new Set(["store_credit"]) }))).toMatchObject({
      code: "reward-unavailable",
    });
    const uses = { byAll: 0, byMember: 0, creditUnderWay: true };
    expect(rewardObstacle(credit, asker({ uses }))).toMatchObject({ code: "credit-under-way" });
    expect(rewardObstacle(reward, asker({ uses }))).toBeNull();
  });
});

describe("a reward without a code", () => {
  function chosen(kind: Reward["kind"]) {
    const book = new Book();
    book.rules = rulesWith(0, { rewards: [{ ...reward, kind, cost: 50 }] });
    book.news("1", { kind: "state", body: orderBody({ amountMinor: 10_000 }) });
    const request = { rewardId: "off", points: null, redemptionId: "r1", code: "LOJAL-ABC" };
    const decision = holdForReward({ account: book.account, redemption: null }, book.rules, request, NOW_MS);
    if (decision.kind !== "changes") throw new Error("not held");
    book.take(decision.changes);
    return { book, redemption: decision.redemption };
  }

  test("is spent once as it is had, and its story says so in every language", () => {
    const { book, redemption } = chosen("store_credit");
    expect(redemption.state).toBe("held");
    const decision = fulfilReward(book.account, book.rules, redemption, "gid-1", NOW_MS);
    if (decision.kind !== "changes") throw new Error("not fulfilled");
    book.take(decision.changes);
    expect(decision.redemption).toMatchObject({ state: "used", discountId: "gid-1", usedByOrder: null });
    expect(book.account).toMatchObject({ available: 50, held: 0 });
    expect(fulfilReward(book.account, book.rules, decision.redemption, "gid-2", NOW_MS)).toEqual({
      kind: "replay",
      redemption: decision.redemption,
    });
    const [hold, use] = book.entries.slice(-2);
    if (!hold || !use) throw new Error("no entries");
    for (const language of ["en", "sv", "nb", "da", "fi", "de", "fr"] as const) {
      expect(explainEntry({ ...use }, language).summary).toContain("5.00 off");
      expect(explainEntry({ ...hold }, language).summary).not.toMatch(/\bcode\b|kod|Code/i);
    }
  });

  test("an experience waits, issued, and given back it leaves no trace in the pots", () => {
    const { book, redemption } = chosen("experience");
    expect(redemption.state).toBe("issued");
    const decision = releaseHold(book.account, book.rules, redemption, "cancelled", NOW_MS);
    if (decision.kind !== "changes") throw new Error("not released");
    book.take(decision.changes);
    expect(book.account).toMatchObject({ available: 100, held: 0 });
    const release = book.entries.at(-1);
    if (!release) throw new Error("no entry");
    expect(explainEntry(release, "en").summary).toBe("50 points are back: the reward “5.00 off” was cancelled.");
    expect(fulfilReward(book.account, book.rules, decision.redemption, null, NOW_MS)).toMatchObject({ kind: "replay" });
  });

  test("is no order's: an order that names its text spends nothing", () => {
    const { book } = chosen("store_credit");
    book.news("2", { kind: "state", body: orderBody({ amountMinor: 100, codes: ["LOJAL-ABC"] }) });
    expect(book.redemptions.get("r1")?.state).toBe("held");
  });

  test("shows no code; a gift card shows its own once it is there, in letters and digits", () => {
    const show = (kind: string, state: string) => shownCode({ kind, state, code: "LOJAL-ABC123" });
    expect([show("store_credit", "used"), show("donation", "used"), show("experience", "issued")]).toEqual([
      null,
      null,
      null,
    ]);
    expect([show("gift_card", "held"), show("gift_card", "used")]).toEqual([null, "LOJALABC123"]);
    expect([show("free_product", "held"), show("free_product", "issued")]).toEqual([null, "LOJAL-ABC123"]);
  });
});
