/** What is known of the collections and tags whose products earn nothing. The ledger's load reads it beside an order's books. */
import { sql } from "drizzle-orm";
import { call, type Database, epochMs, type NoteWhere, runFor } from "../db/client.ts";
import { insertCopies } from "../db/copied-rows.ts";
import type { GroupMembership } from "../domain/product-groups.ts";

/** The tables, as a shop's export has them; rows name only rows of the one before. */
export const GROUP_TABLES = ["product_groups", "product_group_members"] as const;

export interface KnownGroup {
  readonly key: string;
  readonly title: string;
  readonly products: number;
  readonly readAtMs: number;
}

/** What the last reading of a group came to; `doubted`: most of what was known would be gone. */
export type ReadingOutcome = "read" | "doubted" | "too-large" | "gone" | "denied";

export interface GroupReadingState {
  readonly askedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly outcome: ReadingOutcome | null;
  /** How many products it found, where it found any. */
  readonly products: number | null;
  /** Since when readings say that most of what was known is gone. */
  readonly doubtedSinceMs: number | null;
}

/** A group as it was just read at Shopify. */
export interface ReadGroup {
  readonly key: string;
  readonly title: string;
  readonly productIds: readonly string[];
}

export interface GroupLine {
  readonly table: (typeof GROUP_TABLES)[number];
  readonly row: string;
}

interface ReadingRow {
  readonly key: string;
  readonly outcome: ReadingOutcome | null;
  readonly products: number | null;
  readonly asked_ms: string | null;
  readonly ended_ms: string | null;
  readonly doubted_ms: string | null;
}

export class GroupBook {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** All groups of a shop that were ever read. */
  async known(shopId: number): Promise<KnownGroup[]> {
    const rows = await runFor<Omit<KnownGroup, "readAtMs"> & { readonly read_at_ms: string }>(
      this.#db,
      { shops: [shopId] },
      sql`
        select group_key as key, title, products, ${epochMs(sql`read_at`)}::text as read_at_ms
        from product_groups where shop_id = ${shopId} order by group_key
      `,
    );
    return rows.map(({ read_at_ms: readAtMs, ...group }) => ({ ...group, readAtMs: Number(readAtMs) }));
  }

  /** How the last reading of each group went, by key. */
  async readings(shopId: number): Promise<ReadonlyMap<string, GroupReadingState>> {
    const rows = await runFor<ReadingRow>(
      this.#db,
      { shops: [shopId] },
      sql`
        select group_key as key, outcome, products, ${epochMs(sql`asked_at`)}::text as asked_ms, ${epochMs(sql`ended_at`)}::text as ended_ms,
               ${epochMs(sql`doubted_since`)}::text as doubted_ms
        from group_readings where shop_id = ${shopId}
      `,
    );
    const number = (text: string | null) => (text === null ? null : Number(text));
    return new Map(
      rows.map(({ key, outcome, products, asked_ms, ended_ms, doubted_ms }) => [
        key,
        {
          ...{ outcome, products, askedAtMs: number(asked_ms), endedAtMs: number(ended_ms) },
          doubtedSinceMs: number(doubted_ms),
        },
      ]),
    );
  }

  /** Somebody asks for readings of these groups. */
  async ask(shopId: number, keys: readonly string[], note: NoteWhere | null = null): Promise<void> {
    const asked = sql`
      insert into group_readings as r (shop_id, group_key, asked_at)
      select ${shopId}, key, now() from json_array_elements_text(${JSON.stringify(keys)}::json) as key
      on conflict on constraint group_readings_pkey do update set asked_at = excluded.asked_at
    `;
    await runFor(
      this.#db,
      { shops: [shopId] },
      note === null ? asked : sql`with asked as (${asked}), noted as (${note(sql`true`)}) select 1`,
    );
  }

  /** A reading has ended. Of several doubts in a row the first one's time stays. */
  async ended(shopId: number, key: string, outcome: ReadingOutcome, products: number | null = null): Promise<void> {
    const doubtedSince = outcome === "doubted" ? sql`now()` : sql`null::timestamptz`;
    await runFor(
      this.#db,
      { shops: [shopId] },
      sql`
        insert into group_readings as r (shop_id, group_key, ended_at, outcome, products, doubted_since)
        values (${shopId}, ${key}, now(), ${outcome}, ${products}, ${doubtedSince})
        on conflict on constraint group_readings_pkey do update set
          ended_at = excluded.ended_at, outcome = excluded.outcome, products = excluded.products,
          doubted_since = case when excluded.doubted_since is not null then coalesce(r.doubted_since, excluded.doubted_since) end
      `,
    );
  }

  /**
   * Writes down what a group holds now. `isNamed`: a published version names it; what was learned counts from a minute on then, and otherwise from
   * the beginning. False where a version was published since `seenVersion`: nothing is written.
   */
  async note(
    shopId: number,
    { key, title, productIds }: ReadGroup,
    { seenVersion, isNamed }: { readonly seenVersion: number; readonly isNamed: boolean },
  ): Promise<boolean> {
    const [answer] = await call<{ noted: boolean }>(
      this.#db,
      "select lojal_note_group_1($1, $2, $3, $4, $5, $6) as noted",
      [shopId, seenVersion, isNamed, key, title, productIds],
    );
    if (!answer) throw new Error("The reading of a group was not answered.");
    return answer.noted;
  }

  /** The groups that these products are and were in: for whoever looks at many orders without loading their books. */
  async membershipsOf(shopId: number, productIds: readonly string[]): Promise<GroupMembership[]> {
    if (productIds.length === 0) return [];
    const asked = JSON.stringify([...new Set(productIds)].map((id) => ({ shop_id: shopId, product_id: id })));
    const [row] = await runFor<{ memberships: GroupMembership[] | null }>(
      this.#db,
      { shops: [shopId] },
      sql`select lojal_memberships_1(array[${shopId}::integer], ${asked}::json, '[]') as memberships`,
    );
    return row?.memberships ?? [];
  }

  /** The groups, and the memberships after this place, some at a time. */
  async exportLines(shopId: number, after: string, most: number): Promise<{ lines: GroupLine[]; next: string | null }> {
    const groups =
      after === ""
        ? await runFor<{ row: string }>(
            this.#db,
            { shops: [shopId] },
            sql`
              select replace(row_to_json(g)::text, E'\\n', ' ') as row from product_groups g
              where g.shop_id = ${shopId} order by g.group_key
            `,
          )
        : [];
    const members = await runFor<{ row: string; place: string }>(
      this.#db,
      { shops: [shopId] },
      sql`
        select replace(row_to_json(m)::text, E'\\n', ' ') as row,
               json_build_array(m.product_id, m.group_key, m.since)::text as place
        from product_group_members m
        where m.shop_id = ${shopId}
          and (${after} = '' or (m.product_id, m.group_key, m.since) > (
            nullif(${after}, '')::json ->> 0, nullif(${after}, '')::json ->> 1, (nullif(${after}, '')::json ->> 2)::timestamptz
          ))
        order by m.product_id, m.group_key, m.since limit ${most}
      `,
    );
    const lines = [
      ...groups.map(({ row }): GroupLine => ({ table: "product_groups", row })),
      ...members.map(({ row }): GroupLine => ({ table: "product_group_members", row })),
    ];
    return { lines, next: members.length === most ? (members.at(-1)?.place ?? null) : null };
  }

  /** Writes exported rows; those that are there already stay as they are. */
  async restoreLines(shopId: number, lines: readonly GroupLine[]): Promise<void> {
    for (const table of GROUP_TABLES)
      await insertCopies(
        this.#db,
        shopId,
        table,
        lines.flatMap((line) => (line.table === table ? [line.row] : [])),
      );
  }
}
