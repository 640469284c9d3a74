/** Collections and tags that earn nothing: what is in them changes, and an order keeps what was known when it was created. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KnownGroups } from "../../dev/known-groups.ts";
import { type OracleReading, oraclePoints } from "../../dev/oracle/order-points.ts";
import { propertyRuns } from "../../dev/property-runs.ts";
import { Book } from "../../dev/test-book.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { readSnapshot } from "../shopify/snapshot.ts";
import { joinNews, type OrderNews, UNKNOWN_ORDER } from "./order.ts";
import {
  excludedGroupAt,
  excludedGroups,
  type GroupMembership,
  groupKey,
  losesMost,
  membershipsBy,
} from "./product-groups.ts";
import { type Exclusions, NO_EXCLUSIONS, PROGRAM_DEFAULTS, shopRules } from "./program.ts";
import { settle, tierWorth } from "./settlement.ts";

const version = (exclusions: Partial<Exclusions>) => ({
  version: 1,
  inForceFromMs: 0,
  publishedAtMs: 0,
  program: {
    earn: { points: 1, perMinor: 100 },
    pendingDays: 0,
    rewards: [],
    ...PROGRAM_DEFAULTS,
    exclusions: { ...NO_EXCLUSIONS, ...exclusions },
  },
});
const CREATED = Date.parse("2026-01-01T00:00:00Z");
const MINUTE = 60_000;
const inGroup = (changes: Partial<GroupMembership> = {}): GroupMembership => ({
  group: "tag:sale",
  title: "Sale",
  productId: "501",
  sinceMs: null,
  untilMs: null,
  ...changes,
});
const lines = [{ ...productLine("1", 10_000), productId: "501" }, productLine("2", 2_000)];
const worth = (exclusions: Partial<Exclusions>, known: readonly GroupMembership[], created = CREATED) =>
  settle(
    { body: orderBody({ lines, createdAtMs: created }), refunds: [], deleted: false },
    version(exclusions),
    "USD",
    10_000,
    membershipsBy(known),
  );

describe("a product that was in an excluded group when the order was created earns nothing", () => {
  test.each([
    ["a tag that is named", { tags: ["Sale"] }, [inGroup()], 20],
    ["in any case, with spaces", { tags: [" SALE "] }, [inGroup()], 20],
    ["a collection that is named", { collectionIds: ["7"] }, [inGroup({ group: "collection:7" })], 20],
    ["another tag", { tags: ["new"] }, [inGroup()], 120],
    ["a tag and no collection of the name", { collectionIds: ["7"] }, [inGroup({ group: "tag:7" })], 120],
    ["another product", { tags: ["sale"] }, [inGroup({ productId: "502" })], 120],
    ["no group is named", {}, [inGroup()], 120],
    ["since that moment", { tags: ["sale"] }, [inGroup({ sinceMs: CREATED })], 20],
    ["since a moment later", { tags: ["sale"] }, [inGroup({ sinceMs: CREATED + 1 })], 120],
    ["until that moment", { tags: ["sale"] }, [inGroup({ untilMs: CREATED })], 120],
    ["until a moment later", { tags: ["sale"] }, [inGroup({ untilMs: CREATED + 1 })], 20],
  ] as const)("%s", (_name, exclusions, known, points) => {
    expect(worth(exclusions, known).points).toBe(points);
  });
  test("and counts for no tier", () => {
    const state = { body: orderBody({ lines }), refunds: [], deleted: false };
    const counts = (known: readonly GroupMembership[]) =>
      tierWorth(state, version({ tags: ["sale"] }), "USD", membershipsBy(known)).spentMinor;
    expect([counts([inGroup()]), counts([])]).toEqual([2_000, 12_000]);
  });
  test("and the settlement says which groups, each once, as they are called", () => {
    const known = [inGroup(), inGroup({ group: "collection:7", title: "Last chance" })];
    expect(worth({ tags: ["sale"], collectionIds: ["7"] }, known).notCounted).toEqual([
      { kind: "collection", title: "Last chance" },
    ]);
    expect(worth({ tags: ["sale"] }, known).notCounted).toEqual([{ kind: "tag", title: "Sale" }]);
    expect(worth({ tags: ["sale"] }, []).notCounted).toBeUndefined();
  });
});

test("a reading that misses more than half of ten products or more is not believed at once", () => {
  const found = [
    [9, 0],
    [10, 4],
    [10, 5],
    [11, 5],
    [11, 6],
    [0, 0],
    [500, 249],
  ] as const;
  expect(found.map(([known, now]) => losesMost(known, now))).toEqual([false, true, false, true, false, false, true]);
});

test("a program that names no groups, or is older than groups, excludes none", () => {
  expect([excludedGroups(), excludedGroups({}), excludedGroups(NO_EXCLUSIONS)]).toEqual([[], [], []]);
});

test("a program's groups: each once, tags without their case", () => {
  const groups = excludedGroups({ collectionIds: ["7"], tags: ["Sale", "sale ", "New"] });
  expect(groups.map(groupKey)).toEqual(["collection:7", "tag:sale", "tag:new"]);
  expect(excludedGroupAt(undefined, ["tag:sale"], membershipsBy([inGroup()]), CREATED)).toBeNull();
});

test("an entry says what was not counted, and a refund after the product left the group takes back no more than its share", () => {
  const book = new Book();
  const rules = (known: readonly GroupMembership[]) =>
    shopRules("USD", [version({ tags: ["sale"] })], undefined, membershipsBy(known));
  const refund = {
    id: "r1",
    lines: [{ lineId: "2", quantity: 1, subtotalMinor: 2_000, taxMinor: 0 }],
    beyondLinesMinor: 0,
    beyondLinesTaxMinor: 0,
  };
  const body = orderBody({ lines });
  book.news("1", { kind: "state", body }, undefined, rules([inGroup()]));
  // It left the group after the order: the hundred that it never brought do not appear now.
  book.news("1", { kind: "refund", refund }, undefined, rules([inGroup({ untilMs: CREATED + MINUTE })]));
  expect(book.entries.map(({ points, detail }) => [points, detail.notCounted])).toEqual([
    [20, [{ kind: "tag", title: "Sale" }]],
    [-20, [{ kind: "tag", title: "Sale" }]],
  ]);
});

const newsOf = (topic: string, body: Record<string, unknown>): OrderNews => {
  const verdict = readSnapshot(topic, JSON.stringify(body), 0);
  if (verdict.kind !== "order") throw new Error(JSON.stringify(verdict));
  return verdict.snapshot.news;
};

/** Minutes from the start at which something happens, with what a group holds then. */
const reading = fc.record({
  atMinute: fc.nat(200),
  group: fc.constantFrom("collection:7", "tag:sale", "tag:other"),
  products: fc.subarray(["501", "502", "503"]),
});
const story = fc.record({
  first: fc.tuple(fc.subarray(["501", "502", "503"]), fc.subarray(["501", "502", "503"])),
  readings: fc.array(reading, { maxLength: 8 }),
  createdMinute: fc.nat(200),
  prices: fc.tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 })),
  refundedLine: fc.nat(2),
});
const exclusions = { collectionIds: ["7"], tags: ["Sale"] };

test("whatever is learned of groups before, between and after: an order and its refund settle by what was known when it was created", () => {
  fc.assert(
    fc.property(story, ({ first, readings, createdMinute, prices, refundedLine }) => {
      const known = new KnownGroups();
      const told: OracleReading[] = [];
      const note = (group: string, products: readonly string[], nowMs: number | null) => {
        known.note(group, products, { isNamed: nowMs !== null, nowMs: nowMs ?? 0 });
        if (group !== "tag:other") told.push({ group, products, from: nowMs === null ? -Infinity : nowMs + MINUTE });
      };
      note("collection:7", first[0], null);
      note("tag:sale", first[1], null);
      const created = CREATED + createdMinute * MINUTE;
      const created_at = new Date(created).toISOString();
      const line_items = prices.map((price, index) => ({
        id: index + 1,
        product_id: 501 + index,
        quantity: 1,
        price: `${price}.00`,
      }));
      const paid = {
        id: 1,
        created_at,
        updated_at: created_at,
        currency: "USD",
        financial_status: "paid",
        total_price: "999.00",
        line_items,
      };
      const usd = (amount: string) => ({ shop_money: { amount, currency_code: "USD" } });
      const part = {
        line_item_id: refundedLine + 1,
        quantity: 1,
        subtotal_set: usd(`${prices[refundedLine]}.00`),
        total_tax_set: usd("0.00"),
      };
      const refund = { id: 11, order_id: 1, refund_line_items: [part] };
      const refunded = { ...paid, updated_at: new Date(created + MINUTE).toISOString(), refunds: [refund] };
      const points = (news: readonly OrderNews[]) =>
        settle(news.reduce(joinNews, UNKNOWN_ORDER), version(exclusions), "USD", 10_000, known.memberships()).points;
      const rate = { points: 1, perUnits: "1.00" };

      const ordered = [...readings].sort((a, b) => a.atMinute - b.atMinute);
      const before = ordered.filter(({ atMinute }) => atMinute <= createdMinute);
      for (const { group, products, atMinute } of before) note(group, products, CREATED + atMinute * MINUTE);
      const atOnce = points([newsOf("orders/paid", paid)]);
      for (const { group, products, atMinute } of ordered.slice(before.length))
        note(group, products, CREATED + atMinute * MINUTE);
      expect(points([newsOf("orders/paid", paid)]), "settled late as at once").toBe(atOnce);
      expect(atOnce).toBe(oraclePoints(paid, rate, "USD", told));
      const after = points([newsOf("orders/paid", paid), newsOf("refunds/create", refund)]);
      expect(after).toBe(oraclePoints(refunded, rate, "USD", told));
      expect(after).toBeLessThanOrEqual(atOnce);
    }),
    { numRuns: propertyRuns(2_000) },
  );
});
