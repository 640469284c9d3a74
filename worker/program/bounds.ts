/** Bounds that several parts of a program share: its schema holds to them, and the forms of the admin say them. */
import * as z from "zod";

/** The least and the most of what a program may say, both included. */
export const BOUNDS = {
  /** Points, or minor units of money. */
  count: { min: 1, max: 1_000_000_000 },
  pendingDays: { min: 0, max: 90 },
  expiryMonths: { min: 1, max: 120 },
  rewards: { min: 0, max: 50 },
  rewardName: { min: 1, max: 100 },
  percent: { min: 1, max: 100 },
  codeDays: { min: 1, max: 365 },
  /** Shopify takes no more products or collections for one discount. */
  rewardItems: { min: 1, max: 100 },
  rewardTiers: { min: 1, max: 20 },
  limitDays: { min: 1, max: 3650 },
  excludedProducts: { min: 0, max: 500 },
  excludedVendors: { min: 0, max: 100 },
  excludedChannels: { min: 0, max: 50 },
  excludedCollections: { min: 0, max: 20 },
  excludedTags: { min: 0, max: 20 },
  tiers: { min: 1, max: 10 },
  tierName: { min: 1, max: 60 },
  /** What it takes: points, minor units or orders. */
  threshold: { min: 0, max: 1_000_000_000_000 },
  /** Ten-thousandths: from once to a hundred times. */
  multiplier: { min: 10_000, max: 1_000_000 },
  giftPoints: { min: 0, max: 1_000_000_000 },
  graceMonths: { min: 0, max: 12 },
  membershipMonths: { min: 1, max: 120 },
  membershipProducts: { min: 1, max: 50 },
} as const satisfies Record<string, Bounds>;

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** What a form begins with where nothing was entered yet. */
export const PRESETS = { pendingDays: 14, codeDays: 30 } as const;

/** A whole number within bounds. */
export const within = ({ min, max }: Bounds) => z.number().int().min(min).max(max);

/** A number of points, or of minor units of money, that is at least one. */
export const count = within(BOUNDS.count);

/** An id inside a program: never shown, never changed. */
export const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);
