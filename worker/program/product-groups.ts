/** What is known of the collections and tags whose products earn nothing. The ledger's load reads it beside an order's books. */
import { sql } from "drizzle-orm";
import { call, type Database, epochMs, runFor } from "../db/client.ts";
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
