/** The search syntax of `customers(query:)`, as far as it is played: one tag, or terms of names, each a field with a value, joined by AND, or by OR within brackets. */
import { notApproved, notPlayed } from "./admin-errors.ts";
import type { LocalCustomer, LocalShop } from "./shop-state.ts";

type Matches = (customer: LocalCustomer) => boolean;

/** Whether a customer is meant by a search; throws for what is not played. */
export function customerFilter(shop: LocalShop, query: unknown): Matches {
  if (query === null || query === undefined || query === "") return () => true;
  const [, tag] = /^tag:'([^'\\]+)'$/.exec(String(query)) ?? [];
  if (tag !== undefined) return ({ tags }) => [...tags].some((one) => one.toLowerCase() === tag.toLowerCase());
  const parts = String(query).split(" AND ");
  const all = parts.map((part) => {
    const any = part
      .replace(/^\((.*)\)$/, "$1")
      .split(" OR ")
      .map((term) => termFilter(shop, term));
    return (customer: LocalCustomer) => any.some((matches) => matches(customer));
  });
  return (customer) => all.every((matches) => matches(customer));
}

function termFilter(shop: LocalShop, term: string): Matches {
  const [, field = "", value = ""] = /^(\w+):(.+)$/s.exec(term) ?? [];
  const name = { first_name: "firstName", last_name: "lastName" }[field] as "firstName" | "lastName" | undefined;
  if (name === undefined || !/^[\p{L}\p{M}\p{N}]+\*$/u.test(value)) throw notPlayed(`customers(query: ${term})`);
  if (shop.protectedDataLevel < 2) throw notApproved(name);
  const start = value.slice(0, -1).toLowerCase();
  const wordsOf = (customer: LocalCustomer) => (customer[name] ?? "").toLowerCase().split(/[^\p{L}\p{M}\p{N}]+/u);
  return (customer) => wordsOf(customer).some((word) => word.startsWith(start));
}
