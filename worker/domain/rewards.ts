/** What points buy. */
import { type MoneyShare, moneyShare } from "./exact-money.ts";
import { knownRefunds, type OrderState, unitsGone } from "./order.ts";
import type { Refusal } from "./refusal.ts";

export interface Reward {
  readonly id: string;
  readonly name: string;
  /** A code that takes an amount off one order; or a donation: the merchant gives that amount to a cause, and no code is made. */
  readonly kind: "amount_off" | "donation";
  /** Price in points. */
  readonly cost: number;
  /** Taken off the order, or given to the cause, in minor units of the shop's currency. */
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

/** How many points of a used redemption belong back, and why: the order is gone, or some of what its code took off is. */
export interface SpentBack {
  readonly points: number;
  readonly reason: "deleted" | "cancelled" | "refunded";
  /** The share of the code's discount that was refunded; left out when nothing of the order is left. */
  readonly refunded?: MoneyShare;
}

/**
 * How many of a used redemption's points belong back to the shopper, by what is left of the order that used its code: the code's
 * discount on the refunded units over its whole discount, rounded down; all of them when nothing of the order is left.
 */
export function spentPointsBack(state: OrderState, code: string, cost: number): SpentBack {
  const { body } = state;
  if (state.deleted) return { points: cost, reason: "deleted" };
  if (body === null) return { points: 0, reason: "refunded" };
  if (body.cancelled || body.status === "voided") return { points: cost, reason: "cancelled" };
  if (body.status === "refunded") return { points: cost, reason: "refunded" };
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
  if (whole === 0n) return { points: 0, reason: "refunded" };
  const refunded = moneyShare(numerator, whole * denominator, denominator);
  const points = Number((BigInt(cost) * numerator) / (whole * denominator));
  return { points, reason: "refunded", ...(refunded ? { refunded } : {}) };
}

/** The same text for the same request: an id that comes again with another fingerprint was used for something else (I9). */
export function requestFingerprint(request: RewardRequest): string {
  return JSON.stringify([request.rewardId, request.points]);
}
