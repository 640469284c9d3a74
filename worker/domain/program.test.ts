import { describe, expect, test } from "vitest";
import { PROGRAM_DEFAULTS, type ProgramVersion, shopRules, versionInForce, versionOf } from "./program.ts";
import { priceReward, type Reward, requestFingerprint } from "./rewards.ts";

const version = (number: number, inForceFromMs: number): ProgramVersion => ({
  version: number,
  inForceFromMs,
  publishedAtMs: 0,
  program: { earn: { points: 1, perMinor: 100 }, pendingDays: 0, rewards: [], ...PROGRAM_DEFAULTS },
});

describe("the version in force", () => {
  const inForce = (versions: readonly ProgramVersion[], atMs: number) => {
    const found = versionInForce(versions, atMs)?.version ?? null;
    expect(versionInForce(versions.toReversed(), atMs)?.version ?? null).toBe(found);
    return found;
  };
  test("is the latest that has begun, from its first moment on; before the first there is none", () => {
    const versions = [version(1, 10), version(2, 20)];
    expect([9, 10, 19, 20, 99].map((atMs) => inForce(versions, atMs))).toEqual([null, 1, 1, 2, 2]);
    expect(inForce([], 99)).toBe(null);
  });
  test("goes by when versions begin, not by when they were published", () => {
    expect(inForce([version(1, 20), version(2, 10)], 30)).toBe(1);
    expect(inForce([version(1, 20), version(2, 10)], 15)).toBe(2);
  });
  test("is the one published later where two begin at the same moment", () => {
    expect(inForce([version(1, 10), version(2, 10), version(3, 5)], 10)).toBe(2);
  });
});

test("a version is found by its number; before the first version there is none", () => {
  const rules = shopRules("USD", [version(1, 0), version(2, 0)]);
  expect([versionOf(rules, 1), versionOf(rules, 2)].map((one) => one?.version)).toEqual([1, 2]);
  expect([versionOf(rules, 0), versionOf(rules, null), versionOf(rules, 3)]).toEqual([null, null, null]);
});

test("a program that does not say owes, gives back what was spent, takes everybody, has no tiers, is live, and lets nothing expire and nothing out", () => {
  expect(PROGRAM_DEFAULTS).toEqual({
    expiry: null,
    owing: "owe",
    returnSpent: true,
    taxEarns: false,
    membership: "everybody",
    tiers: null,
    state: "live",
    exclusions: { productIds: [], vendors: [], channels: [], collectionIds: [], tags: [] },
  });
});

describe("a request for a reward", () => {
  const reward: Reward = {
    id: "off",
    name: "5.00 off",
    kind: "amount_off",
    cost: 500,
    valueMinor: 500,
    minimumMinor: null,
    codeDays: 30,
  };
  const rewards = [{ ...reward, id: "other", cost: 1 }, reward];
  test("gets the reward it names, at its own price", () => {
    expect(priceReward(rewards, { rewardId: "off", points: null })).toEqual({ reward, cost: 500 });
    expect(priceReward(rewards, { rewardId: "off", points: 500 })).toEqual({ reward, cost: 500 });
  });
  test("is refused where there is no such reward, or the price is another", () => {
    expect(priceReward(rewards, { rewardId: "gone", points: null })).toEqual({
      refusal: { code: "unknown-reward", rewardId: "gone" },
    });
    expect(priceReward(rewards, { rewardId: "off", points: 499 })).toEqual({
      refusal: { code: "invalid-request", detail: "This reward costs 500 points, no more and no fewer." },
    });
  });
  test("has the same fingerprint as the same request, and another than any other (I9)", () => {
    const fingerprints = [
      { rewardId: "off", points: null },
      { rewardId: "off", points: 500 },
      { rewardId: "other", points: null },
    ].map(requestFingerprint);
    expect(new Set(fingerprints).size).toBe(3);
    expect(requestFingerprint({ rewardId: "off", points: null })).toBe(fingerprints[0]);
  });
});
