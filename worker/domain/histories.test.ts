import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { historyArbitrary, permuted } from "../../dev/histories/generator.ts";
import type { History, Outcome } from "../../dev/histories/history.ts";
import { faultsIn, outcomeOf } from "../../dev/histories/play.ts";
import { propertyRuns } from "../../dev/property-runs.ts";

/** That failed once, or that chance finds too seldom. */
interface Kept {
  readonly note: string;
  readonly history: History;
}

const kept: readonly Kept[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../dev/histories/kept-histories.json"), "utf8"),
);

describe("any history", { timeout: 120_000 }, () => {
  test.each(kept)("$note", ({ history }) => {
    expect(faultsIn(history)).toEqual([]);
  });

  test("keeps the books in step and shows what the model shows (I1 to I4, I6, I8 to I11)", () => {
    fc.assert(
      fc.property(historyArbitrary(), (history) => {
        expect(faultsIn(history)).toEqual([]);
      }),
      { numRuns: propertyRuns(1_000) },
    );
  });

  test("an order's news in any other order of arrival, with repeats, ends in the same place (I4, I5, I7)", () => {
    fc.assert(
      fc.property(historyArbitrary({ maxSteps: 20, onlyOrders: true }), fc.array(fc.nat(997)), (history, choices) => {
        expect(whatCounts(outcomeOf(permuted(history, choices)))).toEqual(whatCounts(outcomeOf(history)));
      }),
      { numRuns: propertyRuns(300) },
    );
  });
});

/** What an order is worth to its customer: what was forgiven on the way depends on what was there to take. */
function whatCounts({ orders }: Outcome): [string, number][] {
  return Object.entries(orders)
    .map(([id, { posted, forgiven }]): [string, number] => [id, posted - forgiven])
    .filter(([, points]) => points !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
