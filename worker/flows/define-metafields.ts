/** A shop's metafields are defined: when it installs the app, and again when a newer worker defines them otherwise. */
import { faultFields, logEvent } from "../log.ts";
import { AdminApiFailure } from "../shopify/admin-failure.ts";
import { DEFINITIONS, DEFINITIONS_VERSION, defineMetafield } from "../shopify/metafield-definitions.ts";
import type { Shop } from "../shops/shops.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";

/**
 * Makes what is missing and changes what differs, then has all members painted: what they have may be of another installation, or not all
 * that is defined now. Where Shopify refuses, it is told once, and tried again some minutes later.
 */
export async function defineMetafields(rooms: Rooms, shop: Shop): Promise<void> {
  const api = await adminApiOf(rooms, shop);
  if (!api || !(await rooms.paintings.claimDefining(shop.id))) return;
  const told = { event: "fault", work: "define-metafields", shop: shop.domain } as const;
  try {
    for (const definition of DEFINITIONS) {
      const done = await defineMetafield(api, definition);
      if (done.kind === "refused") return logEvent({ ...told, fault: "DefinitionRefused", code: done.code });
    }
  } catch (fault) {
    if (!(fault instanceof AdminApiFailure)) throw fault;
    return logEvent({ ...told, ...faultFields(fault) });
  }
  // In this order: whoever dies in between does both again.
  await rooms.paintings.askRepaint(shop.id);
  await rooms.queue.send([{ kind: "paint-program", shop: shop.domain }], { lane: "bulk" });
  await rooms.paintings.noteDefined(shop.id, DEFINITIONS_VERSION);
}
