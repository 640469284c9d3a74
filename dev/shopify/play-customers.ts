/** Customers and tags in the Admin API. Beside ids, dates, tags and metafields only names are played, for an app that may read them. */
import { accessDenied, badRequest, notApproved, notPlayed } from "./admin-errors.ts";
import { type Args, compare, connection } from "./connection.ts";
import { customerFilter } from "./customer-search.ts";
import { isGranted } from "./play-access.ts";
import { metafieldFields } from "./play-metafields.ts";
import { creditAccounts } from "./play-money.ts";
import type { LocalCustomer, LocalShop } from "./shop-state.ts";

/** A customer as `Customer`. */
export function customerView(shop: LocalShop, customer: LocalCustomer) {
  const gid = `gid://shopify/Customer/${customer.id}`;
  return {
    __typename: "Customer",
    id: gid,
    legacyResourceId: customer.id,
    createdAt: customer.createdAt.toISOString(),
    firstName: () => protectedName(shop, "firstName", customer.firstName),
    lastName: () => protectedName(shop, "lastName", customer.lastName),
    tags: () => [...customer.tags].sort(),
    storeCreditAccounts: (args: Args) => creditAccounts(shop, customer.id, args),
    ...metafieldFields(shop, gid),
  };
}

function protectedName(shop: LocalShop, field: string, name: string | null): string | null {
  if (shop.protectedDataLevel < 2) throw notApproved(field);
  return name;
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
    customers: (args: Args) => {
      if (args["sortKey"] !== "ID") throw notPlayed("customers in another order than that of their ids");
      const matches = customerFilter(shop, args["query"]);
      const placed = [...shop.customers.values()].filter(matches).map((customer) => ({
        place: [Number(customer.id)],
        node: customerView(shop, customer),
      }));
      placed.sort((a, b) => compare(a.place, b.place));
      return connection(placed, args);
    },
    customer: (args: Args) => byGid(args["id"]),
    customerByIdentifier: (args: Args) => {
      const { id, emailAddress } = args["identifier"] as { id?: string; emailAddress?: string };
      if (emailAddress !== undefined) return byEmail(emailAddress);
      if (id === undefined) throw notPlayed("customerByIdentifier by anything but the id or the e-mail");
      return byGid(id);
    },
  };
}

/** `tagsAdd`, for customers: a tag that is there in other letters is there. */
export function tagsAdd(shop: LocalShop, args: Args) {
  return onTags(shop, "tagsAdd", args, (tags, tag) => {
    if (![...tags].some((one) => isSameTag(one, tag))) tags.add(tag);
  });
}

/** `tagsRemove`, for customers: what is not there is no fault. */
export function tagsRemove(shop: LocalShop, args: Args) {
  return onTags(shop, "tagsRemove", args, (tags, tag) => {
    for (const one of [...tags]) if (isSameTag(one, tag)) tags.delete(one);
  });
}

const LONGEST_TAG = 255;
const MOST_TAGS = 250;

function onTags(
  shop: LocalShop,
  field: string,
  args: Args,
  change: (tags: Set<string>, tag: string) => void,
): { readonly node: unknown; readonly userErrors: readonly { field: readonly string[]; message: string }[] } {
  const id = numberIn(args["id"], "Customer");
  if (id === undefined) throw notPlayed(`${field} on anything but customers`);
  if (!isGranted(shop.scopes, "write_customers")) throw accessDenied(field, "`write_customers` access scope.");
  const customer = shop.customers.get(id);
  const refused = (at: string, message: string) => ({ node: null, userErrors: [{ field: [at], message }] });
  if (customer === undefined) return refused("id", "Customer does not exist");
  const texts = (args["tags"] as readonly string[]).flatMap((text) => text.split(",")).map((tag) => tag.trim());
  const tags = texts.filter((tag) => tag !== "");
  if (tags.some((tag) => tag.length > LONGEST_TAG))
    return refused("tags", "Tag is too long (maximum is 255 characters)");
  const after = new Set(customer.tags);
  for (const tag of tags) change(after, tag);
  if (after.size > MOST_TAGS) return refused("tags", `Tags cannot be more than ${MOST_TAGS}`);
  customer.tags.clear();
  for (const tag of after) customer.tags.add(tag);
  return { node: customerView(shop, customer), userErrors: [] };
}

function isSameTag(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
