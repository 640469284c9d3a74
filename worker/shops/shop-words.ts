/** What a shop calls its rewards and tiers in the languages of its storefront. */
import { sql } from "drizzle-orm";
import { type Database, type NoteWhere, runFor } from "../db/client.ts";
import type { ShopWords } from "../domain/shop-words.ts";

export interface StoredWords {
  /** Grows with every change; 0 before the first. */
  readonly version: number;
  readonly words: ShopWords;
}

export class WordBook {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async find(shopId: number): Promise<StoredWords> {
    const [row] = await runFor<{ words_version: number; words: ShopWords | null }>(
      this.#db,
      { shops: [shopId] },
      sql`select words_version, words from shop_settings where shop_id = ${shopId}`,
    );
    return { version: row?.words_version ?? 0, words: row?.words ?? {} };
  }

  /**
   * Writes words over those of this version, and the note with them; false where somebody else has changed them since. The summary that Liquid reads
   * is due from then on, whatever becomes of the job that paints it.
   */
  async change(shopId: number, seenVersion: number, words: ShopWords, note: NoteWhere): Promise<boolean> {
    const text = JSON.stringify(words);
    const rows = await runFor(
      this.#db,
      { shops: [shopId] },
      sql`
        with changed as (
          insert into shop_settings as s (shop_id, version, words_version, words)
          select ${shopId}, 0, 1, ${text}::json
          where ${seenVersion}::integer = 0 or exists (select from shop_settings where shop_id = ${shopId})
          on conflict on constraint shop_settings_pkey do update set words_version = s.words_version + 1, words = excluded.words
            where s.words_version = ${seenVersion}::integer
          returning shop_id
        ),
        due as (
          update shops set painted_program_version = -painted_program_version
          where id = ${shopId} and painted_program_version > 0 and exists (select from changed)
        ),
        noted as (${note(sql`exists (select from changed)`)})
        select shop_id from changed
      `,
    );
    return rows.length > 0;
  }
}
