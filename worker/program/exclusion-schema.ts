/** What earns nothing, as it is stored, entered and published. Gift cards never earn and are not named here. */
import * as z from "zod";
import { BOUNDS } from "./bounds.ts";

const named = (most: number) =>
  z
    .array(z.string().trim().min(1).max(255))
    .max(most)
    .refine((names) => new Set(names).size === names.length, "each is named once");

export const exclusionSchema = z.strictObject({
  /** Shopify's numbers of products. */
  productIds: z
    .array(z.string().regex(/^[1-9]\d{0,19}$/))
    .max(BOUNDS.excludedProducts.max)
    .refine((ids) => new Set(ids).size === ids.length, "each is named once"),
  vendors: named(BOUNDS.excludedVendors.max),
  /** As Shopify calls where an order was placed: `web`, `pos`, `shopify_draft_order`, or an app's number. */
  channels: named(BOUNDS.excludedChannels.max),
});
