import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { propertyRuns } from "../../dev/property-runs.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import { joinNews, type OrderBody, type OrderLine, type OrderNews, UNKNOWN_ORDER } from "./order.ts";
import { withFacts } from "./order-facts.ts";
import { type Exclusions, NO_EXCLUSIONS, PROGRAM_DEFAULTS } from "./program.ts";
import { settle } from "./settlement.ts";

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
const lines: readonly OrderLine[] = [
  { ...productLine("1", 10_000), productId: "501", vendor: "Kiln & Co" },
  { ...productLine("2", 2_000), productId: "502", vendor: "Northlight" },
  productLine("3", 300),
];
const points = (exclusions: Partial<Exclusions>, changes: Partial<OrderBody> = {}) =>
  settle(
    { body: orderBody({ lines, sourceName: "web", ...changes }), refunds: [], deleted: false },
    version(exclusions),
    "USD",
  );

describe("what is excluded earns nothing", () => {
  test.each([
    [{}, 123],
    [{ productIds: ["501"] }, 23],
    [{ productIds: ["501", "502"] }, 3],
    [{ vendors: [" kiln & co "] }, 23],
    [{ vendors: ["Kiln"] }, 123],
    [{ channels: ["POS"] }, 123],
    [{ channels: ["Web"] }, 0],
  ] as const)("%j leaves %i points", (exclusions, left) => {
    expect(points(exclusions).points).toBe(left);
  });
  test("and its points go to the other lines alone", () => {
    expect(points({ productIds: ["501"] }).lines.map(({ lineId }) => lineId)).toEqual(["2", "3"]);
    expect(points({ channels: ["web"] })).toMatchObject({ reason: "nothing-left", eligibleMinor: 0 });
  });
  test("what no body has told is not excluded; a gift card never earns", () => {
    expect(
      settle({ body: orderBody({ lines }), refunds: [], deleted: false }, version({ channels: ["web"] }), "USD").points,
    ).toBe(123);
    const gift = [{ ...productLine("1", 10_000), kind: "gift_card" as const }];
    expect(points({}, { lines: gift }).points).toBe(0);
  });
  test("a program that was published before anything could be excluded excludes nothing", () => {
    const { exclusions: _, ...before } = version({}).program;
    const old = { ...version({}), program: before as unknown as ReturnType<typeof version>["program"] };
    expect(settle({ body: orderBody({ lines }), refunds: [], deleted: false }, old, "USD").points).toBe(123);
  });
});

describe("a body with what another one tells besides", () => {
  const [told = productLine("1", 1), maker = productLine("2", 1)] = lines;
  const silent = orderBody({ lines: [productLine("1", 10_000), productLine("3", 300)] });
  const full = orderBody({ lines: [told, maker], sourceName: "web" });
  test("has it, and nothing where neither tells it", () => {
    const line = { ...productLine("1", 10_000), productId: "501", vendor: "Kiln & Co" };
    expect(withFacts(silent, full)).toStrictEqual({
      ...silent,
      sourceName: "web",
      lines: [line, productLine("3", 300)],
    });
    const { vendor: _, ...product } = line;
    expect(withFacts(silent, orderBody({ lines: [product] }))).toStrictEqual({
      ...silent,
      lines: [product, productLine("3", 300)],
    });
    const { productId: __, ...made } = line;
    expect(withFacts(silent, orderBody({ lines: [made] })).lines[0]).toStrictEqual(made);
  });
  test("is the same one where it tells as much", () => {
    for (const other of [full, silent, orderBody({ lines: [] })]) expect(withFacts(full, other)).toBe(full);
    expect(withFacts(silent, silent)).toBe(silent);
  });
  test("follows one of the two where they contradict each other, whichever comes first", () => {
    const pos = { ...full, sourceName: "pos", lines: [{ ...told, productId: "7", vendor: "Aster" }, maker] };
    const { sourceName, lines: joined } = withFacts(full, pos);
    expect([sourceName, joined[0]?.productId, joined[0]?.vendor]).toEqual(["web", "7", "Kiln & Co"]);
    expect(withFacts(pos, full)).toEqual(withFacts(full, pos));
  });
});

test("what one body told stays known, in whatever order the bodies come, however often", () => {
  const line = (id: string) =>
    fc
      .record({
        productId: fc.constantFrom(undefined, `50${id}`),
        vendor: fc.constantFrom(undefined, `maker ${id}`),
        quantity: fc.constantFrom(1, 2),
      })
      .map(({ productId, vendor, quantity }) => ({
        ...productLine(id, 1_000, quantity),
        ...(productId === undefined ? {} : { productId }),
        ...(vendor === undefined ? {} : { vendor }),
      }));
  const body = fc
    .record({
      updatedAtMs: fc.constantFrom(1, 2),
      lines: fc.tuple(line("1"), line("2")),
      sourceName: fc.constantFrom(undefined, "web"),
    })
    .map(({ sourceName, ...rest }): OrderNews => {
      return { kind: "state", body: orderBody({ ...rest, ...(sourceName === undefined ? {} : { sourceName }) }) };
    });
  const joined = (news: readonly OrderNews[]) => news.reduce(joinNews, UNKNOWN_ORDER).body;
  fc.assert(
    fc.property(
      fc.array(body, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(10), { maxLength: 6 }),
      (news, repeats) => {
        const all = joined(news);
        const again = repeats.flatMap((at) => news[at % news.length] ?? []);
        expect(joined([...again, ...news.toReversed()])).toEqual(all);
        expect(JSON.stringify(joined([...news, ...again]))).toBe(JSON.stringify(all));
        const told = news.flatMap((one) => (one.kind === "state" ? one.body.lines : []));
        for (const one of all?.lines ?? []) {
          const same = told.filter(({ id }) => id === one.id);
          expect(one.productId).toBe(same.find(({ productId }) => productId !== undefined)?.productId);
          expect(one.vendor).toBe(same.find(({ vendor }) => vendor !== undefined)?.vendor);
        }
        expect(all?.sourceName).toBe(
          news.some((one) => one.kind === "state" && one.body.sourceName) ? "web" : undefined,
        );
      },
    ),
    { numRuns: propertyRuns(1_000) },
  );
});
