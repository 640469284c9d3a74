/** Customers' names for staff who may see them: asked of Shopify while they look, and gone with the answer. */

import { faultFields, logEvent } from "../log.ts";
import type { AdminApi } from "../shopify/admin-api.ts";
import { type NamesAnswer, type NamesByCustomer, readNames, searchNames } from "../shopify/customer-names.ts";
import type { Shop } from "../shops/shops.ts";
import type { StaffRules } from "../shops/staff.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";

/** A page waits no longer for names: it is whole without them. */
const LONGEST_WAIT_MS = 2_000;

export type ShownNames =
  /** The shop shows none, and nobody was asked. */
  | { readonly kind: "off" }
  | { readonly kind: "named"; readonly names: NamesByCustomer }
  | { readonly kind: "denied" }
  /** Shopify did not answer, or not in time. */
  | { readonly kind: "unanswered" };

/** The names of these customers. Whoever has asked for the shop's rules already hands them in. */
export function namesOf(
  rooms: Rooms,
  shop: Shop,
  customerIds: readonly string[],
  rules: Promise<Pick<StaffRules, "showsNames">> = rooms.staff.rules(shop.id),
): Promise<ShownNames> {
  return whereShown(rooms, shop, rules, (api) =>
    customerIds.length === 0 ? Promise.resolve({ kind: "named", names: new Map() }) : readNames(api, customerIds),
  );
}

/** Customers who are called so. */
export function customersNamed(rooms: Rooms, shop: Shop, text: string): Promise<ShownNames> {
  return whereShown(rooms, shop, rooms.staff.rules(shop.id), (api) => searchNames(api, text));
}

async function whereShown(
  rooms: Rooms,
  shop: Shop,
  rules: Promise<Pick<StaffRules, "showsNames">>,
  ask: (api: AdminApi) => Promise<NamesAnswer>,
): Promise<ShownNames> {
  const { showsNames } = await rules;
  if (!showsNames) return { kind: "off" };
  const { clock } = rooms.paces.of(shop.domain);
  const late = clock.wait(LONGEST_WAIT_MS).then(() => ({ kind: "unanswered" }) as const);
  return await Promise.race([answerOf(rooms, shop, ask), late]);
}

async function answerOf(rooms: Rooms, shop: Shop, ask: (api: AdminApi) => Promise<NamesAnswer>): Promise<ShownNames> {
  try {
    const api = await adminApiOf(rooms, shop);
    return api === null ? { kind: "unanswered" } : await ask(api);
  } catch (fault) {
    // A page is whole without names, whatever failed.
    logEvent({ event: "fault", work: "customer-names", shop: shop.domain, ...faultFields(fault) });
    return { kind: "unanswered" };
  }
}
