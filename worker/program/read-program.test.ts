/** What is wrong with what staff entered is told by the names that they gave. */
import { expect, test } from "vitest";
import { readProgram } from "./read-program.ts";

const program = { earn: { points: 10, perMinor: 10_000 }, pendingDays: 14, rewards: [] as unknown[] };

test("a fault names the reward, the tier or the setting, and ends in one full stop", () => {
  const cup = { id: "cup", name: "A cup", kind: "free_product", cost: 150, valueMinor: 500 };
  const gold = { id: "gold", name: "Gold", threshold: null };
  const tiers = { basis: "points", period: "lifetime", levels: [gold] };
  const read = readProgram({ ...program, pendingDays: 91, rewards: [cup], tiers });
  expect("faults" in read ? read.faults.map(({ code, text }) => [code, text]) : []).toEqual([
    ["pendingDays", expect.stringMatching(/^pendingDays: .*[^.]\.$/)],
    ["rewards.0.items", "The reward “A cup”: Choose the products of which one is free."],
    [
      "tiers.levels.0.threshold",
      "The tier “Gold”: Nobody could reach Gold: it needs a threshold, or a product that gives it.",
    ],
  ]);
});

test("a fault of nothing at all is the program's own", () => {
  const read = readProgram(null);
  expect("faults" in read ? read.faults.map(({ code }) => code) : []).toEqual(["program"]);
});
