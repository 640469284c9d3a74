/** Each kind of reward against the local Shopify: one effect each, whatever becomes of the answers. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import type { Network } from "../../dev/painted-shop.fixture.ts";
import { endOf, openRewardShop, type RewardShop } from "../../dev/reward-shop.fixture.ts";
import { orderJob } from "../../dev/test-rooms.ts";
import { noteOf, staffActor } from "../program/audit.ts";
import { cancelRedemption } from "./cancel-redemption.ts";
import { bringBalance } from "./change-member.ts";
import { changeStaffRules } from "./change-staff-rules.ts";
import { experienceCancelled, experienceDone, openExperiences } from "./experiences.ts";
import { giveReward } from "./give-reward.ts";
import { readBalance, readRedemptionList } from "./read-member.ts";
import { settleOrders } from "./settle-orders.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted((): Network => {
  const network: Network = { answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

const DIED = new Error("The worker ends here.");
const CREDIT = "LojalCreditStore";
const CARD = "LojalCreateGiftCard";
const MONEY_SCOPES = ["write_store_credit_account_transactions", "read_store_credit_accounts", "write_gift_cards"];

let shop: RewardShop;
let mug: { id: string; variantId: string; collection: string };
let shirt: string;
const id = "7b1f3b0e-0000-4000-a000-000000000001";

beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  shop = await openRewardShop(network, ({ own }) => {
    const product = own.products.find(({ handle }) => handle === "stoneware-mug");
    mug = {
      id: product?.id ?? "",
      variantId: product?.variants[0]?.id ?? "",
      collection: product?.collections[0] ?? "",
    };
    shirt = own.products.find(({ handle }) => handle === "linen-shirt")?.variants[0]?.id ?? "";
    return [
      { kind: "amount_off", slider: { minPoints: 100, maxPoints: 500, stepPoints: 100 } },
      {
        kind: "percentage_off",
        percent: 25,
        items: { products: [], collections: [mug.collection] },
        minimumMinor: 2_000,
      },
      {
        kind: "free_shipping",
        maximumShippingMinor: 900,
        combinesWith: { order: true, product: true, shipping: false },
      },
      { kind: "free_product", valueMinor: 2_450, items: { products: [mug.id], collections: [] } },
      { kind: "store_credit" },
      { kind: "gift_card", valueMinor: 1_000 },
      { kind: "experience" },
    ];
  });
  for (const scope of MONEY_SCOPES) shop.own.scopes.add(scope);
});
afterEach(async () => {
  expect(await auditLedger(shop.world)).toEqual([]);
  await shop.world.close();
});

const balance = (customerId = "7001") => readBalance(shop.world.rooms, shop.world.shop, customerId);
/** The state of Shopify once the answer to this operation was lost, after or before its effect. */
const losing = (operation: string, when: "after" | "before") => {
  let left = 1;
  shop.between = async (asked, answer) => {
    if (asked !== operation || left === 0) return answer();
    left -= 1;
    if (when === "after") await answer();
    throw new TypeError("the connection broke");
  };
};
async function codeFrom(rewardId: string, points?: number): Promise<string> {
  const answer = await shop.redeem(rewardId, points === undefined ? { id } : { id, points });
  if (answer.kind === "refused") throw new Error(answer.refusal.code);
  expect(answer.redemption.state).toBe("issued");
  return answer.redemption.code;
}
const allocationsOf = (body: unknown) => {
  const { line_items: lines, shipping_lines: shipping } = body as Record<
    "line_items" | "shipping_lines",
    { discount_allocations: { amount: string }[] }[]
  >;
  const amounts = (of: typeof lines) => of.map((line) => line.discount_allocations.map(({ amount }) => amount));
  return { lines: amounts(lines), shipping: amounts(shipping) };
};

describe("a code", () => {
  test("of a slider takes off what the chosen points are worth", async () => {
    const code = await codeFrom("amount-off", 300);
    const { body } = await shop.buy({ customerId: "7001", total: "40.00", codes: [code] });
    expect(allocationsOf(body).lines).toEqual([["15.00"]]);
    expect(await shop.state(id)).toMatchObject({ state: "used" });
    expect(await balance()).toMatchObject({ held: 0 });
  });

  test("of a percentage is for its products alone, and its minimum is of them", async () => {
    const code = await codeFrom("percentage-off");
    const lines = [
      { variantId: mug.variantId, quantity: 2 },
      { variantId: shirt, quantity: 1 },
    ];
    await expect(shop.buy({ customerId: "7001", lines: lines.slice(1), codes: [code] })).rejects.toThrow("minimum");
    const { body } = await shop.buy({ customerId: "7001", lines, codes: [code] });
    expect(allocationsOf(body).lines).toEqual([["12.25"], []]);
    expect(body).toMatchObject({ discount_applications: [{ value: "25.0", target_selection: "entitled" }] });
  });

  test("of a free product takes one unit off, however many are bought", async () => {
    const code = await codeFrom("free-product");
    const { body } = await shop.buy({
      customerId: "7001",
      lines: [
        { variantId: shirt, quantity: 1 },
        { variantId: mug.variantId, quantity: 3 },
      ],
      codes: [code],
    });
    expect(allocationsOf(body).lines).toEqual([[], ["24.50"]]);
  });

  test("of free shipping takes the shipping off up to its price, and goes together with what it allows", async () => {
    const code = await codeFrom("free-shipping");
    expect(shop.own.discounts.findByCode(code)).toMatchObject({
      combinesWith: { order: true, product: true, shipping: false },
      customers: ["7001"],
      usageLimit: 1,
    });
    const { body } = await shop.buy({ customerId: "7001", total: "40.00", shipping: "9.00", codes: [code] });
    expect(allocationsOf(body)).toEqual({ lines: [[]], shipping: [["9.00"]] });
    expect(await shop.state(id)).toMatchObject({ state: "used" });
  });

  test("of free shipping gives its points back when nothing of the order is left, and not before", async () => {
    const code = await codeFrom("free-shipping");
    const { orderId, body } = await shop.buy({
      customerId: "7001",
      lines: [{ variantId: mug.variantId, quantity: 2 }],
      shipping: "9.00",
      codes: [code],
    });
    const later = async (changes: object) => {
      const text = JSON.stringify({ ...(body as object), ...changes });
      const { readSnapshot } = await import("../shopify/snapshot.ts");
      const verdict = readSnapshot("orders/updated", text, Date.now());
      if (verdict.kind !== "order") throw new Error(verdict.kind);
      await settleOrders(shop.world.rooms, [orderJob(shop.world, orderId, verdict.snapshot.news)]);
    };
    const [line] = (body as { line_items: { id: unknown }[] }).line_items;
    const refund = {
      id: 1,
      refund_line_items: [{ line_item_id: line?.id, quantity: 1, subtotal: "24.50", total_tax: "0.00" }],
    };
    await later({ updated_at: "2100-01-01T00:00:00Z", refunds: [refund], financial_status: "partially_refunded" });
    const [half] = await shop.world.look<{ returned: string }>("select returned::text from redemptions");
    expect(half?.returned).toBe("0");
    await later({
      updated_at: "2100-01-02T00:00:00Z",
      cancelled_at: "2100-01-02T00:00:00Z",
      financial_status: "refunded",
    });
    const [all] = await shop.world.look<{ returned: string }>("select returned::text from redemptions");
    expect(all?.returned).toBe("100");
    expect((await balance()).available).toBe(1_000);
  });

  test.each(["percentage-off", "free-shipping", "free-product"])(
    "of %s whose answer was lost is found by its text, and is one",
    async (rewardId) => {
      losing(rewardId === "free-shipping" ? "LojalCreateShippingCode" : "LojalCreateCode", "after");
      expect(endOf(await shop.redeem(rewardId, { id }))).toBe("held");
      await shop.finish(id);
      expect(await shop.state(id)).toMatchObject({ state: "issued" });
      expect(shop.own.discounts.all()).toHaveLength(1);
      expect(endOf(await cancelRedemption(shop.world.rooms, shop.world.shop, "7001", id))).toBe("released");
      expect(shop.own.discounts.all().map((one) => shop.own.discounts.status(one))).toEqual(["EXPIRED"]);
      expect(await balance()).toMatchObject({ available: 1_000, held: 0 });
    },
  );

  test("of free shipping that Shopify refuses gives the points back, and its text can make no code any more", async () => {
    shop.store.shopify.faults.order({ next: 1, fault: "refuse", operation: "discountCodeFreeShippingCreate" });
    expect(endOf(await shop.redeem("free-shipping", { id }))).toBe("reward-refused");
    expect(await balance()).toMatchObject({ available: 1_000, held: 0 });
    expect(shop.own.discounts.all().map((one) => shop.own.discounts.status(one))).toEqual(["EXPIRED"]);
  });
});

describe("what staff give", () => {
  const lots = () => shop.world.look("select id, remaining, expires_at from lots where remaining > 0 order by id");
  const given = async () => (await shop.world.rooms.staff.rules(shop.world.shop.id)).givenPoints;
  const give = (rewardId: string) => {
    const { rooms, shop: own } = shop.world;
    const request = { redemptionId: id, rewardId, points: null };
    const note = () => noteOf(own.id, { actor: staffActor("42"), action: "reward-given", detail: {} });
    return giveReward(rooms, own, "42", { customerId: "7001", request, note });
  };
  /** Besides their thousand, the customer has points that expire before a gift's would. */
  beforeEach(async () => {
    const { rooms, shop: own } = shop.world;
    const expiresAtMs = Date.now() + 90 * 86_400_000;
    await bringBalance(rooms, own, "7001", { id: "own", points: 60, availableAtMs: 0, expiresAtMs });
    await changeStaffRules(rooms, own, "42", { version: 0, budgetPoints: 100, staff: null, showsNames: false });
  });

  test("and Shopify refuses is taken back as it came: the customer's own points keep their dates", async () => {
    const before = await lots();
    shop.store.shopify.faults.order({ next: 1, fault: "refuse", operation: "discountCodeFreeShippingCreate" });
    for (let time = 0; time < 2; time++) expect(endOf(await give("free-shipping"))).toBe("reward-refused");
    expect([await lots(), await given()]).toEqual([before, 0]);
    const posted =
      "select detail ->> 'reason' as reason from entries where key like 'adjust:%gift-' || $1 order by points";
    expect(await shop.world.look(posted, [id])).toEqual([
      { reason: "Not given: A free_shipping" },
      { reason: "A gift: A free_shipping" },
    ]);
  });

  test("and never reached Shopify is taken back by the sweep, once it surely never comes", async () => {
    const before = await lots();
    losing(CREDIT, "before");
    expect(endOf(await give("store-credit"))).toBe("held");
    await shop.finish(id);
    expect([await shop.state(id), await given()]).toMatchObject([{ state: "held" }, 100]);
    await shop.finish(id, 10);
    expect(await shop.state(id)).toMatchObject({ state: "released", reason: "refused" });
    expect([await lots(), await given()]).toEqual([before, 0]);
    expect(endOf(await give("store-credit"))).toBe("reward-refused");
  });

  test("and never reached Shopify is taken back when the job comes again, where it died after the points had come back", async () => {
    const before = await lots();
    losing(CREDIT, "before");
    await give("store-credit");
    const { commitOrLoad } = shop.world.rooms.ledger;
    const dying = vi
      .spyOn(shop.world.rooms.ledger, "commitOrLoad")
      .mockImplementation((...all) => (all[0][0]?.actor === "staff" ? Promise.reject(DIED) : commitOrLoad(...all)));
    await expect(shop.finish(id, 10)).rejects.toBe(DIED);
    dying.mockRestore();
    expect(await given()).toBe(100);
    await shop.finish(id, 10);
    expect([await lots(), await given()]).toEqual([before, 0]);
  });
});

describe("store credit", () => {
  const credits = () => shop.own.money.credits.map(({ customerId, minor }) => [customerId, minor]);

  test("is credited once, and its points are spent", async () => {
    expect(endOf(await shop.redeem("store-credit", { id }))).toBe("used");
    expect(endOf(await shop.redeem("store-credit", { id }))).toBe("used");
    expect(credits()).toEqual([["7001", 500]]);
    expect(await balance()).toMatchObject({ available: 900, held: 0 });
    expect(endOf(await cancelRedemption(shop.world.rooms, shop.world.shop, "7001", id))).toBe("already-used");
  });

  test("whose answer was lost is found among the account's transactions, and never credited again", async () => {
    // An earlier one of the same amount is another redemption's.
    expect(endOf(await shop.redeem("store-credit"))).toBe("used");
    losing(CREDIT, "after");
    expect(endOf(await shop.redeem("store-credit", { id }))).toBe("held");
    expect(endOf(await cancelRedemption(shop.world.rooms, shop.world.shop, "7001", id))).toBe("try-again");
    expect(endOf(await shop.redeem("store-credit"))).toBe("credit-under-way");
    expect(endOf(await shop.redeem("store-credit", { id }))).toBe("used");
    expect(await shop.state(id)).toMatchObject({ discount_id: shop.own.money.credits[1]?.gid });
    expect(credits()).toHaveLength(2);
    expect(endOf(await shop.redeem("store-credit"))).toBe("used");
  });

  test("that never reached Shopify is not asked for again: its points are back once it surely never comes", async () => {
    losing(CREDIT, "before");
    expect(endOf(await shop.redeem("store-credit", { id }))).toBe("held");
    await shop.finish(id);
    expect(await shop.state(id)).toMatchObject({ state: "held" });
    await shop.finish(id, 10);
    expect(await shop.state(id)).toMatchObject({ state: "released", reason: "refused" });
    expect([credits(), await balance()]).toMatchObject([[], { available: 1_000, held: 0 }]);
    expect(endOf(await shop.redeem("store-credit", { id }))).toBe("reward-refused");
  });

  test("that never reached Shopify is not taken for an earlier one of the same amount", async () => {
    expect(endOf(await shop.redeem("store-credit"))).toBe("used");
    losing(CREDIT, "before");
    expect(endOf(await shop.redeem("store-credit", { id }))).toBe("held");
    await shop.finish(id);
    await shop.finish(id, 10);
    expect(await shop.state(id)).toMatchObject({ state: "released", reason: "refused" });
    expect([credits().length, await balance()]).toMatchObject([1, { available: 900, held: 0 }]);
  });

  test("of two at once one is asked for, and the other is told to wait or had after it", async () => {
    let asked = 0;
    shop.between = (operation, answer) => {
      if (operation === CREDIT) asked += 1;
      return answer();
    };
    const ends = await Promise.all([shop.redeem("store-credit"), shop.redeem("store-credit")]);
    const used = ends.map(endOf).filter((end) => end === "used").length;
    expect([credits().length, asked]).toEqual([used, used]);
    expect(await balance()).toMatchObject({ available: 1_000 - 100 * used, held: 0 });
  });

  test.each([
    ["the scope is missing", "ACCESS", null],
    ["Shopify says no", "refuse", "storeCreditAccountCredit"],
    ["every try is throttled", "throttle", "storeCreditAccountCredit"],
  ])("is refused where %s, and the points are back at once", async (_why, fault, operation) => {
    if (operation === null) shop.own.scopes.delete("write_store_credit_account_transactions");
    else shop.store.shopify.faults.order({ next: 9, fault: fault as "refuse", operation });
    expect(endOf(await shop.redeem("store-credit", { id }))).toBe("reward-refused");
    expect([credits(), await balance()]).toMatchObject([[], { available: 1_000, held: 0 }]);
  });
});

test("what the shop is known not to have allowed is refused before any point is held", async () => {
  shop.world.rooms.shops.forget(shop.world.shop.domain);
  const narrow = { ...shop.world.shop, scopes: "read_orders,write_discounts,write_gift_cards" };
  const { redeemReward } = await import("./redeem-reward.ts");
  const ask = (rewardId: string) =>
    redeemReward(shop.world.rooms, narrow, "7001", { redemptionId: crypto.randomUUID(), rewardId, points: null });
  expect(endOf(await ask("store-credit"))).toBe("reward-unavailable");
  expect(endOf(await ask("gift-card"))).toBe("used");
  expect(await shop.world.look("select 1 from redemptions")).toHaveLength(1);
});

describe("a gift card", () => {
  test("is made once, for this customer, and its code can be listed", async () => {
    expect(endOf(await shop.redeem("gift-card", { id }))).toBe("used");
    const [card, ...others] = shop.own.money.giftCards;
    expect([card?.customerId, card?.minor, others]).toEqual(["7001", 1_000, []]);
    const { redemptions } = await readRedemptionList(shop.world.rooms, shop.world.shop, "7001");
    expect(redemptions[0]?.code?.toLowerCase()).toBe(card?.code);
  });

  test.each(["after", "before"] as const)(
    "whose answer was lost %s its effect is one card in the end",
    async (when) => {
      losing(CARD, when);
      expect(endOf(await shop.redeem("gift-card", { id }))).toBe("held");
      await shop.finish(id);
      expect(await shop.state(id)).toMatchObject({ state: "used", discount_id: shop.own.money.giftCards[0]?.gid });
      expect(shop.own.money.giftCards).toHaveLength(1);
      expect(await balance()).toMatchObject({ available: 900, held: 0 });
    },
  );

  test("that is refused after an answer was lost gives the points back only once nothing can be on its way", async () => {
    losing(CARD, "before");
    expect(endOf(await shop.redeem("gift-card", { id }))).toBe("held");
    shop.own.scopes.delete("write_gift_cards");
    shop.own.scopes.add("read_gift_cards");
    await shop.finish(id);
    expect(await shop.state(id)).toMatchObject({ state: "held" });
    await shop.finish(id, 10);
    expect(await shop.state(id)).toMatchObject({ state: "released" });
    expect(await balance()).toMatchObject({ available: 1_000, held: 0 });
  });
});

describe("an experience", () => {
  test("is on the staff's list until they say that it is done, once", async () => {
    const { rooms, shop: own } = shop.world;
    expect(endOf(await shop.redeem("experience", { id }))).toBe("issued");
    expect((await openExperiences(rooms, own, null)).experiences).toMatchObject([
      { id, customerId: "7001", cost: 100 },
    ]);
    expect(await balance()).toMatchObject({ available: 900, held: 100 });
    expect(endOf(await experienceDone(rooms, own, "42", crypto.randomUUID()))).toBe("unknown-redemption");
    const ends = await Promise.all([experienceDone(rooms, own, "42", id), experienceDone(rooms, own, "42", id)]);
    expect(ends.map(endOf)).toEqual(["used", "used"]);
    expect((await openExperiences(rooms, own, null)).experiences).toEqual([]);
    expect(await balance()).toMatchObject({ available: 900, held: 0 });
    expect(endOf(await cancelRedemption(rooms, own, "7001", id))).toBe("already-used");
    expect(await shop.world.look("select actor from entries where key = $1", [`use:${id}`])).toEqual([
      { actor: "staff" },
    ]);
  });

  test("that a shopper or staff give up gives the points back, asks Shopify nothing, and the sweep leaves it alone", async () => {
    const { rooms, shop: own } = shop.world;
    const second = crypto.randomUUID();
    await shop.redeem("experience", { id });
    await shop.redeem("experience", { id: second });
    shop.asked.length = 0;
    await shop.finish(id, 60 * 24 * 400);
    expect(await shop.state(id)).toMatchObject({ state: "issued" });
    expect(endOf(await cancelRedemption(rooms, own, "7001", id))).toBe("released");
    expect(endOf(await experienceCancelled(rooms, own, "42", second))).toBe("released");
    expect([shop.asked, await balance()]).toMatchObject([[], { available: 1_000, held: 0 }]);
    expect(endOf(await experienceDone(rooms, own, "42", id))).toBe("released");
  });
});
