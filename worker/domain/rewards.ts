/** What points buy. */
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

/** The same text for the same request: an id that comes again with another fingerprint was used for something else (I9). */
export function requestFingerprint(request: RewardRequest): string {
  return JSON.stringify([request.rewardId, request.points]);
}
