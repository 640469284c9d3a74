/**
 * The keys of the merchant's own software. A key is `lojal_SHOP_ID_SECRET`: the shop's name before `.myshopify.com`, so that a request finds its
 * tenant before anything is read; twelve digits that may be shown; and 256 random bits that are shown once and kept nowhere.
 */

import { sql } from "drizzle-orm";
import { type Database, epochMs, type NoteWhere, runFor } from "../db/client.ts";
import { hexOf } from "../domain/hex.ts";

/** So many live keys a shop can have; the table has as many places. */
export const MOST_KEYS = 20;
export const LONGEST_KEY_NAME = 60;
/** Of those that are revoked the newest are listed. */
const MOST_LISTED = 50;

const SHOP_SUFFIX = ".myshopify.com";
const KEY = /^lojal_([a-z0-9][a-z0-9-]{0,99})_([0-9a-f]{12})_([0-9a-f]{64})$/;

/** What a request that carries a key may do. */
export interface ApiKey {
  readonly id: string;
  readonly mayWrite: boolean;
}

/** A key as somebody sent it, not looked up yet. */
export interface PresentedKey {
  readonly domain: string;
  readonly id: string;
  readonly secretSha256: string;
}

export interface ListedKey extends ApiKey {
  readonly name: string;
  /** Shopify's number of a member of staff, or `operator`. */
  readonly madeBy: string;
  readonly madeAtMs: number;
  /** A day in UTC; null where it was never used. */
  readonly usedOn: string | null;
  readonly revokedAtMs: number | null;
}

export interface FreshKey {
  readonly id: string;
  /** The whole key. Whoever makes it shows it once and forgets it. */
  readonly text: string;
  readonly secretSha256: string;
}

/** Draws a key for a shop. */
export async function drawKey(domain: string): Promise<FreshKey> {
  const [id, secret] = [randomHex(6), randomHex(32)];
  return { id, text: `${publicPart(domain, id)}_${secret}`, secretSha256: await sha256(secret) };
}

/** How a key begins: enough to know it by, and of no use to anybody. */
export function publicPart(domain: string, id: string): string {
  return `lojal_${domain.slice(0, -SHOP_SUFFIX.length)}_${id}`;
}

/** What a text says of itself as a key; null where it is none. */
export async function readKey(text: string): Promise<PresentedKey | null> {
  const [, name, id, secret] = KEY.exec(text) ?? [];
  if (name === undefined || id === undefined || secret === undefined) return null;
  return { domain: `${name}${SHOP_SUFFIX}`, id, secretSha256: await sha256(secret) };
}

/**
 * A fast hash, and no salt: slow ones are for passwords, of which there are few to try. A secret of 256 random bits cannot be found by trying,
 * and nobody has two alike.
 */
async function sha256(secret: string): Promise<string> {
  return hexOf(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret)));
}

function randomHex(bytes: number): string {
  return hexOf(crypto.getRandomValues(new Uint8Array(bytes)));
}

/** Keys, shop by shop. Nothing of them is remembered between requests: a key that is revoked is refused at once, everywhere. */
export class ApiKeyBook {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Writes a key down, and the note with it; false where the shop has as many as it can have. */
  async add(
    shopId: number,
    key: Pick<FreshKey, "id" | "secretSha256"> & Pick<ListedKey, "name" | "mayWrite" | "madeBy">,
    note: NoteWhere,
  ): Promise<boolean> {
    for (let tries = 0; tries < MOST_KEYS; tries++) {
      const [row] = await runFor<{ is_added: boolean; is_full: boolean }>(
        this.#db,
        { shops: [shopId] },
        sql`
          with live as (select place from api_keys where shop_id = ${shopId} and revoked_at is null),
          free as (select min(n) as place from generate_series(1, ${MOST_KEYS}::integer) n where n not in (select place from live)),
          added as (
            insert into api_keys (shop_id, id, name, may_write, secret_sha256, place, made_by)
            select ${shopId}, ${key.id}, ${key.name}, ${key.mayWrite}::boolean, ${key.secretSha256}, place, ${key.madeBy}
            from free where place is not null
            on conflict (shop_id, place) where revoked_at is null do nothing
            returning id
          ),
          noted as (${note(sql`exists (select from added)`)})
          select exists (select from added) as is_added, place is null as is_full from free
        `,
      );
      if (row?.is_added) return true;
      // Otherwise somebody took the place at this moment: there may be another one.
      if (row?.is_full) return false;
    }
    return false;
  }

  /**
   * The key, if it is one of this shop's, live, and its secret is right; notes the day of its use, once a day. It is found by the hash: what the
   * time of that search tells is about a hash, which nobody can choose the beginning of.
   */
  async use(shopId: number, { id, secretSha256 }: PresentedKey): Promise<ApiKey | null> {
    const [row] = await runFor<{ id: string; may_write: boolean }>(
      this.#db,
      { shops: [shopId] },
      sql`
        with found as (
          select id, may_write, used_on from api_keys
          where shop_id = ${shopId} and id = ${id} and secret_sha256 = ${secretSha256} and revoked_at is null
            and exists (select from shops where shops.id = ${shopId} and uninstalled_at is null)
        ),
        used as (
          update api_keys k set used_on = (now() at time zone 'utc')::date
          from found f
          where k.shop_id = ${shopId} and k.id = f.id and k.used_on is distinct from (now() at time zone 'utc')::date
        )
        select id, may_write from found
      `,
    );
    return row === undefined ? null : { id: row.id, mayWrite: row.may_write };
  }

  /** Ends a key for good, and writes the note with it. False where there is none of this id; one that is revoked stays as it is. */
  async revoke(shopId: number, id: string, by: string, note: NoteWhere): Promise<boolean> {
    const [row] = await runFor<{ is_known: boolean }>(
      this.#db,
      { shops: [shopId] },
      sql`
        with revoked as (
          update api_keys set revoked_at = now(), revoked_by = ${by}
          where shop_id = ${shopId} and id = ${id} and revoked_at is null
          returning id
        ),
        noted as (${note(sql`exists (select from revoked)`)})
        select exists (select from api_keys where shop_id = ${shopId} and id = ${id}) as is_known
      `,
    );
    return row?.is_known ?? false;
  }

  /** The live keys and then the revoked ones, the newest of each first. */
  async list(shopId: number): Promise<ListedKey[]> {
    const rows = await runFor<ListedRow>(
      this.#db,
      { shops: [shopId] },
      sql`
        select id, name, may_write, made_by, ${epochMs(sql`made_at`)}::text as made_at_ms, used_on::text as used_on,
               ${epochMs(sql`revoked_at`)}::text as revoked_at_ms
        from api_keys where shop_id = ${shopId}
        order by revoked_at is not null, coalesce(revoked_at, made_at) desc, id limit ${MOST_LISTED}
      `,
    );
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      mayWrite: row.may_write,
      madeBy: row.made_by,
      madeAtMs: Number(row.made_at_ms),
      usedOn: row.used_on,
      revokedAtMs: row.revoked_at_ms === null ? null : Number(row.revoked_at_ms),
    }));
  }
}

interface ListedRow {
  readonly id: string;
  readonly name: string;
  readonly may_write: boolean;
  readonly made_by: string;
  readonly made_at_ms: string;
  readonly used_on: string | null;
  readonly revoked_at_ms: string | null;
}
