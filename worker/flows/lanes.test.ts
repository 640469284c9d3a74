import fc from "fast-check";
import { expect, test } from "vitest";
import { Lanes } from "./lanes.ts";

const SECOND_MS = 1_000;
const count = (lanes: Lanes, shop: string, deliveries: number, nowMs: number) =>
  Array.from({ length: deliveries }, () => lanes.laneOf(shop, nowMs)).filter((lane) => lane === "prompt").length;

test("a shop's first twenty deliveries are prompt, then ten a second; what is beyond goes in bulk", () => {
  const lanes = new Lanes();
  expect(count(lanes, "a", 500, 0)).toBe(20);
  expect(count(lanes, "a", 500, SECOND_MS)).toBe(10);
  expect(count(lanes, "a", 500, SECOND_MS + 250)).toBe(2);
  expect(count(lanes, "a", 500, 3_600 * SECOND_MS)).toBe(20);
});

test("a shop's burst takes nothing from another one", () => {
  const lanes = new Lanes();
  count(lanes, "a", 10_000, 0);
  expect(count(lanes, "b", 20, 0)).toBe(20);
});

test("in any stretch of time at most twenty plus ten a second are prompt, also when the clock goes back", () => {
  const visits = fc.array(fc.record({ passMs: fc.integer({ min: -500, max: 3_000 }), deliveries: fc.nat(40) }));
  fc.assert(
    fc.property(visits, (all) => {
      const lanes = new Lanes();
      let [nowMs, newestMs, prompt] = [5_000, 5_000, count(lanes, "a", 1, 5_000)];
      for (const { passMs, deliveries } of all) {
        nowMs += passMs;
        newestMs = Math.max(newestMs, nowMs);
        prompt += count(lanes, "a", deliveries, nowMs);
        expect(prompt).toBeLessThanOrEqual(20 + ((newestMs - 5_000) / SECOND_MS) * 10 + 1e-6);
      }
    }),
  );
});

test("shops without end take no memory without end, and who was heard of last is remembered", () => {
  const lanes = new Lanes();
  count(lanes, "busy", 20, 0);
  for (let shop = 0; shop < 10_000; shop++) {
    lanes.laneOf(`shop-${shop}`, 0);
    expect(lanes.laneOf("busy", 0)).toBe("bulk");
  }
  expect(lanes.size).toBe(2_000);
});
