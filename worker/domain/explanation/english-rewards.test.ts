/** What rewards do, in English, word for word: its sentences, and each step with the part of the unfolding it belongs to. */
import { expect, test } from "vitest";
import type { EntryDetail, EntryKind } from "../account.ts";
import type { Explained } from "./arithmetic.ts";
import { explainEntry } from "./explain.ts";

interface Told {
  readonly kind: EntryKind;
  readonly pots: Partial<Pick<Explained, "pending" | "available" | "held" | "owed">>;
  readonly detail: EntryDetail;
  readonly summary: string;
  readonly steps: readonly string[];
}

const ORDER = { orderName: "#1001" } as const;
const REWARD = { rewardName: "Kaffe", costPoints: 500 } as const;
const BY_REWARD = "version: Program version 3, in force when the reward was chosen";
const OF_ORDER = "order: Order #1001";
const OF_REWARD = ["reward: Reward: “Kaffe”", "rule: Price: 500 points", BY_REWARD] as const;

const told: readonly (readonly [name: string, told: Told])[] = [
  [
    "a hold",
    {
      kind: "hold",
      pots: { available: -500, held: 500 },
      detail: { ...REWARD },
      summary: "500 points are reserved for the reward “Kaffe”. They come back if the code is not used.",
      steps: [...OF_REWARD, "pot: Available: −500 points", "pot: Reserved: +500 points"],
    },
  ],
  [
    "a donation",
    {
      kind: "hold",
      pots: { available: -500, held: 500 },
      detail: { ...REWARD, reason: "donation" },
      summary: "500 points were given for “Kaffe”.",
      steps: [...OF_REWARD, "pot: Available: −500 points", "pot: Reserved: +500 points"],
    },
  ],
  [
    "a donation that is made",
    {
      kind: "use",
      pots: { held: -500 },
      detail: { ...REWARD, reason: "donation" },
      summary: "The donation “Kaffe” is made: the reservation of 500 points is spent.",
      steps: [...OF_REWARD, "pot: Reserved: −500 points"],
    },
  ],
  [
    "a use",
    {
      kind: "use",
      pots: { held: -500 },
      detail: { ...ORDER, ...REWARD },
      summary: "The reward “Kaffe” was used with order #1001: the reservation of 500 points is spent.",
      steps: [OF_ORDER, ...OF_REWARD, "pot: Reserved: −500 points"],
    },
  ],
  [
    "a release as asked for",
    {
      kind: "release",
      pots: { available: 497, held: -500, owed: -3 },
      detail: { ...REWARD, reason: "cancelled" },
      summary: "500 points are back: the code for the reward “Kaffe” was cancelled. 3 points covered what was owed.",
      steps: [
        ...OF_REWARD,
        "pot: Available: +497 points",
        "pot: Reserved: −500 points",
        "pot: Owed: −3 points",
        "total: 497 (available) + 3 (owed) = 500 points",
      ],
    },
  ],
  [
    "a release of a code that ended",
    {
      kind: "release",
      pots: { available: 500, held: -500 },
      detail: { ...REWARD, reason: "expired" },
      summary: "500 points are back: the code for the reward “Kaffe” was not used in time.",
      steps: [...OF_REWARD, "pot: Available: +500 points", "pot: Reserved: −500 points"],
    },
  ],
  [
    "a release of a code that could not be made",
    {
      kind: "release",
      pots: { available: 500, held: -500 },
      detail: { ...REWARD, reason: "refused" },
      summary: "500 points are back: the code for the reward “Kaffe” could not be made.",
      steps: [...OF_REWARD, "pot: Available: +500 points", "pot: Reserved: −500 points"],
    },
  ],
  [
    "a release for another reason",
    {
      kind: "release",
      pots: { available: 500, held: -500 },
      detail: { ...REWARD },
      summary: "500 points are back: the code for the reward “Kaffe” is no longer valid.",
      steps: [...OF_REWARD, "pot: Available: +500 points", "pot: Reserved: −500 points"],
    },
  ],
  [
    "a use after the release",
    {
      kind: "reclaim",
      pots: { available: -300, owed: 100 },
      detail: { ...ORDER, ...REWARD, forgivenPoints: 100, reason: "used-after-release" },
      summary:
        "400 points were taken again: the code for the reward “Kaffe” was used with order #1001 after its points had been given back. 100 points are owed: new points cover them first. 100 points were no longer there, and nothing is owed for them.",
      steps: [
        OF_ORDER,
        ...OF_REWARD,
        "change: −500 (price) + 100 (forgiven now) = −400 points",
        "pot: Available: −300 points",
        "pot: Owed: +100 points",
        "total: −300 (available) − 100 (owed) = −400 points",
      ],
    },
  ],
  [
    "a refund that was undone",
    {
      kind: "reclaim",
      pots: { available: -100 },
      detail: { ...ORDER, ...REWARD, targetPoints: 200, postedPoints: 300, reason: "refund-undone" },
      summary:
        "100 points were taken again: less of order #1001 is refunded than before, so the points for the reward “Kaffe” count as spent again.",
      steps: [
        OF_ORDER,
        ...OF_REWARD,
        "change: 200 (belongs back now) − 300 (was back before) = −100 points",
        "pot: Available: −100 points",
      ],
    },
  ],
  [
    "a return of all, of a cancelled order",
    {
      kind: "return",
      pots: { available: 500 },
      detail: { ...ORDER, ...REWARD, targetPoints: 500, postedPoints: 0, reason: "cancelled" },
      summary: "500 points came back: order #1001, where the reward “Kaffe” was used, was cancelled.",
      steps: [
        OF_ORDER,
        ...OF_REWARD,
        "share: Nothing of the order is left, so the whole price belongs back",
        "change: 500 (belongs back now) − 0 (was back before) = 500 points",
        "pot: Available: +500 points",
      ],
    },
  ],
  [
    "a return of all, of a deleted order",
    {
      kind: "return",
      pots: { available: 500 },
      detail: { ...ORDER, ...REWARD, targetPoints: 500, postedPoints: 0, reason: "deleted" },
      summary: "500 points came back: order #1001, where the reward “Kaffe” was used, was deleted.",
      steps: [
        OF_ORDER,
        ...OF_REWARD,
        "share: Nothing of the order is left, so the whole price belongs back",
        "change: 500 (belongs back now) − 0 (was back before) = 500 points",
        "pot: Available: +500 points",
      ],
    },
  ],
  [
    "a return of a part",
    {
      kind: "return",
      pots: { available: 200 },
      detail: {
        ...ORDER,
        ...REWARD,
        targetPoints: 200,
        postedPoints: 0,
        reason: "refunded",
        refunded: { partMinor: 4000, ofMinor: 10000, parts: 2 },
        currency: "USD",
      },
      summary: "200 points came back: order #1001, where the reward “Kaffe” was used, was refunded.",
      steps: [
        OF_ORDER,
        ...OF_REWARD,
        "share: Of the reward’s discount of 100.00 USD ÷ 2, 40.00 USD ÷ 2 belonged to what was refunded",
        "worth: Belongs back: 500 points × 40.00 USD ÷ 100.00 USD = 200 points",
        "change: 200 (belongs back now) − 0 (was back before) = 200 points",
        "pot: Available: +200 points",
      ],
    },
  ],
];

test.each(told)("%s", (_, { kind, pots, detail, summary, steps }) => {
  const { pending = 0, available = 0, held = 0, owed = 0 } = pots;
  const programVersion = steps.some((step) => step.startsWith("version")) ? 3 : null;
  const entry = { kind, points: pending + available - owed, pending, available, held, owed, programVersion, detail };
  const plain = (text: string): string => text.replaceAll("\u00a0", " ");
  const explained = explainEntry(entry, "en");
  expect(plain(explained.summary)).toBe(summary);
  expect(explained.steps.map(({ part, text }) => `${part}: ${plain(text)}`)).toEqual(steps);
});
