/** What becomes of a shop's own row: it uninstalls the app, its scopes and details change, it is erased. */
import { sql } from "drizzle-orm";
import { type Database, runFor } from "../db/client.ts";
import type { Shop } from "./shops.ts";
import { LEASE_MS, NO_TOKENS } from "./token-book.ts";

export interface Uninstallation {
  readonly topic: string;
  readonly deliveryId: string | null;
  /** When the shop uninstalled the app; 0 counts as now. */
  readonly triggeredAtMs: number;
  /** How many codes stay good at Shopify: written down for the merchant. */
  readonly openCodes: number;
}

/** In SQL: the moment that a delivery names, never later than now; now where it names none. */
const momentOf = (atMs: number) =>
  atMs === 0 ? sql`now()` : sql`least(now(), to_timestamp(${atMs}::double precision / 1000))`;

/**
 * Drops the tokens. What was triggered before the app was installed, or before its token was exchanged, is an earlier installation's, and a
 * repeat changes nothing. Whoever is installing it at this moment, with a token that is worth nothing any more, has lost the lease.
 */
export async function uninstallShop(db: Database, shop: Shop, leaving: Uninstallation): Promise<void> {
  const { topic, deliveryId, triggeredAtMs, openCodes } = leaving;
  await runFor(
    db,
    { shops: [shop.id] },
    sql`
      with gone as (
        update shops set ${NO_TOKENS}, uninstalled_at = ${momentOf(triggeredAtMs)}
        where id = ${shop.id} and uninstalled_at is null and greatest(installed_at, token_exchanged_at) <= ${momentOf(triggeredAtMs)}
        returning domain
      ), interrupted as (
        update shops set token_lease_until = null
        where id = ${shop.id} and uninstalled_at is not null
          and token_lease_until - ${LEASE_MS} * interval '1 millisecond' <= ${momentOf(triggeredAtMs)}
      )
      insert into set_aside (shop_domain, topic, reason, delivery_id)
      select domain, ${topic}, ${`uninstalled: ${openCodes} codes stay open`}, ${deliveryId} from gone
    `,
  );
}

/** What the shop has granted, as of a moment; older news changes nothing. */
export async function noteScopes(db: Database, shop: Shop, scopes: string, updatedAtMs: number): Promise<void> {
  const at = momentOf(updatedAtMs);
  await runFor(
    db,
    { shops: [shop.id] },
    sql`
      update shops set scopes = ${scopes}, scopes_updated_at = ${at}
      where id = ${shop.id} and coalesce(scopes_updated_at, '-infinity') <= ${at}
    `,
  );
}

export interface ShopDetails {
  readonly timeZone: string | null;
  readonly locale: string | null;
  readonly updatedAtMs: number;
}

/** The shop's time zone and language, as of a moment; older news changes nothing, and what is not told stays. */
export async function noteDetails(db: Database, shop: Shop, details: ShopDetails): Promise<void> {
  const at = momentOf(details.updatedAtMs);
  await runFor(
    db,
    { shops: [shop.id] },
    sql`
      update shops
      set time_zone = coalesce(${details.timeZone}, time_zone), locale = coalesce(${details.locale}, locale), details_updated_at = ${at}
      where id = ${shop.id} and coalesce(details_updated_at, '-infinity') <= ${at}
    `,
  );
}

/** Has the shop erased once it has been gone for 48 hours. False for a shop that is installed. */
export async function scheduleErasure(db: Database, shop: Shop): Promise<boolean> {
  const rows = await runFor(
    db,
    { shops: [shop.id] },
    sql`
      update shops set erase_due_at = uninstalled_at + interval '48 hours'
      where id = ${shop.id} and uninstalled_at is not null
      returning id
    `,
  );
  return rows.length > 0;
}

/**
 * Erases so many rows of a shop that is due for it. Returns whether it is to go on: not when nothing is left, or while somebody else
 * erases it. Throws for a shop that is not due.
 */
export async function eraseSlice(db: Database, shop: Shop, most: number): Promise<boolean> {
  const [row] = await runFor<{ is_left: boolean }>(
    db,
    { shops: [shop.id] },
    sql`select lojal_erase_shop(${shop.id}, ${most}) as is_left`,
  );
  return row?.is_left ?? false;
}
