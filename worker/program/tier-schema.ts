/** A program's tiers as they are stored, entered and published; what cannot work is refused with the reason. */
import * as z from "zod";
import type { TierRules } from "../domain/tiers.ts";
import { BOUNDS, count, slug, within } from "./bounds.ts";

const tierSchema = z.strictObject({
  id: slug.refine((id) => id !== "none", "“none” is what customers without a tier are shown to have."),
  name: z.string().trim().min(BOUNDS.tierName.min).max(BOUNDS.tierName.max),
  threshold: within(BOUNDS.threshold).nullable(),
  multiplier: within(BOUNDS.multiplier).default(BOUNDS.multiplier.min),
  giftPoints: within(BOUNDS.giftPoints).default(0),
  membership: z
    .strictObject({
      productIds: z
        .array(z.string().regex(/^[1-9]\d{0,19}$/, "A product is named by its number at Shopify."))
        .min(BOUNDS.membershipProducts.min, "Name at least one product that gives the tier.")
        .max(BOUNDS.membershipProducts.max),
      months: within(BOUNDS.membershipMonths),
    })
    .nullable()
    .default(null),
});

export const tiersSchema = z
  .strictObject({
    basis: z.enum(["points", "spend", "orders"]),
    tierPoints: z.strictObject({ points: count, perMinor: count }).nullable().default(null),
    period: z.enum(["rolling-year", "calendar-year", "lifetime"]),
    graceMonths: within(BOUNDS.graceMonths).default(0),
    // Shopify takes tags of up to 255 characters and separates them by commas; a tier's id is at most 64 long.
    tagPrefix: z
      .string()
      .regex(/^[^\s,][^,]{0,98}$/, "A tag has no comma and does not begin with a space.")
      .nullable()
      .default(null),
    levels: z
      .array(tierSchema)
      .min(BOUNDS.tiers.min, "A program with tiers has at least one tier.")
      .max(BOUNDS.tiers.max),
  })
  .superRefine((tiers, context) => {
    for (const [path, message] of faultsOf(tiers)) context.addIssue({ code: "custom", path: [...path], message });
  }) satisfies z.ZodType<TierRules>;

type Fault = readonly [path: readonly (string | number)[], message: string];

/** Why these tiers cannot be, as a merchant reads it. */
function faultsOf({ basis, tierPoints, period, graceMonths, levels }: TierRules): readonly Fault[] {
  const faults: Fault[] = [];
  if (tierPoints !== null && basis !== "points")
    faults.push([["tierPoints"], "Tier points have a rate of their own only where tiers go by points."]);
  if (period === "lifetime" && graceMonths > 0)
    faults.push([["graceMonths"], "A tier for life is never lost by time, so there is nothing to give grace for."]);
  levels.forEach((tier, index) => {
    const at = (field: string): (string | number)[] => ["levels", index, field];
    const below = levels.slice(0, index);
    if (below.some(({ id }) => id === tier.id)) faults.push([at("id"), "Two tiers have the same id."]);
    if (below.some(({ name }) => name === tier.name)) faults.push([at("name"), "Two tiers have the same name."]);
    if (tier.threshold === null && tier.membership === null)
      faults.push([
        at("threshold"),
        `Nobody could reach ${tier.name}: it needs a threshold, or a product that gives it.`,
      ]);
    if (below.some(({ threshold }) => threshold !== null && tier.threshold !== null && threshold >= tier.threshold))
      faults.push([at("threshold"), `${tier.name} must take more than the tiers below it.`]);
    if (below.some((one) => one.multiplier > tier.multiplier))
      faults.push([at("multiplier"), `${tier.name} must not earn less than a tier below it.`]);
    if (tier.threshold === 0 && tier.giftPoints > 0)
      faults.push([at("giftPoints"), `Everybody has ${tier.name} from the start, so it cannot come with a gift.`]);
    const products = tier.membership?.productIds ?? [];
    const others = below.flatMap(({ membership }) => membership?.productIds ?? []);
    if (products.some((id, place) => others.includes(id) || products.indexOf(id) !== place))
      faults.push([at("membership"), "A product gives one tier, and is named once."]);
  });
  return faults;
}
