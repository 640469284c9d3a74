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

test("whatever one job asks for, 40 orders are read at once and then four a second", () => {
  const pace = new ReadPace();
  const ids = (count: number) => Array.from({ length: count }, (_, index) => String(index));
  const delays = [30, 0, 25, 500].flatMap((count) =>
    pace.take(ids(count)).flatMap(({ delaySeconds, orderIds }) => orderIds.map(() => delaySeconds)),
  );
  expect(delays).toEqual(ids(555).map((id) => (Number(id) < 40 ? 0 : 5 * Math.floor((Number(id) - 20) / 20))));
  expect(pace.seconds).toBe(delays.at(-1));
});
