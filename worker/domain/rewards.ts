/** What points buy. */
import { type MoneyShare, moneyShare } from "./exact-money.ts";
import { knownRefunds, type OrderState, unitsGone } from "./order.ts";
import type { Refusal } from "./refusal.ts";

/**
 * What a reward is. The first four become a discount code; store credit and a gift card are money that Shopify keeps for the shopper; of a
 * donation the merchant gives the amount to a cause; an experience is a thing that the merchant does by hand.
 */
export const REWARD_KINDS = [
  "amount_off",
  "percentage_off",
  "free_shipping",
  "free_product",
  "store_credit",
  "gift_card",
  "donation",
  "experience",
] as const;

export type RewardKind = (typeof REWARD_KINDS)[number];

/** What was published or chosen before a field existed does without it: absent and null mean the same. */
export interface Reward {
  readonly id: string;
  readonly name: string;
  readonly kind: RewardKind;
  /** Price in points; with a slider, the points that `valueMinor` is for. */
  readonly cost: number;
  /**
   * In minor units of the shop's currency: taken off, credited or given; of a free product the most that is taken off, the price of one. 0 where
   * the kind is worth no amount.
   */
  readonly valueMinor: number;
  /** The order must be worth at least this; null = no minimum. */
  readonly minimumMinor: number | null;
  /** The code's life, in days. */
  readonly codeDays: number;
  /** Of a percentage off: 1 to 100. */
  readonly percent?: number | null | undefined;
  /** Shipping that costs more is not free; null = whatever it costs. */
  readonly maximumShippingMinor?: number | null | undefined;
  /** The shopper chooses how many points to spend; null = the price is fixed. */
  readonly slider?: Slider | null | undefined;
  /** What the code is for; null = the whole order. */
  readonly items?: RewardItems | null | undefined;
  /** Which other discounts the code goes together with; null = with free shipping only. */
  readonly combinesWith?: CombinesWith | null | undefined;
  /** Only for members of these tiers; null = for everybody. */
  readonly tiers?: readonly string[] | null | undefined;
  /** How often it can be had in all, by everybody together; null = no end. */
  readonly stock?: number | null | undefined;
  /** How often one member can have it. */
  readonly limit?: RewardLimit | null | undefined;
}

/** From the least to the most points, in steps. */
export interface Slider {
  readonly minPoints: number;
  readonly maxPoints: number;
  readonly stepPoints: number;
}

/** Shopify's numbers of products, or of collections; never both. */
export interface RewardItems {
  readonly products: readonly string[];
  readonly collections: readonly string[];
}

export interface CombinesWith {
  readonly order: boolean;
  readonly product: boolean;
  readonly shipping: boolean;
}

export interface RewardLimit {
  readonly times: number;
  /** Within so many days; null = ever. */
  readonly days: number | null;
}

const CODE_KINDS: ReadonlySet<string> = new Set(["amount_off", "percentage_off", "free_shipping", "free_product"]);

/** Whether it becomes a discount code that an order uses. */
export function isCodeReward({ kind }: { readonly kind: string }): boolean {
  return CODE_KINDS.has(kind);
}

/** Whether Shopify keeps money for the shopper, who needs no order to have it. */
export function isMoneyReward({ kind }: { readonly kind: string }): boolean {
  return kind === "store_credit" || kind === "gift_card";
}

/** Gift cards have letters and digits only: theirs is the redemption's code without the hyphen. */
export function giftCardCode(code: string): string {
  return code.replaceAll("-", "");
}

/** The code that a shopper is shown; null where there is none, or none yet. */
export function shownCode({ kind, state, code }: { kind: string; state: string; code: string }): string | null {
  if (kind === "gift_card") return state === "used" ? giftCardCode(code) : null;
  return isCodeReward({ kind }) && state !== "held" ? code : null;
}

/** What a shopper asked for. `points` is for rewards with a slider; a fixed price takes no other number. */
export interface RewardRequest {
  readonly rewardId: string;
  readonly points: number | null;
}

/** The fewest points it can be had for. */
export function leastCost({ cost, slider }: Reward): number {
  return slider?.minPoints ?? cost;
}

/** What so many points are worth, in minor units; a slider's steps are whole amounts. */
export function valueFor(reward: Reward, points: number): number {
  return Number((BigInt(reward.valueMinor) * BigInt(points)) / BigInt(reward.cost));
}

/** The reward a request names as it is chosen (a slider's with its points and what they are worth) and what it costs, or why it cannot be had. */
export function priceReward(
  rewards: readonly Reward[],
  request: RewardRequest,
): { readonly reward: Reward; readonly cost: number } | { readonly refusal: Refusal } {
  const reward = rewards.find((candidate) => candidate.id === request.rewardId);
  if (!reward) return { refusal: { code: "unknown-reward", rewardId: request.rewardId } };
  const { slider } = reward;
  const cost = request.points ?? leastCost(reward);
  if (slider) {
    const { minPoints, maxPoints, stepPoints } = slider;
    if (cost < minPoints || cost > maxPoints || (cost - minPoints) % stepPoints !== 0) {
      const detail = `This reward takes ${minPoints} to ${maxPoints} points, in steps of ${stepPoints}.`;
      return { refusal: { code: "invalid-request", detail } };
    }
    return { reward: { ...reward, cost, valueMinor: valueFor(reward, cost), slider: null }, cost };
  }
  if (cost !== reward.cost) {
    return {
      refusal: { code: "invalid-request", detail: `This reward costs ${reward.cost} points, no more and no fewer.` },
    };
  }
  return { reward, cost };
}

/** Who asks for a reward, as far as its conditions go. */
export interface Asker {
  /** The tier of the member now; null without one. */
  readonly tier: string | null;
  /** Kinds that the shop has not allowed the app to give. */
  readonly withheld: ReadonlySet<RewardKind>;
  readonly uses: RewardUses;
}

/** How often a reward was chosen and not given back, as far as it has a stock or a limit. */
export interface RewardUses {
  /** By everybody, since it has a stock. */
  readonly byAll: number;
  /** By this member, within the days of its limit. */
  readonly byMember: number;
  /** Whether a store credit of this member waits for Shopify's answer. */
  readonly creditUnderWay: boolean;
}

/** Somebody of no tier who has had nothing yet. */
export const PLAIN_ASKER: Asker = {
  tier: null,
  withheld: new Set(),
  uses: { byAll: 0, byMember: 0, creditUnderWay: false },
};

/** Whether somebody must be asked how often it was had. */
export function isCounted({ stock, limit, kind }: Reward): boolean {
  return (stock ?? null) !== null || (limit ?? null) !== null || kind === "store_credit";
}

/** Why this member cannot have the reward, however many points there are; null where nothing stands in the way. */
export function rewardObstacle(reward: Reward, { tier, withheld, uses }: Asker): Refusal | null {
  const { id: rewardId, kind, tiers, stock, limit } = reward;
  if (withheld.has(kind)) return { code: "reward-unavailable", rewardId };
  if (tiers && (tier === null || !tiers.includes(tier))) return { code: "tier-required", rewardId, tiers };
  if (limit && uses.byMember >= limit.times)
    return { code: "reward-limit-reached", rewardId, times: limit.times, days: limit.days };
  if (typeof stock === "number" && uses.byAll >= stock) return { code: "reward-sold-out", rewardId };
  if (kind === "store_credit" && uses.creditUnderWay) return { code: "credit-under-way", rewardId };
  return null;
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
