/** What points buy. */
import { knownRefunds, type OrderState, unitsGone } from "./order.ts";
import type { Refusal } from "./refusal.ts";

export interface Reward {
  readonly id: string;
  readonly name: string;
  readonly kind: "amount_off";
  /** Price in points. */
  readonly cost: number;
  /** Taken off the order, in minor units of the shop's currency. */
  readonly valueMinor: number;
  /** The order must be worth at least this; null = no minimum. */
  readonly minimumMinor: number | null;
  /** The code's life, in days. */
  readonly codeDays: number;
}

/** What a shopper asked for. `points` is for rewards with a slider; a fixed price takes no other number. */
export interface RewardRequest {
  readonly rewardId: string;
  readonly points: number | null;
}

/** The reward a request names and what it costs, or why it cannot be had. */
export function priceReward(
  rewards: readonly Reward[],
  request: RewardRequest,
): { readonly reward: Reward; readonly cost: number } | { readonly refusal: Refusal } {
  const reward = rewards.find((candidate) => candidate.id === request.rewardId);
  if (!reward) return { refusal: { code: "unknown-reward", rewardId: request.rewardId } };
  if (request.points !== null && request.points !== reward.cost) {
    return {
      refusal: { code: "invalid-request", detail: `This reward costs ${reward.cost} points, no more and no fewer.` },
    };
  }
  return { reward, cost: reward.cost };
}

/**
 * How many of a used redemption's points belong back to the shopper, by what is left of the order that used its code: the code's
 * discount on the refunded units over its whole discount, rounded down; all of them when nothing of the order is left.
 */
export function spentPointsBack(state: OrderState, code: string, cost: number): number {
  const { body } = state;
  if (state.deleted) return cost;
  if (body === null) return 0;
  if (body.cancelled || body.status === "voided" || body.status === "refunded") return cost;
  const refunds = knownRefunds(state);
  let whole = 0n;
  let [numerator, denominator] = [0n, 1n];
  for (const line of body.lines) {
    const discount = BigInt(line.codeDiscounts[code] ?? 0);
    const [gone, units] = [BigInt(unitsGone(line, refunds)), BigInt(Math.max(1, line.quantity))];
    whole += discount;
    numerator = numerator * units + discount * gone * denominator;
    denominator *= units;
  }
  return whole === 0n ? 0 : Number((BigInt(cost) * numerator) / (whole * denominator));
}

/** The same text for the same request: an id that comes again with another fingerprint was used for something else (I9). */
export function requestFingerprint(request: RewardRequest): string {
  return JSON.stringify([request.rewardId, request.points]);
}
