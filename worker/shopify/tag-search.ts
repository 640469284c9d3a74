/** Tags of customers and products: how Shopify's search asks for one, and what is the same one. */
import { plain } from "../domain/product-groups.ts";

/** In Shopify's search syntax. It may find what is only like the tag: what it found says its tags (`hasTag`). */
export function tagQuery(tag: string): string {
  return `tag:'${tag.replaceAll(/[\\']/g, "\\$&")}'`;
}

/** To Shopify `VIP` and `vip` are one tag. */
export function hasTag(tags: readonly string[], tag: string): boolean {
  return tags.some((one) => plain(one) === plain(tag));
}
