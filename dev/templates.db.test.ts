/** Each template lives through a year of orders and more: what it shows happens, and every number is the one it must be. */
import { afterEach, expect, test, vi } from "vitest";
import { experienceDone } from "../worker/flows/experiences.ts";
import { readProgram } from "../worker/program/read-program.ts";
import type { TemplateAnswers } from "../worker/program/template-programs.ts";
import { fromTemplate } from "../worker/program/templates.ts";
import type { Network } from "./painted-shop.fixture.ts";
import type { LocalShop } from "./shopify/shop-state.ts";
import { openSimulation, type ShownMember, type Simulation } from "./simulated-shop.fixture.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted((): Network => {
  const network: Network = { answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

let shop: Simulation;
afterEach(() => shop.close());

interface Place {
  readonly currency: string;
  readonly timeZone: string;
}

/** A shop that begins on the first of January 2024 with a template, as a draft is read when it is published. */
async function begin(
  id: string,
  { currency, timeZone }: Place,
  answers: (own: LocalShop) => TemplateAnswers = () => ({}),
) {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  shop = await openSimulation(network, {
    currency,
    timeZone,
    startsAt: "2024-01-01T09:00:00Z",
    program: (own) => {
      const read = readProgram(fromTemplate(id, currency, answers(own))?.content);
      if ("faults" in read) throw new Error(read.faults.map(({ text }) => text).join(" "));
      return read.program;
    },
  });
}

/** A product of the local store, and its first variant. */
function product(
  own: LocalShop,
  handle: string,
): { readonly id: string; readonly line: { variantId: string; quantity: number } } {
  const found = own.products.find((one) => one.handle === handle);
  return { id: found?.id ?? "", line: { variantId: found?.variants[0]?.id ?? "", quantity: 1 } };
}

const shows = async (day: string, expected: Partial<ShownMember>, customerId?: string) => {
  await shop.passTo(day);
  const nothing = { available: 0, pending: 0, held: 0, owed: 0 };
  expect([day, await shop.member(customerId)]).toEqual([day, { ...nothing, tier: null, ...expected }]);
};

test("simple: orders earn, a refund takes back its share, and one reward is used, left unused and given back", async () => {
  await begin("simple", { currency: "EUR", timeZone: "Europe/Berlin" });
  await shop.buy("2024-01-10", { total: "129.99" });
  const refunded = await shop.buy("2024-02-01", { total: "200.00" });
  await shows("2024-02-01", { available: 12, pending: 20 });
  await shop.refund("2024-02-05", refunded, { amount: "50.00" });
  await shows("2024-02-05", { available: 12, pending: 15 });
  await shows("2024-03-01", { available: 27 });

  const code = await shop.redeem("2024-03-01", "off");
  await shows("2024-03-01", { available: 7, held: 20 });
  expect(await shop.redeem("2024-03-01", "off")).toBe("insufficient-points");
  const paidWithCode = await shop.buy("2024-03-02", { total: "100.00", codes: [code] });
  await shows("2024-03-02", { available: 7, pending: 9 });
  await shop.refund("2024-06-01", paidWithCode);
  await shows("2024-06-01", { available: 27 });

  await shop.redeem("2024-07-01", "off");
  await shows("2024-07-30", { available: 7, held: 20 });
  await shows("2024-08-01", { available: 27 });
  const last = await shop.redeem("2024-09-01", "off");
  await shop.buy("2024-09-02", { total: "50.00", codes: [last] });
  await shows("2025-01-01", { available: 11 });
  expect(await shop.redemptions()).toEqual([
    ["off", "used"],
    ["off", "released"],
    ["off", "used"],
  ]);
  await shop.expectSound();
});

test("beauty: spending makes tiers, a refund takes one back, gifts come once, and the year after keeps what was reached", async () => {
  await begin("beauty", { currency: "SEK", timeZone: "Europe/Stockholm" });
  await shop.buy("2024-02-01", { total: "2500.00" });
  await shows("2024-02-01", { pending: 250, tier: "Glow" });
  const reaching = await shop.buy("2024-03-01", { total: "600.00" });
  await shows("2024-03-01", { available: 250, pending: 60, tier: "Radiant" });
  expect(shop.paintedTier()).toBe("radiant");
  await shows("2024-03-20", { available: 410, tier: "Radiant" });
  const multiplied = await shop.buy("2024-04-01", { total: "1000.00" });
  await shows("2024-04-01", { available: 410, pending: 125, tier: "Radiant" });

  await shop.refund("2024-04-05", multiplied);
  await shows("2024-04-05", { available: 410, tier: "Radiant" });
  await shop.refund("2024-04-06", reaching);
  await shows("2024-04-06", { available: 350, tier: "Glow" });
  expect(shop.paintedTier()).toBe("glow");
  expect(await shop.redeem("2024-04-06", "consultation")).toBe("tier-required");

  await shop.buy("2024-05-01", { total: "8000.00" });
  await shows("2024-05-20", { available: 1_450, tier: "Brilliant" });
  const code = await shop.redeem("2024-05-20", "percent");
  await shop.buy("2024-05-21", { total: "500.00", codes: [code] });
  expect(await shop.redeem("2024-05-21", "consultation")).toBe("issued");
  await shows("2024-05-21", { available: 500, pending: 63, held: 750, tier: "Brilliant" });
  const [chosen] = await shop.look<{ id: string }>("select id from redemptions where state = 'issued'");
  await experienceDone(shop.rooms, shop.shop, "42", chosen?.id ?? "");
  await shows("2024-12-31", { available: 563, tier: "Brilliant" });

  // Whoever comes back within a year keeps everything for another.
  await shop.buy("2025-05-01", { total: "100.00" });
  await shows("2025-12-31", { available: 578, tier: "Brilliant" });
  await shows("2026-01-02", { available: 578, tier: "Glow" });
  expect(shop.paintedTier()).toBe("glow");
  await shows("2026-05-01", { available: 578, tier: "Glow" });
  await shows("2026-05-03", { available: 15, tier: "Glow" });
  await shows("2026-05-20", { tier: "Glow" });
  const gifts = (await shop.entries()).filter(([kind]) => kind === "gift");
  expect(gifts).toEqual([
    ["gift", 100],
    ["gift", 300],
  ]);
  await shop.expectSound();
});

test("coffee: every purchase earns at once, steps give free products, and what is not used in half a year is gone", async () => {
  await begin("coffee", { currency: "USD", timeZone: "America/Chicago" }, (own) => ({
    extra: { productIds: [product(own, "coffee-beans").id] },
    cup: { productIds: [product(own, "coffee-beans").id], priceMinor: 1_195 },
    bag: { productIds: [product(own, "stoneware-mug").id], priceMinor: 2_450 },
  }));
  const [beans, mug] = [product(shop.own, "coffee-beans").line, product(shop.own, "stoneware-mug").line];
  await shop.buy("2024-01-10", { total: "40.00" });
  const extra = await shop.redeem("2024-01-11", "extra");
  await shop.buy("2024-01-12", { lines: [beans], codes: [extra] });
  await shows("2024-01-12", { available: 49 });
  expect(await shop.redeem("2024-01-12", "cup")).toBe("insufficient-points");

  await shop.buy("2024-02-10", { total: "60.00" });
  const cup = await shop.redeem("2024-02-11", "cup");
  const withCup = await shop.buy("2024-02-12", { lines: [{ ...mug, quantity: 2 }, beans], codes: [cup] });
  await shows("2024-02-12", { available: 117 });
  // One of the mugs goes back; what was free is kept, and so are the points it took.
  await shop.refund("2024-02-20", withCup);
  await shows("2024-02-20", { available: 68 });
  await shows("2024-08-11", { available: 68 });
  await shows("2024-08-12", { available: 49 });
  await shows("2024-08-14", {});

  await shop.buy("2024-09-01", { total: "200.00" });
  await shop.redeem("2024-09-02", "bag");
  await shows("2024-10-01", { held: 400 });
  await shows("2024-10-03", { available: 400 });
  const bag = await shop.redeem("2024-11-01", "bag");
  await shop.buy("2024-11-02", { lines: [mug], codes: [bag] });
  await shop.buy("2024-12-24", { total: "30.00" });
  await shows("2025-01-01", { available: 60 });
  expect(await shop.redemptions()).toEqual([
    ["extra", "used"],
    ["cup", "used"],
    ["bag", "released"],
    ["bag", "used"],
  ]);
  await shop.expectSound();
});

test("prime: who buys the membership has its rewards for a year and not a day longer, and a refund ends it", async () => {
  await begin("prime", { currency: "GBP", timeZone: "Europe/London" }, (own) => ({
    membership: { productIds: [product(own, "wool-throw").id] },
  }));
  const membership = { lines: [product(shop.own, "wool-throw").line] };
  const [shopper, other] = ["7002", "7003"];
  await shop.buy("2024-01-10", { customerId: shopper, total: "60.00" });
  await shows("2024-01-10", { available: 60 }, shopper);
  expect(await shop.redeem("2024-01-10", "free-shipping", { customerId: shopper })).toBe("tier-required");

  await shop.buy("2024-01-15", membership);
  await shows("2024-01-15", { available: 100, tier: "Member" });
  expect(shop.paintedTier()).toBe("member");
  const shipping = await shop.redeem("2024-01-15", "free-shipping");
  await shop.buy("2024-01-16", { total: "60.00", shipping: "8.00", codes: [shipping] });
  await shows("2024-01-16", { available: 210, tier: "Member" });
  const price = await shop.redeem("2024-02-01", "member-price");
  await shop.buy("2024-02-01", { total: "80.00", codes: [price] });
  expect(await shop.redeem("2024-02-02", "first-look")).toBe("issued");
  await shows("2024-02-02", { available: 104, held: 150, tier: "Member" });

  const regretted = await shop.buy("2024-03-01", { ...membership, customerId: other });
  await shows("2024-03-01", { available: 100, tier: "Member" }, other);
  await shop.refund("2024-03-05", regretted);
  await shows("2024-03-05", { available: 100 }, other);
  expect(await shop.redeem("2024-03-05", "free-shipping", { customerId: other })).toBe("tier-required");

  await shows("2025-01-14", { available: 104, held: 150, tier: "Member" });
  await shows("2025-01-15", { available: 104, held: 150 });
  expect(shop.paintedTier()).toBe("none");
  expect(await shop.redeem("2025-01-15", "free-shipping")).toBe("tier-required");
  await shop.buy("2025-01-20", { total: "30.00" });
  await shop.buy("2025-01-25", membership);
  await shop.buy("2025-01-26", { total: "10.00" });
  await shows("2025-01-26", { available: 154, held: 150, tier: "Member" });
  await shows("2025-02-03", { available: 50, held: 150, tier: "Member" });
  expect((await shop.entries()).filter(([kind]) => kind === "gift")).toEqual([["gift", 100]]);
  await shop.expectSound();
});

test("flyer: tier points count apart from those that are spent, for twelve months and three of grace", async () => {
  await begin("flyer", { currency: "JPY", timeZone: "Asia/Tokyo" });
  await shop.buy("2024-01-10", { total: "30000" });
  await shop.buy("2024-03-01", { total: "25000" });
  await shows("2024-03-01", { available: 3_000, pending: 2_500, tier: "Silver" });
  await shop.buy("2024-04-01", { total: "40000" });
  await shows("2024-04-20", { available: 11_000, tier: "Silver" });

  const code = await shop.redeem("2024-04-21", "money", { points: 4_000 });
  await shop.buy("2024-04-21", { total: "12000", codes: [code] });
  expect(await shop.redeem("2024-04-22", "upgrade")).toBe("issued");
  const [chosen] = await shop.look<{ id: string }>("select id from redemptions where state = 'issued'");
  await experienceDone(shop.rooms, shop.shop, "42", chosen?.id ?? "");
  await shows("2024-04-22", { available: 4_000, pending: 1_250, tier: "Silver" });

  const golden = await shop.buy("2024-05-01", { total: "50000" });
  await shows("2024-05-01", { available: 4_000, pending: 7_500, tier: "Gold" });
  await shop.refund("2024-05-05", golden);
  await shows("2024-06-01", { available: 5_250, tier: "Silver" });
  expect(await shop.redeem("2024-06-01", "free-shipping")).toBe("tier-required");

  // 1,050 tier points, of which the last twelve months hold ever fewer: 500 on the first of March, 100 on the first of April.
  await shows("2025-04-02", { available: 5_250, tier: "Silver" });
  await shows("2025-06-30", { available: 5_250, tier: "Silver" });
  await shows("2025-07-02", { available: 5_250 });
  expect(shop.paintedTier()).toBe("none");
  await shows("2026-04-16", { available: 5_250 });
  await shows("2026-04-17", { available: 1_250 });
  await shows("2026-05-07", {});
  expect((await shop.entries()).filter(([kind]) => kind === "gift")).toEqual([["gift", 500]]);
  await shop.expectSound();
});
