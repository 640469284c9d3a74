/** The tag at Shopify by which customers are in a shop's pilot, and when it was last read. */
import { sql } from "drizzle-orm";
import { type Database, epochMs, type NoteWhere, runFor } from "../db/client.ts";

export interface PilotTag {
  /** Null where the pilot has none. */
  readonly tag: string | null;
  /** When it was last read from Shopify as a whole; null while it never was. */
  readonly readAtMs: number | null;
  /** How many customers had it then. */
  readonly members: number | null;
}

export class PilotTagBook {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async find(shopId: number): Promise<PilotTag> {
    const [row] = await runFor<{ tag: string | null; read_at_ms: string | null; members: number | null }>(
      this.#db,
      { shops: [shopId] },
      sql`
        select pilot_tag as tag, ${epochMs(sql`pilot_tag_read_at`)}::text as read_at_ms, pilot_tag_members as members
        from shop_settings where shop_id = ${shopId}
      `,
    );
    const readAtMs = row?.read_at_ms == null ? null : Number(row.read_at_ms);
    return { tag: row?.tag ?? null, readAtMs, members: row?.members ?? null };
  }

  /** Another tag, or none; it was not read yet. The note is written where it differs from the one before. */
  async set(shopId: number, tag: string | null, note: NoteWhere): Promise<void> {
    await runFor(
      this.#db,
      { shops: [shopId] },
      sql`
        with changed as (
          insert into shop_settings as s (shop_id, version, pilot_tag) values (${shopId}, 0, ${tag})
          on conflict on constraint shop_settings_pkey do update set
            pilot_tag = excluded.pilot_tag, pilot_tag_read_at = null, pilot_tag_members = null
            where s.pilot_tag is distinct from excluded.pilot_tag
          returning shop_id
        ),
        noted as (${note(sql`exists (select from changed)`)})
        select shop_id from changed
      `,
    );
  }

  /** The tag was read to its end. Nothing where the shop has another one by now. */
  async noteRead(shopId: number, tag: string | null, members: number): Promise<void> {
    await runFor(
      this.#db,
      { shops: [shopId] },
      sql`
        update shop_settings set pilot_tag_read_at = now(), pilot_tag_members = ${members}
        where shop_id = ${shopId} and pilot_tag is not distinct from ${tag}
      `,
    );
  }
}
