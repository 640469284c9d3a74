import { describe, expect, test } from "vitest";
import { Book, DAY_MS, NOW_MS, rulesWith } from "../../dev/test-book.ts";
import { type Account, blankAccount, type Changes } from "./account.ts";
import { openingKey, type PostedEntry } from "./members.ts";
import { type OpeningRow, openBalances, takeBack } from "./opening-balances.ts";

const rules = rulesWith(14);
const LOT = openingKey("i:1");

function rowOf(row: number, account: Account, some: Partial<OpeningRow> & { points?: number } = {}): OpeningRow {
  const { points = 100, ...more } = some;
  const balance = { id: `i:${row}`, points, availableAtMs: NOW_MS, expiresAtMs: null };
  return { row, account, balance, posted: null, against: null, ...more };
}
const member = (id: string) => blankAccount(id, `700${id}`);
const postedBefore = (memberId: string, points: number): PostedEntry => ({
  key: LOT,
  memberId,
  points,
  detail: { dates: { availableAtMs: NOW_MS, expiresAtMs: null } },
});
const potsOf = (changes: Changes | null) =>
  changes?.accounts.map(({ memberId, pending, available }) => [memberId, pending, available]);

describe("a page of opening balances", () => {
  test("is one change of all its members' books, one entry and one lot a row", () => {
    const { changes, outcomes } = openBalances(
      [rowOf(1, member("1")), rowOf(2, member("2"), { points: 7 })],
      rules,
      NOW_MS,
    );
    expect(outcomes).toEqual([
      { row: 1, outcome: "posted", memberId: "1", points: 100 },
      { row: 2, outcome: "posted", memberId: "2", points: 7 },
    ]);
    expect(potsOf(changes)).toEqual([
      ["1", 0, 100],
      ["2", 0, 7],
    ]);
    expect(changes?.entries.map(({ key }) => key)).toEqual([openingKey("i:1"), openingKey("i:2")]);
    expect(changes?.newLots.map(({ id, amount }) => [id, amount])).toEqual([
      [openingKey("i:1"), 100],
      [openingKey("i:2"), 7],
    ]);
  });

  test("counts the first of two rows for one member, also where that was posted by an earlier try", () => {
    const twice = openBalances([rowOf(1, member("1")), rowOf(2, member("1"))], rules, NOW_MS);
    expect(twice.outcomes.map(({ outcome }) => outcome)).toEqual(["posted", "refused"]);
    expect(twice.outcomes[1]).toEqual({ row: 2, outcome: "refused", reason: "duplicate" });
    expect(potsOf(twice.changes)).toEqual([["1", 0, 100]]);
    const before = rowOf(1, member("1"), { posted: postedBefore("9", 60) });
    const again = openBalances([before, rowOf(2, member("1"), { against: "imported-before" })], rules, NOW_MS);
    expect(again).toEqual({
      changes: null,
      outcomes: [
        { row: 1, outcome: "posted", memberId: "9", points: 60 },
        { row: 2, outcome: "refused", reason: "duplicate" },
      ],
    });
  });

  test("leaves out who has nothing, whom something speaks against, and what would have expired; their next row may count", () => {
    const past = { id: "i:3", points: 5, availableAtMs: NOW_MS - 2 * DAY_MS, expiresAtMs: NOW_MS - DAY_MS };
    const { changes, outcomes } = openBalances(
      [
        rowOf(1, member("1"), { points: 0, against: "imported-before" }),
        rowOf(2, member("1"), { against: "imported-before" }),
        rowOf(3, member("1"), { balance: past }),
        rowOf(4, member("1"), { points: 3 }),
      ],
      rules,
      NOW_MS,
    );
    expect(outcomes).toEqual([
      { row: 1, outcome: "empty" },
      { row: 2, outcome: "refused", reason: "imported-before" },
      { row: 3, outcome: "refused", reason: "expired-already" },
      { row: 4, outcome: "posted", memberId: "1", points: 3 },
    ]);
    expect(potsOf(changes)).toEqual([["1", 0, 3]]);
  });
});

describe("taking an opening balance back", () => {
  /** A book with one opening balance, of which something was used meanwhile. */
  function opened(balance: Partial<OpeningRow["balance"]> = {}, book = new Book()): Book {
    const own = { ...rowOf(1, book.account).balance, ...balance };
    const { changes } = openBalances([{ ...rowOf(1, book.account), balance: own }], book.rules, NOW_MS);
    if (changes === null) throw new Error("Nothing was opened.");
    book.take(changes);
    return book;
  }
  function take(book: Book, nowMs = NOW_MS, posted: PostedEntry | null = null) {
    const wish = { key: "adjust:undo:i:1", lotId: LOT, account: book.account, posted, reason: "taken back" };
    const { changes, taken } = takeBack(wish, book.rules, nowMs);
    if (changes) book.take(changes);
    return { taken, kinds: changes?.entries.map(({ kind, detail }) => [kind, detail.reason]) };
  }

  test("takes what is there, and says why", () => {
    const book = opened();
    expect(take(book)).toEqual({ taken: 100, kinds: [["adjust", "taken back"]] });
    expect(book.pots()).toEqual({ pending: 0, available: 0, held: 0, owed: 0 });
    expect(book.account.lots.every(({ remaining }) => remaining === 0)).toBe(true);
    expect(book.entries.at(-1)).toMatchObject({ points: -100, available: -100, occurredAtMs: NOW_MS });
  });

  test("has what is pending mature first, and takes all of it", () => {
    const book = opened({ availableAtMs: NOW_MS + DAY_MS });
    expect(book.pots()).toMatchObject({ pending: 100, available: 0 });
    expect(take(book)).toEqual({
      taken: 100,
      kinds: [
        ["mature", "taken back"],
        ["adjust", "taken back"],
      ],
    });
    expect(book.pots()).toEqual({ pending: 0, available: 0, held: 0, owed: 0 });
    expect(book.account.lots.filter(({ matured }) => !matured)).toEqual([]);
    expect(book.entries.at(-2)).toMatchObject({ key: `mature:${LOT}`, pending: -100, available: 100, points: 0 });
  });

  test("books first what fell due: what matured meanwhile matures as it would have, and what has expired is left", () => {
    const waited = opened({ availableAtMs: NOW_MS + DAY_MS });
    expect(take(waited, NOW_MS + 2 * DAY_MS).taken).toBe(100);
    expect(waited.entries.at(-2)).toMatchObject({ kind: "mature", occurredAtMs: NOW_MS + DAY_MS });
    const gone = opened({ expiresAtMs: NOW_MS + DAY_MS });
    expect(take(gone, NOW_MS + 2 * DAY_MS)).toEqual({ taken: 0, kinds: undefined });
  });

  test("leaves what is held by a code", () => {
    const book = opened();
    expect(book.hold("r")).toBe("changes");
    expect(take(book).taken).toBe(50);
    expect(book.pots()).toMatchObject({ available: 0, held: 50 });
  });

  test.each(["before", "after"])("leaves other lots, such as an order's that came %s", (when) => {
    const earlier = new Book();
    if (when === "before") earlier.settle("1", 3_000);
    const book = opened({}, earlier);
    if (when === "after") book.settle("1", 3_000);
    expect(take(book).taken).toBe(100);
    expect(book.pots()).toMatchObject({ available: 30, held: 0 });
  });

  test("takes nothing where the lot has moved with a merged customer", () => {
    const book = opened();
    const account = { ...book.account, lots: [] };
    const wish = { key: "adjust:undo:i:1", lotId: LOT, account, posted: null, reason: "taken back" };
    expect(takeBack(wish, book.rules, NOW_MS)).toEqual({ changes: null, taken: 0 });
  });

  test("a second time takes nothing more, and says as many as the first", () => {
    expect(take(opened(), NOW_MS, postedBefore("1", -40))).toEqual({ taken: 40, kinds: undefined });
  });
});
