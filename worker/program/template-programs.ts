/** The templates themselves. Amounts are in euros or dollars here, and become those of the shop's currency. */
import { currencyScale, everydayAmount } from "../domain/currency-scale.ts";
import { NO_EXCLUSIONS, PROGRAM_DEFAULTS, type Program } from "../domain/program.ts";
import type { Reward } from "../domain/rewards.ts";
import type { Tier, TierRules } from "../domain/tiers.ts";

export type TemplateId = "simple" | "beauty" | "coffee" | "prime" | "flyer";

/** Products of the merchant's that a template needs. */
export interface TemplateQuestion {
  /** By which the answer is given. */
  readonly id: string;
  /** `free-products`: one of them is given away, at the price that is asked, too. `membership-products`: whoever buys one has the tier. */
  readonly kind: "free-products" | "membership-products";
  readonly label: string;
  readonly details: string;
  /** What one of them may cost, in minor units, unless the merchant says; null where no price is asked. */
  readonly priceMinor: number | null;
}

export interface TemplateAnswer {
  /** Shopify's numbers of products. */
  readonly productIds: readonly string[];
  /** Null = as the question presets it. */
  readonly priceMinor?: number | null;
}

/** By the id of the question. */
export type TemplateAnswers = Readonly<Record<string, TemplateAnswer>>;

/** What was answered, with an amount also where none was. */
type Answered = (question: string) => { readonly productIds: readonly string[]; readonly priceMinor: number };

interface Template {
  readonly id: TemplateId;
  readonly name: string;
  readonly description: string;
  readonly shows: readonly string[];
  questions(currency: string): readonly TemplateQuestion[];
  program(currency: string, answered: Answered): Program;
}

const simple: Template = {
  id: "simple",
  name: "Simple",
  description: "One rule and one reward: orders earn points, and points become money off.",
  shows: ["10 points for every 100 spent", "One reward: money off an order", "A return window of 14 days"],
  questions: () => [],
  program: (currency) => ({
    ...PROGRAM_DEFAULTS,
    earn: { points: 10, perMinor: everydayAmount(100, currency) },
    pendingDays: 14,
    rewards: [amountOff(currency, { id: "off", cost: 20, units: 10 })],
  }),
};

const beauty: Template = {
  id: "beauty",
  name: "Beauty",
  description: "Three tiers by what is spent in a calendar year, a gift on reaching each, and a choice of rewards.",
  shows: [
    "Tiers by spending in a calendar year, kept to the end of the next one",
    "A gift of points on entry, and more points for every order",
    "Rewards to choose from at every step, one of them for the upper tiers only",
    "Points that live as long as the customer comes back within a year",
  ],
  questions: () => [],
  program: (currency) => ({
    ...PROGRAM_DEFAULTS,
    earn: { points: 1, perMinor: everydayAmount(1, currency) },
    pendingDays: 14,
    expiry: { kind: "after-inactivity", months: 12 },
    rewards: [
      amountOff(currency, { id: "off-small", cost: 100, units: 5 }),
      {
        ...reward({ id: "percent", name: "15 % off an order", kind: "percentage_off", cost: 200 }),
        percent: 15,
        minimumMinor: everydayAmount(40, currency),
      },
      freeShipping(currency, { cost: 250, units: 10, minimumUnits: 25 }),
      amountOff(currency, { id: "off-large", cost: 500, units: 30 }),
      donation(currency, { cost: 500, units: 25 }),
      {
        ...reward({ id: "consultation", name: "An hour with one of our experts", kind: "experience", cost: 750 }),
        tiers: ["radiant", "brilliant"],
      },
    ],
    tiers: {
      ...tierRules({ basis: "spend", period: "calendar-year", graceMonths: 12 }),
      levels: [
        tier({ id: "glow", name: "Glow", threshold: 0 }),
        tier({
          id: "radiant",
          name: "Radiant",
          threshold: everydayAmount(300, currency),
          multiplier: 12_500,
          giftPoints: 100,
        }),
        tier({
          id: "brilliant",
          name: "Brilliant",
          threshold: everydayAmount(1_000, currency),
          multiplier: 15_000,
          giftPoints: 300,
        }),
      ],
    },
  }),
};

const coffee: Template = {
  id: "coffee",
  name: "Coffee",
  description: "Points for everything that is bought, and free products at three steps.",
  shows: [
    "2 points for every 1 spent, to be used at once",
    "A free product at 50, 150 and 400 points",
    "Points that expire after half a year",
  ],
  questions: (currency) => [
    freeProducts(currency, { id: "extra", units: 2, label: "Which small extras are free for 50 points?" }),
    freeProducts(currency, { id: "cup", units: 5, label: "Which cups are free for 150 points?" }),
    freeProducts(currency, { id: "bag", units: 15, label: "Which bags are free for 400 points?" }),
  ],
  program: (currency, answered) => ({
    ...PROGRAM_DEFAULTS,
    earn: { points: 2, perMinor: everydayAmount(1, currency) },
    pendingDays: 0,
    expiry: { kind: "after-available", months: 6 },
    rewards: [
      freeProduct(answered, { id: "extra", name: "A free extra", cost: 50 }),
      freeProduct(answered, { id: "cup", name: "A free cup", cost: 150 }),
      freeProduct(answered, { id: "bag", name: "A free bag", cost: 400 }),
    ],
  }),
};

const prime: Template = {
  id: "prime",
  name: "Membership",
  description: "Whoever buys the membership is a member for a year: free shipping, member prices and first looks.",
  shows: [
    "A tier that is bought with a product, for 12 months",
    "Free shipping for members, for next to no points",
    "Rewards for members only",
    "Twice the points for members, and a gift on entry",
  ],
  questions: () => [
    {
      id: "membership",
      kind: "membership-products",
      label: "Which product is the membership?",
      details:
        "Make a product for it in your shop first. Each one that is bought gives 12 months, and earns no points.",
      priceMinor: null,
    },
  ],
  program: (currency, answered) => {
    const productIds = [...answered("membership").productIds];
    return {
      ...PROGRAM_DEFAULTS,
      earn: { points: 1, perMinor: everydayAmount(1, currency) },
      pendingDays: 0,
      expiry: { kind: "after-available", months: 12 },
      exclusions: { ...NO_EXCLUSIONS, productIds },
      rewards: [
        {
          ...freeShipping(currency, { cost: 10, units: 10, minimumUnits: null }),
          tiers: ["member"],
          combinesWith: { order: true, product: true, shipping: false },
        },
        {
          ...reward({ id: "member-price", name: "Member price: 10 % off", kind: "percentage_off", cost: 100 }),
          percent: 10,
          tiers: ["member"],
        },
        {
          ...reward({ id: "first-look", name: "A first look at what comes next", kind: "experience", cost: 150 }),
          tiers: ["member"],
        },
        amountOff(currency, { id: "off", cost: 100, units: 5 }),
      ],
      tiers: {
        ...tierRules({ basis: "spend", period: "rolling-year", graceMonths: 0 }),
        levels: [
          {
            ...tier({ id: "member", name: "Member", threshold: null, multiplier: 20_000, giftPoints: 100 }),
            membership: { productIds, months: 12 },
          },
        ],
      },
    };
  },
};

const flyer: Template = {
  id: "flyer",
  name: "Frequent flyer",
  description: "Two kinds of points: some to spend, and tier points of the last 12 months that make silver and gold.",
  shows: [
    "Tier points apart from the points that are spent",
    "Tiers by the last 12 months, with three months of grace",
    "More points for silver and gold, and a gift on entry",
    "Points as money in steps, and upgrades for the tiers",
  ],
  questions: () => [],
  program: (currency) => ({
    ...PROGRAM_DEFAULTS,
    earn: { points: 10, perMinor: everydayAmount(1, currency) },
    pendingDays: 14,
    expiry: { kind: "after-available", months: 24 },
    rewards: [
      {
        ...reward({ id: "money", name: "Points as money", kind: "amount_off", cost: 1_000 }),
        valueMinor: everydayAmount(5, currency),
        slider: { minPoints: 1_000, maxPoints: 20_000, stepPoints: 1_000 },
      },
      {
        ...reward({ id: "upgrade", name: "An upgrade of your order", kind: "experience", cost: 3_000 }),
        tiers: ["silver", "gold"],
      },
      { ...freeShipping(currency, { cost: 500, units: 15, minimumUnits: 15 }), tiers: ["gold"] },
      donation(currency, { cost: 1_000, units: 5 }),
    ],
    tiers: {
      ...tierRules({ basis: "points", period: "rolling-year", graceMonths: 3 }),
      tierPoints: { points: 1, perMinor: everydayAmount(1, currency) },
      levels: [
        tier({ id: "silver", name: "Silver", threshold: 500, multiplier: 12_500, giftPoints: 500 }),
        tier({ id: "gold", name: "Gold", threshold: 1_500, multiplier: 15_000, giftPoints: 1_500 }),
      ],
    },
  }),
};

/** The simple one first: it is the preset. */
export const TEMPLATES: readonly Template[] = [simple, beauty, coffee, prime, flyer];

type Named = Pick<Reward, "id" | "name" | "kind" | "cost">;

function reward(named: Named): Reward {
  return { ...named, valueMinor: 0, minimumMinor: null, codeDays: 30 };
}

function amountOff(currency: string, { id, cost, units }: { id: string; cost: number; units: number }): Reward {
  const name = `${units * currencyScale(currency)} ${currency} off`;
  return { ...reward({ id, name, kind: "amount_off", cost }), valueMinor: everydayAmount(units, currency) };
}

function donation(currency: string, { cost, units }: { cost: number; units: number }): Reward {
  const name = `${units * currencyScale(currency)} ${currency} for a good cause`;
  return { ...reward({ id: "donation", name, kind: "donation", cost }), valueMinor: everydayAmount(units, currency) };
}

function freeShipping(
  currency: string,
  { cost, units, minimumUnits }: { cost: number; units: number; minimumUnits: number | null },
): Reward {
  return {
    ...reward({ id: "free-shipping", name: "Free shipping", kind: "free_shipping", cost }),
    maximumShippingMinor: everydayAmount(units, currency),
    minimumMinor: minimumUnits === null ? null : everydayAmount(minimumUnits, currency),
  };
}

function freeProduct(answered: Answered, { id, name, cost }: { id: string; name: string; cost: number }): Reward {
  const { productIds, priceMinor } = answered(id);
  return {
    ...reward({ id, name, kind: "free_product", cost }),
    valueMinor: priceMinor,
    items: { products: productIds, collections: [] },
  };
}

function freeProducts(
  currency: string,
  { id, label, units }: { id: string; label: string; units: number },
): TemplateQuestion {
  return {
    id,
    kind: "free-products",
    label,
    details: "One of them is free. Say what one costs: Shopify takes that much off, once.",
    priceMinor: everydayAmount(units, currency),
  };
}

function tierRules(rules: Pick<TierRules, "basis" | "period" | "graceMonths">): Omit<TierRules, "levels"> {
  return { ...rules, tierPoints: null, tagPrefix: null };
}

function tier(level: Pick<Tier, "id" | "name" | "threshold"> & Partial<Tier>): Tier {
  return { multiplier: 10_000, giftPoints: 0, membership: null, ...level };
}
