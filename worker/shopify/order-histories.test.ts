/** An order's history, told by deliveries: whatever comes in whatever order, the end is the same. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { oraclePoints } from "../../dev/oracle/order-points.ts";
import { joinNews, type OrderNews, UNKNOWN_ORDER } from "../domain/order.ts";
import { PROGRAM_DEFAULTS } from "../domain/program.ts";
import { settle } from "../domain/settlement.ts";
import { readSnapshot } from "./snapshot.ts";

type Body = Record<string, unknown>;

const newsOf = (topic: string, body: Body): OrderNews => {
  const verdict = readSnapshot(topic, JSON.stringify(body), 0);
  if (verdict.kind !== "order") throw new Error(JSON.stringify(verdict));
  return verdict.snapshot.news;
};
const joined = (news: readonly OrderNews[]) => news.reduce(joinNews, UNKNOWN_ORDER);
const worthOf = (news: readonly OrderNews[]): number => {
  const program = { earn: { points: 1, perMinor: 1 }, pendingDays: 0, rewards: [], ...PROGRAM_DEFAULTS };
  return settle(joined(news), { version: 1, inForceFromMs: 0, publishedAtMs: 0, program }, "USD").points;
};
const usd = (amount: string): Body => ({ shop_money: { amount, currency_code: "USD" } });
const back = (lineId: unknown, subtotal: string): Body => ({
  line_item_id: lineId,
  quantity: 1,
  subtotal_set: usd(subtotal),
  total_tax_set: usd("3.98"),
});

describe("a history from a real body: paid, partly refunded, edited, refunded in full", () => {
  const folder = join(import.meta.dirname, "../../dev/fixtures/webhooks");
  const sample = JSON.parse(
    readFileSync(join(folder, "orders_updated__usd_guest_partially_refunded__shopify_rest_sample.json"), "utf8"),
  ) as Body;
  const lines = sample["line_items"] as Body[];
  const left = (counts: readonly number[]): Body[] =>
    lines.map((one, index) => ({ ...one, current_quantity: counts[index] }));
  const ids = lines.map((one) => one["id"]);
  const refund = (id: number, part: Body): Body => ({ id, order_id: sample["id"], refund_line_items: [part] });
  const first = refund(801, back(ids[2], "195.66"));
  const last = refund(802, back(ids[1], "195.67"));
  const at = (minute: number, changes: Body): Body => ({
    ...sample,
    updated_at: `2026-01-01T10:0${minute}:00Z`,
    ...changes,
  });
  const paid = at(1, { financial_status: "paid", refunds: [], line_items: left([1, 1, 1]) });
  const partly = at(2, { financial_status: "partially_refunded", refunds: [first], line_items: left([1, 1, 0]) });
  const edited = at(3, { financial_status: "partially_refunded", refunds: [first], line_items: left([0, 1, 0]) });
  const refunded = at(4, { financial_status: "refunded", refunds: [first, last], line_items: left([0, 0, 0]) });
  const deliveries = [
    newsOf("orders/create", paid),
    newsOf("orders/paid", paid),
    newsOf("refunds/create", first),
    newsOf("orders/updated", partly),
    newsOf("orders/updated", edited),
    newsOf("refunds/create", last),
    newsOf("orders/updated", refunded),
  ];

  test("each step is worth what is left, also while only the refund is known", () => {
    const steps = deliveries.map((_, index) => worthOf(deliveries.slice(0, index + 1)));
    // The sample's refund of the third line is a cent less than the line: that cent stays as long as the order has a unit left, and goes with the
    // last one. After a full refund exactly what was earned is taken back (I6).
    expect(steps).toEqual([58_700, 58_700, 39_134, 39_134, 19_568, 0, 0]);
    expect(oraclePoints(edited, { points: 1, perUnits: "0.01" }, "USD")).toBe(19_568);
    expect(oraclePoints(refunded, { points: 1, perUnits: "0.01" }, "USD")).toBe(0);
  });
  test("in every permutation, and with repeats, it ends in the same worth and the same state", () => {
    const whole = joined(deliveries);
    fc.assert(
      fc.property(
        fc
          .array(fc.constantFrom(...deliveries), { maxLength: 6 })
          .chain((again) =>
            fc.shuffledSubarray([...deliveries, ...again], { minLength: deliveries.length + again.length }),
          ),
        (news) => {
          expect(joined(news)).toEqual(whole);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
