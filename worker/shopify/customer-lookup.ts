/** Who an e-mail belongs to, as Shopify tells it: the number is kept, the e-mail is not. */
import type { AdminApi } from "./admin-api.ts";
import { AdminApiFailure } from "./admin-failure.ts";
import { numberOf } from "./order-reader.ts";

/** So many are asked for at once. An exact look-up each: a search could find somebody whose e-mail is only like it. */
export const EMAILS_PER_CALL = 20;

export const FIND_CUSTOMERS = `#graphql
  query LojalFindCustomers(
    $e0: String!
    $e1: String!
    $e2: String!
    $e3: String!
    $e4: String!
    $e5: String!
    $e6: String!
    $e7: String!
    $e8: String!
    $e9: String!
    $e10: String!
    $e11: String!
    $e12: String!
    $e13: String!
    $e14: String!
    $e15: String!
    $e16: String!
    $e17: String!
    $e18: String!
    $e19: String!
  ) {
    c0: customerByIdentifier(identifier: { emailAddress: $e0 }) { id }
    c1: customerByIdentifier(identifier: { emailAddress: $e1 }) { id }
    c2: customerByIdentifier(identifier: { emailAddress: $e2 }) { id }
    c3: customerByIdentifier(identifier: { emailAddress: $e3 }) { id }
    c4: customerByIdentifier(identifier: { emailAddress: $e4 }) { id }
    c5: customerByIdentifier(identifier: { emailAddress: $e5 }) { id }
    c6: customerByIdentifier(identifier: { emailAddress: $e6 }) { id }
    c7: customerByIdentifier(identifier: { emailAddress: $e7 }) { id }
    c8: customerByIdentifier(identifier: { emailAddress: $e8 }) { id }
    c9: customerByIdentifier(identifier: { emailAddress: $e9 }) { id }
    c10: customerByIdentifier(identifier: { emailAddress: $e10 }) { id }
    c11: customerByIdentifier(identifier: { emailAddress: $e11 }) { id }
    c12: customerByIdentifier(identifier: { emailAddress: $e12 }) { id }
    c13: customerByIdentifier(identifier: { emailAddress: $e13 }) { id }
    c14: customerByIdentifier(identifier: { emailAddress: $e14 }) { id }
    c15: customerByIdentifier(identifier: { emailAddress: $e15 }) { id }
    c16: customerByIdentifier(identifier: { emailAddress: $e16 }) { id }
    c17: customerByIdentifier(identifier: { emailAddress: $e17 }) { id }
    c18: customerByIdentifier(identifier: { emailAddress: $e18 }) { id }
    c19: customerByIdentifier(identifier: { emailAddress: $e19 }) { id }
  }
`;

export type FoundCustomers =
  /** By e-mail; null for one that nobody has. */
  | { readonly kind: "found"; readonly customerIds: ReadonlyMap<string, string | null> }
  /** The app may not use e-mails (Shopify's protected customer data, level 2), or no customers at all. */
  | { readonly kind: "denied" };

/** Asks for all of them, as many calls as it takes, in the shop's pace. Throws AdminApiFailure where Shopify does not answer. */
export async function findCustomers(api: AdminApi, emails: readonly string[]): Promise<FoundCustomers> {
  const customerIds = new Map<string, string | null>();
  for (let from = 0; from < emails.length; from += EMAILS_PER_CALL) {
    const some = emails.slice(from, from + EMAILS_PER_CALL);
    try {
      const result = await api.request(FIND_CUSTOMERS, variablesFor(some));
      const found: Readonly<Record<string, { readonly id: string } | null>> = result;
      some.forEach((email, place) => {
        const gid = found[`c${place}`]?.id;
        customerIds.set(email, gid === undefined ? null : numberOf(gid));
      });
    } catch (fault) {
      if (fault instanceof AdminApiFailure && fault.kind === "access-denied") return { kind: "denied" };
      throw fault;
    }
  }
  return { kind: "found", customerIds };
}

/** Every place is filled: where fewer are asked for, the first one again. */
function variablesFor(emails: readonly string[]) {
  const of = (place: number) => emails[place] ?? emails[0] ?? "";
  return {
    e0: of(0),
    e1: of(1),
    e2: of(2),
    e3: of(3),
    e4: of(4),
    e5: of(5),
    e6: of(6),
    e7: of(7),
    e8: of(8),
    e9: of(9),
    e10: of(10),
    e11: of(11),
    e12: of(12),
    e13: of(13),
    e14: of(14),
    e15: of(15),
    e16: of(16),
    e17: of(17),
    e18: of(18),
    e19: of(19),
  };
}
