/** Two states of one order that no clock tells apart: whichever comes first, the same one is kept. */
import { describe, expect, test } from "vitest";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { FINANCIAL_STATUSES, joinNews, knownRefunds, type OrderBody, type Refund, UNKNOWN_ORDER } from "./order.ts";

const refund = (id: string, changes: Partial<Refund> = {}): Refund => ({
  id,
  lines: [],
  beyondLinesMinor: 0,
  beyondLinesTaxMinor: 0,
  ...changes,
});
const joined = (bodies: readonly Partial<OrderBody>[]) =>
  bodies.map((body) => ({ kind: "state", body: orderBody(body) }) as const).reduce(joinNews, UNKNOWN_ORDER).body;
const kept = (a: Partial<OrderBody>, b: Partial<OrderBody>) => {
  const body = joined([a, b]);
  expect(joined([b, a])).toEqual(body);
  return body;
};

describe("of two states of one moment", () => {
  test("the one triggered later counts, whichever comes first", () => {
    expect(kept({ triggeredAtMs: 2, totalMinor: 1 }, { triggeredAtMs: 1, totalMinor: 9 })?.totalMinor).toBe(1);
    expect(kept({ updatedAtMs: 2, totalMinor: 1 }, { updatedAtMs: 1, triggeredAtMs: 9 })?.totalMinor).toBe(1);
  });
  test("the later payment status counts, for every pair of them", () => {
    for (const [earlier, status] of FINANCIAL_STATUSES.entries())
      for (const later of FINANCIAL_STATUSES.slice(earlier))
        expect(kept({ status }, { status: later })?.status).toBe(later);
  });
  test("a customer counts over a guest, and of two customers always the same", () => {
    expect(kept({ customerId: null }, { customerId: "7001" })?.customerId).toBe("7001");
    expect(kept({ customerId: "7002" }, { customerId: "7001" })?.customerId).toBe("7002");
    expect(kept({ customerId: null }, { customerId: null })?.customerId).toBe(null);
  });
  test("cancelled counts over open", () => {
    expect(kept({ cancelled: true }, { cancelled: false })?.cancelled).toBe(true);
    expect(kept({ cancelled: false }, { cancelled: false })?.cancelled).toBe(false);
  });
  test("more lines count, then more units, then fewer units that are left; whatever else they say", () => {
    const one = productLine("1", 100, 2);
    const states = [
      { lines: [{ ...one, currentQuantity: 2 }], totalMinor: 9 },
      { lines: [{ ...one, currentQuantity: 1 }], totalMinor: 8 },
      { lines: [{ ...one, quantity: 3, currentQuantity: 3 }], totalMinor: 7 },
      { lines: [{ ...one, quantity: 3 }, productLine("2", 1, 0)], totalMinor: 6 },
    ];
    for (const [index, state] of states.entries())
      for (const later of states.slice(index)) expect(kept(state, later)?.totalMinor).toBe(later.totalMinor);
  });
  test("units that the body does not count as left are all left", () => {
    const one = productLine("1", 100, 2);
    const uncounted = { lines: [one], totalMinor: 9 };
    expect(kept(uncounted, { lines: [{ ...one, currentQuantity: 1 }], totalMinor: 1 })?.totalMinor).toBe(1);
  });
  test("the rest is kept whole from one of them, always the same, whatever their status, customer or refunds", () => {
    expect(kept({ totalMinor: 1 }, { totalMinor: 2 })?.totalMinor).toBe(2);
    expect(kept({ name: "#1", totalMinor: 2 }, { name: "#2", totalMinor: 1 })).toMatchObject({
      name: "#2",
      totalMinor: 1,
    });
    const first = {
      status: "voided",
      cancelled: true,
      customerId: "9",
      refunds: [refund("9")],
      totalMinor: 1,
    } as const;
    const second = { status: "paid", customerId: "1", totalMinor: 2 } as const;
    expect(kept(first, second)).toMatchObject({ status: "voided", cancelled: true, customerId: "9", totalMinor: 2 });
    expect(kept({ ...first, totalMinor: 2 }, { ...second, totalMinor: 1 })).toMatchObject({ totalMinor: 2 });
  });
  test("the refunds of both count, by their numbers; of two of one number always the same", () => {
    const body = kept({ refunds: [refund("3"), refund("1")] }, { refunds: [refund("2"), refund("1")] });
    expect(body?.refunds.map(({ id }) => id)).toEqual(["1", "2", "3"]);
    const [small, large] = [refund("1", { beyondLinesMinor: 1 }), refund("1", { beyondLinesMinor: 2 })];
    expect(kept({ refunds: [small] }, { refunds: [large] })?.refunds).toEqual([large]);
  });
});

test("a refund that is learnt before its order is known, and once", () => {
  const news = { kind: "refund", refund: refund("1") } as const;
  const state = [news, news].reduce(joinNews, UNKNOWN_ORDER);
  expect(knownRefunds(state)).toEqual([{ ...refund("1"), inBody: false }]);
});
