/** What a load looks for, and how its answer becomes books. What the database answers is load.db.test.ts. */
import { describe, expect, test } from "vitest";
import { blankAccount, blankOrder } from "../domain/account.ts";
import { NO_PROGRESS } from "../domain/progress.ts";
import { askedFor, type Found, loadedFrom } from "./load.ts";

const NOTHING: Found = {
  now_ms: "1000",
  newest_program_versions: null,
  accounts: null,
  newcomers: null,
  lots: null,
  orders: null,
  redemptions: null,
  entries: null,
  memberships: null,
};
const NO_BOOKS = { newestProgramVersion: 0, accounts: [], orders: [], redemptions: [], entries: [], memberships: [] };

const lotOf = (shopId: number, id: string) => ({
  shopId,
  memberId: "1",
  id,
  orderId: null,
  amount: 5,
  remaining: 5,
  availableAtMs: 0,
  fixedExpiryMs: null,
  matured: true,
  expired: false,
});
const accountOf = (shopId: number) => {
  const { lots: _lots, ...row } = blankAccount("1", `70${shopId}`);
  return { ...row, shopId, version: 3, progress: null };
};

test("each kind of what is wanted is looked for by its own column, with the shop and the unit that it is for", () => {
  const asked = askedFor([
    {
      unit: 2,
      shopId: 1,
      customerIds: ["c"],
      orderIds: ["o"],
      redemptionIds: ["r"],
      codes: ["K"],
      memberIds: ["m"],
      entryKeys: ["e"],
      productIds: ["p"],
    },
    { unit: 3, shopId: 4, codes: ["L"] },
  ]).map((text) => JSON.parse(text) as unknown);
  const [of, other] = [
    { unit: 2, shop_id: 1 },
    { unit: 3, shop_id: 4 },
  ];
  expect(asked).toEqual([
    [{ ...of, customer_id: "c" }],
    [{ ...of, order_id: "o" }],
    [{ ...of, id: "r" }],
    [
      { ...of, code: "K" },
      { ...other, code: "L" },
    ],
    [{ ...of, member_id: "m" }],
    [{ ...of, key: "e" }],
    [{ ...of, product_id: "p" }],
  ]);
});

describe("what was found", () => {
  test("of nothing is empty books of each shop that something was wanted of, once", () => {
    const { nowMs, books } = loadedFrom(NOTHING, [{ shopId: 1 }, { shopId: 2, orderIds: ["9"] }, { shopId: 1 }], false);
    expect(nowMs).toBe(1_000);
    expect([...books]).toEqual([
      [1, { shopId: 1, ...NO_BOOKS }],
      [2, { shopId: 2, ...NO_BOOKS }],
    ]);
  });

  test("goes to the shop that it is of, and to no other", () => {
    const both = [1, 2];
    const found = {
      ...NOTHING,
      newest_program_versions: { 1: 7, 2: 8 },
      accounts: both.map(accountOf),
      lots: [lotOf(2, "b"), lotOf(1, "a"), lotOf(2, "c")],
      orders: both.map((shopId) => ({ ...blankOrder("9"), shopId, revision: 4 })),
      redemptions: both.map((shopId) => ({ shopId, id: `r${shopId}` })),
      entries: both.map((shopId) => ({ shopId, key: `e${shopId}` })),
      memberships: both.map((shopId) => ({ shopId, group: `g${shopId}` })),
    } as unknown as Found;
    const { books } = loadedFrom(found, [{ shopId: 1, orderIds: ["9"] }, { shopId: 2 }], true);
    for (const shopId of both)
      expect(books.get(shopId)).toMatchObject({
        newestProgramVersion: shopId + 6,
        accounts: [{ shopId, customerId: `70${shopId}`, progress: NO_PROGRESS }],
        orders: [{ shopId, orderId: "9", revision: 4 }],
        redemptions: [{ id: `r${shopId}` }],
        entries: [{ key: `e${shopId}` }],
        memberships: [{ group: `g${shopId}` }],
      });
    expect(both.map((shopId) => books.get(shopId)?.accounts[0]?.lots.map(({ id }) => id))).toEqual([["a"], ["b", "c"]]);
  });

  test("and is in nobody's books yet begins with zeros where books are opened, and only there", () => {
    const found = { ...NOTHING, newcomers: [{ shopId: 1, memberId: "5", customerId: "7001" }] };
    const wanted = [{ shopId: 1, customerIds: ["7001"], orderIds: ["9", "9"] }];
    expect(loadedFrom(found, wanted, true).books.get(1)).toEqual({
      shopId: 1,
      ...NO_BOOKS,
      accounts: [{ shopId: 1, ...blankAccount("5", "7001"), progress: NO_PROGRESS, lots: [] }],
      orders: [{ shopId: 1, ...blankOrder("9") }],
    });
    expect(loadedFrom(NOTHING, wanted, false).books.get(1)?.orders).toEqual([]);
  });
});
