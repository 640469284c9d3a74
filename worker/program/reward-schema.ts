/** One reward as it is stored, entered and published, and why Shopify or sense would refuse it. */
import * as z from "zod";
import { isCodeReward, isMoneyReward, REWARD_KINDS, type Reward } from "../domain/rewards.ts";
import { BOUNDS, count, PRESETS, slug, within } from "./bounds.ts";

const shopifyNumber = z.string().regex(/^\d{1,20}$/, "a number from Shopify");
const items = z.array(shopifyNumber).max(BOUNDS.rewardItems.max).default([]);

const fields = z.strictObject({
  id: slug,
  name: z.string().min(BOUNDS.rewardName.min).max(BOUNDS.rewardName.max),
  kind: z.enum(REWARD_KINDS),
  cost: count,
  valueMinor: within({ min: 0, max: BOUNDS.count.max }).default(0),
  minimumMinor: count.nullable().default(null),
  codeDays: within(BOUNDS.codeDays).default(PRESETS.codeDays),
  percent: within(BOUNDS.percent).nullish(),
  maximumShippingMinor: count.nullish(),
  slider: z.strictObject({ minPoints: count, maxPoints: count, stepPoints: count }).nullish(),
  items: z
    .strictObject({
      products: items,
      collections: items,
    })
    .nullish(),
  combinesWith: z
    .strictObject({
      order: z.boolean().default(false),
      product: z.boolean().default(false),
      shipping: z.boolean().default(false),
    })
    .nullish(),
  tiers: z.array(slug).min(BOUNDS.rewardTiers.min).max(BOUNDS.rewardTiers.max).nullish(),
  stock: count.nullish(),
  limit: z.strictObject({ times: count, days: within(BOUNDS.limitDays).nullable().default(null) }).nullish(),
});

export const rewardSchema = fields.superRefine((reward, context) => {
  for (const { field, why } of faultsOf(reward)) context.addIssue({ code: "custom", path: [field], message: why });
}) satisfies z.ZodType<Reward>;

interface Fault {
  readonly field: keyof Reward;
  /** A plain sentence for the merchant. */
  readonly why: string;
}

function faultsOf(reward: Reward): Fault[] {
  return [...worthFaults(reward), ...conditionFaults(reward), ...sliderFaults(reward), ...combinationFaults(reward)];
}

/** What the kind needs, and what it has no use for. */
function worthFaults({ kind, valueMinor, percent, items, maximumShippingMinor }: Reward): Fault[] {
  const faults: Fault[] = [];
  const say = (field: keyof Reward, why: string) => faults.push({ field, why });
  const hasAmount = !["percentage_off", "free_shipping", "experience"].includes(kind);
  if (hasAmount && valueMinor === 0) {
    say(
      "valueMinor",
      kind === "free_product"
        ? "Say what one of the products costs: Shopify takes that much off, once."
        : "Say how much money this reward is worth.",
    );
  }
  if (!hasAmount && valueMinor > 0) say("valueMinor", "This kind of reward is worth no amount of money.");
  if (kind === "percentage_off" && !percent) say("percent", "Say how many percent are taken off, from 1 to 100.");
  if (kind !== "percentage_off" && percent) say("percent", "Only a percentage off has a percentage.");
  if (kind !== "free_shipping" && maximumShippingMinor)
    say("maximumShippingMinor", "Only free shipping has a highest price of the shipping.");
  if (kind === "free_product" && countOf(items) === 0) say("items", "Choose the products of which one is free.");
  return faults;
}

function conditionFaults({ kind, minimumMinor, items }: Reward): Fault[] {
  const faults: Fault[] = [];
  const say = (field: keyof Reward, why: string) => faults.push({ field, why });
  const isMoney = isMoneyReward({ kind });
  if (minimumMinor !== null && (isMoney || kind === "experience"))
    say("minimumMinor", "A minimum spend belongs to a discount code: this kind of reward is had without an order.");
  if (!items) return faults;
  if (!isCodeReward({ kind })) say("items", "Products belong to a discount code: this kind of reward is none.");
  if (kind === "free_shipping")
    say("items", "Shopify's free shipping is for the whole order, not for chosen products.");
  if (items.products.length > 0 && items.collections.length > 0)
    say("items", "Shopify takes products or collections for one discount, not both.");
  if (kind !== "free_product" && countOf(items) === 0)
    say("items", "Choose products or collections, or leave both out.");
  return faults;
}

function sliderFaults({ kind, cost, valueMinor, slider }: Reward): Fault[] {
  if (!slider) return [];
  const { minPoints, maxPoints, stepPoints } = slider;
  const faults: Fault[] = [];
  const say = (why: string) => faults.push({ field: "slider", why });
  if (kind !== "amount_off" && kind !== "donation" && !isMoneyReward({ kind }))
    say("A slider is for rewards that are worth an amount of money.");
  if (maxPoints < minPoints) say("The most points must not be fewer than the least.");
  else if ((maxPoints - minPoints) % stepPoints !== 0) say("The steps must lead from the least points to the most.");
  const isWhole = (points: number) => (BigInt(points) * BigInt(valueMinor)) % BigInt(cost) === 0n;
  if (!isWhole(minPoints) || !isWhole(stepPoints))
    say("Each step must be worth a whole amount: choose steps that the price divides.");
  return faults;
}

function combinationFaults({ kind, combinesWith }: Reward): Fault[] {
  if (!combinesWith) return [];
  const faults: Fault[] = [];
  const say = (why: string) => faults.push({ field: "combinesWith", why });
  if (!isCodeReward({ kind })) say("Only a discount code combines with other discounts.");
  if (kind === "free_shipping" && combinesWith.shipping)
    say("Shopify does not let free shipping combine with other shipping discounts.");
  return faults;
}

function countOf(items: Reward["items"]): number {
  return (items?.products.length ?? 0) + (items?.collections.length ?? 0);
}
