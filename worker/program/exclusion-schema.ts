/** What earns nothing, as it is stored, entered and published. Gift cards never earn and are not named here. */
import * as z from "zod";
import { plain } from "../domain/product-groups.ts";
import { BOUNDS } from "./bounds.ts";

const named = (most: number) =>
  z
    .array(z.string().trim().min(1).max(255))
    .max(most)
    .refine((names) => new Set(names).size === names.length, "each is named once");

const numbers = (most: number) =>
  z
    .array(z.string().regex(/^[1-9]\d{0,19}$/))
    .max(most)
    .refine((ids) => new Set(ids).size === ids.length, "each is named once");

export const exclusionSchema = z.strictObject({
  /** Shopify's numbers of products. */
  productIds: numbers(BOUNDS.excludedProducts.max),
  vendors: named(BOUNDS.excludedVendors.max),
  /** As Shopify calls where an order was placed: `web`, `pos`, `shopify_draft_order`, or an app's number. */
  channels: named(BOUNDS.excludedChannels.max),
  // What a program that was published before these could be named has always done.
  /** Shopify's numbers of collections. */
  collectionIds: numbers(BOUNDS.excludedCollections.max).default([]),
  /** Shopify's tags know no case. */
  tags: named(BOUNDS.excludedTags.max)
    .refine((tags) => new Set(tags.map(plain)).size === tags.length, "each is named once")
    .default([]),
});
