/** Customers and tags in the Admin API. Only what is no personal data is played: ids, dates, tags, metafields. */
import { accessDenied, badRequest, notApproved, notPlayed } from "./admin-errors.ts";
import type { Args } from "./connection.ts";
import { isGranted } from "./play-access.ts";
import { metafieldFields } from "./play-metafields.ts";
import type { LocalCustomer, LocalShop } from "./shop-state.ts";

/** A customer as `Customer`. */
export function customerView(shop: LocalShop, customer: LocalCustomer) {
  const gid = `gid://shopify/Customer/${customer.id}`;
  return {
    __typename: "Customer",
    id: gid,
    legacyResourceId: customer.id,
    createdAt: customer.createdAt.toISOString(),
    tags: () => [...customer.tags].sort(),
    ...metafieldFields(shop, gid),
  };
}

/** The number in a gid of this type; throws as Shopify does when it is no gid at all. */
export function numberIn(gid: unknown, type: string): string | undefined {
  const match = /^gid:\/\/shopify\/(\w+)\/(\d+)$/.exec(String(gid));
  if (match === null) throw badRequest(`Invalid global id '${String(gid)}'`);
  return match[1] === type ? match[2] : undefined;
}

/** The fields of `QueryRoot` that concern customers. */
export function customerQueries(shop: LocalShop) {
  const byGid = (gid: unknown) => {
    const customer = shop.customers.get(numberIn(gid, "Customer") ?? "");
    return customer === undefined ? null : customerView(shop, customer);
  };
  const byEmail = (email: string) => {
    if (shop.protectedDataLevel < 2) throw notApproved("email");
    const found = [...shop.customers.values()].find((one) => one.email?.toLowerCase() === email.trim().toLowerCase());
    return found === undefined ? null : customerView(shop, found);
  };
  return {
    customer: (args: Args) => byGid(args["id"]),
    customerByIdentifier: (args: Args) => {
      const { id, emailAddress } = args["identifier"] as { id?: string; emailAddress?: string };
      if (emailAddress !== undefined) return byEmail(emailAddress);
      if (id === undefined) throw notPlayed("customerByIdentifier by anything but the id or the e-mail");
      return byGid(id);
    },
  };
}

/** `tagsAdd`, for customers. */
export function tagsAdd(shop: LocalShop, args: Args) {
  const id = numberIn(args["id"], "Customer");
  if (id === undefined) throw notPlayed("tagsAdd on anything but customers");
  if (!isGranted(shop.scopes, "write_customers")) throw accessDenied("tagsAdd", "`write_customers` access scope.");
  const customer = shop.customers.get(id);
  if (customer === undefined)
    return { node: null, userErrors: [{ field: ["id"], message: "Customer does not exist" }] };
  const tags = args["tags"] as readonly string[];
  for (const tag of tags.flatMap((text) => text.split(","))) if (tag.trim() !== "") customer.tags.add(tag.trim());
  return { node: customerView(shop, customer), userErrors: [] };
}
