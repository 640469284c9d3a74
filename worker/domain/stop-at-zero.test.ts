/** Where a program stops at zero: what is forgiven beside old debts and expired points. The rest is in decide.test.ts. */
import { expect, test } from "vitest";
import { Book, DAY_MS, NOW_MS, rulesWith } from "../../dev/test-book.ts";

const forgiving = (): Book => {
  const book = new Book();
  book.rules = rulesWith(0, { owing: "stop-at-zero" });
  return book;
};

test("a debt of earlier times that an order's points had paid is owed again when the order is refunded, and no more than that", () => {
  const owing = rulesWith(0);
  const debtor = (): Book => {
    const book = forgiving();
    book.settle("old", 5_000, NOW_MS, owing);
    book.hold("a");
    book.settle("old", 0, NOW_MS, owing);
    return book;
  };
  const [bought, spent, never] = [debtor(), debtor(), debtor()];
  for (const book of [bought, spent]) book.settle("1", 10_000);
  expect(bought.pots()).toMatchObject({ available: 50, owed: 0 });
  spent.hold("b");
  for (const book of [bought, spent, never]) book.settle("1", 0);
  for (const book of [bought, spent, never]) expect(book.pots()).toMatchObject({ available: 0, owed: 50 });
  expect(spent.entries.at(-1)).toMatchObject({ owed: 50, detail: { forgivenPoints: 50 } });
  // And so it is when it falls once more.
  for (const worth of [10_000, 0]) spent.settle("1", worth);
  expect(spent.pots()).toMatchObject({ available: 0, owed: 50 });
});

test("and so is one that they pay only now, as they become available before the refund is settled", () => {
  const book = forgiving();
  book.settle("old", 5_000, NOW_MS, rulesWith(0));
  book.hold("a");
  book.settle("old", 0, NOW_MS, rulesWith(0));
  const waiting = rulesWith(14, { owing: "stop-at-zero" });
  book.settle("1", 10_000, NOW_MS, waiting);
  expect(book.pots()).toMatchObject({ pending: 100, available: 0, owed: 50 });
  book.settle("1", 0, NOW_MS + 20 * DAY_MS, waiting);
  expect(book.pots()).toMatchObject({ pending: 0, available: 0, owed: 50 });
});

test("what expired of an order stays beside what was forgiven of it: other points are taken for what was spent alone", () => {
  const book = forgiving();
  book.rules = rulesWith(0, { owing: "stop-at-zero", expiry: { kind: "after-available", months: 1 } });
  const dates = { createdAtMs: NOW_MS, processedAtMs: NOW_MS };
  book.settle("1", 10_000, NOW_MS, book.rules, dates);
  book.hold("a");
  const lateMs = NOW_MS + 60 * DAY_MS;
  book.settle("1", 8_000, lateMs, book.rules, dates);
  expect(book.order("1")).toMatchObject({ posted: 100, forgiven: 20, expired: { 1: 50 } });
  book.settle("2", 20_000, lateMs, book.rules, { createdAtMs: lateMs, processedAtMs: lateMs });
  book.settle("1", 0, lateMs, book.rules, dates);
  expect(book.pots()).toMatchObject({ available: 170, owed: 0 });
});

test("a debt that points which came back have paid is no debt of the order's own points", () => {
  const owing = rulesWith(0);
  const book = forgiving();
  book.settle("old", 10_000, NOW_MS, owing);
  book.hold("a");
  book.settle("1", 10_000, NOW_MS, book.rules, { codes: ["CODE-a"] });
  for (const id of ["b", "c", "d"]) expect(book.hold(id)).toBe("changes");
  book.settle("old", 0, NOW_MS, owing);
  expect(book.pots()).toMatchObject({ available: 0, owed: 100 });
  // Its 50 spent points come back and pay; its 100 earned ones were spent, and are forgiven.
  book.settle("1", 0, NOW_MS, book.rules, { codes: ["CODE-a"], cancelled: true });
  expect(book.pots()).toMatchObject({ available: 0, owed: 50 });
  expect(book.order("1")).toMatchObject({ posted: 100, forgiven: 100 });
});
