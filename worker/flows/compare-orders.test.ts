import { expect, test } from "vitest";
import type { ListedOrder } from "../shopify/changed-orders.ts";
import { nextPage, ReadPace } from "./compare-orders.ts";

const listed = (...seconds: number[]): ListedOrder[] =>
  seconds.map((second, index) => ({
    orderId: String(index),
    updatedAtMs: second * 1_000,
    status: "paid",
    cancelled: false,
  }));

test("the last page has no next one", () => {
  expect(nextPage(0, { orders: listed(1, 2), endCursor: null }, 0)).toBeNull();
});

test("a list goes on by its cursor, and all of the page counts", () => {
  const orders = listed(1, 2, 2);
  expect(nextPage(0, { orders, endCursor: "next" }, 19_000)).toEqual({ fromMs: 0, after: "next", counted: orders });
});

test("before it is too long for Shopify's cursors a new list begins at its last second, which counts there", () => {
  const orders = listed(7, 8, 9, 9);
  const next = nextPage(5_000, { orders, endCursor: "next" }, 19_998);
  expect(next).toEqual({ fromMs: 9_000, after: null, counted: orders.slice(0, 2) });
});

test("a page of one second goes on by its cursor, however long the list is", () => {
  const orders = listed(9, 9);
  expect(nextPage(9_000, { orders, endCursor: "next" }, 19_999)).toEqual({
    fromMs: 9_000,
    after: "next",
    counted: orders,
  });
  expect(nextPage(5_000, { orders, endCursor: "next" }, 19_999)).toEqual({
    fromMs: 5_000,
    after: "next",
    counted: orders,
  });
});

test("a new list that could not begin at the 20,000th order begins at the next page that has more than one second", () => {
  const orders = listed(9, 9, 10);
  const next = nextPage(5_000, { orders, endCursor: "next" }, 20_250);
  expect(next).toEqual({ fromMs: 10_000, after: null, counted: orders.slice(0, 2) });
});

test.each([
  { plan: "smallest", maximum: 2_000, restoreRate: 100, atOnce: 40, perStep: 20 },
  { plan: "largest", maximum: 20_000, restoreRate: 1_000, atOnce: 400, perStep: 200 },
])(
  "whatever one job asks for, on the $plan plan $atOnce orders are read at once and then $perStep every five seconds",
  (plan) => {
    const pace = new ReadPace(plan);
    const { atOnce, perStep } = plan;
    const ids = (count: number) => Array.from({ length: count }, (_, index) => String(index));
    const delays = [30, 0, 25, 700].flatMap((count) =>
      pace.take(ids(count)).flatMap(({ delaySeconds, orderIds }) => orderIds.map(() => delaySeconds)),
    );
    expect(delays).toEqual(ids(755).map((id) => 5 * Math.max(0, Math.floor((Number(id) - atOnce) / perStep) + 1)));
    expect(pace.seconds).toBe(delays.at(-1));
  },
);
