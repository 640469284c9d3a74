/** Products and collections in the Admin API, as far as somebody asks what is in a collection or has a tag. */
import { notPlayed } from "./admin-errors.ts";
import { type Args, connection, type Placed } from "./connection.ts";
import { numberIn } from "./play-customers.ts";
import type { LocalProduct } from "./sample-products.ts";
import type { LocalShop } from "./shop-state.ts";

/** The fields of `QueryRoot` that concern products and collections. */
export function productQueries(shop: LocalShop) {
  return {
    collection: (args: Args) => {
      const id = numberIn(args["id"], "Collection") ?? "";
      const title = shop.collections.get(id);
      if (title === undefined) return null;
      const within = () => shop.products.filter(({ collections }) => collections.includes(id));
      return {
        __typename: "Collection",
        id: `gid://shopify/Collection/${id}`,
        title,
        products: (page: Args) => productConnection(within(), page, "COLLECTION_DEFAULT"),
      };
    },
    products: (args: Args) => productConnection(shop.products.filter(productFilter(args["query"])), args, "ID"),
  };
}

function productConnection(products: readonly LocalProduct[], args: Args, usual: string): unknown {
  if ((args["sortKey"] ?? usual) !== "ID") throw notPlayed(`products by ${String(args["sortKey"] ?? usual)}`);
  const placed = products.map((product): Placed => ({ place: [Number(product.id)], node: productView(product) }));
  return connection(
    placed.sort((a, b) => Number(a.place[0]) - Number(b.place[0])),
    args,
  );
}

function productView({ id, title, handle, vendor, type, tags, isGiftCard }: LocalProduct) {
  return {
    __typename: "Product",
    id: `gid://shopify/Product/${id}`,
    title,
    handle,
    vendor,
    productType: type,
    tags: [...tags].sort(),
    isGiftCard,
  };
}

/** Shopify's search, of which one term is played: a tag in quotes. It finds a tag by its words: also one that has more of them. */
function productFilter(query: unknown): (product: LocalProduct) => boolean {
  if (query === undefined || query === null || query === "") return () => true;
  const [, quoted] = /^tag:'((?:[^'\\]|\\.)*)'$/.exec(String(query)) ?? [];
  if (quoted === undefined) throw notPlayed(`products where ${String(query)}`);
  const wanted = wordsOf(quoted.replaceAll(/\\(.)/g, "$1"));
  return ({ tags }) => tags.some((tag) => wanted.every((word) => wordsOf(tag).includes(word)));
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
}
