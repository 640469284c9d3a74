/** What Liquid reads of a program: the JSON of `app.metafields.lojal.program`. Fields are only ever added: themes hold blocks of an earlier day. */
import { plain } from "../domain/product-groups.ts";
import { type Exclusions, type ProgramVersion, rewardsOffered } from "../domain/program.ts";
import { isCodeReward, leastCost, type Reward, type RewardKind, valueFor } from "../domain/rewards.ts";
import type { ShopWords } from "../domain/shop-words.ts";
import type { TierRules } from "../domain/tiers.ts";

export interface Offering {
  /** Ids of rewards of which no more is left. */
  readonly soldOut: ReadonlySet<string>;
  /** Kinds that the shop has not allowed the app to give: no block offers them. */
  readonly withheld: ReadonlySet<RewardKind>;
  /** What rewards and tiers are called in the languages of the storefront. */
  readonly words?: ShopWords;
}

/** The summary of a version. While the program is paused it earns nothing and offers nothing; what it counts for tiers is told all the same. */
export function programSummary(version: ProgramVersion, currency: string, { soldOut, withheld, words = {} }: Offering) {
  const { earn, pendingDays, state, membership, expiry, tiers, exclusions, taxEarns } = version.program;
  const offered = rewardsOffered(version).filter(({ kind }) => !withheld.has(kind));
  const told = (rewards: readonly Reward[]) => rewards.map((reward) => rewardSummary(reward, soldOut.has(reward.id)));
  return {
    v: 1,
    currency,
    state,
    membership,
    // Blocks say nothing of a rate of nothing.
    earn: state === "paused" ? { points: 0, per_minor: 0 } : { points: earn.points, per_minor: earn.perMinor },
    // Left out where it does not, as in summaries of an earlier day.
    ...(taxEarns ? { tax_earns: true } : {}),
    pending_days: pendingDays,
    ...exclusionsSummary(exclusions),
    ...(expiry ? { expiry: { kind: expiry.kind, months: expiry.months } } : {}),
    ...(tiers ? { tiers: tiersSummary(tiers) } : {}),
    // Apart, because the first blocks knew only rewards that become a code.
    rewards: told(offered.filter(isCodeReward)),
    further_rewards: told(offered.filter((reward) => !isCodeReward(reward))),
    // By the product's name of a language, which is not always the storefront's: the blocks know which is which.
    ...(Object.keys(words).length > 0 ? { words } : {}),
  };
}

/** What earns nothing, as far as Liquid can tell of a product; names in lower case. Left out where everything earns. */
function exclusionsSummary({ productIds, vendors, collectionIds, tags }: Exclusions) {
  const named = {
    ...(productIds.length > 0 ? { products: productIds } : {}),
    ...(vendors.length > 0 ? { vendors: vendors.map(plain) } : {}),
    ...(collectionIds.length > 0 ? { collections: collectionIds } : {}),
    ...(tags.length > 0 ? { tags: tags.map(plain) } : {}),
  };
  return Object.keys(named).length > 0 ? { excluded: named } : {};
}

/** What does not apply to a reward is left out. Of a slider, price and worth are those of its least. */
function rewardSummary(reward: Reward, isSoldOut: boolean) {
  const { id, name, kind, percent, minimumMinor, slider, tiers } = reward;
  const cost = leastCost(reward);
  return {
    ...{ id, name, kind, cost, value_minor: valueFor(reward, cost) },
    ...(typeof percent === "number" ? { percent } : {}),
    ...(minimumMinor === null ? {} : { minimum_minor: minimumMinor }),
    ...(slider
      ? {
          slider: {
            max: slider.maxPoints,
            step: slider.stepPoints,
            step_value_minor: valueFor(reward, slider.stepPoints),
          },
        }
      : {}),
    ...(tiers && tiers.length > 0 ? { tiers } : {}),
    ...(isSoldOut ? { sold_out: true } : {}),
  };
}

function tiersSummary({ basis, period, levels }: TierRules) {
  return {
    basis,
    period,
    levels: levels.map(({ id, name, threshold, multiplier, giftPoints, membership }) => ({
      ...{ id, name, threshold, multiplier },
      ...(giftPoints > 0 ? { gift_points: giftPoints } : {}),
      ...(membership ? { bought_months: membership.months } : {}),
    })),
  };
}
