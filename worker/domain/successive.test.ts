import fc from "fast-check";
import { expect, test } from "vitest";
import { propertyRuns } from "../../dev/property-runs.ts";
import { Book, DAY_MS, NOW_MS, rulesWith } from "../../dev/test-book.ts";
import { blankAccount, type Changes } from "./account.ts";
import { booksAfter, joinChanges } from "./successive.ts";

/** A book that keeps what was decided, and its lots as the database would hold them. */
class KeepingBook extends Book {
  readonly decided: Changes[] = [];
  readonly lots = new Map<string, unknown>();
  readonly allocations: unknown[] = [];
  nowMs = NOW_MS;

  override take(changes: Changes): void {
    super.take(changes);
    this.decided.push(changes);
    this.allocations.push(...changes.allocations);
    for (const { id, memberId, ...lot } of changes.newLots) {
      if (this.lots.has(id)) throw new Error(`made twice: ${id}`);
      this.lots.set(id, { id, memberId, ...lot });
    }
    for (const { id, remaining, matured, expired } of changes.touchedLots) {
      if (!this.lots.has(id)) throw new Error(`not made: ${id}`);
      this.lots.set(id, { ...(this.lots.get(id) as object), remaining, matured, expired });
    }
  }
}

const id = fc.constantFrom("1", "2", "3");
const step = fc.record({
  waitDays: fc.constantFrom(0, 0, 3),
  act: fc.oneof(
    fc.record({ kind: fc.constant("settle" as const), id, amountMinor: fc.constantFrom(0, 3_000, 12_000) }),
    fc.record({ kind: fc.constant("hold" as const), id }),
    fc.record({ kind: fc.constant("release" as const), id }),
    fc.record({ kind: fc.constant("sweep" as const) }),
  ),
});

type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** The book after these steps. */
function lived(steps: readonly Step[], book = new KeepingBook()): KeepingBook {
  book.rules = rulesWith(2);
  for (const { waitDays, act } of steps) {
    book.nowMs += waitDays * DAY_MS;
    if (act.kind === "settle") book.settle(act.id, act.amountMinor, book.nowMs);
    else if (act.kind === "hold") book.hold(act.id, book.nowMs);
    else if (act.kind === "release") book.release(act.id, book.nowMs);
    else book.sweep(book.nowMs);
  }
  return book;
}

const kept = ({ account, orders, redemptions, entries, lots, allocations }: KeepingBook) => ({
  account,
  allocations,
  orders: [...orders.values()].sort((a, b) => (a.orderId < b.orderId ? -1 : 1)),
  redemptions: [...redemptions.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
  entries,
  lots: [...lots].sort(([a], [b]) => (a < b ? -1 : 1)),
});

test("decisions made one after another and written as one leave the same books as if each was written by itself", () => {
  const property = fc.property(fc.array(step), fc.array(step, { maxLength: 8 }), (before, together) => {
    const byItself = lived(before);
    const books = { accounts: [byItself.account], orders: [...byItself.orders.values()] };
    const begun = { ...books, redemptions: [...byItself.redemptions.values()] };
    const since = byItself.decided.length;
    lived(together, byItself);
    const decided = byItself.decided.slice(since);
    const asOne = lived(before);
    if (decided.length > 0) asOne.take(decided.reduce(joinChanges));
    expect(kept(asOne)).toEqual(kept(byItself));
    const { accounts, orders, redemptions } = decided.reduce(booksAfter, begun);
    expect({ accounts, orders, redemptions }).toEqual({
      accounts: [byItself.account],
      orders: [...byItself.orders.values()],
      redemptions: [...byItself.redemptions.values()],
    });
  });
  fc.assert(property, { numRuns: propertyRuns(500) });
});

test("what decisions on two members change stands side by side, and a lot that one makes and the other touches is made once", () => {
  const opened = (memberId: string) => {
    const book = new KeepingBook();
    const customerId = `700${memberId}`;
    book.account = blankAccount(memberId, customerId);
    for (const order of ["1", "2"]) book.settle(`${memberId}${order}`, 6_000, NOW_MS, book.rules, { customerId });
    return { book, changes: book.decided.reduce(joinChanges) };
  };
  const [one, two] = [opened("1"), opened("2")];
  const merger = (fromMemberId: string, intoMemberId: string) => ({ fromMemberId, intoMemberId });
  const both = joinChanges(
    { ...one.changes, mergers: [merger("8", "1")] },
    { ...two.changes, mergers: [merger("9", "2")] },
  );
  expect(both.accounts.map(({ memberId, available }) => [memberId, available])).toEqual([
    ["1", 120],
    ["2", 120],
  ]);
  expect(both.mergers).toEqual([merger("8", "1"), merger("9", "2")]);
  const blank = [blankAccount("1", "7001"), blankAccount("2", "7002")];
  const after = booksAfter({ accounts: blank, orders: [], redemptions: [] }, both);
  expect(after.accounts.map(({ memberId, available }) => [memberId, available])).toEqual([
    ["1", 120],
    ["2", 120],
  ]);
  // A hold of 50 takes from the first lot, a second one from both.
  const { book } = one;
  book.decided.splice(0);
  book.hold("a");
  book.hold("b");
  const held = book.decided.reduce(joinChanges);
  expect(held.touchedLots.map(({ remaining }) => remaining)).toEqual([0, 20]);
  const asOne = joinChanges(one.changes, held);
  expect(asOne.touchedLots).toEqual([]);
  expect(asOne.newLots.map(({ remaining }) => remaining)).toEqual([0, 20]);
});
