import fc from "fast-check";
import { expect, test } from "vitest";
import { propertyRuns } from "../../dev/property-runs.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import {
  type FinancialStatus,
  joinNews,
  knownRefunds,
  type OrderBody,
  type OrderNews,
  type OrderState,
  UNKNOWN_ORDER,
  unitsGone,
} from "./order.ts";

const refund = fc.record({
  id: fc.constantFrom("1", "2", "3"),
  lines: fc.constant([]),
  beyondLinesMinor: fc.nat(3),
  beyondLinesTaxMinor: fc.constant(0),
});
const statuses: FinancialStatus[] = ["pending", "paid", "partially_refunded", "voided"];
const news: fc.Arbitrary<OrderNews> = fc.oneof(
  fc.record({
    kind: fc.constant("state" as const),
    body: fc
      .record({
        updatedAtMs: fc.nat(2),
        triggeredAtMs: fc.nat(1),
        status: fc.constantFrom(...statuses),
        cancelled: fc.boolean(),
        totalMinor: fc.nat(1),
        customerId: fc.constantFrom(null, "1", "2"),
        lines: fc.constantFrom(
          [productLine("1", 100)],
          [productLine("1", 100), productLine("2", 50)],
          [{ ...productLine("1", 100, 2), currentQuantity: 1 }],
        ),
        refunds: fc
          .uniqueArray(refund, { selector: (one) => one.id, maxLength: 2 })
          .map((all) => all.sort((a, b) => (a.id < b.id ? -1 : 1))),
      })
      .map((changes) => orderBody(changes)),
  }),
  fc.record({ kind: fc.constant("refund" as const), refund }),
  fc.constant<OrderNews>({ kind: "deleted" }),
);
const joined = (all: readonly OrderNews[]): OrderState => all.reduce(joinNews, UNKNOWN_ORDER);

test("news in any order, with any repeats, leads to the same state (I5)", () => {
  const scrambled = fc.array(news, { minLength: 1, maxLength: 6 }).chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.array(fc.constantFrom(...all), { maxLength: 4 }).chain((extra) => {
        const deliveries = [...all, ...extra];
        return fc.shuffledSubarray(deliveries, { minLength: deliveries.length });
      }),
    ),
  );
  fc.assert(
    fc.property(scrambled, ([all, deliveries]) => {
      expect(joined(deliveries)).toEqual(joined(all));
    }),
    { numRuns: propertyRuns(2_000) },
  );
});

test("an older state changes nothing; of two of one second the later triggered wins", () => {
  const at = (updatedAtMs: number, triggeredAtMs: number, totalMinor: number): OrderNews => ({
    kind: "state",
    body: orderBody({ updatedAtMs, triggeredAtMs, totalMinor }),
  });
  expect(joined([at(2, 0, 200), at(1, 9, 100)]).body?.totalMinor).toBe(200);
  expect(joined([at(2, 1, 200), at(2, 2, 100)]).body?.totalMinor).toBe(100);
});

test("of two that cannot be told apart: refunds of both, cancelled over open, the later payment status", () => {
  const body = orderBody({ updatedAtMs: 1 });
  const one = {
    ...body,
    status: "paid" as const,
    refunds: [{ id: "1", lines: [], beyondLinesMinor: 1, beyondLinesTaxMinor: 0 }],
  };
  const other = {
    ...body,
    status: "partially_refunded" as const,
    cancelled: true,
    refunds: [{ id: "2", lines: [], beyondLinesMinor: 2, beyondLinesTaxMinor: 0 }],
  };
  const state = joined([
    { kind: "state", body: one },
    { kind: "state", body: other },
  ]);
  expect(state.body).toMatchObject({ status: "partially_refunded", cancelled: true });
  expect(knownRefunds(state).map((known) => known.id)).toEqual(["1", "2"]);
});

test("of two that cannot be told apart: a customer over a guest, and the lines of the one that is edited further", () => {
  const before = orderBody({
    customerId: null,
    totalMinor: 2,
    lines: [{ ...productLine("1", 100, 2), currentQuantity: 2 }],
  });
  const after = orderBody({ totalMinor: 1, lines: [{ ...productLine("1", 100, 2), currentQuantity: 1 }] });
  const state = joined([
    { kind: "state", body: { ...after, customerId: null } },
    { kind: "state", body: { ...before, customerId: "7001" } },
  ]);
  // What was paid stays paid, also beyond what is left to pay for.
  expect(state.body).toEqual({ ...after, outstandingMinor: -1 });
});

test("of two that cannot be told apart: what the one that knows of more payments says is paid, of what the one that is edited further says it costs", () => {
  const placed = orderBody({ status: "pending", totalMinor: 19_900, outstandingMinor: 19_900 });
  const paidOnce = orderBody({ status: "partially_paid", totalMinor: 19_900, outstandingMinor: 14_900 });
  const paidTwice = orderBody({ status: "partially_paid", totalMinor: 19_900, outstandingMinor: 4_900 });
  const lines = [...paidOnce.lines, productLine("2", 100)];
  const edited = orderBody({ status: "partially_paid", lines, totalMinor: 20_000, outstandingMinor: 15_000 });
  const known = (...bodies: OrderBody[]) => {
    const { status, totalMinor, outstandingMinor } =
      joined(bodies.map((body) => ({ kind: "state", body }))).body ?? orderBody();
    return { status, totalMinor, outstandingMinor };
  };
  for (const order of [(one: OrderBody[]) => one, (one: OrderBody[]) => one.toReversed()]) {
    const status = "partially_paid";
    expect(known(...order([placed, paidOnce]))).toEqual({ status, totalMinor: 19_900, outstandingMinor: 14_900 });
    expect(known(...order([paidOnce, paidTwice]))).toEqual({ status, totalMinor: 19_900, outstandingMinor: 4_900 });
    expect(known(...order([paidTwice, edited, placed]))).toEqual({
      status,
      totalMinor: 20_000,
      outstandingMinor: 5_000,
    });
  }
});

test("of three that cannot be told apart, whatever was paid by each: the same, in any order", () => {
  const bodies = [
    [5, 900],
    [3, 100],
    [4, 500],
  ].map(([outstandingMinor = 0, priceMinor = 0]) =>
    orderBody({ totalMinor: 10, outstandingMinor, lines: [productLine("1", priceMinor)] }),
  );
  const ends = [
    [0, 1, 2],
    [1, 2, 0],
    [2, 0, 1],
  ].map((order) => joined(order.map((at) => ({ kind: "state", body: bodies[at] ?? orderBody() }))).body);
  for (const end of ends) expect(end).toEqual({ ...bodies[0], outstandingMinor: 3 });
});

test("a refund learnt apart is the body's own once the body holds it, and units are gone once", () => {
  const part = { lineId: "1", quantity: 1, subtotalMinor: 100, taxMinor: 0 };
  const apart = { id: "1", lines: [part], beyondLinesMinor: 0, beyondLinesTaxMinor: 0 };
  const sold = { ...productLine("1", 100, 3), currentQuantity: 2 };
  const gone = (...news: OrderNews[]) => unitsGone(sold, knownRefunds(joined(news)));
  const edited = orderBody({ lines: [sold] });
  expect(gone({ kind: "state", body: edited })).toBe(1);
  expect(gone({ kind: "state", body: edited }, { kind: "refund", refund: apart })).toBe(2);
  expect(gone({ kind: "state", body: { ...edited, refunds: [apart] } }, { kind: "refund", refund: apart })).toBe(1);
});
