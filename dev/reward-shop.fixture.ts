/** A shop in the local Shopify with rewards of all kinds, and what a shopper does there. One at a time. */

import type { Reward } from "../worker/domain/rewards.ts";
import { finishRedemption } from "../worker/flows/finish-redemptions.ts";
import { type RedeemAnswer, redeemReward } from "../worker/flows/redeem-reward.ts";
import { settleOrders } from "../worker/flows/settle-orders.ts";
import { readSnapshot } from "../worker/shopify/snapshot.ts";
import { type Network, openPaintedShop, type PaintedShop } from "./painted-shop.fixture.ts";
import { publishProgram, simpleProgram } from "./publish-program.ts";
import { newWorld, type TestWorld } from "./test-rooms.ts";

/** A reward as tests name it; what it does not say is a plain 5.00 off for 100 points. */
export type RewardDraft = Partial<Reward> & Pick<Reward, "kind">;

export function rewardOf(draft: RewardDraft): Reward {
  const hasAmount = !["percentage_off", "free_shipping", "experience"].includes(draft.kind);
  const preset = {
    name: `A ${draft.kind}`,
    cost: 100,
    valueMinor: hasAmount ? 500 : 0,
    minimumMinor: null,
    codeDays: 30,
  };
  return { id: draft.kind.replaceAll("_", "-"), ...preset, ...draft };
}

/** Publishes these rewards as the next version of a shop's program, in force from long ago. */
export async function publishRewards(world: TestWorld, drafts: readonly RewardDraft[]): Promise<void> {
  const { domain, currency } = world.shop;
  const simple = simpleProgram({ currency, points: 1, perMinor: 100, pendingDays: 0, rewards: [] });
  const program = { ...simple, rewards: drafts.map(rewardOf) };
  const accessToken = "test-token";
  await publishProgram(world.database.superuserUrl, {
    domain,
    currency,
    program,
    inForceFrom: "2000-01-02",
    accessToken,
  });
}

/** Tells what became of a request: its state, or why not. */
export const endOf = (answer: RedeemAnswer): string =>
  answer.kind === "refused" ? answer.refusal.code : answer.redemption.state;

export interface RewardShop extends PaintedShop {
  redeem(rewardId: string, more?: { id?: string; points?: number; customerId?: string }): Promise<RedeemAnswer>;
  /** What the sweep makes of a redemption; `ageMinutes` later than it was made. */
  finish(id: string, ageMinutes?: number): Promise<void>;
  state(id: string): Promise<{ state: string; discount_id: string | null; reason: string | null } | undefined>;
  /** Buys at the local checkout, and settles what its webhooks say. */
  buy(
    purchase: Parameters<PaintedShop["store"]["shopify"]["checkout"]>[1],
  ): Promise<{ orderId: string; body: unknown }>;
}

/** A new shop with these rewards; customer 7001 has 1,000 points. */
export async function openRewardShop(
  network: Network,
  drafts: (shop: PaintedShop) => RewardDraft[],
): Promise<RewardShop> {
  const shop = await openPaintedShop(network);
  const { world, own, store } = shop;
  await publishRewards(world, drafts(shop));
  await shop.give(1_000);
  const settle = async (topic: string, source: string) => {
    const verdict = readSnapshot(topic, source, Date.now());
    if (verdict.kind !== "order") throw new Error(`The order was not read: ${verdict.kind}.`);
    const { orderId, news } = verdict.snapshot;
    await settleOrders(world.rooms, [{ kind: "order", shop: own.domain, topic, deliveryId: null, orderId, news }]);
    return orderId;
  };
  const acts: Omit<RewardShop, keyof PaintedShop> = {
    redeem: (rewardId, { id = crypto.randomUUID(), points, customerId = "7001" } = {}) =>
      redeemReward(world.rooms, world.shop, customerId, { redemptionId: id, rewardId, points: points ?? null }),
    async finish(id, ageMinutes = 1) {
      await world.look(`update redemptions set created_at = created_at - $2 * interval '1 minute' where id = $1`, [
        id,
        ageMinutes,
      ]);
      await finishRedemption(world.rooms, world.shop, id);
    },
    state: async (id) =>
      (await world.look<never>("select state, discount_id, reason from redemptions where id = $1", [id]))[0],
    async buy(purchase) {
      store.pass(5_000);
      const result = await store.shopify.checkout(own, purchase);
      if (!result.ok) throw new Error(`The checkout refused: ${result.code}.`);
      const orderId = await settle("orders/paid", result.order.source);
      return { orderId, body: result.order.body };
    },
  };
  return Object.assign(shop, acts);
}

/** A shop whose holds are what a test is about: nobody asks Shopify. */
export async function openHoldingShop(drafts: readonly RewardDraft[]): Promise<TestWorld> {
  const world = await newWorld();
  await publishRewards(world, drafts);
  await world.look("update shops set access_token_sealed = null");
  world.rooms.shops.forget(world.shop.domain);
  return { ...world, shop: { ...world.shop, accessTokenSealed: null } };
}
